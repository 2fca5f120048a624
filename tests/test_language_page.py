"""docs/language.md is what the tables and the engine say; ``pytest tests/test_language_page.py --renew`` writes it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import language_page
import pytest

import matdiff as md
from matdiff.operators import ALIASES, CALLS, MACROS, ROWS
from matdiff.reader import NOTATIONS
from matdiff.reader.elaborate import SETTINGS
from matdiff.reader.names import KINDS, SIZED

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "language.md"
RULES = re.findall(r"\{\{rule: (\w+)\}\}", language_page.WORDS.read_text(encoding="utf-8"))


def shown() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_tables_say(renew: bool) -> None:
    found = language_page.page()
    if renew:
        PAGE.write_text(found, encoding="utf-8")
    assert shown() == found, "run: pytest tests/test_language_page.py --renew"
    assert "{{" not in found


def test_every_row_of_the_operator_table_is_on_the_page() -> None:
    functions = [
        row.name for row in (*language_page.of_matrices(), *language_page.of_entries(), *language_page.of_answers())
    ]
    assert {*RULES, *functions} == {*ROWS, "matrix_power"}


def test_everything_with_a_name_is_on_the_page() -> None:
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]*)`", shown()))))
    names = {*CALLS, *ALIASES, *KINDS, *SIZED, *SETTINGS, *(macro.call for macro in MACROS)}
    assert names <= words
    assert [name for name in NOTATIONS if name != "math" and f'notation="{name}"' not in shown()] == []


def test_a_new_row_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(ROWS["tanh"], name="tangens", call="tangens")
    matrix = replace(ROWS["inv"], name="inverse_of", call="inverse_of")
    for row in (entry, matrix):
        monkeypatch.setitem(ROWS, row.name, row)
        monkeypatch.setitem(CALLS, row.call, [row])
    assert "| `sum(tangens(x))` | `x` | `1 - tanh(x) .^ 2` |" in language_page.entry_functions()
    assert "| `inverse_of(X)` | X n×n → n×n | `-inv(X)*dX*inv(X)` | X invertible |" in language_page.matrix_functions()
    assert "| `tr(A*inverse_of(X))` | `X` | `-inv(X)'*A'*inv(X)'` |" in language_page.matrix_examples()


# The signs

SIGNS = [
    (signs[0], other, example)
    for row in re.findall(r"^\| \d \| (.*?) \| .*? \| `(.*?)` \| `\w+` \|", shown(), re.MULTILINE)
    for signs, example in [(re.findall(r"`(\S+?)`", row[0]), row[1])]
    for other in signs
]


@pytest.mark.parametrize(("sign", "other", "example"), SIGNS)
def test_the_ways_to_write_a_sign_are_one(sign: str, other: str, example: str) -> None:
    at = example.rindex(sign)
    written = example[:at] + other + example[at + len(sign) :]
    where = "A, B, X: matrix(n, n); x, y, z: vector(n)"
    assert md.parse(written, where=where) == md.parse(example, where=where)


def test_the_signs_of_the_grammar_are_on_the_page() -> None:
    grammar = (ROOT / "grammar" / "math.lark").read_text(encoding="utf-8")
    known = {other for _, other, _ in SIGNS}
    for terminal in ("COMPARE", "SIGN", "TIMES", "POWER", "TRANSPOSE"):
        (line,) = re.findall(rf"^{terminal}: (.*)$", grammar, re.MULTILINE)
        signs = set(re.findall(r'"([^"]+)"', line))
        assert signs and signs <= known, terminal
