"""How names are spelled in LaTeX: the tables, and a name written so that it is read back."""

from __future__ import annotations

import re
from collections.abc import Container


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
    " omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip("αβγδϵζηθικλμνξπρστυϕχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK.split(), strict=True))
"""Greek letters, each with the name of its command."""

VARIANTS = {
    "varepsilon": "epsilon",
    "vartheta": "theta",
    "varpi": "pi",
    "varrho": "rho",
    "varsigma": "sigma",
    "varphi": "phi",
}
"""Other shapes of a letter: names of their own, unless only the letter itself is declared."""

SHORTENED = {"epsilon": "eps", "varepsilon": "eps", "lambda": "lam", "Lambda": "Lam", "sigma": "sig"}
"""How people call a letter who type it, where the letter itself is not declared."""

LETTERS = frozenset({*GREEK.values(), *VARIANTS, "ell"})
"""Commands that are letters."""

UNICODE = {**GREEK, "ε": "varepsilon", "ς": "varsigma", "φ": "varphi", "ϑ": "vartheta", "ϱ": "varrho", "ℓ": "ell"}

SIGNS = {"∥": "‖", "⋅": "·", "∙": "·", "∗": "*", "’": "'", "′": "'"}
"""Signs that look alike and mean the same."""

BLACKBOARD = {"ℝ": "R", "𝔼": "E", "𝟙": "1"}

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀⁿ", "0123456789+-Tn", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₚₜ", "0123456789ijklmnpt", strict=True))

ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "bar": "bar",
    "overline": "bar",
    "tilde": "tilde",
    "widetilde": "tilde",
    "dot": "dot",
    "ddot": "ddot",
    "check": "check",
    "breve": "breve",
    "vec": "",
    "underline": "",
}
r"""What an accent adds to a name: ``\hat{y}`` is ``y_hat``."""

FONTS = words(
    "mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathnormal mathbb mathds mathbbm mathbbold"
    " boldsymbol bm pmb symbf symbfit symup"
    " mathbfit text textrm textbf textit textsf texttt textnormal operatorname mbox"
)
"""Commands that set their argument in another type."""

_NUMBERED = re.compile(r"([A-Za-z]|[a-zA-Z]{2,})(\d+)")


def spelled(name: str, taken: Container[str] = (), undeclared: bool = False) -> str:
    r"""A name in LaTeX: ``w1`` as ``w_1``, ``y_pred`` as ``y_{\mathrm{pred}}``, ``lambda`` as ``\lambda``.

    ``taken`` are the names of the model; an ``undeclared`` ``w1`` cannot be told from ``w_1`` and keeps its digits.
    """
    base, bar, below = name.partition("_")
    numbered = _NUMBERED.fullmatch(name)
    if numbered and _letter(numbered[1]) and not undeclared and f"{numbered[1]}_{numbered[2]}" not in taken:
        return f"{_letter(numbered[1])}{_subscript(numbered[2])}"
    if not name.isascii() or not base or (bar and not below) or "__" in name:
        return upright(name)
    letter = _letter(base)
    if letter and below in ("hat", "bar", "tilde", "dot"):
        return rf"\{below}{{{letter}}}"
    return (letter or upright(base)) + (_subscript(below) if below else "")


def capital(name: str) -> str:
    """The name of the matrix that has rows of a name: ``X`` of ``x``, ``X_hat`` of ``x_hat``."""
    letter, _, accent = name.partition("_")
    return f"{letter.upper()}_{accent}" if accent in ACCENTS.values() and accent else name.upper()


def upright(word: str) -> str:
    """A word as one name or the name of a function."""
    return rf"\mathrm{{{escaped(word)}}}"


def escaped(word: str) -> str:
    return word.replace("_", r"\_")


def _letter(name: str) -> str:
    """A letter, Latin or Greek, else the empty text."""
    return rf"\{name}" if name in LETTERS else name if len(name) == 1 else ""


def _subscript(text: str) -> str:
    if len(text) == 1:
        return f"_{text}"
    return f"_{{{text}}}" if text.isdigit() else f"_{{{upright(text)}}}"
