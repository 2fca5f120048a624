r"""Macros: ``\newcommand``, ``\def``, ``\let``, ``\DeclareMathOperator``, found anywhere and expanded in formulas.

What an argument gives keeps its place; what the body of a macro gives stands at the place of the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matdiff.documents.traced import Traced

MOST = 1_000_000
"""How many letters are written anew in one formula; a macro that calls itself comes to an end so."""


@dataclass(frozen=True)
class Macro:
    """What a command stands for; ``#1`` in the body is its first argument."""

    body: str
    arguments: int = 0
    default: str | None = None
    """The value of the first argument where it is not given in square brackets."""


GIVEN: Mapping[str, Macro] = {
    r"\ensuremath": Macro("#1", 1),
    r"\xspace": Macro(""),
    r"\dv": Macro(r"\frac{d #1}{d #2}", 2),
    r"\pdv": Macro(r"\frac{\partial #1}{\partial #2}", 2),
    r"\dd": Macro(r"\mathrm{d}"),
    r"\abs": Macro(r"\left| #1 \right|", 1),
    r"\norm": Macro(r"\left\| #1 \right\|", 1),
    r"\label": Macro("", 1),
    r"\nonumber": Macro(""),
    r"\notag": Macro(""),
}
"""Commands of packages that many documents load, and such as say nothing."""

_COMMAND = r"\\(?:[A-Za-z@]+|[^A-Za-z\s])"


def _named(part: str) -> str:
    """A command, in braces or without."""
    return rf"(?:\{{\s*(?P<{part}>{_COMMAND})\s*\}}|(?P<bare{part}>{_COMMAND}))"


_DEFINES = re.compile(
    rf"""
    \\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*{_named("new")}
        \s*(?:\[(?P<count>\d)\]\s*)?(?:\[(?P<default>[^\]]*)\]\s*)?(?=\{{)
    | \\(?:re)?DeclareMathOperator(?P<star>\*?)\s*{_named("operator")}\s*(?=\{{)
    | \\DeclarePairedDelimiter\s*{_named("pair")}\s*(?=\{{)
    | \\[gex]?def\s*(?P<defined>{_COMMAND})\s*(?P<pattern>(?:\#\d)*)\s*(?=\{{)
    | \\let\s*(?P<let>{_COMMAND})\s*=?\s*(?P<like>{_COMMAND})
    """,
    re.VERBOSE,
)


def definitions(text: str) -> Iterator[tuple[int, int, str, Macro]]:
    """The definitions in a text: where each stands, the command, and what it stands for."""
    at = 0
    while found := _DEFINES.search(text, at):
        at = found.end()
        if found["let"]:
            yield found.start(), at, found["let"], Macro(found["like"])
            continue
        name = next(
            found[part]
            for part in ("new", "barenew", "operator", "bareoperator", "pair", "barepair", "defined")
            if found[part]
        )
        bodies: list[str] = []
        for _ in range(2 if found["pair"] or found["barepair"] else 1):
            end = group(text, at)
            if end is None:
                break
            bodies.append(text[at + 1 : end - 1].replace("\n", " "))
            at = end
        else:
            yield found.start(), at, name, _macro(found, bodies)


def _macro(found: re.Match[str], bodies: list[str]) -> Macro:
    if found["operator"] or found["bareoperator"]:
        return Macro(rf"\operatorname{found['star']}{{{bodies[0]}}}")
    if len(bodies) == 2:
        return Macro(rf"\left{bodies[0]} #1 \right{bodies[1]}", 1)
    if found["defined"]:
        return Macro(bodies[0], len(found["pattern"]) // 2)
    return Macro(bodies[0], int(found["count"] or 0), found["default"])


def group(text: str, at: int) -> int | None:
    """The end of the group in braces that opens at an offset."""
    depth = 0
    while at < len(text):
        match text[at]:
            case "\\":
                at += 1
            case "{":
                depth += 1
            case "}":
                depth -= 1
                if not depth:
                    return at + 1
        at += 1
    return None


_CALL = re.compile(r"\\(?:[A-Za-z@]+\*?|[^A-Za-z\s])")


def without_definitions(text: str) -> str:
    """A text with its definitions blanked."""
    out = list(text)
    for start, end, _, _ in definitions(text):
        out[start:end] = [c if c == "\n" else " " for c in text[start:end]]
    return "".join(out)


def expanded(formula: Traced, macros: Mapping[str, Macro]) -> Traced:
    """A formula with all macros expanded; a call whose arguments are not there stays as it is."""
    done: list[Traced] = []
    rest, at, work = formula, 0, 0
    while found := _CALL.search(rest.text, at):
        at = found.end()
        macro = macros.get(found[0]) or macros.get(found[0].rstrip("*")) or GIVEN.get(found[0])
        call = _arguments(rest, at, macro) if macro is not None and work < MOST else None
        if macro is None or call is None:
            continue
        end, arguments = call
        body = _filled(macro.body, arguments, *rest.span(found.start(), end))
        done.append(rest[: found.start()])
        rest, at = body + rest[end:], 0
        work += len(rest)
    return Traced.joined([*done, rest])


def _arguments(text: Traced, at: int, macro: Macro) -> tuple[int, list[Traced]] | None:
    """Where a call ends, and its arguments; None where they are not there."""
    found: list[Traced] = []
    source = text.text
    if macro.default is not None and macro.arguments:
        opening = _skip(source, at)
        close = source.find("]", opening) if source[opening : opening + 1] == "[" else -1
        if close >= 0:
            found.append(text[opening + 1 : close])
            at = close + 1
        else:
            found.append(Traced.made(macro.default, *text.span(at, at)))
    while len(found) < macro.arguments:
        at = _skip(source, at)
        if at >= len(source) or source[at] == "}":
            return None
        if source[at] == "{":
            end = group(source, at)
            if end is None:
                return None
            found.append(text[at + 1 : end - 1])
            at = end
        else:
            command = _CALL.match(source, at)
            end = command.end() if command else at + 1
            found.append(text[at:end])
            at = end
    return at, found


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


_SLOT = re.compile(r"#(\d)")


def _filled(body: str, arguments: list[Traced], start: int, end: int) -> Traced:
    """The body of a macro with its arguments; a word of letters that ends it keeps away from what follows."""
    parts, at = [], 0
    for slot in _SLOT.finditer(body):
        number = int(slot[1])
        parts.append(Traced.made(body[at : slot.start()], start, end))
        parts += arguments[number - 1 : number] if number else []
        at = slot.end()
    tail = body[at:]
    parts.append(Traced.made(f"{tail} " if re.search(r"\\[A-Za-z]+\Z", tail) else tail, start, end))
    return Traced.joined(parts)
