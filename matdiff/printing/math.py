"""Math text: what is printed here is read back as the same expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from matdiff.expr import Expr, topo
from matdiff.operators import MASK_SIGNS, row
from matdiff.reader.build import is_reciprocal, scalar_product, split
from matdiff.sizes import ONE, Size

COMPARE, SUM, PRODUCT, UNARY, POWER, POSTFIX, ATOM = range(7)

Text = tuple[str, int]
"""A text with the precedence of its loosest sign."""

MAX_TREE = 3000
"""Expressions that would print more operators than this have their shared parts named first."""


def bracket(text: Text, least: int) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"


def left_spine(node: Expr, op: str) -> list[Expr]:
    """The operands of a chain that associates to the left."""
    operands: list[Expr] = []
    while node.op == op:
        operands.append(node.args[1])
        node = node.args[0]
    return [node, *reversed(operands)]


class Printer:
    """Prints expressions; ``sizes`` says how a size name that the reader inferred is written."""

    def __init__(self, sizes: Mapping[str, str] | None = None, taken: Iterable[str] = ()) -> None:
        self.sizes = sizes or {}
        self.taken = frozenset(taken)

    def __call__(self, root: Expr) -> str:
        lines = []
        names: dict[Expr, str] = {}
        for node in self.to_name(root):
            name = self.new_name(len(names) + 1)
            lines.append(f"{name} = {self.text(node, names)[0]}")
            names[node] = name
        return "\n".join([*lines, self.text(root, names)[0]])

    def to_name(self, root: Expr) -> list[Expr]:
        """Shared nodes to print once, where printing everything in place would be too long."""
        weight: dict[Expr, int] = {}
        uses: dict[Expr, int] = {}
        for node in topo(root, inside=self.shown):
            parts = self.shown(node)
            for part in parts:
                uses[part] = uses.get(part, 0) + 1
            weight[node] = 1 + sum(weight[part] for part in parts)
        if weight[root] <= MAX_TREE:
            return []
        return [
            node
            for node in weight
            if node is not root and self.shown(node) and (uses[node] > 1 or weight[node] % 200 == 0)
        ]

    def new_name(self, number: int) -> str:
        name = f"t{number}"
        while name in self.taken:
            name += "_"
        return name

    def text(self, root: Expr, names: Mapping[Expr, str]) -> Text:
        done: dict[Expr, Text] = {}

        def shown(node: Expr) -> Iterable[Expr]:
            return () if node in names and node is not root else self.shown(node)

        for node in topo(root, inside=shown):
            if node in names and node is not root:
                done[node] = (names[node], ATOM)
            else:
                done[node] = self.format(node, done)
        return done[root]

    # what is shown inside a node

    def shown(self, node: Expr) -> list[Expr]:
        """The expressions whose texts make up the text of a node."""
        match node.op:
            case "definition":
                return []
            case "differential":
                return [] if node.args[0].op in ("variable", "definition") else [node.args[0]]
            case "add":
                return [self.term(t)[1] for t in self.unspread(left_spine(node, "add"))]
            case "scale":
                return self.product_parts(node)
            case "mul":
                return self.chain(node)
            case "had":
                return [self.under(f) for f in self.unspread(left_spine(node, "had"), scalars=False)]
            case "pow" if is_reciprocal(node):
                return [node.args[0]]
            case op if op in MASK_SIGNS or op in ("maximum", "minimum", "pow_each"):
                return self.unspread(list(node.args))
            case _:
                return list(node.args)

    def format(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        own: Callable[[Expr, Mapping[Expr, Text]], Text] | None = getattr(self, f"format_{node.op}", None)
        if own:
            return own(node, done)
        if node.op in MASK_SIGNS:
            left, right = (done[part] for part in self.shown(node))
            return f"1({bracket(left, SUM)} {MASK_SIGNS[node.op]} {bracket(right, SUM)})", ATOM
        return f"{row(node).call}({', '.join(done[part][0] for part in self.shown(node))})", ATOM

    def size(self, size: Size) -> str:
        return "*".join(self.sizes.get(part, part) for part in str(size).split("*"))

    # leaves

    def format_variable(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return node.data[0], ATOM

    def format_definition(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return node.data, ATOM

    def format_number(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return number_text(node.data)

    def format_dim(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        text = self.size(node.data)
        return text, PRODUCT if "*" in text else ATOM

    def format_pi(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return "pi", ATOM

    def format_eye(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"eye({self.size(node.rows)})", ATOM

    def format_ones(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        rows, cols = self.size(node.rows), self.size(node.cols)
        return (f"{node.op}({rows})" if node.cols is ONE else f"{node.op}({rows}, {cols})"), ATOM

    format_zeros = format_ones

    def format_commutation(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        m, n = node.data
        return f"commutation({self.size(m)}, {self.size(n)})", ATOM

    def format_unvec(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        m, n = node.data
        return f"unvec({done[node.args[0]][0]}, {self.size(m)}, {self.size(n)})", ATOM

    def format_differential(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        if of.op in ("variable", "definition"):
            name = of.data if of.op == "definition" else of.data[0]
            return (f"d{name}" if f"d{name}" not in self.taken else f"d({name})"), ATOM
        return f"d({done[of][0]})", ATOM

    # signs

    def term(self, node: Expr) -> tuple[bool, Expr]:
        """A summand as its sign and its absolute value."""
        value, factors, matrix = split(node)
        if value < 0 and joined(value, factors, matrix) is node:
            return True, joined(-value, factors, matrix)
        return False, node

    def format_add(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out = ""
        for part in self.unspread(left_spine(node, "add")):
            negative, value = self.term(part)
            text = bracket(done[value], PRODUCT)
            out += (" - " if negative else " + " if out else "") + text if out else ("-" if negative else "") + text
        return out, SUM

    def unspread(self, operands: list[Expr], scalars: bool = True) -> list[Expr]:
        """Operands with broadcasts taken back, where the reader would make them again."""
        full_rows = any(self.source(operand, scalars)[1] for operand in operands)
        full_cols = any(self.source(operand, scalars)[2] for operand in operands)
        result = []
        for operand in operands:
            source, has_rows, has_cols = self.source(operand, scalars)
            result.append(source if (has_rows or full_rows) and (has_cols or full_cols) else operand)
        return result

    @staticmethod
    def source(node: Expr, scalars: bool) -> tuple[Expr, bool, bool]:
        """What a broadcast was made from, and whether that has the rows and the columns of the node."""
        coefficient, body = (node.args[0], node.args[1]) if node.op == "scale" else (None, node)
        tall, wide = node.rows is not ONE, node.cols is not ONE
        if scalars and body.op in ("ones", "zeros") and not (body.op == "zeros" and coefficient):
            value = coefficient or Expr("number", (), Fraction(int(body.op == "ones")), (ONE, ONE))
            return value, not tall, not wide
        value, factors, matrix = split(node)
        if matrix is not None and matrix.op == "mul" and tall and wide:
            left, right = matrix.args
            if left.op == "ones" and left.cols is ONE:
                return joined(value, factors, right), False, True
            if right.op == "ones" and right.rows is ONE:
                return joined(value, factors, left), True, False
        return node, True, True

    def chain(self, node: Expr) -> list[Expr]:
        """The factors of a matrix product, a sum over rows or columns counting as one."""
        factors = left_spine(node, "mul")
        if factors[-1].op == "ones" and factors[-1].cols is ONE and node.args[0].rows is not ONE:
            return [node.args[0]]
        if factors[0].op == "ones" and factors[0].rows is ONE and factors[0].cols is not ONE:
            return factors[1:]
        return factors

    def format_mul(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        factors = left_spine(node, "mul")
        parts = self.chain(node)
        if len(parts) == 1 and factors[-1].op == "ones" and parts[0] is node.args[0]:
            return f"rowsum({done[parts[0]][0]})", ATOM
        texts = [bracket(done[part], UNARY) for part in parts]
        if len(parts) < len(factors):
            texts[0] = f"colsum({done[parts[0]][0]})"
        if len(texts) == 1:
            return texts[0], ATOM
        return "*".join([bracket((texts[0], PRODUCT), PRODUCT), *texts[1:]]), PRODUCT

    def product_parts(self, node: Expr) -> list[Expr]:
        value, factors, matrix = split(node)
        if joined(value, factors, matrix) is not node:
            return list(node.args)
        parts = [factor.args[0] if is_reciprocal(factor) else factor for factor in factors]
        if matrix is not None:
            parts += self.chain(matrix) if matrix.op == "mul" and len(self.chain(matrix)) > 1 else [matrix]
        return parts

    def format_scale(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        value, factors, matrix = split(node)
        if joined(value, factors, matrix) is not node:
            left, right = (done[arg] for arg in node.args)
            return f"{bracket(left, PRODUCT)}*{bracket(right, UNARY)}", PRODUCT
        numerators = [f for f in factors if not is_reciprocal(f)]
        above = [bracket(done[f], UNARY) for f in numerators]
        if numerators and numerators[-1].op == "mul" and matrix is None:  # a*x'*y reads as a times x'*y
            above[-1] = done[numerators[-1]][0]
        below = [self.below(f, done) for f in factors if is_reciprocal(f)]
        if abs(value.numerator) != 1:
            above.insert(0, str(abs(value.numerator)))
        if value.denominator != 1:
            below.insert(0, str(value.denominator))
        if matrix is not None:
            inside = self.product_parts(node)[len(factors) :]
            if matrix.op == "mul":
                above += [self.format_mul(matrix, done)[0]] if len(inside) > 1 else [bracket(done[matrix], UNARY)]
            else:
                above.append(bracket(done[matrix], UNARY))
        if not above:
            above = ["1"]
        text = "*".join(above) + "".join(f"/{part}" for part in below)
        single = len(above) == 1 and not below
        return ("-" if value < 0 else "") + text, UNARY if single else PRODUCT

    def below(self, factor: Expr, done: Mapping[Expr, Text]) -> str:
        """The text under a division sign for a factor b^-k."""
        base, power = done[factor.args[0]], -factor.args[1].data
        if power == 1:
            return bracket(base, UNARY)
        return f"{bracket(base, POSTFIX)}^{bracket(number_text(power), POWER)}"

    def under(self, factor: Expr) -> Expr:
        return factor.args[0] if is_reciprocal(factor) else factor

    def format_had(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out = ""
        for factor in self.unspread(left_spine(node, "had"), scalars=False):
            text = self.each_power(factor, done) if is_reciprocal(factor) else bracket(done[factor], UNARY)
            sign = "./" if is_reciprocal(factor) else ".*"
            out = f"{out} {sign} {text}" if out else text if sign == ".*" else f"1 ./ {text}"
        return out, PRODUCT

    def each_power(self, factor: Expr, done: Mapping[Expr, Text]) -> str:
        base, power = done[factor.args[0]], -factor.args[1].data
        if power == 1:
            return bracket(base, UNARY)
        return f"{bracket(base, POSTFIX)} .^ {bracket(number_text(power), POWER)}"

    def format_pow(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        if is_reciprocal(node):
            if node.is_scalar:
                return f"1/{self.below(node, done)}", PRODUCT
            return f"1 ./ {self.each_power(node, done)}", PRODUCT
        base, power = (done[arg] for arg in node.args)
        sign = "^" if node.is_scalar else " .^ "
        return f"{bracket(base, POSTFIX)}{sign}{bracket(power, POWER)}", POWER

    def format_pow_each(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        base, power = (done[part] for part in self.shown(node))
        return f"{bracket(base, POSTFIX)} .^ {bracket(power, POWER)}", POWER

    def format_matrix_power(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"{bracket(done[node.args[0]], POSTFIX)}^{node.data}", POWER

    def format_transpose(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"{bracket(done[node.args[0]], POSTFIX)}'", POSTFIX


def number_text(value: Fraction) -> Text:
    if value < 0:
        text, precedence = number_text(-value)
        return f"-{text}", min(precedence, UNARY)
    return (str(value), ATOM) if value.denominator == 1 else (str(value), PRODUCT)


def joined(value: Fraction, factors: list[Expr], matrix: Expr | None) -> Expr:
    coefficient = scalar_product(value, factors)
    if matrix is None:
        return coefficient
    return matrix if not factors and value == 1 else Expr("scale", (coefficient, matrix), None, matrix.shape)
