"""Many documents at once: files, folders, settings, what is known to fail, repairs, and the formats for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import matdiff as md
from matdiff import batch
from matdiff.cli import main
from matdiff.files import UsageError

MODEL = "```matdiff\nA: matrix(m, n); x: vector(n); b: vector(m)\nf = norm2(A*x - b)^2\n```\n"
RIGHT = MODEL + "$\\nabla_x f = 2 A^\\top (A x - b)$\n"
WRONG = MODEL + "$\\nabla_x f = A^\\top (A x - b)$\n"
UNREAD = MODEL + "$f = f$ and $\\undefined{x} = 1$\n"
EMPTY = "no mathematics\n"
SCHEMA = json.loads((Path(md.__file__).parent / "schema" / "report-1.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


STATUS = [
    ((RIGHT,), (), 0),
    ((RIGHT, EMPTY), (), 0),
    ((RIGHT, WRONG), (), 1),
    ((UNREAD,), (), 0),
    ((UNREAD,), ("--strict",), 1),
    ((UNREAD,), ("--max-unread", "0"), 1),
    ((UNREAD,), ("--max-unread", "1"), 0),
    ((UNREAD.replace("$f = f$", ""),), (), 2),
    ((EMPTY,), (), 2),
    ((EMPTY,), ("--allow-empty",), 0),
    ((RIGHT, "```matdiff\nx: x\n```"), (), 2),
    ((RIGHT, RIGHT), ("--format", "html"), 2),
]


@pytest.mark.parametrize(("texts", "options", "status"), STATUS)
def test_the_exit_status(
    folder: Path, capsys: pytest.CaptureFixture[str], texts: tuple[str, ...], options: tuple[str, ...], status: int
) -> None:
    names = [f"{chr(97 + k)}.md" for k in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    assert main(["check", *names, *options]) == status
    told = capsys.readouterr()
    assert bool(told.err) == (status == 2 or ("--max-unread" in options and status == 1))


def test_folders_hold_documents_and_nothing_else(folder: Path) -> None:
    put(
        folder,
        a_md=RIGHT,
        sub__b_tex=RIGHT,
        sub__c_rst=RIGHT,
        sub__d_ipynb="{}",
        sub__e_txt=RIGHT,
        venv__f_md=WRONG,
    )
    put(folder, sub__drafts__g_md=WRONG)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "h.md").write_text(WRONG, encoding="utf-8")
    names = [Path(path).name for path in batch.documents_in(["."], ["drafts"])]
    assert names == ["a.md", "b.tex", "c.rst", "d.ipynb"]
    assert batch.documents_in(["a.md", "sub/e.txt", "a.md"], []) == ["a.md", "sub/e.txt"]


def test_text_of_many_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, a_md=WRONG, b_md=RIGHT)
    assert main(["check", "a.md", "b.md"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("a.md:5:15: wrong: ")
    assert "b.md:5:15: proved: " in out
    assert out.endswith("a.md: 1 link: 1 wrong\nb.md: 1 link: 1 proved\n2 files: 2 links: 1 proved, 1 wrong\n")
    assert main(["check", "a.md", "b.md", "--quiet"]) == 1
    quiet = capsys.readouterr().out
    assert "b.md" not in quiet and "a.md:5:15: wrong" in quiet


def test_a_report_on_a_notebook_and_a_paper(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tex = "\\newcommand{\\m}{\\mathbf{A}}\n% matdiff: A: matrix(n, n)\n% a comment: $1 = 2$\n$\\m \\m = \\m^2$\n"
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["Here\n", "$\\frac12 + \\frac12 = 2$"]}
    put(folder, a_tex=tex, b_ipynb=json.dumps({"cells": [cell]}, indent=1))
    assert main(["check", "a.tex", "b.ipynb"]) == 1
    out = capsys.readouterr().out
    assert "a.tex:4:10: proved: " in out
    assert "b.ipynb:8:29: wrong: " in out
    assert main(["check", "b.ipynb", "--format", "markdown"]) == 1
    assert "✗ wrong" in capsys.readouterr().out


def test_files_that_are_taken_in_are_told_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, main_tex="\\newcommand{\\m}{A}\n\\input{part}", part_tex="$\\m + \\m = 3\\m$\n")
    assert main(["check", "."]) == 1
    out = capsys.readouterr().out
    assert out.count("wrong:") == 1 and "part.tex:1:12: wrong" in out


# settings


def test_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, a_md=UNREAD)
    put(folder, pyproject_toml="[tool.matdiff]\nstrict = true\nmax-unread = 3\nexclude = ['b*']\n")
    found = batch.settings_for("a.md", {"quiet": True})
    assert (found.strict, found.max_unread, found.exclude, found.quiet) == (True, 3, ["b*"], True)
    assert main(["check", "a.md"]) == 1
    assert main(["check", "a.md", "--no-strict"]) == 0
    put(folder, sub__c_md=RIGHT)
    assert batch.settings_for("sub", {}).strict
    capsys.readouterr()


@pytest.mark.parametrize("line", ["strct = true", "strict = 1", "max-unread = true", "max-unread = 'x'", "= 3"])
def test_a_setting_that_there_is_not_is_refused(folder: Path, line: str) -> None:
    put(folder, pyproject_toml=f"[tool.matdiff]\n{line}\n")
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        batch.settings_for(".", {})


# what is known to fail


def test_a_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, a_md=WRONG, b_md=RIGHT)
    assert main(["check", "a.md", "b.md", "--format", "json", "-o", "known.json"]) == 1
    assert main(["check", "a.md", "b.md", "--baseline", "known.json"]) == 0
    put(folder, a_md="moved down\n\n" + WRONG)
    assert main(["check", ".", "--baseline", "known.json"]) == 0
    put(folder, b_md=RIGHT.replace("2 A", "3 A"))
    capsys.readouterr()
    assert main(["check", "a.md", "b.md", "--baseline", "known.json", "--quiet"]) == 1
    out = capsys.readouterr().out
    assert "b.md:5:15: wrong" in out and "a.md:" not in out and "2 wrong; 1 known" in out
    put(folder, known_json="[]")
    assert main(["check", "a.md", "--baseline", "known.json"]) == 2
    assert "is no report" in capsys.readouterr().err


# repairs

FIXES = [
    ("a.md", WRONG, "f = A^", "f = 2 A^"),
    ("a.md", "\ufeff" + WRONG.replace("\n", "\r\n"), "f = A^", "f = 2 A^"),
    ("a.tex", "% matdiff: x: vector(n)\n$d(x^\\top x) = x^\\top dx$ % $1=2$\n", "= x^", "= 2 x^"),
    (
        "a.ipynb",
        json.dumps({"cells": [{"cell_type": "markdown", "source": [WRONG]}]}),
        "f = A^",
        "f = 2 A^",
    ),
    ("a.rst", ".. code-block:: matdiff\n\n   x: vector(n)\n\n:math:`d(x^\\top x) = x^\\top dx`\n", "= x^", "= 2 x^"),
]


@pytest.mark.parametrize(("name", "text", "old", "new"), FIXES)
def test_fix_changes_what_is_wrong_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, old: str, new: str
) -> None:
    (folder / name).write_bytes(text.encode())
    assert main(["check", name, "--fix"]) == 0
    assert (folder / name).read_bytes() == text.replace(old, new).encode()
    assert "1 change made" in capsys.readouterr().err


def test_fix_leaves_what_is_no_single_slip(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = MODEL + "$\\nabla_x f = \\sin(f)\\, x$\n"
    put(folder, a_md=text)
    assert main(["check", "a.md", "--fix"]) == 1
    assert (folder / "a.md").read_text(encoding="utf-8") == text
    assert "change" not in capsys.readouterr().err


# for programs


def checked_json(text: str) -> Any:
    found = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_schema_is_one(folder: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": 1, "ok": True}, SCHEMA)


def test_json_follows_the_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, a_md=WRONG, b_md=UNREAD, c_md=EMPTY)
    for names in (["a.md"], ["b.md"], ["c.md"], ["a.md", "b.md", "c.md"]):
        main(["check", *names, "--format", "json"])
        found = checked_json(capsys.readouterr().out)
        assert found["schema"] == 1
        reports = found.get("documents", [found])
        assert [report["document"] for report in reports] == names
    link = reports[0]["links"][0]
    assert link["span"] == {"line": 5, "column": 15, "end_line": 5, "end_column": 31}
    (edit,) = link["edits"]
    assert edit["text"] == "2 " and edit["words"] == "a factor 2 is missing"
    assert edit["span"]["column"] == edit["span"]["end_column"] == 15
    assert link["counterexample"].keys() >= {"A", "x", "b", "m", "n"}
    assert checked_json(md.check(WRONG).render("json"))["links"][0]["counterexample"] == link["counterexample"]


def test_the_counterexample_shows_that_the_sides_differ() -> None:
    (link,) = md.check(WRONG).links
    assert link.counterexample is not None
    e = md.gradient("norm2(A*x - b)^2", "x", where="A: matrix(m, n); x: vector(n); b: vector(m)")
    values = {name: link.counterexample[name] for name in ("A", "x", "b")}
    claimed = md.parse("A'*(A*x - b)", where="A: matrix(m, n); x: vector(n); b: vector(m)")
    assert abs(e.evaluate(**values) - claimed.evaluate(**values)).max() > 0.1


def test_sarif_has_fixes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, a_md=WRONG, b_md=WRONG)
    assert main(["check", "a.md", "b.md", "--format", "sarif"]) == 1
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert len(results) == 2
    (fix,) = results[1]["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "b.md"
    assert change["replacements"][0]["insertedContent"]["text"] == "2 "


def test_annotations_of_github(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, a_md=WRONG, b_md=UNREAD)
    assert main(["check", "a.md", "b.md", "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("::error file=a.md,line=5,endLine=5,col=15,endColumn=31,title=matdiff%3A wrong::")
    assert "%0A" in lines[0]
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::notice"]


def test_what_a_chain_says_twice_is_said_once() -> None:
    text = MODEL + "$$f = A x b = A b = f$$"
    shown = md.check(text).render("text")
    assert shown.count("as above") >= 1
