r"""LaTeX as it is printed: readable, and read back as the same expression."""

from __future__ import annotations

from expressions import DECLARATIONS, SHAPES, expressions, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matdiff import expr as E
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.printing.latex import LatexPrinter
from matdiff.reader import read_model
from matdiff.rewriting.engine import Rewriter


def model_of(source: str, where: str | None, notation: str = "math") -> Model:
    model = read_model(source, notation, where)
    assert model.objective is not None
    return model


def printed(model: Model) -> str:
    assert model.objective is not None
    taken = {*model.variables, *model.definitions, *model.functions, *model.dims}
    return LatexPrinter(model.inferred, taken, model.defaulted)(model.objective)


def same(left: Expr | None, right: Expr | None) -> bool:
    assert left is not None and right is not None
    if left is right:
        return True
    normal = Rewriter()
    return normal(E.expand(left)) is normal(E.expand(right))


@st.composite
def trees(draw: st.DrawFn) -> str:
    return text_of(draw(expressions(draw(st.sampled_from(SHAPES)), 4)))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(trees())
def test_what_is_printed_reads_back(source: str) -> None:
    model = model_of(source, DECLARATIONS)
    text = printed(model)
    assert same(model_of(text, DECLARATIONS, "latex").objective, model.objective), text
