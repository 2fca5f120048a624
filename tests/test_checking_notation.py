"""How formulas of documents are written: derivatives wherever they stand, entries, names; right and with a slip."""

from __future__ import annotations

import pytest

import matdiff as md

MODEL = """```matdiff
X: matrix(n, d); v: vector(d); y: vector(n); W: matrix(h, d); a: vector(d); c: scalar; U: matrix(d, d)
z = W*v
E = sum((X*v - y) .^ 2)/n
q = a'*v
r = exp(q)
```
"""

RIGHT = "right"
CASES = {
    "derivatives as factors and terms": [
        (r"\frac{\partial r}{\partial v} = \frac{\partial r}{\partial q} \frac{\partial q}{\partial v} = r a", RIGHT),
        (r"\frac{\partial r}{\partial v} = \frac{\partial r}{\partial q} \frac{\partial q}{\partial v} = q a", "wrong"),
        (r"\nabla_v a^\top v + \nabla_v E = a + \tfrac{2}{n} X^\top (X v - y)", RIGHT),
        (r"\nabla_v a^\top v + \nabla_v E = a - \tfrac{2}{n} X^\top (X v - y)", "wrong"),
        (r"v - c \nabla_v E = v - \frac{2c}{n} X^\top (X v - y)", RIGHT),
        (r"v - c \nabla_v E = v + \frac{2c}{n} X^\top (X v - y)", "wrong"),
        (r"c\, dr/dq + q = c r + q", RIGHT),
        (r"c\, dr/dq + q = c q + q", "wrong"),
    ],
    "derivatives of what stands beside": [
        (r"\frac{\partial}{\partial v} (v^\top U v) = (U + U^\top) v", RIGHT),
        (r"\frac{\partial}{\partial v} (v^\top U v) = 2 U v", "wrong"),
        (r"\frac{d}{dv} a^\top v = a", RIGHT),
        (r"\nabla_v (a^\top v)(v^\top v) = (v^\top v) a + 2 (a^\top v) v", RIGHT),
        (r"\nabla_v (a^\top v)(v^\top v) = (v^\top v) a + (a^\top v) v", "wrong"),
        (r"\nabla_v \tfrac12 \|X v - y\|^2 + c = X^\top (X v - y)", RIGHT),
    ],
    "names": [
        (r"\hat v = U^{-1} a, \quad U \hat{v} = a", RIGHT),
        (r"\hat v = U^{-1} a, \quad U^\top \hat{v} = a", "wrong"),
        (r"v^* = U^{-1} a, \quad U v^* = a", RIGHT),
        (r"v^{\star} = U^{-1} a, \quad U v^\star + a = a", "wrong"),
        (r"P_{k|k-1} = U U^\top, \quad P_{k|k-1}^\top = U U^\top", RIGHT),
        (r"P_{k|k-1} = U U^\top, \quad P_{k|k-1}^{-1} = U^{-1} U^{-\top}", "wrong"),
        (r"v_{t+1} = v - c \nabla_v E, \quad v_{t+1} - v = -\tfrac{2c}{n} X^\top (X v - y)", RIGHT),
        (r"v_{t+1} = v - c \nabla_v E, \quad v_{t+1} - v = \tfrac{2c}{n} X^\top (X v - y)", "wrong"),
        (r"W_{\mathrm{out}} = W W^\top, \quad W_{\mathrm{out}}^\top = W W^\top", RIGHT),
        (r"v^{\mathrm{new}} = U v, \quad U^\top v^{\mathrm{new}} = U^\top U v", RIGHT),
        (r"\log p(v | a) = a^\top v, \quad \nabla_v \log p(v \mid a) = a", RIGHT),
        (r"\log p(v | a) = a^\top v, \quad \nabla_v \log p(v \mid a) = v", "wrong"),
    ],
    "chains in columns": [
        (r"\begin{array}{lcl} E & = & E \\ & = & \tfrac1n \|X v - y\|^2 \end{array}", RIGHT),
        (r"\begin{array}{rl} q & = a^\top v \\ & = 2 v^\top a \end{array}", "wrong"),
    ],
    "entries": [
        (r"\frac{\partial E}{\partial v_j} = \frac{2}{n} \sum_i (x_i^\top v - y_i) x_{ij}", RIGHT),
        (r"\frac{\partial E}{\partial v_j} = \frac{2}{n} \sum_i (x_i^\top v + y_i) x_{ij}", "wrong"),
        (r"\frac{\partial z_i}{\partial v_j} = W_{ij}", RIGHT),
        (r"\frac{\partial z_i}{\partial v_j} = -W_{ij}", "wrong"),
        (r"\partial_{v_k} q = a_k", RIGHT),
        (r"\partial_{v_k} q = v_k", "wrong"),
        (r"z_i = \sum_j W_{ij} v_j", RIGHT),
        (r"(W X^\top)_{ij} = \sum_k W_{ik} X_{jk}", RIGHT),
        (r"(U U)_{ij} = \sum_k U_{ik} U_{jk}", "wrong"),
        (r"\frac{\partial q^2}{\partial v_k} = 2 q a_k", RIGHT),
    ],
}


def verdicts(text: str, model: str = MODEL) -> list[str]:
    return [link.verdict for link in md.check(f"{model}\n{text}\n").links]


@pytest.mark.parametrize(("formula", "expected"), [case for cases in CASES.values() for case in cases])
def test_a_formula_is_read_and_judged(formula: str, expected: str) -> None:
    found = verdicts(f"$$ {formula} $$")
    assert found
    bad = [verdict for verdict in found if verdict not in ("proved", "sampled")]
    assert bad == ([] if expected == RIGHT else [expected]), found
