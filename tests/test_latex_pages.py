"""Derivations in LaTeX as they are pasted: TeX takes them without an error, and no row is wider than the text."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cookbook import LINES

import matdiff as md
from matdiff.printing.page.latex_lines import TEXT_WIDTH, broken, width

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.matdiff"))
PDFLATEX = shutil.which("pdflatex")
needs_tex = pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed (texlive-latex-base has it)")

WIDE = "tr(" + "*".join(f"(A*X + {k}*B)" for k in range(1, 12)) + ")"
LONG = "x'*inv(A + B)*(A + B + A*A'*B + B*B'*A)*x/(x'*(A + B + A'*B'*A*B + B'*A'*B*A)*x + sum(exp(x)) + norm2(x)^3)"


def tex(body: str, folder: Path) -> str:
    """What pdflatex says of a document."""
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{amsmath}"
    whole = body if body.startswith(r"\documentclass") else rf"{head}\begin{{document}}{body}\end{{document}}"
    (folder / "page.tex").write_text(whole, encoding="utf-8")
    command = [PDFLATEX or "", "-interaction=nonstopmode", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    return done.stdout.decode("utf-8", "replace")


def complaints(said: str) -> list[str]:
    return re.findall(r"^!.*|^Overfull.*", said, re.MULTILINE)


def pages(detail: str, step: int) -> list[str]:
    found = [md.derive(path.read_text(encoding="utf-8"), detail=detail).render("latex") for path in EXAMPLES]
    for line in [line for line in LINES if line.kind != "hessian"][::step]:
        found.append(md.derive(line.formula, line.wrt[0], where=line.where or None, detail=detail).render("latex"))
    return [*found, md.derive(WIDE, "X", detail=detail).latex(), md.derive(LONG, "x", detail=detail).latex()]


@needs_tex
@pytest.mark.parametrize(("detail", "step"), [("textbook", 9), ("full", 40)])
def test_pages_compile_and_fit(detail: str, step: int, tmp_path: Path) -> None:
    assert complaints(tex("\n\n".join(pages(detail, step)), tmp_path)) == []


@needs_tex
@pytest.mark.slow
def test_all_of_the_books_compile_and_fit(tmp_path: Path) -> None:
    assert complaints(tex("\n\n".join(pages("textbook", 1)), tmp_path)) == []


@needs_tex
def test_a_whole_document_compiles(tmp_path: Path) -> None:
    page = md.derive("norm2(A*x - y)^2", "x").render("latex", fragment=False)
    assert page.startswith(r"\documentclass") and complaints(tex(page, tmp_path)) == []


@needs_tex
def test_what_is_too_wide_is_noticed(tmp_path: Path) -> None:
    d = md.derive(WIDE, "X")
    assert complaints(tex(rf"\[ {d.steps[-1].after.latex()} \]", tmp_path))
    assert complaints(tex(r"\[ \nosuchcommand \]", tmp_path))


@needs_tex
def test_widths_are_no_smaller_than_those_of_tex(tmp_path: Path) -> None:
    """But for the few per cent that the margin of a page takes up."""
    lines = [line for line in LINES if line.kind == "gradient"][::20]
    sides = [md.derive(s.formula, s.wrt[0], where=s.where or None).gradients[s.wrt[0]].latex() for s in lines]
    boxes = "\n".join(rf"\sbox0{{$\displaystyle {side}$}}\typeout{{W \the\wd0}}" for side in sides)
    measured = [float(found) for found in re.findall(r"^W ([\d.]+)pt", tex(boxes, tmp_path), re.MULTILINE)]
    assert len(measured) == len(sides)
    assert [side for side, found in zip(sides, measured, strict=True) if width(side) < 0.98 * found] == []


@pytest.mark.parametrize("limit", [90.0, 150.0, TEXT_WIDTH])
def test_broken_lines_are_balanced_and_lose_nothing(limit: float) -> None:
    side = md.derive(LONG, "x").steps[0].after.latex()
    lines = broken(side, limit, limit)
    for line in lines:
        assert line.count(r"\left") == line.count(r"\right")
        assert line.count("{") == line.count("}")
    letters = re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", "", side))
    assert re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", "", " ".join(lines))) == letters


def test_mathematics_in_reasons() -> None:
    page = md.derive("det(A*X)", "X", detail="full").latex() + md.derive("norm2(A*X)^2", "X", detail="full").latex()
    assert r"$\operatorname{tr}\left(A^{\top}\right) = \operatorname{tr}\left(A\right)$" in page
    assert "tr(A')" not in page


def test_thin_spaces_stand_beside_differentials() -> None:
    assert md.differential("tr(A*X*B)", "X").latex() == r"\operatorname{tr}\left(B A\, \mathrm{d}X\right)"
    assert r"\mathrm{d}\,\mathrm{loss}" in md.derive("loss = norm2(A*x)^2", "x").latex()
