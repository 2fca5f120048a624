"""What a document says of where something is least: its gradient is taken there."""

from __future__ import annotations

import pytest

import matdiff as md

LOSS = r"""Let $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$, $w \in \mathbb{R}^d$ and

$$f(w) = \frac{1}{2n}\|Xw - y\|^2 + \frac{\lambda}{2}\|w\|^2.$$

"""
RIGHT, WRONG = (rf"(X^\top X + {number}\lambda I)^{{-1}} X^\top y" for number in ("n", ""))

SURE = {
    "a gradient in words": r"Setting the gradient to zero gives $w^* = {}$.",
    "of the variable itself": r"Setting the gradient to zero gives $$w = {}.$$",
    "of another argument": r"Setting $\nabla f(w^*) = 0$ gives $w^* = {}$.",
    "an arrow from an equation": r"At the optimum $\nabla_w f = 0$, hence $$\hat{{w}} = {}.$$",
    "an argument of the minimum": r"$$w^* = \arg\min_w f(w) = {}$$",
    "Chinese": r"令梯度为零，得到 $$\hat w = {}.$$",
}
PERHAPS = {
    "the minimizer": r"The minimizer is $$\hat w = {}.$$",
    "a closed form": r"There is a closed form: $w_{{\mathrm{{ridge}}}} = {}$.",
}


@pytest.mark.parametrize("text", [*SURE.values(), *PERHAPS.values()], ids=[*SURE, *PERHAPS])
def test_what_makes_the_gradient_zero_is_proved(text: str) -> None:
    link = md.check(LOSS + text.format(RIGHT)).links[-1]
    assert link.verdict == "proved" and "is zero there" in link.detail and not link.defines


@pytest.mark.parametrize("text", SURE.values(), ids=SURE)
def test_what_does_not_is_wrong_where_the_words_are_sure(text: str) -> None:
    link = md.check(LOSS + text.format(WRONG)).links[-1]
    assert link.verdict == "wrong" and "not zero there" in link.detail


@pytest.mark.parametrize("text", PERHAPS.values(), ids=PERHAPS)
def test_where_they_are_not_it_is_told_beside_the_definition(text: str) -> None:
    link = md.check(LOSS + text.format(WRONG)).links[-1]
    assert link.verdict == "proved" and link.defines and "not zero there" in link.detail


NO_ALARM = {
    "a constraint": r"Setting the gradient of the Lagrangian to zero, with multiplier $\mu$: $w^* = X^\top y$.",
    "names that nothing is said of": r"Setting the gradient to zero gives $w^* = C^{-1} b$.",
    "a number": r"The derivative is not zero for $w = 0$.",
    "a name that only looks so": r"The prediction at the optimum is $\hat y = X w$.",
}


@pytest.mark.parametrize("text", NO_ALARM.values(), ids=NO_ALARM)
def test_no_alarm(text: str) -> None:
    assert md.check(LOSS + text).links[-1].verdict != "wrong"


def test_another_loss_above() -> None:
    """Words may speak of the loss before the last."""
    text = LOSS.replace(r" + \frac{\lambda}{2}\|w\|^2", "") + r"and, with a penalty, $$g(w) = f(w) + \lambda\|w\|^2.$$ "
    least_squares = r"Without it, setting the gradient to zero gives $w^* = (X^\top X)^{-1} X^\top y$."
    link = md.check(text + least_squares).links[-1]
    assert link.verdict == "proved" and "the gradient of f by w is zero there" in link.detail


def test_matrices_are_symmetric_where_the_document_says_so() -> None:
    text = (
        r"Let $b, x \in \mathbb{R}^n$, $Q \in \mathbb{R}^{n\times n}$ SYMMETRIC, $f = \frac12 x^\top Q x - b^\top x$."
        "\n\n"
    )
    text += r"Setting the gradient to zero, $x^* = Q^{-1} b$."
    (link,) = md.check(text.replace("SYMMETRIC", "positive definite")).links[1:]
    assert link.verdict == "proved" and link.detail.endswith("where Q is symmetric")
    (link,) = md.check(text.replace("SYMMETRIC", "")).links[1:]
    assert link.verdict == "wrong"
