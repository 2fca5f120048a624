"""Gradients written by hand in NumPy: is each the derivative it claims to be, and where does it first go wrong?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matdiff import expr as E
from matdiff.checking.chains import expression_at
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.report import Link, Report
from matdiff.checking.scope import Scope
from matdiff.checking.slips import NOTHING, Place, Slips
from matdiff.checking.straight import Straight, straighten
from matdiff.equality import decide
from matdiff.errors import ArgumentTypeError, DeclarationError, MatdiffError
from matdiff.expr import Expr, topo
from matdiff.printing.math import Printer
from matdiff.reader import math, numpy
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex_documents import Claim, Member
from matdiff.reader.syntax import Node

_GRADIENT = re.compile(r"(?:grad|gradient|delta|del|d|g)_?(?P<after>\w+)|(?P<before>\w+?)_?(?:grad|gradient|delta|bar)")


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
    return Report(
        source, tuple(CodeChecker(straight, source, loss, gradients, where).links()), strict, language="python"
    )


@dataclass
class Claimed:
    """A variable of the script that claims to be a gradient."""

    name: str
    of: str
    """The value it is the gradient by."""
    line: int
    asked: bool
    """Whether the caller named it; else its name told."""


class CodeChecker:
    def __init__(
        self, straight: Straight, source: str, loss: str, gradients: Mapping[str, str], where: str | None
    ) -> None:
        self.straight, self.source, self.loss, self.gradients = straight, source, loss, gradients
        told = [math.read(text) for text in (where, self.undeclared(where)) if text]
        declared = {n.value: s.kind.value for p in told for s in p.statements for n in s.names}  # type: ignore[union-attr]
        reader = Elaborator([*told, numpy.read(straight.source, declared)])
        self.scope = Scope("", reader)
        self.judge = Judge(self.scope)
        if loss not in self.scope.definitions:
            raise DeclarationError(f"{loss} is not computed from arrays in this script")
        self.wrong: dict[Expr, Expr] = {}
        """Gradients that are wrong, with what they should be."""

    def undeclared(self, where: str | None) -> str:
        """The declarations found in the script for what the caller has not declared."""
        given = {
            name.strip()
            for line in (where or "").replace(";", "\n").split("\n")
            for name in line.split(":")[0].split(",")
        }
        return "\n".join(line for line in self.straight.where.split("\n") if line.split(":")[0] not in given)

    # what claims to be a gradient

    def claimed(self) -> list[Claimed]:
        begin = max(self.straight.lines[self.loss])
        asked = {name: of for of, name in self.gradients.items()}
        found = []
        for name, lines in self.straight.lines.items():
            of = asked.get(name) or (self.target(name) if lines[-1] > begin and name not in self.gradients else None)
            if of is not None:
                found.append(Claimed(name, of, lines[-1], name in asked))
        return sorted(found, key=lambda claimed: claimed.line)

    def target(self, name: str) -> str | None:
        """What a name such as grad_h, dscores or w1_grad says it is the gradient by."""
        forward = [n for n, lines in self.straight.lines.items() if lines[-1] <= max(self.straight.lines[self.loss])]
        values = [*forward, *self.scope.model.variables]
        for found in _GRADIENT.finditer(name):
            wanted = found["after"] or found["before"]
            if found.end() == len(name) and wanted in values:
                return wanted
        match = _GRADIENT.fullmatch(name)
        if match is None:
            return None
        wanted = (match["after"] or match["before"]).lower()
        near = [value for value in values if value.lower().startswith(wanted) and len(wanted) > 2]
        return near[0] if len(near) == 1 else None

    # the links

    def links(self) -> Iterator[Link]:
        first: Claimed | None = None
        for claimed in self.claimed():
            node = self.scope.named(claimed.name)
            by = self.scope.named(claimed.of)
            if by is None:
                raise DeclarationError(f"{claimed.of} is not a value of this script")
            if node is None:
                continue
            found = self.judged(claimed, node, by)
            if found is None:
                continue
            suggestion = ""
            if found.verdict not in ("proved", "sampled"):
                if first is None:
                    first = claimed
                    suggestion = self.slip(claimed, node)
                else:
                    found = self.follows(found, first, node, by)
                    suggestion = "" if found.detail.startswith("it goes wrong") else self.slip(claimed, node)
            yield self.link(claimed, found, suggestion)

    def link(self, claimed: Claimed, found: Judgement, suggestion: str) -> Link:
        start = sum(len(line) + 1 for line in self.source.split("\n")[: claimed.line - 1])
        text = self.source[start:].split("\n", 1)[0]
        start += len(text) - len(text.lstrip())
        return Link(
            line=claimed.line,
            text=f"{claimed.name} = gradient of {self.loss} by {claimed.of}",
            verdict=found.verdict,
            detail=found.detail,
            suggestion=suggestion,
            start=start,
            end=start + len(text.strip()),
            left=claimed.name,
            right=f"gradient of {self.loss} by {claimed.of}",
        )

    def judged(self, claimed: Claimed, node: Expr, by: Expr) -> Judgement | None:
        """Whether a gradient is right; one whose name only seems to claim something is not held to it."""
        claim = self.claim(claimed.of)
        true = self.judge.claims.value(claim)
        side = Side(Member(0, 0, claim=claim), claimed.name)
        found = self.compare(true, node, side)
        if found.verdict in ("proved", "sampled") or claimed.asked:
            return found
        inner = self.inner(by)
        others = [true] if inner is None else [true, self.judge.claims.derivative("gradient", self.objective, (inner,))]
        for version in self.versions(claimed.name):
            for other in others:
                if other.shape == version.shape and decide(other, version, almost_everywhere=True).holds:
                    which = f" before {by.data if by.op == 'definition' else claimed.of}" if other is not true else ""
                    return Judgement("proved", f"the gradient{which}, on its way to the next line" if which else "")
        return found if found.verdict == "wrong" else None

    def compare(self, true: Expr, node: Expr, side: Side) -> Judgement:
        if true.shape != node.shape:
            sizes = [f"{e.rows}×{e.cols}" for e in (true, node)]
            return Judgement("ill-formed", f"the gradient is {sizes[0]}, but {side.text} is {sizes[1]}")
        return self.judge.compare(true, node, side, side)

    def claim(self, of: str) -> Claim:
        return Claim("gradient", (Node("name", of),), Node("name", self.loss))

    @property
    def objective(self) -> Expr:
        return self.scope.definitions[self.loss]

    def versions(self, name: str) -> list[Expr]:
        """The values a name has had, the last first."""
        found = [self.scope.definitions.get(f"{name}_{k}") for k in range(len(self.straight.lines[name]), 0, -1)]
        return [node for node in (self.scope.definitions.get(name), *found) if node is not None]

    def inner(self, by: Expr) -> Expr | None:
        """What stands inside the function that a value is the result of: the value before a ReLU."""
        body = by.args[0] if by.op == "definition" else by
        if body.op in ("relu", "relu_at_zero_1") and body.args[0].op != "definition":
            name = f"{by.data}_in"
            if name not in self.scope.definitions:
                self.scope.introduce(name, body.args[0])
                self.judge.claims.found.clear()
            return self.scope.definitions[name]
        return body.args[0] if body.op in ("relu", "relu_at_zero_1") else None

    # where it goes wrong

    def follows(self, found: Judgement, first: Claimed, node: Expr, by: Expr) -> Judgement:
        """Whether a gradient is wrong only because of the first that is."""
        wrong = self.scope.definitions[first.name]
        right = self.judge.claims.value(self.claim(first.of))
        if right.shape != wrong.shape:
            return Judgement(found.verdict, f"it goes wrong in line {first.line}, with {first.name}")
        true = self.judge.claims.value(self.claim(str(by.data[0] if by.op == "variable" else by.data)))
        (mended,) = E.substitute([node], {wrong: right})
        if true.shape == mended.shape and decide(true, mended, almost_everywhere=True).holds:
            return Judgement(found.verdict, f"it goes wrong in line {first.line}, with {first.name}", node, true)
        return found

    def slip(self, claimed: Claimed, node: Expr) -> str:
        """The slip in the expression of a gradient, its own earlier versions written out."""
        text = Printer()(self.written_out(node, claimed.name))
        if "\n" in text or len(text) > 400:
            return NOTHING
        scope = self.scope
        scope.source = text
        try:
            root = expression_at(text, 0, len(text), scope.known)
        except MatdiffError:
            return NOTHING
        left = Side(Member(0, 0, claim=self.claim(claimed.of)), claimed.name)
        right = Side(Member(0, len(text), node=root), text)
        place = Place(left, right, "math")
        slips = Slips(self.judge)
        return slips.find(place) or slips.find_two(place)

    def written_out(self, node: Expr, name: str) -> Expr:
        """The body of a definition, with the earlier versions of the name and other helpers opened."""
        judged = {claimed.name for claimed in self.claimed()} - {name}
        forward = {n for n, lines in self.straight.lines.items() if lines[-1] <= max(self.straight.lines[self.loss])}
        kept = {n for n in topo(node) if n.op == "definition" and (n.data in judged | forward) and n is not node}
        new: dict[Expr, Expr] = {}
        for n in topo(node, inside=lambda n: () if n in kept else n.args):
            opened = n.op == "definition" and n not in kept
            new[n] = new[n.args[0]] if opened else n if n in kept else E.rebuild(n, tuple(new[a] for a in n.args))
        return new[node]
