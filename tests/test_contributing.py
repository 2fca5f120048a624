"""CONTRIBUTING.md is true: the lines it shows, put into the tables, are taken up by the tests it names."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import new_rows
import pytest

from matdiff.operators import ROWS

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ADDED = [
    ("elementwise", "matdiff/operators/elementwise.py", "ELEMENTWISE = (\n", "tests/test_rows.py", "sinc"),
    ("Identity", "matdiff/identities/algebra.py", "CANCELLATIONS = (\n", "tests/test_identities.py", "pinv"),
]


def test_every_place_it_names_is_there() -> None:
    named = re.findall(r"`((?:matdiff|tests|grammar|\.ci)/[\w./]*|\w+\.py|\w+/[\w.]+)`", GUIDE)
    homes = (ROOT, ROOT / "matdiff", ROOT / "matdiff" / "operators")
    assert len(named) > 10
    assert [name for name in named if not any((home / name).exists() for home in homes)] == []


def test_every_place_the_picture_names_is_there() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {name.removesuffix("/") for name in re.findall(r"`([\w/]+/|[\w/]+\.py)`", picture)}
    there = [
        path.relative_to(ROOT).as_posix() for folder in ("matdiff", "tests") for path in (ROOT / folder).rglob("*")
    ]
    assert len(named) > 20
    assert [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in there)] == []


def test_rooms_name_few_operators_of_their_own() -> None:
    """What is known of an operator is said in its row: a room that spells operators has a table of its own."""
    tables = ("operators/", "identities")
    rooms = [
        path
        for path in (ROOT / "matdiff").rglob("*.py")
        if not str(path.relative_to(ROOT / "matdiff")).startswith(tables)
    ]
    spelled = [
        node.value
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ROWS
    ]
    assert len(spelled) <= MOST_SPELLED


MOST_SPELLED = 801
"""How many operators the rooms name in quotes. It may only become less."""


def test_the_lines_it_shows_are_the_lines_added_below() -> None:
    shown = re.findall(r"^```python\n    (\w+)\(.*\),\n```$", GUIDE, re.MULTILINE)
    assert shown == [begins for begins, *_ in ADDED]


@pytest.mark.slow
@pytest.mark.parametrize(("begins", "table", "head", "tests", "name"), ADDED)
def test_a_line_is_all_that_is_needed(
    begins: str, table: str, head: str, tests: str, name: str, tmp_path: Path
) -> None:
    (line,) = re.findall(rf"^    {begins}\(.*\),\n", GUIDE, re.MULTILINE)
    run = run_with(line, table, head, tmp_path, "-m", "pytest", "-n", "0", tests, "-k", name)
    assert re.search(r"\d+ passed", run)


@pytest.mark.slow
@pytest.mark.parametrize("name", new_rows.ROWS_ADDED)
def test_a_row_is_all_that_every_room_needs(name: str, tmp_path: Path) -> None:
    table, head, row = new_rows.ROWS_ADDED[name]
    run_with(row, f"matdiff/operators/{table}", head, tmp_path, "tests/new_rows.py", name)


def run_with(line: str, table: str, head: str, folder: Path, *command: str) -> str:
    """What Python says to a command in a copy of the project that has one line more."""
    for part in ("matdiff", "grammar", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    text = (folder / table).read_text(encoding="utf-8")
    assert text.count(head) == 1
    (folder / table).write_text(text.replace(head, head + line), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
