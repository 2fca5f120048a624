"""The commands of LaTeX that matter to matrix calculus, as tables."""

from __future__ import annotations

import re

from matdiff.operators import ALIASES, CALLS, ROWS
from matdiff.reader.latex.names import words
from matdiff.reader.names import SIZED

TOKENS: dict[str, tuple[str, str]] = {
    "odot": ("TIMES", ".*"),
    "circ": ("TIMES", ".*"),
    "oslash": ("TIMES", "./"),
    "otimes": ("TIMES", "⊗"),
    "cdot": ("TIMES", "*"),
    "times": ("TIMES", "*"),
    "div": ("TIMES", "/"),
    "le": ("COMPARE", "<="),
    "leq": ("COMPARE", "<="),
    "leqslant": ("COMPARE", "<="),
    "ge": ("COMPARE", ">="),
    "geq": ("COMPARE", ">="),
    "geqslant": ("COMPARE", ">="),
    "lt": ("COMPARE", "<"),
    "gt": ("COMPARE", ">"),
    "{": ("LCURLY", "{"),
    "lbrace": ("LCURLY", "{"),
    "}": ("RCURLY", "}"),
    "rbrace": ("RCURLY", "}"),
    "lbrack": ("LSQB", "["),
    "rbrack": ("RSQB", "]"),
    "langle": ("LANGLE", "<"),
    "rangle": ("RANGLE", ">"),
    "over": ("OVER", "over"),
    "colon": ("COLON", ":"),
    "in": ("IN", "in"),
    "equiv": ("EQUAL", "="),
    "triangleq": ("EQUAL", "="),
    "doteq": ("EQUAL", "="),
    "coloneqq": ("EQUAL", "="),
    "coloneq": ("EQUAL", "="),
    "approx": ("RELATION", "≈"),
    "simeq": ("RELATION", "≈"),
    "sim": ("RELATION", "~"),
    "propto": ("RELATION", "∝"),
    "ne": ("RELATION", "≠"),
    "neq": ("RELATION", "≠"),
    "Rightarrow": ("ARROW", "⇒"),
    "Longrightarrow": ("ARROW", "⇒"),
    "implies": ("ARROW", "⇒"),
    "Leftrightarrow": ("ARROW", "⇔"),
    "Longleftrightarrow": ("ARROW", "⇔"),
    "iff": ("ARROW", "⇔"),
    "therefore": ("ARROW", "∴"),
    "because": ("ARROW", "∵"),
    "to": ("ARROW", "→"),
    "rightarrow": ("ARROW", "→"),
    "longrightarrow": ("ARROW", "→"),
}
"""What a command is, where one token says it."""

CHARACTERS: dict[str, tuple[str, str]] = {
    "+": ("SIGN", "+"),
    "-": ("SIGN", "-"),
    "−": ("SIGN", "-"),
    "*": ("TIMES", "*"),
    "/": ("TIMES", "/"),
    "@": ("TIMES", "*"),
    "·": ("TIMES", "*"),
    "×": ("TIMES", "*"),
    "⊙": ("TIMES", ".*"),
    "∘": ("TIMES", ".*"),
    "⊘": ("TIMES", "./"),
    "⊗": ("TIMES", "⊗"),
    "⟨": ("LANGLE", "<"),
    "⟩": ("RANGLE", ">"),
    "<": ("COMPARE", "<"),
    ">": ("COMPARE", ">"),
    "≤": ("COMPARE", "<="),
    "≥": ("COMPARE", ">="),
    "(": ("LPAR", "("),
    ")": ("RPAR", ")"),
    "[": ("LSQB", "["),
    "]": ("RSQB", "]"),
    "∈": ("IN", "in"),
    "⇒": ("ARROW", "⇒"),
    "→": ("ARROW", "→"),
    "≈": ("RELATION", "≈"),
    "≠": ("RELATION", "≠"),
}

MACROS = {"frac": ("FRAC", 2), "tfrac": ("FRAC", 2), "dfrac": ("FRAC", 2), "cfrac": ("FRAC", 2), "sqrt": ("SQRT", 1)}
"""Commands with arguments: the token they begin with, and how many arguments follow."""

SPACES = words(
    ", ; : ! > thinspace medspace thickspace enspace negthinspace hfill hfil nobreak allowbreak"
    " displaystyle textstyle scriptstyle scriptscriptstyle space limits nolimits nonumber notag noindent"
    " centering mathstrut strut qed square blacksquare hline rm bf it sf tt cal bfseries itshape large"
    " Large small relax hskip mathopen mathclose"
) | {" ", "\t", "\n", "/"}
"""What says nothing."""

DROPPED = words("hspace vspace phantom hphantom vphantom label tag color ref eqref cite footnote mspace kern")
"""Commands that say nothing together with their argument."""

TRANSPARENT = words("mathop mathbin mathrel mathord mathinner boxed fbox ensuremath smash underbrace overbrace cancel")
"""Commands whose argument stands for itself; what is written under or over a brace is a remark."""

OPENING = words("left bigl Bigl biggl Biggl mleft")
CLOSING = words("right bigr Bigr biggr Biggr mright")
LARGER = OPENING | CLOSING | words("big Big bigg Bigg qty")
"""Sizes of the bracket that follows."""

ENVIRONMENTS = words(
    "align align* aligned alignat alignat* alignedat equation equation* gather gather* gathered split multline"
    " multline* eqnarray eqnarray* displaymath math flalign flalign* dmath dmath* subequations"
)

TRANSPOSES = words("T t top intercal prime transpose trans tran tp transp ⊤")
UPRIGHT = words(
    "mathrm mathit mathsf mathtt mathnormal symup text textrm textit textsf texttt textnormal operatorname mbox"
)
"""Fonts in which several letters are one word."""

MACRO_NAMES = {"R": "R", "RR": "R", "reals": "R", "Reals": "R", "E": "E", "EE": "E", "ones": "1", "bbone": "1"}
r"""What people call their macros for letters of ``\mathbb``."""

DIFFERENTIALS = words("dd diff dif differential rd")
"""Commands people define for the upright d."""

REMARKS = words(
    "and or where so with hence thus then since because for if by therefore as let we get i.e. that is which gives"
    " note given using implies is the"
)
"""A text of these words is no name."""

ONES = {
    "mathbb",
    "mathbf",
    "boldsymbol",
    "bm",
    "mathds",
    "vec",
    "pmb",
    "symbf",
    "mathbbm",
    "textbf",
    "bold",
    "mathbbold",
}
r"""What makes a 1 the column of ones: ``\mathbf{1}``."""

_EXTRA = {
    "Tr": "tr",
    "Trace": "tr",
    "ReLU": "relu",
    "sgn": "sign",
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "sigm": "sigmoid",
    "LSE": "logsumexp",
    "lse": "logsumexp",
    "tg": "tan",
    "logdet": "logdet",
    "Re": "re",
}

OF_SQUARE = frozenset(entry.call for entry in ROWS.values() if entry.sizes == "X: n×n -> 1×1" and entry.latex)
"""What makes a number of a square matrix, as tr does: its brackets may be left out, and it has no transpose."""

_SPECIAL = ("unvec", "rows", "cols", "numel", "ind", "conj", "re", *SIZED)


INVERSES = {
    name: entry.inverse
    for name, entry in [*ROWS.items(), *((name, ROWS[of]) for name, of in ALIASES.items() if of in ROWS)]
    if entry.inverse
}
r"""What ``\sin^{-1}`` is."""

UNSUPPORTED = {
    "prod": "a product over an index is not supported; products of matrices stand side by side",
    "int": "integrals are not supported",
    "iint": "integrals are not supported",
    "oint": "integrals are not supported",
    "lim": "limits are not supported",
    "sup": "suprema are not supported",
    "inf": "infima are not supported",
    "arg": "arg max and arg min are not supported; write the function that is minimised",
    "argmin": "arg min is not supported; write the function that is minimised",
    "argmax": "arg max is not supported; write the function that is maximised",
    "pm": "± stands for two expressions; write them one by one",
    "mp": "∓ stands for two expressions; write them one by one",
    "oplus": "the direct sum and the Kronecker sum are not supported; write A \\otimes I + I \\otimes B",
    "cdots": "an expression cannot be left open with dots",
    "ldots": "an expression cannot be left open with dots",
    "dots": "an expression cannot be left open with dots",
    "vdots": "an expression cannot be left open with dots",
    "ddots": "an expression cannot be left open with dots",
    "infty": "infinity is not a number here",
    "forall": "quantifiers are not part of an expression",
    "exists": "quantifiers are not part of an expression",
    "middle": "conditional expressions are not supported",
    "mid": "conditional expressions are not supported; for a norm write \\lVert x \\rVert, for bars \\lvert x \\rvert",
    "mathbb": "sets and expectations are not supported inside an expression",
    **dict.fromkeys(("Var", "Cov", "Corr", "KL"), "expectations and what is made of them are not supported"),
    "Pr": "probabilities are not supported",
    "lfloor": "rounding has no derivative and is not supported",
    "lceil": "rounding has no derivative and is not supported",
    "bigotimes": "a Kronecker product over an index is not supported",
    "bigoplus": "a direct sum over an index is not supported",
    "oiint": "integrals are not supported",
    "rank": "the rank has no derivative and is not supported",
    "hbar": "complex quantities are not supported",
    "Im": "of a complex quantity the real part is read",
    **dict.fromkeys(
        words("def let newcommand renewcommand providecommand DeclareMathOperator newenvironment"),
        "macros are not expanded: write out what they stand for",
    ),
    **dict.fromkeys(
        words("input include write openout openin read catcode csname usepackage documentclass require immediate"),
        "nothing is loaded or executed here; only formulas are read",
    ),
    **dict.fromkeys(words("ast star"), r"it may be a convolution; write \cdot for the product, \odot entry by entry"),
    **dict.fromkeys(words("succeq preceq succ prec"), "a condition on a matrix is not part of an expression"),
    **dict.fromkeys(words("backslash setminus"), "write A^{-1} b for the solution of A x = b"),
    "bullet": r"write \langle A, B \rangle for the inner product, A \odot B entry by entry",
    **dict.fromkeys(words("leftarrow gets"), "an update is not a definition; write the new value as w_1 = …"),
    "mapsto": "give the function a name, as in f(x) = …",
    "nabla": "a gradient is what matdiff derives; write the function itself",
    "partial": "a derivative is what matdiff derives; write the function itself",
}
"""Commands that are known and refused, with the reason; in upright letters some are functions of the table."""


def _functions() -> dict[str, str]:
    """Every word that is a function, with its name in the operator table; the table's own LaTeX is among them."""
    found = {name: name for name in (*CALLS, *ALIASES, *_SPECIAL)} | _EXTRA
    for entry in ROWS.values():
        command = re.fullmatch(r"\\(?:operatorname\{([^}]*)\}|([A-Za-z]+))", entry.latex)
        if command and entry.call:
            found.setdefault((command[1] or command[2]).replace(r"\_", "_"), entry.call)
    return {word: name for word, name in found.items() if word not in UNSUPPORTED or word in CALLS}


FUNCTIONS = _functions()
