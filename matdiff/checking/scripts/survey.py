"""What a script leaves unsaid: which name is the loss, which gradient belongs to which parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import process_time
from typing import Any

import numpy as np

from matdiff.checking.scripts import names
from matdiff.checking.scripts.harness import Called
from matdiff.checking.scripts.steps import rate_of, texts, updates
from matdiff.checking.scripts.watching import Pair, Spec, Step, root_of, slice_of, spec
from matdiff.python.memory import Stop
from matdiff.python.supply import BESIDE, Choice, Restart, Supply, likely
from matdiff.python.values import Array, Data, Frame, Instance, Node

LOSSES = ("loss", "total_loss", "cost", "J", "L", "mse", "error", "err", "objective", "nll", "E", "f", "data_loss")
"""Names of losses, the likeliest first."""

DATA = frozenset({"x", "X", "y", "Y", "inputs", "data", "t", "T", "targets", "labels"})
READINGS = 24
"""So many readings of what the script leaves open are surveyed."""
SIMPLE = 8
"""What so few operations make is a start value."""


class Survey(Called):
    """A run that keeps what every name has stood for."""

    def whole(self) -> None:
        self.held: dict[str, list[tuple[Node, ast.stmt]]] = {}
        self.waiting: list[tuple[str, Data, ast.stmt]] = []
        self.keys: dict[str, tuple[str, str]] = {}
        """For what functions return under a key, the key."""
        try:
            super().whole()
        finally:
            for text, data, statement in self.waiting:
                if data.array is not None:
                    self.held.setdefault(text, []).insert(0, (data.array.node, statement))

    def changed(self, statement: ast.stmt, frame: Frame) -> None:
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
            found = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in found:
                self.keep(target, statement, frame)
        super().changed(statement, frame)
        if len(self.losses) > 150:
            raise Stop

    def returned(self, function: Any, frame: Frame, value: Any) -> None:
        parts = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        for k, part in parts:
            if isinstance(part, dict) and not any(part is held for held in frame.names.values()):
                for key, item in part.items():
                    if isinstance(key, str):
                        text = f"{function.name}(){'' if k is None else f'[{k}]'}[{key!r}]"
                        self.keys[text] = ("grads", key)
                        self.note(text, item, self.statement)
        super().returned(function, frame, value)

    def keep(self, target: ast.expr, statement: ast.stmt, frame: Frame) -> None:
        match target:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.keep(part, statement, frame)
            case ast.Starred():
                return
            case ast.Subscript(value=inner, slice=index):
                key = self.constant(index, frame)
                if isinstance(key, str | int) and not isinstance(self.peek(inner, frame), Array | Data):
                    self.note(f"{ast.unparse(inner)}[{key!r}]", self.peek(target, frame), statement)
                else:
                    self.keep(inner, statement, frame)
            case ast.Name() | ast.Attribute():
                self.note(ast.unparse(target), self.peek(target, frame), statement)

    def note(self, text: str, value: Any, statement: ast.stmt) -> None:
        if isinstance(value, dict | list) and len(value) <= 12:
            for key, part in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(part, Array):
                    self.note(f"{text}[{key!r}]", part, statement)
        elif isinstance(value, Data):
            self.waiting.append((text, value, statement))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.held.setdefault(text, []).append(
                (Node("number", None, (), {}, np.float64(value), statement), statement)
            )
        elif isinstance(value, Array) and len(self.held.get(text, ())) < 50:
            self.held.setdefault(text, []).append((value.node, statement))

    def bind_arguments(self, function: Any, args: Any, keywords: Any, frame: Frame) -> None:
        super().bind_arguments(function, args, keywords, frame)
        for name, value in frame.names.items():
            if not isinstance(value, Instance):
                self.note(name, value, function.node if isinstance(function.node, ast.stmt) else self.statement)


def guessed_losses(source: Any) -> list[str]:
    """What is called as losses are and given a value, the likeliest first."""
    assigned = {
        ast.unparse(node)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    layers = any("backward" in function.name for function in source.functions)
    names = [name for name in LOSSES if not layers or name != "f"]
    return [text for name in names for text in (name, f"self.{name}") if text in assigned]


def best_survey(question: Any, losses: Sequence[str], told: bool, seconds: float = 1.2) -> tuple[Any, Survey]:
    """The question with the loss and the reading of the data in which most is found, and a run of it."""
    until = process_time() + seconds
    tries = [replace(question, loss=spec(text)) for text in losses] or [question]
    seen = set[Any]()
    best: tuple[tuple[int, ...], Any, Survey] | None = None
    for number in range(READINGS):
        if not tries or (best is not None and process_time() > until):
            break
        one = tries.pop(0)
        run = surveyed(one)
        score = found_in(run, told)
        if best is None or score > best[0]:
            best = (score, one, run)
        if score[:2] >= (1, 1) or (run.discovered and not told):
            break
        if not tries or number >= len(losses):
            _, held, known = best
            seen.add(tuple(sorted(held.choice.kinds.items())))
            settings = known.supply.choice.settings
            left = {f"argument {name}" for name in known.left_out} - settings.keys()
            if left:
                choice = replace(question.choice, settings={**settings, **dict.fromkeys(left, True)})
                tries.append(replace(held, choice=choice))
            for kinds in others(known.supply, held.choice):
                if (key := tuple(sorted(kinds.items()))) not in seen:
                    seen.add(key)
                    tries.append(replace(held, choice=replace(held.choice, kinds=kinds)))
    assert best is not None
    _, question, run = best
    choice = run.supply.choice
    return replace(question, choice=replace(question.choice, kinds=choice.kinds, settings=choice.settings)), run


def found_in(run: Survey, told: bool) -> tuple[int, ...]:
    """How much is found: a loss that is a number, the gradients by parameters, how far the run came."""
    scalar = any(isinstance(event.node, Node) and np.size(event.node.value) == 1 for event in run.losses)
    pairs = 1 if told else sum(pair.asked for pair in guessed_pairs(run, told)) if scalar else 0
    return int(scalar), pairs or int(bool(scalar and unnamed_steps(run))), run.done_statements


def others(supply: Supply, choice: Choice) -> Iterator[dict[str, str]]:
    """What one of the arrays that the script does not tell may be instead."""
    options = {key: likely(hint) for key, hint in supply.hints.items() if supply.met.get(key) in WORDS}
    options |= {key: likely(supply.hints[key]) for key, kind in supply.met.items() if kind == BESIDE}
    options |= {key: ("scalar",) for key, kind in supply.met.items() if kind == "labels" and key not in choice.kinds}
    for rank in range(1, 6):
        for key, kinds in options.items():
            left = [kind for kind in kinds if kind != supply.met[key]]
            if key not in choice.shapes and len(left) >= rank:
                yield {**choice.kinds, key: left[rank - 1]}


WORDS = {
    "onehot": "one-hot rows",
    "onehot columns": "one-hot columns",
    "binary": "zeros and ones",
    "row": "one row",
    "vector": "1-D",
    "matrix": "2-D",
    "scalar": "a scalar",
    "column": "one column",
    "symmetric": "a symmetric matrix",
}
"""How data that nothing tells is taken, in words."""


def surveyed(question: Any, seed: int = 1) -> Survey:
    choice: Choice = question.choice
    ends = process_time() + 1.2
    for _ in range(60):
        run = Survey(
            question.source,
            Supply(choice, seed, question.avoided),
            question.loss,
            (),
            0.0,
            beside=question.beside,
            steps=60_000,
            seconds=max(ends - process_time(), 0.1),
        )
        run.upstream, run.small, run.only = question.upstream, question.small, question.only
        try:
            with np.errstate(all="ignore"):
                run.whole()
        except Restart as more:
            choice = more.args[0]
            continue
        except Stop:
            pass
        break
    return run


def entries_of(known: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """For entries and attributes what holds them, and the key."""
    found = {}
    for text in known:
        node = ast.parse(text, mode="eval").body
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            found[text] = (ast.unparse(node.value), node.slice.value)
        elif isinstance(node, ast.Attribute):
            found[text] = (ast.unparse(node.value), node.attr)
    return found


def guessed_pairs(run: Survey, told: bool) -> list[Pair]:
    """The gradients that names and updates speak of; where some are told, only those on the way to them."""
    known = run.held
    entries = entries_of(known)
    updated = {update.target for update in updates(run.source.tree)} & known.keys()
    updated |= {
        name
        for name in known
        if any(
            u.target.partition("[")[0] == name.partition("[")[0]
            for u in updates(run.source.tree)
            if "[" in u.target and "[" in name
        )
    }
    entries |= run.keys
    slices = [(event.node, slice_of(event.node)) for event in run.losses[:20] if isinstance(event.node, Node)]
    first = set[Node]()
    last: Node | None = None
    for node, nodes in slices:  # a loss that is summed up is the last sum
        if len(nodes) > 3 and (last is None or last in nodes):
            last, first = node, nodes
    lossy = set(first)
    for event in run.losses[:3]:
        lossy = lossy | (slice_of(event.node) if isinstance(event.node, Node) else set())
    reached = {
        text for text, values in known.items() if any(root_of(node) in lossy or node in lossy for node, _ in values)
    }
    found: dict[str, Pair] = {}
    taken: set[str] = set()
    values = [name for name in known if name in reached or name in updated]
    for name in known:
        of = names.target(name, [v for v in values if v != name], entries)
        if of is None or is_rate(of) or (run.loss is not None and name == run.loss.text):
            continue
        if name in run.keys and starts(known[name]) and any(n.name == "random" for n in slice_of(known[name][0][0])):
            continue  # start values, which a function gives under the names of the parameters
        holder = entries.get(of, ("", ""))[0]
        alike = [v for v in values if v != name and entries.get(v, ("", v))[1] == entries.get(of, ("", of))[1]]
        if name in entries and holder and entries[name][0] != holder and len(alike) > 1:
            continue
        made = {at: node for node, at in reversed(known[name])}  # what each statement makes of it at first
        if all(node.fn is not None and root_of(node) in first for node in made.values()):
            continue  # the loss is computed from it
        begins = starts(known[of]) and of not in DATA and not is_carried(known[of], first) and not is_made(of, known)
        asked = of in updated or (begins and not is_elsewhere(run.source, of, known[name][0][1]))
        if of in taken and asked:
            continue
        taken |= {of} if asked else set()
        found[name] = Pair(spec(of), spec(name), asked and not told)
    if not told:
        for update in updates(run.source.tree):
            if update.target in taken or update.target not in known or update.target not in reached:
                continue
            if run.loss is not None and update.target == run.loss.text:
                continue
            shape = np.shape(known[update.target][0][0].value)
            inside = {t for t in texts(update.step) if t in known and t != update.target}
            inside = {t for t in inside if np.shape(known[t][-1][0].value) == shape and known[t][-1][0].fn is not None}
            if len(inside) == 1 and (name := inside.pop()) not in found and known[name][0][0] not in first:
                found[name] = Pair(spec(update.target), spec(name), True)
                taken.add(update.target)
    if not told and not any(pair.asked for pair in found.values()):
        found |= {pair.by.text: pair for pair in alone(run, reached, first)}
    return list(found.values())


def is_rate(name: str) -> bool:
    return name == "lr" or "learning_rate" in name


def alone(run: Survey, reached: set[str], first: set[Node]) -> list[Pair]:
    """A name that says gradient and no more, where one parameter has its size."""
    for name in (name for name in run.held if names.says_no_more(name)):
        size = np.size(run.held[name][-1][0].value)
        alike = {
            root_of(held[0][0]): text
            for text, held in run.held.items()
            if text in reached and text not in DATA and starts(held) and np.size(held[0][0].value) == size
        }
        if len(alike) == 1 and run.held[name][-1][0] not in first:
            return [Pair(spec(next(iter(alike.values()))), spec(name), True, flattened=True)]
    return []


def unnamed_steps(run: Survey) -> list[Pair]:
    """Updates whose step has no name: it claims to be the gradient, times a rate."""
    slices = [slice_of(event.node) for event in run.losses[:20] if isinstance(event.node, Node)]
    lossy = next((nodes for nodes in slices if len(nodes) > 3), set())
    found: dict[str, Pair] = {}
    for update in updates(run.source.tree):
        held = run.held.get(update.target, ())
        if run.loss is not None and update.target == run.loss.text:
            continue
        if any(root_of(node) in lossy for node, _ in held) and update.target not in found and rate_of(update.step):
            by = Spec(f"step of {update.target}", update.step)
            found[update.target] = Pair(spec(update.target), by, step=Step(update.statement, rate_of(update.step)))
    return list(found.values())


def is_elsewhere(source: Any, name: str, statement: ast.stmt) -> bool:
    """Whether a name is the argument of functions, and a statement stands in none of them."""
    having = [f for f in source.functions if any(name == a.arg for a in f.args.args)]
    inside = [f for f in having if f.lineno <= statement.lineno <= (f.end_lineno or 0)]
    within = {id(n) for f in having for n in ast.walk(f)}
    others = any(isinstance(n.ctx, ast.Store) and id(n) not in within for n in source.uses.get(name, ()))
    return bool(having) and not inside and not others


def is_made(name: str, known: Mapping[str, list[tuple[Node, ast.stmt]]]) -> bool:
    """Whether a name is computed from what others stand for: numbers from numbers, arrays from arrays."""
    own = known[name][0][0]
    axes = min(np.ndim(own.value), 1)
    start = root_of(own)
    others = {
        root_of(node)
        for other, values in known.items()
        if other != name
        for node, _ in values[:3]
        if np.ndim(node.value) >= axes
    } - {start}
    stack, seen = list(start.inputs), set[Node]()
    while stack:
        node = stack.pop()
        if node in seen or node.name.endswith("_like"):
            continue
        seen.add(node)
        if node in others or root_of(node) in others:
            return True
        stack += node.inputs
    return False


def is_carried(values: list[tuple[Node, ast.stmt]], first: set[Node]) -> bool:
    """Whether a name goes from value to value on the way to one loss, as states do; parameters stay."""
    roots = [root_of(node) for node, at in values[1:] if not isinstance(at, ast.FunctionDef)]  # no arguments of calls
    start = root_of(values[0][0])
    return any(root in first and root.fn is not None and root is not start for root in roots)


def starts(values: list[tuple[Node, ast.stmt]]) -> bool:
    """Whether a name begins with a start value: random, zeros, an argument."""
    below = slice_of(values[0][0])
    return len(below) <= SIMPLE and not any(node.name in ("MatMult", "dot", "exp") for node in below)


def without(question: Any) -> str:
    """What is said where nothing tells the gradients."""
    return (
        "which names are the gradients? None is called as gradients are (grad_w, dw, w_grad);"
        " tell them with --grad PARAMETER=GRADIENT"
    )
