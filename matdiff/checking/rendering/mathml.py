"""Formulas of a document as MathML, as they were written, for browsers without scripts."""

from __future__ import annotations

from fractions import Fraction
from html import escape

from matdiff.checking.slips.spelling import is_group
from matdiff.printing.mathml import fenced, mo, mrow, name
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.syntax import Node, postorder

_SIGNS = {".*": "⊙", "./": "⊘", "⊗": "⊗", "+": "+", "-": "−", "/": "/", "==": "=", ">=": "≥", "<=": "≤"}
_UPRIGHT = {"sum": "sum", "log_softmax": "log softmax"}
_FENCED = {"norm2": "‖", "norm": "‖", "norm1": "‖", "abs": "|", "|": "|"}


def row(*parts: str) -> str:
    return mrow(*parts) if len(parts) != 1 else parts[0]


def sign(text: str, space: bool = True) -> str:
    return mo(text) if space else f'<mo lspace="0" rspace="0">{escape(text)}</mo>'


def number(value: Fraction) -> str:
    decimal = f"{float(value):g}"
    if value.denominator == 1 or Fraction(decimal) == value:
        return f"<mn>{value if value.denominator == 1 else decimal}</mn>"
    return f"<mfrac><mn>{value.numerator}</mn><mn>{value.denominator}</mn></mfrac>"


def formula(root: Node, source: str) -> str:
    """One expression. Brackets stand where the source has them."""
    done: dict[int, str] = {}
    for node in postorder(root):
        text = written(node, [done[id(child)] for child in node.children], source)
        own = node.end > node.start and is_group(source[node.start : node.end]) and node.kind not in ("call", "mask")
        done[id(node)] = fenced(text) if own else text
    return done[id(root)]


def written(node: Node, parts: list[str], source: str) -> str:
    """A node over its written parts."""
    match node.kind:
        case "number":
            return number(node.value)
        case "name":
            return name(str(node.value))
        case "binary":
            return binary(node, parts)
        case "negate":
            return row(sign("−", space=False), parts[0])
        case "transpose":
            return f"<msup>{row(parts[0])}<mo>⊤</mo></msup>"
        case "inverse":
            return f"<msup>{row(parts[0])}{row(sign('−', space=False), '<mn>1</mn>')}</msup>"
        case "mask":
            (inside,) = node.children
            closed = is_group(source[inside.start : inside.end])
            return row("<mn>1</mn>", parts[0] if closed else fenced(parts[0]))
        case "differential":
            return row('<mi mathvariant="normal">d</mi>', parts[0])
        case "reduction":
            index = "".join(f"<mi>{escape(letter)}</mi>" for letter in node.value)
            return row(f"<munder><mo>∑</mo>{row(index)}</munder>", parts[0])
        case "derivative":
            return claim(node.value, source)
        case "free":
            return parts[0]
        case "entry":
            index = "".join(f"<mi>{escape(letter)}</mi>" for letter in node.value if letter != ":")
            return f"<msub>{row(parts[0])}{row(index)}</msub>"
        case "keyword":
            return row(f"<mtext>{escape(str(node.value))}=</mtext>", parts[0])
        case "primed":
            function, order = node.value
            return row(f"<msup><mi>{escape(function)}</mi><mo>{'′' * order}</mo></msup>", fenced(parts[0]))
        case _:
            return call(str(node.value), node, parts)


def binary(node: Node, parts: list[str]) -> str:
    left, right = parts
    match node.value:
        case "*":
            digits = node.children[1].kind == "number"
            return row(left, sign("·") if digits else "<mspace width='0.22em'/>", right)
        case "/" if node.start < node.children[0].start or node.children[0].kind == "number":
            return f"<mfrac>{row(left)}{row(right)}</mfrac>"
        case "^":
            return f"<msup>{row(left)}{row(right)}</msup>"
        case ".^":
            return f"<msup>{row(left)}{row(sign('⊙', space=False), right)}</msup>"
        case other:
            return row(left, sign(_SIGNS.get(other, other)), right)


def call(function: str, node: Node, parts: list[str]) -> str:
    if function in ("vector", "ones") and node.children and node.children[0].kind in ("number", "name"):
        return "<mn>𝟏</mn>"
    if function == "matrix":
        return "<mn>𝟎</mn>"
    if function == "sqrt" and len(parts) == 1:
        return f"<msqrt>{parts[0]}</msqrt>"
    if function == "inv" and len(parts) == 1:
        return f"<msup>{fenced(parts[0])}{row(sign('−', space=False), '<mn>1</mn>')}</msup>"
    if function in _FENCED and len(parts) == 1:
        bar = _FENCED[function]
        text = fenced(parts[0], bar, bar)
        return f"<msub>{text}<mn>1</mn></msub>" if function == "norm1" else text
    if function == "inner" and len(parts) == 2:
        return fenced(row(parts[0], sign(","), parts[1]), "⟨", "⟩")
    inner = "<mo>,</mo>".join(parts)
    return row(
        f"<mi mathvariant='normal'>{escape(_UPRIGHT.get(function, function))}</mi>", sign("⁡"), fenced(row(inner))
    )


def claim(found: Claim, source: str) -> str:
    """``∇_w f``, ``D_w f``."""
    below = "<mo>,</mo>".join(name(str(node.value)) for node in found.wrt)
    letter = "<mi mathvariant='normal'>D</mi>" if found.kind == "jacobian" else "<mo>∇</mo>"
    if found.kind == "hessian":
        text = f"<msubsup>{letter}{row(below)}<mn>2</mn></msubsup>"
    else:
        text = f"<msub>{letter}{row(below)}</msub>"
    return text if found.of is None else row(text, formula(found.of, source))
