"""Math text: what is printed here is read back as the same expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from matdiff.compose import UNIT, is_joined, is_product, is_reciprocal, joined, left_spine, split, times
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS, row
from matdiff.printing.base import ATOM, POSTFIX, POWER, PRODUCT, SUM, UNARY, Text, TreePrinter, is_whole
from matdiff.sizes import ONE, Size


def bracket(text: Text, least: int) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"


_SIZE_NAME = re.compile(r"[^\W\d]\w*")


class Printer(TreePrinter):
    """Prints expressions; ``sizes`` says how a size name that the reader inferred is written."""

    def format_mask(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        left, right = (done[part] for part in self.shown(node))
        return f"1({bracket(left, SUM)} {MASK_SIGNS[node.op]} {bracket(right, SUM)})", ATOM

    def format_call(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"{row(node).call}({', '.join(self.arguments(node, done))})", ATOM

    def format_sympy(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        name, *orders = node.data
        return f"{name}({', '.join([*map(str, orders), done[node.args[0]][0]])})", ATOM

    def size(self, size: Size) -> str:
        return _SIZE_NAME.sub(lambda found: self.sizes.get(found[0], found[0]), str(size))

    # leaves

    def format_variable(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return node.data[0], ATOM

    def format_definition(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return node.data, ATOM

    def format_expect(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        told = ", ".join(done[arg][0] for arg in self.shown(node))
        drawn = f"{node.data.drawn.data[0]} ~ {node.data.distribution}({told})"
        return f"E[{drawn}]({self.text(node.data.body, {})[0]})", ATOM

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

    def format_selection(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"selection({', '.join(map(self.size, (node.rows, *node.data)))})", ATOM

    def format_slice(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        text = done[of][0] if of.op == "variable" and "[" not in done[of][0] else f"({done[of][0]})"
        return f"{text}[{','.join(map(self.span, node.data))}]", ATOM

    def format_block(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        parts = iter(node.args)
        rows = (", ".join(done[next(parts)][0] for _ in range(length)) for length in node.data)
        return f"[{'; '.join(rows)}]", ATOM

    def format_unvec(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        m, n = node.data
        return f"unvec({done[node.args[0]][0]}, {self.size(m)}, {self.size(n)})", ATOM

    def format_differential(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        if of.op in ("variable", "definition"):
            name = of.data if of.op == "definition" else of.data[0]
            plain = f"d{name}" not in self.taken and "(" not in name
            return (f"d{name}" if plain else f"d({name})"), ATOM
        return f"d({done[of][0]})", ATOM

    def format_bound(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"{node.data}({done[node.args[0]][0]})", ATOM

    # signs

    def format_add(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out = ""
        for part in self.unspread(left_spine(node)):
            negative, value = self.term(part)
            text = bracket(done[value], PRODUCT)
            out += (" - " if negative else " + " if out else "") + text if out else ("-" if negative else "") + text
        return out, SUM

    @staticmethod
    def source(node: Expr, scalars: bool) -> tuple[Expr, bool, bool]:
        """A row that is spread may be a product: ``X - colsum(X)/m``."""
        value, factors, matrix = split(node) if is_joined(node) else (UNIT, [], node)
        links = left_spine(matrix, "mul") if matrix is not None and ONE not in node.shape else []
        if len(links) > 2 and links[0].op == "ones" and links[0].cols is ONE:
            row = links[1]
            for link in links[2:]:
                row = times(row, link)
            return joined(value, factors, row), False, True
        return TreePrinter.source(node, scalars)

    def chain(self, node: Expr) -> list[Expr]:
        """The factors of a matrix product, a sum over rows or columns counting as one."""
        factors = left_spine(node)
        if factors[-1].op == "ones" and factors[-1].cols is ONE and node.args[0].rows is not ONE:
            return [node.args[0]]
        if factors[0].op == "ones" and factors[0].rows is ONE and factors[0].cols is not ONE:
            return factors[1:]
        return factors

    def format_mul(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        factors = left_spine(node)
        parts = self.chain(node)
        if len(parts) == 1 and factors[-1].op == "ones" and parts[0] is node.args[0]:
            return f"rowsum({done[parts[0]][0]})", ATOM
        texts = [bracket(done[part], UNARY) for part in parts]
        if len(parts) < len(factors):
            texts[0] = f"colsum({done[parts[0]][0]})"
        if len(texts) == 1:
            return texts[0], ATOM
        return "*".join([bracket((texts[0], PRODUCT), PRODUCT), *texts[1:]]), PRODUCT

    def format_scale(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        value, factors, matrix = split(node) if is_joined(node) else (UNIT, [], None)
        if joined(value, factors, matrix) is not node:
            left, right = (done[arg] for arg in node.args)
            return f"{bracket(left, PRODUCT)}*{bracket(right, UNARY)}", PRODUCT
        coefficient = self.coefficient(node, done)
        if coefficient is not None:
            return f"{bracket(coefficient, PRODUCT)} ./ {self.each_power(node.args[1], done)}", PRODUCT
        numerators = [f for f in factors if not is_reciprocal(f)]
        above = [bracket(done[f], UNARY) for f in numerators]
        product = is_product(matrix) if matrix else bool(numerators) and is_product(numerators[-1])
        if product and matrix is None:  # a*x'*y reads as a times x'*y
            above[-1] = done[numerators[-1]][0]
        below = [self.below(f, done) for f in factors if is_reciprocal(f)]
        if abs(value.numerator) != 1:
            above.insert(0, integer_text(abs(value.numerator)))
        if value.denominator != 1:
            below.insert(0, integer_text(value.denominator))
        if matrix is not None:
            inside = self.product_parts(node)[len(factors) :]
            if product:
                above += [self.format_mul(matrix, done)[0]] if len(inside) > 1 else [bracket(done[matrix], UNARY)]
            else:
                above.append(bracket(done[matrix], UNARY))
        if not above:
            above = ["1"]
        text = "*".join(above)
        if below:
            text += f"/({'*'.join(below)})" if len(below) > 1 else f"/{below[0]}"
        single = len(above) == 1 and not below and not product
        return ("-" if value < 0 else "") + text, UNARY if single else PRODUCT

    def below(self, factor: Expr, done: Mapping[Expr, Text]) -> str:
        """The text under a division sign for a factor b^-k."""
        base, power = done[factor.args[0]], -factor.args[1].data
        if power == 1:
            return bracket(base, UNARY)
        return f"{bracket(base, POSTFIX)}^{bracket(number_text(power), POWER)}"

    def format_had(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out = ""
        for factor in self.unspread(left_spine(node), scalars=False):
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

    def format_power(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        base, exponent = (done[arg] for arg in node.args)
        if not is_whole(node.args[1]):
            return self.format_call(node, done)
        return f"{bracket(base, POSTFIX)}^{bracket(exponent, POWER)}", POWER

    def format_transpose(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"{bracket(done[node.args[0]], POSTFIX)}'", POSTFIX


def number_text(value: Fraction) -> Text:
    if value < 0:
        text, precedence = number_text(-value)
        return f"-{text}", min(precedence, UNARY)
    above, below = integer_text(value.numerator), integer_text(value.denominator)
    return (above, ATOM) if value.denominator == 1 else (f"{above}/{below}", PRODUCT)


def integer_text(value: int) -> str:
    """A whole number; one that ends in many zeros in the short form, 1e30."""
    digits = str(value)
    zeros = len(digits) - len(digits.rstrip("0"))
    return f"{digits[:-zeros]}e{zeros}" if zeros >= 6 and value else digits
