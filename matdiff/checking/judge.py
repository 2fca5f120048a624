"""One link at a time: whether the two sides are equal, and what is wrong where they are not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from matdiff import expr as E
from matdiff.checking.chains import chains_of
from matdiff.checking.claims import Claims
from matdiff.checking.embedded import claims_in
from matdiff.checking.explain import explain
from matdiff.checking.losses import Undefined, Untold, composed
from matdiff.checking.scope import Misfit, Scope, is_zero, settled
from matdiff.equality import Verdict, decide
from matdiff.errors import MatdiffError, Place, ShapeError, UnsupportedError, VerificationError
from matdiff.expr import Expr
from matdiff.reader.latex.derivatives import Claim, names_in
from matdiff.reader.latex.documents import Member
from matdiff.reader.meanings import TwoMeanings
from matdiff.reader.syntax import Node
from matdiff.sizes import ONE

_DERIVATIVE = re.compile(r"∇|nabla|(?<!\w)D_|∂")


@dataclass
class Side:
    """One side of a link as it was read, and as an expression by itself where it is well-formed."""

    member: Member
    text: str
    error: MatdiffError | None = None
    scheme: bool = False
    """Whether it is the chain rule, a product of derivatives, and stands for the derivative that this is."""

    @property
    def node(self) -> Node | None:
        return self.member.node

    @property
    def claim(self) -> Claim | None:
        return self.member.claim

    @property
    def names(self) -> set[str]:
        """The names in it, those in derivatives too."""
        nodes = [self.node, Node("derivative", self.claim) if self.claim is not None else None]
        return {name for node in nodes if node is not None for name in names_in(node)}


@dataclass(frozen=True)
class Judgement:
    """What is found about a link: the verdict with its words, and both sides as expressions where there are any."""

    verdict: str
    """"proved", "sampled", "wrong", "ill-formed", "aside" or "unread"."""
    detail: str = ""
    left: Expr | None = None
    right: Expr | None = None
    evidence: Verdict | None = None
    defines: str = ""
    """The name that is only defined."""
    gives: bool = False
    """Whether it may say what the derivative of a loss is that nothing defines."""
    later: bool = False
    """Whether it may hold by what is defined below."""
    layout: str = ""
    """The layout of derivatives in which it holds, where that is not the usual one."""


class Judge:
    """Judges the links of one document."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.claims = Claims(scope)
        scope.meanings["derivative"] = self.claims.of_node
        scope.meanings["primed"] = self.claims.primed

    # sides

    def side(self, member: Member, notation: str) -> Side:
        """A side by itself: read, and its sizes found."""
        text = " ".join(self.scope.source[member.start : member.end].split())
        side = Side(member, text, error=member.error)
        if member.claim is None and notation == "math" and _DERIVATIVE.search(text):
            side = self.with_derivatives(side)
        if side.error is None:
            try:
                if member.whole is not None and self.has_value(member.whole):
                    member.claim, member.node = member.whole, None
                if side.claim is not None:
                    self.claims.value(side.claim)
                elif side.node is not None:
                    self.scope.expression(side.node)
            except VerificationError as fault:
                raise self.placed(fault, member) from None
            except MatdiffError as error:
                side.error = error
        whole = composed(member.node)
        if whole is not None and (side.error is not None or self.claims.loss(whole)):
            return replace(self.side(replace(member, node=None, claim=whole, error=None), notation), scheme=True)
        return side

    def has_value(self, claim: Claim) -> bool:
        try:
            self.claims.value(claim)
        except VerificationError:
            raise
        except MatdiffError:
            return False
        return True

    def with_derivatives(self, side: Side) -> Side:
        """A side inside of which derivatives are written, ``(D_X f)'``."""
        source, start, end = self.scope.source, side.member.start, side.member.end
        text, found = claims_in(source[start:end], self.scope)
        try:
            for name, claim in found.items():
                self.scope.claimed[name] = E.define(name, self.claims.value(claim))
            new = f"{source[:start]}{text}{source[end:]}"
            chains = chains_of(new, "math", self.scope.known, start, start + len(text)) if found else []
        except VerificationError as fault:
            raise self.placed(fault, side.member) from None
        except MatdiffError as error:
            return Side(side.member, side.text, error=error)
        members = [member for chain in chains for member in chain.members]
        if len(members) != 1:
            return side
        (member,) = members
        return Side(replace(member, start=start, end=end), side.text, error=member.error)

    def placed(self, fault: VerificationError, member: Member) -> VerificationError:
        """A derivative of matdiff's own that is wrong is no verdict on the line: the check of the document ends."""
        return fault.at(fault.reason, Place(self.scope.source, member.start, member.end))

    def pair(self, left: Side, right: Side) -> tuple[Expr, Expr]:
        """Both sides as expressions of one size; raises `Misfit` where they have different ones."""
        for side in (left, right):
            if side.error is not None:
                raise side.error
        if left.claim is None and right.claim is None:
            assert left.node is not None and right.node is not None
            if is_zero(left.node) or is_zero(right.node):
                return self.with_zero(left, right)
            one, other = self.scope.expressions([left.node, right.node])
            return self.with_losses(left.node, one, other), other
        values = [self.alone(side) for side in (left, right)]
        for k, side in enumerate((left, right)):
            if side.claim is not None:
                values[k] = self.claims.beside(side.claim, values[1 - k])
        for k, side in enumerate((left, right)):
            if side.claim is None and is_zero(side.node):
                values[k] = zero_like(values[1 - k])
        if values[0].shape != values[1].shape:
            open_side = next((side for side in (left, right) if side.node is not None), None)
            claimed = values[0] if left.claim is not None else values[1]
            if open_side is not None:  # a column of ones takes the size of what is claimed
                values[right.claim is None] = self.sized(open_side, claimed)
        if values[0].shape != values[1].shape:
            raise Misfit(*(f"{value.rows}×{value.cols}" for value in values))
        return values[0], values[1]

    def with_losses(self, node: Node, one: Expr, other: Expr) -> Expr:
        r"""A side that is an entry of the derivative of a loss that nothing defines, by what the other is made of."""
        inner = node.children[0] if node.kind == "free" else node
        inner = inner.children[0] if inner.is_transpose else inner
        of = inner.children[0] if inner.kind == "entry" else inner
        loss = self.claims.loss(of.value) if of.kind == "derivative" else ""
        if not loss or node.kind != "free":
            return one
        gradient = self.claims.losses.gradient(loss, self.claims.by(of.value)[0])
        value = self.claims.beside(of.value, other)
        return E.substitute([one], {gradient: value})[0] if value.shape == gradient.shape else one

    def alone(self, side: Side) -> Expr:
        if side.claim is not None:
            return self.claims.value(side.claim)
        assert side.node is not None
        return self.scope.expression(side.node)

    def members(self, left: Side, right: Side) -> tuple[Expr, Expr] | None:
        """``a_j = …``, where it says what all entries of a vector are: the vector, and the column of them."""
        nodes = [side.node for side in (left, right)]
        if not all(node is not None and node.kind == "free" and len(node.value) == 1 for node in nodes):
            return None
        of, body = (node.children[0] for node in nodes if node is not None)
        if of.kind != "entry" or of.value != nodes[0].value or of.children[0].kind != "name":  # type: ignore[union-attr]
            return None
        variable = self.scope.named(str(of.children[0].value))
        value = self.scope.expression(Node("members", of.value, (body,), body.start, body.end))
        if variable is None or variable.op != "variable" or variable.shape[1] is not ONE:
            return None
        return variable, value

    def sized(self, side: Side, like: Expr) -> Expr:
        """A side whose open sizes are settled by the size it must have."""
        assert side.node is not None
        reader = self.scope.elaborator()
        built = reader.build.resolved(reader.expression(side.node))
        shapes = reader.build.shape(built), like.shape
        if not all(reader.unifier.unify(a, b) for a, b in zip(*shapes, strict=True)):
            raise Misfit(*(reader.show(shape) for shape in (like.shape, shapes[0])))
        reader.unifier.settle()
        return self.scope.fold(settled([built], reader)[0])

    def with_zero(self, left: Side, right: Side) -> tuple[Expr, Expr]:
        """0 stands for a zero of the size of the other side."""
        values = [None if is_zero(side.node) else self.alone(side) for side in (left, right)]
        known = next((value for value in values if value is not None), E.number(0))
        one, other = (zero_like(known) if value is None else value for value in values)
        return one, other

    # verdicts

    def judge(self, left: Side, right: Side, notation: str) -> Judgement:
        if right.scheme and same_claim(left.claim, right.claim):
            return Judgement("aside", "the chain rule")
        for side in (left, right):
            if side.error is not None:
                return refused(side.error, notation)
        try:
            one, other = self.pair(left, right)
        except VerificationError as fault:
            raise self.placed(fault, right.member) from None
        except Untold as error:
            return replace(refused(error, notation), gives=isinstance(error, Undefined), later=True)
        except MatdiffError as error:
            return refused(error, notation)
        if self.scope.applied:
            one, other = E.substitute([one, other], self.scope.applied)
        found = self.compare(one, other, left, right)
        doubts = [self.claims.doubt(side.claim) for side in (left, right) if side.claim is not None]
        return replace(found, detail="; ".join(dict.fromkeys(part for part in (found.detail, *doubts) if part)))

    def compare(self, one: Expr, other: Expr, left: Side, right: Side) -> Judgement:
        varying = self.scope.varying(one, other)
        try:
            evidence = decide(one, other, varying, almost_everywhere=True)
        except UnsupportedError as error:
            return Judgement("ill-formed", error.reason, one, other)
        if evidence.how == "refuted":
            for words, value in self.structured(left, right):
                if value.shape == other.shape and decide(value, other, almost_everywhere=True).holds:
                    return Judgement("sampled", f"this is {words}", one, other, evidence)
            detail = str(evidence.counterexample) if evidence.counterexample else "the two sides differ"
            return Judgement("wrong", detail, one, other, evidence)
        if evidence.how == "proved":
            derived = "as derived" if left.claim is not None or right.claim is not None else ""
            known = {node: node.args[0] for node in self.scope.claimed.values()}  # they have no name in the document
            sides = E.substitute([one, other], known)
            why = derived if one is other and derived else explain(sides[0], sides[1], varying)
            detail = "; ".join(dict.fromkeys(part for part in (derived, why, evidence.note) if part))
            return Judgement("proved", detail, one, other, evidence)
        verdict = "sampled" if evidence.how == "sampled" else "ill-formed"  # what has no value was not compared
        return Judgement(verdict, str(evidence).removeprefix("sampled: "), one, other, evidence)

    def structured(self, left: Side, right: Side) -> list[tuple[str, Expr]]:
        if left.claim is None or right.claim is not None:
            return []
        return self.claims.structured(left.claim, self.alone(left))


def same_claim(one: Claim | None, other: Claim | None) -> bool:
    """Whether two claims are of the same derivative."""
    if one is None or other is None or one.of is None or other.of is None:
        return False
    return one.of.value == other.of.value and [n.value for n in one.wrt] == [n.value for n in other.wrt]


def zero_like(e: Expr) -> Expr:
    return E.number(0) if e.is_scalar else E.zeros(*e.shape)


def refused(error: MatdiffError, notation: str) -> Judgement:
    """What has no value: ill-formed, where it was read; what a block for matdiff holds is meant to be read."""
    if notation == "math" or isinstance(error, (ShapeError, Misfit, TwoMeanings)):
        return Judgement("ill-formed", error.reason)
    return unread(error)


def unread(error: MatdiffError) -> Judgement:
    """What was not understood, with the sign that stopped it."""
    place = error.places[0] if error.places else None
    sign = " ".join(place.source[place.start : place.end].split()) if place is not None else ""
    told = f"stopped at {sign}: {error.reason}" if sign and sign not in error.reason else error.reason
    return Judgement("unread", told)
