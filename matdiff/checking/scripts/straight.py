"""A training script as one pass without loops: what the loss and the gradients depend on, line by line.

The script is parsed, never run. What is data or a parameter (drawn at random, loaded, filled by a loop,
updated) becomes a variable, with the sizes its making tells; a number becomes a size or a scalar.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from matdiff.checking.scripts import data
from matdiff.checking.scripts.edits import exchanged
from matdiff.checking.scripts.flat import Flat, Line, line_place
from matdiff.checking.scripts.names import looks_like_gradient
from matdiff.checking.scripts.statements import (
    SIMPLE,
    assigned_below,
    called,
    changed_in_place,
    depth,
    loads,
    names_in,
    pairs,
    row_labels,
    targets,
)
from matdiff.reader.names import default_kind
from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, UnsupportedError

DEEPEST = 150
TINY = ("eps", "epsilon", "tiny", "delta")
"""Numbers of these names stay numbers: what they stand beside must stay positive."""


@dataclass
class Straight:
    """A script without loops."""

    source: str
    """The script."""
    lines: list[Line]
    """What the loss and the gradients depend on, in order."""
    kept: list[ast.stmt]
    """Imports and functions."""
    kinds: dict[str, list[str]]
    """For each variable what it may be declared as, the most likely first."""
    dims: dict[str, int]
    """The names of sizes, with the numbers the script gives them."""
    entries: dict[str, tuple[str, str]]
    """For the names that stand for entries of dictionaries, the dictionary and the key."""
    after: list[Line] = field(default_factory=list)
    """The statements behind the last gradient."""
    made: set[Line] = field(default_factory=set)
    """The lines that are data: they depend on no parameter."""
    stale: dict[Line, str] = field(default_factory=dict)
    """Lines that use a gradient of the round before, in words."""

    def shown(self, name: str) -> str:
        """A name as the script writes it."""
        if name not in self.entries:
            return name
        holder, key = self.entries[name]
        return f"self.{key}" if holder == "self" else f"{holder}[{key!r}]"

    def without(self, line: Line) -> Straight:
        """The script with a line of data that cannot be read as data of which nothing is known."""
        lost = set(targets(line.node))
        kinds = {name: unknown(name) for name in lost}
        lines = [other for other in self.lines if other not in self.made or not lost & set(targets(other.node))]
        return replace(self, lines=lines, kinds={**self.kinds, **kinds})

    def shown_text(self, node: ast.stmt) -> str:
        """A statement as the script would write it."""
        return ast.unparse(_Shown(self).visit(copy.deepcopy(node)))


class _Shown(ast.NodeTransformer):
    def __init__(self, straight: Straight) -> None:
        self.straight = straight

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.parse(self.straight.shown(node.id), mode="eval").body if node.id in self.straight.entries else node


def parsed(source: str) -> ast.Module:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        lines = source.split("\n")
        number = min(max(error.lineno or 1, 1), len(lines))
        start = sum(len(line) + 1 for line in lines[: number - 1]) + max(0, (error.offset or 1) - 1)
        raise ParseError(f"this is not Python: {error.msg}", Place(source, start, start + 1)) from None
    except (RecursionError, MemoryError, ValueError):
        raise ParseError("the script is nested too deeply, or holds characters that Python does not know") from None
    deep, bottom = depth(tree)
    if deep > DEEPEST:
        place = line_place(source, getattr(bottom, "lineno", 1))
        raise ParseError(f"the script is nested more than {DEEPEST} deep here: give its parts names", place)
    return tree


class Pass:
    """The pass in which a script finds its loss and its gradients."""

    def __init__(self, source: str, loss: str, gradients: Sequence[str]) -> None:
        self.source, self.loss = source, loss
        texts = {loss, *gradients}
        flat = self.flattened(source, texts)
        self.flat, self.lines = flat, flat.lines
        self.entries = flat.entries.entries
        self.written = {self.shown(name): name for name in (*self.assigned, *flat.parameters)}
        self.assigned_last = {name: k for k, line in enumerate(self.lines) for name in targets(line.node)}
        for text in (loss, *gradients):
            if text not in self.written or self.written[text] not in self.assigned:
                raise DeclarationError(self.no_value(text))
        self.loss_name = self.written[loss]

    def flattened(self, source: str, texts: set[str]) -> Flat:
        """The pass by the calls of functions; where these do not lead to all names, by their definitions."""
        for by_call in (True, False):
            flat = Flat(source, parsed(source), texts, by_call)
            self.entries = flat.entries.entries
            self.assigned = {name for line in flat.lines if not line.block for name in targets(line.node)}
            if texts <= {self.shown(name) for name in self.assigned}:
                break
        return flat

    def no_value(self, text: str) -> str:
        blocks = [line for line in self.lines if line.block and text in map(self.shown, assigned_below(line.node))]
        if blocks:
            return f"{text} gets its value under a condition, in line {blocks[0].number}; write one pass without it"
        return f"the script gives {text} no value"

    def shown(self, name: str) -> str:
        return Straight("", [], [], {}, {}, self.entries).shown(name)

    def variable(self, text: str) -> str:
        """The name of a parameter or a value, which the script need not assign."""
        if text in self.written:
            return self.written[text]
        for name in {n for line in self.lines for n in loads(line.node)}:
            if self.shown(name) == text:
                return name
        raise DeclarationError(f"there is no {text} in the script")

    def known(self) -> set[str]:
        """The names that need no declaration: what has a value, what is called, modules and Python's own."""
        defined = {s.name for s in self.flat.kept if isinstance(s, ast.FunctionDef)}
        for statement in self.flat.kept:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                defined |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        called_ = {n.func.id for line in self.lines for n in ast.walk(line.node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        return self.kinds.keys() | self.dims.keys() | self.assigned | defined | called_ | {"np", "numpy", "math", "scipy"} | set(dir(builtins))

    def used_by_loss(self) -> set[str]:
        """The names that the loss depends on, in some way."""
        needed = {self.loss_name}
        for line in reversed(self.lines[: self.assigned_last_of_loss() + 1]):
            names = assigned_below(line.node) if line.block else set(targets(line.node))
            if names & needed:
                needed |= loads(line.node)
        return needed

    # the slice

    def straight(self, wanted: Iterable[str], parameters: Iterable[str]) -> Straight:
        """What these names depend on, as far as it is not data."""
        wanted = [self.loss_name, *wanted]
        last = max(self.assigned_last[name] for name in wanted)
        self.last = last
        self.after = [line for line in self.lines[last + 1 :] if not line.block]
        self.parameters = set(parameters) | self.updated()
        self.dependent = self.depends_on_parameters()
        self.drawn: dict[str, list[ast.expr] | None] = {}
        self.lines = [self.lifted(line) for line in self.lines]
        self.kinds = self.variables()
        kept = self.needed(set(wanted))
        computed = {name for line in kept for name in targets(line.node)}
        for name in (self.loss_name, *wanted):
            if name not in computed:
                line = self.lines[self.assigned_last[name]]
                raise self.refuse(line, f"{self.shown(name)} is not computed from a parameter here")
        stale = self.check_rounds(kept)
        used = {name for line in kept for name in loads(line.node)}
        functions = {n for s in self.flat.kept for n in names_in(s)}
        self.kinds |= {name: by_letter(name) for name in (self.used_by_loss() & used | self.parameters) - self.known()}
        kinds = {name: kinds for name, kinds in self.kinds.items() if name in used | self.parameters | functions}
        made = {line for line in kept if not set(targets(line.node)) & (self.dependent | set(wanted))}
        return Straight(self.source, kept, self.flat.kept, kinds, self.dims, self.entries, self.after, made, stale)

    def updated(self) -> set[str]:
        """Names that change after the last gradient, and those that change by a gradient: the parameters."""
        found = {name for line in self.after for name in targets(line.node) if self.is_update(line.node)}
        early = self.lines[self.assigned_last_of_loss() + 1 : self.last + 1]
        found |= {
            name
            for line in early
            if not line.block and self.is_update(line.node)
            for name in targets(line.node)
            if not looks_like_gradient(name, self.entries.get(name))
            and any(looks_like_gradient(n, self.entries.get(n)) for n in loads(line.node) - {name})
        }
        return {name for name in found if self.made_before(name)}

    def assigned_last_of_loss(self) -> int:
        return self.assigned_last[self.loss_name]

    def made_before(self, name: str) -> bool:
        """Whether a name has its value from before the pass, or is made from nothing: it may be a parameter."""
        at = self.assigned_last_of_loss()
        first = next((k for k, line in enumerate(self.lines) if name in targets(line.node)), None)
        if name == self.loss_name or (first is not None and first > at):
            return False
        outside = first is None or not set(self.lines[at].loops) <= set(self.lines[first].loops)
        return outside or name not in self.computed()

    def computed(self) -> set[str]:
        """The names whose values are computed from other arrays."""
        made: dict[str, list[ast.expr]] = {}
        for line in self.lines:
            for name, value in pairs(line.node):
                made.setdefault(name, []).append(value)
        return {name for name, values in made.items() if not self.is_leaf(values[0])}

    def is_leaf(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Name):
            return value.id not in self.assigned
        return data.makes_array(value) or isinstance(value, ast.Constant)

    @staticmethod
    def is_update(statement: ast.stmt) -> bool:
        """``w -= rate * dw`` or ``w = w - rate * dw``."""
        names = set(targets(statement))
        return isinstance(statement, ast.AugAssign) or bool(names & loads(statement))

    def lifted(self, line: Line) -> Line:
        """A line that does more with random numbers than scaling them, with a variable for the numbers."""
        value = None if line.block or not isinstance(line.node, ast.Assign) else line.node.value
        names = targets(line.node)
        if value is None or set(names) & self.parameters or not data.draws(value):
            return line
        if not data.is_indicator(value) and not set(names) & self.dependent:
            return line
        node = copy.copy(line.node)
        for call in data.draws(value):
            name = f"{names[0]}_drawn"
            while name in self.assigned | self.drawn.keys():
                name += "_"
            self.drawn[name] = data.shape_of(call)
            node = exchanged(node, call, ast.Name(name, ast.Load()))
        return replace(line, node=node)

    def depends_on_parameters(self) -> set[str]:
        """The names whose values depend on a parameter; all else is data."""
        found = set(self.parameters)
        for line in self.lines:
            if loads(line.node) & found:
                found |= assigned_below(line.node) if line.block else set(targets(line.node))
        return found

    def needed(self, wanted: set[str]) -> list[Line]:
        """The statements the loss and the gradients depend on."""
        needed, kept = set(wanted), list[Line]()
        loss_at = self.assigned_last_of_loss()
        for k in range(self.last, -1, -1):
            line = self.lines[k]
            names = set(targets(line.node)) if not line.block else assigned_below(line.node)
            hits = names & needed
            if line.block:
                self.check_block(line, hits)
                continue
            gradient = k > loss_at and any(looks_like_gradient(n, self.entries.get(n)) for n in names)
            if isinstance(line.node, ast.Expr):
                if hits - self.kinds.keys():
                    raise self.refuse(line, f"{self.shown(min(hits))} is changed by a call without an assignment")
                continue
            if not hits and not gradient:
                continue
            known = self.kinds.keys() | self.dims.keys()
            if hits and hits <= known:
                if k <= loss_at or not self.is_update(line.node) or not hits <= self.parameters:
                    continue  # this makes the data
            elif hits & known and not hits <= self.parameters:
                message = "some of these names are data, some are computed; give each a line of its own"
                raise self.refuse(line, message)
            if not isinstance(line.node, SIMPLE):
                raise self.refuse(line, "this statement is not read")
            kept.append(line)
            needed |= loads(line.node)
        return kept[::-1]

    def check_block(self, line: Line, hits: set[str]) -> None:
        """What is computed in a loop or under a condition is refused, unless it is data."""
        lost = sorted(name for name in hits if name in self.dependent and name not in self.kinds)
        if not lost:
            return
        where = "a loop" if isinstance(line.node, ast.For | ast.While) else "a condition"
        names = ", ".join(map(self.shown, lost))
        raise self.refuse(
            line, f"{names}: computed in {where}, which is not read; write it without, for whole arrays at once"
        )

    def check_rounds(self, kept: list[Line]) -> dict[Line, str]:
        """Nothing but the parameters may carry over from one round of a loop to the next.

        A gradient that does is stale; what is said of its lines comes back.
        """
        stale: dict[Line, str] = {}
        for loop in {loop for line in kept for loop in line.loops}:
            inside = [line for line in self.lines if loop in line.loops and not line.block]
            later = {name: line.number for line in inside for name in targets(line.node)}
            given = {name: line.number for line in inside for name in set(targets(line.node)) - loads(line.node)}
            done = self.parameters | self.kinds.keys()
            for line in (line for line in kept if loop in line.loops):
                for name in sorted(loads(line.node) & later.keys() - done):
                    shown, in_place = self.shown(name), name in changed_in_place(line.node)
                    if self.lines.index(line) > self.assigned_last_of_loss() and not in_place:
                        stale[line] = f"{shown} is that of the round before here: it is computed only in line {later[name]}"
                        continue
                    if in_place and given.get(name, 0) > line.number:
                        stale[line] = f"{shown} is changed here, but line {given[name]} below gives it its value"
                        continue
                    what = "adds up over" if isinstance(line.node, ast.AugAssign) else "is filled over"
                    what = what if in_place else "carries over in"
                    message = (
                        f"{shown} {what} the rounds of the loop in line {loop.lineno}, of which one is read;"
                        " write it for whole arrays at once, or without the loop"
                    )
                    raise self.refuse(line, message)
                done = done | set(targets(line.node))
        return stale

    def refuse(self, line: Line, why: str) -> MatdiffError:
        return UnsupportedError(why, line_place(self.source, line.number))

    # variables

    def variables(self) -> dict[str, list[str]]:
        """Data and parameters with what they may be, as far as the script tells it."""
        labels = {name for line in self.lines for name in row_labels(line.node)}
        makings: dict[str, list[ast.expr]] = {}
        changed: set[str] = set()
        in_blocks: set[str] = set()
        counts: dict[str, int] = {}
        first: dict[str, int] = {}
        loss_at = self.assigned_last_of_loss()
        for k, line in enumerate(self.lines):
            for name in targets(line.node):
                first.setdefault(name, k)
            if line.block:
                in_blocks |= assigned_below(line.node)
                continue
            changed |= set(changed_in_place(line.node))
            for name in targets(line.node):
                counts[name] = counts.get(name, 0) + 1
            for name, value in pairs(line.node):
                makings.setdefault(name, []).append(value)
        loops = {name for line in self.lines for loop in line.loops for name in targets(loop)}
        self.dims = self.sizes(makings, changed | in_blocks, counts)
        found = {name: data.kinds_of(shape, self.dims) or unknown(name) for name, shape in self.drawn.items()}
        for name, value in self.flat.parameters.items():
            if name not in self.dims:
                found[name] = self.kinds_of_parameter(name, value, labels)
        for name in loops - self.dependent | (loops & {n for n in labels}):
            found.setdefault(name, ["scalar"])
        for name, values in makings.items():
            kinds = self.kinds_of_made(name, values, name in self.flat.filled | in_blocks, labels)
            if kinds and (first[name] <= loss_at or name in self.parameters):
                found[name] = kinds
        shapes = {n for line in self.lines if takes_shape(line.node) for n in targets(line.node)}
        for name in (self.assigned | self.flat.filled) - shapes:
            if name not in makings and name not in self.dependent:  # x, y = load(...)
                found.setdefault(name, ["labels"] if name in labels else unknown(name))
        for name in (self.parameters & self.assigned) - found.keys() - self.dims.keys():
            found[name] = unknown(name)
        return found

    def sizes(self, makings: dict[str, list[ast.expr]], changed: set[str], counts: dict[str, int]) -> dict[str, int]:
        """The names of whole numbers that arrays are made with."""
        whole = {
            name: values[0].value
            for name, values in makings.items()
            if len(values) == 1 and counts[name] == 1 and name not in changed | self.parameters
            if isinstance(values[0], ast.Constant) and type(values[0].value) is int and values[0].value > 0
        }
        shapes = [data.shape_of(value) for values in makings.values() for value in values]
        shapes += self.drawn.values()
        used = {name for shape in shapes for size in shape or [] for name in names_in(size)}
        return {name: value for name, value in whole.items() if name in used}

    def kinds_of_made(self, name: str, values: list[ast.expr], filled: bool, labels: set[str]) -> list[str]:
        """What a name may be that is data or a parameter; nothing for what is computed."""
        value = values[0]
        if name in self.dims or (name in self.dependent and name not in self.parameters):
            return []
        if name in labels:
            return ["labels"]
        if isinstance(value, ast.Constant) and isinstance(value.value, int | float) and len(values) == 1:
            if name in self.parameters:
                return ["scalar"]
            is_plain = isinstance(value.value, int) or any(word in name.lower() for word in TINY)
            return [] if is_plain and not filled else ["scalar"]
        told = data.kinds_of(data.shape_of(value), self.dims)
        if told and told[0].startswith("matrix(rows"):
            told = [told[0].replace("rows", f"{name}_rows")]
        if name in self.parameters:
            return told or (unknown(name) if not self.is_alias(value) else [])
        if filled or data.is_opaque(value) or self.is_picked(value):
            more = [told[0].replace("matrix", "onehot")] if told and told[0].startswith("matrix(") else []
            return [*told, *more] or self.picked_kinds(name, value) or unknown(name)
        if self.is_foreign(value):
            return unknown(name)
        return []

    def is_alias(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Name) and value.id in self.assigned | self.flat.parameters.keys()

    def is_picked(self, value: ast.expr) -> bool:
        """Rows or entries of data: ``X[i:i + batch]``."""
        if not isinstance(value, ast.Subscript) or list(row_labels(value)):
            return False
        return not (isinstance(value.value, ast.Attribute) and value.value.attr == "shape")

    def picked_kinds(self, name: str, value: ast.expr) -> list[str]:
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant | ast.Name):
            loops = {n for line in self.lines for loop in line.loops for n in targets(loop)}
            is_one = isinstance(value.slice, ast.Constant) or value.slice.id in loops
            return ["vector", "scalar", "matrix"] if is_one else []
        return []

    def is_foreign(self, value: ast.expr) -> bool:
        """Whether data is made by a function that is neither NumPy's nor the script's."""
        own = {s.name for s in self.flat.kept if isinstance(s, ast.FunctionDef)}
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id not in own | {"len", "range", "float", "int", "sum", "max", "min", "abs"}:
                    return True
            root: ast.expr | None = node.func if isinstance(node, ast.Call) else None
            root = root if isinstance(root, ast.Attribute) else None
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id not in {"np", "numpy"} | self.assigned | self.flat.parameters.keys():
                return True
        return False

    def kinds_of_parameter(self, name: str, default: ast.expr | None, labels: set[str]) -> list[str]:
        """What the parameter of a function may be."""
        if name in labels:
            return ["labels"]
        if isinstance(default, ast.Constant) and isinstance(default.value, int | float):
            return ["scalar"]
        return unknown(name)


def takes_shape(statement: ast.stmt) -> bool:
    """``n, d = X.shape``."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.Attribute) and value.attr == "shape"


SCALARS = frozenset({"reg", "lam", "lamb", "lambda_", "lmbda", "lambd", "alpha", "beta", "gamma", "mu", "eta", "lr"})
"""Names that are numbers, where nothing tells otherwise."""


def by_letter(name: str) -> list[str]:
    """What a name may be that the script gives no value: what its letter says, first."""
    kind = default_kind(name)
    return [*([kind] if kind else []), *(other for other in unknown(name) if other != kind)]


def unknown(name: str) -> list[str]:
    """What a variable may be of which the script does not say how it is made."""
    if name in SCALARS or name.endswith(("_strength", "_rate", "_decay", "_reg", "reg_")):
        return ["scalar", "matrix", "vector"]
    if name.lower().startswith(("b", "bias")) and len(name) < 6:
        return ["row", "vector", "scalar", "matrix"]
    return ["matrix", "vector", "onehot"]
