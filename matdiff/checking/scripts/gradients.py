"""Gradients written by hand in NumPy: is each the derivative it claims to be, and where does it first go wrong?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from matdiff import expr as E
from matdiff.calculus.derive import Calculus
from matdiff.checking.report import Link, Report
from matdiff.checking.scripts import names
from matdiff.checking.scripts.edits import Around
from matdiff.checking.scripts.flat import Line, line_place
from matdiff.checking.scripts.pairs import guessed_loss, guessed_pairs, updates
from matdiff.checking.scripts.reading import Reading, UnreadData
from matdiff.checking.scripts.repair import Bench, Found, Job, Repair, activations, same
from matdiff.checking.scripts.statements import changed_in_place, loads, targets
from matdiff.checking.scripts.straight import Pass, Straight
from matdiff.equality import Verdict, decide
from matdiff.errors import ArgumentTypeError, DeclarationError, MatdiffError, UnsupportedError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.printing.math import Printer
from matdiff.sizes import ONE

READINGS = 12
"""How many readings of what the script leaves open are tried."""

LONGEST = 100
"""Longer gradients are not written out."""


def check_code(
    source: str,
    loss: str | None = None,
    gradients: Mapping[str, str] | None = None,
    where: str | None = None,
    strict: bool = False,
) -> Report:
    """Check the gradients of a training script, ``{"w1": "grad_w1"}``, and the intermediate ones above them.

    The loss and the pairs are guessed by their names where they are not given. ``where`` declares
    what the script does not tell: ``x: matrix(N, D)``. Raises a `MatdiffError` where the script cannot
    be read.
    """
    if not isinstance(source, str) or not isinstance(loss, str | None):
        raise ArgumentTypeError("a script and the name of its loss are strings")
    source = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    told = {} if gradients is None else {normal(of): normal(name) for of, name in gradients.items()}
    loss = normal(loss) if loss is not None else guessed_loss(source)
    found = Pass(source, loss, list(told.values()))
    pairs = {found.variable(of): found.written[name] for of, name in told.items()} or guessed_pairs(found)
    straight = found.straight(pairs.values(), pairs)
    declared = (where or "").replace(";", "\n")
    while True:
        try:
            reading = best_reading(straight, found.loss_name, pairs, declared)
            break
        except UnreadData as unread:
            straight = straight.without(unread.args[0])
    links = Checker(reading, pairs, guessed=not told).links()
    return Report(source, tuple(links), strict, language="python")


def normal(text: str) -> str:
    """A name, or an entry such as ``grads["W1"]``, as Python writes it."""
    if not isinstance(text, str):
        raise ArgumentTypeError("names of gradients are strings")
    try:
        return ast.unparse(ast.parse(text.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeclarationError(f"{text} is not a name of a script") from None


# what the script leaves open


def best_reading(straight: Straight, loss: str, pairs: Mapping[str, str], where: str) -> Reading:
    """The reading in which most gradients are right, of those that the script leaves open; the first of equals."""
    first: MatdiffError | None = None
    best: tuple[tuple[int, int, int], Reading] | None = None
    for sized, kinds in islice(choices(straight, where), READINGS):
        if best is not None and not sized:
            continue
        try:
            reading = Reading(straight, kinds, loss, pairs.values(), (where,))
            score = rightness(reading, pairs)
        except UnreadData:
            if first is None and best is None:
                raise  # it is so in the likeliest reading
            continue
        except MatdiffError as error:
            first = first or error
            continue
        if best is None or score > best[0]:
            best = (score, reading)
        if score[0] == len(pairs):
            break
    if best is None:
        assert first is not None
        raise first
    return best[1]


def choices(straight: Straight, where: str) -> Iterator[tuple[bool, dict[str, str]]]:
    """What the variables may be, those first that change the fewest of the likeliest kinds.

    One choice leaves out the sizes that the script tells, for numbers may stand for one size twice.
    """
    given = {name.strip() for line in where.split("\n") for name in line.split(":")[0].split(",")}
    kinds = {name: options for name, options in straight.kinds.items() if name not in given}
    yield True, {name: options[0] for name, options in kinds.items()}
    plain = {name: options[:1] if "(" not in options[0] else options[1:2] or options for name, options in kinds.items()}
    if any(plain[name][0] != kinds[name][0] for name in kinds):
        yield False, {name: options[0] for name, options in plain.items()}
    open_ = {name: options for name, options in kinds.items() if len(options) > 1 and "(" not in options[0]}
    numbers = [range(len(options)) for options in open_.values()]
    for picks in sorted(islice(product(*numbers), 256), key=lambda picks: (sum(map(bool, picks)), picks)):
        if any(picks):
            chosen = {name: options[k] for (name, options), k in zip(open_.items(), picks, strict=True)}
            yield True, {name: chosen.get(name, options[0]) for name, options in kinds.items()}


def rightness(reading: Reading, pairs: Mapping[str, str]) -> tuple[int, int, int]:
    """How many gradients are right, how few lines do not fit, and how many gradients on the way are right."""
    checker = Checker(reading, pairs)
    right = sum(checker.is_right(checker.claim(name, of, asked=True)) for of, name in pairs.items())
    if right == len(pairs):
        return right, 0, 0
    return right, -len(reading.misfits) - len(reading.unread), sum(map(checker.is_right, checker.claims()))


# checking


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


class Checker:
    """Checks the gradients of one reading."""

    def __init__(self, reading: Reading, pairs: Mapping[str, str], guessed: bool = False) -> None:
        self.reading, self.pairs, self.guessed = reading, pairs, guessed
        self.straight, self.loss = reading.straight, reading.loss
        if not self.loss.is_scalar:
            place = line_place(self.straight.source, max(line.number for line in reading.forward))
            shown = self.straight.shown(reading.loss_name)
            raise UnsupportedError(f"{shown} is {self.loss.rows}×{self.loss.cols}, but a loss is a scalar", place)
        self.below = set(topo(self.loss))
        self.calculus = Calculus(node for node in self.below if node.op == "definition")
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
        by = self.values().get(of)
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
                self.derived[by] = self.calculus.derive(self.loss, (by,)).gradients[by]
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
                yield (note if name is None else f"the gradient by {self.shown(name)}"), inside, self.bench.arrays(inside)

    def inner(self, by: Expr) -> list[tuple[Expr, str | None]]:
        """What stands inside of the activation that a value is the result of, with its name."""
        if by.op != "definition":
            return []
        body = by.args[0]
        named = {value.expr: value.name for value in self.reading.values}
        if len(body.args) == 1 and body.args[0].shape == body.shape and body.op not in ("transpose", "definition", "inv"):
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
            calculus = Calculus(n for n in topo(loss) if n.op == "definition")
            self.derived[node] = E.substitute([calculus.derive(loss, (named,)).gradients[named]], {named: node})[0]
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
        return ranks.get(claimed.name) == 1 and true.rows is ONE and true.cols is not ONE and node.shape == true.shape[::-1]

    def verdict(self, claimed: Claimed) -> tuple[str, str]:
        """The verdict on a gradient by itself, with its words."""
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
        words = [note]
        match evidence.how:
            case "proved":
                words.append(evidence.note)
                self.proved[node] = true
            case "refuted":
                claimed.right = None
                return "wrong", str(evidence.counterexample or "the two differ")
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

    # the links

    def links(self) -> list[Link]:
        """A link for every gradient, in the order of the lines."""
        claims = self.claims()
        verdicts = {claimed.name: self.verdict(claimed) for claimed in claims}
        wrong = [c for c in claims if c.asked and verdicts[c.name][0] in ("wrong", "ill-formed")]
        slips = Slips(self, claims, wrong).found() if wrong else {}
        notes = updates(self.straight, self.pairs)
        links = []
        for claimed in claims:
            verdict, detail = verdicts[claimed.name]
            slip = slips.get(claimed.name)
            if verdict not in ("wrong", "ill-formed") and (slip is None or slip.line is None):
                words = [detail, *notes.get(claimed.name, ())]
                if claimed.asked and self.guessed:
                    words.append("the pair is a guess from the name")
                links.append(self.link(claimed, claimed.line, verdict, "; ".join(word for word in words if word)))
            elif slip is None:
                continue  # its name says nothing, or something else
            elif slip.line is not None:
                detail = detail if verdict in ("wrong", "ill-formed") else slip.detail
                verdict = verdict if verdict in ("wrong", "ill-formed") else "wrong"
                links.append(self.link(claimed, slip.line, verdict, detail, slip.suggestion))
            else:
                links.append(self.link(claimed, claimed.line, verdict, slip.detail))
        return sorted(links, key=lambda link: link.line)

    def link(self, claimed: Claimed, line: Line, verdict: str, detail: str, suggestion: str = "") -> Link:
        place = line_place(self.straight.source, line.number)
        right = f"gradient of {self.shown(self.reading.loss_name)} by {self.shown(claimed.of)}"
        name = self.shown(claimed.name)
        return Link(
            line=line.number,
            text=f"{name} = {right}",
            verdict=verdict,
            detail=detail,
            suggestion=suggestion,
            start=place.start,
            end=place.end,
            left=name,
            right=right,
        )


def transposed(e: Expr) -> Expr:
    return E.Expr("transpose", (e,), None, e.shape[::-1])


ON_ITS_WAY = "the gradient before its last change"


@dataclass(frozen=True)
class Slip:
    """What is said of a wrong gradient: where it goes wrong, or, without a line, that it does elsewhere."""

    line: Line | None
    suggestion: str = ""
    detail: str = ""
    found: bool = False
    """Whether the slip has a name."""


class Slips:
    """Whose fault it is that gradients are wrong."""

    def __init__(self, checker: Checker, claims: Sequence[Claimed], wrong: Sequence[Claimed]) -> None:
        self.checker, self.claims, self.wrong = checker, claims, list(wrong)
        self.reading, self.bench = checker.reading, checker.bench
        self.corrected: dict[str, Expr] = {}
        shapes = {name: node.shape for name, node in self.reading.model.variables.items()}
        shapes |= {value.name: value.expr.shape for value in self.reading.values}
        ranks = {n: {"scalar": 0, "dim": 0, "vector": 1}.get(k, 2) for n, k in self.reading.declared.items() if k != "labels"}
        around = Around(shapes, {**ranks, **self.reading.ranks}, activations(self.reading, self.reading.forward))
        self.repair = Repair(self.reading, self.bench, around)

    def found(self) -> dict[str, Slip]:
        """For each gradient that is wrong or makes others wrong, what is said of it."""
        said: dict[str, Slip] = {}
        open_ = list(self.wrong)
        while open_:
            culprit, goal, fixed, slip = self.blamed(open_)
            said[culprit.name] = slip
            self.correct(culprit, goal)
            open_ = [c for c in open_ if c is not culprit and c not in fixed]
            number = slip.line.number if slip.line is not None else culprit.line.number
            words = f"it goes wrong in line {number}, with {self.checker.shown(culprit.name)}"
            between = [c for c in self.claims if not c.asked and c.right is None and c.name not in said]
            for other in (*fixed, *between):
                if other is not culprit and (other in fixed or self.follows(other, culprit)):
                    said[other.name] = Slip(None, detail=words)
        return said

    def correct(self, claimed: Claimed, goal: list[Array]) -> None:
        self.corrected[claimed.name] = self.stand_in(claimed, goal)

    def stand_in(self, claimed: Claimed, values: list[Array]) -> Expr:
        """A variable with the values that a gradient should have."""
        ranks = self.repair.around.ranks
        self.reading.ranks.setdefault(claimed.name, ranks.get(claimed.of, 2))
        return self.bench.stand_in(claimed.truths[0][1].shape, values)

    # who

    def blamed(self, open_: Sequence[Claimed]) -> tuple[Claimed, list[Array], list[Claimed], Slip]:
        """The gradient where it goes wrong, what it should be, what is right then, and the slip."""
        suspects = self.suspects(open_)
        culprit, goal, fixed = suspects[0]
        slip = self.explained(culprit, goal)
        if not slip.found and not fixed:  # perhaps it is right but for the mask that what it is computed from lacks
            for other, values, then in suspects[1:]:
                if culprit in then and other.right is not None:
                    again = self.explained(other, values)
                    if again.found:
                        return other, values, then, again
        return culprit, goal, fixed, slip

    def suspects(self, open_: Sequence[Claimed]) -> list[tuple[Claimed, list[Array], list[Claimed]]]:
        """The gradients that make others right when they are put right, those first that do for most."""
        found: list[tuple[tuple[int, bool, int], tuple[Claimed, list[Array], list[Claimed]]]] = []
        for number, claimed in enumerate(self.claims):
            if claimed.name in self.corrected or (claimed.asked and claimed not in open_):
                continue
            for note, _, values in claimed.truths:
                if values is None or claimed.right == note:
                    continue
                fixed = [g for g in open_ if g is not claimed and self.fixes(claimed, values, g)]
                is_open = claimed in open_
                if fixed or is_open:
                    key = (len(fixed) + is_open, claimed.right in (None, ON_ITS_WAY), -number)
                    found.append((key, (claimed, values, fixed)))
        return [suspect for _, suspect in sorted(found, key=lambda item: item[0], reverse=True)]

    def fixes(self, claimed: Claimed, values: list[Array], later: Claimed) -> bool:
        """Whether a gradient is right once an earlier one is."""
        goal = later.truths[0][2]
        lines = self.own(later, {claimed.name})
        if not lines or claimed.name not in {name for line in lines for name in loads(line.node)}:
            return False
        if goal is None:
            return False
        node = self.stand_in(claimed, values)
        job = Job(lines, {later.name: goal}, {**self.corrected, claimed.name: node})
        return self.repair.works(job, lines[0], [lines[0].node])

    def follows(self, other: Claimed, culprit: Claimed) -> bool:
        """Whether a wrong intermediate gradient is right once another is."""
        for _, _, values in other.truths:
            lines = self.own(other, set(self.corrected))
            if values is not None and lines and any(culprit.name in loads(line.node) for line in lines):
                job = Job(lines, {other.name: values}, self.corrected)
                if self.repair.works(job, lines[0], [lines[0].node]):
                    return True
        return False

    def own(self, claimed: Claimed, apart: set[str]) -> list[Line]:
        """The lines of the backward pass that a gradient is computed by, up to the gradients that are right."""
        stops = {c.name for c in self.claims if c.right == "" or c.name in self.corrected} | apart
        stops -= {claimed.name}
        needed, found = {claimed.name}, list[Line]()
        lines = self.checker.straight.lines
        for line in reversed(lines[: self.checker.order[claimed.line] + 1]):
            names_of = set(targets(line.node))
            if names_of & needed and line not in self.reading.forward:
                found.append(line)
                if not changed_in_place(line.node):
                    needed -= names_of
                needed |= loads(line.node) - stops
        return [line for line in found[::-1] if line not in self.reading.plain]

    # what

    def explained(self, culprit: Claimed, goal: list[Array]) -> Slip:
        lines = self.own(culprit, set())
        found = self.repair.find(Job(lines, {culprit.name: goal}, self.corrected)) if lines else None
        detail = self.detail(culprit)
        if found is not None:
            return Slip(found.line, found.words, detail, found=True)
        first = next((line for line in lines if line in self.reading.misfits), culprit.lines[0])
        if first in self.checker.straight.stale:
            return Slip(first, "this line stands too early", detail)
        return Slip(first, self.nothing(culprit), detail)

    def detail(self, culprit: Claimed) -> str:
        if culprit.right is None:
            return ""
        if culprit.right == ON_ITS_WAY:
            return "it is right before its last change, but not after it"
        of = self.checker.shown(culprit.of)
        return f"this is the gradient by {of}, but what is computed from it below needs the one by what stands inside"

    def nothing(self, culprit: Claimed) -> str:
        text = Printer()(culprit.truths[0][1])
        right = f"; the gradient is {text}" if len(text) <= LONGEST and "\n" not in text else ""
        return f"no single slip was found that explains this{right}"
