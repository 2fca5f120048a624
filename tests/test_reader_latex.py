r"""LaTeX as people write it: each line of the first table has its twin in matdiff's own notation."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from latex_code import PAIRS

import matdiff as md
from matdiff import expr as E
from matdiff.errors import DeclarationError, MatdiffError, ParseError, ShapeError, UnsupportedError
from matdiff.evaluate import values
from matdiff.expr import Expr
from matdiff.reader import read_model
from matdiff.reader.latex.documents import Claim, read_chains, read_expression
from matdiff.reader.syntax import Node, postorder
from matdiff.rewriting.engine import Rewriter
from matdiff.sizes import Size

WHERE = """
    N, D_in: dim
    A, B: matrix(n, n); X, Y, V: matrix(m, n); Z: matrix(m, p); W: matrix(n, p); C: matrix(n, m)
    S, Sigma: symmetric(n); T, T_2: onehot(m, p)
    x, y, w, beta, mu, h_relu: vector(n); z, t, y_hat: vector(m); r: row(n); b: row(p)
    a, c, lambda, alpha, rho, reg: scalar
    w1: matrix(n, p); W2: matrix(p, p); y_pred, hidden: matrix(m, p); scores: matrix(m, p); loss: scalar
    sigma, f, phi: function
"""

TRACES = {
    r"\operatorname{tr}(AB)": "tr(A*B)",
    r"\operatorname{tr}\left(A B\right)": "tr(A*B)",
    r"\mathrm{tr}(A^\top B)": "tr(A'*B)",
    r"\text{tr}(A^T B)": "tr(A'*B)",
    r"\operatorname{Tr}\left[ A^{T} B \right]": "tr(A'*B)",
    r"\mathrm{Tr}\{AB\}": "tr(A*B)",
    r"\tr(A B)": "tr(A*B)",
    r"\Tr\left(AB\right)": "tr(A*B)",
    r"tr(AB)": "tr(A*B)",
    r"trace(A)": "tr(A)",
    r"\operatorname{trace}(A)": "tr(A)",
    r"\operatorname{tr} AB": "tr(A*B)",
    r"\operatorname{tr} A B^\top + c": "tr(A*B') + c",
    r"\operatorname{tr} A \operatorname{tr} B": "tr(A)*tr(B)",
    r"\operatorname{tr}(A)\operatorname{tr}(B)": "tr(A)*tr(B)",
    r"\operatorname{tr}(A) B": "tr(A)*B",
    r"\operatorname{tr}(A)^2": "tr(A)^2",
    r"\operatorname{tr}^2(A)": "tr(A)^2",
    r"\operatorname{tr}{(AB)}": "tr(A*B)",
    r"\operatorname{tr}{AB}": "tr(A*B)",
    r"{\rm tr}(AB)": "tr(A*B)",
    r"\mathop{\mathrm{tr}}(AB)": "tr(A*B)",
    r"\operatorname{tr}\bigl(A (B + S)\bigr)": "tr(A*(B + S))",
    r"\operatorname{tr}\Big( A \big( B + S \big) \Big)": "tr(A*(B + S))",
    r"\operatorname{tr}(X^\top X)": "tr(X'*X)",
    r"\mathrm{tr}(\mathbf{A}\mathbf{B})": "tr(A*B)",
    r"\mathrm{tr}(\boldsymbol{A}\,\boldsymbol{B})": "tr(A*B)",
    r"\mathrm{tr}(\bm{A} \bm{B})": "tr(A*B)",
    r"\operatorname{tr}(\mathcal{A}\mathsf{B})": "tr(A*B)",
    r"\text{tr }(A^T B)": "tr(A'*B)",
    r"\mbox{tr}(AB)": "tr(A*B)",
    r"\text{tr}\qty(AB)": "tr(A*B)",
    r"{\displaystyle \operatorname {tr} (\mathbf {A} \mathbf {B} )}": "tr(A*B)",
    r"\sqrt{\operatorname{tr}(X^T X)}": "sqrt(tr(X'*X))",
}

TRANSPOSES = {
    r"X^T X": "X'*X",
    r"X^{T}X": "X'*X",
    r"X^\top X": "X'*X",
    r"X^{\top}X": "X'*X",
    r"X^{\mathsf T} X": "X'*X",
    r"X^\mathsf{T} X": "X'*X",
    r"X^{\mathrm{T}} X": "X'*X",
    r"X^{\rm T} X": "X'*X",
    r"X^\intercal X": "X'*X",
    r"X^{\intercal} X": "X'*X",
    r"X' X": "X'*X",
    r"X'X": "X'*X",
    r"X^\prime X": "X'*X",
    r"X^{\prime} X": "X'*X",
    r"X^t X": "X'*X",
    r"{X}^{\top} {X}": "X'*X",
    r"(X)^\top X": "X'*X",
    r"\left(A B\right)^\top": "(A*B)'",
    r"(A + B)^T x": "(A + B)'*x",
    r"x^T A x": "x'*A*x",
    r"x^\top A\, x": "x'*A*x",
    r"x^{\top}\!A\,x": "x'*A*x",
    r"x'Ax": "x'*A*x",
    r"x^TAx": "x'*A*x",
    r"\mathbf{x}^\top \mathbf{A} \mathbf{x}": "x'*A*x",
    r"\mathbf x^\top \mathbf A \mathbf x": "x'*A*x",
    r"\vec{x}^T A \vec{x}": "x'*A*x",
    r"A^{-1} x": "inv(A)*x",
    r"A^{-1}B^{-1}": "inv(A)*inv(B)",
    r"A^{-\top} x": "inv(A)'*x",
    r"A^{-T} x": "inv(A)'*x",
    r"A^{-\mathsf{T}} x": "inv(A)'*x",
    r"(A^{-1})^\top x": "inv(A)'*x",
    r"(A^\top)^{-1} x": "inv(A')*x",
    r"(A B)^{-1}": "inv(A*B)",
    r"A^-1 x": "inv(A)*x",
    r"(X^\top X)^{-1} X^\top z": "inv(X'*X)*X'*z",
    r"\left(X^\top X + \lambda I\right)^{-1} X^\top z": "inv(X'*X + lambda*I)*X'*z",
    r"X (X^\top X)^{-1} X^\top": "X*inv(X'*X)*X'",
    r"X^{+} z": "pinv(X)*z",
    r"X^\dagger z": "pinv(X)*z",
    r"A^2": "A^2",
    r"A^{2} x": "A^2*x",
    r"A^3": "A^3",
    r"(A^2)^\top": "(A^2)'",
    r"A^{2\,}": "A^2",
    r"X^{\!\top} X": "X'*X",
    r"X^{\scriptscriptstyle T} X": "X'*X",
    r"{\bf X}^T {\bf X}": "X'*X",
    r"(z-X\beta)'(z-X\beta)": "(z - X*beta)'*(z - X*beta)",
    r"z'z - 2\beta'X'z + \beta'X'X\beta": "z'*z - 2*beta'*X'*z + beta'*X'*X*beta",
    r"\mathbf {X} ^{\top }\mathbf {X} ": "X'*X",
}

PRODUCTS = {
    r"ASB": "A*S*B",
    r"A S B": "A*S*B",
    r"A \cdot B": "A*B",
    r"A \times B": "A*B",
    r"A * B": "A*B",
    r"A \odot B": "A .* B",
    r"A \circ B": "A .* B",
    r"A \odot B x": "(A .* B)*x",
    r"A B \odot S": "(A*B) .* S",
    r"A \odot (B S)": "A .* (B*S)",
    r"A \oslash B": "A ./ B",
    r"A \otimes B": "kron(A, B)",
    r"(A \otimes B) \operatorname{vec}(S)": "kron(A, B)*vec(S)",
    r"A \otimes B \otimes S": "kron(kron(A, B), S)",
    r"X(A + B)": "X*(A + B)",
    r"x(a + c)": "x*(a + c)",
    r"(X w - z)^\top (X w - z)": "(X*w - z)'*(X*w - z)",
    r"2 X": "2*X",
    r"2X": "2*X",
    r"-X": "-X",
    r"- X w + z": "-X*w + z",
    r"X \cdot (-w)": "X*(-w)",
    r"x^\top \cdot -A x": "x'*(-A)*x",
    r"0.5\, x^\top A x": "0.5*x'*A*x",
    r"\tfrac{1}{2} x^\top A x": "x'*A*x/2",
    r"\frac12 x^\top A x": "x'*A*x/2",
    r"\frac 1 2 x^\top A x": "x'*A*x/2",
    r"\frac{1}2 x^\top A x": "x'*A*x/2",
    r"\dfrac{1}{2}\,x^\top A x": "x'*A*x/2",
    r"{1 \over 2} x^\top A x": "x'*A*x/2",
    r"\frac{x^\top A x}{2}": "x'*A*x/2",
    r"\frac{1}{N} X w": "X*w/N",
    r"(1/N) X w": "X*w/N",
    r"X w / N": "X*w/N",
    r"\frac{a}{c}\frac{1}{N}": "a/c/N",
    r"\frac{x^\top A x}{x^\top x}": "x'*A*x/(x'*x)",
    r"\frac{A x}{\|A x\|}": "A*x/norm2(A*x)",
    r"\frac a c": "a/c",
    r"\frac{2}{N} X^\top (X w - z)": "2/N*X'*(X*w - z)",
    r"a^{1/2}": "a^(1/2)",
    r"a^{\frac{1}{2}}": "a^(1/2)",
    r"a^{-2}": "a^-2",
    r"a^{-\frac12}": "a^(-1/2)",
    r"10^{-3} x": "10^-3*x",
    r"a^c": "a^c",
    r"\sqrt{a}": "sqrt(a)",
    r"\sqrt a": "sqrt(a)",
    r"\sqrt[3]{a}": "a^(1/3)",
    r"\sqrt{x^\top x}": "sqrt(x'*x)",
    r"x^{\odot 2}": "x .^ 2",
    r"X^{\circ 2}": "X .^ 2",
    r"X^{\odot -1}": "X .^ -1",
    r"\langle A, B \rangle": "inner(A, B)",
    r"\langle x, A y\rangle": "inner(x, A*y)",
    r"A : B": "inner(A, B)",
    r"A B : S + c": "inner(A*B, S) + c",
    r"A \bigl[ B + S \bigr] x": "A*(B + S)*x",
    r"A \left\{ B + S \right\} x": "A*(B + S)*x",
    r"\left. A x \right.": "A*x",
    r"\underbrace{A B}_{\text{known}} x": "A*B*x",
    r"\boxed{A x}": "A*x",
    r"\textcolor{red}{A} x": "A*x",
    r"2 \pi a": "2*pi*a",
    r"x_1^\top x_1": "x_1'*x_1",
    r"A A": "A*A",
    r"1.5 a + .5 c": "1.5*a + 0.5*c",
    r"\langle A, B \rangle_F": "inner(A, B)",
    r"\left\langle A, B \right\rangle_{F}": "inner(A, B)",
    r"A : B \odot S": "inner(A, B .* S)",
    r"\exp(-\|x\|^2/2)": "exp(-norm2(x)^2/2)",
    r"x^\top y/(x^\top x)": "x'*y/(x'*x)",
    r"W^{(2)} \sigma(a)": "W2*sigma(a)",
}

NORMS = {
    r"\|x\|": "norm2(x)",
    r"\|x\|_2": "norm2(x)",
    r"\|Xw - z\|_2^2": "norm2(X*w - z)^2",
    r"\|Xw - z\|^2_2": "norm2(X*w - z)^2",
    r"\|X\|_F": "norm2(X)",
    r"\|X\|_F^2": "norm2(X)^2",
    r"\|X\|_{F}^{2}": "norm2(X)^2",
    r"\|X\|_{\mathrm{F}}^2": "norm2(X)^2",
    r"\lVert X \rVert_F^2": "norm2(X)^2",
    r"\lVert z \rVert_3": "norm(z, 3)",
    r"\lVert z \rVert_\infty": "max(abs(z))",
    r"\left\| X w - z \right\|^2": "norm2(X*w - z)^2",
    r"\left\lVert X w - z \right\rVert_2^2": "norm2(X*w - z)^2",
    r"\bigl\| X w - z \bigr\|^2": "norm2(X*w - z)^2",
    r"\big\| X w - z \big\|^2": "norm2(X*w - z)^2",
    r"\Vert X w - z \Vert^2": "norm2(X*w - z)^2",
    r"||X w - z||^2": "norm2(X*w - z)^2",
    r"||x||_1": "norm1(x)",
    r"\|x\|_1": "norm1(x)",
    r"\|x\|_{1}": "norm1(x)",
    r"\norm{x}_2^2": "norm2(x)^2",
    r"\abs{a}": "abs(a)",
    r"\frac{1}{2}\|x\|^2 + \frac{\lambda}{2}\|w\|^2": "norm2(x)^2/2 + lambda/2*norm2(w)^2",
    r"\|x\| \|y\|": "norm2(x)*norm2(y)",
    r"\lambda \|w\|_2": "lambda*norm2(w)",
    r"\|a x\| + |a| \|x\|": "norm2(a*x) + abs(a)*norm2(x)",
    r"|a|": "abs(a)",
    r"|x|": "abs(x)",
    r"|a||c|": "abs(a)*abs(c)",
    r"\left|a - c\right|": "abs(a - c)",
    r"\lvert a \rvert": "abs(a)",
    r"|A|": "det(A)",
    r"\left|A B\right|": "det(A*B)",
    r"\det A": "det(A)",
    r"\det(A)": "det(A)",
    r"\det(A B)": "det(A*B)",
    r"\det(A)^{-1}": "1/det(A)",
    r"\log\det A": "logdet(A)",
    r"\log\det(A)": "logdet(A)",
    r"\log \det \Sigma": "logdet(Sigma)",
    r"\ln\det(A)": "logdet(A)",
    r"\ln \mathrm{det}(A)": "logdet(A)",
    r"\log|A|": "logdet(A)",
    r"\log\left|\Sigma\right|": "logdet(Sigma)",
    r"\ln |\det A|": "logdet(A)",
    r"\log(\det(A))": "log(det(A))",
    r"\log\det(A) \operatorname{tr}(B)": "logdet(A)*tr(B)",
    r"c \log\det(A) x": "c*logdet(A)*x",
    r"|x^\top y|": "abs(x'*y)",
    r"\log|a|": "log(abs(a))",
    r"\bigl| |a| - |c| \bigr|": "abs(abs(a) - abs(c))",
}

FUNCTIONS = {
    r"\exp(x)": "exp(x)",
    r"\exp\left(-x\right)": "exp(-x)",
    r"\exp\{-a\}": "exp(-a)",
    r"\exp\left\{ -\frac{1}{2} x^\top A x \right\}": "exp(-x'*A*x/2)",
    r"\exp x": "exp(x)",
    r"\exp{x}": "exp(x)",
    r"e^{x}": "exp(x)",
    r"e^x": "exp(x)",
    r"e^{-x^\top x}": "exp(-x'*x)",
    r"\mathrm{e}^{-a}": "exp(-a)",
    r"\frac{1}{1 + e^{-a}}": "1/(1 + exp(-a))",
    r"\log x": "log(x)",
    r"\ln(x)": "log(x)",
    r"\ln x + \ln y": "log(x) + log(y)",
    r"\log x \odot y": "log(x) .* y",
    r"y^\top \log x": "y'*log(x)",
    r"\log 2\pi": "log(2*pi)",
    r"\frac{n}{2}\log 2\pi a": "n/2*log(2*pi*a)",
    r"\log_2 a": "log2(a)",
    r"\log_{10}(a)": "log10(a)",
    r"\sin x": "sin(x)",
    r"\sin 2 x": "sin(2*x)",
    r"\sin^2 x": "sin(x) .^ 2",
    r"\sin^2(x) + \cos^2(x)": "sin(x) .^ 2 + cos(x) .^ 2",
    r"\sin^{-1}(a)": "arcsin(a)",
    r"\sin a \cos c": "sin(a)*cos(c)",
    r"\tanh(X w)": "tanh(X*w)",
    r"\operatorname{tanh}(X w)": "tanh(X*w)",
    r"\operatorname{sigmoid}(X w)": "sigmoid(X*w)",
    r"\mathrm{sigmoid}(X w)": "sigmoid(X*w)",
    r"\operatorname{relu}(X)": "relu(X)",
    r"\mathrm{ReLU}(X W + b)": "relu(X*W + b)",
    r"\text{ReLU}(X W + b)": "relu(X*W + b)",
    r"\max(0, X)": "relu(X)",
    r"\max(X, 0)": "relu(X)",
    r"\max\{0, X\}": "relu(X)",
    r"\max\left(X W + b, 0\right)": "relu(X*W + b)",
    r"\min(x, y)": "min(x, y)",
    r"\operatorname{softmax}(X W)": "softmax(X*W)",
    r"\mathrm{softmax}(X W + b)": "softmax(X*W + b)",
    r"\operatorname{logsumexp}(X)": "logsumexp(X)",
    r"\operatorname{diag}(x)": "diag(x)",
    r"\operatorname{diag}(A)": "diag(A)",
    r"\operatorname{Diag}(x) A": "diag(x)*A",
    r"\operatorname{diag}(x) \operatorname{diag}(y)": "diag(x)*diag(y)",
    r"\operatorname{vec}(X)": "vec(X)",
    r"\operatorname{vec} X": "vec(X)",
    r"\mathrm{vec}(X)^\top \mathrm{vec}(Y)": "vec(X)'*vec(Y)",
    r"\operatorname{vec}^\top(X) \operatorname{vec}(Y)": "vec(X)'*vec(Y)",
    r"\operatorname{vec}(X)^{\mathsf T}\operatorname{vec} X": "vec(X)'*vec(X)",
    r"\operatorname{sign}(x)": "sign(x)",
    r"\operatorname{sgn}(x)": "sign(x)",
    r"\operatorname{sum}(X)": "sum(X)",
    r"\operatorname{mean}(X)": "mean(X)",
    r"\operatorname{erf}(a)": "erf(a)",
    r"\arctan(a)": "arctan(a)",
    r"\sigma(X w)": "sigma(X*w)",
    r"\sigma\left(X w\right)": "sigma(X*w)",
    r"\sigma'(X w)": "sigma'(X*w)",
    r"\sigma''(a)": "sigma''(a)",
    r"\sigma^{\prime}(X w)": "sigma'(X*w)",
    r"\phi(\sigma(X w))": "phi(sigma(X*w))",
    r"\varphi(x)": "phi(x)",
    r"f(X)": "f(X)",
    r"f'(X) \odot Y": "f'(X) .* Y",
    r"f(x)^\top y": "f(x)'*y",
    r"\operatorname{rows}(X) a": "rows(X)*a",
    r"\operatorname{inv}(A) x": "inv(A)*x",
    r"exp(x)": "exp(x)",
    r"Atr(B)": "A*tr(B)",
}

NAMES = {
    r"y_{pred}": "y_pred",
    r"y_{\mathrm{pred}}": "y_pred",
    r"y_{\text{pred}}": "y_pred",
    r"y_\text{pred}": "y_pred",
    r"y_\mathrm{pred}": "y_pred",
    r"\mathrm{y\_pred}": "y_pred",
    r"y_pred": "y_pred",
    r"\mathbf{y}_{pred}": "y_pred",
    r"\mathrm{hidden} + y_{pred}": "hidden + y_pred",
    r"\text{hidden} \odot y_{pred}": "hidden .* y_pred",
    r"\mathit{hidden}": "hidden",
    r"hidden": "hidden",
    r"hidden W_2": "hidden*W2",
    r"scoresW2": "scores*W2",
    r"reg\, x": "reg*x",
    r"0.5 reg \|W\|^2": "0.5*reg*norm2(W)^2",
    r"\operatorname{hidden} W_2": "hidden*W2",
    r"w_1": "w1",
    r"w_{1}": "w1",
    r"W_2": "W2",
    r"W_{2}^\top": "W2'",
    r"W^\top_2": "W2'",
    r"W^{(2)}": "W2",
    r"W^{[2]} W_2": "W2*W2",
    r"W2": "W2",
    r"y_{pred}W2W2": "y_pred*W2*W2",
    r"T_2^\top y_{pred}": "T_2'*y_pred",
    r"h_{relu}": "h_relu",
    r"h_relu": "h_relu",
    r"\lambda x": "lambda*x",
    r"\alpha\beta": "alpha*beta",
    r"\boldsymbol\beta^\top x": "beta'*x",
    r"\boldsymbol{\mu}": "mu",
    r"\Sigma^{-1} \mu": "inv(Sigma)*mu",
    r"(x - \mu)^\top \Sigma^{-1} (x - \mu)": "(x - mu)'*inv(Sigma)*(x - mu)",
    r"\hat{y}": "y_hat",
    r"\hat y": "y_hat",
    r"\hat{\mathbf{y}}": "y_hat",
    r"\|z - \hat{y}\|^2": "norm2(z - y_hat)^2",
    r"\varrho x": "rho*x",
    r"λ x": "lambda*x",
    r"N a": "N*a",
    r"D_{in} a": "D_in*a",
    r"D_{\mathrm{in}} a": "D_in*a",
    r"\mathrm{loss} / N": "loss/N",
    r"loss/N": "loss/N",
    r"\mathcal{L}": "L",
    r"I x": "eye(n)*x",
    r"I_n + A": "eye(n) + A",
    r"I_{n} + A": "eye(n) + A",
    r"\mathbf{I}_n + A": "eye(n) + A",
    r"A + \lambda\mathbf{I}": "A + lambda*eye(n)",
    r"I_{mn}": "eye(m*n)",
    r"I_{m n}": "eye(m*n)",
    r"I_{n \times n}": "eye(n)",
    r"I_3": "eye(3)",
    r"K_{m,n} \operatorname{vec}(X)": "commutation(m, n)*vec(X)",
    r"K_{mn} \operatorname{vec}(X)": "commutation(m, n)*vec(X)",
}

ONES = {
    r"\mathbf{1}^\top x": "ones(n)'*x",
    r"\mathbf 1^\top x": "ones(n)'*x",
    r"\mathbf{1}_n^\top x": "ones(n)'*x",
    r"\mathbf{1}^\top_n x": "ones(n)'*x",
    r"\mathbf{1}_{n}^{T} A \mathbf{1}_n": "ones(n)'*A*ones(n)",
    r"\mathbf{1}^\top X \mathbf{1}": "ones(m)'*X*ones(n)",
    r"\mathbb{1}^\top x": "ones(n)'*x",
    r"\boldsymbol{1}^\top x": "ones(n)'*x",
    r"\bm{1}^\top x": "ones(n)'*x",
    r"\vec{1}^\top x": "ones(n)'*x",
    r"1^\top x": "ones(n)'*x",
    r"1^T X 1": "ones(m)'*X*ones(n)",
    r"1_n^\top x": "ones(n)'*x",
    r"\exp(X) 1": "exp(X)*ones(n)",
    r"\exp(X) \mathbf{1}": "exp(X)*ones(n)",
    r"\frac{1}{N} \mathbf{1}^\top x": "1/N*ones(n)'*x",
    r"\mathbf{1}_m r + X": "ones(m)*r + X",
    r"X W + \mathbf{1} b": "X*W + ones(m)*b",
    r"X W + \mathbf{1}_m b": "X*W + ones(m)*b",
    r"\mathbf{1}_{m \times n} + X": "ones(m, n) + X",
    r"X + \mathbf{1}_m \mathbf{1}_n^\top": "X + ones(m)*ones(n)'",
    r"\mathbf{1}(X > 0)": "1(X > 0)",
    r"\mathbf{1}(X \ge 0)": "1(X >= 0)",
    r"\mathbf{1}\left(X \geq 0\right)": "1(X >= 0)",
    r"\mathbb{1}(X > 0)": "1(X > 0)",
    r"\mathbb{1}[X > 0]": "1(X > 0)",
    r"\mathbb{1}\{X > 0\}": "1(X > 0)",
    r"\mathbb{1}_{X > 0}": "1(X > 0)",
    r"\mathbf{1}_{\{X > 0\}}": "1(X > 0)",
    r"\mathbb{I}(X > 0)": "1(X > 0)",
    r"1(X > 0)": "1(X > 0)",
    r"1(X \ge 0) \odot Y": "1(X >= 0) .* Y",
    r"\mathbf{1}(X W \le 0)": "1(X*W <= 0)",
    r"[X > 0] \odot Y": "1(X > 0) .* Y",
    r"\mathbf{1}(x = y)": "1(x == y)",
    r"\mathbf{1} (x^\top y) + x": "ones(n)*(x'*y) + x",
    r"\mathbf{0} + X": "zeros(m, n) + X",
    r"\mathbf{1} - x": "ones(n) - x",
    r"1 - x": "1 - x",
    r"1 \oslash x": "1 ./ x",
    r"C (I - \tfrac{1}{m} \mathbf{1}\mathbf{1}^\top) X": "C*(eye(m) - ones(m)*ones(m)'/m)*X",
    r"C (I - \tfrac{1}{m} \mathbf{11}^\top) X": "C*(eye(m) - ones(m)*ones(m)'/m)*X",
}

SUMS = {
    r"\sum_{i=1}^{n} x_i": "sum(x)",
    r"\sum_i x_i": "sum(x)",
    r"\sum\nolimits_i x_i": "sum(x)",
    r"\sum\limits_{i=1}^n x_i": "sum(x)",
    r"\sum^{n}_{i=1} x_i": "sum(x)",
    r"\sum_i x_i y_i": "x'*y",
    r"\sum_{i=1}^n x_i^2": "sum(x .^ 2)",
    r"\sum_i (x_i - y_i)^2": "sum((x - y) .^ 2)",
    r"\frac{1}{N}\sum_i (x_i - y_i)^2": "sum((x - y) .^ 2)/N",
    r"\sum_i \log x_i": "sum(log(x))",
    r"\sum_i \log(1 + e^{-x_i y_i})": "sum(log(1 + exp(-x .* y)))",
    r"-\sum_{i=1}^n y_i \log x_i": "-sum(y .* log(x))",
    r"-\sum_i \bigl( y_i \log x_i + (1 - y_i) \log (1 - x_i) \bigr)": "-sum(y .* log(x) + (1 - y) .* log(1 - x))",
    r"\sum_{i=1}^m (X_i w - z_i)^2": "norm2(X*w - z)^2",
    r"\sum_{i=1}^m (w^\top v_i - z_i)^2": "norm2(V*w - z)^2",
    r"\sum_{i=1}^m \left(z_i - \mathbf{v}_i^\top w\right)^2": "norm2(z - V*w)^2",
    r"\sum_{i,j} X_{ij} Y_{ij}": "sum(X .* Y)",
    r"\sum_{ij} X_{ij}^2": "norm2(X)^2",
    r"\sum_{i=1}^m \sum_{j=1}^n X_{ij}": "sum(X)",
    r"\sum_{i}\sum_{j} x_i A_{ij} y_j": "x'*A*y",
    r"\sum_{i,j} x_i A_{i,j} x_j": "x'*A*x",
    r"\sum_j A_{jj}": "tr(A)",
    r"\sum_i A_{ii} x_i": "diag(A)'*x",
    r"\sum_{i=1}^m (X_i - Y_i)": "colsum(X - Y)",
    r"\sum_i (X_i^\top - Y_i^\top)": "colsum(X - Y)'",
    r"\frac{1}{N}\sum_{i=1}^m (X_i^\top - Y_i^\top) ": "(colsum(X - Y)/N)'",
    r"\sum_{i=1}^m (X - Y)_i": "colsum(X - Y)",
    r"\sum_{ij} (A B)_{ij}": "sum(A*B)",
    r"\sum_i (A x)_i^2": "norm2(A*x)^2",
    r"\sum_i x_i x_i": "x'*x",
    r"\sum_{i=1}^m X_i^\top X_i": "X'*X",
    r"\sum_{i=1}^m X_i^\top Y_i": "X'*Y",
    r"\sum_{i=1}^m z_i X_i": "z'*X",
    r"\sum_i z_i X_i^\top": "X'*z",
    r"\sum_i \|X_i\|^2": "norm2(X)^2",
    r"\sum_i \|X_i\|_2": "sum(sqrt(rowsum(X .^ 2)))",
    r"\sum_i \|X_i - r\|^2": "norm2(X - r)^2",
    r"\sum_i \sigma(X_i w)": "sum(sigma(X*w))",
    r"\sum_i \max(0, 1 - x_i y_i)": "sum(relu(1 - x .* y))",
    r"\sum_i X_{i,:}": "colsum(X)",
    r"\sum_j X_{:,j}": "rowsum(X)",
    r"\sum_i \operatorname{tr}(X_i^\top X_i)": "tr(X'*X)",
    r"\sum_{i=1}^n c": "n*c",
    r"\sum_{i=0}^{n-1} x_i": "sum(x)",
    r"\Sigma_i (X_i - Y_i)": "colsum(X - Y)",
    r"\sum (z - X w)^2": "sum((z - X*w) .^ 2)",
    r"\sum X": "sum(X)",
    r"\sum_i x_i + c": "sum(x) + c",
    r"\log \sum_i e^{x_i}": "log(sum(exp(x)))",
    r"\frac{e^x}{\sum_i e^{x_i}}": "exp(x)/sum(exp(x))",
    r"\sum_i y_{\mathrm{pred},i}": "colsum(y_pred)",
    r"\sum_i w_i \sum_j A_{ij} x_j": "w'*A*x",
    r"\sum_{i=1}^n |x_i|": "norm1(x)",
    r"\sum_i 1(x_i > 0)": "sum(1(x > 0))",
    r"∑_i x_i": "sum(x)",
    r"\sum_{i}^{} x_i": "sum(x)",
    r"\sum_{i=1}^m (z^{(i)} - w^\top v^{(i)})^2": "norm2(z - V*w)^2",
    r"\sum_{i=1}^m \sum_j (v_j^{(i)})^2": "norm2(V)^2",
    r"\sum_{i=1}^m \sum_j (v^{(i)}_j - w_j)^2": "norm2(V - w')^2",
    r"\sum_i (v_i - w)^\top S (v_i - w)": "tr((V - w')*S*(V - w')')",
    r"-\sum_{i=1}^m\sum_{j=1}^p T_{ij} \log \operatorname{softmax}(X W)_{ij}": "-sum(T .* log(softmax(X*W)))",
    r"\sum_i (X W)_{i,:}": "colsum(X*W)",
    r"\sum_j X_{:j}": "rowsum(X)",
    r"\sum_i X_{i\cdot}": "colsum(X)",
    r"\sum_{i=1}^m \max(0, 1 - z_i (X_i w + a))": "sum(relu(1 - z .* (X*w + a)))",
    r"\frac{1}{N}\sum_{i=1}^m \log\left(1 + e^{-z_i X_i w}\right)": "sum(log(1 + exp(-z .* (X*w))))/N",
    r"\sum_i z_i - \frac12 \sum_{i,j} z_i z_j t_i t_j X_i X_j^\top": "sum(z) - (z .* t)'*X*X'*(z .* t)/2",
    r"\sum_{i=1}^m \bigl( z_i - a - \sum_{j=1}^n X_{ij} w_j \bigr)^2": "sum((z - a - X*w) .^ 2)",
    r"\frac{\sum_i x_i y_i}{\sqrt{\sum_i x_i^2}\sqrt{\sum_i y_i^2}}": "x'*y/norm2(x)/norm2(y)",
    r"\sum_i \exp(X_i w) / \sum_j \exp(X_j y)": "sum(exp(X*w))/sum(exp(X*y))",
}

DIFFERENTIALS = {
    r"dX": "dX",
    r"d X": "dX",
    r"d\,X": "dX",
    r"\mathrm{d}X": "dX",
    r"\mathrm d X": "dX",
    r"\mathrm{d}\mathbf{X}": "dX",
    r"\operatorname{d}\!X": "dX",
    r"{\rm d}X": "dX",
    r"\mathrm{dX}": "dX",
    r"d(X)": "d(X)",
    r"d(A x)": "d(A*x)",
    r"\mathrm{d}(A x)": "d(A*x)",
    r"\mathrm{d}\left(A x\right)": "d(A*x)",
    r"dX^\top": "dX'",
    r"dX^T": "dX'",
    r"dX'": "dX'",
    r"dX'X": "dX'*X",
    r"dA^{-1}": "d(inv(A))",
    r"d A^{-1}": "d(inv(A))",
    r"d(A)^{-1}": "d(inv(A))",
    r"dA^{-\top}": "d(inv(A))'",
    r"dA^2": "d(A^2)",
    r"d\|x\|^2": "d(norm2(x)^2)",
    r"d\operatorname{tr}(AB)": "d(tr(A*B))",
    r"\mathrm{d}\operatorname{tr}(AB)": "d(tr(A*B))",
    r"d\operatorname{tr} A B": "d(tr(A*B))",
    r"dtr(AB)": "d(tr(A*B))",
    r"d\operatorname{vec}(X)": "d(vec(X))",
    r"d\,\mathrm{vec}(X)": "d(vec(X))",
    r"dvec(X)": "d(vec(X))",
    r"d\log\det A": "d(logdet(A))",
    r"d\det(A)": "d(det(A))",
    r"\operatorname{tr}(C\,dX\,B)": "tr(C*dX*B)",
    r"\operatorname{tr}(C dX B)": "tr(C*dX*B)",
    r"\operatorname{tr}(Y^\top dX)": "tr(Y'*dX)",
    r"\operatorname{tr}(2 X^\top dX)": "tr(2*X'*dX)",
    r"\operatorname{tr}(dX^\top X)": "tr(dX'*X)",
    r"\operatorname{tr}(A^\top \mathrm{d} A)": "tr(A'*dA)",
    r"dx^\top A x + x^\top A\,dx": "dx'*A*x + x'*A*dx",
    r"dXw": "dX*w",
    r"X dw + dX w": "X*dw + dX*w",
    r"-A^{-1}\,dA\,A^{-1}": "-inv(A)*dA*inv(A)",
    r"dy_{pred}": "dy_pred",
    r"d y_{\mathrm{pred}}": "dy_pred",
    r"dh_{relu}": "dh_relu",
    r"dscores": "dscores",
    r"d\mathrm{hidden}\, W_2": "dhidden*W2",
    r"dW_2": "dW2",
    r"dw_1": "dw1",
    r"\mathbf{1}(X \ge 0) \odot dX": "1(X >= 0) .* dX",
    r"d\sigma(X w)": "d(sigma(X*w))",
    r"\sigma'(X w) \odot d(X w)": "sigma'(X*w) .* d(X*w)",
    r"d\lambda": "dlambda",
    r"d\hat{y}": "dy_hat",
    r"d \mathrm{loss}": "dloss",
    r"dloss": "dloss",
    r"\dd X": "dX",
    r"\partial X": "dX",
    r"\operatorname{Tr}(A^{-1} \partial A)": "tr(inv(A)*dA)",
    r"d[\operatorname{tr}(A B)]": "d(tr(A*B))",
    r"A : dB": "inner(A, dB)",
}

LAYOUT = {
    r"$A x$": "A*x",
    r"$$A x$$": "A*x",
    r"\[ A x \]": "A*x",
    r"\( A x \)": "A*x",
    r"A x.": "A*x",
    r"A x,": "A*x",
    "A x\n": "A*x",
    "\n\n  A x  \n": "A*x",
    "A\\;\\quad x": "A*x",
    "A~x": "A*x",
    "A x % a remark": "A*x",
    "A % one\n + B % two\n": "A + B",
    "A +\n B": "A + B",
    "A\n + B": "A + B",
    "A\n - B": "A - B",
    "a\n\\odot c": "a*c",
    r"\begin{aligned} A x \end{aligned}": "A*x",
    r"\begin{equation} A x \label{eq:a} \end{equation}": "A*x",
    r"\begin{align*} A \\ + B \end{align*}": "A + B",
    r"\begin{aligned} & A x \\ & \quad - B x \end{aligned}": "A*x - B*x",
    r"\begin{aligned}\operatorname{tr}\bigl(A \\ &\qquad + B\bigr)\end{aligned}": "tr(A + B)",
    r"\displaystyle A x \tag{1}": "A*x",
    r"A x \qquad (1)": "A*x",
    r"A x \qquad \text{(by definition)}": "A*x",
    r"\eqalign{ A &+ B \cr }": "A + B",
    r"\begin{eqnarray} A \\ + B \end{eqnarray}": "A + B",
    r"\begin{align} A x \nonumber \end{align}": "A*x",
}

TABLES = {
    "traces": TRACES,
    "transposes": TRANSPOSES,
    "products": PRODUCTS,
    "norms": NORMS,
    "functions": FUNCTIONS,
    "names": NAMES,
    "ones": ONES,
    "sums": SUMS,
    "differentials": DIFFERENTIALS,
    "layout": LAYOUT,
}
TWINS = [
    pytest.param(latex, math, id=f"{theme}: {latex}")
    for theme, table in TABLES.items()
    for latex, math in table.items()
]


def objective(source: str, notation: str = "latex", where: str | None = WHERE) -> Expr:
    found = read_model(source, notation, where).objective
    assert found is not None
    return found


@pytest.mark.parametrize(("latex", "math"), TWINS)
def test_latex_and_its_twin_are_one_expression(latex: str, math: str) -> None:
    assert same(objective(latex), objective(math, "math"))


TWO_MEANINGS = [
    (r"\sqrt[3]{G}", "a root of a square matrix", r"G^{\odot 1/n}"),
    (r"\log_2(G)", "the matrix logarithm", r"^{\odot}"),
    (r"\operatorname{gamma}(G)", "function of the matrix", r"\operatorname{gamma}^{\odot}(G)"),
    (r"\lVert K K^\top - G \rVert_2^2", "the spectral norm", r"_F"),
    (r"\operatorname{tr}(\exp(G) \odot F)", "the matrix exponential", "entry by entry"),
    (r"\operatorname{tr}(\sin^2(G) \odot F)", "function of the matrix", "entry by entry"),
    (r"u^\dagger G u", "conjugate transpose", r"u^\top"),
    (r"(G u)^{\dagger} u", "conjugate transpose", r"^\top"),
]


OVER_INDICES = [
    (r"\max_i x_i", "max(x)"),
    (r"\min_{i} |x_i - y_i|", "min(abs(x - y))"),
    (r"\prod_{i=1}^n x_i", "prod(x)"),
    (r"\max_j \, (A x)_j", "max(A*x)"),
    (r"\sum_i \max_j A_{ij}", "sum(rowmax(A))"),
    (r"\max_i \sum_j |A_{ij}|", "max(rowsum(abs(A)))"),
    (r"\prod_i A_{ii}", "prod(diag(A))"),
    (r"\sum_j \prod_i A_{ij}", "sum(rowprod(A'))"),
    (r"\|A\|_{S_p}", "norm(A, p)"),
    (r"\|A\|_{S_1} + \|A\|_{\mathrm{op}}", "norm_nuc(A) + norm_spec(A)"),
    (r"\|A\|_{S_\infty} \|A\|_{S_3}", "norm_spec(A)*norm(A, 3)"),
    (r"\operatorname{sort}(A, \mathrm{axis}=0)", "rowsort(A')'"),
    (r"\mathbb{E}_{z \sim \mathcal{N}(x, S)}[z^\top A z]", "E[z ~ normal(x, S)](z'*A*z)"),
    (r"2 \mathbb E_{z \sim N(x, S)} \|A z - y\|^2 + 1", "2*E[z ~ normal(x, S)](norm2(A*z - y)^2) + 1"),
    (r"\mathbb{E}_{\mathbf{z} \sim \text{Bern}(x)}\left(y^\top z\right)^2", "E[z ~ bernoulli(x)](y'*z)^2"),
]


@pytest.mark.parametrize(("latex", "math"), OVER_INDICES)
def test_what_runs_over_an_index_or_a_draw_is_read_whole(latex: str, math: str) -> None:
    where = "A: matrix(n, n); S: symmetric(n); x, y: vector(n); p: scalar"
    assert same(objective(latex, "latex", where), objective(math, "math", where))


TAKEN_WHOLE = [
    (r"\operatorname{tr}(C^\top e^{sF})", "tr(C'*expm(s*F))"),
    (r"\operatorname{tr}(\log(F^\top G F))", "tr(logm(F'*G*F))"),
    (r"\operatorname{tr}(H\sqrt{G})", "tr(H*sqrtm(G))"),
    (r"\sqrt{F F^\top}", "sqrtm(F*F')"),
    (r"\operatorname{tr}(\cosh(G))", "tr(coshm(G))"),
    (r"u^\top \sin(G) u", "u'*sinm(G)*u"),
    (r"\sin^2(G)", "sinm(G)^2"),
    (r"\operatorname{tr}(\exp(T))", "tr(expm(T))"),
    (r"\|K\|_2", "norm_spec(K)"),
    (r"\|K\|_*", "norm_nuc(K)"),
    (r"\lambda_{\max}(G) + \lambda_{\min}(H)", "eigmax(G) + eigmin(H)"),
    (r"\operatorname{tr}(G^{1/2})", "tr(sqrtm(G))"),
    (r"\operatorname{tr}(F^{p - 1})", "tr(F^(p - 1))"),
]
"""Functions of a square matrix are those of the matrix as a whole, as books mean them."""


@pytest.mark.parametrize(("latex", "math"), TAKEN_WHOLE)
def test_a_function_of_a_square_matrix_is_that_of_the_whole(latex: str, math: str) -> None:
    where = "C, F, T: matrix(r, r); G, H: symmetric(r); s: scalar; u: vector(r); K: matrix(r, q); p: dim"
    assert same(objective(latex, "latex", where), objective(math, "math", where))


def test_how_a_function_of_a_square_matrix_is_taken_is_said() -> None:
    d = md.derive(r"\operatorname{tr}(e^{F})", "F", where="F: matrix(r, r)", notation="latex")
    assert "exp of a square matrix is taken as expm" in d.conventions


@pytest.mark.parametrize(("latex", "meaning", "written"), TWO_MEANINGS)
def test_what_books_mean_otherwise_is_refused_by_name(latex: str, meaning: str, written: str) -> None:
    where = "C, F: matrix(r, r); G, H: symmetric(r); s: scalar; u: vector(r); K: matrix(r, q)"
    with pytest.raises(UnsupportedError) as caught:
        objective(latex, "latex", where)
    assert meaning in caught.value.reason and written in caught.value.reason
    assert caught.value.places


@pytest.mark.parametrize(("where", "latex", "math"), PAIRS, ids=[latex for _, latex, _ in PAIRS])
def test_latex_as_it_is_published(where: str | None, latex: str, math: str) -> None:
    assert same(objective(latex, "latex", where), objective(math, "math", where))


STYLES = {
    "upright transpose": lambda source: re.sub(r"\^\\top\b", r"^{\\mathsf{T}}", source),
    "character": lambda source: re.sub(r"\^\\top\b", "ᵀ", source),
    "fractions": lambda source: source.replace(r"\frac", r"\tfrac"),
    "logarithms": lambda source: re.sub(r"\\log(?![a-z_])", r"\\ln", source),
    "comment": lambda source: source + " % x = $ {",
    "display": lambda source: rf"\[{source}\]",
    "environment": lambda source: f"\\begin{{align*}}\n  & {source} \\nonumber\n\\end{{align*}}",
    "style": lambda source: rf"{{\displaystyle {source}}}",
    "brackets": lambda source: rf"\Bigl( {source} \Bigr)",
}
"""Ways to write the same; each is taken where the source is one line without displays of its own."""
ONE_LINE = [pair for pair in PAIRS if not re.search(r"[\n$=%∈]|\\\\|\\in |\\begin|\\\[|where|\\ge ", pair[1])]


@settings(max_examples=200)
@given(st.sampled_from(ONE_LINE), st.sampled_from(sorted(STYLES)))
def test_style_has_no_meaning(pair: tuple[str | None, str, str], style: str) -> None:
    where, latex, math = pair
    assert same(objective(STYLES[style](latex), "latex", where), objective(math, "math", where))


def same(left: Expr, right: Expr) -> bool:
    """Whether two expressions are one, have one normal form, or agree at a random point."""
    if left is right:
        return True
    left, right = E.expand(left), resized(E.expand(left), E.expand(right))
    normal = Rewriter()
    return normal(left) is normal(right) or same_values(left, right)


def resized(left: Expr, right: Expr) -> Expr:
    """An expression with the sizes that its names have in another one: of undeclared names they are made up."""
    shapes = {node.data[0]: node.shape for node in E.topo(left) if node.op == "variable"}
    sizes = {
        old.name: new
        for node in E.topo(right)
        if node.op == "variable" and node.data[0] in shapes
        for old, new in zip(node.shape, shapes[node.data[0]], strict=True)
        if old.name
    }
    return E.substitute([right], {}, sizes)[0]


def same_values(left: Expr, right: Expr) -> bool:
    """Whether two expressions agree at one random point."""
    nodes = list(E.topo(left, right))
    names = sorted({name for node in nodes for size in (*node.shape, *dims(node)) for name in size.names})
    sizes = {name: number for number, name in enumerate(names, 3)}
    random = np.random.default_rng(0)
    known = {
        node: random.uniform(0.2, 0.9, [size.value(sizes) for size in node.shape])
        for node in nodes
        if node.op == "variable"
    }
    functions = {node.data[0]: (np.sin, np.cos) for node in nodes if node.op == "apply"}
    found = values([left, right], known, sizes, functions)
    return left.shape == right.shape and np.allclose(found[left], found[right])


def dims(node: Expr) -> tuple[Size, ...]:
    return (node.data,) if node.op == "dim" else ()


# models

MODELS = [
    (
        "X: matrix(n, p); w: vector(p); y: vector(n)",
        "h = X w\n\\|h - y\\|^2",
        "h = X*w\nnorm2(h - y)^2",
    ),
    (
        None,
        "X \\in \\mathbb{R}^{N \\times D_{in}}, \\quad w_1 \\in \\mathbb{R}^{D_{in} \\times H}\n"
        "y \\in \\mathbb{R}^N; w_2 \\in \\mathbb{R}^{H \\times 1}\n"
        "h = X w_1\nh_{\\mathrm{relu}} = \\max(0, h)\nloss = \\|h_{relu} w_2 - y\\|^2",
        "X: matrix(N, D_in); w_1: matrix(D_in, H); y: vector(N); w_2: vector(H)\n"
        "h = X*w_1\nh_relu = relu(h)\nloss = norm2(h_relu*w_2 - y)^2",
    ),
    (
        "X: matrix(n, d); w1: matrix(d, k); b: row(k); Y: onehot(n, k)",
        "\\begin{aligned}\nh &= X w_1 + b \\\\\nq &= \\operatorname{softmax}(h) \\\\\n"
        "\\ell &= -\\frac{1}{n} \\mathbf{1}^\\top (Y \\odot \\log q) \\mathbf{1}\n\\end{aligned}",
        "h = X*w1 + b\nq = softmax(h)\nell = -1/n*ones(n)'*(Y .* log(q))*ones(k)",
    ),
    (
        "X: matrix(n, d); w: vector(d); y: vector(n)",
        "\\sigma(z) = \\frac{1}{1 + e^{-z}}\nq = \\sigma(X w)\n-y^\\top \\log q - (1 - y)^\\top \\log(1 - q)",
        "sigma(z) := 1/(1 + exp(-z))\nq = sigma(X*w)\n-y'*log(q) - (1 - y)'*log(1 - q)",
    ),
    (
        "X: matrix(n, d); W: matrix(d, k); Y: matrix(n, k); lambda: scalar",
        "L(W) = \\|X W - Y\\|_F^2 + \\lambda \\|W\\|_F^2\nL(W)",
        "L = norm2(X*W - Y)^2 + lambda*norm2(W)^2\nL",
    ),
    (
        "A: matrix(m, n); b: vector(m); x: vector(n)",
        "f(x) := \\|A x - b\\|_2^2",
        "f = norm2(A*x - b)^2",
    ),
    (
        "k: dim; Sigma, S: symmetric(k)",
        "\\ell = -\\frac{k}{2}\\log(2\\pi) - \\frac{k}{2} \\log\\det\\Sigma\n"
        "      - \\frac{1}{2}\\operatorname{tr}(\\Sigma^{-1} S)",
        "ell = -k/2*log(2*pi) - k/2*logdet(Sigma) - tr(inv(Sigma)*S)/2",
    ),
    (
        "x: vector(n)",
        "loss = \\|x\\|^2, \\quad loss2 = loss + 1, \\quad \\text{total cost} = loss + loss2.",
        "loss = norm2(x)^2\nloss2 = loss + 1\ntotal_cost = loss + loss2",
    ),
    (
        "X: matrix(n, d); w: vector(d)",
        "$h = X w$\n\n$$\\text{where } q = h^\\top h$$\n",
        "h = X*w\nq = h'*h",
    ),
    (
        "A: matrix(n, n); x: vector(n)",
        "(1)\\quad L = q^\\top q, \\quad\\text{where } q = A x",
        "q = A*x\nL = q'*q",
    ),
    (
        "S: symmetric(n); x: vector(n)",
        "\\begin{equation*}\n  q\n  = x^\\top S x\n  + \\operatorname{tr}(S)\n\\end{equation*}",
        "q = x'*S*x + tr(S)",
    ),
    (
        None,
        "A, B \\in \\mathbb{R}^{n \\times n}\na \\in \\mathbb{R}\nQ \\in \\mathbb{S}^n\na A B Q",
        "A, B: matrix(n, n)\na: scalar\nQ: symmetric(n)\na*A*B*Q",
    ),
]  # fmt: skip


DOCUMENTS = [
    (
        "Let $X \\in \\mathbb{R}^{n \\times d}$, $w \\in \\mathbb{R}^d$ and $y \\in \\mathbb{R}^n$.\n"
        "$$\\|X w - y\\|_2^2$$",
        "X: matrix(n, d); w: vector(d); y: vector(n)\nnorm2(X*w - y)^2",
    ),
    (
        "\\documentclass[11pt]{article}\n\\usepackage{amsmath} % $\n\\begin{document}\n"
        "\\section{Loss} It costs 5\\$ that\n"
        "\\begin{align}\n h &= A x\\\\ q &= h^\\top h \\label{q}\n\\end{align}\nwhere $A$ is square.\n\\end{document}",
        "h = A*x\nq = h'*h",
    ),
    ("Differentiate $x^\\top A x$.", "x'*A*x"),
    ("What is the gradient of \\[\n x^\\top\n A x\n\\] in $x$?", "x'*A*x"),
    ("\\|X w\\|^2, \\quad X \\in \\mathbb{R}^{n \\times d}", "X: matrix(n, d)\nnorm2(X*w)^2"),
    ("\\sum_{i=1}^n (x_i^\\top w)^2, \\text{ where } X \\in \\R^{n \\times d}", "X: matrix(n, d)\nnorm2(X*w)^2"),
    ("q \\in \\mathbb{S}_{++}^n\n\\log\\det q", "q: symmetric(n)\nlogdet(q)"),
]


@pytest.mark.parametrize(("latex", "math"), DOCUMENTS)
def test_formulas_among_words_are_read(latex: str, math: str) -> None:
    assert same(objective(latex, "latex", None), objective(math, "math", None))


def test_a_document_without_a_formula_is_refused() -> None:
    with pytest.raises(ParseError, match="no formula") as caught:
        read_model("\\documentclass{article}\n\\begin{document}\nNothing.\n\\end{document}", "latex")
    assert caught.value.line == 2


@pytest.mark.parametrize(("where", "latex", "math"), MODELS)
def test_a_model_and_its_twin_are_one_model(where: str | None, latex: str, math: str) -> None:
    left, right = read_model(latex, "latex", where), read_model(math, "math", where)
    assert left.objective is right.objective
    assert left.definitions == right.definitions
    assert left.variables == right.variables


def test_the_document_s_networks_read_alike() -> None:
    where = "x: matrix(N, D_in); y: matrix(N, D_out); w1: matrix(D_in, H); w2: matrix(H, D_out)"
    latex = r"""
        h = x w_1
        h_{relu} = \max(0, h)
        y_{pred} = h_{relu} w_2
        loss = \|y_{pred} - y\|^2
    """
    math = "h = x*w1\nh_relu = relu(h)\ny_pred = h_relu*w2\nloss = norm2(y_pred - y)^2"
    assert objective(latex, "latex", where) is objective(math, "math", where)


# documents

KNOWN = {
    "x": "matrix", "y": "matrix", "h": "matrix", "w1": "matrix", "w2": "matrix", "h_relu": "matrix", "y_pred": "matrix",
    "loss": "scalar", "N": "dim", "probs": "matrix", "Y": "onehot", "X": "matrix", "W": "matrix", "sigma": "function",
}  # fmt: skip


def shown(node: Node) -> str:
    """A surface node as text."""
    texts: dict[int, str] = {}
    for part in postorder(node):
        below = " ".join(texts[id(child)] for child in part.children)
        texts[id(part)] = f"({part.kind if part.value is None else part.value} {below})" if below else str(part.value)
    return texts[id(node)]


CHAINS = [
    (r"a = b = c", ["a = b = c"]),
    (r"a &= b \\ &= c", ["a = b = c"]),
    (r"= b \\ = c", ["… = b = c"]),
    (r"a = b, \quad c = d.", ["a = b", "c = d"]),
    (r"a = b \Rightarrow c = d", ["a = b", "c = d"]),
    (r"a = b \qquad \text{and} \qquad c = d", ["a = b", "c = d"]),
    (r"\text{where } a = b", ["a = b"]),
    (r"a &= b && \text{(cyclic)} \\ &= c && \text{by (3)}", ["a = b = c"]),
    (r"a &= b & c &= d", ["a = b", "c = d"]),
    (r"a &= b \\ &\quad + c \\ &= d", ["a = (+ b c) = d"]),
    (r"a &= b \\ &\quad - c \\ &= d", ["a = (- b c) = d"]),
    (r"a &= b + \\ & c", ["a = (+ b c)"]),
    (r"a = b \\ - c = d", ["a = b", "(negate c) = d"]),
    (r"a = \operatorname{tr}\bigl( b \\ &+ c \bigr) = d", ["a = (tr (+ b c)) = d"]),
    (r"a \stackrel{(1)}{=} b \overset{!}{=} c \equiv e", ["a = b = c = e"]),
    (r"a \approx b = c", ["a ≈ b = c"]),
    (r"a = b \foo c = e", ["a = ParseError = e"]),
    (r"a = \operatorname{tr}(b = c", ["a = ParseError = c"]),
    (r"a = ) = c", ["a = ParseError = c"]),
    (r"a = b( \\ &= c", ["a = ParseError = c"]),
    (r"a =", ["a = ParseError"]),
    (r"a = \begin{cases} b \end{cases}", ["a = UnsupportedError"]),
    (r"\frac{1}{N}\sum_{i=1}^N (probs_i - Y_i) = c", ["(* (/ 1 N) (('i',) (- (('i',) probs) (('i',) Y)) N)) = c"]),
    (r"dh_{relu} = 1(h \ge 0) \odot dh", ["(differential h_relu) = (.* (mask (>= h 0)) (differential h))"]),
    (r"h = x w_1 \\ dh = x\,dw_1", ["h = (* x w1)", "(differential h) = (* x (differential w1))"]),
    (r"\nabla_{w_1} f(w_1) = x", ["<gradient w1 of f> = x"]),
    (r"\nabla_W = x", ["<gradient W> = x"]),
    (r"\nabla f(X) = x", ["<gradient X of f> = x"]),
    (r"\nabla_X \operatorname{tr}(X W) = W^\top", ["<gradient X of (tr (* X W))> = (transpose W)"]),
    (r"D_W f = x", ["<jacobian W of f> = x"]),
    (r"D_{w_2} f(w_2) = x", ["<jacobian w2 of f> = x"]),
    (r"D_{h_{relu}} = x", ["<jacobian h_relu> = x"]),
    (r"\mathrm{D}_{X} f = x", ["<jacobian X of f> = x"]),
    (r"\frac{\partial loss}{\partial w_1} = x", ["<gradient w1 of loss> = x"]),
    (r"\frac{\partial f}{\partial x^\top} = y", ["<jacobian x of f> = y"]),
    (r"\frac{\partial}{\partial X} \operatorname{tr}(X W) = W", ["<gradient X of (tr (* X W))> = W"]),
    (r"\frac{d L}{d W} = x", ["<gradient W of L> = x"]),
    (r"\frac{d}{dX} \operatorname{tr}(X W) = y", ["<gradient X of (tr (* X W))> = y"]),
    (r"{\frac {\partial f}{\partial \mathbf {x} }} = y", ["<gradient x of f> = y"]),
    (r"\partial_X f = x", ["<gradient X of f> = x"]),
    (r"\nabla_W^2 f = x", ["<hessian W of f> = x"]),
    (r"\frac{\partial^2 f}{\partial x \partial x^\top} = y", ["<hessian x, x of f> = y"]),
    (r"\operatorname{grad}(loss, w_1) = x", ["<gradient w1 of loss> = x"]),
    (r"\operatorname{jac}(loss, w_1) = x", ["<jacobian w1 of loss> = x"]),
    (r"\nabla f = x", ["<gradient  of f> = x"]),
]  # fmt: skip


def claim_text(claim: Claim) -> str:
    of = f" of {shown(claim.of)}" if claim.of is not None else ""
    return f"<{claim.kind} {', '.join(shown(node) for node in claim.wrt)}{of}>"


@pytest.mark.parametrize(("source", "expected"), CHAINS)
def test_chains_are_read_link_by_link(source: str, expected: list[str]) -> None:
    found = []
    for chain in read_chains(source, KNOWN):
        texts = []
        for member in chain.members:
            if member.error is not None:
                texts.append(type(member.error).__name__)
            else:
                texts.append(claim_text(member.claim) if member.claim else shown(member.node))  # type: ignore[arg-type]
        signs = list(chain.signs)
        text = "…" if chain.continues else texts.pop(0)
        for sign, member_text in zip(signs, texts, strict=True):
            text += f" {sign} {member_text}"
        found.append(text)
    assert found == expected


def test_places_are_those_of_the_document() -> None:
    document = "# A title\n\nSome words, then $x^\\top y = \\foo$ and more.\n"
    start, end = document.index("$") + 1, document.rindex("$")
    (chain,) = read_chains(document, KNOWN, start, end)
    good, bad = chain.members
    assert document[good.start : good.end] == r"x^\top y"
    assert good.node is not None and document[good.node.start : good.node.end] == r"x^\top y"
    assert bad.error is not None and (bad.error.line, bad.error.column) == (3, 30)


def test_one_expression_of_a_document() -> None:
    document = r"see $\operatorname{tr}(X W)$ here"
    start, end = document.index("$") + 1, document.rindex("$")
    node = read_expression(document, KNOWN, start, end)
    assert shown(node) == "(tr (* X W))"
    assert document[node.start : node.end] == r"\operatorname{tr}(X W)"
    with pytest.raises(ParseError, match="one expression is wanted"):
        read_expression(r"X, W", KNOWN)
    with pytest.raises(ParseError, match="missing"):
        read_expression("  ", KNOWN)


# what is declared wins


@pytest.mark.parametrize(
    ("where", "latex", "math"),
    [
        ("d: scalar; x: vector(n)", "d x", "d*x"),
        ("d: scalar; x: vector(n)", r"\mathrm{d}x", "dx"),
        ("dX: matrix(m, n); X: matrix(n, m)", "dX X", "dX*X"),
        ("X: matrix(n, d)", "dX", "dX"),
        ("X: matrix(n, d)", r"\frac{1}{d} X", "1/d*X"),
        ("e: scalar", "e^2", "e^2"),
        ("I: matrix(n, n); x: vector(n)", "I x", "I*x"),
        ("I_n: matrix(n, n); x: vector(n)", "I_n x", "I_n*x"),
        ("T: scalar; x: scalar", "x^T", "x^T"),
        ("T: matrix(n, n)", "T^T T", "T'*T"),
        ("W1: matrix(n, n); W_1: matrix(n, n)", "W_1 W_1", "W_1*W_1"),
        ("tr: matrix(n, n); x: vector(n)", r"\mathrm{tr}\, x", "tr*x"),
        ("log: scalar; x: vector(n)", r"\mathrm{log}(x)", "log(x)"),
        ("K_m: matrix(n, n)", "K_m", "K_m"),
        ("pi: scalar", r"2\pi", "2*pi"),
        ("phi: function; x: vector(n)", r"\varphi(x)", "phi(x)"),
        ("varphi, phi: scalar", r"\varphi\phi", "varphi*phi"),
        ("Sigma_i: matrix(n, n)", r"\Sigma_i", "Sigma_i"),
        ("x, x_i: vector(n)", "x^T x_i", "x'*x_i"),
        ("xy: scalar; x, y: scalar", "xy", "xy"),
        ("D_x: matrix(n, n)", "D_x", "D_x"),
        ("λ: scalar", r"\lambda", "λ"),
        ("sum: scalar; x: scalar", r"\mathrm{sum} x", "sum*x"),
    ],
)
def test_a_declared_name_wins(where: str, latex: str, math: str) -> None:
    assert objective(latex, "latex", where) is objective(math, "math", where)


def test_declarations_may_stand_apart_in_latex() -> None:
    where = r"X \in \mathbb{R}^{n \times d}, w \in \mathbb{R}^d"
    assert objective("X w", "latex", where) is objective("X*w", "math", "X: matrix(n, d); w: vector(d)")


def test_undeclared_names_follow_their_letters() -> None:
    model = read_model(r"a x^\top A_1 \hat{y}", "latex")
    assert model.defaulted == {"a": "scalar", "x": "vector", "A_1": "matrix", "y_hat": "vector"}


# errors: what is wrong, where, and what to do

MISTAKES = [
    (r"\operatorname{tr}(A", ParseError, 18, "this bracket is not closed"),
    (r"\operatorname{tr}(A))", ParseError, 21, "this bracket ) was never opened"),
    (r"\operatorname{tr}(A]", ParseError, 20, "does not fit the one that is open"),
    (r"\left( A + B \right]", ParseError, 20, "does not fit"),
    ("{A", ParseError, 1, "this { is not closed"),
    ("A}", ParseError, 2, "this } was never opened"),
    (r"\|x", ParseError, 1, "this bar is not closed"),
    ("|a", ParseError, 1, "this bar is not closed"),
    (r"\frac{1}", ParseError, 1, r"something is missing after \frac"),
    (r"\frac{}{2}", ParseError, 7, "something is missing inside these braces"),
    ("A^", ParseError, 2, "something is missing after ^"),
    ("^T A", ParseError, 1, "something is missing before ^"),
    ("_1 A", ParseError, 1, "something is missing before _"),
    ("A +", ParseError, 3, "the expression ends too early"),
    (r"A \odot", ParseError, 7, "the expression ends too early"),
    (r"\odot A", ParseError, 1, r"an operand is missing before '\\odot'"),
    (r"A + \cdot B", ParseError, 5, "an operand is missing"),
    (r"A \foo B", ParseError, 3, r"the command \foo is not known; write \operatorname{name}(…)"),
    (r"\alhpa x", ParseError, 1, r"did you mean \alpha?"),
    (r"\opreatorname{tr}(A)", ParseError, 1, r"did you mean \operatorname?"),
    (r"A \top", ParseError, 3, r"a transpose is a superscript, ^{\top}"),
    (r"\operatorname{trc}(A)", DeclarationError, 1, "did you mean tr?"),
    (r"\operatorname{foo}(x)", DeclarationError, 1, "foo: function"),
    (r"\mathrm{foo}", DeclarationError, 1, "foo is not declared"),
    (r"\gamma x", DeclarationError, 1, "gamma is not declared"),
    (r"\lambda_1 x", DeclarationError, 1, "did you mean lambda?"),
    ("learning x", ParseError, 1, r"\mathrm{learning} for one name"),
    ("x^10", ParseError, 2, "write ^{10}"),
    (r"\sqrt12", ParseError, 6, r"write \sqrt{12}"),
    ("x2", ParseError, 1, "x_{2} for a name, 2x for a product"),
    ("y_hidden", ParseError, 1, "write y_{hidden} for one name"),
    ("a_ij", ParseError, 1, "write a_{ij} for one name"),
    ("x_{t+1}", ParseError, 2, "a subscript is made of letters, digits and commas"),
    ("X_{ij}", UnsupportedError, 1, r"entries are written below a \sum"),
    ("(A B)_{ij}", UnsupportedError, 1, "there is no indexing"),
    (r"\sum_i A", UnsupportedError, 1, "nothing in it carries the index i"),
    (r"\sum_i x_i z_i", ShapeError, 1, "the sum over i has n terms in one place and m in another"),
    (r"\sum_{i=1}^m x_i", ShapeError, 1, "has m terms in one place and n in another"),
    (r"\sum_{i=2}^n x_i", UnsupportedError, 5, r"as in \sum_i"),
    (r"\sum_{i \in S} x_i", UnsupportedError, 5, "a sum runs over indices"),
    (r"\sum_i \det(v_i v_i^\top)", UnsupportedError, 1, "det cannot be taken row by row"),
    (r"\sum_i (X W)_{ii}", UnsupportedError, 1, "the sizes do not fit"),
    (r"\frac{d}{dx} a", ParseError, 1, "matdiff derives"),
    (r"\operatorname{argmin} x", UnsupportedError, 1, "arg min"),
    (r"\sum_i a_i", ShapeError, 8, "it has no entry with the index i"),
    (r"\prod x", UnsupportedError, 1, "a product over an index is not supported"),
    (r"\prod_i A_i", UnsupportedError, 1, "the product over i has no meaning"),
    (r"\prod_{i \ne j} x_i", ParseError, 1, "leaves no value out"),
    (r"\min_x \|A x\|", UnsupportedError, 1, "min over a set"),
    (r"\|X\|_{2,1}", UnsupportedError, 4, "this norm is not supported"),
    (r"\int x", UnsupportedError, 1, "integrals"),
    (r"\begin{bmatrix} 1 & 2 \end{bmatrix}", UnsupportedError, 1, "written out entry by entry"),
    (r"\begin{cases} a \end{cases}", UnsupportedError, 1, "write masks"),
    (r"\begin{foo} A \end{foo}", ParseError, 1, "the environment foo is not known"),
    (r"\nabla_x a", UnsupportedError, 1, "a gradient is what matdiff derives"),
    (r"\frac{\partial a}{\partial x}", UnsupportedError, 7, "matdiff derives"),
    ("A^*", UnsupportedError, 2, r"write ^\top"),
    ("A^H", UnsupportedError, 2, "real numbers"),
    ("x!", ParseError, 2, "factorials"),
    (r"x \pm y", UnsupportedError, 3, "write them one by one"),
    ("a =", ParseError, 3, "something is missing after ="),
    ("= a", ParseError, 1, "something is missing before ="),
    ("q = u = v", ParseError, 7, "a definition has one ="),
    ("a + c = u", ParseError, 1, "the left side of = must be a name"),
    (r"q \approx u", ParseError, 3, "≈ cannot stand in a model"),
    ("A\nB", ParseError, 1, "a bare expression stands alone or closes a model"),
    (r"X \in \mathbb{R}", DeclarationError, 1, "X is declared twice"),
    (r"q \in Q", ParseError, 3, r"X \in \mathbb{R}^{m \times n}"),
    (r"\mathbb{E}[x]", UnsupportedError, 1, "expectations are not supported"),
    ("2 3", ParseError, 3, r"write \cdot between them"),
    ("f(X, Y)", ParseError, 1, "f takes 1 argument, not 2"),
    ("g(x)", ParseError, 1, "declare g: function"),
    ("u(x, y)", ParseError, 4, "a comma stands only between the arguments of a function"),
    (r"\sigma", ParseError, 1, "sigma is a function: its argument is missing"),
    (r"\tanh''(x)", UnsupportedError, 1, "write the derivative of tanh itself"),
    (r"\max_i x", UnsupportedError, 1, "of two arguments"),
    (r"\log_3 a", UnsupportedError, 1, "the base of a logarithm"),
    (r"\log (\det A)^{-1}", ParseError, 1, "it is not clear what is inverted"),
    (r"\log\tanh(x) y", ParseError, 1, "it is not clear where the argument of log ends"),
    (r"\operatorname{tr}_n A", UnsupportedError, 1, "tr takes no subscript"),
    (r"\det^{-1}(A)", ParseError, 1, "for a reciprocal write"),
    (r"\hat{A B}", ParseError, 1, "stands over one letter"),
    (r"\frac{A}{B}", ShapeError, 10, r"write A \oslash B for the element-wise quotient, or B^{-1}"),
    (r"\frac{a}{0}", ParseError, 10, "division by zero"),
    ("A x z", ShapeError, 5, r"(A x)^{\top} z is a scalar"),
    ("X X", ShapeError, 3, r"write \odot for the element-wise product"),
    (r"A \middle| B", UnsupportedError, 3, "conditional"),
    (r"\cdots + A", UnsupportedError, 1, "dots"),
    ("A # B", ParseError, 3, "a comment begins with %"),
    ("A \0 B", ParseError, 3, r"cannot read '\x00' here"),
    (r"\mathrm{d}(2)", ParseError, 1, "d of a number"),
    (r"\mathbf{1}", ShapeError, 1, r"\mathbf{1}_n"),
    (r"\|x\|_h", UnsupportedError, 4, "this norm is not supported"),
    (r"\infty", UnsupportedError, 1, "infinity"),
    (r"\|x\|^2/2\lambda", ParseError, 9, r"write /(2 \lambda)"),
    (r"a/\|x\|\|y\|", ParseError, 3, r"write /(\|x\| \|y\|)"),
    (r"1/2\sqrt{a} x", ParseError, 3, "not clear what stands below /"),
    (r"\operatorname{tr}(A)^{-1} B", ParseError, 1, "not clear what is inverted"),
    (r"\operatorname{tr}\,(A + B) A", ParseError, 1, "where the argument of tr ends"),
    (r"{A B}^\top x", ParseError, 1, "braces are not printed"),
    (r"x_i \sum_j y_j", UnsupportedError, 1, "x_i is not declared, but x is"),
    (r"x^\top A x / x^\top x", ShapeError, 14, r"in brackets, as in x^\top A x/(x^\top x)"),
    (r"\tau(A x)", DeclarationError, 1, "declare it, as in tau: function (or scalar"),
    (r"\operatorname{signm}(A)", DeclarationError, 1, "functions of a matrix are expm"),
    (r"\bar{x}^\top A x", DeclarationError, 1, r"\bar{x} is another name than x: declare x_bar"),
    (r"\operatorname{relu}^{-1}(x)", ParseError, 1, r"1 \oslash relu(…) entry by entry"),
    (r"q_i \sum_j q_j", UnsupportedError, 1, "q_i stands outside of its sum"),
    (r"y_i \sum_i x_i", UnsupportedError, 1, "there is no indexing"),
    (r"\frac{e^{q_i}}{\sum_j e^{q_j}}", UnsupportedError, 10, "q_i stands outside of its sum"),
    (r"A \mathbf{e}_i", DeclarationError, 3, "unit vectors are not known"),
    ("a^c^2", ParseError, 4, "two superscripts"),
    (r"\operatorname{tr} A \odot B", ParseError, 1, "where the argument of tr ends"),
    (r"\operatorname{tr}(A) = a", ParseError, 1, "tr is a function of the notation"),
    (r"q = \|x\|^2 \le a", ParseError, 5, "one sign of equality and no other"),
    (r"w \leftarrow x", UnsupportedError, 3, "an update is not a definition"),
    (r"\sum_i i x_i", UnsupportedError, 8, "the index i stands below names only"),
    (r"\sum_i \lambda^i x_i", UnsupportedError, 16, "the index i stands below names only"),
    (r"\sum_t a^t x_t", UnsupportedError, 10, "the index t stands below names only"),
    (r"\sum_i \mu_i^\top w", ParseError, 8, "yet it stands where a vector does"),
    (r"\sum_i w^\top \mu_i", ParseError, 15, "yet it stands where a vector does"),
    (r"\sum_{ij} A_{ij}^\top B_{ij}", ParseError, 11, "belongs to A or to its entry"),
    (r"\sum_{ij} A^{-1}_{ij}", ParseError, 11, "put brackets round A"),
    (r"\sum_i g_i", DeclarationError, 8, "g is a scalar by its letter"),
    (r"g^\top x", DeclarationError, 1, "in g: vector(n)"),
    ("g(x + y)", ParseError, 1, "declare g: function"),
    ("g^{-1}(x)", ParseError, 1, "declare g: function"),
    ("g'(x)", ParseError, 1, "declare g: function"),
    ("E[x]", UnsupportedError, 1, "expectations are not supported"),
    (r"\mathbf{E}_q[x]", UnsupportedError, 1, "expectations are not supported"),
    (r"\mathrm{Var}(x)", UnsupportedError, 1, "expectations"),
    ("e^{i a}", UnsupportedError, 4, "complex numbers"),
    (r"[A \quad B]", UnsupportedError, 4, "made of blocks"),
    (r"A \star B", UnsupportedError, 3, "may be a convolution"),
    (r"A \succeq S", UnsupportedError, 3, "a condition on a matrix"),
    (r"A \backslash x", UnsupportedError, 3, "write A^{-1} b"),
    ("|x|_1", ParseError, 3, "bars take no subscript"),
    (r"\left. a \right|_{c = 0}", UnsupportedError, 10, "a value at a point"),
    (r"2\pi e A", ParseError, 6, r"write \exp(1)"),
    (r"1\frac12 x", ParseError, 1, "as a sum or as a product"),
    (r"\newcommand{\x}{x}", UnsupportedError, 1, "macros are not expanded"),
    (r"\def\x{x}", UnsupportedError, 1, "macros are not expanded"),
    (r"\input{/etc/passwd}", UnsupportedError, 1, "nothing is loaded or executed"),
    (r"\write18{ls}", UnsupportedError, 1, "nothing is loaded or executed"),
    (r"\catcode`\@=11 x", UnsupportedError, 1, "nothing is loaded or executed"),
    (r"x \transpose A", ParseError, 3, "a transpose is a superscript"),
    (r"x \trans A", ParseError, 3, "a transpose is a superscript"),
    (r"\begin{align} A x", ParseError, 1, "the environment align is not ended"),
    (r"A \end{align}", ParseError, 3, "is not the one that is open"),
    ("x_", ParseError, 2, "something is missing after _"),
    ("X_{1,2}", UnsupportedError, 1, "there is no indexing"),
    ("x_{1:3}", UnsupportedError, 1, "there is no indexing"),
    (r"\operatorname{softmx}(X)", DeclarationError, 1, "did you mean softmax?"),
    (r"\cdotx", ParseError, 1, r"did you mean \cdot?"),
    (r"\operatorname{Cov}(x, y)", UnsupportedError, 1, "expectations"),
    (r"q \in \mathbb{C}^n", UnsupportedError, 7, r"\mathbb{C}: sets"),
    (r"a \mapsto a", UnsupportedError, 3, "give the function a name"),
    (r"\sqrt{}", ParseError, 7, "something is missing inside these braces"),
    (r"\exp{-a", ParseError, 5, "this { is not closed"),
    (r"\sum", ParseError, 4, "the expression ends too early"),
    ("h = X w; h = z", DeclarationError, 10, "h is defined twice"),
    (r"x^\top A x = 1", ParseError, 1, "the left side of = must be a name"),
    (r"x \cdot z", ShapeError, 9, r"x \odot z the element-wise product"),
    (r"\operatorname{tr}(X)", ShapeError, 1, "tr needs a square matrix"),
    (r"\mathbf{1}_{2.5}", DeclarationError, 13, "is not a size"),
    ("I_{m,n}", ShapeError, 1, "eye is square"),
    ("½ a", ParseError, 1, r"write \frac{1}{2}"),
    ("√a", ParseError, 1, r"write \sqrt{…}"),
    ("𝔼[x]", UnsupportedError, 1, "expectations are not supported"),
    (r"\oint a", UnsupportedError, 1, "integrals"),
    (r"\sigma^{-1}(x)", ParseError, 1, "the inverse of sigma is not known"),
    ("1" * 500, ParseError, 1, "too long"),
]


@pytest.mark.parametrize(("source", "kind", "column", "hint"), MISTAKES, ids=[mistake[0][:40] for mistake in MISTAKES])
def test_a_mistake_is_told_at_its_place(source: str, kind: type[MatdiffError], column: int, hint: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        read_model(source, "latex", WHERE)
    error = caught.value
    assert type(error) is kind
    assert hint in str(error)
    assert (error.line, error.column) == (1, column)


# hostile input

HUGE = 20_000
HOSTILE = {
    "parentheses": "(" * HUGE + "x" + ")" * HUGE,
    "open parentheses": "(" * HUGE,
    "braces": "{" * HUGE + "x" + "}" * HUGE,
    "open braces": "{" * HUGE,
    "roots": r"\sqrt{" * 3_000 + "x" + "}" * 3_000,
    "fractions": r"\frac" * 10_000,
    "carets": "^" * HUGE,
    "powers": "e^{" * 3_000 + "x" + "}" * 3_000,
    "subscripts": "x" + "_{x" * 4_000 + "}" * 4_000,
    "bars": "|" * HUGE,
    "primes": "x" + "'" * 6_000,
    "letters": "X" * 2_000,
    "differentials": "d" * 6_000,
    "signs": "-" * 6_000 + "x",
    "alignments": "&" * HUGE,
    "rows": r"x=1\\" * 4_000,
    "equalities": "=" * HUGE,
    "sums": r"\sum_i " * 4_000 + "x_i",
    "masks": r"\mathbf{1}(" * 1_000 + "x>0" + ")" * 1_000,
    "functions": r"\log " * 3_000 + "x",
    "environments": r"\begin{aligned}" * 3_000,
    "fonts": r"\mathbf{" * 4_000 + "x" + "}" * 4_000,
    "spaces": r"x\quad " * 2_000,
    "unknown commands": "".join(rf"\x{'ab'[n % 2]}{'cd'[n % 3 % 2]}{'q' * (n % 7)}z " for n in range(4_000)),
    "a megabyte": "x" * 1_000_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_answered(source: str) -> None:
    for reader in (lambda: read_model(source, "latex"), lambda: read_chains(source)):
        try:
            reader()
        except MatdiffError as error:
            assert error.line is None or error.line >= 1


WORDS = r"""
    \frac \left( \right) \| \top \sum_i \sum_{i=1}^n \mathbf{ \mathrm{d} \operatorname{tr} \\ \text{a} \log \det \in $ %
    \mathbf{1} \quad \odot \hat{x} \sqrt \lVert \rVert \begin{aligned} \end{aligned} \nabla \partial \mathbb{R} \bigl
    \lambda \sigma x_{ij} y_{pred} ^{-1} ^\top \max \{ \} \langle \rangle \exp
"""
PIECES = st.sampled_from([*"xyABdeiI01 +-*/^_{}()[]|&=,.':!\n", *WORDS.split()])


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        read_model(source, "latex", WHERE)
    except MatdiffError as error:
        assert str(error)
    for chain in read_chains(source, KNOWN):
        for member in chain.members:
            assert 0 <= member.start <= member.end <= len(source)
            assert (member.node is None) + (member.claim is None) + (member.error is None) == 2
