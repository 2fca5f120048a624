"""A run under watch: when loss, parameters and gradients get values, and which belong together."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matdiff.errors import DeclarationError
from matdiff.python.machine import Machine
from matdiff.python.memory import Stop
from matdiff.python.supply import Supply
from matdiff.python.values import Array, Data, Frame, Function, Instance, Method, Node, Unknown, words

RETURNED = "#returned"
ANYTHING = frozenset("*")
"""In the place of names: more may have changed."""

_SAME = frozenset(
    words(
        "reshape ravel flatten asmatrix matrix mat array asarray asanyarray copy atleast_2d atleast_1d squeeze "
        "same astype float expand_dims ascontiguousarray"
    )
)
"""Functions that give the same numbers in the same order."""


@dataclass(frozen=True)
class Spec:
    """What is asked for: a name, an entry, an attribute, or what a function returns."""

    text: str
    path: ast.expr
    function: str = ""
    """The function whose value it is a part of."""

    @property
    def root(self) -> str:
        node = self.path
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        return node.id if isinstance(node, ast.Name) else ""


def spec(text: str) -> Spec:
    """Read ``w``, ``self.W``, ``grads["W1"]``, ``cost()[1]``."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeclarationError(f"{text} is not a name of a script") from None
    text = ast.unparse(tree)
    inner: ast.AST = tree
    while isinstance(inner, ast.Attribute | ast.Subscript):
        if isinstance(inner.value, ast.Call):
            call = inner.value
            inner.value = ast.Name(RETURNED, ast.Load())
            return Spec(text, tree, _called(call, text))
        inner = inner.value
    if isinstance(tree, ast.Call):
        return Spec(text, ast.Name(RETURNED, ast.Load()), _called(tree, text))
    if not isinstance(inner, ast.Name):
        raise DeclarationError(f"{text} is not a name of a script")
    return Spec(text, tree)


def _called(call: ast.Call, text: str) -> str:
    if call.args or call.keywords or not isinstance(call.func, ast.Name | ast.Attribute):
        raise DeclarationError(f"{text}: what a function returns is written NAME(), without arguments")
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr


@dataclass(frozen=True)
class Step:
    """``w -= rate * step``: the step claims to be the gradient, or, going up, its negative."""

    statement: ast.stmt
    rate: str
    up: bool = False


@dataclass(frozen=True)
class Pair:
    """A parameter and its gradient."""

    of: Spec
    by: Spec
    asked: bool = True
    """Whether it is the gradient by a parameter; else its name told."""
    transposed: bool | None = None
    """Whether it is used transposed; None where nothing tells."""
    flattened: bool = False
    step: Step | None = None
    """The update that it is a step of, where it has no name."""


@dataclass(eq=False)
class Event:
    """A value that the loss or a gradient gets."""

    node: Node | Unknown
    statement: ast.stmt
    roots: dict[int, Node]
    """For each pair the value of its parameter then."""
    number: int
    flat: bool = False


@dataclass(eq=False)
class Found:
    """What belongs together: a loss, a parameter, and what claims to be the gradient."""

    loss: Node | Unknown
    by: Node
    claimed: Node | Unknown
    statement: ast.stmt
    steps: int
    """How many statements had run by then."""


GUESSED = "guessed"
"""The name of a parameter whose shape nothing tells."""


def is_symmetric(value: Any) -> bool:
    """Whether a matrix is symmetric, and no multiple of the identity or zero, which any matrix may start as."""
    if (
        np.ndim(value) != 2
        or value.shape[0] != value.shape[1]
        or not np.allclose(value, np.transpose(value), rtol=1e-12, atol=0)
    ):
        return False
    return bool(np.any(value - np.diag(np.diag(value))))


class Watch(Machine):
    """A run in which values are looked for; the parameters are moved to random places when they are first seen."""

    def __init__(
        self, source: Any, supply: Supply, loss: Spec | None, pairs: Sequence[Pair], moved: float = 0.5, **options: Any
    ) -> None:
        super().__init__(source, supply, **options)
        self.loss, self.pairs, self.moved = loss, pairs, moved
        self.losses: list[Event] = []
        self.claims: dict[int, list[Event]] = {k: [] for k in range(len(pairs))}
        self.roots: dict[int, Node] = {}
        self.seen: dict[Any, Any] = {}
        self.done_statements = 0
        self.moves = np.random.RandomState(supply.seed + 7)
        self.discovered: list[tuple[str, str, str]] = []
        self.stop_after: int | None = None
        self.complete_at: int | None = None
        self.until_pairs = True
        self.plain: dict[ast.stmt, frozenset[str]] = {}
        self.before: tuple[Frame | None, int] = (None, 0)
        """Where the last statement was, and how often arrays had changed by then."""
        self.slices: dict[Node, set[Node]] = {}
        self.news = False
        """Whether anything was found since it was last asked whether it is enough."""

    # looking

    def peek(self, node: ast.expr, frame: Frame) -> Any:
        """What a name or an entry stands for, if it has a value; None else."""
        match node:
            case ast.Name(id=name):
                inside: Frame | None = frame
                while inside is not None:
                    if name in inside.names:
                        return inside.names[name]
                    inside = inside.parent
                return None
            case ast.Attribute(value=inner, attr=name):
                owner = self.peek(inner, frame)
                if isinstance(owner, Instance):
                    return owner.names.get(name)
                if isinstance(owner, Data) and owner.array is None:
                    return owner.parts.get(name)
                if isinstance(owner, Array) and name == "T":
                    return self.member(owner, name)
                return None
            case ast.Subscript(value=inner, slice=index_node):
                owner = self.peek(inner, frame)
                index = self.constant(index_node, frame)
                try:
                    match owner:
                        case dict() | list() | tuple():
                            return owner[index]
                        case Data() if owner.array is None:
                            return owner.parts.get(index)
                        case Array():
                            found = self.entry(owner, index)
                            return None if isinstance(found, Unknown) else found
                except (KeyError, IndexError, TypeError):
                    return None
        return None

    def constant(self, node: ast.expr, frame: Frame) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.operand, ast.Constant)
            and isinstance(node.operand.value, int)
        ):
            return -node.operand.value
        return self.key(self.peek(node, frame)) if isinstance(node, ast.Name) else self.value(node, frame)

    def cell(self, found: Any, at: Spec, frame: Frame, parameter: bool) -> Array | Unknown | None:
        """A value as an array."""
        if isinstance(found, Data):
            found = self.as_array(found) if parameter and (found.array is None and found.told) else found.array
        if isinstance(found, bool):
            return None
        if isinstance(found, int | float):
            cell = self.leaf(np.float64(found), "number")
            if parameter and not at.function:
                self.bind(at.path, cell, frame)
            return cell
        return found if isinstance(found, Array | Unknown) else None

    def parameter(self, number: int, frame: Frame, given: bool = False) -> None:
        """Look whether a parameter has a new value."""
        at = self.pairs[number].of
        if at.function:
            return
        found = frame.given.get(at.root) if given and isinstance(at.path, ast.Name) else None
        found = self.peek(at.path, frame) if found is None else found
        if found is None:
            return
        cell = self.cell(found, at, frame, parameter=self.pairs[number].asked)
        self.news = True
        if not isinstance(cell, Array):
            self.roots.pop(number, None)
            return
        node = cell.node
        if not self.pairs[number].asked:
            self.roots[number] = root_of(node)
            return
        if not node.live and np.asarray(node.value).dtype.kind == "f":
            self.move(cell)
        elif not node.live and np.asarray(node.value).dtype.kind in "iu" and np.ndim(node.value):
            new = self.noted(Node("moved", None, (), {}, np.asarray(node.value, dtype=float), self.statement))
            cell.write(new)
            self.move(cell)
        self.roots[number] = root_of(cell.node)

    def move(self, cell: Array) -> None:
        """A parameter gets a random value where it stood at the start, which may be zero."""
        old = np.asarray(cell.node.value)
        if self.moved:
            if old.size and np.all(old > 0) and old.size > 1:
                new = old * np.exp(self.moved * 0.5 * self.moves.randn(*old.shape))
            else:
                scale = self.moved * min(1.0, 3.0 / np.sqrt(max(old.shape, default=1)))
                way = self.moves.randn(*old.shape)
                data = cell.node.args[:1] if cell.node.name == "data" else ()
                told = bool(data) and self.supply.met.get(data[0]) == "symmetric"
                new = old + scale * (way @ way.T if told or is_symmetric(old) else way)
        else:
            new = np.array(old)
        if isinstance(cell.node.value, np.matrix):
            new = np.asmatrix(new)
        name = GUESSED if self.is_guessed(cell.node) else "parameter"
        key = cell.node.args if cell.node.name == "data" else ()
        node = self.noted(Node(name, None, key, {}, new if np.ndim(new) else np.float64(new), cell.node.statement))
        node.live = True
        cell.write(node)
        cell.node.live = True

    def is_guessed(self, node: Node) -> bool:
        """Whether it is data as it came, and nothing tells its shape."""
        leaves = [leaf for leaf in (node, *node.inputs) if leaf.name == "data"]
        told = {*self.supply.choice.shapes, *(key for key, kind in self.supply.met.items() if kind == "described")}
        return any(leaf.args[0] not in told for leaf in leaves)

    def changed(self, statement: ast.stmt, frame: Frame) -> None:
        self.done_statements += 1
        before, self.before = self.before, (frame, Array.changes)
        named = self.named_by(statement) if before[0] is frame and before[1] == Array.changes else None
        parameters = not isinstance(statement, ast.Return)
        for number, pair in enumerate(self.pairs):
            if parameters and may_change(pair.of, named):
                self.parameter(number, frame)
        if self.loss is not None and not self.loss.function and may_change(self.loss, named):
            self.look(self.loss, frame, self.losses, statement, "loss")
        for number, pair in enumerate(self.pairs):
            if not pair.by.function and pair.step is None and may_change(pair.by, named):
                self.look(pair.by, frame, self.claims[number], statement, number)
        self.enough()

    def named_by(self, statement: ast.stmt) -> frozenset[str] | None:
        """The names that an assignment gives a value, where it does nothing else; None for all others."""
        if not isinstance(statement, ast.Assign):
            return None
        if statement not in self.plain:
            parts = [e for t in statement.targets for e in (t.elts if isinstance(t, ast.Tuple | ast.List) else [t])]
            plain = all(isinstance(part, ast.Name) for part in parts)
            self.plain[statement] = frozenset(p.id for p in parts if isinstance(p, ast.Name)) if plain else ANYTHING
        found = self.plain[statement]
        return None if found is ANYTHING else found

    def returned(self, function: Function, frame: Frame, value: Any) -> None:
        for number in range(len(self.pairs)):
            self.parameter(number, frame, given=True)
        inside = Frame({RETURNED: value}, None)
        if self.loss is not None and self.loss.function == function.name:
            self.look(self.loss, inside, self.losses, self.statement, "loss", always=True)
        for number, pair in enumerate(self.pairs):
            if pair.by.function == function.name:
                self.look(pair.by, inside, self.claims[number], self.statement, number, always=True)

    def look(
        self, at: Spec, frame: Frame, events: list[Event], statement: ast.stmt, key: Any, always: bool = False
    ) -> None:
        found = self.peek(at.path, frame)
        if found is None:
            return
        if isinstance(found, int | float) and not isinstance(found, bool) and key != "loss":
            if self.seen.get(key) == found and not always:
                return
            self.seen[key] = found
        cell = self.cell(found, at, frame, parameter=False)
        node = cell.node if isinstance(cell, Array) else cell
        met = self.seen.setdefault((key, "nodes"), set())
        if node is None or (not always and node in met):
            return  # a value from before is no claim about what has changed since
        met.add(node)
        held = root_of(node) if isinstance(node, Node) else node
        if not always and self.seen.get((key, "root")) is held and held is not node:
            return
        self.seen[key, "root"] = held
        self.news = True
        events.append(Event(node, statement, self.roots_in(frame, key), self.done_statements))

    def roots_in(self, frame: Frame, key: Any) -> dict[int, Node]:
        """The parameters as they are; one that belongs to an object is that of the object in which its gradient is."""
        found = dict(self.roots)
        if isinstance(key, int) and "self" in frame.names and self.pairs[key].of.root == "self":
            cell = self.peek(self.pairs[key].of.path, frame)
            if isinstance(cell, Array):
                found[key] = root_of(cell.node)
        return found

    def enough(self) -> None:
        """Stop once everything has had a value, and the parameters have moved on."""
        if self.stop_after is not None and self.done_statements > self.stop_after:
            raise Stop
        if self.until_pairs and self.pairs and self.news and self.done_statements % 16 == 0 and self.losses:
            self.news = False
            asked = [k for k, pair in enumerate(self.pairs) if pair.asked]
            if all(self.claims[k] and self.moved_on(k) and self.matched(k) is not None for k in asked):
                raise Stop

    def moved_on(self, number: int) -> bool:
        events = self.claims[number]
        return len({id(event.roots.get(number)) for event in events}) >= 2 or len(events) > 400

    def pair_found(self, loss: Any, slope: Any, both: bool) -> None:
        function = loss.function if isinstance(loss, Method) else loss
        if not isinstance(function, Function):
            return
        arguments = [a.arg for a in function.node.args.args if a.arg != "self"]
        if arguments:
            other = slope.function if isinstance(slope, Method) else slope
            name = other.name if isinstance(other, Function) else function.name
            tail = "" if isinstance(other, Function) else "[1]"
            self.discovered.append((f"{function.name}(){'[0]' if both else ''}", arguments[0], f"{name}(){tail}"))

    # what belongs together

    def matched(self, number: int) -> Found | None:
        """The loss, the parameter and the gradient of one pass."""
        events = self.claims[number]
        tried: dict[int, Event] = {}
        for event in events:
            if (root := event.roots.get(number)) is not None:
                tried[id(root)] = event
        for event in tried.values():
            if (loss := self.loss_beside(event, number)) is not None:
                root = event.roots[number]
                return Found(loss.node, root, event.node, event.statement, max(event.number, loss.number))
        return None

    def loss_beside(self, claim: Event, number: int) -> Event | None:
        """The last loss for the same parameters as a claim: some move them a little, to look at differences."""
        root = claim.roots[number]
        asked = [k for k, pair in enumerate(self.pairs) if pair.asked]
        found = None
        for loss in reversed(self.losses):
            if loss.roots.get(number) is root:
                found = found or loss
                if all(loss.roots.get(k) is claim.roots.get(k) for k in asked):
                    return loss
        return found

    def depends(self, node: Node, on: Node) -> bool:
        if node not in self.slices:
            self.slices[node] = slice_of(node)
        return on in self.slices[node]

    def result(self, number: int) -> Found | None:
        found = self.matched(number)
        if found is not None and (isinstance(found.loss, Unknown) or self.depends(found.loss, found.by)):
            return found
        for event in self.claims[number][::-1]:
            root = event.roots.get(number, self.roots.get(number))
            if root is None:
                continue
            for loss in self.losses[::-1]:
                if isinstance(loss.node, Node) and self.depends(loss.node, root):
                    return Found(loss.node, root, event.node, event.statement, max(event.number, loss.number))
        return found


def root_of(node: Node) -> Node:
    """What holds the same numbers in the same order."""
    while (
        node.name in _SAME
        and node.args
        and isinstance(node.args[0], Node)
        and np.size(node.args[0].value) == np.size(node.value)
    ):
        if node.name == "astype" and np.asarray(node.args[0].value).dtype.kind != "f":
            break
        node = node.args[0]
    return node


def may_change(at: Spec, named: frozenset[str] | None) -> bool:
    """Whether what is looked for may have another value after a statement that gives only these names one."""
    return named is None or not isinstance(at.path, ast.Name) or at.path.id in named


def slice_of(root: Node) -> set[Node]:
    """A node and everything it is computed from."""
    seen: set[Node] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += node.inputs
    return seen


__all__ = ["Event", "Found", "Pair", "Spec", "Watch", "root_of", "slice_of", "spec"]
