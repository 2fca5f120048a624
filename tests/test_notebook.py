"""What a notebook shows: mathematics without a network or scripts, cells of two kinds, errors in a few words."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import matdiff as md
from matdiff import notebook

TOUR = Path(__file__).resolve().parents[1] / "examples" / "tour.ipynb"
EMPTY = frozenset({"meta", "mspace", "br"})

SHOWN: dict[str, Any] = {
    "expression": lambda: md.gradient("logdet(X)", "X"),
    "derivation": lambda: md.derive("norm2(A*x - y)^2", "x"),
    "step": lambda: md.derive("norm2(A*x - y)^2", "x").steps[0],
    "gradients": lambda: md.derive("norm2(A*x - y)^2", ["x", "y"]).gradient,
    "Hessians": lambda: md.derive("x'*A*y", ["x", "y"], order=2).hessian,
    "verdict": lambda: md.equal("A*B", "B*A", where="A, B: matrix(n, n)"),
    "report": lambda: md.check("$$ A + A = 3 A $$"),
    "function": lambda: md.compile(md.parse("x'*A*x")),
}


class Balanced(HTMLParser):
    """Every element closed in order, and nothing that loads anything."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.met: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href"} & {name for name, _ in attrs}
        self.met.add(tag)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in EMPTY

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_whole_and_loads_nothing(name: str) -> None:
    html = SHOWN[name]()._repr_html_()
    page = Balanced()
    page.feed(html)
    assert page.open == []
    assert "http" not in html.replace("http://www.w3.org", "")
    assert ("math" in page.met) == (name not in ("verdict", "function"))


def test_names_are_text_and_never_markup() -> None:
    html = md.derive("tr(A*X)", "X", where="A: matrix(m, n)")._repr_html_()
    assert "<script" not in html
    assert " < " not in md.compile(md.parse("1(x < y)"))._repr_html_()


def test_several_gradients_are_a_dictionary_still() -> None:
    found = md.derive("norm2(A*x - y)^2", ["x", "y"]).gradient
    assert dict(found) == found and list(found) == ["x", "y"]


def test_the_cells() -> None:
    d = notebook.derive("--wrt x,y --order 2 --detail full", "x'*A*y\n")
    assert d.wrt == ("x", "y") and d.detail == "full" and len(d.hessian) == 4
    assert str(notebook.derive("", "det(X)").gradient) == "det(X)*inv(X)'"
    assert notebook.check("", "$A + A = 2 A$").ok


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--wert x", "takes --wrt, .* not --wert"),
        ("--wrt", "each with a value, not --wrt"),
        ("--order two", "take a number"),
        ("--wrt 'x", "cannot read the options"),
    ],
)
def test_options_that_are_none(line: str, said: str) -> None:
    with pytest.raises(md.MatdiffError, match=said):
        notebook.derive(line, "x'*x")


def test_an_error_is_its_words_alone() -> None:
    with pytest.raises(md.ParseError) as caught:
        md.parse("tr(A*X")
    (shown,) = caught.value._render_traceback_()
    assert shown.startswith("ParseError: this bracket") and "File" not in shown and "^" in shown


def executed(cells: list[str]) -> list[Any]:
    """The outputs of code cells, in a kernel of their own."""
    nbformat = pytest.importorskip("nbformat", reason="the extra notebook is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the extra notebook is not installed")
    pytest.importorskip("ipykernel", reason="the extra notebook is not installed")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3", allow_errors=True).execute()
    return [cell.outputs for cell in book.cells]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_tour_runs() -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra notebook is not installed")
    cells = [cell.source for cell in nbformat.read(TOUR, as_version=4).cells if cell.cell_type == "code"]
    *outputs, failed = executed([*cells, 'md.parse("tr(A*X")'])
    for cell, found in zip(cells, outputs, strict=True):
        assert not any(output.output_type == "error" for output in found), (cell, found)
        assert cell.startswith("%load_ext") or found
    (error,) = failed
    assert error.output_type == "error" and len(error.traceback) == 1
    assert sum("text/html" in output.get("data", {}) for found in outputs for output in found) >= 7
