r"""LaTeX as people write matrix calculus: what is printed here is read back as the same expression.

Products stand side by side, sizes of ``\mathbf{1}`` and ``I`` are written only where the reader could not find them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from matdiff.compose import (
    UNIT,
    is_inverse,
    is_joined,
    is_product,
    is_reciprocal,
    is_scaled,
    is_transpose,
    joined,
    left_spine,
    split,
)
from matdiff.expr import LEAVES, Expr
from matdiff.indices import Access
from matdiff.indices import joined as joined_conditions
from matdiff.model import conjugate_name
from matdiff.operators import MASK_SIGNS, row
from matdiff.printing.base import (
    ATOM,
    COMPARE,
    POSTFIX,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Text,
    TreePrinter,
    identity_of,
    is_whole,
    primed,
)
from matdiff.reader.latex.names import escaped, spelled
from matdiff.reader.latex.words import FUNCTIONS
from matdiff.sizes import ONE, Size

_SIGNS = {">": ">", ">=": r"\ge", "<": "<", "<=": r"\le", "==": "="}
_CONSTANTS = frozenset({"eye", "ones", "zeros"})
_LIGHT = frozenset({"variable", "dim", "pi"})
"""Scalars that read well inside a fraction in front of a product."""


THIN, UPRIGHT, D = r"\,", r"\mathrm", r"\mathrm{d}"


def bracket(text: Text, least: int) -> str:
    return text[0] if text[1] >= least else rf"\left({text[0]}\right)"


BOUND = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
CONDITIONS = {"!=": r"\ne", "<=": r"\le", ">=": r"\ge"}


def indexed(name: str, indices: str) -> str:
    """A name with indices below it, behind what stands there already."""
    head, sign, tail = name.partition("_")
    if not sign:
        return f"{name}_{{{indices}}}"
    inner = tail[1:-1] if tail.startswith("{") and tail.endswith("}") else tail
    return f"{head}_{{{inner}, {indices}}}"


class LatexPrinter(TreePrinter):
    r"""Prints expressions as LaTeX, without dollar signs.

    ``undeclared`` are the names that have a kind only by their letter: their digits are not made a subscript, since
    ``w_1`` would be read as another name.
    """

    axis = r"\mathrm{axis} = 1"

    def __init__(
        self, sizes: Mapping[str, str] | None = None, taken: Iterable[str] = (), undeclared: Iterable[str] = ()
    ) -> None:
        super().__init__(sizes, taken)
        self.undeclared = frozenset(undeclared)

    def whole(self, named: list[tuple[str, str]], text: str) -> str:
        if not named:
            return text
        rows = [rf"{name} &= {value} \\" for name, value in named]
        return "\n".join([r"\begin{aligned}", *rows, text, r"\end{aligned}"])

    @staticmethod
    def remark(words: str) -> str:
        return rf"\text{{{words}}}"

    def new_name(self, count: int) -> str:
        free = (letter for letter in "tsuvwpqrzyxhkTSUVWP" if not any(name[:1] == letter for name in self.taken))
        return f"{next(free, 'tt')}_{{{count}}}"

    def name(self, name: str) -> str:
        if isinstance(name, Access) and name.at:
            return indexed(self.name(name.family), primed(", ".join(map(str, name.at)), "'"))
        if name.startswith("conj("):
            return rf"\overline{{{self.name(conjugate_name(name))}}}"
        return spelled(name, self.taken, name in self.undeclared)

    # leaves

    def format_variable(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.name(node.data[0]), ATOM

    def format_definition(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.name(node.data), ATOM

    def format_expect(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        told = ", ".join(done[arg][0] for arg in self.shown(node))
        law = {"normal": r"\mathcal{N}", "bernoulli": r"\operatorname{Bernoulli}"}[node.data.distribution]
        below = rf"{self.name(node.data.drawn.data[0])} \sim {law}\left({told}\right)"
        return rf"\mathbb{{E}}_{{{below}}}\left[{self.text(node.data.body, {})[0]}\right]", ATOM

    def format_number(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return number_text(node.data)

    def format_dim(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        text = self.size(node.data)
        return text, PRODUCT if node.data.coefficient != 1 or len(node.data.powers) != 1 else ATOM

    def format_pi(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return r"\pi", ATOM

    def format_eye(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        if "I" in self.taken:
            return rf"\operatorname{{eye}}\left({self.size(node.rows)}\right)", ATOM
        return f"I_{{{self.size(node.rows)}}}", ATOM

    def format_ones(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        digit = r"\mathbf{1}" if node.op == "ones" else r"\mathbf{0}"
        rows, cols = self.size(node.rows), self.size(node.cols)
        if node.rows is ONE and node.op == "ones":
            return rf"{digit}_{{{cols}}}^{{\top}}", POSTFIX
        return (f"{digit}_{{{rows}}}" if node.cols is ONE else rf"{digit}_{{{rows} \times {cols}}}"), ATOM

    format_zeros = format_ones

    def format_selection(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        sizes = ", ".join(map(self.size, (node.rows, *node.data)))
        return rf"\operatorname{{selection}}\left({sizes}\right)", ATOM

    def format_slice(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        spans = ",".join(map(self.span, node.data))
        return rf"\left({done[node.args[0]][0]}\right)_{{{spans}}}", ATOM

    def format_block(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        parts = iter(node.args)
        rows = (" & ".join(done[next(parts)][0] for _ in range(length)) for length in node.data)
        text = r" \\ ".join(rows)
        return rf"\begin{{bmatrix}} {text} \end{{bmatrix}}", ATOM

    def format_commutation(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        sizes = ", ".join(map(self.size, node.data))
        return (rf"\operatorname{{commutation}}\left({sizes}\right)" if "K" in self.taken else f"K_{{{sizes}}}"), ATOM

    def size(self, size: Size) -> str:
        factors = [] if size.coefficient == 1 and size.powers else [str(size.coefficient)]
        for name, power in size.powers:
            factors.append(self.size_name(name) + f"^{{{power}}}" * (power > 1))
        return " ".join(factors)

    def size_name(self, name: str) -> str:
        """The name of a size; an inferred one is ``rows(X)``."""
        count, bar, of = self.sizes.get(name, name).partition("(")
        return rf"\operatorname{{{count}}}\left({self.name(of[:-1])}\right)" if bar else self.name(count)

    def bare(self, node: Expr) -> str:
        """A constant without its size, for a place where the reader finds it."""
        if node.op == "eye":
            return "I" if "I" not in self.taken else r"\operatorname{eye}\left(\right)"
        return r"\mathbf{1}" if node.cols is ONE else r"\mathbf{1}^{\top}"

    # functions

    def format_bound(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        kind, below = node.data.kind, ", ".join(node.data.indices)
        conditions = ", ".join(joined_conditions(node.data.conditions))
        for sign, command in CONDITIONS.items():
            conditions = conditions.replace(sign, command)
        below += rf" \,:\, {conditions}" if conditions else ""
        sign = BOUND.get(kind) or self.word(kind)
        below = primed(below, "'")
        return rf"{sign}_{{{below}}} {bracket(done[node.args[0]], PRODUCT)}", SUM

    def format_call(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        """A function by the LaTeX of its row: a command before brackets, or a pattern."""
        entry = row(node)
        place = f"{{{entry.arguments[0]}}}"
        square = node.rows is node.cols and not node.is_scalar
        if place not in entry.latex or (square and entry.of_square):
            command = self.word(entry.call) if place in entry.latex or not entry.latex else entry.latex
            each = r"^{\odot}" if square and entry.of_square else ""  # else the function of the matrix as a whole
            return self.call(command + each, self.arguments(node, done))
        text = done[self.shown(node)[0]]
        script = entry.latex.startswith(place)  # the pattern sets something above its argument
        return entry.latex.replace(place, bracket(text, ATOM if script else SUM)), POWER if script else ATOM

    def call(self, function: str, texts: Sequence[str]) -> Text:
        return rf"{function}\left({', '.join(texts)}\right)", ATOM

    @staticmethod
    def word(name: str) -> str:
        return rf"\operatorname{{{escaped(name)}}}"

    def format_apply(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        name, order = node.data
        return self.call(self.name(name) + "'" * order, [done[node.args[0]][0]])

    def format_abs(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        """Bars, which round a matrix would be its determinant."""
        if node.cols is not ONE or node.args[0].op == "det":  # log|det X| would be read as logdet
            return self.call(self.word("abs"), [done[node.args[0]][0]])
        return self.format_call(node, done)

    def format_norm2(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        text, precedence = self.format_call(node, done)
        return (f"{text[:-2]}_F" if ONE not in node.args[0].shape else text), precedence

    def format_norm1(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        text, precedence = self.format_call(node, done)
        return (f"{text[:-2]}_{{1,1}}" if ONE not in node.args[0].shape else text), precedence

    def format_sympy(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        name, *orders = node.data
        each = r"^{\odot}" if node.rows is node.cols and not node.is_scalar else ""
        return self.call(self.word(name) + each, [*map(str, orders), done[node.args[0]][0]])

    def format_unvec(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.call(self.word("unvec"), [done[node.args[0]][0], *map(self.size, node.data)])

    def format_mask(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        left, right = (bracket(done[part], SUM) for part in self.shown(node))
        return self.call(r"\mathbf{1}", [f"{left} {_SIGNS[MASK_SIGNS[node.op]]} {right}"])

    def format_differential(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        if of.op in ("variable", "definition"):
            name = self.name(of.data if of.op == "definition" else of.data[0])
            return rf"\mathrm{{d}}{THIN if name[:7] == UPRIGHT else ''}{name}", POSTFIX
        return rf"\mathrm{{d}}{bracket((done[of][0], COMPARE) if of.op in LEAVES else done[of], ATOM)}", POSTFIX

    # powers

    def format_transpose(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        of = node.args[0]
        if is_inverse(of):
            return rf"{bracket(done[of.args[0]], ATOM)}^{{-\top}}", POWER
        if of.op == "differential":
            return rf"{done[of][0]}^{{\top}}", POWER
        return rf"{bracket(done[of], ATOM)}^{{\top}}", POWER

    def format_inv(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        r"""That of a scalar as a fraction: of ``\operatorname{tr}(X)^{-1}`` it is not clear what is inverted."""
        if node.is_scalar:
            return rf"\frac{{1}}{{{done[node.args[0]][0]}}}", POWER
        return self.format_call(node, done)

    def shown(self, node: Expr) -> list[Expr]:
        if is_transpose(node) and is_inverse(node.args[0]):
            return [node.args[0].args[0]]
        return left_spine(node) if node.op == "kron" else super().shown(node)

    def format_matrix_power(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return f"{bracket(done[node.args[0]], ATOM)}^{{{node.data}}}", POWER

    def format_power(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        if not is_whole(node.args[1]):
            return self.format_call(node, done)
        return f"{bracket(done[node.args[0]], ATOM)}^{{{done[node.args[1]][0]}}}", POWER

    def format_pow(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        if is_reciprocal(node):
            if node.is_scalar:
                return rf"\frac{{1}}{{{self.below(node, done, alone=True)}}}", POWER
            return rf"1 \oslash {self.each_power(node, done)}", PRODUCT
        base, power = node.args
        exponent = exponent_text(power.data) if power.op == "number" else done[power]
        return self.power(done[base], exponent, node.is_scalar), POWER

    def format_pow_each(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        base, power = (done[part] for part in self.shown(node))
        return self.power(base, power, False), POWER

    def power(self, base: Text, exponent: Text, scalar: bool) -> str:
        below = f"{{{base[0]}}}" if base[0] == "e" else bracket(base, ATOM)  # e^{…} is exp
        if not scalar:
            return rf"{below}^{{\odot {bracket(exponent, UNARY)}}}"
        above = f"{{{exponent[0]}}}" if exponent[0].lstrip("-") in ("T", "t") else exponent[0]  # x^{T} is a transpose
        return f"{below}^{{{above}}}"

    def each_power(self, factor: Expr, done: Mapping[Expr, Text]) -> str:
        base, power = done[factor.args[0]], -factor.args[1].data
        return bracket(base, POWER) if power == 1 else self.power(base, exponent_text(power), False)

    def below(self, factor: Expr, done: Mapping[Expr, Text], alone: bool) -> str:
        """The text under a fraction for a factor b^-k."""
        base, power = done[factor.args[0]], -factor.args[1].data
        if power == 1:
            return base[0] if alone else bracket(base, POWER)
        return self.power(base, exponent_text(power), True)

    # sums and products

    def format_add(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        out = ""
        terms = [self.term(part) for part in self.unspread(left_spine(node))]
        known = any(
            value.shape == node.shape and split(value)[2] not in (None, identity_of(value)) for _, value in terms
        )
        for negative, value in terms:
            bare = known and identity_of(value) is not None
            text = bracket(self.format_scale(value, done, bare) if bare else done[value], PRODUCT)
            out += (" - " if negative else " + ") + text if out else ("-" if negative else "") + text
        return out, SUM

    def format_mul(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return juxtaposed(self.factors(left_spine(node), done)), PRODUCT

    def factors(self, parts: list[Expr], done: Mapping[Expr, Text]) -> list[str]:
        """The texts of the factors of a matrix product, constants bare where a neighbour tells their size."""
        texts = []
        for k, part in enumerate(parts):
            before = k > 0 and parts[k - 1].op not in _CONSTANTS
            after = k + 1 < len(parts) and parts[k + 1].op not in _CONSTANTS
            column = part.op == "ones" and part.cols is ONE and before
            line = part.op == "ones" and part.rows is ONE and after
            if column or line or (part.op == "eye" and (before or after)):
                texts.append(self.bare(part))
            else:
                texts.append(bracket(done[part], POWER))
        return texts

    def format_scale(self, node: Expr, done: Mapping[Expr, Text], bare: bool = False) -> Text:
        value, factors, matrix = split(node) if is_joined(node) else (UNIT, [], None)
        if is_scaled(node) and joined(value, factors, matrix) is not node:
            return juxtaposed([bracket(done[arg], POWER) for arg in node.args]), PRODUCT
        coefficient = self.coefficient(node, done)
        if coefficient is not None:
            return rf"{bracket(coefficient, PRODUCT)} \oslash {self.each_power(node.args[1], done)}", PRODUCT
        above = [factor for factor in factors if not is_reciprocal(factor)]
        below = [factor for factor in factors if is_reciprocal(factor)]
        sign, number = ("-" if value < 0 else ""), abs(value.numerator)
        if not below and value.denominator == 1:
            texts = self.product(number, above, matrix, done, bare)
        else:
            bottom = [] if value.denominator == 1 else [str(value.denominator)]
            alone = not bottom and len(below) == 1
            bottom += [self.below(factor, done, alone) for factor in below]
            front = next((k for k, factor in enumerate(above) if factor.op not in _LIGHT), len(above))
            inside: tuple[list[Expr], Expr | None] = (above[:front], None)
            if any(factor.args[0].op not in _LIGHT for factor in below):
                front, inside = len(above), (above, matrix)
            top = self.product(number, *inside, done, bare, alone=True)
            texts = [rf"\frac{{{juxtaposed(top or ['1'])}}}{{{juxtaposed(bottom)}}}"]
            texts += self.product(1, above[front:], None if inside[1] else matrix, done, bare)
        return sign + juxtaposed(texts), PRODUCT if len(texts) > 1 else UNARY if sign else POWER

    def product(
        self,
        number: int,
        scalars: list[Expr],
        matrix: Expr | None,
        done: Mapping[Expr, Text],
        bare: bool,
        alone: bool = False,
    ) -> list[str]:
        """The texts of a number, scalars and a matrix side by side; ``alone`` where braces stand around them."""
        texts = [str(number)] if number != 1 else []
        texts += [bracket(done[factor], POWER) for factor in scalars]
        if scalars and is_product(scalars[-1]) and matrix is None:  # a x'y reads as a times x'y
            texts[-1] = done[scalars[-1]][0]
        if matrix is not None:
            texts += [self.bare(matrix)] if bare else self.factors(left_spine(matrix, "mul"), done)
        if alone and len(texts) == 1 and number == 1:
            return [done[matrix or scalars[0]][0]] if not bare else texts
        return texts

    def format_had(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        factors = self.unspread(left_spine(node), scalars=False)
        known = any(factor.shape == node.shape and factor.op not in _CONSTANTS for factor in factors)
        out = ""
        for factor in factors:
            if is_reciprocal(factor):
                out = rf"{out or '1'} \oslash {self.each_power(factor, done)}"
                continue
            text = self.bare(factor) if known and factor.op == "eye" else bracket(done[factor], POWER)
            out = rf"{out} \odot {text}" if out else text
        return out, PRODUCT

    def format_kron(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return r" \otimes ".join(bracket(done[part], POWER) for part in left_spine(node)), PRODUCT


def juxtaposed(texts: Sequence[str]) -> str:
    """Factors side by side; a dot stands where the reader would see something else than a product."""
    out = texts[0]
    for before, text in pairwise(texts):
        word = before.removeprefix(r"\mathrm{").removesuffix("}").replace(r"\_", "_")
        called = text.startswith(r"\left(") and word in FUNCTIONS
        dot = called or before == "d" or text[0].isdigit()
        out += r" \cdot " if dot else rf"{THIN} " if text.startswith(D) or before.startswith(D) else " "
        out += text
    return out


def exponent_text(value: Fraction) -> Text:
    return (str(value), ATOM) if value.denominator == 1 else (str(value), PRODUCT)


def number_text(value: Fraction) -> Text:
    if value < 0:
        text, precedence = number_text(-value)
        return f"-{text}", min(precedence, UNARY)
    if value.denominator == 1:
        return str(value), ATOM
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", POWER
