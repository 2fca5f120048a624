"""The fast style: gradient descent over buffers that are made once.

The step of the descent is one graph. It is rearranged by cost (`stacking`, `orientation`, `folding`),
what never changes is computed before the loop, and the rest is written into buffers with ``out=``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from matdiff.arrays.precedence import ATOM, SUM
from matdiff.codegen import writer
from matdiff.codegen.bias_rows import stack
from matdiff.codegen.buffers import Buffer, assign, base
from matdiff.codegen.descent import RATE, Step, step_of
from matdiff.codegen.dims import Dims
from matdiff.codegen.folding import fold
from matdiff.codegen.graph import ARITHMETIC, RESHAPED, VIEWS, Value, walk
from matdiff.codegen.identifiers import Namer
from matdiff.codegen.module import Module
from matdiff.codegen.numpy import NUMPY
from matdiff.codegen.orientation import orient
from matdiff.codegen.script import DESCENT, descent, keywords, moved
from matdiff.codegen.side_by_side import HELPERS, block_of, inner_change, side_by_side, sum_squares_at_once
from matdiff.codegen.target import SIGNS, Form, Statement, method, statements
from matdiff.codegen.text import function, spread, together
from matdiff.codegen.trainer import CHECK_RATE
from matdiff.codegen.writer import LEAVES, Writer
from matdiff.operators import MASK_SIGNS
from matdiff.operators.spelled import UFUNCS

INTO = {name: Form(f"np.{name}({{0}}, {{1}}, out={{out}})") for name in ARITHMETIC} | {
    # a mask as floats; faster than to compare into an array of floats
    **{name: Form(f"np.copyto({{out}}, {SIGNS[name].text})", 0, (SUM, SUM)) for name in MASK_SIGNS},
    "as_float": Form("np.copyto({out}, {0})", 0, (SUM,)),
    "negative": Form("np.negative({0}, out={out})"),
    "square": Form("np.square({0}, out={out})"),
    "relu": Form("np.maximum({0}, 0, out={out})"),
    "softplus": Form("np.logaddexp({0}, 0, out={out})"),
    "sigmoid": Form(
        "",
        statements=(
            Statement("np.negative({0}, out={out})"),
            Statement("np.minimum({out}, exp_limit, out={out})"),
            Statement("np.exp({out}, out={out})"),
            Statement("np.add({out}, 1, out={out})"),
            Statement("np.reciprocal({out}, out={out})"),
        ),
        needs=("exp_limit",),
    ),
    "matmul": Form("np.matmul({0}, {1}, out={out})"),
    "dot": Form("np.dot({0}, {1}, out={out})"),
    "outer": Form("np.outer({0}, {1}, out={out})"),
    "sum0": Form("np.add.reduce({0}, axis=0, keepdims=True, out={out})"),
    "sum0_flat": Form("np.add.reduce({0}, axis=0, out={out})"),
    "sum1": Form("np.add.reduce({0}, axis=1, out={out})"),
    "max0": Form("np.maximum.reduce({0}, axis=0, out={out})"),
    "max1": Form("np.maximum.reduce({0}, axis=1, out={out})"),
    "take": Form('{0}.take({1}, out={out}, mode="clip")', 0, (ATOM,)),
    "add_at": statements(Statement("np.copyto({out}, {0})", copies=True), Statement("{3}", "{out}[{1}, {2}]", "+=")),
    "pairs": Form("np.multiply({0}[:, None], {1}, out={out})", 0, (ATOM,)),
    "contract_first": Form('np.einsum("ijk,ik->jk", {0}, {1}, out={out})'),
    "contract_second": Form('np.einsum("ijk,jk->ik", {0}, {1}, out={out})'),
}
"""How a value is put into a buffer."""

TARGET = replace(
    NUMPY,
    forms={
        **NUMPY.forms,
        "dot": Form("np.dot({0}, {1})"),
        "sum_all": Form("np.add.reduce({0}, axis=None)"),
        "inner": Form("np.vdot({0}, {1})"),
        "sum_squares": Form("np.vdot({0}, {0})"),
        "with_ones": Form("np.column_stack([{0}, np.ones(len({0}))]).astype({float})"),
        "flat_index": Form("{0} * {data} + {1}", 1, (2, 2)),
        "repeated": Form("np.repeat({0}[:, None], {data}, axis=1)", 0, (ATOM,)),
        "contiguous": Form("np.ascontiguousarray({0})"),
        "flat": method("{0}.reshape(-1, {cols})"),
        "cube": method("{0}.reshape({shape})"),
        "all_but_last": method("{0}[:-1]"),
        "last": method("{0}[-1:]"),
        "max0": Form("np.max({0}, axis=0)"),
        "take": Form("np.take({0}, {1})"),
        # a view would show what its argument is overwritten with
        **{name: method(f"{NUMPY.forms[name].text}.copy()") for name in RESHAPED},
    },
)

LAID = {"contiguous": "{}_t", "multiply": "scaled_{}", "repeated": "repeated_{}"}
"""What constants are called that are made of others."""

FLAT = {"flat": "flat_{}", "cube": "cube_{}"}
"""Views of whole buffers under names of their own."""

NAMES = {
    "flat_index": "at_labels",
    "one_hot": "one_hot",
    "gt": "mask",
    "take": "picked",
    "with_ones": "with_ones",
    "pairs": "pairs",
}


def into(value: Value) -> Form | None:
    """How a value is put into a buffer, where that can be said."""
    if value.rank == 0 or value.op in ("table", "apply", "sympy"):
        return None
    if value.op in INTO:
        return INTO[value.op]
    name = UFUNCS.get(value.op)
    return Form(f"np.{name}({{0}}, out={{out}})") if name else None


class LoopWriter(Writer):
    """Writes the body of the loop: every array into its buffer, in the order of the plan."""

    hoisting = True
    """Whether what is written stands before the loop, and is computed once."""
    buffers: Mapping[Value, Buffer] = MappingProxyType({})
    given: Mapping[Value, str] = MappingProxyType({})
    """The names of values in buffers."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.views: list[str] = []
        """Lines that make views of buffers, once."""

    def value(self, value: Value) -> None:
        if value.op in FLAT:
            (arg,) = value.args
            name = self.namer.fresh(self.hints.get(value) or FLAT[value.op].format(self.text[arg]))
            self.views.append(f"{name} = {self.fill(value, self.form(value))}")
            self.settle(value, name)
            return
        form = into(value)
        if self.hoisting or form is None:
            super().value(value)
            reads = any(base(arg).rank for arg in value.args) and not self.hoisting
            if value.op not in LEAVES and value.op not in VIEWS and (reads or value.rank):
                self.spill_once(value)  # later its arguments may have been overwritten
            return
        for arg in value.args:
            if arg.rank == 0 and not self.is_plain(arg):
                self.spill_once(arg)
        name = self.given[value]
        there = bool(value.args) and self.buffers[value] is self.buffers.get(value.args[0])
        for step in form.statements or (Statement(form.text),):
            if not (step.copies and there):
                self.lines.append(self.stated(value, form, step, name))
        self.settle(value, name)

    def write(self, root: Value) -> str:
        for value in walk(root, known=self.text):
            self.value(value)
        return self.text[root]

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
    loop = Train(module)
    source = loop.source()
    module.called |= loop.writer.called
    helpers = [text.strip() for name, text in HELPERS.items() if name in loop.writer.called]
    return "\n\n\n".join([*helpers, source])


class Train:
    """One loop, ready to be written."""

    def __init__(self, module: Module) -> None:
        self.module = module
        step = plan(module)
        self.block = block_of(step, lambda value: into(value) is not None)
        self.step = sum_squares_at_once(step, self.block)
        self.floats = [name for name, node in module.tensors.items() if node.data[1] != "labels"]
        self.namer = Namer(["loss", "dtype"])
        self.arguments = {name: self.namer(name) for name in module.inputs}
        self.namer.taken.discard("loss")
        self.held = self.arguments | {RATE.data[0]: "learning_rate"}
        """What each input is called inside the loop."""
        for name in self.step.turned_parameters:
            self.held[name] = self.namer.fresh(f"{self.arguments[name]}_t")
        for name, parts in self.step.stacked.items():
            self.held[name] = self.namer.fresh("_".join(self.arguments[part] for part in parts))
        for name in [run.name for run in self.block.runs]:
            self.held[name] = self.namer.fresh("decayed")
        if self.block.parts:
            self.parameters, self.change = self.namer.fresh("parameters"), self.namer.fresh("changes")
        self.dims = Dims(module.inputs, self.arguments, self.namer)
        outputs = self.step.outputs()
        self.constants = self.step.constants()
        self.loop = [v for v in walk(*outputs) if v not in self.constants and v.op not in LEAVES and v.op not in VIEWS]
        self.writer = LoopWriter(TARGET, self.namer, self.held, self.dims, hints=self.hints(outputs), dtype="dtype")
        self.writer.prepare(outputs)
        for value in walk(*outputs):
            if value.op in ("all_but_last", "last"):
                matrix, row = self.step.stacked[value.args[0].data]
                self.writer.settle(value, self.held[matrix if value.op == "all_but_last" else row])
        self.changes = [update.change for update in self.step.updates if update.change is not None]
        self.buffers = assign(self.loop, [self.step.loss, *self.changes], lambda value: into(value) is not None)

    def hints(self, outputs: Iterable[Value]) -> dict[Value, str]:
        """What to call values: after the model where it has a name for them."""
        found = {value: NAMES[value.op] for value in walk(*outputs) if value.op in NAMES}
        for value in walk(*outputs):
            if value.op == "flat":
                found[value.args[0]] = "pairs"
            elif value.op == "cube":
                found |= {value: "sums", value.args[0]: "flat_sums"}
        found |= {value: "factor" for value in self.constants if value.rank == 0} | self.step.names
        found |= {value: f"{name}_t" for value, name in self.step.names.items() if value in self.step.turned}
        for value in walk(*outputs):  # constants laid out anew or scaled, after what they are made of
            if value in self.constants and value.rank and value.op in LAID and value not in found:
                inner = base(value.args[-1])
                name = found.get(inner) or (self.held[inner.data] if inner.op == "input" else "constant")
                found[value] = LAID[value.op].format(name)
        for update in self.step.updates:
            if update.change is not None:
                found[base(update.change)] = f"change_{self.held[update.name]}"
            if update.decay is not None:
                found[update.decay] = "decay"
        return found

    def source(self) -> str:
        before = self.hoisted()
        self.writer.buffers, self.writer.given = self.buffers, self.names_in_buffers()
        loss = self.writer.write(self.step.loss)
        forward = self.writer.taken()
        numbers = [update for update in self.step.updates if update.name not in self.module.tensors]
        together = len(numbers) > 1 or any(update.decay is not None for update in numbers)
        for change in self.changes:
            self.writer.write(change)
            if together and change.rank == 0:
                self.writer.spill_once(change)  # no parameter is moved before all changes are known
        backward = self.writer.taken()
        loop = ["# forward", *forward]
        loop += ["# backward, times the learning rate", *backward] if backward else []
        made = self.change_lines() + self.buffer_lines()
        limit = ["exp_limit = np.log(np.finfo(dtype).max) - 2"] if "exp_limit" in self.writer.called else []
        self.dims.must_be_told()
        body = [
            CHECK_RATE,
            *self.dims.lines(),
            *self.first_values(),
            *before,
            *made,
            *self.writer.views,
            *limit,
            *descent(self.module, loop, loss, ["# update", *self.updates()], self.results()),
        ]
        if not self.floats and self.writer.asks_type:
            body = ["dtype = np.dtype(np.float64)", *body]
        doc = [*DESCENT, "The loop writes into arrays made before it; names in one assignment share memory."]
        return "@checked\n" + function("train", [*self.arguments.values(), *keywords(self.module)], doc, body)

    def hoisted(self) -> list[str]:
        """The lines that compute what never changes, once."""
        needed = [arg for value in self.loop for arg in value.args if base(arg) in self.constants]
        needed += [update.decay for update in self.step.updates if update.decay is not None]
        needed += [change for change in self.changes if change in self.constants]
        for value in dict.fromkeys(map(base, needed)):
            if value.op not in LEAVES:
                self.writer.write(value)
                self.writer.spill_once(value)
        self.writer.hoisting = False
        return self.writer.taken()

    def first_values(self) -> list[str]:
        """The inputs in one float type, which plain numbers follow; parameters copied."""
        step = self.step
        used = {value.data for value in walk(*step.outputs()) if value.op == "input"}
        floats = [self.arguments[name] for name in self.floats]
        lines = spread("dtype = np.result_type(", [*floats, "np.float32"], ")") if floats else []
        inside = {part for pair in step.stacked.values() for part in pair} | self.block.names
        for name in (name for name in self.floats if name in used | step.parameters and name not in inside):
            argument = self.arguments[name]
            if name in step.turned_parameters:
                text = f'np.array({argument}.T, dtype, order="C")'
            else:
                text = f"np.{'array' if name in step.parameters else 'asarray'}({argument}, dtype)"
            lines.append(f"{self.held[name]} = {text}")
        for name, (matrix, row) in step.stacked.items():
            if name not in self.block.names:
                both = f"np.vstack([{self.arguments[matrix]}, {self.arguments[row]}])"
                lines.append(f"{self.held[name]} = {both}.astype(dtype)")
        if self.block.parts:
            located = any(run.first or len(run.members) > 1 for run in self.block.runs)
            results = f"{self.parameters}, {'starts' if located else '_'}"
            held = [self.held[part.name] for part in self.block.parts]
            lines += side_by_side(results, held, [self.source_of(part.name) for part in self.block.parts])
        for name, (matrix, row) in step.stacked.items():
            both = self.held[name]
            lines.append(f"{self.held[matrix]}, {self.held[row]} = {both}[:-1], {both}[-1:]")
        for run in self.block.runs:
            bounds = run.bounds(f"{self.held[run.members[-1]]}.size")
            lines.append(f"{self.held[run.name]} = {self.parameters}[{bounds}]")
        return lines

    def source_of(self, name: str) -> str:
        """A parameter as it is held, in the type it comes in."""
        step, argument = self.step, self.arguments.get(name, "")
        if name in step.stacked:
            return f"np.vstack([{', '.join(self.arguments[part] for part in step.stacked[name])}])"
        return f"{argument}.T" if name in step.turned_parameters else argument

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

    def change_lines(self) -> list[str]:
        """The changes of the block's parameters as parts of one array."""
        if not self.block.parts:
            return []
        self.writer.called |= HELPERS.keys()
        names = [self.writer.given[inner_change(part)] for part in self.block.parts]
        like = [
            f"{self.held[part.name]}[0]" if part.change is not inner_change(part) else self.held[part.name]
            for part in self.block.parts
        ]
        return side_by_side(f"{self.change}, _", names, like)

    def buffer_lines(self) -> list[str]:
        lines = []
        like = {update.change: self.held[update.name] for update in self.step.updates}
        inside = {self.buffers[inner_change(part)]: inner_change(part) for part in self.block.parts}
        for buffer in dict.fromkeys(self.buffers.values()):
            given = dict.fromkeys(self.writer.given[value] for value in buffer.values)
            if buffer in inside:
                whole = self.writer.given[inside[buffer]]
                given.pop(whole)
                lines += together(list(given), whole) if given else []
                continue
            if buffer.values[-1] in like:
                shape = f"{like[buffer.values[-1]]}.shape"
            else:
                sizes = [self.writer.size(size) for size in buffer.shape]
                shape = f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"
            lines += together(list(given), f"empty({shape}, dtype)")
            self.writer.called.add("empty")
            self.writer.asks_type = True
        return lines

    def updates(self) -> Iterable[str]:
        for run in self.block.runs:
            yield f"{self.held[run.name]} *= {self.writer.text[run.decay]}"
        if self.block.parts:
            yield f"{self.parameters} -= {self.change}"
        decayed = {member for run in self.block.runs for member in run.members}
        for update in self.step.updates:
            target = self.held[update.name]
            if update.decay is not None and update.name not in decayed:
                decay = self.writer.text[update.decay]
                yield f"{target} *= {decay}" if update.name in self.module.tensors else f"{target} = {target} * {decay}"
            if update.change is not None and update.name not in self.block.names:
                change = update.change.args[0] if update.change.op == "row" else update.change
                yield moved(target, self.writer.text[change], change.rank > 0)

    def results(self) -> dict[str, str]:
        turned = self.step.turned_parameters
        return {name: f"{self.held[name]}.T" if name in turned else self.held[name] for name in self.module.wrt}
