"""Why a verdict on a link is none, where it rests on what nobody told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from matdiff import expr as E
from matdiff.checking.givens import variables_of
from matdiff.checking.inference import Guess
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.scope import is_zero
from matdiff.checking.unknown_functions import unknown_in, wrong_for_all
from matdiff.reader.latex.derivatives import Claim, names_in
from matdiff.reader.syntax import postorder

NOT_HELD = "what is differentiated does not hold its variable, as far as it was understood"
ORTHOGONAL = re.compile(r"SVD|singular|orthogonal|orthonormal|eigen|奇异值|正交|特征(?:值|向量|分解)|특이값|직교|고유")
_BASES = frozenset("UVQP")
"""What matrices are called that such a text may take as orthogonal."""
_STEPS = frozenset("ijkn")


class Doubts:
    """What speaks against verdicts, by the names of a document that were only guessed."""

    def __init__(self, judge: Judge, guesses: Mapping[str, Guess]) -> None:
        self.judge = judge
        self.guesses = guesses

    def about(self, found: Judgement, left: Side, right: Side, met: Collection[str]) -> Judgement:
        """The verdict, or none where it rests on kinds that nobody told, or on names of which little is known."""
        nodes = [side.node for side in (left, right) if side.node is not None]
        wrong = [side.node for side in (left, right) if side.error is not None and side.node is not None]
        told = {name for name in self.judge.scope.model.variables if name not in self.guesses}
        open_ = {name for node in wrong or nodes for name in names_in(node)} - told
        words = ""
        if found.verdict == "ill-formed" and self.guesses and (len(nodes) < 2 or open_):
            words = f"{found.detail} (as far as kinds could be inferred)"
        elif found.verdict == "wrong":
            words = next(self.reasons(found, left, right, met), "")
        return replace(found, verdict="unread", detail=words) if words else found

    def reasons(self, found: Judgement, left: Side, right: Side, met: Collection[str]) -> Iterator[str]:
        """Why a link may hold although its sides differ."""
        nodes = [side.node for side in (left, right) if side.node is not None]
        inner = [n for root in nodes for n in postorder(root)]
        names = {name for node in nodes for name in names_in(node)}
        guessed = [one for name in sorted(names) if (one := self.guesses.get(name)) is not None]
        derived = len(nodes) < 2 or any(n.kind == "derivative" for n in inner)
        primes = {n.value[0] for n in inner if derived and n.kind == "primed"}
        sides = [side for side in (found.left, found.right) if side is not None]
        for one in self.guesses.values() if derived else guessed:
            if one.kind == "function" and one.name not in primes:
                unknown = unknown_in(*sides) if len(sides) == 2 else {one.name}
                if len(unknown) > 1 or (one.name in unknown and not wrong_for_all(sides[0], sides[1], one.name)):
                    yield f"nothing is known of the function {one.name}"
        claims = [side.claim for side in (left, right) if side.claim is not None]
        claims += [n.value for n in inner if n.kind == "derivative"]
        yield from self.unknown(found, claims, met, all(n.kind == "free" for n in nodes))
        for claim in claims:
            if self.judge.claims.open_parts(claim) > 1:
                yield "nothing is known of a part of what is differentiated"
            if self.guesses and not self.judge.claims.depends(claim):
                yield NOT_HELD
        alike = sorted(name for name in names if name.lower() != name and name.lower() in names)
        if any(one.name in alike or one.name.upper() in alike for one in guessed):
            yield f"{alike[0]} and {alike[0].lower()} may be the same"
        if "Delta" in names and "Delta" in self.guesses:
            yield "Delta may be a change of what follows it"
        bases = [one.name for one in guessed if one.name in _BASES]
        if bases and ORTHOGONAL.search(self.judge.scope.source):
            yield f"nothing tells whether {bases[0]} is orthogonal"

    def vacuous(self, found: Judgement, left: Side, right: Side) -> bool:
        """Whether a link holds only because what is differentiated does not hold its variable, as it was understood."""
        written = any(is_zero(side.node) for side in (left, right))
        claimed = [value for side, value in ((left, found.left), (right, found.right)) if side.claim is not None]
        zero = any(value is not None and (value.op == "zeros" or value is E.number(0)) for value in claimed)
        return bool(self.guesses) and zero and not written

    def unknown(self, found: Judgement, claims: Sequence[Claim], met: Collection[str], entries: bool) -> Iterator[str]:
        """Why nothing is known of a name in a link that claims a derivative."""
        for name in (str(node.value) for claim in claims for node in claim.wrt):
            if name in self.guesses and name.rpartition("_")[2] in _STEPS and "_" in name:
                yield f"{name} may be one of several"  # \mu_k, where a sum runs over k
        if entries and claims and found.left is not None and found.right is not None:
            sides = [{str(v.data[0]) for v in variables_of(side)} for side in (found.left, found.right)]
            names = [n for n in sorted(sides[0] ^ sides[1]) if n in self.guesses and n not in met]
            yield from (f"nothing is said of {name}" for name in names)
