"""Chains ``a = b = c`` of both notations; those of the math notation are cut here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate

from matdiff.errors import MatdiffError, ParseError, Place
from matdiff.operators import ALIASES, CALLS, scalar_functions
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.latex.documents import Chain, Member, read_chains
from matdiff.reader.math import read
from matdiff.reader.names import default_kind
from matdiff.reader.syntax import Node, Objective, d_is_a_sign, postorder

_NAME = r"(?!\d)(?!ᵀ)(?:(?!ᵀ)\w)+"
_RELATION = re.compile(r":=|==|[<>]=|≤|≥|<|(?<![-=])>|(?<![<>=!:.])=(?!=|>)|≈|~=|≠|!=|∝|=>|⇒|→|->|⟹|⟺|⇔")
_GOES_ON = re.compile(r"\s*(?:[+*/@⊙⊘⊗·]|\.[*/^])")
_MINUS = re.compile(r"\s*[-−]")
_ENDS_OPEN = re.compile(r"(?:[-−+*/@⊙⊘⊗·^]|[<>=]=?|≈)\s*\Z")
_APART = re.compile(r"(?<![\w'ᵀ)\]])([d∂])([ \t]+)(?=[^\W\d]|\()")
_GENERIC = re.compile(rf"(?P<of>{_NAME})(?P<called>\({_NAME}(?:\s*,\s*{_NAME})*\))?")
_TWO = rf"(?P<wrt>{_NAME}(?:\s*,\s*{_NAME})?)"
_CLAIMS = (
    (re.compile(rf"(?:∇|nabla)(?:\^\{{?2\}}?|²)\s*(?P<of>{_NAME})\((?P<wrt>{_NAME})\)"), "hessian"),
    (re.compile(rf"(?:∇|nabla)\s*(?P<of>{_NAME})\((?P<wrt>{_NAME})\)"), "gradient"),
    (re.compile(rf"(?:∇|nabla)(?:\^\{{?2\}}?|²)_?\{{?{_TWO}(?!\w)\}}?\s*(?P<of>.*)", re.DOTALL), "hessian"),
    (re.compile(rf"(?:∇|nabla)_?\{{?(?P<wrt>{_NAME})(?!\w)\}}?\s*(?P<of>.*)", re.DOTALL), "gradient"),
    (re.compile(rf"D_\{{?(?P<wrt>{_NAME})(?!\w)\}}?(?:\s+(?P<of>.*)|\s*)", re.DOTALL), "jacobian"),
    (re.compile(rf"[d∂]\s*(?P<of>{_NAME})\s*/\s*[d∂]\s*(?P<wrt>{_NAME})(?P<turned>'|ᵀ|\^T|\.T|⊤)?"), "gradient"),
    (re.compile(rf"grad(?:ient)?\(\s*(?P<of>.+?)\s*,\s*(?P<wrt>{_NAME})\s*\)", re.DOTALL), "gradient"),
    (re.compile(rf"jac(?:obian)?\(\s*(?P<of>.+?)\s*,\s*(?P<wrt>{_NAME})\s*\)", re.DOTALL), "jacobian"),
    (re.compile(rf"hess(?:ian)?\(\s*(?P<of>.+?)\s*,\s*{_TWO}\s*\)", re.DOTALL), "hessian"),
)


def chains_of(text: str, notation: str, known: Mapping[str, str], start: int, end: int) -> list[Chain]:
    """The chains between two offsets of a document."""
    if notation == "latex":
        return read_chains(text, known, start, end)
    return [_chain(text, span, known) for span in _rows(text, start, end)]


def expression_at(text: str, start: int, end: int, known: Mapping[str, str]) -> Node:
    """One expression of the math notation, its places those of the whole text."""
    part = _COMMENT.sub(_blank, text[start:end]).replace("\n", " ")
    if d_is_a_sign(known):
        part = _APART.sub(lambda found: found[2] + found[1], part)  # d X is dX, at the same offsets
    try:
        statements = read(part).statements
    except MatdiffError as error:
        raise _moved(error, text, start) from None
    if len(statements) != 1 or not isinstance(statements[0], Objective):
        raise ParseError("an expression is wanted here", Place(text, start, end))
    root = with_differentials(statements[0].value, known)
    for node in postorder(root):
        node.start, node.end = node.start + start, node.end + start
        while text[node.start].isspace():
            node.start -= 1
    return root


_COMMENT = re.compile(r"#[^\n]*")


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def with_differentials(root: Node, known: Mapping[str, str]) -> Node:
    """``dX`` as the differential of X. ``dX'`` is (dX)', ``dX^-1`` is d(X^-1), ``dtr(X)`` is d(tr(X))."""
    new: dict[int, Node] = {}
    for node in postorder(root):
        children = tuple(new[id(child)] for child in node.children)
        new[id(node)] = _differential(Node(node.kind, node.value, children, node.start, node.end), known)
    return new[id(root)]


def _differential(node: Node, known: Mapping[str, str]) -> Node:
    inside = node.children[0] if node.children else None
    match node.kind:
        case "name" if node.value not in known and _is_name(node.value[1:], known) and node.value[0] == "d":
            of = Node("name", node.value[1:], (), node.start + 1, node.end)
            return Node("differential", None, (of,), node.start, node.end)
        case "call" if node.value == "d" and known.get("d") != "function" and len(node.children) == 1:
            return Node("differential", "called", node.children, node.start, node.end)
        case "call" if node.value[0] == "d" and node.value not in known and node.value not in CALLS:
            name = node.value[1:]
            if name in CALLS or name in ALIASES or name in known:
                of = Node("call", name, node.children, node.start + 1, node.end)
                return Node("differential", None, (of,), node.start, node.end)
        case "inverse" | "binary" if inside is not None and inside.kind == "differential" and inside.value is None:
            if node.kind == "inverse" or node.value in ("^", ".^"):
                base = Node(node.kind, node.value, (inside.children[0], *node.children[1:]), inside.start + 1, node.end)
                return Node("differential", None, (base,), node.start, node.end)
    return node


def _is_name(name: str, known: Mapping[str, str]) -> bool:
    return name in known or (default_kind(name) is not None and len(name) == 1)


def _moved(error: MatdiffError, text: str, by: int) -> MatdiffError:
    places = (Place(text, place.start + by, place.end + by) for place in error.places)
    return type(error)(error.reason, *places)


# rows


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Rows of a block, a row that plainly goes on joined with what follows it; comments are left out."""
    row: tuple[int, int] | None = None
    at = start
    for line in text[start:end].split("\n"):
        code = line.split("#", 1)[0]
        for part_at, part in _parts(code):
            first = at + part_at + len(part) - len(part.lstrip())
            last = at + part_at + len(part.rstrip())
            if first >= last:
                continue
            if row is not None and _belongs(text[slice(*row)], text[first:last]):
                row = (row[0], last)
            else:
                if row is not None:
                    yield row
                row = (first, last)
        at += len(line) + 1
    if row is not None:
        yield row


def _parts(code: str) -> Iterator[tuple[int, str]]:
    at = 0
    for part in code.split(";"):
        yield at, part
        at += len(part) + 1


def _belongs(above: str, below: str) -> bool:
    """Whether a row goes on with the one above it."""
    if _depth(above) > 0 or _ENDS_OPEN.search(above) or _GOES_ON.match(below):
        return True
    return bool(_MINUS.match(below)) and not any(True for _ in _signs(below))


def _depth(text: str) -> int:
    return sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")


def _signs(text: str) -> Iterator[re.Match[str]]:
    """The relation signs outside of brackets."""
    depth, at = 0, 0
    for found in _RELATION.finditer(text):
        depth += _depth(text[at : found.start()])
        at = found.start()
        if depth == 0:
            yield found


def _chain(text: str, span: tuple[int, int], known: Mapping[str, str]) -> Chain:
    """A row as the members of a chain. The comments inside a joined row are blanked."""
    start, end = span
    row = _COMMENT.sub(_blank, text[start:end])
    signs = list(_signs(row))
    chain = Chain(continues=bool(signs) and signs[0].start() == 0)
    cuts = [0, *(offset for sign in signs for offset in sign.span()), len(row)]
    chain.signs = [sign[0] if sign[0] not in ("=", ":=", "==") else "=" for sign in signs]
    sides = [(cuts[k], cuts[k + 1]) for k in range(0, len(cuts), 2)]
    for first, last in sides[1:] if chain.continues else sides:
        chain.members.append(_member(text, start + first, start + last, known))
    return chain


def _member(text: str, start: int, end: int, known: Mapping[str, str]) -> Member:
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    end -= text[start:end].endswith((",", ".")) and not text[start:end].endswith("..")
    if start >= end:
        error = ParseError("a side of this equation is missing", Place(text, max(0, start - 1), max(1, start)))
        return Member(start, end, error=error)
    member = Member(start, end)
    try:
        member.claim = _claim(text, start, end, known)
        if member.claim is None:
            member.node = expression_at(text, start, end, known)
    except MatdiffError as error:
        member.error = error
    return member


def _claim(text: str, start: int, end: int, known: Mapping[str, str]) -> Claim | None:
    """``∇_w f``, ``D_w f``, ``grad(f, w)``, ``∂f/∂w``: what a side claims to be."""
    part = text[start:end]
    if part in known:
        return None
    for pattern, kind in _CLAIMS:
        found = pattern.fullmatch(part)
        if found is None:
            continue
        groups = found.groupdict()
        names = [name.strip() for name in groups["wrt"].split(",")]
        if kind == "jacobian" and part.startswith("D_") and names[0] not in known and len(names[0]) > 1:
            continue
        if groups.get("turned"):
            kind = "jacobian"
        wrt = tuple(Node("name", name, (), start, end) for name in names)
        if not groups.get("of"):
            return Claim(kind, wrt, None)
        inside = pattern.pattern[0] in "gjh"  # grad(…, w)
        of = _operand(text, start + found.start("of"), start + found.end("of"), known, inside)
        if of is not None:
            return Claim(kind, wrt, of)
    return None


def _operand(text: str, start: int, end: int, known: Mapping[str, str], inside: bool) -> Node | None:
    """What is differentiated; of an undeclared ``f(w)`` the name alone. Without brackets no sum and no product."""
    part = text[start:end]
    generic = _GENERIC.fullmatch(part)
    if generic and not (generic["called"] and _is_function(generic["of"], known)):
        return Node("name", generic["of"], (), start, start + len(generic["of"]))
    if not part[0].isalpha() and part[0] != "(":
        return None
    try:
        node = expression_at(text, start, end, known)
    except MatdiffError:
        return None
    loose = node.kind == "binary" and node.value not in ("^", ".^", "**")
    return None if loose and not inside and not _in_brackets(part) else node


def _in_brackets(part: str) -> bool:
    """Whether the bracket that opens a text closes where it ends."""
    depths = list(accumulate((c in "([{") - (c in ")]}") for c in part))
    return part[0] == "(" and all(depths[:-1])


def _is_function(name: str, known: Mapping[str, str]) -> bool:
    if name in known:
        return known[name] == "function"
    return name in CALLS or name in ALIASES or (default_kind(name) is None and bool(scalar_functions.find(name)))
