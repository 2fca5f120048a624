r"""A derivation as LaTeX that can be pasted into an article: ``align*`` with rows that fit its text width.

A formula that is too wide goes on in the next row; a reason stands at the right, and below where there is no room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from matdiff.expr import variable
from matdiff.operators import MOVES
from matdiff.printing.latex import LatexPrinter
from matdiff.printing.page.latex_lines import TEXT_WIDTH, broken, roman, width
from matdiff.printing.page.sides import Line, Page
from matdiff.reader import read_formula
from matdiff.record import Record
from matdiff.sizes import ONE, named

MARGIN = 8.0
EQUALS = 14.0
INDENT = 20.0
NARROW = 60.0
"""Wider left sides stand on a row of their own."""
SPACE = 3.4
SMALL = 0.84
"""How much narrower the words of a reason are set."""

Row = tuple[str, str, str]
"""A left side (empty where a chain goes on), a right side, a reason."""


def latex(d: Record[Any, Any], steps: bool, fragment: bool = True) -> str:
    """Environments of amsmath, to be pasted; or a whole document, which says what is derived."""
    page = Page(d, LatexPrinter)
    parts = [chain(page.lines())] if steps and d.steps else []
    told = [] if fragment else [[(latex_name(d.name), page(page.objective), "")]]
    inside = environment([*told, *parts, list(results(page))])
    return inside if fragment else f"{PREAMBLE}\n{inside}\n\\end{{document}}"


PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{amsmath}
\usepackage{amssymb}
\begin{document}"""


def aligned(d: Record[Any, Any], steps: bool) -> str:
    """One ``aligned`` environment, as Markdown and notebooks show it between dollar signs."""
    page = Page(d, LatexPrinter)
    rows = [
        rf"{left} &= {right} && \text{{{reason(why)}}}" for left, right, why in (chain(page.lines()) if steps else ())
    ]
    rows += [f"{left} &= {right}" for left, right, _ in results(page)]
    return "\\begin{aligned}\n" + " \\\\\n".join(row.lstrip() for row in rows) + "\n\\end{aligned}"


def chain(lines: Iterator[Line]) -> list[Row]:
    return [(line.left, line.right, line.rule) for line in lines]


def results(page: Page) -> Iterator[Row]:
    for name, value in page.named():
        yield name, value, ""
    for kind, names, found in page.results():
        yield rf"{symbol(kind, names)}\, {latex_name(page.derivation.name)}", page(found), ""


def environment(parts: Sequence[Sequence[Row]]) -> str:
    rows = [fitted(part) for part in parts if part]
    inside = "\\end{align*}\n\\begin{align*}\n".join(" \\\\\n".join(part) + "\n" for part in rows)
    return f"\\begingroup\\allowdisplaybreaks\n\\begin{{align*}}\n{inside}\\end{{align*}}\n\\endgroup"


def fitted(part: Sequence[Row]) -> list[str]:
    """The rows of one environment, none wider than the text."""
    lefts = max((width(left) for left, _, _ in part if left), default=0.0)
    beside = lefts <= NARROW
    taken = MARGIN + EQUALS + (lefts if beside else INDENT)
    out: list[str] = []
    for left, right, why in part:
        first, *more = broken(right, TEXT_WIDTH - taken, TEXT_WIDTH - taken - INDENT)
        if left and not beside:
            head, *rest = broken(left, TEXT_WIDTH - MARGIN, TEXT_WIDTH - MARGIN - INDENT)
            out += [f"& {head}", *(rf"&\quad {line}" for line in rest)]
        out.append(f"{left} &= {first}" if beside else rf"&\quad = {first}")
        out += [rf"&\qquad {line}" if beside else rf"&\quad\qquad {line}" for line in more]
        if why:
            last = width(more[-1]) + INDENT if more else width(first)
            room = TEXT_WIDTH - taken - last - INDENT
            if reason_width(why) <= room:
                out[-1] += rf" \tag*{{\footnotesize {reason(why)}}}"
            else:
                out += [rf"&\qquad {row}" for row in reason_rows(why, TEXT_WIDTH - taken - INDENT)]
    return out


def reason_rows(why: str, limit: float) -> Iterator[str]:
    """A long reason in rows, broken between words and never in a formula."""
    line: list[str] = []
    taken = 0.0
    for text, wide in pieces(why):
        if line and taken + SMALL * wide > limit:
            yield rf"\text{{\footnotesize {' '.join(line)}}}"
            line, taken = [], 0.0
        line.append(text)
        taken += SMALL * wide
    yield rf"\text{{\footnotesize {' '.join(line)}}}"


def reason(why: str) -> str:
    """The words of a reason, its mathematics set as such."""
    return " ".join(text for text, _ in pieces(why))


def reason_width(why: str) -> float:
    return SMALL * sum(wide for _, wide in pieces(why))


def pieces(why: str) -> list[tuple[str, float]]:
    """The words and formulas of a reason, each with its width and that of a space."""
    found: list[tuple[str, float]] = []
    for part in formulas().split(why):
        if part in mathematics():
            math = mathematics()[part]
            found.append((f"${math}$", width(math) + SPACE))
        elif part[:1] == "," and found:
            text, wide = found.pop()
            found.append((f"{text},", wide + SPACE))
            part = part[1:]
        if part not in mathematics():
            found += [(escaped(word), roman(word) + SPACE) for word in part.split()]
    return found


@cache
def formulas() -> re.Pattern[str]:
    return re.compile("(" + "|".join(map(re.escape, mathematics())) + ")")


@cache
def mathematics() -> dict[str, str]:
    """The formulas in the names of rules, and what they are in LaTeX."""
    found = {
        "df = tr(A dX)": r"\mathrm{d}f = \operatorname{tr}(A\,\mathrm{d}X)",
        "d vec F = J d vec X": r"\mathrm{d}\operatorname{vec} F = J\,\mathrm{d}\operatorname{vec} X",
        "log|det X|": r"\log|\det X|",
    }
    n = named("n")
    names = {name: variable(name, (n, ONE if name.islower() else n)) for name in "ABCXx"}
    for rule in MOVES:
        _, comma, formula = rule.partition(", ")
        if comma and "ones" not in formula:
            sides = [LatexPrinter(taken=names)(read_formula(side, names)) for side in formula.split(" = ")]
            found[formula] = " = ".join(sides)
    return found


def symbol(kind: str, names: Sequence[str]) -> str:
    head = {"jacobian": r"\mathrm{D}", "gradient": r"\nabla", "hessian": r"\mathrm{H}"}[kind]
    return f"{head}_{{{', '.join(map(latex_name, names))}}}"


def latex_name(name: str) -> str:
    return LatexPrinter()(variable(name, (ONE, ONE)))


def escaped(words: str) -> str:
    for sign in "_&%#$":
        words = words.replace(sign, "\\" + sign)
    return (
        words.replace("^", r"\textasciicircum{}")
        .replace("|", r"\textbar{}")
        .replace("<", r"\textless{}")
        .replace(">", r"\textgreater{}")
    )
