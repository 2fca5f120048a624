"""What a document without a model block says of its names, and that its slips are found all the same."""

from __future__ import annotations

import pytest

import matdiff as md
from matdiff.checking.guesses import Inference, program_of
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


KINDS = [
    # the next example gives a name another meaning
    (
        r"Let $$ f(X) = \operatorname{tr}(C X) $$ then $\nabla_X f(X) = C^\top$. Now let"
        r" $$ f(X) = \operatorname{tr}(X^\top C X) $$ so $\nabla_X f(X) = C X + C^\top X$, $\nabla_X f(X) = C X + C X$",
        "proved proved proved proved wrong",
    ),
    # a loss that nothing defines: what its derivatives are made of
    (
        r"$$ Z = X W $$ $$ \frac{\partial L}{\partial W} = X^\top \frac{\partial L}{\partial Z}, \qquad"
        r" \frac{\partial L}{\partial X} = \frac{\partial L}{\partial Z} W^\top"
        r" = 2 \frac{\partial L}{\partial Z} W^\top $$",
        "proved proved proved wrong",
    ),
    (
        r"$$ a = \tanh(W x), \quad \frac{\partial E}{\partial a} = a - y, \quad"
        r" \frac{\partial E}{\partial x} = W^\top \big( (1 - a \odot a) \odot (a - y) \big), \quad"
        r" \frac{\partial E}{\partial x} = W^\top \big( (1 + a \odot a) \odot (a - y) \big) $$",
        "proved aside proved wrong",
    ),
    # the chain rule as a scheme
    (
        r"$$ Q = X V, \quad \frac{\partial J}{\partial V} = \frac{\partial J}{\partial Q} \frac{\partial Q}{\partial V}"
        r" = X^\top \frac{\partial J}{\partial Q} $$",
        "proved aside proved",
    ),
    # another path than the one written
    (
        r"$$ Q = X U, \quad K = X V, \quad"
        r" \frac{\partial L}{\partial X} = \frac{\partial L}{\partial Q} U^\top $$",
        "proved proved unread",
    ),
    # functions with arguments
    (
        r"$$ \sigma(t) = \frac{1}{1 + e^{-t}}, \quad \sigma'(t) = \sigma(t) (1 - \sigma(t)), \quad"
        r" \sigma'(t) = \sigma(t) (1 + \sigma(t)), \quad \sigma(-t) = 1 - \sigma(t) $$",
        "proved proved wrong proved",
    ),
    (
        r"$$ q_A(x) = x^\top A x, \quad q_A(u + v) = q_A(u) + q_A(v) + u^\top A v + v^\top A u $$",
        "proved proved",
    ),
    # members of vectors and rows of matrices
    (
        r"$$ R = \sum_{i=1}^{m} (v^\top z_i - s_i)^2, \quad"
        r" \frac{\partial R}{\partial v} = 2 \sum_{i=1}^{m} (v^\top z_i - s_i) z_i"
        r" = 2 \sum_{i=1}^{m} (v^\top z_i + s_i) z_i $$",
        "proved proved wrong",
    ),
    (
        r"$$ p_i = \frac{e^{u_i}}{\sum_k e^{u_k}} $$ Case $i \ne j$:"
        r" $$ \frac{\partial p_i}{\partial u_j} = - p_i p_j $$"
        r" and with $$ L = - \sum_k t_k \log p_k $$ we get"
        r" $$ \frac{\partial L}{\partial u_i} = p_i \sum_k t_k - t_i = p_i - t_i $$",
        "proved proved proved proved proved",
    ),
    (r"$$ g_i = \sum_{k \ne i} c_k, \quad \sum_{k \ne i} c_k = \sum_k c_k - c_i $$", "proved proved"),
    (
        r"$$ \sum_{\text{rows}} X = \mathbf{1}^\top X, \quad \sum_{axis=1} X = X \mathbf{1} $$",
        "proved proved",
    ),
    (r"$$ W \leftarrow W - \eta (G + \lambda W) = (1 - \eta \lambda) W - \eta G $$", "proved"),
    (
        r"$$ H = X W + b, \quad \frac{\partial L}{\partial b} = \sum_{\text{batch}} \frac{\partial L}{\partial H} $$",
        "proved proved",
    ),
    # conditions in words, steps, sets behind equations
    (r"For symmetric $H$: $\nabla_x (x^\top H x) = 2 H x$. And $\nabla_x (x^\top K x) = 2 K x$", "proved wrong"),
    (
        r"$$ L = \|v\|^2 $$ and $v := v - \eta \nabla_v L$, $v_j := v_j - \eta \frac{\partial L}{\partial v_j}$",
        "proved aside aside",
    ),
    (
        r"$$ G = A B \in \mathbb{R}^{n \times n}, \quad G^\top = B^\top A^\top \in \mathbb{R}^{n \times n} $$",
        "proved proved",
    ),
    # names, entries and settings
    (
        r"$p_i = e^{s_i}/\sum_k e^{s_k}$, so $\frac{\partial p_i}{\partial s_j} = p_i(\delta_{ij} - p_j)$"
        r" $= p_i(\delta_{ij} + p_j)$",
        "proved proved wrong",
    ),
    (
        r"$X, A \in \mathbb{R}^{n \times n}$: $\frac{\partial}{\partial x_{ij}} \operatorname{tr}(X^\top A) = a_{ij}$,"
        r" $\frac{\partial}{\partial x_{ij}} \operatorname{tr}(X^\top A) = a_{ji}$",
        "proved wrong",
    ),
    (
        r"$\mathrm{E}[y] = X \beta$ and $w^* = \arg\min_w \|y - X w\|^2$ with $y = (y_1, \dots, y_n)$",
        "unread aside aside",
    ),
    (
        r"$Y = X W + \mathbf{1} b^\top$: "
        r"$\frac{\partial L}{\partial b} = \sum_{\text{rows}} \frac{\partial L}{\partial Y}$,"
        r" $\frac{\partial L}{\partial b} = 2 \sum_{\text{rows}} \frac{\partial L}{\partial Y}$",
        "proved proved unread",
    ),
    ("so\n\n$`\n\\nabla_u (u^\\top u) = 2 u.\n`$\n", "proved"),
    (
        r"$\nabla_{\boldsymbol\Sigma} \log |\boldsymbol\Sigma| = \boldsymbol\Sigma^{-1}$, not"
        r" $\nabla_{\boldsymbol\Sigma} \log |\boldsymbol\Sigma| = 2 \boldsymbol\Sigma^{-1}$",
        "proved wrong",
    ),
    (
        r"$\mathcal{L} = -\sum_i [y^{(i)} \log \hat{y}^{(i)} + (1 - y^{(i)}) \log(1 - \hat{y}^{(i)})]$,"
        r" $\frac{\partial \mathcal{L}}{\partial \hat{y}^{(i)}} = -\frac{y^{(i)}}{\hat{y}^{(i)}}"
        r" + \frac{1 - y^{(i)}}{1 - \hat{y}^{(i)}}$",
        "proved proved",
    ),
    # layers: what is said of l is said of l + 1
    (
        r"$$ z^{(l)} = W^{(l)} h^{(l-1)} + b^{(l)} $$ $$ h^{(l)} = \phi(z^{(l)}) $$"
        r" $$ \delta^{(l)} = \frac{\partial L}{\partial z^{(l)}} $$"
        r" $$ \delta^{(l)} = W^{(l+1)\top} \delta^{(l+1)} \odot \phi'(z^{(l)}) $$"
        r" $$ \frac{\partial L}{\partial W^{(l)}} = \delta^{(l)} h^{(l-1)\top}, \quad"
        r" \delta^{(l)} = W^{(l+1)\top} \delta^{(l+1)} \odot \phi'(z^{(l+1)}) $$",
        "proved proved proved proved proved wrong",
    ),
    # a loss that does not hold a layer proves nothing of it
    (
        r"$$ L = -\sum_k y_k \log p_k $$ $$ \frac{\partial L}{\partial W^{(l)}} ="
        r" \frac{\partial L}{\partial z^{(l)}} a^{(l-1)T} $$",
        "proved unread",
    ),
    # names of several letters; small letters for the entries of a vector
    (
        r"$$ RSS(\beta) = \sum_{i=1}^n (y_i - x_i^\top \beta)^2 = (Y - X \beta)^\top (Y - X \beta) $$"
        r" $$ \frac{\partial RSS}{\partial \beta} = -2 X^\top (Y - X \beta) = -X^\top (Y - X \beta) $$",
        "proved proved proved wrong",
    ),
    (
        r"$$ \mathcal{L}(\mathbf{w}, \lambda_1) = \mathbf{w}^\top \boldsymbol{\Sigma} \mathbf{w}"
        r" - \lambda_1 (\boldsymbol{\mu}^\top \mathbf{w} - r) $$"
        r" $$ \frac{\partial \mathcal{L}}{\partial \mathbf{w}} = 2 \boldsymbol{\Sigma} \mathbf{w}"
        r" - \lambda_1 \boldsymbol{\mu} $$",
        "proved proved",
    ),
    # indices from 0, another meaning of a function below, an update
    (
        r"$$ h(x) = \sum_{i=0}^n \theta_i x_i = \theta^\top x $$ $$ h(x) = \tanh(\theta^\top x) $$ $$ p = h(u) $$",
        "proved proved proved proved",
    ),
    # by the square of a number; rows with an accent
    (
        r"$$ \ell(\boldsymbol{\beta}, \sigma^2) = -\frac{n}{2} \log(\sigma^2) - \frac{1}{2 \sigma^2}"
        r" \|\mathbf{y} - \mathbf{X} \boldsymbol{\beta}\|^2 $$ $$ \frac{\partial \ell}{\partial \sigma^2} ="
        r" -\frac{n}{2 \sigma^2} + \frac{\|\mathbf{y} - \mathbf{X} \boldsymbol{\beta}\|^2}{2 \sigma^4}"
        r" = -\frac{n}{\sigma^2} + \frac{\|\mathbf{y} - \mathbf{X} \boldsymbol{\beta}\|^2}{2 \sigma^4} $$",
        "proved proved wrong",
    ),
    (
        r"$$ \ell = \sum_{i=1}^m (y_i - \boldsymbol{\beta}^\top \hat{\mathbf{x}}_i)^2 $$"
        r" $$ \frac{\partial \ell}{\partial \boldsymbol{\beta}} ="
        r" -2 \sum_{i=1}^m \hat{\mathbf{x}}_i (y_i - \boldsymbol{\beta}^\top \hat{\mathbf{x}}_i) $$",
        "proved proved",
    ),
    (r"$$ V' := V' - \eta \nabla_{V'} L $$", "aside"),
    # an estimate stands for what it estimates; changes, orthogonal factors and names in two sizes are no slips
    (
        r"$$ q = \|\mathbf{y} - \mathbf{X} \boldsymbol{\beta}\|^2 $$ $$ \nabla_{\boldsymbol{\beta}} q ="
        r" -2 \mathbf{X}^\top (\mathbf{y} - \mathbf{X} \hat{\boldsymbol{\beta}}) $$",
        "proved proved",
    ),
    (r"$$ \Delta W = -\eta \frac{\partial E}{\partial W} $$", "unread"),
    (
        r"By the SVD $A = U S V^\top$ $$ A^\top A = V S^\top U^\top U S V^\top = V S^\top S V^\top $$",
        "proved proved unread",
    ),
    # a model block that defines no loss; rows of what it defines; a name that begins as a member would
    (
        "```matdiff\nX: matrix(N, d); W: matrix(d, h)\nZ = X*W\n```\n"
        r"$$ \frac{\partial L}{\partial W} = X^\top \frac{\partial L}{\partial Z}"
        r" = 2 X^\top \frac{\partial L}{\partial Z} $$",
        "proved wrong",
    ),
    (
        "```matdiff\nX: matrix(n, d); W: matrix(d, k)\nP = X*W\n```\n"
        r"$$ \sum_{i=1}^n \mathbf{p}_i \mathbf{p}_i^\top = P^\top P $$",
        "proved",
    ),
    ("```matdiff\nw, mu: vector(n)\n```\n" r"$\mu_p = w^\top \mu$, $\mu_p = \mu^\top w$", "proved proved"),
    # the sigmoid that nothing defines; a function by the derivative of its only argument
    (
        r"$$ h(x) = \sigma(w x) $$ $$ \frac{d}{dz} \sigma(z) = \sigma(z)(1 - \sigma(z)) $$"
        r" $$ \frac{d}{dz} \sigma(z) = \sigma(z)(1 + \sigma(z)) $$",
        "proved proved wrong",
    ),
    # symmetric by the words of an earlier paragraph, and not where these deny it
    (
        "Let $A$ be symmetric, $A \\in \\mathbb{R}^{n \\times n}$ and $x \\in \\mathbb{R}^n$.\n\nMore words.\n\n"
        r"$$ \nabla_x (x^\top A x) = 2 A x $$ $$ \nabla_x (x^\top A x) = 3 A x $$",
        "proved wrong",
    ),
    (
        "Let $A$ be not symmetric, $A \\in \\mathbb{R}^{n \\times n}$ and $x \\in \\mathbb{R}^n$.\n\nMore words.\n\n"
        r"$$ \nabla_x (x^\top A x) = 2 A x $$",
        "wrong",
    ),
    # by a row of a matrix; an entry of a function of a vector; a value of a function at a point of another size
    (
        "```matdiff\nU: matrix(n, k); V: matrix(n, k)\n```\n"
        r"$$ L = \sum_{i=1}^n u_i^\top v_i $$ $$ \frac{\partial L}{\partial u_i} = v_i $$"
        r" $$ \frac{\partial L}{\partial u_i} = 2 v_i $$",
        "proved proved wrong",
    ),
    (
        "```matdiff\np, z: vector(n)\n```\n"
        r"$p = \sigma(z)$ $$ \frac{\partial \log p_i}{\partial z_i} = 1 - p_i $$"
        r" $$ \frac{\partial \log p_i}{\partial z_i} = 1 + p_i $$",
        "proved proved wrong",
    ),
    ("```matdiff\nw: vector(n)\n```\n" r"$f(w) = w^\top w$ $$ \nabla f(w^*) = 2 w $$", "proved unread"),
    # what was not understood may be what follows
    (
        r"$$ X w = y $$ $$ q = \int X w $$ so $$ X^\top w = y + v $$",
        "aside unread aside",
    ),
]
"""Documents of many kinds without a model block, and the verdicts of their links."""


@pytest.mark.parametrize(("text", "expected"), KINDS)
def test_kinds_of_documents(text: str, expected: str) -> None:
    assert " ".join(link.verdict.replace("sampled", "proved") for link in md.check(text).links) == expected


@pytest.mark.parametrize(("text", "told", "expected"), DOCUMENTS)
def test_a_document_tells_what_its_names_are(text: str, told: list[str], expected: str) -> None:
    declared = program_of(Inference(read_document(text)).run()).splitlines()
    sizes = {line.split("(")[0]: line for line in declared}
    for line in told:
        assert sizes.get(line.split("(")[0], "").count(",") == line.count(","), declared
    found = [link.verdict for link in md.check(text).links]
    assert " ".join(found) == expected


def test_sizes_that_are_told_are_kept() -> None:
    text = r"$X$ is an $N \times p$ matrix and $$ g = X^\top X v $$"
    found = {one.name: one for one in Inference(read_document(text)).run()}
    assert str(found["X"]) == "X: matrix(N, p)" and str(found["v"]) == "v: vector(p)"
    assert "words" in found["X"].how and "letter" in found["v"].how


def test_a_block_is_not_overruled() -> None:
    text = (
        "```matdiff\nA: symmetric(n); x: vector(n)\n```\n" + r"$A$ is an $m \times n$ matrix. $(A x)^\top = x^\top A$"
    )
    assert Inference(read_document(text)).run() == []
    assert [link.verdict for link in md.check(text).links] == ["proved"]


def test_sizes_that_do_not_fit_are_no_verdict_where_only_letters_tell_them() -> None:
    assert [link.verdict for link in md.check(r"$$ A B = h + A $$ $$ B A = A $$").links][-1] != "ill-formed"


def test_pi_behind_a_number_is_the_constant() -> None:
    report = md.check(
        r"Let $x \in \mathbb{R}^n$. $f = \frac{x^\top x}{\sqrt{2\pi}}$, $\nabla_x f = \sqrt{\frac{2}{\pi}} x$"
    )
    assert [link.verdict for link in report.links] == ["proved", "proved"]
    assert "pi" not in dict(report.inferred)


@pytest.mark.parametrize("root", [r"\sqrt{\pi}", r"\sqrt\pi", r"\sqrt{ \pi }"])
def test_pi_under_a_root_is_the_constant(root: str) -> None:
    model = "```matdiff\nD: matrix(m, n)\ngoal = sum(erf(D))\n```\n"
    report = md.check(model + r"$\nabla_D \mathrm{goal} = \frac{2}{ROOT} \exp(-D^{\odot 2})$".replace("ROOT", root))
    assert [link.verdict for link in report.links] == ["proved"]


def test_a_matrix_that_depends_on_a_number_is_one_in_documents() -> None:
    model = "```matdiff\ns: scalar\nx: vector(r)\nK(s): matrix(r, r)\n```\n"
    true = r"$$\frac{d}{ds} \log\det K(s) = \operatorname{tr}(K(s)^{-1} K'(s))$$"
    slip = r"$$\frac{d}{ds} x^\top K(s)^{-1} x = x^\top K(s)^{-1} K'(s) K(s)^{-1} x$$"
    assert [link.verdict for link in md.check(f"{model}{true}\n\n{slip}").links] == ["proved", "wrong"]
