"""What a document without a model block says of its names, and that its slips are found all the same."""

from __future__ import annotations

import pytest

import matdiff as md
from matdiff.checking.guesses import guess_names, program_of
from matdiff.documents import read_document

# a document, what is told of some of its names, and the verdicts of its links
DOCUMENTS = [
    (
        r"Let $A$ be an $m \times n$ matrix and $x \in \mathbb{R}^n$. $$ f(x) = \tfrac12 \|A x - b\|^2 $$ so that"
        r" $$ \nabla_x f(x) = A^\top (A x - b), \qquad \nabla_x f(x) = A^\top (A x + b) $$",
        ["A: matrix(m, n)", "x: vector(n)", "b: vector(m)"],
        "proved proved wrong",
    ),
    (
        r"其中 $W$ 为 $n \times d$ 矩阵，$\lambda$ 是标量。$$ L = \operatorname{tr}(W^\top W) + \lambda \|W\|_F^2 $$"
        r" $$ \frac{\partial L}{\partial W} = 2 W + 2 \lambda W = 2 (1 + \lambda) W = (1 + \lambda) W $$",
        ["W: matrix(n, d)", "lambda: scalar"],
        "proved proved proved wrong",
    ),
    (
        r"With $\mathbf{u}$ and $\mathbf{v}$: $\nabla_{\mathbf{u}} (\mathbf{u}^\top \mathbf{v}) = \mathbf{v}$,"
        r" $\nabla_{\mathbf{v}} (\mathbf{u}^\top \mathbf{v}) = \mathbf{v}$",
        ["u: vector(n)", "v: vector(n)"],
        "proved wrong",
    ),
    (
        r"$S$ is a symmetric matrix. $$ q = x^\top S x, \quad dq = 2 x^\top S\, dx, \quad dq = x^\top S\, dx $$",
        ["S: symmetric(n)", "x: vector(n)"],
        "proved proved wrong",
    ),
    (
        r"$$ z = W x + c, \quad o = \phi(z), \quad \frac{\partial o}{\partial z} = \operatorname{diag}(\phi'(z)) $$",
        ["c: vector(n)", "phi: function"],
        "proved proved proved",
    ),
    (
        r"$$ J(w) = \|X w - y\|^2 + \lambda \|w\|^2, \quad \nabla_w J = 2 X^\top (X w - y) + 2 \lambda w = 0 $$"
        r" hence $w = (X^\top X + \lambda I)^{-1} X^\top y$, hence $w = (X^\top X - \lambda I)^{-1} X^\top y$",
        ["X: matrix(n, d)", "w: vector(d)", "lambda: scalar"],
        "proved proved aside proved wrong",
    ),
    (
        r"$$ \ell = -\big( y \log \hat y + (1 - y) \log(1 - \hat y) \big), \quad"
        r" \frac{\partial \ell}{\partial \hat y} = \frac{\hat y - y}{\hat y (1 - \hat y)}"
        r" = \frac{\hat y + y}{\hat y (1 - \hat y)} $$",
        ["y: scalar", "y_hat: scalar"],
        "proved proved wrong",
    ),
]


@pytest.mark.parametrize(("text", "told", "expected"), DOCUMENTS)
def test_a_document_tells_what_its_names_are(text: str, told: list[str], expected: str) -> None:
    declared = program_of(guess_names(read_document(text))).splitlines()
    sizes = {line.split("(")[0]: line for line in declared}
    for line in told:
        assert sizes.get(line.split("(")[0], "").count(",") == line.count(","), declared
    found = [link.verdict for link in md.check(text).links]
    assert " ".join(found) == expected


def test_sizes_that_are_told_are_kept() -> None:
    text = r"$X$ is an $N \times p$ matrix and $$ g = X^\top X v $$"
    found = {one.name: one for one in guess_names(read_document(text))}
    assert found["X"].declaration == "X: matrix(N, p)" and found["v"].declaration == "v: vector(p)"
    assert "words" in found["X"].how and "letter" in found["v"].how


def test_a_block_is_not_overruled() -> None:
    text = (
        "```matdiff\nA: symmetric(n); x: vector(n)\n```\n" + r"$A$ is an $m \times n$ matrix. $(A x)^\top = x^\top A$"
    )
    assert guess_names(read_document(text)) == []
    assert [link.verdict for link in md.check(text).links] == ["proved"]


def test_sizes_that_do_not_fit_are_no_verdict_where_only_letters_tell_them() -> None:
    assert [link.verdict for link in md.check(r"$$ A B = h + A $$ $$ B A = A $$").links][-1] != "ill-formed"
