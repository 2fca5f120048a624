"""The values of a program on arrays with leading axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from matdiff import evaluate as numbers
from matdiff.arrays.emit import Emitter
from matdiff.arrays.words import NUMPY
from matdiff.errors import EvaluationError, ShapeError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.indices import Access, Affine, Lookup, Range, greatest, integer, least, size_form
from matdiff.model import Family
from matdiff.programs.program import Program, Statement
from matdiff.texts import imports


class Code:
    """The code for some names of a program, run on arrays of leading axes and two of the matrix."""

    def __init__(
        self, program: Program, names: Iterable[str], known: Iterable[str] = (), moved: Iterable[str] = ()
    ) -> None:
        self.names = list(names)
        self.moved = list(moved)
        emitter = self.emitter = Emitter(program, self.names, known, self.moved)
        lines = emitter.lines
        self.inputs = list(emitter.inputs)
        self.sizes = list(lines.sizes)
        arguments = [*emitter.inputs.values(), *(lines.array(n + "_move") for n in self.moved)]
        self.functions = emitter.functions()
        arguments += [lines.array(n) for n in self.functions]
        arguments += [lines.sizes[n] for n in self.sizes]
        returned = "".join(f"{lines.array(n)}, " for n in self.names)
        body = "\n".join(f"    {line}" for line in [*lines.lines, f"return ({returned})"])
        text = f"def function({', '.join(arguments)}):\n{body}\n"
        code = "\n\n".join(part for part in (NUMPY.defined(text), text) if part)
        self.source = f"{imports(code)}import numpy as np\n\n\n{code}"
        space: dict[str, Any] = dict(numbers.NAMESPACE)
        exec(compile(self.source, "<matdiff.families>", "exec"), space)  # written by the emitter, names its own
        self.function = space["function"]

    def __call__(
        self,
        arrays: Mapping[str, Array],
        sizes: Mapping[str, int],
        functions: Mapping[str, Any] | None = None,
        moves: Mapping[str, Array] | None = None,
    ) -> dict[str, Array]:
        given: list[Any] = [arrays[name] for name in self.inputs]
        given += [(moves or {})[name] for name in self.moved]
        given += [(functions or {})[name] for name in self.functions]
        given += [sizes[name] for name in self.sizes]
        try:
            with np.errstate(all="ignore"):
                found = self.function(*given)
        except np.linalg.LinAlgError:
            raise EvaluationError("there is no value here: a matrix is singular or not finite") from None
        except MemoryError:
            raise EvaluationError(numbers.TOO_LARGE) from None
        return dict(zip(self.names, found, strict=True))


def extents(family: Family, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The lengths of the leading axes."""
    return tuple(int(span.count.value(sizes)) for span in family.ranges)


def full_shape(family: Family, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return (*extents(family, sizes), *(size.value(sizes) for size in family.shape))


def check_ranges(program: Program, sizes: Mapping[str, int]) -> None:
    """Refuse sizes with which an access leaves its range, or a range is empty."""
    for name, span in program.ranges.items():
        if all(n in sizes for n in span.names) and span.count.value(sizes) < 0:
            raise ShapeError(f"the range {span} of {name} is {span.first.value(sizes)}..{span.last.value(sizes)}")
    for statement in program.statements:
        for node in topo(statement.body):
            if node.op == "selection":
                check_selection(node, sizes)
        bounded = {side for c in statement.conditions if c.sign != "=" for side in (c.left, c.right)}
        for lookup, _ in lookups(program, statement):
            if lookup.at in bounded:
                continue
            rows = Range(integer(1), size_form(program.families[lookup.table].shape[0]))
            check_position(program, str(lookup), lookup.at, rows, sizes)
        if statement.conditions:
            continue
        for node in topo(statement.body):
            if node.op == "variable" and isinstance(node.data[0], Access) and node.data[1] != "index":
                check_access(program, node.data[0], sizes)


def check_selection(node: Expr, sizes: Mapping[str, int]) -> None:
    count, *before = node.data
    if all(n in sizes for size in (node.rows, *node.data) for n in size.names):
        taken, whole = count.value(sizes), node.rows.value(sizes)
        start = sum(size.value(sizes) for size in before)
        if taken < 1 or start < 0 or start + taken > whole:
            raise ShapeError(f"rows or columns {start + 1} to {start + taken} are taken of {whole}")


def check_access(program: Program, access: Access, sizes: Mapping[str, int]) -> None:
    family = program.families[access.family]
    for form, span in zip(access.at, family.ranges, strict=False):
        if isinstance(form, Affine) and not family.outside:
            check_position(program, access, form, span, sizes)


def check_position(program: Program, name: str, form: Affine, span: Range, sizes: Mapping[str, int]) -> None:
    low, high = least(form, program.ranges), greatest(form, program.ranges)
    if all(n in sizes for n in (*low.names, *high.names, *span.names)):
        ends = low.value(sizes), high.value(sizes), span.first.value(sizes), span.last.value(sizes)
        if ends[0] < ends[2] or ends[1] > ends[3]:
            raise ShapeError(f"{name} runs from {ends[0]} to {ends[1]}, but {span} is {ends[2]}..{ends[3]}")


def lookups(program: Program, statement: Statement) -> Iterator[tuple[Lookup, Range | None]]:
    """The entries of tables that a statement uses, and the ranges that they tell a value of."""
    for node in topo(statement.body):
        if node.op == "variable" and isinstance(node.data[0], Access) and node.data[1] != "index":
            ranges = program.families[node.data[0].family].ranges
            yield from ((p, span) for p, span in zip(node.data[0].at, ranges, strict=False) if isinstance(p, Lookup))
    for condition in statement.conditions:
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if isinstance(one, Lookup):
                yield one, program.ranges.get(other.name or "")


def check_labels(program: Program, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> None:
    """Refuse labels that tell no value of the range they are used for."""
    for statement in program.statements:
        for lookup, span in lookups(program, statement):
            labels = arrays.get(lookup.table)
            if span is not None and labels is not None and labels.size:
                count, most = span.count.value(sizes), int(labels.max())
                if most >= count:
                    raise ShapeError(
                        f"{lookup.table} holds the label {most}, but {span} has {count} values, 0 the first"
                    )
