"""MathML, which browsers show without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from html import escape

from matdiff.compose import (
    UNIT,
    is_inverse,
    is_joined,
    is_product,
    is_reciprocal,
    is_transpose,
    joined,
    left_spine,
    split,
)
from matdiff.expr import Expr
from matdiff.indices import Access
from matdiff.model import conjugate_name
from matdiff.operators import MASK_SIGNS, row
from matdiff.printing.base import ATOM, POSTFIX, POWER, PRODUCT, SUM, UNARY, Text, TreePrinter, primed
from matdiff.sizes import ONE, Size

GREEK_NAMES = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi"
GREEK_NAMES += " pi rho sigma tau upsilon phi chi psi omega"
GREEK_NAMES += " Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell"
GREEK = dict(zip(GREEK_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩℓ", strict=True))
COMPARISONS = {">": ">", ">=": "≥", "<": "<", "<=": "≤", "==": "="}
INVISIBLE_TIMES = '<mo lspace="0" rspace="0.2em">&#x2062;</mo>'
TRANSPOSED = '<mo form="postfix" lspace="0" rspace="0">⊤</mo>'
EACH = '<mo form="prefix" lspace="0" rspace="0">⊙</mo>'
MINUS = '<mo form="prefix" lspace="0" rspace="0">−</mo>'
D = '<mi mathvariant="normal">d</mi>'
THIN = '<mspace width="0.17em"/>'


def mo(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def mtd(inner: str) -> str:
    return f"<mtd>{inner}</mtd>"


def mrow(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def fenced(inner: str, left: str = "(", right: str = ")") -> str:
    return mrow(mo(left), inner, mo(right))


def bracket(text: Text, least: int) -> str:
    return text[0] if text[1] >= least else fenced(text[0])


def name(text: str) -> str:
    """A name as people set it: Greek letters, and what follows a first letter as a subscript."""
    if isinstance(text, Access) and text.at:
        below = "<mo>,</mo>".join(f"<mi>{escape(primed(str(place), '′'))}</mi>" for place in text.at)
        return f"<msub>{mrow(name(text.family))}<mrow>{below}</mrow></msub>"
    if text.startswith("conj("):
        return f"<mover>{name(conjugate_name(text))}<mo>¯</mo></mover>"
    head, bar, tail = text.partition("_")
    if not bar and len(text) > 1 and text[0].isalpha() and text[1:].isdigit():
        head, tail = text[0], text[1:]
    base = f"<mi>{escape(GREEK.get(head, head))}</mi>"
    if not tail:
        return base
    below = f"<mn>{tail}</mn>" if tail.isdigit() else f"<mi>{escape(tail)}</mi>"
    return f"<msub>{base}{below}</msub>"


def number(value: Fraction) -> Text:
    if value < 0:
        text, precedence = number(-value)
        return mrow(MINUS, text), min(precedence, UNARY)
    if value.denominator == 1:
        return f"<mn>{value}</mn>", ATOM
    return f"<mfrac><mn>{value.numerator}</mn><mn>{value.denominator}</mn></mfrac>", POWER


NORMS = frozenset({"norm1", "norm2"})
MARKUP = re.compile(r"<[^>]*>")


class MathMLPrinter(TreePrinter):
    """Prints an expression as presentation MathML, without the ``math`` element."""

    axis = mrow("<mi>axis</mi>", mo("="), "<mn>1</mn>")

    def whole(self, named: list[tuple[str, str]], text: str) -> str:
        if not named:
            return text
        rows = [f"<mtr>{mtd(key)}{mtd(mo('='))}{mtd(value)}</mtr>" for key, value in named]
        return f'<mtable>{"".join(rows)}<mtr><mtd columnspan="3">{text}</mtd></mtr></mtable>'

    def name(self, text: str) -> str:
        return name(text)

    def new_name(self, count: int) -> str:
        return name(super().new_name(count))

    @staticmethod
    def remark(words: str) -> str:
        return f"<mtext>{words}</mtext>"

    def format_mask(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        left, right = (bracket(done[part], SUM) for part in self.shown(node))
        sign = mo(COMPARISONS[MASK_SIGNS[node.op]])
        return mrow('<mn mathvariant="bold">𝟏</mn>', fenced(mrow(left, sign, right))), ATOM

    def format_call(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.call(f"<mi>{escape(row(node).call)}</mi>", *self.arguments(node, done))

    @staticmethod
    def call(function: str, *inner: str) -> Text:
        return mrow(function, "<mo>&#x2061;</mo>", fenced(mo(",").join(inner))), ATOM

    def format_apply(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        word, order = node.data
        function = f"<msup>{name(word)}<mo lspace='0'>{'′' * order}</mo></msup>" if order else name(word)
        return self.call(function, done[node.args[0]][0])

    def format_sympy(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        function, *orders = node.data
        return self.call(f"<mi>{function}</mi>", *(number(order)[0] for order in orders), done[node.args[0]][0])

    def format_unvec(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.call("<mi>unvec</mi>", done[node.args[0]][0], *map(self.size, node.data))

    # leaves

    def format_variable(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return name(node.data[0]), ATOM

    def format_bound(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        sign = {"sum": mo("∑"), "prod": mo("∏")}.get(node.data.kind) or f"<mi>{node.data.kind}</mi>"
        below = escape(primed(str(node.data).partition("[")[2][:-1], "′"))
        return mrow(f"<munder>{sign}<mtext>{below}</mtext></munder>", bracket(done[node.args[0]], PRODUCT)), SUM

    def format_definition(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return name(node.data), ATOM

    def format_implicit(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return name(node.data.name), ATOM

    def format_expect(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        drawn, told = name(node.data.drawn.data[0]), (done[arg][0] for arg in self.shown(node))
        below = mrow(drawn, mo("∼"), self.call(f"<mi>{node.data.distribution}</mi>", *told)[0])
        return self.call(f"<munder><mi>E</mi>{below}</munder>", self.text(node.data.body, {})[0])

    def format_number(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return number(node.data)

    def format_dim(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.size(node.data), ATOM if len(node.data.powers) == 1 else PRODUCT

    def format_pi(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return "<mi>π</mi>", ATOM

    def format_eye(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msub><mi>I</mi>{self.size(node.rows)}</msub>", ATOM

    def format_ones(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        digit = f"<mn>{'𝟏' if node.op == 'ones' else '𝟎'}</mn>"
        if node.cols is ONE:
            return f"<msub>{digit}{self.size(node.rows)}</msub>", ATOM
        if node.rows is ONE:
            return f"<msubsup>{digit}{self.size(node.cols)}{TRANSPOSED}</msubsup>", POWER
        return f"<msub>{digit}{mrow(self.size(node.rows), mo('×'), self.size(node.cols))}</msub>", ATOM

    format_zeros = format_ones

    def format_selection(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        sizes = mo(",").join(map(self.size, (node.rows, *node.data)))
        return mrow("<mi>selection</mi>", mo("("), sizes, mo(")")), ATOM

    def format_slice(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        spans = escape(MARKUP.sub("", ",".join(map(self.span, node.data))))
        return f"<msub>{mrow(mo('('), done[node.args[0]][0], mo(')'))}<mtext>{spans}</mtext></msub>", ATOM

    def format_block(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        parts = iter(node.args)
        rows = ("".join(f"<mtd>{done[next(parts)][0]}</mtd>" for _ in range(n)) for n in node.data)
        table = "".join(f"<mtr>{row}</mtr>" for row in rows)
        return mrow(mo("["), f"<mtable>{table}</mtable>", mo("]")), ATOM

    def format_commutation(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msub><mi>K</mi>{mrow(mo(',').join(map(self.size, node.data)))}</msub>", ATOM

    def size(self, size: Size) -> str:
        factors = [] if size.coefficient == 1 and size.powers else [f"<mn>{size.coefficient}</mn>"]
        for part, power in size.powers:
            text = self.sizes.get(part, part)
            base = f"<mi>{escape(text)}</mi>" if "(" in text else name(text)
            factors.append(f"<msup>{base}<mn>{power}</mn></msup>" if power > 1 else base)
        return mrow(*factors) if len(factors) > 1 else factors[0]

    def format_differential(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        if of.op in ("variable", "definition"):
            word = of.data if of.op == "definition" else of.data[0]
            return mrow(D, *([THIN] if len(word.partition("_")[0]) > 2 else []), name(word)), POSTFIX
        text, precedence = done[of]
        return mrow(D, *([THIN, text] if precedence >= ATOM else [fenced(text)])), POSTFIX

    # functions with a shape of their own

    def shown(self, node: Expr) -> list[Expr]:
        inverse = is_transpose(node) and is_inverse(node.args[0])
        return list(node.args[0].args) if inverse else super().shown(node)

    def format_transpose(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        if is_inverse(of):
            return f"<msup>{bracket(done[of.args[0]], ATOM)}{mrow(MINUS, TRANSPOSED)}</msup>", POWER
        return f"<msup>{bracket(done[node.args[0]], ATOM)}{TRANSPOSED}</msup>", POWER

    def format_inv(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msup>{bracket(done[node.args[0]], ATOM)}<mrow>{mo('−')}<mn>1</mn></mrow></msup>", POWER

    def format_pinv(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msup>{bracket(done[node.args[0]], ATOM)}{mo('+')}</msup>", POWER

    def format_sqrt(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msqrt>{done[node.args[0]][0]}</msqrt>", ATOM

    def format_norm(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msub>{self.norm_parts(node, done)}</msub>", ATOM

    format_norm1 = format_norm2 = format_norm

    @staticmethod
    def norm_parts(node: Expr, done: Mapping[Expr, Text]) -> str:
        """The bars, and which norm it is, below them."""
        index = "1" if node.op == "norm1" else "2" if ONE in node.args[0].shape else "F"
        return f"{fenced(done[node.args[0]][0], '‖', '‖')}<mn>{index}</mn>"

    def format_matrix_power(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msup>{bracket(done[node.args[0]], ATOM)}<mn>{node.data}</mn></msup>", POWER

    def format_power(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"<msup>{bracket(done[node.args[0]], ATOM)}{mrow(done[node.args[1]][0])}</msup>", POWER

    def format_kron(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        left, right = (bracket(done[arg], POWER) for arg in node.args)
        return mrow(left, mo("⊗"), right), PRODUCT

    def format_pow(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        if is_reciprocal(node):
            below = self.power(done[node.args[0]], number(-node.args[1].data), node.is_scalar)
            if node.is_scalar:
                return f"<mfrac><mn>1</mn>{mrow(below)}</mfrac>", POWER
            return mrow("<mn>1</mn>", mo("⊘"), below), PRODUCT
        base, exponent = (done[arg] for arg in node.args)
        if node.args[0].op in NORMS and exponent != number(Fraction(1)):
            return f"<msubsup>{self.norm_parts(node.args[0], done)}{mrow(exponent[0])}</msubsup>", POWER
        return self.power(base, exponent, node.is_scalar), POWER

    def format_pow_each(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        base, exponent = (done[part] for part in self.shown(node))
        return self.power(base, exponent, False), POWER

    @staticmethod
    def power(base: Text, exponent: Text, scalar: bool) -> str:
        if exponent[0] == "<mn>1</mn>":
            return bracket(base, POWER)
        above = exponent[0] if scalar else EACH + bracket(exponent, UNARY)
        return f"<msup>{bracket(base, ATOM)}{mrow(above)}</msup>"

    def each_power(self, factor: Expr, done: Mapping[Expr, Text]) -> str:
        """What stands behind the sign of division entry by entry."""
        return self.power(done[factor.args[0]], number(-factor.args[1].data), False)

    # sums and products

    def format_add(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out: list[str] = []
        for part in self.unspread(left_spine(node)):
            negative, value = self.term(part)
            out += [mo("−") if out else MINUS] if negative else [mo("+")] if out else []
            out.append(bracket(done[value], PRODUCT))
        return mrow(*out), SUM

    def format_mul(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return side_by_side(bracket(done[part], POWER) for part in left_spine(node)), PRODUCT

    def format_scale(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        value, factors, matrix = split(node) if is_joined(node) else (UNIT, [], None)
        if joined(value, factors, matrix) is not node:
            return side_by_side([bracket(done[node.args[0]], UNARY), bracket(done[node.args[1]], POWER)]), PRODUCT
        coefficient = self.coefficient(node, done)
        if coefficient is not None:
            return mrow(bracket(coefficient, PRODUCT), mo("⊘"), self.each_power(node.args[1], done)), PRODUCT
        numerators = [factor for factor in factors if not is_reciprocal(factor)]
        above = [bracket(done[factor], POWER) for factor in numerators]
        if numerators and is_product(numerators[-1]) and matrix is None:  # a x'y reads as a times x'y
            above[-1] = done[numerators[-1]][0]
        below = [
            self.power(done[factor.args[0]], number(-factor.args[1].data), True)
            for factor in factors
            if is_reciprocal(factor)
        ]
        if abs(value.numerator) != 1:
            above.insert(0, f"<mn>{abs(value.numerator)}</mn>")
        if value.denominator != 1:
            below.insert(0, f"<mn>{value.denominator}</mn>")
        if below:
            above = [f"<mfrac>{side_by_side(above or ['<mn>1</mn>'])}{side_by_side(below)}</mfrac>"]
        if matrix is not None:
            above += [bracket(done[part], POWER) for part in self.product_parts(node)[len(factors) :]]
        text = side_by_side(above)
        return (mrow(MINUS, text), UNARY) if value < 0 else (text, POWER if len(above) == 1 else PRODUCT)

    def format_had(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out: list[str] = []
        for factor in self.unspread(left_spine(node), scalars=False):
            if is_reciprocal(factor):
                text = self.each_power(factor, done)
                out += [mo("⊘"), text] if out else ["<mn>1</mn>", mo("⊘"), text]
            else:
                out += [*([mo("⊙")] if out else []), bracket(done[factor], POWER)]
        return mrow(*out), PRODUCT


def side_by_side(texts: Iterable[str]) -> str:
    return mrow(INVISIBLE_TIMES.join(texts))


def math(inner: str) -> str:
    return f'<math displaystyle="true">{inner}</math>'
