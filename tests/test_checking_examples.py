"""examples/derivations: what is right there is accepted, and the reports of the two that are not are those shown.

``pytest tests/test_checking_examples.py --renew`` writes the reports anew; read the difference before it is committed.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import matdiff as md
from matdiff.checking.report import Report
from matdiff.checking.slips import search

DERIVATIONS = Path(__file__).parents[1] / "examples" / "derivations"
AS_WRITTEN = ("two_layer_relu", "spiral_softmax")
RIGHT = sorted(
    path.name for path in DERIVATIONS.glob("*.md") if path.stem not in AS_WRITTEN and ".report" not in path.name
)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_accepted(name: str) -> None:
    report = md.check((DERIVATIONS / name).read_text(encoding="utf-8"))
    assert len(report.links) >= 10
    assert all(link.verdict == "proved" for link in report.links), report


@cache
def report(name: str) -> Report:
    """The report of a derivation with slips, with all the time that the search wants."""
    with pytest.MonkeyPatch.context() as patch:
        for limit in ("SECONDS", "LEAST", "IN_ALL"):
            patch.setattr(search, limit, 300.0)
        found = md.check((DERIVATIONS / f"{name}.md").read_text(encoding="utf-8"))
    assert isinstance(found, Report)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", AS_WRITTEN)
@pytest.mark.parametrize("format", ["markdown", "html"])
def test_the_report_is_the_one_shown(name: str, format: str, renew: bool) -> None:
    path = DERIVATIONS / f"{name}.report.{ {'markdown': 'md', 'html': 'html'}[format] }"
    found = report(name).render(format, path=f"{name}.md")
    if renew:
        path.write_text(found, encoding="utf-8")
    assert blurred(found) == blurred(path.read_text(encoding="utf-8"))


def blurred(text: str) -> str:
    """Without the digits that rounding may change."""
    return re.sub(r"\d+\.\d+(?:e[-+]?\d+)?", "…", text)


SLIPS = {
    "two_layer_relu": [
        (r"1(h \ge 0) \odot 2 (y_{pred} - y)", "ill-formed", "the sizes fit if ⊙ is taken after the matrix product"),
        (r"x^\top 1(h \ge 0) \odot 2", "ill-formed", "the sizes fit if the matrix product is taken after ⊙"),
    ],
    "spiral_softmax": [
        (r"dexpscores_{sum}) / expscores_{sum})", "ill-formed", "the element-wise quotient is meant"),
        (r"\mathbf{1}) / expscores_{sum})", "ill-formed", ""),
        (r"dscores / expscores_{sum})", "ill-formed", "the element-wise quotient is meant"),
        (r"(\exp(scores) / expscores_{sum})^\top dscores)", "ill-formed", "the element-wise quotient is meant"),
        (r"\operatorname{tr}(\frac1N probs^\top dscores)", "ill-formed", "the element-wise quotient is meant"),
        (r"probs^\top - Y^\top", "wrong", r"a factor \frac{1}{N} is missing"),
        (r"probs - Y", "wrong", r"a factor \frac{1}{N} is missing"),
        (r"(probs^\top - Y^\top) db_2)", "ill-formed", "the sum over the columns is missing"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top dhiddenLayer_{in})", "ill-formed", "a transpose is too much"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top", "ill-formed", "a transpose is too much"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top (X dW + db))", "ill-formed", "a transpose is too much"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top X dW)", "ill-formed", "a transpose is too much"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top X", "ill-formed", "a transpose is too much"),
        (r"((probs - Y)(W_2)^\top) \odot 1(hiddenLayer_{in} \ge 0)", "ill-formed", "brackets are missing"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top db)", "ill-formed", "a transpose is too much"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)^\top", "ill-formed", "this is the Jacobian by b, not by W"),
        (r"\odot 1(hiddenLayer_{in} \ge 0)", "ill-formed", "this is the gradient by b, not by W"),
        (r"reg W dW + reg W_2 dW_2", "ill-formed", "a trace and a transpose are missing"),
    ],
}
"""The slips of the two authors in order: what the right side holds, the verdict, and words of the suggestion."""


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_the_slips_of_the_author_are_found_and_nothing_else(name: str) -> None:
    for link, (text, verdict, words) in zip(report(name).failing, SLIPS[name], strict=True):
        assert link.right.endswith(text) or text in link.right
        assert link.verdict == verdict
        assert words in link.suggestion


# docs/checking.md

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")


def test_the_document_of_the_page_is_the_example() -> None:
    assert f"````markdown\n{(ROOT / 'examples' / 'slip.md').read_text(encoding='utf-8')}````" in PAGE


def test_the_derivation_block_of_the_page_holds() -> None:
    model = re.search(r"^```matdiff\n.*?^```$", PAGE, re.MULTILINE | re.DOTALL)
    block = re.search(r"^```derivation\n.*?^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert model is not None
    assert block is not None
    assert [link.verdict for link in md.check(f"{model[0]}\n{block[0]}\n").links] == ["proved"] * 3


VARIES = re.findall(r"^\| `(d[^`]*=[^`]*)` \|", PAGE, re.MULTILINE)


def test_the_table_of_what_varies() -> None:
    model = "X: matrix(n, p); y, x: vector(n); w: vector(p)\nr = X*w - y\ne = norm2(r)^2\nloss = e + norm2(w)^2/2"
    report = md.check("```matdiff\n" + model + "\n```\n```derivation\n" + "\n".join(VARIES) + "\n```\n")
    assert len(report.links) == len(VARIES) == 6
    assert report.ok, report
