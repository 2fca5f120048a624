"""What a document gives, and what follows: settings, equations to be solved, implications, names defined on the way."""

from __future__ import annotations

import pytest

import matdiff as md

MODEL = """```matdiff
X: matrix(n, d); y: vector(n); w: vector(d); a: scalar; V: symmetric(n); v, u: vector(d); C: symmetric(d)
G: symmetric(n); e: vector(n); D: matrix(d, d); m: vector(d); S: symmetric(d); q: vector(d)
J = norm2(X*w - y)^2 + a*norm2(w)^2
F = (y - X*w)'*V*(y - X*w)
```
"""

# each formula with the verdicts of its links; "holds" is proved or sampled
CASES = [
    # stationary points
    (r"$$2 X^\top (X w - y) + 2 a w = 0 \Rightarrow w = (X^\top X + a I)^{-1} X^\top y$$", "aside proved"),
    (r"$$2 X^\top (X w - y) + 2 a w = 0 \Rightarrow w = (X^\top X - a I)^{-1} X^\top y$$", "aside wrong"),
    (r"Setting $\nabla_w J = 0$ gives $(X^\top X + a I) w = X^\top y$.", "aside proved"),
    (r"Setting $\nabla_w J = 0$ gives $(X^\top X + a I) w = X^\top X y$.", "aside unread-or-bad"),
    (r"$X^\top V (y - X w) = 0 \iff X^\top V X w = X^\top V y$", "aside proved"),
    (r"$X^\top V (y - X w) = 0 \iff X^\top V X w = X^\top y$", "aside wrong"),
    (r"Solve $X^\top X w = X^\top y$; so $w = (X^\top X)^{-1} X^\top y$", "aside proved"),
    (r"Solve $X^\top X w = X^\top y$; so $w = (X X^\top)^{-1} X^\top y$", "aside bad"),
    # conditions
    (r"With $\|v\| = 1$ we have $\|2 v\|^2 = 4$.", "aside holds"),
    (r"With $\|v\| = 1$ we have $\|2 v\|^2 = 2 v^\top v$.", "aside wrong"),
    (r"Let $C v = a v$ and $\|v\| = 1$. Then $v^\top C v = a$.", "aside aside holds"),
    (r"$C v = a v$", "aside"),
    (r"$\nabla_w J = 0$, so $w = w - a \nabla_w J$ is done", "aside aside"),
    (r"$\nabla_w J = 0$", "aside"),
    (r"$w^\top w = 1$", "aside"),
    (r"$1 + w^\top w = w^\top w$", "wrong"),  # there are no such values
    # names that are declared and then defined
    (r"Let $e = y - X w$. Then $\|e\|^2 + a \|w\|^2 = J$ and $de = -X\,dw$.", "holds holds holds"),
    (r"Let $e = y - X w$. Then $\|e\|^2 - a \|w\|^2 = J$.", "holds wrong"),
    (r"Let $G = X X^\top$ and $e = G y$. Then $e^\top e = y^\top X X^\top X X^\top y$.", "holds holds holds"),
    (r"Let $G = X X^\top$ and $e = G y$. Then $e^\top e = y^\top X X^\top y$.", "holds holds wrong"),
    (r"The model is $y = X w + e$; $\nabla_w J = 2 X^\top (X w - y) + 2 a w$", "holds holds"),
    # ranges
    (r"for $i = 1$ to $n$", "aside"),
]


def fits(verdict: str, expected: str) -> bool:
    among = {
        "holds": ("proved", "sampled"),
        "bad": ("wrong", "ill-formed"),
        "unread-or-bad": ("wrong", "ill-formed", "unread"),
    }
    return verdict in among.get(expected, (expected,))


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_document_gives_and_concludes(text: str, expected: str) -> None:
    found = [link.verdict for link in md.check(f"{MODEL}\n{text}\n").links]
    wanted = expected.split()
    assert len(found) == len(wanted) and all(map(fits, found, wanted)), found


LAYOUTS = [
    (r"In numerator layout $\frac{\partial J}{\partial w} = 2 (X w - y)^\top X + 2 a w^\top$", "proved"),
    (r"In numerator layout $\frac{\partial J}{\partial w} = 2 (X w + y)^\top X + 2 a w^\top$", "wrong"),
    (r"导数采用分子布局：$\frac{\partial X w}{\partial w} = X$", "proved"),
    (r"$\frac{\partial X w}{\partial w} = X$ and $\frac{\partial (w^\top w)}{\partial w} = 2 w$", "proved proved"),
    (
        r"$\frac{\partial (w^\top w)}{\partial w} = 2 w^\top$, $\frac{\partial (q^\top w)}{\partial w} = q^\top$",
        "proved proved",
    ),
    (
        r"$\frac{\partial (w^\top w)}{\partial w} = 2 w^\top$, $\frac{\partial (q^\top w)}{\partial w} = q$",
        "ill-formed proved",
    ),
    (r"对 $w$ 求导：$\nabla \|X w - y\|^2 = 2 X^\top (X w - y)$", "proved"),
    (r"By the vector $w$: $\nabla \|X w - y\|^2 = X^\top (X w - y)$", "wrong"),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_layouts_and_variables_are_told_by_the_document(text: str, expected: str) -> None:
    assert " ".join(link.verdict for link in md.check(f"{MODEL}\n{text}\n").links) == expected
