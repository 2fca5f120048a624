r"""What is written alike and means two things: ``\exp(A)`` of a square matrix, ``\|A\|_2``, ``u^\dagger``.

Which of the two it is the sizes tell, and they are known when all is read. A notation takes part in this whose spelling
says how a function is taken ``entries`` by entry; in the others the functions are those of the entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from matdiff.errors import Place, UnsupportedError
from matdiff.expr import Expr
from matdiff.operators import ALIASES, CALLS, ROWS, Macro, scalar_functions
from matdiff.operators.elementwise import OF_SQUARE
from matdiff.reader.syntax import Node, Program, postorder
from matdiff.sizes import ONE, Unifier

ENTRIES = "⊙"
"""The script of a function that is said to be taken entry by entry."""
DAGGER = "†"
ROOT = "√"
OF_FUNCTION = "f"
r"""The script of a power that stands behind a function's name, ``\sin^2 X``."""


class TwoMeanings(UnsupportedError):
    """A formula that most people read as something that is not supported."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A call that may mean another thing than what was built of it."""

    node: Node
    place: Place
    refusal: str
    """Why it is refused; empty where a note is enough."""
    note: str
    """What it is taken as, where it is read all the same."""
    whole: str = ""
    """The function of a square matrix that most people mean."""

    def error(self) -> TwoMeanings:
        return TwoMeanings(self.refusal, self.place)

    def take_whole(self) -> str:
        """Make the call one of the function of the whole matrix; gives what is to be said of it."""
        note = f"{TAKEN[self.whole]} is taken as {self.whole}"
        self.node.kind, self.node.value = "call", self.whole
        self.node.children = self.node.children[:1]
        return note


TAKEN = {row.whole: f"{name} of a square matrix" for name, row in ROWS.items() if row.whole} | {
    "norm_spec": "the norm of a matrix with the index 2"
}


class Meanings:
    """The calls of an elaborator that may mean two things."""

    def __init__(self) -> None:
        self.calls: list[tuple[Program, Node, Expr]] = []

    def notice(self, program: Program, node: Node, args: list[Expr]) -> None:
        """Keep a call until its sizes are known."""
        script = getattr(node.value, "script", "")
        in_latex = "entries" in program.spelling
        plain = in_latex and script != ENTRIES and len(args) == 1 and of_square(node.value)
        if args and (plain or script in ("1", "2") or (in_latex and script in (DAGGER, ROOT))):
            self.calls.append((program, node, args[0]))

    def doubts(self, unifier: Unifier) -> Iterator[Doubt]:
        """What is in doubt now that the sizes are known."""
        for program, node, of in self.calls:
            rows, cols = unifier.shape(of.shape)
            flat, script = ONE in (rows, cols), getattr(node.value, "script", "")
            if flat != (script == DAGGER) or not (script in ("1", "2", DAGGER) or rows is cols):
                continue
            child = node.children[0]
            text = " ".join(re.sub(r"\\left|\\right", "", program.source[child.start : child.end]).split())
            text = text if len(text) <= 40 else "…"
            norms = LATEX_NORMS if "entries" in program.spelling else NORMS
            yield Doubt(node, program.place(node), *said(node.value, script, text, norms), whole_of(node, script))


def whole_of(node: Node, script: str) -> str:
    """The function of a square matrix that a call most likely means, where there is one."""
    if script == "2":
        return "norm_spec"
    name = ALIASES.get(node.value, node.value)
    return ROWS[name].whole if not script and node.kind == "call" and name in ROWS else ""


LATEX_NORMS = r"\|{}\|", r"\|{}\|_F", r"\operatorname{{norm\_spec}}({})"
NORMS = "||{}||", "norm2({})", "norm_spec({})"
"""A norm, that of Frobenius and the spectral one, as a notation writes them."""


def said(name: str, script: str, text: str, norms: tuple[str, str, str]) -> tuple[str, str]:
    """Why a call is refused, and what it is taken as where it is not."""
    if script == DAGGER:
        return rf"the dagger of a vector is its conjugate transpose: write {text}^\top, or {text}^{{+}} for pinv", ""
    if script == "2":
        norm, frobenius, spectral = (pattern.format(text) for pattern in norms)
        doubt = f"{norm}_2^2 may be the square of the spectral norm, or of the Frobenius norm"
        return f"{doubt}: write {frobenius}, or {spectral}", f"{norm}_2 of a matrix is taken as the Frobenius norm"
    if script == "1":
        return "", f"{norms[0].format(text)}_1 of a matrix is taken as the sum over its entries"
    if script == ROOT:
        refusal = rf"a root of a square matrix is usually {OF_SQUARE}, which is not supported; write"
        return rf"{refusal} {text}^{{\odot 1/n}} entry by entry", "a root of a square matrix is taken entry by entry"
    entry = ROWS.get(ALIASES.get(name, name))
    command = entry.latex if entry and re.fullmatch(r"\\\w+", entry.latex) else rf"\operatorname{{{name}}}"
    hint = rf", for \log\det write \log\det({text})" if command == r"\log" else ""
    return (
        rf"{name} of a square matrix is usually {of_square(name)}, which is not supported; entry by entry it is written"
        rf" {command}^{{\odot}}({text}){hint}",
        f"{name} of a square matrix is taken entry by entry",
    )


def parents_in(roots: Iterable[Node]) -> dict[int, Node]:
    """The node above each, by its identity."""
    return {id(child): node for root in roots for node in postorder(root) for child in node.children}


def is_told(doubt: Doubt, parents: Mapping[int, Node]) -> bool:
    r"""Whether the formula around a call tells that its note is what is meant.

    An operand of ``\odot`` or ``\oslash`` and what is summed by ``\mathbf{1}`` is taken entry by entry; the square of a
    norm is that of the Frobenius norm.
    """
    node, above = doubt.node, parents.get(id(doubt.node))
    if getattr(node.value, "script", "") in ("1", "2", DAGGER):
        return not doubt.refusal or (above is not None and above.kind == "binary" and above.value == "^")
    while above is not None:
        others = [child for child in above.children if child is not node]
        if above.kind == "call" and above.value in _SUMS:
            return True
        each = above.value in _EACH and getattr(above.value, "script", "") != OF_FUNCTION
        if above.kind == "binary" and (each or any(map(is_ones, others))):
            return True
        if not above.is_transpose and above.kind not in ("binary", "negate"):
            return False
        node, above = above, parents.get(id(above))
    return False


_EACH = frozenset({".*", "./", ".^"})
_SUMS = frozenset({"sum", "mean", "rowsum", "colsum", "softmax"})


def is_ones(node: Node) -> bool:
    r"""Whether a factor is ``\mathbf{1}`` or its transpose."""
    inner = node.children[0] if node.is_transpose else node
    return inner.kind == "call" and inner.value in ("vector", "ones")


def of_square(name: str) -> str:
    """What books mean by a function of a square matrix, where that is not what it is of the entries."""
    name = ALIASES.get(name, name)
    entry = next(iter(CALLS.get(name, ())), None)
    if entry is None:
        return OF_SQUARE if scalar_functions.find(name) else ""
    if isinstance(entry, Macro):
        words = [ROWS[word] for word in re.findall(r"\w+", entry.formula) if word in ROWS]
        return next((row.of_square for row in words if row.elementwise), "")
    return entry.of_square
