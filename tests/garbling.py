"""Sources that people have written, and what becomes of them under a slipping hand."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import latex_code
import numpy_code
from cookbook import LINES

ROOT = Path(__file__).resolve().parents[1]


class Source(NamedTuple):
    """What a user hands in: a text in a notation (or a document), its declarations and a variable."""

    notation: str
    text: str
    where: str | None
    wrt: str


def corpus() -> list[Source]:
    found = [Source("math", line.formula, line.where, line.wrt[0]) for line in LINES]
    models = sorted((ROOT / "examples").glob("*.matdiff"))
    found += [Source("math", path.read_text(encoding="utf-8"), None, "W") for path in models for _ in range(20)]
    for text, math, where in (*numpy_code.PAIRS, *numpy_code.PROGRAMS.values()):
        found += [Source("numpy", text, where, "x"), Source("math", math, where, "x")]
    for declared, text, math in latex_code.PAIRS:
        found += [Source("latex", text, declared, "x"), Source("math", math, declared, "x")]
    documents = sorted(
        (*(ROOT / "tests" / "derivations").glob("*.md"), *(ROOT / "examples" / "derivations").glob("*.md"))
    )
    found += [Source("document", path.read_text(encoding="utf-8"), None, "") for path in documents for _ in range(5)]
    return found


_TOKEN = re.compile(r"\\?\w+|\s+|\S")

SPLINTERS = (
    *"()[]{}'\"*/+-^.,;:=<>@#$&|\\~!?_0123456789 \t\n",
    *("**", ".*", "./", ".^", "==", ":=", "//", "^-1", "^T", "1(", "1e9", "1e999", "0.1", "x", "X", "dX", "I", "pi"),
    *("tr(", "inv(", "sum(", "axis=0", "ones(", "eye", "f(z) := ", "set relu_at_zero = 1", "np.", ".T", "lambda"),
    *("import os", "__import__('os')", "True", "None", "def f(x): return x", "\\frac{", "\\left(", "\\right)", "\\\\"),
    *("\\sum_{i=1}^n ", "_{ij}", "^{\\top}", "&=", "\\odot", "\\mathrm{d}", "```", "$$",  "symmetric(n)", "labels(n)"),
    *("×", "·", "ᵀ", "−", "²", "α", "а", "𝐱", "\u200b", "\u202e", "\ufeff", "\x00", "\ud800", "\u0301", "’", "“"),
)  # fmt: skip
"""What is put into a source."""


def garble(text: str, others: Sequence[str], choose: random.Random) -> str:
    """A source after a few slips: tokens dropped, doubled, swapped, replaced, or taken from another source."""
    tokens = _TOKEN.findall(text)
    for _ in range(choose.choice((1, 1, 1, 1, 2, 4))):
        if not tokens:
            tokens = [choose.choice(SPLINTERS)]
        _SLIPS[choose.randrange(len(_SLIPS))](tokens, choose, others)
    return "".join(tokens)


def _drop(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    at = choose.randrange(len(tokens))
    del tokens[at : at + choose.choice((1, 1, 2, 5))]


def _double(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    at, length = choose.randrange(len(tokens)), choose.choice((1, 1, 3, 10))
    tokens[at:at] = tokens[at : at + length] * choose.choice((1, 1, 2, 30))


def _swap(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    one, other = choose.randrange(len(tokens)), choose.randrange(len(tokens))
    tokens[one], tokens[other] = tokens[other], tokens[one]


def _put(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    tokens.insert(choose.randrange(len(tokens) + 1), choose.choice(SPLINTERS))


def _replace(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    tokens[choose.randrange(len(tokens))] = choose.choice(SPLINTERS)


def _repeat(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    tokens[choose.randrange(len(tokens))] = choose.choice(tokens)


def _letter(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    at = choose.randrange(len(tokens))
    place = choose.randrange(len(tokens[at]) + 1)
    tokens[at] = (
        tokens[at][:place]
        + chr(choose.choice((choose.randrange(128), choose.randrange(0x3000))))
        + tokens[at][place + 1 :]
    )


def _borrow(tokens: list[str], choose: random.Random, others: Sequence[str]) -> None:
    found = _TOKEN.findall(choose.choice(others))
    start = choose.randrange(len(found) + 1)
    at = choose.randrange(len(tokens))
    tokens[at : at + choose.randrange(4)] = found[start : start + choose.randrange(12)]


_SLIPS: tuple[Callable[[list[str], random.Random, Sequence[str]], None], ...] = (
    _drop, _double, _swap, _put, _replace, _repeat, _letter, _borrow,
)  # fmt: skip
