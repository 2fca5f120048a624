"""``np.einsum`` of products: indices are summed away one by one, by matrix products where two arrays meet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matdiff.errors import ParseError, ShapeError, UnsupportedError
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arrays import Array

_SUBSCRIPTS = re.compile(r"([A-Za-z]*(?:,[A-Za-z]*)*)(?:->([A-Za-z]*))?")


@dataclass(frozen=True, slots=True)
class Factor:
    """An array with a letter for each of its axes, all different."""

    letters: str
    array: Array


def einsum(algebra: Algebra, subscripts: str, operands: list[Array]) -> Array:
    match = _SUBSCRIPTS.fullmatch(subscripts.replace(" ", ""))
    if match is None:
        raise algebra.fail(ParseError, f"{subscripts!r} is not of the form 'ij,jk->ik' (an ellipsis is not read)")
    terms = match[1].split(",")
    letters = "".join(terms)
    output = match[2] if match[2] is not None else "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
    if len(terms) != len(operands):
        raise algebra.fail(ParseError, f"{subscripts!r} names {len(terms)} arrays, but {len(operands)} are given")
    if len(set(output)) < len(output) or not set(output) <= set(letters):
        raise algebra.fail(ParseError, f"the result {output!r} needs different indices, all of them of the arrays")
    if len(output) > 2:
        raise algebra.fail(UnsupportedError, f"the result {output!r} has {len(output)} axes; at most 2 are read")
    product = Product(algebra)
    for term, array in zip(terms, operands, strict=True):
        product.take(term, algebra.settled(array), alone=letters.count(term[:1]) == 2 and term[:1] not in output)
    while summed := [letter for letter in dict.fromkeys(product.letters) if letter not in output]:
        product.sum_over(min(summed, key=lambda letter: len(product.matrices(letter))), output)
    return product.result(output)


class Product:
    """The factors that are left, while indices are summed away."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.factors: list[Factor] = []

    @property
    def letters(self) -> str:
        return "".join(factor.letters for factor in self.factors)

    def matrices(self, letter: str) -> list[Factor]:
        return [factor for factor in self.factors if letter in factor.letters and len(factor.letters) == 2]

    def vectors(self, letters: str) -> list[Array]:
        return [factor.array for factor in self.factors if factor.letters == letters]

    def take(self, term: str, array: Array, alone: bool) -> None:
        """An operand; of a repeated index, the diagonal, or the trace where the index is ``alone``."""
        algebra = self.algebra
        if len(term) != array.rank:
            raise algebra.fail(ShapeError, f"{term!r} has {len(term)} indices; {algebra.text(array)} is {array.words}")
        if len(set(term)) == len(term):
            self.put(len(self.factors), term, array)
        elif alone:
            self.put(len(self.factors), "", Array(algebra.call("tr", array.node), 0))
        else:
            self.put(len(self.factors), term[0], Array(algebra.call("diagonal", array.node), 1))

    def put(self, at: int, letters: str, array: Array) -> None:
        """A new factor; two matrices over the same indices are multiplied entry by entry."""
        for i, other in enumerate(self.factors):
            if len(letters) == 2 and set(other.letters) == set(letters):
                aligned = array if letters == other.letters else self.algebra.transposed(array)
                self.factors[i] = Factor(other.letters, self.algebra.binary(".*", other.array, aligned))
                return
        self.factors.insert(at, Factor(letters, array))

    def sum_over(self, letter: str, output: str) -> None:
        """Replace the factors with this index by their sum over it."""
        algebra = self.algebra
        matrices, vectors = self.matrices(letter), self.vectors(letter)
        at = min(i for i, factor in enumerate(self.factors) if letter in factor.letters)
        self.factors = [factor for factor in self.factors if letter not in factor.letters]
        match matrices:
            case []:
                *rest, last = vectors
                value = algebra.matmul(self.multiplied(rest), last) if rest else algebra.total(last)
            case [Factor(letters, matrix)]:
                down = letters[0] == letter
                other = letters.replace(letter, "")
                if not vectors and other not in output + self.letters:
                    self.put(at, "", algebra.total(matrix))
                    return
                if not vectors:
                    value = algebra.total(matrix, 0 if down else 1)
                elif down:
                    value = algebra.matmul(self.multiplied(vectors), matrix)
                else:
                    value = algebra.matmul(matrix, self.multiplied(vectors))
            case [first, second]:
                left = first.array if first.letters[1] == letter else algebra.transposed(first.array)
                right = second.array if second.letters[0] == letter else algebra.transposed(second.array)
                value = algebra.matmul(algebra.binary(".*", left, self.multiplied(vectors)) if vectors else left, right)
            case _:
                raise algebra.fail(
                    UnsupportedError,
                    f"the index {letter!r} joins more than two matrices: this is no product of matrices",
                )
        self.put(at, "".join(factor.letters.replace(letter, "") for factor in matrices), value)

    def multiplied(self, arrays: list[Array]) -> Array:
        result = arrays[0]
        for array in arrays[1:]:
            result = self.algebra.binary(".*", result, array)
        return result

    def result(self, output: str) -> Array:
        """The product of what is left, with its axes in the order asked for."""
        algebra, scalars = self.algebra, self.vectors("")
        if len(output) < 2:
            return self.multiplied([*scalars, *(self.vectors(output) if output else [])])
        down = [algebra.stood(array, 1) for array in self.vectors(output[0])]
        along = [algebra.stood(array, 0) for array in self.vectors(output[1])]
        grids = [
            factor.array if factor.letters == output else algebra.transposed(factor.array)
            for factor in self.matrices(output[0])
        ]
        if down and along and not grids:
            grids = [algebra.matmul(self.multiplied(down), self.multiplied(along))]
            down = along = []
        return self.multiplied([*scalars, *grids, *down, *along])
