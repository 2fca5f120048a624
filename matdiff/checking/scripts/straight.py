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
from matdiff.checking.scripts.flat import Flat, Line, line_place
from matdiff.checking.scripts.names import looks_like_gradient
from matdiff.checking.scripts.statements import (
    SIMPLE,
    assigned_below,
    changed_in_place,
    depth,
    exchanged,
    exchanged_in,
    loads,
    names_in,
    pairs,
    root_name,
    targets,
)
from matdiff.checking.scripts.variables import Variables, by_letter, unknown
from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, UnsupportedError

DEEPEST = 150
MODULES = frozenset({"np", "numpy", "math", "scipy"})


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
    renamed: dict[str, str] = field(default_factory=dict)
    """Names that functions have in the pass, with those that the script gives them."""
    stale: dict[Line, str] = field(default_factory=dict)
    """Lines that use a gradient of the round before, in words."""

    def shown(self, name: str) -> str:
        """A name as the script writes it."""
        if name not in self.entries:
            return self.renamed.get(name, name)
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
        shown = self.straight.shown(node.id)
        return node if shown == node.id else ast.parse(shown, mode="eval").body


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
        self.loss_at = self.line_of_loss([self.written[text] for text in gradients])
        self.assigned_last[self.loss_name] = self.loss_at

    def flattened(self, source: str, texts: set[str]) -> Flat:
        """The pass by the calls of functions; where these do not lead to all names, by their definitions."""
        for by_call in (True, False):
            flat = Flat(source, parsed(source), texts, by_call)
            self.entries = flat.entries.entries
            self.assigned = {name for line in flat.lines if not line.block for name in targets(line.node)}
            if texts <= {self.shown(name) for name in self.assigned}:
                break
        return flat

    def line_of_loss(self, gradients: Sequence[str]) -> int:
        """The line of the loss that belongs to the gradients: in their loop, and before them where there is one."""
        found = [k for k, line in enumerate(self.lines) if self.loss_name in targets(line.node) and not line.block]
        if not gradients:
            looped = [k for k in found if self.lines[k].loops]
            return (looped or found)[-1]
        last = max(self.assigned_last[name] for name in gradients)
        same = [k for k in found if self.lines[k].loops == self.lines[last].loops] or found
        before = [k for k in same if k < last]
        chosen = before[-1] if before else same[-1]
        for k in same:
            if k > chosen and self.is_update(self.lines[k].node):  # loss += penalty
                chosen = k
        return chosen

    def no_value(self, text: str) -> str:
        blocks = [line for line in self.lines if line.block and text in map(self.shown, assigned_below(line.node))]
        if blocks:
            return f"{text} gets its value under a condition, in line {blocks[0].number}; write one pass without it"
        return f"the script gives {text} no value"

    def shown(self, name: str) -> str:
        return Straight("", [], [], {}, {}, self.entries).shown(name)

    def variable(self, text: str) -> str:
        """The name of a parameter or a value, which the script need not assign; of a second name, the first."""
        loaded = {name for line in self.lines for name in loads(line.node)}
        keyed = {name for name, (_, key) in self.entries.items() if key == text} - self.computed()
        named = [name for name in (*self.written.values(), *sorted(loaded)) if self.shown(name) == text]
        found = [*named, *(keyed if len(keyed) == 1 else ())]
        if not found:
            raise DeclarationError(f"there is no {text} in the script")
        name: str = found[0]
        sources, seen = self.sources(), {name}
        while len(sources.get(name, ())) == 1 and not sources[name] <= seen:
            name = min(sources[name])
            seen.add(name)
        return name

    def sources(self) -> dict[str, set[str]]:
        """For each name that is only ever another name for something, what it is that for."""
        found: dict[str, set[str]] = {}
        other: set[str] = set()
        for line in self.lines:
            plain = {name: value.id for name, value in pairs(line.node) if isinstance(value, ast.Name)}
            if not self.is_update(line.node) or line.block:
                other |= (assigned_below(line.node) if line.block else set(targets(line.node))) - plain.keys()
            for name, source in plain.items():
                found.setdefault(name, set()).add(source)
        return {name: of for name, of in found.items() if name not in other and name not in of}

    @property
    def functions(self) -> set[str]:
        """The functions that are left to the reader."""
        return {statement.name for statement in self.flat.kept if isinstance(statement, ast.FunctionDef)}

    def known(self) -> set[str]:
        """The names that need no declaration: what has a value, what is called, modules and Python's own."""
        found = self.kinds.keys() | self.dims.keys() | self.assigned | self.functions | MODULES | set(dir(builtins))
        for statement in self.flat.kept:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                found |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        return found | {
            root_name(n.func) for line in self.lines for n in ast.walk(line.node) if isinstance(n, ast.Call)
        }

    def used_by_loss(self) -> set[str]:
        """The names that the loss depends on, in some way."""
        needed = {self.loss_name}
        for line in reversed(self.lines[: self.loss_at + 1]):
            names = assigned_below(line.node) if line.block else set(targets(line.node))
            if names & needed:
                needed |= loads(line.node)
        return needed

    # the slice

    def straight(self, wanted: Iterable[str], parameters: Iterable[str], told: Iterable[str] = ()) -> Straight:
        """What these names depend on, as far as it is not data; ``told`` are names declared apart."""
        wanted = [self.loss_name, *wanted]
        last = max(self.assigned_last[name] for name in wanted)
        self.last = last
        self.after = [line for line in self.lines[last + 1 :] if not line.block]
        self.parameters = self.with_sources(set(parameters) | self.updated())
        self.dependent = self.depends_on_parameters()
        self.drawn: dict[str, list[ast.expr] | None] = {}
        self.picked: dict[str, tuple[str, bool]] = {}
        self.picked_texts: dict[str, str] = {}
        self.lines = [self.with_picked(self.lifted(line)) for line in self.lines]
        variables = Variables(
            self.lines, self.parameters, self.dependent, self.flat.parameters, self.drawn, self.functions, self.picked
        )
        self.dims, self.kinds = variables.dims, variables.kinds(self.loss_at)
        kept = self.needed(set(wanted))
        for line in self.lines:
            lost = sorted(assigned_below(line.node) & set(wanted)) if line.block else []
            if lost and self.lines.index(line) > max(self.assigned_last[name] for name in lost):
                raise self.refuse(
                    line, f"{self.shown(lost[0])} is changed in a loop or under a condition that is not read"
                )
        computed = {name for line in kept for name in targets(line.node)}
        for name in (self.loss_name, *wanted):
            if name not in computed:
                line = self.lines[self.assigned_last[name]]
                raise self.refuse(line, f"{self.shown(name)} is not computed from a parameter here")
        stale = self.check_rounds(kept)
        self.check_order(kept, stale)
        used = {name for line in kept for name in loads(line.node)}
        inside = {n for s in self.flat.kept for n in names_in(s)}
        open_ = used - self.known() - set(told)
        for line in kept:
            for name in sorted((loads(line.node) & open_) - self.used_by_loss() - self.parameters):
                raise self.refuse(line, f"{self.shown(name)} is used here, but nothing gives it a value")
        self.kinds |= {name: by_letter(name) for name in (self.used_by_loss() & used | self.parameters) - self.known()}
        kinds = {name: kinds for name, kinds in self.kinds.items() if name in used | self.parameters | inside}
        made = {line for line in kept if not set(targets(line.node)) & (self.dependent | set(wanted))}
        return Straight(
            self.source,
            kept,
            self.flat.kept,
            kinds,
            self.dims,
            self.entries,
            self.after,
            made,
            self.flat.renamed,
            stale,
        )

    def updated(self) -> set[str]:
        """Names that change after the last gradient, and those that change by a gradient: the parameters."""
        found = {name for line in self.after for name in targets(line.node) if self.is_update(line.node)}
        early = self.lines[self.loss_at + 1 : self.last + 1]
        found |= {
            name
            for line in early
            if not line.block and self.is_update(line.node)
            for name in targets(line.node)
            if not looks_like_gradient(name, self.entries.get(name))
            and any(looks_like_gradient(n, self.entries.get(n)) for n in loads(line.node) - {name})
        }
        return {name for name in found if self.made_before(name)}

    def with_sources(self, names: set[str]) -> set[str]:
        """The names, and what they are other names for."""
        sources = {
            name: value.id for line in self.lines for name, value in pairs(line.node) if isinstance(value, ast.Name)
        }
        found, new = set(names), set(names)
        while new:
            new = {sources[name] for name in new if name in sources} - found
            found |= new
        return found

    def made_before(self, name: str) -> bool:
        """Whether a name has its value from before the pass, or is made from nothing: it may be a parameter."""
        at = self.loss_at
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
        unpacked = {name for line in self.lines if not line.block for name in targets(line.node)} - made.keys()
        return {name for name, values in made.items() if not self.is_leaf(values[0])} | unpacked

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
        node = line.node
        for call in data.draws(value):
            name = self.free(f"{names[0]}_drawn")
            self.drawn[name] = data.shape_of(call)
            node = exchanged(node, call, ast.Name(name, ast.Load()))
        return replace(line, node=node)

    def free(self, name: str) -> str:
        while name in self.assigned | self.drawn.keys() | self.picked.keys():
            name += "_"
        return name

    def with_picked(self, line: Line) -> Line:
        """A line that looks at one row of data, ``X[i]``, with a variable for the row."""
        if line.block or not line.loops or not set(targets(line.node)) & self.dependent:
            return line
        indices = {name for loop in line.loops for name in targets(loop)}
        node = line.node
        for part in [n for n in ast.walk(node) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Load)]:
            base, at = part.value, part.slice
            picks = set(names_in(at)) & indices and not isinstance(at, ast.Tuple)
            if isinstance(base, ast.Name) and picks and base.id not in self.dependent:
                told = base.id, not isinstance(at, ast.Slice)
                known = (name for name, text in self.picked_texts.items() if text == ast.unparse(part))
                name = next(known, None) or self.free(f"{base.id}_row")
                self.picked[name], self.picked_texts[name] = told, ast.unparse(part)
                node = exchanged_in(node, ast.unparse(part), name)
        return replace(line, node=node) if node is not line.node else line

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
        loss_at = self.loss_at
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
            known = (self.kinds.keys() - self.dependent) | self.dims.keys() | (self.kinds.keys() & self.parameters)
            if hits and hits <= known:
                if not self.computes(line, k, hits):
                    continue  # this makes the data
            elif hits & known and not hits <= self.parameters:
                message = "some of these names are data, some are computed; give each a line of its own"
                raise self.refuse(line, message)
            if not isinstance(line.node, SIMPLE):
                raise self.refuse(line, "this statement is not read")
            kept.append(line)
            needed |= loads(line.node)
        return kept[::-1]

    def computes(self, line: Line, k: int, hits: set[str]) -> bool:
        """Whether a line that changes parameters belongs to the pass: behind the loss, or in its loop or function."""
        if not hits <= self.parameters or not self.is_update(line.node):
            return False
        loops = set(self.lines[self.loss_at].loops)
        inside = hits <= self.flat.parameters.keys() or (bool(loops) and loops <= set(line.loops))
        return inside or k > self.loss_at

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
                    if self.lines.index(line) > self.loss_at and not in_place:
                        stale[line] = (
                            f"{shown} is that of the round before here: it is computed only in line {later[name]}"
                        )
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

    def check_order(self, kept: list[Line], stale: dict[Line, str]) -> None:
        """Nothing is used before it has a value."""
        later = {name: line.number for line in reversed(kept) for name in targets(line.node)}
        done = self.kinds.keys() | self.dims.keys() | self.parameters
        for line in kept:
            for name in sorted(loads(line.node) & later.keys() - done):
                if line not in stale:
                    message = f"{self.shown(name)} is used here, but gets its value only in line {later[name]}"
                    raise self.refuse(line, message)
            done = done | set(targets(line.node))

    def refuse(self, line: Line, why: str) -> MatdiffError:
        return UnsupportedError(why, line_place(self.source, line.number))
