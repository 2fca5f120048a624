"""Surface nodes of any notation as math text: what was read, sizes that do not fit included."""

from __future__ import annotations

from fractions import Fraction

from matdiff.printing.base import ATOM, COMPARE, POSTFIX, POWER, PRODUCT, SUM, UNARY
from matdiff.reader.syntax import Node, postorder

_LEVELS = {"+": SUM, "-": SUM, "*": PRODUCT, ".*": PRODUCT, "/": PRODUCT, "./": PRODUCT, "⊗": PRODUCT}
_TIGHT = frozenset({"*", "/", "^"})


def math_text(root: Node) -> str:
    """The text of a node in the math notation."""
    done: dict[int, tuple[str, int]] = {}
    for node in postorder(root):
        done[id(node)] = _written(node, [done[id(child)] for child in node.children])
    return done[id(root)][0]


def _bracket(part: tuple[str, int], least: int) -> str:
    return part[0] if part[1] >= least else f"({part[0]})"


def _written(node: Node, parts: list[tuple[str, int]]) -> tuple[str, int]:
    match node.kind:
        case "number":
            value = Fraction(node.value)
            return str(value), ATOM if value.denominator == 1 and value >= 0 else PRODUCT
        case "name":
            return str(node.value), ATOM
        case "negate":
            return f"-{_bracket(parts[0], UNARY)}", UNARY
        case "transpose":
            return f"{_bracket(parts[0], POSTFIX)}'", POSTFIX
        case "inverse":
            return f"inv({parts[0][0]})", ATOM
        case "mask":
            return f"1({parts[0][0]})", ATOM
        case "keyword":
            return f"{node.value}={parts[0][0]}", COMPARE
        case "differential":
            return f"d({parts[0][0]})", ATOM
        case "binary":
            return _binary(str(node.value), *parts)
        case "primed":
            name, order = node.value
            return f"{name}{chr(39) * order}({parts[0][0]})", ATOM
        case _:
            return f"{node.value}({', '.join(text for text, _ in parts)})", ATOM


def _binary(sign: str, left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
    sign = "*" if sign == "@" else sign
    spaced = sign if sign in _TIGHT else f" {sign} "
    if sign in ("^", ".^"):
        return f"{_bracket(left, POSTFIX)}{spaced}{_bracket(right, POWER)}", POWER
    level = _LEVELS.get(sign, COMPARE)
    return f"{_bracket(left, level)}{spaced}{_bracket(right, level + 1)}", level
