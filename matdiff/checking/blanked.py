r"""What people write round formulas, blanked at the same offsets: boxes, equation numbers, arguments of a function."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

from matdiff.checking.losses import WORDS
from matdiff.expr import Expr, topo
from matdiff.reader.latex.names import ACCENTS
from matdiff.reader.latex.words import FUNCTIONS

_BOX = re.compile(r"\\(?:boxed|fbox|Aboxed|bbox)\s*(?:\[[^\]]*\])?\s*\{")
_UNEQUAL = re.compile(r"\\not\s*=|\\neq?(?![a-zA-Z])")
_WANTED = re.compile(r"\\(?:overset|stackrel)\s*\{\s*!\s*\}\s*\{\s*=\s*\}|\\overset\s*!\s*=")
_WORDS = re.compile(r"\\(?:text|mbox|textrm|textit|textbf)\{(?:[^{}]|\{[^{}]*\})*\}")
_ASIDE = re.compile(r"\\q?quad\s*\(\s*\\(?:text|mbox|textrm)\{[^{}]*\}[^()]*\)")
_NUMBER = {
    "latex": re.compile(r"(?:\A|(?<=\\\\))\s*\(\d+(?:\.\d+)*[a-z]?\)(?=\s*(?:\\q?quad|\\[;,:]|&))"),
    "math": re.compile(r"^[ \t]*\(\d+[a-z]?\)(?=[ \t]+[^\W\d])|(?<=\S)[ \t]{2,}\(\d+[a-z]?\)(?=[ \t]*$)", re.MULTILINE),
}
_COMPARISON = re.compile(r"\\[gl]eq?(?:slant)?(?![a-zA-Z])|[<>≤≥]|\\[()\[\]{}]|[()\[\]{}]")
_BELOW = re.compile(r"_\s*\{[^{}]*\Z")
_NO_LINK = "≈"
"""A sign that parts the sides of a chain and claims nothing."""

_FONT = r"\\(?:mathrm|mathcal|mathbf|boldsymbol|bm|text|mathit)"
_BRACES = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_NAME = rf"(?:{_FONT}{_BRACES}|\\[A-Za-z]+|[^\W\d]\w*)(?:_{_BRACES})?"
_APPLIED = re.compile(
    rf"(?<![\w\\}}])(?P<head>{_NAME})(?P<all>\s*(?:\\left|\\[bB]igl?)?\((?P<list>[^()=]*?)(?:\\right|\\[bB]igr?)?\))"
)
_FIRST = re.compile(r"(?:\A|\\\\|\\q?quad|[\n;,])[\s&]*\Z")
_EQUALS = re.compile(r"[\s&]*(?::=|=|\\coloneqq|\\triangleq|\\equiv|\\doteq)")
_BELOW_NABLA = re.compile(r"(?:\\nabla|∇)\s*(?:\^\s*\{?2\}?|²)?\s*\Z")
_LETTER = re.compile(rf"(?:{_FONT}(?:\{{\\?\w+\}}|\\[A-Za-z]+)|\\[A-Za-z]+|[^\W\d_])(?:_\w|_{_BRACES})?(?:\^2)?")


_SECOND = re.compile(r"(?<![\w\\{])(?:d|\\mathrm\{d\})\^(?:2|\{2\})(?=(?:\s|\\,|\\!)*[\\A-Za-z(])")
"""``d^2 f``, but not that of ``\\frac{d^2 f}{dx^2}``."""


def blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_frames(text: str, notation: str) -> str:
    r"""A formula without boxes, equation numbers and asides, as ``\quad (\text{if } a > 0)``.

    ``\overset{!}{=}`` asks for an equation and is no link.
    """
    text = _NUMBER[notation].sub(lambda found: blank(found[0]), text)
    if notation == "math":
        return text
    text = _WORDS.sub(lambda found: found[0].replace("$", " "), text)
    text = _ASIDE.sub(lambda found: blank(found[0]), text)
    for sign in (_WANTED, _UNEQUAL):
        text = sign.sub(
            lambda found: found[0] if _BELOW.search(found.string, 0, found.start()) else _no_link(found), text
        )
    out = list(text)
    for found in _BOX.finditer(text):
        depth, at = 1, found.end()
        while at < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        if not depth:
            out[found.start() : found.end()] = blank(found[0])
            out[at - 1] = " "
    if r"\begin{cases}" not in text:
        for start, end in _inequalities("".join(out)):
            out[start:end] = _NO_LINK.ljust(end - start)
    return "".join(out)


def _no_link(found: re.Match[str]) -> str:
    return _NO_LINK.ljust(len(found[0]))


def _inequalities(text: str) -> Iterator[tuple[int, int]]:
    """The comparisons outside of all brackets."""
    depth = 0
    for found in _COMPARISON.finditer(text):
        last = found[0][-1]
        if last in "([{":
            depth += 1
        elif last in ")]}":
            depth -= 1
        elif depth == 0:
            yield found.span()


def with_second_differentials(text: str) -> str:
    """``d^2 f`` as ``dd f``."""
    return _SECOND.sub(lambda found: "dd".ljust(len(found[0])), text)


def without_arguments(
    text: str, known: Mapping[str, Expr], objective: str, functions: Container[str] = frozenset()
) -> str:
    """``L(w)`` as L, where L is defined and depends on w; so too ``L(w) =`` that begins a row and defines L.

    What is a function keeps its arguments.
    """

    def replaced(found: re.Match[str]) -> str:
        head = plain(found["head"])
        if head in functions or head in FUNCTIONS or head.lower() in FUNCTIONS:
            return found[0]
        if head not in known and head[:1] == "d" and head[1:] in (*known, objective, ""):
            head = head[1:]  # d L(w)
        arguments = [plain(part) for part in re.split(r"[,;|]", found["list"])]
        if _BELOW_NABLA.search(text, 0, found.start()):
            return found[0]
        begins = _FIRST.search(text, 0, found.start()) and _EQUALS.match(text, found.end())
        letters = all(_LETTER.fullmatch(part.strip()) for part in re.split(r"[,;|]", found["list"]))
        if head in known and not all(name in known for name in arguments) and not (begins and letters):
            return found[0]
        if head not in known and not letters:
            return found[0]
        if head in known:
            below = set(topo(known[head])) if known[head].op == "definition" else ()
            applies = bool(begins) or all(known[name] in below for name in arguments)
        else:
            named = bool(begins and _LETTER.fullmatch(found["head"]))
            applies = head != "" and (head in (objective, "L", "J") or head in WORDS or named)
        return found["head"] + blank(found["all"]) if applies else found[0]

    return _APPLIED.sub(replaced, text)


_ACCENTED = re.compile(rf"\\({'|'.join(ACCENTS)})(?![a-z])\s*\{{?\s*(\\?[A-Za-z]+)\s*\}}?")


def plain(name: str) -> str:
    r"""The name of ``\mathbf{w}``, ``\theta``, ``W_{1}``, ``\hat{y}``."""
    name = _ACCENTED.sub(lambda found: f"{found[2]}_{ACCENTS[found[1]]}".rstrip("_"), name)
    return re.sub(rf"{_FONT}(?=\{{|\\)|[{{}}\\\s]", "", name)
