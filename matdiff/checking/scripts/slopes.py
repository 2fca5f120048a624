"""What a gradient should be: slopes of the loss along directions, by central differences of the trace of a run."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from matdiff.checking.scripts.watching import slice_of
from matdiff.python.values import Node, computed

STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
CLOSE = 2e-6
"""So near have claimed slopes to be, relative to the largest."""
FEW = 24
"""So many entries are moved one by one; of more, random directions are."""
DIRECTIONS = 8
SECONDS = 0.25
"""So long is spent on the slopes by one parameter, where enough are known."""
ENOUGH = 3
ZERO = 1e-8
"""Slopes below this are those of a gradient that is 0, and rounding."""
GUARD = 2e-3
"""Numbers up to this may be there to keep a logarithm or a division from zero."""


@dataclass(frozen=True)
class Slopes:
    """The slopes of a loss along directions, with how far they may be off."""

    directions: tuple[Any, ...]
    values: Any
    errors: Any

    @property
    def scale(self) -> float:
        return float(np.max(np.abs(self.values), initial=0.0))

    def along(self, gradient: Any) -> Any:
        """The slopes that a gradient claims; None where it has not the size."""
        if np.shape(gradient) != np.shape(self.directions[0]):
            return None
        return np.array([float(np.sum(np.asarray(gradient) * way)) for way in self.directions])

    def agree(self, gradient: Any) -> bool:
        found = self.along(gradient)
        return found is not None and bool(np.all(self.gaps(found) <= self.allowed(found)))

    def gaps(self, found: Any) -> Any:
        gaps = np.abs(found - self.values)
        return np.where(np.isfinite(gaps), gaps, np.inf)

    def allowed(self, found: Any) -> Any:
        scale = max(self.scale, float(np.max(np.abs(found), initial=0.0)) if np.all(np.isfinite(found)) else 0.0)
        return CLOSE * scale + 10 * self.errors + 1e-10

    def error(self, gradient: Any) -> float:
        found = self.along(gradient)
        return (
            float(np.max(self.gaps(found)) / (self.scale if self.scale > ZERO else 1)) if found is not None else np.inf
        )


class Replay:
    """Computes a value again for another value of a node below it, and without the guards that are named."""

    def __init__(self, root: Node, by: Node | None, guards: Mapping[Node, Any] | None = None) -> None:
        self.root, self.by = root, by
        self.guards = guards or {}
        """Nodes that only keep a value from zero, with what they would be without: a node."""
        order = ordered(root, set() if by is None else {by}, set(self.guards))
        moved = {*order, by}
        self.steps: list[tuple[Node, list[Any] | None, list[tuple[int, Node]]]] = []
        """Each node with its arguments and which of them are computed; without arguments where these are nested."""
        for node in order:
            plain = node not in self.guards and not any(isinstance(a, tuple | list | slice) for a in node.args)
            moving = [(k, a) for k, a in enumerate(node.args) if isinstance(a, Node) and a in moved]
            fixed = [a.value if isinstance(a, Node) else a for a in node.args]
            self.steps.append((node, fixed if plain and not node.keywords else None, moving))

    def at(self, value: Any = None) -> Any:
        known: dict[Node, Any] = {} if self.by is None else {self.by: value}

        def new(node: Node) -> Any:
            return known.get(node, node.value)

        for node, args, moving in self.steps:
            if args is None or node.fn is None:
                known[node] = new(self.guards[node]) if node in self.guards else computed(node, new)
                continue
            for k, below in moving:
                args[k] = known[below]
            known[node] = node.fn(*args)
        return new(self.root)

    def number(self, value: Any) -> float:
        with np.errstate(all="ignore"):
            return float(np.asarray(self.at(value)).reshape(()))


def ordered(root: Node, moved: Set[Node], forced: Set[Node]) -> list[Node]:
    """The nodes below a root that depend on what is moved or forced, each behind what it is computed from."""
    depends: dict[Node, bool] = dict.fromkeys(moved, True)
    stack: list[tuple[Node, bool]] = [(root, False)]
    found: list[Node] = []
    while stack:
        node, ready = stack.pop()
        if ready:
            depends[node] = node in forced or any(depends[below] for below in node.inputs)
            if depends[node]:
                found.append(node)
        elif node not in depends:
            depends[node] = False
            stack.append((node, True))
            stack += [(below, False) for below in node.inputs if below not in depends]
    return found


def slopes(loss: Node, by: Node, until: float, without: Mapping[Node, Node] | None = None) -> Slopes | None:
    """The slopes of a loss by one of its nodes; None where it has none that can be told."""
    replay = Replay(loss, by, without)
    start = np.asarray(by.value, dtype=float)
    rng = np.random.RandomState(5)
    if start.size <= FEW:
        ways = [unit(start.shape, k) for k in range(start.size)]
    else:
        ways = [rng.randn(*start.shape) / np.sqrt(start.size) for _ in range(DIRECTIONS)]
    kept, values, errors = [], [], []
    begun = process_time()
    for way in ways:
        found = slope(replay, by, start, way)
        if found is not None:
            kept.append(way)
            values.append(found[0])
            errors.append(found[1])
        now = process_time()
        if (now > begun + SECONDS and len(kept) >= ENOUGH) or (now > until and kept):
            break
    else:
        if len(kept) < max(1, len(ways) // 2):
            return None
    return Slopes(tuple(kept), np.array(values), np.array(errors))


def unit(shape: tuple[int, ...], k: int) -> Any:
    found = np.zeros(shape)
    found.reshape(-1)[k] = 1.0
    return found


def slope(replay: Replay, by: Node, start: Any, way: Any) -> tuple[float, float] | None:
    """The slope along one direction and its error: two steps that agree."""
    kind = np.asmatrix if isinstance(by.value, np.matrix) else (lambda x: x)

    def at(step: float) -> float:
        return replay.number(kind(start + step * way))

    last: float | None = None
    best: tuple[float, float] | None = None
    size = max(1e-2, min(1.0, float(np.max(np.abs(start), initial=0.0)))) if start.size else 1.0
    for step in STEPS:
        step *= size
        try:
            first = (at(step) - at(-step)) / (2 * step)
            second = (at(step / 2) - at(-step / 2)) / step
        except (ValueError, IndexError, TypeError, np.linalg.LinAlgError, ZeroDivisionError, FloatingPointError):
            return None
        found = (4 * second - first) / 3 if step >= 1e-5 * size else second
        if not np.isfinite(found):
            continue
        error = abs(found - last) if last is not None else abs(second - first)
        if best is None or error < best[1]:
            best = (found, error)
        if error <= 1e-7 * max(abs(found), 1e-3):
            break
        last = found
    if best is None or best[1] > 1e-3 * max(abs(best[0]), 1e-4):
        return None
    return best


def guards(*roots: Node) -> dict[Node, Node]:
    """What only keeps a value from zero, ``p + 1e-9`` and ``np.clip(p, 1e-9, 1 - 1e-9)``, with the value itself."""
    found: dict[Node, Node] = {}
    for root in roots:
        for node in (node for node in slice_of(root) if node.name in GUARDS):
            first = next((item for item in node.args if isinstance(item, Node) and np.ndim(item.value)), None)
            first = first or next((item for item in node.args if isinstance(item, Node) and item.fn is not None), None)
            rest = [number for item in (*node.args, *node.keywords.values()) if (number := plain(item)) is not None]
            tiny = any(0 < abs(n) <= GUARD for n in rest)
            if first is not None and tiny and all(abs(n) <= GUARD or abs(1 - n) <= GUARD for n in rest):
                found[node] = first
    return found


GUARDS = frozenset({"Add", "Sub", "add", "maximum", "fmax", "max", "clip", "minimum"})


def plain(item: Any) -> float | None:
    """A number that stands in the script."""
    if isinstance(item, Node):
        return float(item.value) if item.fn is None and not item.live and np.ndim(item.value) == 0 else None
    return float(item) if isinstance(item, int | float | np.floating) and not isinstance(item, bool) else None
