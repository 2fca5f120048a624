"""What an equation defines as NumPy text: its two sides and its derivative as functions for Newton's method."""

from __future__ import annotations

from functools import cache

from matdiff.arrays.precedence import is_atom
from matdiff.equations import Equation
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.newton import residual, slope
from matdiff.operators import row
from matdiff.sizes import ONE, Size

LONGEST = 20_000
"""Longer text is refused."""


@cache
def solution_text(equation: Equation) -> str:
    """The call that finds the value, with the names of the arguments in braces."""
    sizes = Lengths(equation)
    zero, derivative = (nested(e, equation, sizes) for e in (residual(equation), slope(equation)))
    shape = f"({sizes(equation.unknown.rows)}, {sizes(equation.unknown.cols)})"
    least = f"np.min(np.linalg.eigvals({derivative}).real) > 0" if equation.kind == "argmin" else "True"
    text = f"solution(lambda z_: {zero}, lambda z_: {derivative}, {shape}, lambda z_: {least})"
    if len(text) > LONGEST:
        raise UnsupportedError(f"the equation of {equation.name} is too long to be written as code")
    return f"{text}[0, 0]" if equation.unknown.is_scalar else text


class Lengths:
    """Sizes as text, told by the shapes of the arguments."""

    def __init__(self, equation: Equation) -> None:
        self.known: dict[Size, str] = {}
        for parameter in equation.parameters:
            for axis, size in enumerate(parameter.shape):
                self.known.setdefault(size, f"{{{parameter.data[0]}}}.shape[{axis}]")
        self.name = equation.name

    def __call__(self, size: Size) -> str:
        if size in self.known and size is not ONE:
            return self.known[size]
        factors = [self.factor(name) for name, power in size.powers for _ in range(power)]
        return " * ".join([str(size.coefficient), *factors] if size.coefficient != 1 or not factors else factors)

    def factor(self, name: str) -> str:
        found = next((text for size, text in self.known.items() if size.name == name), None)
        if found is None:
            raise UnsupportedError(f"the size {name} in the equation of {self.name} is not told by what it is made of")
        return found


def nested(root: Expr, equation: Equation, sizes: Lengths) -> str:
    """An expression as one line of NumPy over arrays of two axes."""
    text: dict[Expr, str] = {equation.unknown: "z_"}
    text |= {parameter: f"{{{parameter.data[0]}}}" for parameter in equation.parameters}
    for node in topo(root):
        if node not in text:
            text[node] = leaf(node, sizes) or by_row(node, [text[arg] for arg in node.args], sizes)
    return text[root]


def leaf(node: Expr, sizes: Lengths) -> str:
    rows, cols = node.shape
    match node.op:
        case "number":
            value = node.data
            return str(value.numerator) if value.denominator == 1 else f"({value.numerator} / {value.denominator})"
        case "dim":
            return f"({sizes(node.data)})"
        case "pi":
            return "np.pi"
        case "eye":
            return f"np.eye({sizes(rows)})"
        case "ones" | "zeros":
            return f"np.{node.op}(({sizes(rows)}, {sizes(cols)}))"
        case "commutation":
            m, n = (sizes(size) for size in node.data)
            eye = f"np.eye({m} * {n}).reshape({n}, {m}, {m} * {n})"
            return f"{eye}.transpose(1, 0, 2).reshape({m} * {n}, {m} * {n})"
        case _:
            return ""


def by_row(node: Expr, args: list[str], sizes: Lengths) -> str:
    entry = row(node)
    if not entry.numpy:
        raise UnsupportedError(f"{entry.call or node.op} has no NumPy value")
    found = entry.match(tuple(arg.shape for arg in node.args), node.data) or {}
    told = {name: sizes(size) for name, size in found.items()}
    texts = [grouped(text) for text in args]
    if entry.call:  # a function, which looks for two axes
        texts = [f"np.reshape({t}, (1, 1))" if e.is_scalar else t for t, e in zip(texts, node.args, strict=True)]
    form = entry.numpy.replace("inverse(", "np.linalg.inv(")
    return form.format(**(told | dict(zip(entry.arguments, texts, strict=True))))


def grouped(text: str) -> str:
    """The text of an argument, in brackets where a sign beside it would tear it apart."""
    return text if is_atom(text) else f"({text})"
