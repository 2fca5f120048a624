"""What claims to be a gradient, and what is true: the derivatives of the loss, and whether each claim is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from matdiff import expr as E
from matdiff.checking.scripts import names
from matdiff.checking.scripts.bench import Bench
from matdiff.checking.scripts.flat import Line, line_place
from matdiff.checking.scripts.reading import Reading
from matdiff.checking.scripts.statements import targets
from matdiff.derivatives import Derivatives
from matdiff.equality import Verdict, decide
from matdiff.errors import DeclarationError, UnsupportedError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.sizes import ONE

ON_ITS_WAY = "the gradient before its last change"


@dataclass
class Claimed:
    """A variable of the script that claims to be a gradient."""

    name: str
    of: str
    by: Expr
    asked: bool
    """Whether it is the gradient by a parameter; else its name told."""
    lines: list[Line]
    """Where it gets its values."""
    truths: list[tuple[str, Expr, list[Array] | None]] = field(default_factory=list)
    """What it may be, with a note in words."""
    right: str | None = None
    """The note of the one it is; None where it is none."""

    @property
    def line(self) -> Line:
        return self.lines[-1]


class Gradients:
    """Checks the gradients of one reading."""

    def __init__(self, reading: Reading, pairs: Mapping[str, str]) -> None:
        self.reading, self.pairs = reading, pairs
        self.straight, self.loss = reading.straight, reading.loss
        if not self.loss.is_scalar:
            place = line_place(self.straight.source, max(line.number for line in reading.forward))
            shown = self.straight.shown(reading.loss_name)
            raise UnsupportedError(f"{shown} is {self.loss.rows}×{self.loss.cols}, but a loss is a scalar", place)
        self.below = set(topo(self.loss))
        self.derivatives = Derivatives(node for node in self.below if node.op == "definition")
        self.bench = Bench(reading, [self.loss])
        self.order = {line: k for k, line in enumerate(self.straight.lines)}
        self.derived: dict[Expr, Expr] = {}
        self.proved: dict[Expr, Expr] = {}
        """For the gradients proved so far, what they are."""

    def shown(self, name: str) -> str:
        return self.straight.shown(name)

    # what claims to be a gradient

    def claims(self) -> list[Claimed]:
        """The gradients in the order of their lines."""
        asked = {name: of for of, name in self.pairs.items()}
        names_of = dict.fromkeys(name for line in self.backward for name in targets(line.node))
        values = self.values()
        found = []
        for name in names_of:
            of = asked.get(name) or names.target(name, values, self.straight.entries)
            if of is not None and (name in asked or values.get(of) in self.below):
                found.append(self.claim(name, of, name in asked))
        return sorted(found, key=lambda claimed: self.order[claimed.line])

    def asked(self) -> list[Claimed]:
        return [self.claim(name, of, asked=True) for of, name in self.pairs.items()]

    def fits(self) -> bool:
        """Whether every gradient has the size of what it is the gradient by."""
        if self.reading.misfits:
            return False
        lasts = [(claimed, self.last(claimed)) for claimed in self.asked()]
        return all(
            node is not None and (node.shape == claimed.truths[0][1].shape or self.is_flat(claimed, node))
            for claimed, node in lasts
        )

    @property
    def backward(self) -> list[Line]:
        return [line for line in self.straight.lines if line not in self.reading.forward]

    def values(self) -> dict[str, Expr]:
        """What there is a gradient by: the variables, and what the loss is computed from."""
        found = {name: node for name, node in self.reading.model.variables.items() if node.data[1] != "labels"}
        for value in self.reading.values:
            if value.line in self.reading.forward and value.name != self.reading.loss_name:
                found[value.name] = value.expr
        return found

    def claim(self, name: str, of: str, asked: bool) -> Claimed:
        variables = self.reading.model.variables
        by = variables[of] if asked and of in variables else self.values().get(of)
        if by is None or by.op not in ("variable", "definition"):
            raise DeclarationError(f"{self.shown(of)} is not a parameter or a value that the loss is computed from")
        lines = [line for line in self.backward if name in targets(line.node)]
        if not lines:
            lines = [line for line in self.straight.lines if name in targets(line.node)]
        claimed = Claimed(name, of, by, asked, lines)
        claimed.truths = list(self.truths(claimed))
        claimed.right = self.note_where_right(claimed)
        return claimed

    # what is true

    def gradient(self, by: Expr) -> Expr:
        if by not in self.derived:
            if by in self.below:
                self.derived[by] = self.derivatives.gradient(self.loss, by)
            else:
                self.derived[by] = E.number(0) if by.is_scalar else E.zeros(*by.shape)
        return self.derived[by]

    def truths(self, claimed: Claimed) -> Iterator[tuple[str, Expr, list[Array] | None]]:
        true = self.gradient(claimed.by)
        yield "", true, self.bench.arrays(true)
        if claimed.asked:
            return
        for node, name in self.inner(claimed.by):
            inside = self.gradient_inside(claimed.by, node)
            if inside.shape == true.shape:
                note = f"the gradient by what stands inside of {self.shown(claimed.of)}"
                yield (
                    (note if name is None else f"the gradient by {self.shown(name)}"),
                    inside,
                    self.bench.arrays(inside),
                )

    def inner(self, by: Expr) -> list[tuple[Expr, str | None]]:
        """What stands inside of the activation that a value is the result of, with its name."""
        if by.op != "definition":
            return []
        body = by.args[0]
        named = {value.expr: value.name for value in self.reading.values}
        if (
            len(body.args) == 1
            and body.args[0].shape == body.shape
            and body.op not in ("transpose", "definition", "inv")
        ):
            return [(body.args[0], named.get(body.args[0]))]
        direct = topo(body, inside=lambda n: () if n.op == "definition" else n.args)
        found = [n for n in direct if n.op == "definition" and n is not by and n.shape == by.shape and n in named]
        return [(n, named[n]) for n in found[:1]]

    def gradient_inside(self, by: Expr, node: Expr) -> Expr:
        """The gradient by the operand of an activation, which need not have a name."""
        if node.op in ("definition", "variable"):
            return self.gradient(node)
        if node not in self.derived:
            named = E.define(f"{by.data}_in", node)
            body = E.rebuild(by.args[0], (named,))
            (loss,) = E.substitute([self.loss], {by: E.define(by.data, body)})
            derivatives = Derivatives(n for n in topo(loss) if n.op == "definition")
            self.derived[node] = E.substitute([derivatives.gradient(loss, named)], {named: node})[0]
        return self.derived[node]

    # whether it is

    def last(self, claimed: Claimed) -> Expr | None:
        """The last value of a gradient; None where it cannot be read."""
        values = self.reading.versions(claimed.name)
        return values[-1].expr if values and values[-1].line is claimed.line else None

    def is_right(self, claimed: Claimed) -> bool:
        return claimed.right is not None

    def note_where_right(self, claimed: Claimed) -> str | None:
        node = self.last(claimed)
        if node is None:
            return None
        if self.is_flat(claimed, node):
            (note, true, _), node = claimed.truths[0], transposed(node)
            flat = f"its shape is ({node.cols},), that of {self.shown(claimed.of)} (1, {node.cols}); NumPy adds the two"
            claimed.truths = [(f"{note}; {flat}" if note else flat, true, self.bench.arrays(true)), *claimed.truths]
        for note, true, values in claimed.truths:
            if true.shape == node.shape and self.bench.agree(node, values):
                return note
        if not claimed.asked:
            note, true, values = claimed.truths[0]
            for value in self.reading.versions(claimed.name)[:-1]:
                if value.expr.shape == true.shape and self.bench.agree(value.expr, values):
                    return ON_ITS_WAY
        return None

    def is_flat(self, claimed: Claimed, node: Expr) -> bool:
        """Whether a gradient is 1-D where the parameter is one row of a 2-D array, which NumPy broadcasts alike."""
        ranks = self.reading.ranks
        true = claimed.truths[0][1]
        return (
            ranks.get(claimed.name) == 1
            and true.rows is ONE
            and true.cols is not ONE
            and node.shape == true.shape[::-1]
        )

    def verdict(self, claimed: Claimed) -> tuple[str, str]:
        """The verdict on a gradient by itself, with its words; "undecided" where no point tells."""
        node = self.last(claimed)
        if node is not None and self.is_flat(claimed, node):
            node = transposed(node)
        misfit = next((line for line in claimed.lines if line in self.reading.misfits), None)
        if misfit is not None:
            verdict = "wrong" if misfit in self.straight.stale else "ill-formed"
            return verdict, self.reading.misfits[misfit]
        if node is None:
            return "ill-formed", "it cannot be computed"
        if claimed.right == ON_ITS_WAY:
            return "proved", ON_ITS_WAY
        truths = [t for t in claimed.truths if t[0] == claimed.right] or claimed.truths[:1]
        note, true, _ = truths[0]
        if true.shape != node.shape:
            sizes = [f"{e.rows}×{e.cols}" for e in (true, node)]
            return "ill-formed", f"the gradient is {sizes[0]}, but {self.shown(claimed.name)} is {sizes[1]}"
        evidence = self.evidence(true, node)
        words = [note, *(f"the derivative is {doubt}" for doubt in self.derivatives.doubts)]
        match evidence.how:
            case "proved":
                words.append(evidence.note)
                self.proved[node] = true
            case "refuted":
                claimed.right = None
                return "wrong", str(evidence.counterexample or "the two differ")
            case "undecided":
                return "undecided", str(evidence)
            case _:
                words.append(str(evidence).removeprefix("sampled: "))
        return ("proved" if evidence.how == "proved" else "sampled"), "; ".join(word for word in words if word)

    def evidence(self, true: Expr, node: Expr) -> Verdict:
        """Whether a value is the gradient: as it stands, or for any data in the place of what is made of data."""
        found = decide(true, node, almost_everywhere=True)
        if found.how != "sampled":
            return found
        for changes in (self.proved, self.constants()):
            one, other = E.substitute([true, node], {old: new for old, new in changes.items() if old is not node})
            if (one, other) != (true, node):
                again = decide(one, other, almost_everywhere=True)
                if again.how == "proved":
                    return again
        return found

    def constants(self) -> dict[Expr, Expr]:
        """A variable for each value that depends on no parameter."""
        made = [value for value in self.reading.values if value.line in self.straight.made]
        return {v.expr: E.variable(f"any {v.name}", v.expr.shape) for v in made if v.expr.op == "definition"}


def transposed(e: Expr) -> Expr:
    return E.Expr("transpose", (e,), None, e.shape[::-1])
