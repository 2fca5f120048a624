r"""LaTeX as it is printed: readable, and read back as the same expression."""

from __future__ import annotations

import pytest
from expressions import DECLARATIONS, SHAPES, expressions, text_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pairs import DECLARATIONS as PAIRED
from pairs import pairs

import matdiff as md
from matdiff import expr as E
from matdiff.equality import decide
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
    return normal(E.expand(left)) is normal(E.expand(right)) or decide(left, right).holds


@st.composite
def trees(draw: st.DrawFn) -> str:
    return text_of(draw(expressions(draw(st.sampled_from(SHAPES)), 4)))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(trees())
def test_what_is_printed_reads_back(source: str) -> None:
    model = model_of(source, DECLARATIONS)
    text = printed(model)
    assert same(model_of(text, DECLARATIONS, "latex").objective, model.objective), text


def test_every_operand_of_every_operator_reads_back() -> None:
    def read(texts: list[str], notation: str, name: str) -> list[Expr]:
        named = "\n".join(f"{name.format(place)} = {text}" for place, text in enumerate(texts))
        return [definition.args[0] for definition in read_model(named, notation, PAIRED).definitions.values()]

    sources = list(pairs())
    before = read(sources, "math", "z{}")
    texts = [LatexPrinter(taken="MNvwstqFG")(node) for node in before]
    again = read(texts, "latex", "z_{{{}}}")
    wrong = [
        f"{source} as {text}"
        for source, text, one, other in zip(sources, texts, before, again, strict=True)
        if not same(one, other)
    ]
    assert len(sources) > 1000 and not wrong, "\n".join(wrong)


@st.composite
def raised(draw: st.DrawFn) -> str:
    """Powers with long exponents, functions along the short axis, functions of square matrices, and their like."""
    shape, forms = draw(st.sampled_from(FORMS))
    one, other = (text_of(draw(expressions(shape, 3))) for _ in range(2))
    exponent = text_of(draw(expressions(("1", "1"), 4)))
    return draw(st.sampled_from(forms)).format(one, other, exponent)


FORMS = [
    (("1", "1"), ("(1 + ({0})^2)^({1})", "2^({0})*a^({1})", "({0})^({2})/({1})", "exp({0} + {1})^3")),
    (("n", "1"), ("(2 + ({0}) .^ 2) .^ ({1})", "(1 + ({0}) .^ 2) .^ ({2})", "softmax({0}, axis=1) .* ({1})")),
    (("n", "1"), ("logsumexp({0}, axis=1) + ({1})", "log_softmax(({0})', axis=0)*({1})")),
    (("n", "n"), ("exp({0})*({1})", "sqrt(1 + ({0}) .^ 2) .^ ({2})", "norm1(sin({0}))*log(2 + ({1}) .^ 2)")),
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(raised())
def test_powers_axes_and_functions_of_squares_read_back(source: str) -> None:
    model = model_of(source, DECLARATIONS)
    for notation, text in (("latex", printed(model)), ("math", str(md.parse(source, where=DECLARATIONS)))):
        assert same(model_of(text, DECLARATIONS, notation).objective, model.objective), text


@settings(max_examples=25, derandomize=True)
@given(st.one_of(raised(), trees()))
def test_answers_read_back(source: str) -> None:
    model = model_of(f"sum({source})", DECLARATIONS)
    assert model.objective is not None
    found = [*E.names(model.objective)]
    assume(found)
    try:
        answer = md.gradient(f"sum({source})", found[0], where=DECLARATIONS)
    except md.MatdiffError:  # the expression hardly lives anywhere
        assume(False)
    back = md.parse(answer.latex(), notation="latex", where=DECLARATIONS)
    assert same(back.node, answer.node) or md.equal(back, answer).holds, answer.latex()


WHERE = """
    N, D_in: dim; X, Y: matrix(m, n); A, B: matrix(n, n); C: matrix(n, m); S: symmetric(n); w1: matrix(n, n)
    x, y_pred, hidden, z_hat, w_2, beta_1: vector(n); z: vector(m); r: row(n); a, c, lambda, lambda1, q, T: scalar
    sigma, f, act: function
"""

# one line each: the expression, and its LaTeX
PRINTED = [
    ("tr(A*B)", r"\operatorname{tr}\left(A B\right)"),
    ("A*B*A'", r"A B A^{\top}"),
    ("A*(B + S)", r"A \left(B + S\right)"),
    ("-A*x", r"-A x"),
    ("x'*A*x", r"x^{\top} A x"),
    ("inv(A)*x", r"A^{-1} x"),
    ("inv(A)'", r"A^{-\top}"),
    ("inv(A')", r"\left(A^{\top}\right)^{-1}"),
    ("(A*B)'", r"\left(A B\right)^{\top}"),
    ("A^2*x", r"A^{2} x"),
    ("(A')^3", r"\left(A^{\top}\right)^{3}"),
    ("pinv(X)", r"X^{+}"),
    ("X .* Y", r"X \odot Y"),
    ("(X .* Y)*A", r"\left(X \odot Y\right) A"),
    ("X .* (Y*A)", r"X \odot \left(Y A\right)"),
    ("X ./ Y", r"X \oslash Y"),
    ("1 ./ X", r"1 \oslash X"),
    ("X .^ 2", r"X^{\odot 2}"),
    ("X ./ Y .^ 3", r"X \oslash Y^{\odot 3}"),
    ("kron(A, B)", r"A \otimes B"),
    ("kron(kron(A, B), S)", r"A \otimes B \otimes S"),
    ("kron(A, B*S)", r"A \otimes \left(B S\right)"),
    ("norm2(X*x - z)^2", r"\lVert X x - z \rVert_2^{2}"),
    ("norm2(X)", r"\lVert X \rVert_F"),
    ("norm1(x)", r"\lVert x \rVert_1"),
    ("norm2(x)^2/2", r"\frac{1}{2} \lVert x \rVert_2^{2}"),
    ("X*x/N", r"\frac{1}{N} X x"),
    ("2*a*x/N", r"\frac{2 a}{N} x"),
    ("X/norm2(X)", r"\frac{X}{\lVert X \rVert_F}"),
    ("a/c", r"\frac{a}{c}"),
    ("(a + c)/(2*N)", r"\frac{1}{2 N} \left(a + c\right)"),
    ("x'*A*x/(x'*x)", r"\frac{x^{\top} A x}{x^{\top} x}"),
    ("a^2*c^-2", r"\frac{1}{c^{2}} a^{2}"),
    ("a^(1/2)", r"a^{1/2}"),
    ("a^T", r"a^{{T}}"),
    ("a^(-T)", r"a^{{-T}}"),
    ("sqrt(a + c)", r"\sqrt{a + c}"),
    ("exp(-x)", r"\exp\left(-x\right)"),
    ("logdet(A)", r"\log\det\left(A\right)"),
    ("log(det(A))", r"\log\left(\det\left(A\right)\right)"),
    ("logdet(A)*x", r"\log\det\left(A\right) x"),
    ("abs(x)", r"\lvert x \rvert"),
    ("abs(A)", r"\operatorname{abs}\left(A\right)"),
    ("exp(A)*x", r"\exp^{\odot}\left(A\right) x"),
    ("sqrt(A*A')", r"\operatorname{sqrt}^{\odot}\left(A A^{\top}\right)"),
    ("gamma(A)", r"\operatorname{gamma}^{\odot}\left(A\right)"),
    ("sigmoid(A)", r"\operatorname{sigmoid}\left(A\right)"),
    ("norm1(X)", r"\lVert X \rVert_{1,1}"),
    ("softmax(x, axis=1)", r"\operatorname{softmax}\left(x, \mathrm{axis} = 1\right)"),
    ("logsumexp(r, axis=0)", r"\operatorname{logsumexp}\left(r^{\top}, \mathrm{axis} = 1\right)^{\top}"),
    ("relu(X)", r"\operatorname{relu}\left(X\right)"),
    ("max(X, Y)", r"\max\left(X, Y\right)"),
    ("log_softmax(X)", r"\operatorname{log\_softmax}\left(X\right)"),
    ("1(X > 0) .* Y", r"\mathbf{1}\left(X > 0\right) \odot Y"),
    ("1(X >= Y)", r"\mathbf{1}\left(X \ge Y\right)"),
    ("1(x == y_pred)", r"\mathbf{1}\left(x = y_{\mathrm{pred}}\right)"),
    ("sigma'(X) .* Y", r"\sigma'\left(X\right) \odot Y"),
    ("f''(a)", r"f''\left(a\right)"),
    ("act(x) + act'(x)", r"\mathrm{act}\left(x\right) + \mathrm{act}'\left(x\right)"),
    ("ones(m)'*X*ones(n)", r"\mathbf{1}^{\top} X \mathbf{1}"),
    ("x*ones(1, m)", r"x \mathbf{1}_{m}^{\top}"),
    ("ones(m, n) .* X", r"\mathbf{1}_{m \times n} \odot X"),
    ("ones(D_in)", r"\mathbf{1}_{D_{\mathrm{in}}}"),
    ("zeros(m, n)", r"\mathbf{0}_{m \times n}"),
    ("A + lambda*eye(n)", r"A + \lambda I"),
    ("a*eye(n)", r"a I_{n}"),
    ("eye(2*n)", r"I_{2 n}"),
    ("eye(n)*A*eye(n)", r"I A I"),
    ("eye(n) .* A", r"I \odot A"),
    ("commutation(m, n)*vec(X)", r"K_{m, n} \operatorname{vec}\left(X\right)"),
    ("unvec(vec(X), m, n)", r"\operatorname{unvec}\left(\operatorname{vec}\left(X\right), m, n\right)"),
    ("diag(x)*diag(A)", r"\operatorname{diag}\left(x\right) \operatorname{diag}\left(A\right)"),
    ("X + r", r"X + r"),
    ("X .* z", r"X \odot z"),
    ("X - 1", r"X - 1"),
    ("X*A + ones(m)*r", r"X A + r"),
    ("w1*w_2", r"w_1 w_2"),
    ("beta_1*lambda1", r"\lambda_1 \beta_1"),
    ("hidden'*z_hat", r"\mathrm{hidden}^{\top} \hat{z}"),
    ("N*a*pi", r"N a \pi"),
    ("0.1*x", r"\frac{1}{10} x"),
    ("dX*A", r"\mathrm{d}X\, A"),
    ("dX'*z", r"\mathrm{d}X^{\top}\, z"),
    ("d(A*x)", r"\mathrm{d}\left(A x\right)"),
    ("d(inv(A))", r"\mathrm{d}\left(A^{-1}\right)"),
    ("inv(dA)", r"\left(\mathrm{d}A\right)^{-1}"),
    ("d(tr(A))", r"\mathrm{d}\operatorname{tr}\left(A\right)"),
    ("(da)^2", r"\left(\mathrm{d}a\right)^{2}"),
    ("d(dx)", r"\mathrm{d}\left(\mathrm{d}x\right)"),
    ("tr(A'*dA)", r"\operatorname{tr}\left(A^{\top}\, \mathrm{d}A\right)"),
    ("a*c*x'*w_2", r"a c x^{\top} w_2"),
    ("(x'*w_2)*(x'*x)", r"\left(x^{\top} w_2\right) x^{\top} x"),
]


@pytest.mark.parametrize(("source", "latex"), PRINTED)
def test_the_latex_of_an_expression(source: str, latex: str) -> None:
    model = model_of(source, WHERE)
    assert printed(model) == latex
    assert same(model_of(latex, WHERE, "latex").objective, model.objective)


@pytest.mark.parametrize(
    ("where", "source", "latex"),
    [
        ("d: scalar; X, Y: matrix(m, n)", "d*(X + Y)", r"d \cdot \left(X + Y\right)"),
        ("e, a: scalar", "e^a", "{e}^{a}"),
        ("e, a: scalar", "e*exp(a)", r"e \exp\left(a\right)"),
        ("I: matrix(n, n)", "I + eye(n)", r"I + \operatorname{eye}\left(\right)"),
        ("K: matrix(n, n); X: matrix(m, n)", "commutation(m, n)*vec(X)",
         r"\operatorname{commutation}\left(m, n\right) \operatorname{vec}\left(X\right)"),
        ("log, a, c: scalar", "log*(a + c)", r"\mathrm{log} \cdot \left(a + c\right)"),
        ("dX, X: matrix(n, n)", "dX*d(X)", r"\mathrm{dX}\, \mathrm{d}X"),
        ("w1, w_1: vector(n)", "w1'*w_1", r"\mathrm{w1}^{\top} w_1"),
        ("λ: scalar; x: vector(n)", "λ*x", r"\mathrm{λ} x"),
        ("gamma: scalar; x: vector(n)", "gamma*x", r"\gamma x"),
        ("x_: scalar; x__y: scalar", "x_*x__y", r"\mathrm{x\_} \mathrm{x\_\_y}"),
        ("x_1_2: scalar", "x_1_2", r"x_{\mathrm{1\_2}}"),
        ("D_in, H: dim; W: matrix(D_in, H)", "W*ones(H)", r"W \mathbf{1}"),
        ("in, tr: scalar", "in*tr", r"\mathrm{in} \mathrm{tr}"),
    ],
)  # fmt: skip
def test_names_that_could_be_taken_for_something_else(where: str, source: str, latex: str) -> None:
    model = model_of(source, where)
    assert printed(model) == latex
    assert same(model_of(latex, where, "latex").objective, model.objective)


@pytest.mark.parametrize(
    ("source", "latex"),
    [
        ("x1'*A*x1", r"\mathrm{x1}^{\top} A \mathrm{x1}"),
        ("x_1'*A*x_1", r"x_1^{\top} A x_1"),
        ("X*ones(cols(X))", r"X \mathbf{1}"),
        ("x*ones(1, cols(Y))*Y'", r"x \mathbf{1}^{\top} Y^{\top}"),
        (
            "vec(Y)*ones(1, cols(Y))",
            r"\operatorname{vec}\left(Y\right) \mathbf{1}_{\operatorname{cols}\left(Y\right)}^{\top}",
        ),
        ("x + eye*x", r"x + I x"),
    ],
)
def test_undeclared_names_and_inferred_sizes_read_back(source: str, latex: str) -> None:
    model = model_of(source, None)
    assert printed(model) == latex
    back = model_of(latex, None, "latex")
    assert back.defaulted == model.defaulted
    assert printed(back) == latex


SCALARS = ["tr(A)", "det(A)", "sum(A)", "norm2(A)", "abs(a)", "log(a)", "logdet(A)", "f(a)", "max(a, c)", "x'*x"]
AROUND = ["solve({0}, c)", "inv({0})*x", "inv(inv({0}))", "pinv({0})", "inv({0})^2", "({0})'*c", "adj({0}) + det({0})"]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("scalar", SCALARS)
def test_matrix_functions_of_scalars_read_back(scalar: str, around: str) -> None:
    model = model_of(around.format(scalar), WHERE)
    back = model_of(printed(model), WHERE, "latex")
    assert same(model.objective, back.objective), printed(model)


def test_the_names_of_a_model_are_kept() -> None:
    where = "X: matrix(n, p); W: matrix(p, k); Y: matrix(n, k)"
    model = model_of("scores = X*W\nloss = norm2(scores - Y)^2\n2*loss + tr(scores'*Y)", where)
    assert printed(model) == r"2 \mathrm{loss} + \operatorname{tr}\left(\mathrm{scores}^{\top} Y\right)"


def test_a_huge_expression_names_its_shared_parts() -> None:
    where = "A: matrix(n, n); t_1: scalar"
    source = "\n".join(["x = A", *(f"x{k} = x{k - 1 or ''}*x{k - 1 or ''} + A" for k in range(1, 15)), "x14"])
    model = model_of(source, where)
    assert model.objective is not None
    root = E.expand(model.objective)
    text = LatexPrinter({}, {"A", "t_1"})(root)
    assert text.startswith("\\begin{aligned}\n") and "t_{1} &=" not in text
    assert len(text) < 2000
    back = model_of(text, where, "latex").objective
    assert back is not None and E.expand(back) is root


def test_depth_is_no_limit() -> None:
    where = "A: matrix(n, n)"
    model = model_of("A" + "'" * 3000, where)
    assert same(model_of(printed(model), where, "latex").objective, model.objective)
