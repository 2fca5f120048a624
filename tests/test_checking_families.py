"""Documents with indices: what is right holds for all values of the indices, one slip is found where it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import matdiff as md
from matdiff.checking.report import Report

DERIVATIONS = Path(__file__).parents[1] / "examples" / "derivations" / "indices"

# document, what is written there, what a slip makes of it
SLIPS = [
    ("deep_network", r"{W^{(l+1)}}^\top", r"{W^{(l)}}^\top"),
    ("deep_network", r"(h^{(L)} - Y) \odot", r"(Y - h^{(L)}) \odot"),
    ("deep_network", r"{h^{(l-1)}}^\top \delta^{(l)}", r"{h^{(l)}}^\top \delta^{(l)}"),
    ("deep_network", r"h^{(l-1)}_{ki} \delta^{(l)}_{kj}", r"h^{(l-1)}_{kj} \delta^{(l)}_{ki}"),
    ("lstm", r"+ G_{t+1} \odot f_{t+1}", r"+ G_{t+1} \odot f_t"),
    ("lstm", r"h_{t-1}^\top (H_t", r"h_t^\top (H_t"),
    ("multi_head_attention", r"\nabla_{O_{b,h}} loss = E_b", r"\nabla_{O_{b,h}} loss = 2 E_b"),
    ("multi_head_attention", r"A_{b,h}^\top E_b", r"A_{b,h} E_b"),
    ("gaussian_mixture", r"loss = -\sum_{i=1}^N r_{ik}", r"loss = \sum_{i=1}^N r_{ik}"),
    ("gaussian_mixture", r"- S_k^{-\top}", r"- S_k^{-1}"),
    ("convolution", r"\sum_{i,j} X_{2i+a,2j+e}^\top D", r"\sum_{i,j} X_{i+a,j+e}^\top D"),
    ("batch_norm_images", r"\sum_{q=1}^P \mathbf{1}^\top (G_q \odot g)", r"\sum_{q=1}^P \mathbf{1}^\top G_q"),
]


@cache
def text(name: str) -> str:
    return (DERIVATIONS / f"{name}.md").read_text(encoding="utf-8")


def verdicts(report: Report) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for link in report.links:
        found.setdefault(link.line, set()).add(link.verdict)
    return found


@pytest.mark.parametrize("name", sorted(path.stem for path in DERIVATIONS.glob("*.md")))
def test_what_is_right_holds_and_a_slip_does_not(name: str) -> None:
    report = md.check(text(name))
    assert report.ok and {link.verdict for link in report.links} <= {"proved", "sampled"}, report
    lines = text(name).split("\n")
    wrong = []
    for document, right, slip in SLIPS:
        if document == name:
            number = next(k for k, line in enumerate(lines) if right in line)
            assert lines[number].count("$$") == 2 and right in lines[number]
            wrong.append(lines[number].replace(right, slip))
    slipped = md.check("\n".join([*lines, "", *(line + "\n" for line in wrong)]))
    found = verdicts(slipped)
    assert all(verdicts(report)[line] == found[line] for line in verdicts(report))
    below = [found[line] for line in sorted(found) if line > len(lines)]
    assert len(below) == len(wrong) and all(each & {"wrong", "ill-formed"} for each in below), slipped


MODEL = """```matdiff
t: 1..T
x[t], y[t]: vector(n); A: matrix(n, n); X: matrix(n, n); h0: vector(n)
h[0] = h0; h[t] = A*h[t-1] + x[t]
J = sum[t](norm2(h[t] - y[t])^2/2)
```
"""

# a formula, the verdict on its links
LINKS = {
    r"\nabla_{x_t} J = \nabla_{h_t} J": ["sampled"],
    r"\frac{\partial J}{\partial h_t} = h_t - y_t + A^\top \frac{\partial J}{\partial h_{t+1}}": ["sampled"],
    r"\frac{\partial J}{\partial h_T} = h_T - y_T": ["sampled"],
    r"\lambda_T = h_T - y_T, \quad \lambda_t = h_t - y_t + A^\top \lambda_{t+1}, \quad \nabla_A J = \sum_{t=1}^T"
    r" \lambda_t h_{t-1}^\top": ["proved", "proved", "sampled"],
    r"\lambda_T = h_T - y_T, \quad \lambda_t = h_t - y_t + A \lambda_{t+1}, \quad \nabla_A J = \sum_{t=1}^T"
    r" \lambda_t h_{t-1}^\top": ["proved", "proved", "wrong"],
    r"\lambda_{T+1} = 0, \quad \lambda_t = h_t - y_t + A^\top \lambda_{t+1}, \quad \nabla_A J = \sum_{t=1}^T"
    r" \lambda_t h_{t-1}^\top": ["proved", "proved", "sampled"],
    r"\lambda_T = h_T - y_T, \quad \nabla_A J = \sum_{t=1}^T \lambda_t h_{t-1}^\top": ["proved", "unread"],
    r"\nabla_{h_0} J = A^\top \nabla_{h^{(1)}} J": ["sampled"],
    r"\frac{\partial J}{\partial A_{ij}} = \sum_{t=1}^T \left(\frac{\partial J}{\partial h_t}\right)_i h_{t-1,j}": [
        "sampled"
    ],
    r"(A X)_{ij} = \sum_{k=1}^n A_{ik} X_{kj}": ["sampled"],
    r"(A X)_{ij} = \sum_{k=1}^n A_{ik} X_{jk}": ["wrong"],
    r"\sum_{j=1}^n \delta_{ij} A_{jk} = A_{ik}": ["sampled"],
    r"\nabla_A J = \sum_{t=1}^n (h_t - y_t) h_{t-1}^\top": ["unread"],  # the sum ends elsewhere than t does
    r"\nabla_{h_t} J = H_t": ["unread"],  # H is declared nowhere
    r"\nabla_A J = 0": ["aside"],
    r"F = \sum_{t=1}^T h_t^\top y_t, \quad \nabla_{y_t} F = h_t, \quad \nabla_{y_t} F = y_t": [
        "proved",
        "sampled",
        "wrong",
    ],
}


@pytest.mark.parametrize("formula", LINKS)
def test_links_over_indices(formula: str) -> None:
    report = md.check(f"{MODEL}\n$${formula}$$\n")
    assert [link.verdict for link in report.links] == LINKS[formula], report


PAIRS = """```matdiff
Y, Omega, H: matrix(r, s); P: matrix(r, h); Q: matrix(s, h); G: matrix(r, r); u, v: vector(r); w: vector(s)
f = sum(Omega .* (Y - P*Q') .^ 2)/2
```
"""

BLOCKS = [
    (r"f = \frac12 \sum_{(i,j) \in \Omega} (Y_{ij} - p_i^\top q_j)^2", True),
    (r"f = \frac12 \sum_{(i,j) \in \Omega} (Y_{ij} + p_i^\top q_j)^2", False),
    (r"\sum_{1 \le i,j \le r} G_{ij} u_i v_j = u^\top G v", True),
    (r"\sum_{1 \le i,j \le r} G_{ij} u_i v_j = v^\top G u", False),
    (r"\begin{bmatrix} G & H \end{bmatrix} \begin{pmatrix} u \\ w \end{pmatrix} = G u + H w", True),
    (r"\begin{bmatrix} G & H \end{bmatrix} \begin{pmatrix} u \\ w \end{pmatrix} = G u - H w", False),
    (r"\begin{bmatrix} G \\ H^\top \end{bmatrix}^\top = \begin{bmatrix} G^\top & H \end{bmatrix}", True),
]


@pytest.mark.parametrize(("formula", "holds"), BLOCKS)
def test_matrices_of_blocks_and_sums_over_pairs(formula: str, holds: bool) -> None:
    (link,) = md.check(f"{PAIRS}\n$${formula}$$\n").links
    assert link.verdict in (("proved", "sampled") if holds else ("wrong",)), link
