"""Gradients written by hand in NumPy: is each the derivative it claims to be, and where does it first go wrong?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matdiff import expr as E
from matdiff.checking.chains import expression_at
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.report import Link, Report
from matdiff.checking.scope import Scope
from matdiff.checking.scripts.straight import GRADIENT, Straight, straighten
from matdiff.checking.scripts.surface import math_text
from matdiff.checking.slips import NOTHING, Place, Slips
from matdiff.equality import decide
from matdiff.errors import ArgumentTypeError, DeclarationError, MatdiffError, ShapeError
from matdiff.expr import Expr, topo
from matdiff.printing.math import Printer
from matdiff.reader import math, numpy
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.documents import Claim, Member
from matdiff.reader.syntax import Declaration, Definition, Node, Program, postorder


def check_code(
    source: str, loss: str, gradients: Mapping[str, str], where: str | None = None, strict: bool = False
) -> Report:
    """Check the gradients of a training script, ``{"w1": "grad_w1"}``, and the intermediate ones above them.

    ``where`` declares what the script does not tell: ``x: matrix(N, D)``. Raises a `MatdiffError`
    where the script cannot be read.
    """
    if not isinstance(source, str) or not isinstance(loss, str):
        raise ArgumentTypeError("a script and the name of its loss are strings")
    if not gradients:
        raise DeclarationError("name the gradients to check, as in w1=grad_w1")
    straight = straighten(source, loss, gradients.values(), gradients)
    links = CodeChecker(straight, source, loss, gradients, where).run()
    return Report(source, tuple(links), strict, language="python")


@dataclass(frozen=True)
class Claimed:
    """A variable of the script that claims to be a gradient."""

    name: str
    of: str
    """The value it is the gradient by."""
    line: int
    asked: bool
    """Whether the caller named it; else its name told."""


@dataclass(frozen=True)
class Misfit:
    """A statement whose sizes do not fit."""

    name: str
    line: int
    value: Node
    reason: str


class CodeChecker:
    """Checks one script."""

    def __init__(
        self, straight: Straight, source: str, loss: str, gradients: Mapping[str, str], where: str | None
    ) -> None:
        self.straight, self.source, self.loss, self.gradients = straight, source, loss, gradients
        told = [math.read(text) for text in (where, self.found(where)) if text]
        statements = [s for program in told for s in program.statements if isinstance(s, Declaration)]
        declared = {name.value: str(s.kind.value) for s in statements for name in s.names}
        program = numpy.read(straight.source, declared)
        self.misfits: list[Misfit] = []
        while True:
            try:
                self.scope = Scope("", Elaborator([*told, program]))
                break
            except ShapeError as error:
                program = self.without(program, error)
        self.judge = Judge(self.scope)
        if loss not in self.scope.definitions:
            raise DeclarationError(f"{loss} is not computed from arrays in this script")
        self.scope.objective = self.scope.definitions[loss]
        self.end_of_loss = max(straight.lines[loss])
        self.forward = {n for n, lines in straight.lines.items() if lines[-1] <= self.end_of_loss}

    def found(self, where: str | None) -> str:
        """The declarations that the script tells, for what the caller has not declared."""
        statements = (where or "").replace(";", "\n").split("\n")
        given = {name.strip() for line in statements for name in line.split(":")[0].split(",")}
        return "\n".join(line for line in self.straight.where.split("\n") if line.split(":")[0] not in given)

    def without(self, program: Program, error: ShapeError) -> Program:
        """The program without the statement whose sizes do not fit, and without what depends on it."""
        place = error.places[0] if error.places else None
        definitions = [s for s in program.statements if isinstance(s, Definition)]
        bad = next((s for s in definitions if place and s.value.start <= place.start <= s.value.end), None)
        if bad is None or place is None or (error.line or 0) <= max(self.straight.lines[self.loss]):
            raise error
        self.misfits.append(Misfit(bad.name.value, error.line or 0, bad.value, error.reason))
        lost = {bad.name.value}
        kept = []
        for s in program.statements:
            if isinstance(s, Definition) and (
                s is bad or any(n.kind == "name" and n.value in lost for n in postorder(s.value))
            ):
                lost.add(s.name.value)
            else:
                kept.append(s)
        return Program(program.source, kept, program.spelling)

    # what claims to be a gradient

    def claimed(self) -> list[Claimed]:
        asked = {name: of for of, name in self.gradients.items()}
        found = []
        for name, lines in self.straight.lines.items():
            of = asked.get(name) or (self.target(name) if lines[-1] > self.end_of_loss else None)
            if of is not None:
                found.append(Claimed(name, of, lines[-1], name in asked))
        return sorted(found, key=lambda claimed: claimed.line)

    def target(self, name: str) -> str | None:
        """What a name such as grad_h, dscores or w1_grad says it is the gradient by."""
        values = [*self.forward, *self.scope.model.variables]
        match = GRADIENT.fullmatch(name)
        if match is None:
            return None
        exact = [value for value in values if name in (f"grad_{value}", f"d{value}", f"d_{value}", f"{value}_grad")]
        wanted = (match["after"] or match["before"]).lower()
        near = [value for value in values if value.lower() == wanted]
        longer = [value for value in values if value.lower().startswith(wanted) and len(wanted) > 2]
        return next((found[0] for found in (exact, near, longer) if len(found) == 1), None)

    # the links

    def run(self) -> list[Link]:
        """A link for every gradient, in the order of the lines."""
        links: list[Link] = []
        passed: list[Claimed] = []
        first: Claimed | None = None
        for claimed in self.claimed():
            misfit = self.misfit(claimed)
            if misfit is not None:
                links.append(misfit)
                continue
            node, by = self.scope.definitions.get(claimed.name), self.scope.named(claimed.of)
            if by is None:
                raise DeclarationError(f"{claimed.of} is not a value of this script")
            if node is None:
                raise DeclarationError(f"{claimed.name} is not computed from arrays in this script")
            found = self.judged(claimed, node, by)
            suggestion = ""
            if found.verdict not in ("proved", "sampled"):
                if first is None:
                    first = next((before for before in passed if self.explains(before, claimed)), None)
                    if first is not None:  # it seemed right on its way, but is not what is used below
                        links = [link for link in links if link.left != first.name]
                        links.append(self.link(first, Judgement("wrong", WRONG_LATER), self.slip(first, inner=True)))
                if first is not None and self.explains(first, claimed):
                    found = Judgement(found.verdict, f"it goes wrong in line {first.line}, with {first.name}")
                else:
                    first = first or claimed
                    suggestion = self.slip(claimed)
            elif found.detail == ON_ITS_WAY:
                passed.append(claimed)
            links.append(self.link(claimed, found, suggestion))
        return sorted(links, key=lambda link: link.line)

    def link(self, claimed: Claimed, found: Judgement, suggestion: str) -> Link:
        start = sum(len(line) + 1 for line in self.source.split("\n")[: claimed.line - 1])
        text = self.source[start:].split("\n", 1)[0]
        start += len(text) - len(text.lstrip())
        right = f"gradient of {self.loss} by {claimed.of}"
        return Link(
            line=claimed.line,
            text=f"{claimed.name} = {right}",
            verdict=found.verdict,
            detail=found.detail,
            suggestion=suggestion,
            start=start,
            end=start + len(text.strip()),
            left=claimed.name,
            right=right,
        )

    def misfit(self, claimed: Claimed) -> Link | None:
        """The link of a gradient whose own statement does not fit, or that depends on one that does not."""
        for found in self.misfits:
            if found.name in (claimed.name, *self.version_names(claimed.name)):
                place = replace(claimed, line=found.line)
                return self.link(place, Judgement("ill-formed", found.reason), self.slip(claimed, found.value))
        if self.misfits and claimed.name not in self.scope.definitions:
            found = self.misfits[0]
            words = f"it goes wrong in line {found.line}, with {self.plain(found.name)}"
            return self.link(claimed, Judgement("ill-formed", words), "")
        return None

    def plain(self, text: str) -> str:
        """Versions of a name under the name as the script writes it."""
        for name, lines in self.straight.lines.items():
            if len(lines) > 1:
                text = re.sub(rf"(?<!\w){re.escape(name)}_\d+(?!\w)", name, text)
        return text

    def version_names(self, name: str) -> list[str]:
        return [f"{name}_{k}" for k in range(1, len(self.straight.lines[name]) + 1)]

    # judging

    def judged(self, claimed: Claimed, node: Expr, by: Expr) -> Judgement:
        """Whether a gradient is right; one that nobody asked for may have been right before its last change."""
        true = self.true(claimed.of)
        found = self.compare(true, node, claimed)
        if found.verdict in ("proved", "sampled") or claimed.asked:
            return found
        inner = self.inner(by)
        if inner is not None:
            before = self.compare(self.judge.claims.derivative("gradient", self.objective, (inner,)), node, claimed)
            if before.verdict in ("proved", "sampled"):
                return Judgement(before.verdict, f"the gradient by what stands inside of {claimed.of}")
        for version in self.versions(claimed.name)[1:]:
            if true.shape == version.shape and decide(true, version, almost_everywhere=True).holds:
                return Judgement("proved", ON_ITS_WAY)
        return found

    def compare(self, true: Expr, node: Expr, claimed: Claimed) -> Judgement:
        if true.shape != node.shape:
            sizes = [f"{e.rows}×{e.cols}" for e in (true, node)]
            return Judgement("ill-formed", f"the gradient is {sizes[0]}, but {claimed.name} is {sizes[1]}")
        side = Side(Member(0, 0, claim=self.claim(claimed.of)), claimed.name)
        found = self.judge.compare(true, node, side, side)
        note = found.evidence.note if found.evidence and found.verdict == "proved" else found.detail
        return replace(found, detail=note)

    def claim(self, of: str) -> Claim:
        return Claim("gradient", (Node("name", of),), Node("name", self.loss))

    def true(self, of: str) -> Expr:
        return self.judge.claims.value(self.claim(of))

    @property
    def objective(self) -> Expr:
        return self.scope.definitions[self.loss]

    def versions(self, name: str) -> list[Expr]:
        """The values a name has had, the last first."""
        names = [name, *reversed(self.version_names(name))]
        return [self.scope.definitions[n] for n in names if n in self.scope.definitions]

    def inner(self, by: Expr) -> Expr | None:
        """What stands inside of a ReLU that a value is the result of, under a name of its own."""
        body = by.args[0] if by.op == "definition" else by
        if body.op not in ("relu", "relu_at_zero_1"):
            return None
        if body.args[0].op == "definition":
            return body.args[0]
        name = f"{by.data}_in"
        if name not in self.scope.definitions:
            self.scope.introduce(name, body.args[0])
            self.judge.claims.found.clear()
        return self.scope.definitions[name]

    # where it goes wrong

    def explains(self, first: Claimed, later: Claimed) -> bool:
        """Whether a later gradient would be right if the first had been."""
        wrong = self.scope.definitions.get(first.name)
        node, by = self.scope.definitions.get(later.name), self.scope.named(later.of)
        if wrong is None or node is None or by is None or wrong not in topo(node):
            return False
        inside = self.inner(self.scope.named(first.of) or wrong)
        rights = [self.true(first.of)]
        if inside is not None:
            rights.append(self.judge.claims.derivative("gradient", self.objective, (inside,)))
        wrong, node = self.scope.definitions[first.name], self.scope.definitions[later.name]
        for right in rights:
            if right.shape == wrong.shape:
                versions = E.substitute(self.versions(later.name), {wrong: right})
                checks = versions if not later.asked else versions[:1]
                if any(self.is_gradient(version, later) for version in checks):
                    return True
        return False

    def is_gradient(self, value: Expr, claimed: Claimed) -> bool:
        true = [self.true(claimed.of)]
        inner = None if claimed.asked else self.inner(self.scope.named(claimed.of) or value)
        if inner is not None:
            true.append(self.judge.claims.derivative("gradient", self.objective, (inner,)))
        return any(t.shape == value.shape and decide(t, value, almost_everywhere=True).holds for t in true)

    def slip(self, claimed: Claimed, value: Node | None = None, inner: bool = False) -> str:
        """The slip in the expression of a gradient, its own earlier versions written out."""
        node = self.scope.definitions.get(claimed.name)
        if value is not None:
            text = math_text(value)
        elif node is not None:
            text = Printer()(self.written_out(node, claimed.name))
        else:
            return NOTHING
        if "\n" in text or len(text) > LONGEST:
            return NOTHING
        self.scope.source = text
        try:
            root = expression_at(text, 0, len(text), self.scope.known)
        except MatdiffError:
            return NOTHING
        right = Side(Member(0, len(text), node=root), text)
        if value is not None:
            right.error = ShapeError("the sizes do not fit")
        slips = Slips(self.judge)
        for of in list(self.meant(claimed))[:: -1 if inner else 1]:
            left = Side(Member(0, 0, claim=self.claim(of)), claimed.name)
            found = slips.find(Place(left, right, "math"))
            if found:
                return self.plain(found)
        return NOTHING

    def meant(self, claimed: Claimed) -> Iterator[str]:
        """What it may be the gradient by: what it is called by, or what stands inside of that."""
        yield claimed.of
        by = self.scope.named(claimed.of)
        inner = self.inner(by) if by is not None and not claimed.asked else None
        if inner is not None:
            yield str(inner.data)

    def written_out(self, node: Expr, name: str) -> Expr:
        """The body of a definition, with the earlier versions of the name opened."""
        own: Sequence[str] = self.version_names(name)
        new: dict[Expr, Expr] = {}
        for n in topo(node, inside=lambda n: n.args if n is node or n.op != "definition" or n.data in own else ()):
            if n.op == "definition":
                new[n] = new[n.args[0]] if n is node or n.data in own else n
            else:
                new[n] = E.rebuild(n, tuple(new[arg] for arg in n.args))
        return new[node]


ON_ITS_WAY = "the gradient before its last change"
WRONG_LATER = "the gradients below are wrong because of its last change"
LONGEST = 400
