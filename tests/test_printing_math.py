"""Math text as it is printed: few brackets, short lines, and read back as the same expression."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from expressions import DECLARATIONS, SHAPES, expressions, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pairs import DECLARATIONS as PAIRED
from pairs import pairs

import matdiff as md
from matdiff.expr import Expr
from matdiff.printing.math import Printer
from matdiff.printing.mathml import MathMLPrinter
from matdiff.printing.page import WIDTH, wrapped
from matdiff.reader import read_model
from matdiff.rewriting.engine import Rewriter

WHERE = """
    X, Y: matrix(m, n); A, B, C: matrix(n, n); S: symmetric(n); x, y, z: vector(n); w: vector(m); r: row(n)
    a, b, c, T: scalar; sigma: function
"""

# one line each: what is written, and how it is printed
PRINTED = [
    # sums and signs
    ("a + b - c", "a + b - c"),
    ("a - (b - c)", "a - (b - c)"),
    ("a - (-b)", "a + b"),
    ("a + (-b)", "a - b"),
    ("a + -2*b", "a - 2*b"),
    ("A + -1/2*B", "A - B/2"),
    ("-(a + b)", "-(a + b)"),
    ("-(-x)", "x"),
    ("- -x", "x"),
    ("+x", "x"),
    ("(-x)'*y", "(-x)'*y"),
    ("x'*-A*y", "-x'*A*y"),
    ("A*(-B)", "-A*B"),
    # products of matrices and scalars
    ("(A*B)*C", "A*B*C"),
    ("A*(B*C)", "A*(B*C)"),
    ("A*(B + C)*x", "A*(B + C)*x"),
    ("(A)*((x))", "A*x"),
    ("1*x", "x"),
    ("x*a", "a*x"),
    ("A*x*a*2", "2*a*A*x"),
    ("a*(x'*y)*z", "a*(x'*y)*z"),
    ("(x'*y)*A", "(x'*y)*A"),
    ("x*y'", "x*y'"),
    ("a*x'*y", "a*x'*y"),
    # quotients
    ("x/a", "x/a"),
    ("x/1", "x"),
    ("x/2", "x/2"),
    ("2*x/3", "2*x/3"),
    ("x/a/b", "x/(a*b)"),
    ("x/(a*b)", "x/(a*b)"),
    ("x/(2*a)", "x/(2*a)"),
    ("1/a", "1/a"),
    ("1/(a*b^2)", "1/(a*b^2)"),
    ("x/(a + b)", "x/(a + b)"),
    ("x/a^2", "x/a^2"),
    ("a/(-b)", "-a/b"),
    ("x/(x'*x)", "x/(x'*x)"),
    ("A*x/norm2(x)", "A*x/norm2(x)"),
    ("(a/b)*x", "a*x/b"),
    # entry by entry
    ("x .* y .* z", "x .* y .* z"),
    ("x .* (y .* z)", "x .* (y .* z)"),
    ("x .* (A*y)", "x .* (A*y)"),
    ("x .* (-(A*y))", "x .* (-A*y)"),
    ("x ./ (-(A*y))", "x ./ (-A*y)"),
    ("r .* (-2*(x'*A))", "r .* (-2*x'*A)"),
    ("a/(-(x'*y))", "-a/(x'*y)"),
    ("a^(-(x'*y))", "a^(-x'*y)"),
    ("(x .* y)'*z", "(x .* y)'*z"),
    ("2*(x .* y)", "2*(x .* y)"),
    ("x ./ y ./ z", "x ./ y ./ z"),
    ("x ./ (y .* z)", "x ./ (y .* z)"),
    ("1 ./ x", "1 ./ x"),
    ("-1 ./ x .^ 2", "-1 ./ x .^ 2"),
    ("2*(1 ./ x)", "2 ./ x"),
    ("(a + b)*(1 ./ x)", "(a + b) ./ x"),
    ("(1 ./ x)/2", "1/2 ./ x"),
    ("x.^-2", "1 ./ x .^ 2"),
    # powers
    ("a^2", "a^2"),
    ("a^1", "a^1"),
    ("(a + b)^2", "(a + b)^2"),
    ("-a^2", "-a^2"),
    ("(-a)^2", "(-a)^2"),
    ("a^b^c", "a^b^c"),
    ("(a^b)^c", "(a^b)^c"),
    ("a^(-b)", "a^(-b)"),
    ("a^(b + 1)", "a^(b + 1)"),
    ("a^(1/2)", "a^(1/2)"),
    ("a^-1", "1/a"),
    ("a^-2.5", "1/a^(5/2)"),
    ("x .^ (1/3)", "x .^ (1/3)"),
    ("2 .^ x", "2 .^ x"),
    ("A^3", "A^3"),
    ("A^-1", "inv(A)"),
    ("A^-2", "inv(A)^2"),
    ("A^-T", "inv(A)'"),
    ("(A')^2", "A'^2"),
    ("(A^2)'", "(A^2)'"),
    ("(x .^ 2)'*y", "(x .^ 2)'*y"),
    ("(A*B)'", "(A*B)'"),
    ("A''", "A''"),
    # functions, masks and constants
    ("max(x, 0)", "relu(x)"),
    ("max(x, 1/2)", "max(x, 1/2)"),
    ("1((x > 0))", "1(x > 0)"),
    ("(x >= y) .* z", "1(x >= y) .* z"),
    ("sigma(x)", "sigma(x)"),
    ("sigma''(A*x)", "sigma''(A*x)"),
    ("mean(x)", "sum(x)/n"),
    ("kron(A, B)*kron(x, y)", "kron(A, B)*kron(x, y)"),
    ("norm(x)", "norm2(x)"),
    ("X*ones(n)", "rowsum(X)"),
    ("ones(m)'*X*y", "colsum(X)*y"),
    ("X + ones(m)*r", "X + r"),
    ("X + w", "X + w"),
    ("X + a", "X + a"),
    ("x + 1", "x + 1"),
    ("X .* (w*ones(1, n))", "X .* w"),
    ("w + r", "w + r"),
    ("r + r + X", "(r + r) + X"),
    ("ones(n) + ones(n) + x", "ones(n) + 1 + x"),
    ("X - mean(X, axis=0)", "X - colsum(X)/m"),
    ("A - ones(n, n)/n", "A - 1/n"),
    ("I - ones(n, n)/n", "eye(n) - ones(n, n)/n"),
    ("A + r*B", "A + r*B"),
    ("eye(n)*A", "eye(n)*A"),
    ("A + 2*I", "A + 2*eye(n)"),
    ("pi*a", "pi*a"),
    ("exp(1)*a", "exp(1)*a"),
    # numbers
    ("0.5*a", "a/2"),
    ("0.1 + a", "1/10 + a"),
    ("1e-5*a", "a/100000"),
    ("1e30*a", "1e30*a"),
    ("1.5e12*a", "15e11*a"),
    ("a/1e9", "a/1e9"),
    ("2*3*a", "6*a"),
    ("0*a", "0*a"),
    ("(a/c) .^ (-1)", "c/a"),
    ("(x ./ z) .^ (-1)", "1 ./ (x ./ z)"),
    ("(1 ./ sin(X)) .^ (-1)", "sin(X)"),
]


@pytest.mark.parametrize(("source", "text"), PRINTED)
def test_a_line(source: str, text: str) -> None:
    found = md.parse(source, where=WHERE)
    assert str(found) == text
    assert md.parse(text, where=WHERE) == found


@pytest.mark.parametrize(
    ("source", "where", "text"),
    [
        ("X*eye", "X: matrix(3, 4)", "X*eye(4)"),
        ("tr(X + I)", "", "tr(X + eye(rows(X)))"),
        ("mean(X)", "", "sum(X)/(rows(X)*cols(X))"),
        ("mean(X)", "X: matrix(2*n, 3*n)", "sum(X)/(6*n*n)"),
        ("a*rows(X) + mean(X)", "X: matrix(m*n, m)", "a*m*n + sum(X)/(m*n*m)"),
        ("a/cols(X)", "X: matrix(n, 4*m*n)", "a/(4*m*n)"),
        ("x'*ones(m*n)", "m, n: dim", "x'*ones(m*n)"),
        ("h = A*x; h'*h", "", "h'*h"),
        ("lambda*T*dt", "lambda, T, dt: scalar", "lambda*T*dt"),
        ("W_hidden'*y_1", "W_hidden: matrix(n, m)", "W_hidden'*y_1"),
        ("d(X)*dA", "dA: matrix(n, n); A: matrix(n, n); X: matrix(n, n)", "dX*dA"),
        ("d(A)*dA", "dA: matrix(n, n); A: matrix(n, n)", "d(A)*dA"),
        ("d(A*x)", "", "d(A*x)"),
    ],
)
def test_names_and_sizes(source: str, where: str, text: str) -> None:
    found = md.parse(source, where=where)
    assert str(found) == text
    assert str(md.parse(text, where=f"{where}; h = A*x" if "h" in text else where)) == text


# Any expression


def printed(e: md.Expression, printer: type[Printer] | type[MathMLPrinter] = Printer) -> str:
    model = e.model
    return printer(model.inferred, {*model.variables, *model.definitions, *model.functions, *model.dims})(e.node)


@st.composite
def trees(draw: st.DrawFn) -> str:
    return text_of(draw(expressions(draw(st.sampled_from(SHAPES)), 4)))


anything = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
UGLY = re.compile(r"\+ -|- -|--|\b1\*(?!\()|\^1\b|(?<![\w'])\(\w+\)|  ")
"""A sign after a sign, a factor 1, brackets round a name."""


@anything
@given(trees())
def test_what_is_printed_reads_back(source: str) -> None:
    found = md.parse(source, where=DECLARATIONS)
    text = str(found)
    assert md.parse(text, where=DECLARATIONS) == found
    assert not UGLY.search(text), text
    assert not doubled(text), text


def test_every_operand_of_every_operator_reads_back() -> None:
    def read(sources: list[str]) -> list[Expr]:
        named = "\n".join(f"z{place} = {source}" for place, source in enumerate(sources))
        return [definition.args[0] for definition in read_model(named, where=PAIRED).definitions.values()]

    sources = list(pairs())
    before = read(sources)
    texts = [Printer()(node) for node in before]
    normal = Rewriter()
    wrong = [
        f"{source} as {text}"
        for source, text, one, other in zip(sources, texts, before, read(texts), strict=True)
        if one is not other and normal(one) is not normal(other)
    ]
    assert len(sources) > 1000 and not wrong, "\n".join(wrong)


def doubled(text: str) -> bool:
    """Whether a pair of brackets stands directly inside another."""
    opened: list[int] = []
    pairs = set()
    for place, sign in enumerate(text):
        if sign == "(":
            opened.append(place)
        elif sign == ")":
            pairs.add((opened.pop(), place))
    return any((start + 1, end - 1) in pairs for start, end in pairs)


def test_doubled_brackets_are_noticed() -> None:
    assert doubled("((a + b))*c") and not doubled("((a + b)*c)") and UGLY.search("a + -b") and UGLY.search("(a)*b")


@anything
@given(trees())
def test_mathml_is_well_formed(source: str) -> None:
    root = ElementTree.fromstring(f"<math>{printed(md.parse(source, where=DECLARATIONS), MathMLPrinter)}</math>")
    for element in root.iter():
        wanted = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3}.get(element.tag)
        assert wanted is None or len(element) == wanted, ElementTree.tostring(element)
        assert element.tag not in ("mn", "mi", "mo") or (element.text and not len(element))


def test_mathml_says_what_the_text_says() -> None:
    """Functions with more than their argument, and names as people set them."""
    source = "sigma''(x)'*besselj(1/2, y) + sum(unvec(z, m, n)) + x'*y_hat/W1"
    where = "sigma: function; x, y, y_hat: vector(p); z: vector(m*n); W1: scalar"
    text = "".join(ElementTree.fromstring(printed(md.parse(source, where=where), MathMLPrinter)).itertext())
    assert text.replace("\u2061", "").replace("\u2062", "") == "σ′′(x)⊤besselj(12,y)+sum(unvec(z,m,n))+x⊤yhatW1"


# Long expressions


def chain(first: str, where: str, depth: int = 14) -> md.Expression:
    """An expression of 3^depth operations, in which each value is shared."""
    lines = [f"h0 = {first}", *(f"h{k + 1} = tanh(h{k}) .* h{k} + h{k}" for k in range(depth)), f"sum(h{depth})"]
    return md.parse("\n".join(lines), where=where).expand()


def test_shared_parts_of_a_huge_expression_are_named() -> None:
    where = "A: matrix(n, n); x: vector(n)"
    found = chain("A*x", where)
    parts = [f"t{k + 1} = tanh(t{k}) .* t{k} + t{k}" for k in range(1, 14)]
    assert str(found).splitlines() == ["t1 = A*x", *parts, "sum(tanh(t14) .* t14 + t14)"]
    again = md.parse(str(found), where=where).expand()
    normal = Rewriter()
    assert normal(again.node) is normal(found.node)


def test_shared_parts_are_named_in_mathml_too() -> None:
    root = ElementTree.fromstring(printed(chain("A*x", "A: matrix(n, n); x: vector(n)"), MathMLPrinter))
    first, second, *_, last = ["".join(row.itertext()) for row in root]
    assert (first, last) == ("t1=A\u2062x", "sum\u2061(tanh\u2061(t14)⊙t14+t14)")
    assert second == "t2=tanh\u2061(t1)⊙t1+t1"


def test_a_made_up_name_is_a_free_one() -> None:
    first, second, *_ = str(chain("t1 + x", "t1, x: vector(n)")).splitlines()
    assert (first, second) == ("t1_ = t1 + x", "t2 = tanh(t1_) .* t1_ + t1_")


def test_printing_does_not_recurse() -> None:
    node = md.parse("A", where="A: matrix(n, n)").node
    for _ in range(20_000):
        node = Expr("transpose", (node,), None, node.shape)
    assert Printer()(node).count("'") == 20_000
    assert MathMLPrinter()(node).count("⊤") == 20_000


LONG = "tr(A*B*C*dX) + " * 9 + "tr((A + B)*(C - A)*dX)"


def test_a_long_line_is_broken_at_its_sum() -> None:
    lines = wrapped(f"    = {LONG}")
    assert len(lines) > 1 and max(map(len, lines)) <= WIDTH
    assert " ".join(line.strip() for line in lines) == f"= {LONG}"
    assert all(line.strip()[0] in "+-" for line in lines[1:])
    assert wrapped("  a + b") == ["  a + b"]


def test_the_lines_of_a_derivation_are_short() -> None:
    model = "X: matrix(n, d); y, z: vector(n); W, U: matrix(d, h); v: vector(h); a: scalar\n"
    model += "loss = norm2(tanh(X*W)*v - y)^2/n + norm2(exp(X*U)*v - z)^2/n + a*norm2(W)^2 + a*norm2(v)^2"
    lines = str(md.derive(model, ["W", "U", "v"])).partition("Result")[0].splitlines()
    steps = [line.partition("  [")[0] for line in lines]
    assert len(steps) > 20 and max(map(len, steps)) <= WIDTH


EXPLAINED = {
    "text": r"^  with grad_h\d+ = ",
    "latex": r"^\\mathrm\{grad\}_\{\\mathrm\{h\d+\}\} &= ",
    "markdown": r"^\\mathrm\{grad\}_\{\\mathrm\{h\d+\}\} &= ",
    "html": r'>with <math displaystyle="true"><msub><mi>grad</mi><mi>h\d+</mi></msub><mo>=</mo>',
}


@pytest.fixture(scope="module")
def residual() -> md.Derivation:
    """A network in which a cotangent grows so long that the derivation gives it a name."""
    names = [f"W{k}" for k in range(1, 15)]
    layers = [f"h{k} = tanh(h{k - 1}*W{k}) + h{k - 1}" for k in range(1, 15)]
    where = f"h0, y: matrix(n, m); {', '.join(names)}: matrix(m, m)"
    return md.derive("\n".join([*layers, "loss = norm2(h14 - y)^2"]), "W1", where=where)


@pytest.mark.parametrize("form", EXPLAINED)
def test_names_that_the_derivation_made_are_explained(form: str, residual: md.Derivation) -> None:
    assert re.search(EXPLAINED[form], residual.render(form, steps=False), re.MULTILINE)


def test_the_parts_of_a_long_result_stand_above_it() -> None:
    lines = ["h0 = A*x", *(f"h{k + 1} = tanh(h{k}) .* h{k} + h{k}" for k in range(9)), "sum(h9)"]
    found = md.derive("\n".join(lines), "x", where="A: matrix(n, n); x: vector(n)").expand()
    text = found.render("text", steps=False)
    assert re.findall(r"^    with t(\d) = ", text, re.MULTILINE)[:3] == ["1", "2", "3"]
    assert re.search(r"^  ∇_x f = A'\*\(.*\)    \(n×1\)$", text, re.MULTILINE)
    assert "```\n  t1 = A*x\n" in found.render("markdown", steps=False)
    assert "not shown" not in found.render("html", steps=False)
