"""The fast style: gradient descent over buffers that are made once.

The step of the descent is one graph. It is rearranged by cost (`stacking`, `orientation`, `folding`),
what never changes is computed before the loop, and the rest is written into buffers with ``out=``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from matdiff.calculus.rules import row_of
from matdiff.codegen import writer
from matdiff.codegen.buffers import assign, base
from matdiff.codegen.folding import fold
from matdiff.codegen.function import Dims
from matdiff.codegen.graph import VIEWS, Value, is_elementwise, walk
from matdiff.codegen.names import Namer
from matdiff.codegen.numpy import NUMPY
from matdiff.codegen.orientation import orient
from matdiff.codegen.script import keywords
from matdiff.codegen.stacking import stack
from matdiff.codegen.step import RATE, Step, step_of
from matdiff.codegen.target import Form, method
from matdiff.codegen.text import entries, function, indented, spread
from matdiff.codegen.writer import LEAVES, Line, Writer

if TYPE_CHECKING:
    from matdiff.codegen.module import Module

UFUNCS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "pow": "power",
    "maximum": "maximum",
    "minimum": "minimum",
}

COMPARISONS = ("gt", "ge", "lt", "le", "eq")

INTO = {name: Form(f"np.{ufunc}({{0}}, {{1}}, out={{out}})") for name, ufunc in UFUNCS.items()} | {
    # a mask as floats; faster than to compare into an array of floats
    **{name: Form(f"np.copyto({{out}}, {SIGNS[name].text})", 0, (SUM, SUM)) for name in COMPARISONS},
    "neg": Form("np.negative({0}, out={out})"),
    "square": Form("np.square({0}, out={out})"),
    "relu": Form("np.maximum({0}, 0, out={out})"),
    "softplus": Form("np.logaddexp({0}, 0, out={out})"),
    "sigmoid": Form("np.multiply({0}, 0.5, out={out})\nnp.tanh({out}, out={out})\n{out} += 1\n{out} *= 0.5"),
    "matmul": Form("np.matmul({0}, {1}, out={out})"),
    "outer": Form("np.outer({0}, {1}, out={out})"),
    "sum0": Form("np.add.reduce({0}, axis=0, keepdims=True, out={out})"),
    "sum0_flat": Form("np.add.reduce({0}, axis=0, out={out})"),
    "sum1": Form("np.add.reduce({0}, axis=1, out={out})"),
    "max0": Form("np.maximum.reduce({0}, axis=0, out={out})"),
    "max1": Form("np.maximum.reduce({0}, axis=1, out={out})"),
    "take": Form('np.take({0}, {1}, out={out}, mode="clip")'),
}
"""How a value is put into a buffer."""

TARGET = replace(
    NUMPY,
    forms=NUMPY.forms
    | {
        "sum": Form("np.add.reduce({0}, axis=None)"),
        "inner": Form("np.vdot({0}, {1})"),
        "sum_squares": Form("np.vdot({0}, {0})"),
        "with_ones": Form("np.column_stack([{0}, np.ones(len({0}))]).astype(dtype)"),
        "flat_index": Form("{0} * {data} + {1}", 1, (2, 2)),
        "contiguous": Form("np.ascontiguousarray({0})"),
        "all_but_last": method("{0}[:-1]"),
        "last": method("{0}[-1:]"),
        "max0": Form("np.max({0}, axis=0)"),
        "take": Form("np.take({0}, {1})"),
    },
)

NAMES = {"flat_index": "at_labels", "one_hot": "one_hot", "gt": "mask", "take": "picked", "with_ones": "with_ones"}


def into(value: Value) -> Form | None:
    """How a value is put into a buffer, where that can be said."""
    if value.rank == 0 or value.op in ("table", "apply", "sympy"):
        return None
    if value.op in INTO:
        return INTO[value.op]
    if not is_elementwise(value):
        return None
    call = re.fullmatch(r"np\.(\w+)\(\{X\}\)", row_of(value.op, value.data).numpy)
    return Form(f"np.{call[1]}({{0}}, out={{out}})") if call else None


class LoopWriter(Writer):
    """Writes the body of the loop: every array into its buffer, in the order of the plan."""

    hoisting = True
    """Whether what is written stands before the loop, and is computed once."""
    given: Mapping[Value, str] = MappingProxyType({})
    """The names of values in buffers."""

    def value(self, value: Value) -> None:
        form = into(value)
        if self.hoisting or form is None:
            super().value(value)
            reads = any(arg.rank for arg in value.args) and not self.hoisting
            if value.op not in LEAVES and value.op not in VIEWS and (reads or value.rank):
                self.spill_once(value)  # later its arguments may have been overwritten
            return
        for arg in value.args:
            if arg.rank == 0 and not self.is_plain(arg):
                self.spill_once(arg)
        name = self.given[value]
        self.lines += [Line(line) for line in self.fill(value, form, out=name).split("\n")]
        self.settle(value, name)

    def is_plain(self, value: Value) -> bool:
        return self.text[value].isidentifier() or value.op in LEAVES

    def taken(self) -> list[str]:
        """What has been written since the last time."""
        lines = [line.text for line in self.lines]
        self.lines.clear()
        return lines

    def spill_once(self, value: Value) -> None:
        if not self.is_plain(value):
            self.spill(value)


def plan(module: Module) -> Step:
    step = step_of(module.model, module.objective, module.wrt, module.sizes)
    return fold(orient(stack(step)))


def train(module: Module) -> str:
    """The function ``train`` of a module, its loop over buffers."""
    return Train(module).source()


class Train:
    """One loop, ready to be written."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.step = plan(module)
        self.namer = Namer(["loss", "dtype"])
        self.arguments = {name: self.namer(name) for name in module.inputs}
        self.namer.taken.discard("loss")
        for name, (matrix, row) in self.step.stacked.items():
            self.arguments[name] = self.namer.fresh(f"{self.arguments[matrix]}_{self.arguments[row]}")
        self.arguments[RATE.data[0]] = "learning_rate"
        self.dims = Dims(module.inputs, self.arguments, self.namer)
        turned = {value: f"{name}_t" for value, name in self.step.names.items() if value in self.step.turned}
        names = self.step.names | turned
        outputs = self.step.outputs()
        self.constants = self.step.constants()
        self.loop = [v for v in walk(*outputs) if v not in self.constants and v.op not in LEAVES and v.op not in VIEWS]
        changes = {u.change: f"change_{self.arguments[u.name]}" for u in self.step.updates if u.change is not None}
        decays = {u.decay: "decay" for u in self.step.updates if u.decay is not None}
        hints = {v: NAMES[v.op] for v in walk(*outputs) if v.op in NAMES}
        hints |= {v: "factor" for v in self.constants if v.rank == 0}
        self.writer = LoopWriter(
            TARGET, self.namer, self.arguments, self.dims, hints=hints | names | changes | decays, dtype="dtype"
        )
        self.writer.prepare(outputs)
        kept = [update.change for update in self.step.updates if update.change is not None]
        self.buffers = assign(self.loop, [self.step.loss, *kept], lambda value: into(value) is not None)

    def source(self) -> str:
        module, step, write = self.module, self.step, self.writer.write
        before = self.hoisted()
        self.writer.given = self.names_in_buffers()
        loss = write(step.loss)
        forward = self.writer.taken()
        for update in step.updates:
            if update.change is not None:
                write(update.change)
        backward = self.writer.taken()
        body = [f"# forward\n{forward[0]}", *forward[1:]] if forward else []
        body += ["# backward, times the learning rate", *backward] if backward else []
        body += ["# update", *self.updates(), f"losses.append({loss})", "if report:", f"    report(step, {loss})"]
        lines = [line for text in body for line in text.split("\n")]
        made = self.buffer_lines()
        body = [
            *self.dims.lines(),
            *self.first_values(),
            *before,
            *made,
            "losses = []",
            "try:",
            "    for step in range(steps):",
            *indented(lines, 2),
            "except KeyboardInterrupt:",
            "    pass  # Ctrl-C ends the descent; what it has reached is returned",
            *spread("return {", entries(self.results()), "}, losses"),
        ]
        doc = [
            "Gradient descent: the parameters it reaches, and the loss before each step.",
            "",
            "The arguments are left as they are. `report(step, loss)` is called after each step.",
            "The loop makes no arrays: names that stand in one assignment share their memory.",
        ]
        return function("train", [*(self.arguments[name] for name in module.inputs), *keywords(module)], doc, body)

    def hoisted(self) -> list[str]:
        """The lines that compute what never changes, once."""
        loop = set(self.loop)
        needed = [arg for value in self.loop for arg in value.args if base(arg) in self.constants]
        needed += [update.decay for update in self.step.updates if update.decay is not None]
        for value in dict.fromkeys(map(base, needed)):
            if value.op not in LEAVES and value not in loop:
                self.writer.write(value)
                self.writer.spill_once(value)
        self.writer.hoisting = False
        return self.writer.taken()

    def first_values(self) -> list[str]:
        """The inputs in one float type; parameters copied."""
        module = self.module
        inside = {name for pair in self.step.stacked.values() for name in pair}
        floats = [name for name, node in module.tensors.items() if node.data[1] != "labels"]
        used = {value.data for value in walk(*self.step.outputs()) if value.op == "input"}
        types = [self.arguments[name] for name in floats]
        lines = spread("dtype = np.result_type(", [*types, "np.float32"], ")")
        for name in floats:
            argument = self.arguments[name]
            column = module.is_column(name)
            if name in self.step.parameters and name not in inside:
                text = f"np.array({argument}, dtype)"
            elif name in used:
                text = f"np.asarray({argument}, dtype)"
            else:
                continue
            lines.append(f"{argument} = {text}{'.ravel()' if column else ''}")
        for name, (matrix, row) in self.step.stacked.items():
            lines.append(
                f"{self.arguments[name]} = np.vstack([{self.arguments[matrix]}, {self.arguments[row]}]).astype(dtype)"
            )
        return lines

    def names_in_buffers(self) -> dict[Value, str]:
        """A name for each value in a buffer; one without a name goes by that of its successor there."""
        found: dict[Value, str] = {}
        for buffer in dict.fromkeys(self.buffers.values()):
            wanted = [self.writer.hints.get(value) for value in buffer.values]
            for n in reversed(range(len(wanted) - 1)):
                wanted[n] = wanted[n] or wanted[n + 1]
            first = wanted[0] or writer.NAMES.get(buffer.values[0].op, "t")
            names: dict[str, str] = {}
            for value, name in zip(buffer.values, wanted, strict=True):
                name = first = name or first
                if name not in names:
                    names[name] = self.namer.fresh(name)
                found[value] = names[name]
        return found

    def buffer_lines(self) -> list[str]:
        lines = []
        like = {update.change: self.arguments[update.name] for update in self.step.updates}
        for buffer in dict.fromkeys(self.buffers.values()):
            names = " = ".join(dict.fromkeys(self.writer.text[value] for value in buffer.values))
            if buffer.values[-1] in like:
                lines.append(f"{names} = np.empty_like({like[buffer.values[-1]]})")
                continue
            sizes = [self.writer.size(size) for size in buffer.shape]
            shape = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
            lines.append(f"{names} = np.empty({shape}, dtype)")
        return lines

    def updates(self) -> Iterable[str]:
        parts: dict[str, str] = {}
        for name, (matrix, row) in self.step.stacked.items():
            parts |= {matrix: f"{self.arguments[name]}[:-1]", row: f"{self.arguments[name]}[-1:]"}
        for update in self.step.updates:
            target = parts.get(update.name, self.arguments[update.name])
            if update.decay is not None:
                yield f"{target} *= {self.writer.text[update.decay]}"
            if update.change is not None:
                yield f"{target} -= {self.writer.text[update.change]}"

    def results(self) -> list[tuple[str, str]]:
        found = {name: self.arguments[name] for name in self.module.wrt}
        for name, (matrix, row) in self.step.stacked.items():
            found |= {matrix: f"{self.arguments[name]}[:-1]", row: f"{self.arguments[name]}[-1:]"}
        return list(found.items())
