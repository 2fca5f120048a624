"""The values of a program on arrays with leading axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from matdiff import evaluate as numbers
from matdiff.arrays.emit import Emitter
from matdiff.arrays.words import NUMPY
from matdiff.errors import EvaluationError, ShapeError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.indices import Access, Affine, greatest, least
from matdiff.model import Family
from matdiff.programs.program import Program


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
        returned = ", ".join(lines.array(n) for n in self.names)
        body = "\n".join(f"    {line}" for line in [*lines.lines, f"return ({returned},)"])
        text = f"def function({', '.join(arguments)}):\n{body}\n"
        imports = "import math\n\nimport numpy as np" if "math." in text else "import numpy as np"
        self.source = f"{imports}\n\n\n" + "\n\n".join(part for part in (NUMPY.defined(text), text) if part)
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
    if family.outside:
        return
    for form, span in zip(access.at, family.ranges, strict=False):
        if isinstance(form, Affine):
            low, high = least(form, program.ranges), greatest(form, program.ranges)
            if all(n in sizes for n in (*low.names, *high.names, *span.names)):
                ends = low.value(sizes), high.value(sizes), span.first.value(sizes), span.last.value(sizes)
                if ends[0] < ends[2] or ends[1] > ends[3]:
                    raise ShapeError(f"{access} runs from {ends[0]} to {ends[1]}, but {span} is {ends[2]}..{ends[3]}")
