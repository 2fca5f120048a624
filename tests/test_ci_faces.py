"""The hook of pre-commit and the action say commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matdiff.cli import main

ROOT = Path(__file__).resolve().parents[1]
HOOK = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")


def words(pattern: str, text: str) -> list[str]:
    found = re.search(pattern, text)
    assert found
    return found[1].split()


COMMANDS = {
    "hook": words(r"entry: matdiff (.*)", HOOK),
    "action": words(r"run: matdiff (.*) \$OPTIONS \$PATHS", ACTION),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_commands_check_documents(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong, plain = tmp_path / "right.md", tmp_path / "wrong.md", tmp_path / "plain.md"
    right.write_text("$A + A = 2 A$", encoding="utf-8")
    wrong.write_text("$A + A = 3 A$", encoding="utf-8")
    plain.write_text("no mathematics", encoding="utf-8")
    assert main([*COMMANDS[name], str(right), str(plain)]) == 0
    assert main([*COMMANDS[name], str(right), str(wrong)]) == 1
    assert "wrong.md" in capsys.readouterr().out


def test_the_hook_takes_what_check_reads() -> None:
    from matdiff.documents import SUFFIXES

    files = re.search(r"files: (.*)", HOOK)
    assert files
    assert [suffix for suffix in SUFFIXES if not re.search(files[1], f"notes{suffix}")] == []


def test_every_page_is_on_the_site() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    assert [path.name for path in (ROOT / "docs").glob("*.md") if path.stem not in ("index", *index)] == []
