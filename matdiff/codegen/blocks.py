"""Matrices that are mostly zeros, or one thing many times: Kronecker products, commutations, and their products.

Each is a product of arrays by letters, as einsum has it, whose rows and columns are several letters each:
``kron(A, B)`` is ``A[i,j]*B[k,l]`` in row (i, k) and column (j, l), ``commutation(m, n)`` is 1 in row (i, j) and column
(j, i), and a letter that rows and columns share is an identity. Multiplied out, that is a view of the result, filled.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from string import ascii_lowercase
from typing import Protocol

from matdiff.arrays.precedence import ATOM
from matdiff.codegen.graph import Graph, Value, physical
from matdiff.codegen.target import Form, Statement
from matdiff.compose import split
from matdiff.expr import Expr, topo
from matdiff.sizes import ONE, Size

Letters = tuple[int, ...]

MAX_TERMS = 8
MAX_LETTERS = 20
"""No more than there are names for."""

_fresh = count()


@dataclass(frozen=True)
class Operand:
    """An array and the letters of its axes; an axis may be cut into several."""

    of: Expr
    letters: Letters


@dataclass(frozen=True)
class Term:
    """``number * factors * operands`` in each place whose letters agree, else 0."""

    rows: Letters
    cols: Letters
    sizes: Mapping[int, Size]
    operands: tuple[Operand, ...] = ()
    number: Fraction = Fraction(1)
    factors: tuple[Expr, ...] = ()

    def renamed(self, names: Mapping[int, Letters], sizes: Mapping[int, Size]) -> Term:
        """With other letters, or several, for some."""

        def new(letters: Letters) -> Letters:
            return tuple(part for letter in letters for part in names.get(letter, (letter,)))

        return Term(
            new(self.rows),
            new(self.cols),
            {letter: size for letter, size in self.sizes.items() if letter not in names} | dict(sizes),
            tuple(Operand(operand.of, new(operand.letters)) for operand in self.operands),
            self.number,
            self.factors,
        )

    def fresh(self) -> Term:
        names = {letter: (next(_fresh),) for letter in self.sizes}
        return self.renamed(names, {names[letter][0]: size for letter, size in self.sizes.items()})

    @property
    def is_dense(self) -> bool:
        """Whether no place is left out."""
        letters = self.rows + self.cols
        return len(set(letters)) == len(letters)

    @property
    def is_plain(self) -> bool:
        """Whether it is an array, or its transpose, as it is."""
        letters = self.operands[0].letters if len(self.operands) == 1 else ()
        return bool(letters) and letters in (self.rows + self.cols, self.cols + self.rows)


def axes(size: Size) -> tuple[Letters, dict[int, Size]]:
    letter = next(_fresh)
    return ((), {}) if size is ONE else ((letter,), {letter: size})


def atom(e: Expr) -> Term:
    (rows, one), (cols, other) = axes(e.rows), axes(e.cols)
    return Term(rows, cols, one | other, (Operand(e, rows + cols),))


class Structures:
    """What expressions are as terms, each found once."""

    def __init__(self) -> None:
        self.known: dict[Expr, list[Term]] = {}
        self.made: dict[Expr, bool] = {}
        """Whether a Kronecker product or a commutation has a part in it."""

    def of(self, root: Expr) -> list[Term] | None:
        """The terms that an expression is the sum of; None of what has no such structure."""
        for node in topo(root, inside=lambda e: e.args if e.op in STRUCTURED and e not in self.made else ()):
            if node not in self.made:
                self.made[node] = not node.is_scalar and (
                    node.op in MAKERS or (node.op in STRUCTURED and any(self.made[arg] for arg in node.args))
                )
                if not node.is_scalar:
                    self.known[node] = self.found(node) or [atom(node)]
        if not self.made[root]:
            return None
        terms = self.known[root]
        simple = root.op in MAKERS and terms[0].is_dense and not any(self.made[arg] for arg in root.args)
        if simple or all(term.is_plain for term in terms) or any(len(term.sizes) > MAX_LETTERS for term in terms):
            return None
        return terms

    def found(self, node: Expr) -> list[Term] | None:
        own = getattr(self, f"of_{node.op}", None)
        return own(node) if own else None

    def of_eye(self, node: Expr) -> list[Term]:
        letters, sizes = axes(node.rows)
        return [Term(letters, letters, sizes)]

    def of_commutation(self, node: Expr) -> list[Term]:
        (i, one), (j, other) = map(axes, node.data)
        return [Term(i + j, j + i, one | other)]

    def of_diag(self, node: Expr) -> list[Term]:
        letters, sizes = axes(node.rows)
        return [Term(letters, letters, sizes, (Operand(node.args[0], letters),))]

    def of_vec(self, node: Expr) -> list[Term]:
        (i, one), (j, other) = map(axes, node.args[0].shape)
        return [Term(j + i, (), one | other, (Operand(node.args[0], i + j),))]

    def of_transpose(self, node: Expr) -> list[Term]:
        return [replace(term, rows=term.cols, cols=term.rows) for term in self.terms(node.args[0])]

    def of_scale(self, node: Expr) -> list[Term]:
        number, factors, body = split(node)
        assert body is not None
        return [
            replace(term, number=number * term.number, factors=(*factors, *term.factors)) for term in self.terms(body)
        ]

    def of_add(self, node: Expr) -> list[Term] | None:
        terms = [term for arg in node.args for term in self.terms(arg)] if self.made[node] else []
        return terms if len(terms) <= MAX_TERMS else None

    def of_kron(self, node: Expr) -> list[Term] | None:
        return self.pairs(node, beside)

    def of_mul(self, node: Expr) -> list[Term] | None:
        return self.pairs(node, product) if self.made[node] else None

    def pairs(self, node: Expr, combine: Callable[[Term, Term], Term | None]) -> list[Term] | None:
        if any(arg.is_scalar for arg in node.args):
            return None
        left, right = (self.terms(arg) for arg in node.args)
        if len(left) * len(right) > MAX_TERMS:
            return None
        found = [combine(a, b.fresh()) for a in left for b in right]
        terms = [term for term in found if term is not None]
        return terms if len(terms) == len(found) else None

    def terms(self, node: Expr) -> list[Term]:
        return self.known.get(node) or [atom(node)]


def beside(a: Term, b: Term) -> Term:
    return Term(
        a.rows + b.rows,
        a.cols + b.cols,
        {**a.sizes, **b.sizes},
        a.operands + b.operands,
        a.number * b.number,
        a.factors + b.factors,
    )


def product(a: Term, b: Term) -> Term | None:
    """The product where nothing has to be added up for it: each inner letter is also one of a row or a column."""
    cut = aligned(a, b)
    if cut is None:
        return None
    a, b = cut
    names = {mine: (other,) for other, mine in zip(a.cols, b.rows, strict=True)}
    if len(names) < len(b.rows):
        return None
    b = b.renamed(names, {})
    outer = set(a.rows) | set(b.cols)
    if not set(a.cols) <= outer or len(set(a.cols)) < len(a.cols):
        return None
    whole = beside(a, b)
    return Term(a.rows, b.cols, whole.sizes, whole.operands, whole.number, whole.factors)


def aligned(a: Term, b: Term) -> tuple[Term, Term] | None:
    """Two terms, the columns of the one cut as the rows of the other are."""
    done = 0
    for _ in range(2 * MAX_LETTERS):
        if done == len(a.cols) == len(b.rows):
            return a, b
        if done >= len(a.cols) or done >= len(b.rows):
            return None
        one, other = a.cols[done], b.rows[done]
        left, right = a.sizes[one], b.sizes[other]
        if left is right:
            done += 1
        elif (rest := left.divided_by(right)) is not None:
            a = cut(a, one, right, rest)
        elif (rest := right.divided_by(left)) is not None:
            b = cut(b, other, left, rest)
        else:
            return None
    return None


def cut(term: Term, letter: int, first: Size, second: Size) -> Term:
    names = (next(_fresh), next(_fresh))
    return term.renamed({letter: names}, dict(zip(names, (first, second), strict=True)))


STRUCTURED = frozenset(name.removeprefix("of_") for name in vars(Structures) if name.startswith("of_"))
"""What may be a matrix of blocks."""
MAKERS = frozenset({"kron", "commutation"})
"""What makes one of it."""


class Plan(Protocol):
    graph: Graph

    def scaled(self, x: Value, above: Value, below: Value) -> Value: ...

    def coefficient(
        self, number: Fraction, factors: list[Expr]
    ) -> Generator[list[Expr], list[Value], tuple[Value, Value]]: ...


Part = tuple[Letters, Letters, tuple[Size, ...], tuple[tuple[int, Letters], ...]]
"""Of a term its rows and columns, the sizes of its letters, and its arrays, by number, with theirs."""


def lower(at: Plan, node: Expr, terms: Iterable[Term]) -> Generator[list[Expr], list[Value], Value]:
    """The sum of terms as one value: the dense ones first, as what the others are added to."""
    g = at.graph
    args: list[Value] = []
    parts: list[Part] = []
    for term in sorted(terms, key=lambda term: not term.is_dense):
        values = yield [operand.of for operand in term.operands]
        arrays = [g.full(x, physical(operand.of.shape)) for x, operand in zip(values, term.operands, strict=True)]
        above, below = yield from at.coefficient(term.number, list(term.factors))
        letters = [operand.letters for operand in term.operands]
        if arrays:
            least = min(range(len(arrays)), key=lambda n: len(letters[n]))
            arrays[least] = at.scaled(arrays[least], above, below)
        else:
            arrays, letters = [g.divide(above, below)], [()]
        names = {letter: n for n, letter in enumerate(dict.fromkeys(term.rows + term.cols))}

        def plain(group: Letters, names: Mapping[int, int] = names) -> Letters:
            return tuple(names[letter] for letter in group)

        places = tuple((len(args) + n, plain(group)) for n, group in enumerate(letters))
        parts.append((plain(term.rows), plain(term.cols), tuple(term.sizes[letter] for letter in names), places))
        args += arrays
    return g.make("blocks", tuple(args), physical(node.shape), tuple(parts))


# Their text.


def form(value: Value, size: Callable[[Size], str]) -> Form:
    """The lines that fill a matrix; of one dense term the expression that it is."""
    parts: tuple[Part, ...] = value.data
    atoms = (ATOM,) * len(value.args)
    shape = ", ".join(map(size, value.shape))
    texts = [Text(value, part, size) for part in parts]
    if len(texts) == 1 and texts[0].is_dense:
        return Form(f"{texts[0].fresh()}.reshape({shape})", ATOM, atoms)
    lines = [Statement("np.empty({shape}{dtype})" if texts[0].is_dense else "np.zeros({shape}{dtype})", "{out}")]
    for number, text in enumerate(texts):
        lines.append(Statement(text.content(), f"{text.view()}[...]", "+=" if number else "="))
    return Form("", arguments=atoms, statements=tuple(lines))


class Text:
    """One term as text: the view of the result that it fills, and with what."""

    def __init__(self, value: Value, part: Part, size: Callable[[Size], str]) -> None:
        self.value, self.size = value, size
        rows, cols, self.sizes, self.places = part
        self.all = rows + cols
        self.is_dense = len(set(self.all)) == len(self.all)
        used = dict.fromkeys(letter for _, letters in self.places for letter in letters)
        free = [letter for letter in dict.fromkeys(self.all) if letter not in used]
        self.order = list(dict.fromkeys(self.all)) if self.is_dense else [*free, *used]
        """Of the axes of what is filled."""

    def shape(self, letters: Iterable[int]) -> str:
        return ", ".join(self.size(self.sizes[letter]) for letter in letters)

    def fits(self, letters: Letters, array: Value) -> bool:
        """Whether an array has just an axis for each of the letters."""
        return tuple(self.sizes[letter] for letter in letters) == tuple(array.shape)

    def view(self) -> str:
        """Of the result, an axis for each letter."""
        whole = "{out}" if self.fits(self.all, self.value) else f"{{out}}.reshape({self.shape(self.all)})"
        if self.is_dense:
            return whole
        return f'np.einsum("{spelled(self.all)}->{spelled(self.order)}", {whole})'

    def content(self) -> str:
        return " * ".join(self.array(number, letters) for number, letters in self.places)

    def fresh(self) -> str:
        """The whole content, in memory of its own."""
        text = self.content()
        used = {letter for _, letters in self.places for letter in letters}
        if used != set(self.all):
            return f"np.broadcast_to({text}, ({self.shape(self.order)},)).copy()"
        return f"({text})" if len(self.places) > 1 else f"{text}.copy()"

    def array(self, number: int, letters: Letters) -> str:
        """An array, its axes where those of what is filled are."""
        text = f"{{{number}}}"
        if not self.fits(letters, self.value.args[number]):
            text = f"{text}.reshape({self.shape(letters)})"
        once = tuple(dict.fromkeys(letters))
        if len(once) < len(letters):
            text = f'np.einsum("{spelled(letters)}->{spelled(once)}", {text})'
        wanted = [letter for letter in self.order if letter in once]
        turn = [once.index(letter) for letter in wanted]
        if turn != sorted(turn):
            text += ".T" if turn == [1, 0] else f".transpose({', '.join(map(str, turn))})"
        after = self.order[self.order.index(wanted[0]) :] if wanted else []
        if len(after) > len(wanted):
            text += f"[{', '.join(':' if letter in once else 'None' for letter in after)}]"
        return text


def spelled(letters: Iterable[int]) -> str:
    return "".join(ascii_lowercase[letter] for letter in letters)
