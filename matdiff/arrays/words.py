"""The words of a library in which programs on arrays with leading axes are written; here those of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matdiff.arrays.precedence import ATOM, LOOSE, POWER, PRODUCT, SUM, UNARY, is_atom, stands_alone
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS, ROWS, Row, row
from matdiff.texts import taken, texts


@dataclass(frozen=True)
class Form:
    """The text of an operation: ``{0}``, ``{1}`` are its arguments, ``{m}``, ``{n}`` and their like its sizes."""

    text: str
    level: int = ATOM
    needs: tuple[int, ...] = ()
    """The least level of each argument."""


def called(text: str, arguments: int = 3) -> Form:
    """The form of a text that has brackets where it needs them."""
    needs = tuple(LOOSE if stands_alone(number, text) else ATOM for number in range(arguments))
    return Form(text, ATOM if is_atom(text) else SUM, needs)


def numbered(text: str, entry: Row) -> str:
    """A text of a row with numbers for its arguments."""
    for number, name in enumerate(entry.arguments):
        text = text.replace(f"{{{name}}}", f"{{{number}}}")
    return text


SIGNS = {
    "add": Form("{0} + {1}", SUM, (SUM, PRODUCT)),
    "sub": Form("{0} - {1}", SUM, (SUM, PRODUCT)),
    "scale": Form("{0} * {1}", PRODUCT, (PRODUCT, UNARY)),
    "had": Form("{0} * {1}", PRODUCT, (PRODUCT, UNARY)),
    "over": Form("{0} / {1}", PRODUCT, (PRODUCT, UNARY)),
    "negative": Form("-{0}", UNARY, (UNARY,)),
    "mul": Form("{0} @ {1}", PRODUCT, (PRODUCT, UNARY)),
    "pow": Form("{0} ** {1}", POWER, (ATOM, POWER)),
    "pow_each": Form("{0} ** {1}", POWER, (ATOM, POWER)),
}
"""What all libraries write by the same signs."""

LEADING = {
    "rowsum": "np.sum({0}, axis=-1, keepdims=True)",
    "colsum": "np.sum({0}, axis=-2, keepdims=True)",
    "sum_squares": "np.sum({0} ** 2, axis=(-2, -1), keepdims=True)",
    "inner": "np.sum({0} * {1}, axis=(-2, -1), keepdims=True)",
    "matrix_power": "np.linalg.matrix_power({0}, {data})",
} | {name: numbered(entry.leading, entry) for name, entry in ROWS.items() if entry.leading}
"""What is not written as the table of operators has it, or would not be right on arrays with leading axes."""

PHRASES = {
    "zeros": "np.zeros({0})",
    "ones": "np.ones({0})",
    "eye": "np.eye({0})",
    "one_by_one": "np.array([[{0}]])",
    "arange": "np.arange({0}, {1})",
    "float": "{0}.astype(float)",
    "mask": "np.asarray({0})",
    "where": "np.where({0}, {1}, {2})",
    "choose": "({1} if {0} else {2})",
    "clip": "np.clip({0}, 0, {1} - 1)",
    "clip_number": "min(max({0}, 0), {1} - 1)",
    "filled": "np.array(np.broadcast_to({0}, {1}))",
    "permute": "{0}.transpose({1})",
    "squeeze": "np.squeeze({0}, {1})",
    "sum over": "np.sum({0}, axis={1})",
    "prod over": "np.prod({0}, axis={1})",
    "max over": "np.max({0}, axis={1})",
    "min over": "np.min({0}, axis={1})",
    "log": "math.log({0})",
    "root": "math.sqrt({0})",
    "infinite": "np.inf",
    "pi": "np.pi",
    "truth": "float({0})",
}
"""What is said beside operations."""

HELPERS = texts("families_numpy")


def numpy_row(node: Expr) -> str:
    """How a function of the operator table is written."""
    return row(node).numpy


def forms(leading: Mapping[str, str], mask: str) -> dict[str, Form]:
    """The forms of a library, made of its texts."""
    masks = {op: Form(mask.replace("?", sign), ATOM, (SUM, SUM)) for op, sign in MASK_SIGNS.items()}
    return SIGNS | {name: called(text) for name, text in leading.items()} | masks


@dataclass(frozen=True)
class Words:
    """What a library is written in."""

    name: str
    forms: Mapping[str, Form]
    phrases: Mapping[str, str]
    helpers: Mapping[str, str]
    row: Callable[[Expr], str] = numpy_row
    """The text of what has no form of its own, a matrix at a time."""
    traced: bool = False
    """Whether arrays do not change, and a loop is a function of the library."""

    def text(self, name: str, *arguments: object) -> str:
        """A phrase, its arguments put in as they are."""
        return self.phrases[name].format(*arguments)

    def form(self, node: Expr) -> Form:
        """The form of an operator of the table."""
        if node.op in self.forms:
            return self.forms[node.op]
        entry = row(node)
        text = self.row(node)
        if entry.elementwise or node.op == "sympy":
            return called(numbered(text, entry), len(entry.arguments))
        names = ", ".join(entry.arguments)
        sizes = {name: f"{{{name}}}" for name in ("m", "n", "p", "q")}
        inner = text.format(**{name: name for name in entry.arguments}, **sizes)
        holes = ", ".join(f"{{{number}}}" for number in range(len(entry.arguments)))
        return Form(f"each(lambda {names}: {inner}, {holes})")

    def defined(self, text: str) -> str:
        """The functions that a text calls."""
        found: set[str] = set()
        waiting = [text]
        while waiting:
            more = (taken(waiting.pop()) & self.helpers.keys()) - found
            found |= more
            waiting += [self.helpers[name] for name in more]
        return "\n\n".join(code.strip("\n") + "\n" for name, code in self.helpers.items() if name in found)


ENTRY_BY_ENTRY = {name: text for name, text in texts("numpy").items() if name in ROWS and ROWS[name].elementwise}
"""Of the functions that NumPy lacks those that know no axes."""

NUMPY = Words("numpy", forms(LEADING, "({0} ? {1}).astype(float)"), PHRASES, ENTRY_BY_ENTRY | HELPERS)
