"""Indices in LaTeX: what stands there means the same as in the math notation."""

from __future__ import annotations

import pytest

import matdiff as md

DATA = (
    "N, T, L: dim; i: 1..N; t: 1..T; l: 1..L; x[i]: vector(d); y[i]: scalar; w: vector(d); A: matrix(d, d);"
    " M: matrix(N, N); u[t], v[t]: vector(d); W[l]: matrix(d, d); z: vector(d); sigma: function"
)

# LaTeX, the same in the math notation, the variable
SAME = [
    (r"\sum_{i=1}^N (w^\top x_i - y_i)^2", "sum[i]((w'*x[i] - y[i])^2)", "w"),
    (r"\frac{1}{N} \sum_i \|A x_i - x_i\|^2", "1/N*sum[i](norm2(A*x[i] - x[i])^2)", "A"),
    (r"\sum_{i=2}^{N} y_i \|x_i\|^2", "sum[i : 2 <= i](y[i]*norm2(x[i])^2)", "x"),
    (r"\sum_{i=1}^{N-1} \|x_{i+1} - x_i\|^2", "sum[i : i <= N-1](norm2(x[i+1] - x[i])^2)", "x"),
    (r"\sum_{k=1}^{N-1} y_{k+1} y_k", "k: 1..N-1\nsum[k](y[k+1]*y[k])", "y"),
    (
        r"\sum_i \sum_{j \ne i} e^{-\|x_i - x_j\|^2}",
        "j: 1..N\nsum[i](sum[j : j != i](exp(-norm2(x[i] - x[j])^2)))",
        "x",
    ),
    (r"\sum_{i<j} y_i y_j x_i^\top x_j", "j: 1..N\nsum[i<j](y[i]*y[j]*x[i]'*x[j])", "x"),
    (r"\sum_i \log \prod_j y_j", "j: 1..N\nsum[i](log(prod[j](y[j])))", "y"),
    (r"\sum_{i,j} M_{ij} (M M^\top)_{ij}", "j: 1..N\nsum[i,j](M[i,j]*(M*M')[i,j])", "M"),
    (r"\sum_{i,j} M_{ij} \delta_{ij} y_j", "j: 1..N\nsum[i,j](M[i,j]*(1(i == j)*y[j]))", "M"),
    (
        "h_0 = z \\\\ h_t = \\tanh(A h_{t-1} + u_t) \\\\ J = \\sum_{t=1}^{T} \\|h_t - v_t\\|_2^2",
        "h[0] = z\nh[t] = tanh(A*h[t-1] + u[t])\nJ = sum[t](norm2(h[t] - v[t])^2)",
        "A",
    ),
    (
        "a^{(0)} = z \\\\ a^{(l)} = \\sigma(W^{(l)} a^{(l-1)}) \\\\ J = \\|a^{(L)}\\|^2",
        "a[0] = z\na[l] = sigma(W[l]*a[l-1])\nJ = norm2(a[L])^2",
        "W",
    ),
    (r"J = \max_i w^\top x_i", "J = max[i](w'*x[i])", "w"),
    (r"s_i = w^\top x_i \\ J = \operatorname{logsumexp}_i s_i", "s[i] = w'*x[i]\nJ = logsumexp[i](s[i])", "w"),
]


@pytest.mark.parametrize(("latex", "text", "name"), SAME)
def test_latex_means_the_same(latex: str, text: str, name: str) -> None:
    found = md.parse(latex, notation="latex", where=DATA)
    assert str(found) == str(md.parse(text, where=DATA))
    known, wanted = found.model.families, md.parse(text, where=DATA).model.families
    assert known is not None and wanted is not None
    assert [(e.name, e.left, e.body) for e in known.equations] == [(e.name, e.left, e.body) for e in wanted.equations]
    assert {n: known.ranges[n] for n in wanted.ranges} == wanted.ranges
    assert name in found.model.families.members or name in found.model.variables


REFUSED = [
    (r"\sum_{i=0}^{N} y_i", "runs over i = 0..N, its range is 1..N"),
    (r"\sum_{i=1}^{N+1} y_i", r"runs over i = 1..N\+1, its range is 1..N"),
    (r"\sum_{k=0}^{N} y_k", r"y\[k\] leaves the range 1..N at y\[0\]"),
    (r"J = \sum_i w^\top x_{j}", "the index j is free"),
    (r"h_t = A h_{t-1} + u_t \\ J = \sum_t \|h_t\|^2", r"h\[0\]"),
]


@pytest.mark.parametrize(("latex", "message"), REFUSED)
def test_what_does_not_fit_is_refused_with_its_place(latex: str, message: str) -> None:
    with pytest.raises(md.MatdiffError, match=message) as error:
        md.parse(latex, notation="latex", where=DATA)
    assert error.value.line == 1 and "^" in str(error.value)
