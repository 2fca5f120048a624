"""How documents are read and judged: one line a rule of the contract's section on hand derivations."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.checking import check

MODEL = """```matdiff
n: dim
X: matrix(n, p); y: vector(n); w: vector(p); W_1: matrix(p, q); W2: matrix(p, q); lambda: scalar
v: vector(n); S: symmetric(p); A: matrix(p, n); B: matrix(n, k); C: matrix(p, n); V: matrix(n, n)
sigma: function
r = X*w - y
y_pred = X*w
h = relu(y_pred)
loss = norm2(r)^2
```
"""


def links(text: str, model: str = MODEL) -> list[md.Link]:
    return list(md.check(f"{model}\n{text}\n").links)


def verdicts(text: str, model: str = MODEL) -> str:
    return " ".join(link.verdict for link in links(text, model))


def block(rows: str) -> str:
    return f"```derivation\n{rows}\n```"


# how a formula is read

MATH = {
    "differentials": [
        ("dloss = 2*r'*dr", "proved"),
        ("d loss = 2 * r' * d r", "proved"),
        ("d(loss) = 2*r'*d(r)", "proved"),
        ("dr' = (dr)'", "proved"),
        ("dS^-1 = -inv(S)*dS*inv(S)", "proved"),
        ("dtr(S) = tr(dS)", "proved"),
        ("d(d(w'*w)) = 2*dw'*dw", "proved"),
        ("∂r = X*∂w", "ill-formed"),
    ],
    "what varies: the names whose differentials are written": [
        ("dr = X*dw", "proved"),
        ("dr = dX*w", "proved"),
        ("dr = dX*w + X*dw - dy", "proved"),
        ("dr = dX*w + X*dw", "proved"),
        ("dr = dX*w - X*dw", "wrong"),
    ],
    "a defined name whose differential is written is free, unless it depends on another of them": [
        ("dloss = 2*r'*dr", "proved"),
        ("dloss = 2*r'*dr + 0*w'*dw", "proved"),
        ("d(norm2(h - y)^2) = 2*(h - y)'*dh", "proved"),
        ("d(norm2(h - y)^2) = 2*(h - y)'*dh - 2*(h - y)'*dy", "proved"),
    ],
    "under d larger expressions: what all sides have under d, or what the chain goes on to write": [
        ("d(y'*(X*w)) = y'*d(X*w)", "proved"),
        ("d(tr(A*X)) = tr(A*d(X))", "proved"),
        ("sum(d(y .* log(y ./ v))) = sum(y .* d(log(y ./ v))) = -(y ./ v)'*dv", "proved proved"),
    ],
    "the differential of a symmetric name is symmetric": [
        ("tr(S*dS') = tr(S*dS)", "proved"),
        ("w'*S*dw = dw'*S*w", "proved"),
        ("tr(A'*C*dX*X') = tr(A'*C*X*dX')", "wrong"),
    ],
    "claims": [
        ("∇_w f = 2*X'*r", "proved"),
        ("∇_w loss = 2*X'*r", "proved"),
        ("nabla_w loss = 2*X'*r", "proved"),
        ("∇_w = 2*X'*r", "proved"),
        ("D_w f = 2*r'*X", "proved"),
        ("D_w = 2*r'*X", "proved"),
        ("grad(loss, w) = 2*X'*r", "proved"),
        ("jac(loss, w) = 2*r'*X", "proved"),
        ("jac(r, w) = X", "proved"),
        ("grad(r, w) = X'", "proved"),
        ("hess(loss, w) = 2*X'*X", "proved"),
        ("∇²_w loss = 2*X'*X", "proved"),
        ("∂loss/∂w = 2*X'*r", "proved"),
        ("∂r/∂w' = X", "proved"),
        ("2*X'*r = ∇_w loss", "proved"),
        ("∇_w loss = 2*X'*(X*w - y) = 2*X'*X*w - 2*X'*y", "proved proved"),
        ("D_w f = 2*X'*r", "ill-formed"),
        ("∇_w f = X'*r", "wrong"),
        ("∇_w f = 2*X*r", "ill-formed"),
        ("∇_lambda f = 0", "proved"),
        ("∇_q f = 0", "ill-formed"),
    ],
    "claims of expressions": [
        ("∇_lambda sin(lambda) = cos(lambda)", "proved"),
        ("∇_w norm2(w)^2 = 2*w", "proved"),
        ("∇_w (w'*w) = 2*w", "proved"),
        ("∇_w sum(exp(w)) = exp(w)", "proved"),
        ("∇_w sum(w) = w", "wrong"),
        ("D_w exp(w) = diag(exp(w))", "proved"),
        ("∇²_lambda lambda^3 = 6*lambda", "proved"),
        ("grad(w'*w, w) = 2*w", "proved"),
        ("jac(max(lambda, 0), lambda) = 1(lambda > 0)", "proved"),
        ("hess(w'*S*w, w) = 2*S", "proved"),
        ("∇_w cost(w) = 2*X'*r", "proved"),
        ("2*∇_lambda sin(lambda) = 2*cos(lambda)", "ill-formed"),
        ("∇_lambda sin(lambda) + 1 = cos(lambda) + 1", "ill-formed"),
        ("∇_lambda -sin(lambda) = -cos(lambda)", "ill-formed"),
        ("∇_w w'*w = 2*w", "ill-formed"),
    ],
    "intermediates are variables of claims": [
        ("∇_r f = 2*r", "proved"),
        ("D_r f = 2*r'", "proved"),
        ("∇_y_pred loss = 2*(y_pred - y)", "proved"),
        ("∇_h norm = 0", "proved"),
    ],
    "derivatives inside of expressions": [
        ("dloss = (∇_w loss)'*dw", "proved"),
        ("dloss = D_w loss*dw", "proved"),
        ("w - lambda*∇_w loss = w - 2*lambda*X'*r", "proved"),
    ],
    "masks agree except at 0": [
        ("dh = 1(y_pred > 0) .* dy_pred", "proved"),
        ("dh = 1(y_pred >= 0) .* dy_pred", "proved"),
        ("dh = 1(y_pred < 0) .* dy_pred", "wrong"),
        ("dh = dy_pred", "wrong"),
    ],
    "chains, rows and signs": [
        ("loss = r'*r = sum(r .* r)", "proved proved"),
        ("loss = r'*r\n= sum(r .* r)", "proved proved"),
        ("loss = r'*r\n  # why\n  = sum(r .* r)   # a comment", "proved proved"),
        ("loss = (X*w - y)'*\n  (X*w - y)", "proved"),
        ("loss = r'*X*w\n  - r'*y", "proved"),
        ("loss = r'*r; dr = X*dw", "proved proved"),
        ("loss := r'*r", "proved"),
        ("loss == r'*r", "proved"),
        ("dr = X*dw,\ndr = X*dw.", "proved proved"),
        ("(3) dr = X*dw   (4)", "proved"),
        ("loss = r'*r >= 0", "proved"),
        ("loss ≈ r'*r", ""),
        ("loss ∝ r'*r", ""),
        ("r'*r", ""),
        ("dr = X*dw => dloss = 2*r'*dr", "proved proved"),
        ("loss(w) = r'*r", "proved"),
        ("g = X'*r\ng = X'*X*w - X'*y", "proved proved"),
        ("0 = dr - X*dw", "proved"),
        ("X'*r = 0", "aside"),
        ("loss =", "ill-formed"),
        ("dr = X dw", "ill-formed"),
        ("dr = X*dw +", "ill-formed"),
        ("dr = X*q2*dw", "ill-formed"),
    ],
    "sums, unknown functions and constants": [
        ("d(sum(sigma(w))) = sum(sigma'(w) .* dw)", "proved"),
        ("d(sum(sigma(w))) = sum(sigma(w) .* dw)", "wrong"),
        ("X*I = X", "proved"),
        ("loss*1 = loss", "proved"),
        ("exp(log(loss)) = loss", "proved"),
    ],
}


@pytest.mark.parametrize(("rows", "expected"), [line for lines in MATH.values() for line in lines])
def test_the_math_notation(rows: str, expected: str) -> None:
    assert verdicts(block(rows)) == expected


LATEX = {
    "differentials": [
        (r"dr = X\,dw", "proved"),
        (r"d r = X d w", "proved"),
        (r"\mathrm{d} r = X\,\mathrm{d}w", "proved"),
        (r"\mathrm d r = X \mathrm d w", "proved"),
        (r"\partial r = X\,\partial w", "proved"),
        (r"\mathrm{d}\operatorname{tr}(S) = \operatorname{tr}(\mathrm{d}S)", "proved"),
        (r"dX^\top = (dX)^\top", "proved"),
        (r"dS^{-1} = -S^{-1} dS S^{-1}", "proved"),
        (r"\mathrm{d}\,loss = 2 r^\top dr", "proved"),
    ],
    "claims": [
        (r"\nabla_w f = 2 X^\top r", "proved"),
        (r"\nabla_{w} loss = 2 X^\top r", "proved"),
        (r"\nabla_w f(w) = 2 X^\top r", "proved"),
        (r"\nabla f(w) = 2 X^\top r", "proved"),
        (r"\nabla_w\, loss(w) = 2 X^\top r", "proved"),
        (r"\nabla_{\mathbf{w}}\, \mathrm{loss} = 2 X^\top r", "proved"),
        (r"D_w = 2 r^\top X", "proved"),
        (r"\mathrm{D}_w f = 2 r^\top X", "proved"),
        (r"\frac{\partial loss}{\partial w} = 2 X^\top r", "proved"),
        (r"\frac{\partial f}{\partial w^\top} = 2 r^\top X", "proved"),
        (r"\frac{d\,loss}{dw} = 2 X^\top r", "proved"),
        (r"\partial loss / \partial w = 2 X^\top r", "proved"),
        (r"\partial loss / \partial w^\top = 2 r^\top X", "proved"),
        (r"g = \nabla_w loss = 2 X^\top r", "proved proved"),
        (r"\nabla_w^2 f = 2 X^\top X", "proved"),
        (r"\nabla^2_w f = 2 X^\top X", "proved"),
        (r"\nabla_w f + 2 w = 2 X^\top r + 2 w", "proved"),
        (r"2 \nabla_\lambda \sin(\lambda) = 2 \cos(\lambda)", "proved"),
    ],
    "juxtaposition, cdot, odot and otimes are one level from the left": [
        (r"A X \odot C = (AX) \odot C", "ill-formed"),
        (r"A \odot C B = (A \odot C) B", "proved"),
        (r"A \cdot B = A B", "proved"),
        (r"A \odot C \cdot B = (A \odot C) B", "proved"),
        (r"B^\top \otimes A \operatorname{vec}(X) = (B^\top \otimes A)\operatorname{vec}(X)", "ill-formed"),
        (r"\operatorname{vec}(A V B) = (B^\top \otimes A)\operatorname{vec}(V)", "proved"),
        (r"2 w^\top w / 2 = w^\top w", "proved"),
        (r"\frac{r}{loss} = r \frac{1}{loss}", "proved"),
        (r"\frac{r}{y} = r \oslash y", "ill-formed"),
        (r"r / y = r \oslash y", "ill-formed"),
        (r"\frac12 w = \tfrac12 w = \dfrac{1}{2} w = \frac{w}{2}", "proved proved proved"),
        (r"-w^\top w = -(w^\top w)", "proved"),
        (r"d\det V = \det V \operatorname{tr}(V^{-1} dV)", "proved"),
    ],
    "names": [
        (r"W_1 = W_{1}", "proved"),
        (r"W_2 = W_{2} = \mathrm{W2}", "proved proved"),
        (r"y_{pred} = y_{\mathrm{pred}} = y_{\text{pred}} = Xw", "proved proved proved"),
        (r"\mathrm{loss} = \text{loss} = loss = \mathit{loss}", "proved proved proved"),
        (r"\mathbf{X}\boldsymbol{w} = Xw", "proved"),
        (r"\lambda w = lambda\, w", "proved"),
    ],
    "ones, masks and sums": [
        (r"\mathbf{1}^\top r = \mathbb{1}^\top r = \sum_i r_i", "proved proved"),
        (r"loss = \sum_{i=1}^{n} (x_i^\top w - y_i)^2", "proved"),
        (r"X^\top r = \sum_i x_i r_i", "proved"),
        (r"dh = 1(y_{pred} \ge 0) \odot dy_{pred}", "proved"),
        (r"dh = \mathbf{1}(y_{pred} > 0) \odot dy_{pred}", "proved"),
        (r"\mathbf{1}^\top (X \odot X) = \Sigma_i X_i \odot X", "proved"),
        (r"\mathbf{1}^\top (X \odot (X S)) = \sum_i (X_i S) \odot X", "proved"),
    ],
    "chains": [
        (r"\begin{aligned} d\,loss &= 2 r^\top dr \\ &= 2 r^\top X\,dw \end{aligned}", "proved proved"),
        (r"d\,loss = 2 r^\top dr, \quad dr = X\,dw.", "proved proved"),
        (r"d\,loss = 2 r^\top dr \tag{3}", "proved"),
        (r"\boxed{\nabla_w loss = 2 X^\top r}", "proved"),
        (r"\nabla_w loss = 2 X^\top r \quad (\text{if } n > 0)", "proved"),
        (r"\boxed{\nabla_w loss = X^\top r}", "wrong"),
        (r"(7)\quad dr = X\,dw", "proved"),
        (r"\therefore\ dr = X\,dw \quad\text{by definition}", "proved"),
        (r"dr = X\,dw \Rightarrow d\,loss = 2 r^\top X\,dw", "proved proved"),
        (r"loss := r^\top r", "proved"),
        (r"loss \equiv r^\top r", "proved"),
        (r"loss \triangleq r^\top r", "proved"),
        (r"loss \approx r^\top r", ""),
        (r"loss \propto r^\top r", ""),
        (r"0 \le loss = r^\top r", "proved"),
        (r"loss = r^\top r \ge 0", "proved"),
        (r"\nabla_w loss \overset{!}{=} 0", ""),
        (r"loss(w) = r(w)^\top r(w)", "proved"),
        (r"J(w) = loss \quad dJ = 2 r^\top dr", "proved proved"),
        (r"X \in \mathbb{R}^{n \times p}", ""),
        (r"X^\top r", ""),
        (r"loss = ", "unread"),
        (r"loss = \operatorname{tr}(", "unread"),
        (r"dr = X \undefined dw", "unread"),
    ],
}


@pytest.mark.parametrize(("formula", "expected"), [line for lines in LATEX.values() for line in lines])
@pytest.mark.parametrize("frame", ["$${}$$", "\\[\n{}\n\\]"])
def test_latex(formula: str, frame: str, expected: str) -> None:
    assert verdicts(frame.replace("{}", formula, 1)) == expected


# where formulas stand

PLACES = [
    (r"so $dr = X\,dw$ here", "proved"),
    (r"so \(dr = X\,dw\) here", "proved"),
    ("# A heading with $dr = X dw$", "proved"),
    ("- an item $dr = X dw$\n- another $dr = dX w$", "proved proved"),
    ("| a | b |\n|---|---|\n| $dr = X dw$ | $dr = dX w$ |", "proved proved"),
    ("> quoted\n> $$dr =\n> X dw$$", "proved"),
    ("\\begin{align*}\ndr &= X dw \\\\ &= X\\,dw\n\\end{align*}", "proved proved"),
    ("```math\ndr = X dw\n```", "proved"),
    ("```latex\ndr = X dw\n```", "proved"),
    ("~~~derivation\ndr = X*dw\n~~~", "proved"),
    ("  ```derivation\n  dr = X*dw\n  ```", "proved"),
    ("```derivation\ndr = X*dw", "proved"),
    ("$$d\\,loss = 2 r^\\top dr$$\n\nand so\n\n$$= 2 r^\\top X\\,dw$$", "proved proved"),
    ("```derivation\ndloss = 2*r'*dr\n```\nand\n```derivation\n= 2*r'*X*dw\n```", "proved proved"),
    ("`$dr = X dw$` is set so by blogdown, `dr = 2 dw$` is code", "proved"),
    ("```python\ndr = X*dw\n```", ""),
    ("<!-- $dr = 2 dw$ -->", ""),
    ("it costs $5 and $6, \\$7 or 8$", ""),
    ("an unclosed $dr = 2 dw", ""),
    ("an unclosed $$dr = 2 dw", ""),
    ("a name $X$ and a size $n \\times p$", ""),
    ("$dr\n= X dw$", "proved"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_places(text: str, expected: str) -> None:
    assert verdicts(text) == expected


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_other_line_ends(ends: str) -> None:
    text = f"{MODEL}\n$dr = X dw$\n\n$$\nd\\,loss\n= r^\\top dr\n$$\n"
    found = md.check(text.replace("\n", ends))
    assert [(k.line, k.verdict) for k in found.links] == [(k.line, k.verdict) for k in md.check(text).links]
    assert [k.line for k in found.links] == [
        text[:at].count("\n") + 1 for at in map(text.index, ("X dw", "r^\\top dr"))
    ]


def test_tabs_do_not_matter() -> None:
    assert verdicts(block("dloss\t=\t2*r'*dr\n\t=\t2*r'*X*dw")) == "proved proved"


# models

WITHOUT = [
    ("```derivation\ntr(A*B) = tr(B*A)\n```", "proved"),
    ("```derivation\nd(x'*A*x) = x'*(A + A')*dx\n```", "proved"),
    ("```derivation\n∇_x f = 2*x\n```", "ill-formed"),
    ("$\\operatorname{tr}(AB) = \\operatorname{tr}(BA)$", "proved"),
]


@pytest.mark.parametrize(("text", "expected"), WITHOUT)
def test_without_a_model(text: str, expected: str) -> None:
    assert verdicts(text, "") == expected


def test_two_model_blocks_are_one_model() -> None:
    text = "```matdiff\nx: vector(n)\n```\nthen\n```matdiff\nf = x'*x\n```\n$\\nabla_x f = 2x$"
    assert verdicts(text, "") == "proved"


def test_an_error_in_the_model_is_shown_at_the_line_of_the_document() -> None:
    with pytest.raises(md.MatdiffError) as caught:
        md.check("# Title\n\n```matdiff\nx: vector(n)\nf = x*x\n```\n")
    assert caught.value.line == 5


# what is said


def test_the_line_is_that_of_the_right_side() -> None:
    text = (
        "# t\n\n"
        + MODEL
        + "\n$$\n\\begin{aligned}\nd\\,loss &=\n2 r^\\top dr \\\\\n&= 2 r^\\top X\\,dw\n\\end{aligned}\n$$\n"
    )
    lines = text.split("\n")
    for link, shown in zip(md.check(text).links, ("2 r^\\top dr \\\\", "&= 2 r^\\top X\\,dw"), strict=True):
        assert lines[link.line - 1] == shown


SAID = [
    ("∇_w f = X'*r", "a factor 2 is missing: 2*X'*r"),
    ("∇_w f = 2*X'*r'", "a transpose is too much"),
    ("∇_w f = -2*X'*r", "the minus of -2 is too much: 2*X'*r"),
    ("D_w f = 2*X'*r", "this is the gradient; the Jacobian is its transpose"),
    ("∇_w f = 2*r'*X", "this is the Jacobian; the gradient is its transpose"),
    ("∇_y f = 2*r*w'", "this is the gradient by X, not by y"),
    ("dh = dy_pred", "the mask 1(y_pred > 0) is missing"),
    ("loss = norm2(X*w)^2 - 2*y'*X*w", "a term is missing"),
    ("d(A*X) = A .* dX", "the matrix product is meant, not ⊙"),
    ("tr(A*X) = A*X", "a trace is missing: tr(A*X)"),
    ("dloss = 2*r'*r", "a d is missing: dr"),
    ("dr = dX*w + X*w", "a d is missing: dw"),
    ("d(log(w)) = dw", "w"),
    ("sum(r .* r) = mean(r .* r)", "sum is meant, not mean"),
    ("ones(n)'*X = rowsum(X)", "the sum goes over the other axis: colsum(X)"),
    ("d(inv(S)) = -inv(S)*dS*S", "an inverse is missing: inv(S)"),
    ("d(inv(S)) = -inv(S)*dS", "the factor inv(S) is missing"),
    ("loss = r'*r + r'*y", "the term r'*y is too much: r'*r"),
    ("∇_w f = 2*X'*y_pred", "y_pred should be r: 2*X'*r"),
    ("∇_w f = 2*X'*X*w - y", "brackets are missing: 2*X'*(X*w - y)"),
]


@pytest.mark.parametrize(("rows", "words"), SAID)
def test_the_slip_is_named(rows: str, words: str) -> None:
    (link,) = links(block(rows))
    assert not link.holds
    assert words in link.suggestion


KEPT = [
    (r"\nabla_w loss = 2\,X^\top\left( X w + y \right)", r"2\,X^\top\left( X w - y \right)"),
    (r"\nabla_w loss = 2\,X \left( X w - y \right)", r"2\,X^\top \left( X w - y \right)"),
    (r"\nabla_w loss = 2\,\left( X w - y \right) X^\top", r"2\,X^\top \left( X w - y \right)"),
    (r"\nabla_w loss = \tfrac12 X^\top \left( X w - y \right)", r"2 X^\top \left( X w - y \right)"),
    (r"\nabla_w loss = X^\top\,r", r"2 X^\top\,r"),
    (r"\nabla_w loss = 2\,X^\top X w - y", r"2\,X^\top (X w - y)"),
    (r"\operatorname{d}(V^{-1}) = -V^{-1}\, dV \, V^{-\top}", r"-V^{-1}\, dV \, V^{-1}"),
]


@pytest.mark.parametrize(("formula", "right"), KEPT)
def test_what_the_author_wrote_is_kept_in_a_suggestion(formula: str, right: str) -> None:
    (link,) = links(f"${formula}$")
    assert not link.holds
    assert link.suggestion.endswith(right)


@pytest.mark.parametrize("sign, words", [("-", "is too much: 1(c > 0)"), ("2*", "the factor should be 1, not 2")])
def test_a_slip_beside_a_bare_mask(sign: str, words: str) -> None:
    (link,) = links(block(f"∇_c f = {sign}1(c > 0)"), "```matdiff\nc: scalar\nloss = relu(c)\n```\n")
    assert not link.holds
    assert words in link.suggestion


def test_nothing_found_is_said() -> None:
    (link,) = links(block("loss = sin(lambda) + exp(y'*y)*cos(lambda)^3"))
    assert link.verdict == "wrong"
    assert "no single slip was found" in link.suggestion


DETAILS = [
    ("loss = 3*r'*r", r"at n = 1, .*: -?[\d.]+ against -?[\d.]+"),
    ("dr = X'*dw", r"X' is p×n, dw is p×1"),
    ("r = w", r"the left side is n×1, the right side is p×1"),
    ("dh = 1(y_pred >= 0) .* dy_pred", r"the masks differ at 0"),
    ("norm2(r) = 1(loss > 0)*norm2(r)", r"agrees at \d+ random points, largest relative error"),
    ("∇_S w = 0", r""),
    ("dloss = 2*r'*X*dw", r"definition of loss"),
    ("tr(A*X*X'*A') = tr(X'*A'*A*X)", r"cyclic property of the trace"),
    ("(A*X)' = X'*A'", r"transpose of a product"),
]


@pytest.mark.parametrize(("rows", "pattern"), DETAILS)
def test_the_detail(rows: str, pattern: str) -> None:
    (link,) = links(block(rows))
    assert re.search(pattern, link.detail)


def test_a_bad_side_touches_both_its_links_and_the_good_ones_around_are_compared() -> None:
    for last, said in (("loss", "is equal to this one (proved)"), ("2*loss", "is not equal to this one")):
        first, before, after = links(block(f"loss = r'*r = r'*w = {last}"))
        assert [first.verdict, before.verdict, after.verdict] == ["proved", "ill-formed", "ill-formed"]
        assert f"the last good expression before it, r'*r, {said}" in after.detail


def test_one_bad_link_does_not_hide_the_next() -> None:
    assert verdicts(block("dr = X*)\ndr = X*dw\nloss = 2*loss\nloss = r'*r")) == "ill-formed proved wrong proved"


def test_claims_of_a_symmetric_variable_name_the_other_gradient() -> None:
    model = "```matdiff\nS: symmetric(n); A: matrix(n, n)\nf = tr(A*S)\n```\n"
    plain, among, free = links(block("∇_S f = A'\n∇_S f = (A + A')/2\n∇_S f = A + A' - diag(diag(A))"), model)
    assert (plain.verdict, among.verdict, free.verdict) == ("proved", "sampled", "sampled")
    assert "symmetric" in among.detail
    assert "free entries" in free.detail


# reports

DOCUMENT = (
    MODEL + "\nThe residual $r = Xw - y$ moves by $dr = X\\,dw$.\n\n" + block("∇_w f = X'*r\nr = w\nloss(w) = r'*r")
)


def test_the_report() -> None:
    report = md.check(DOCUMENT)
    assert [link.verdict for link in report.links] == ["proved", "proved", "wrong", "ill-formed", "proved"]
    assert not report.ok
    assert md.check(DOCUMENT.split("```derivation")[0]).ok
    assert report.summary == "5 links: 3 proved, 1 wrong, 1 ill-formed"


def test_strict_wants_proofs() -> None:
    text = MODEL + block("norm2(r) = 1(loss > 0)*norm2(r)")
    assert md.check(text).ok
    assert not check(text, strict=True).ok


def test_json() -> None:
    found = json.loads(md.check(DOCUMENT).render("json", path="a.md"))
    assert (found["ok"], found["document"], len(found["links"])) == (False, "a.md", 5)
    link = found["links"][2]
    assert link.keys() >= {"line", "text", "verdict", "detail", "suggestion", "left", "right", "holds"}
    assert (link["verdict"], link["left"], link["right"], link["holds"]) == ("wrong", "∇_w f", "X'*r", False)


def test_sarif() -> None:
    report = md.check(DOCUMENT)
    log = json.loads(report.render("sarif", path="a.md"))
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [("wrong", "error"), ("ill-formed", "error")]
    lines = report.source.split("\n")
    for result, link in zip(run["results"], report.failing, strict=True):
        assert result["ruleId"] in rules
        assert link.suggestion in result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        line = lines[region["startLine"] - 1]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == link.right
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "a.md"
    strict = json.loads(check(MODEL + block("norm2(r) = 1(loss > 0)*norm2(r)"), strict=True).render("sarif"))
    assert [r["level"] for r in strict["runs"][0]["results"]] == ["warning"]


def test_text_opens_up_what_fails() -> None:
    report = md.check(DOCUMENT)
    lines = report.render("text").split("\n")
    at = next(k for k, line in enumerate(lines) if "wrong" in line)
    assert "∇_w f = X'*r" in lines[at]
    assert "against" in lines[at + 1]
    assert "a factor 2 is missing" in lines[at + 2]
    assert "\033[" not in report.render("text")
    assert "\033[31;1mwrong" in report.render("text", color=True)


def test_markdown_is_the_document_with_marks() -> None:
    report = md.check(DOCUMENT)
    shown = report.render("markdown")
    assert "moves by $dr = X\\,dw$ ✓." in shown
    assert f"**wrong** in line {report.failing[0].line}." in shown
    assert "A factor 2 is missing" in shown
    kept = [line for line in DOCUMENT.split("\n") if line and not line.startswith("The residual")]
    assert [line for line in shown.split("\n") if line in kept] == kept


def test_html_is_the_document_with_verdicts() -> None:
    shown = md.check(DOCUMENT.replace("The residual", "The <b>residual</b> & all")).render("html")
    assert shown.startswith("<!doctype html>")
    assert "<script" not in shown
    assert "<b>residual" not in shown
    assert shown.count('class="verdict') >= 5
    assert "a factor 2 is missing" in shown
    assert "<math" in shown
    assert shown.count("<math") == shown.count("</math>")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(md.MatdiffError, match="text, markdown, html, json, sarif"):
        md.check(DOCUMENT).render("pdf")


def test_a_document_is_text() -> None:
    with pytest.raises(TypeError):
        md.check(b"text")  # type: ignore[arg-type]


# odd and hostile documents

ODD = [
    "$" * 999,
    "$$" + "(" * 3000 + "x" + ")" * 3000 + " = x$$",
    "```derivation\n" + "(" * 3000 + "x = x\n```",
    "```derivation\n" + "x = x\n" * 300 + "```",
    "$$x = " + "x + " * 500 + "x$$",
    "```derivation\n" + " = ".join(["x"] * 200) + "\n```",
    "```" * 50,
    "\\begin{align}" * 40 + " x = x",
    "$\\frac{}{} = \\nabla_{} ^ _ & \\\\ = $",
    "```derivation\n= = =\n:= :=\n∇ = D_ = ∂/∂\n```",
    "```derivation\nd = d d = dd\nd(d(d(d(x)))) = 0\n```",
    "$\\sum_i \\sum_i x_i = \\sum_{ij} x = \\sum_i^n$",
    "```derivation\n\x00 = \x01\n‮x = x\n```",
    "$$\\def\\x{\\x\\x} \\x = \\x$$",
    "$x_{x_{x_{x}}} = x^{x^{x^{x}}}$",
    "```derivation\nx^999999999 = x\nA^1000000 = A\n10^400*x = x\n```",
    "```derivation\n∇_x (x = 1\n(∇_x f)' = f(f(f(x)))\n```",
]


@pytest.mark.parametrize("text", ODD)
def test_odd_documents_give_a_report(text: str) -> None:
    for link in md.check(text).links:
        assert link.verdict in ("proved", "sampled", "wrong", "ill-formed", "unread", "aside")


FENCES = ("```derivation\n", "```matdiff\n", "```\n", "$$", "\\[", "\\]", "\\\\", "\\begin{aligned}")
WORDS = ("\\frac", "\\nabla_", "\\sum_i ", "∇_x ", "tr(", "inv(", "\\top", " = ", ".*", "1(x > 0)")
PIECES = st.sampled_from([*"$\\{}()[]=^_'&*+-/<>|`#~\n 0129xXdDW", *FENCES, *WORDS])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=40).map("".join))
def test_noise_gives_a_report_or_words(text: str) -> None:
    try:
        report = md.check(text)
    except md.MatdiffError as error:
        assert str(error)
        return
    for format in ("text", "markdown", "html", "json", "sarif"):
        assert report.render(format)


# what is mathematics, and what is not

SMALL = "```matdiff\nn: dim\nA, B: matrix(n, n); x, w: vector(n)\n```\n"

DOCUMENTS = [
    # a chain that begins with a name that nothing declares defines it
    (r"$$\begin{aligned} f &= x^\top A x + x^\top B x \\ &= x^\top (A+B) x \end{aligned}$$", "proved proved"),
    (r"$f(x) = x^\top A x$, $\nabla_x f(x) = (A+A^\top)x$", "proved proved"),
    (r"$L = x^\top A x$, $\nabla_x L = (A+A^\top)x$, $\nabla_x L = 2 A x$", "proved proved wrong"),
    (r"$J(w) = w^\top A w$, $\nabla_w J = (A+A^\top)w$", "proved proved"),
    (r"$$\mathcal{L}(x) = x^\top A x$$ $$\nabla_x \mathcal{L}(x) = (A+A^\top)x$$", "proved proved"),
    (r"$$\mathcal{L} = x^\top A x$$ $$\nabla_x \mathcal{L} = 2 A^\top x$$", "proved wrong"),
    ("```derivation\nf = x'*A*x\n∇_x f = (A + A')*x\n```", "proved proved"),
    ("$a A = A a$ and $a = 2$", "proved aside"),  # a letter that was used as a variable stays one
    # what could not be compared, and what is finite at 0
    (r"$\|A+A\| = \|A-A\|$", "wrong"),
    (r"$\sqrt{-1-x^\top x} = 7$", "ill-formed"),
    # no mathematics: comments, HTML source, code, addresses
    ("<!-- $a = 1$\n```derivation\na = 2\n```\n-->\n$A x = A x$", "proved"),
    ("<pre>$a=b^{$\n$c = d$</pre> <code>$c = d$</code> $A x = A x$", "proved"),
    ("text\n\n    $c = d$\n\n    $c = e$\n\ntext $A x = A x$", "proved"),
    ("- item\n\n  $A x = A x$\n\n    $B x = B x$\n", "proved proved"),
    ('[l](http://x.y/?$d=$) ![i](a$d=$.png) https://x.y/$d=$ <a href="$d=$">$A x = A x$</a> `c=$d$`', "proved"),
    ("[l]: http://x.y/$d=$\n\n$A x = A x$", "proved"),
    ("> > > $A x = A x$", "proved"),
    # signs for others
    (r"$A x = A x \text{ where $A$ is large}$", "proved"),
    ("$A x ＝ A x$", "proved"),
    ("$`A x = A x`$", "proved"),
    ("$A x \u200b= A x$ $A x – B x = (A – B) x$", "proved proved"),
    (r"$$\begin{aligned} A x &amp;= A x \\ &amp;= A x \end{aligned}$$", "proved proved"),
    (r"$A B \not= B A$ $A B \neq B A$ $A B \ne B A$ $A \not = B$ $B = B$", "proved"),
]


@pytest.mark.parametrize(("text", "found"), DOCUMENTS)
def test_what_a_document_says(text: str, found: str) -> None:
    assert verdicts(text, SMALL) == found


def test_front_matter_and_a_byte_order_mark_are_passed_over() -> None:
    text = f"{SMALL}\n$A x = A x$"
    for front in (
        "\ufeff",
        "---\ntitle: $a=b$\n---\n",
        "\ufeff---\ntitle: $a=b$\n---\n",
        '+++\ntitle = "$a=b$"\n+++\n',
    ):
        report = md.check(front + text)
        assert report.ok and [link.verdict for link in report.links] == ["proved"]


@pytest.mark.parametrize("text", ["", "no mathematics", SMALL, "$a$", "```math\na + b\n```", r"$A \neq B$"])
def test_a_document_without_a_link_is_no_pass(text: str) -> None:
    assert not md.check(text).ok
