"""What is no claim: settings, conditions, equations to be solved; and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from matdiff import expr as E
from matdiff.checking.blanked import plain
from matdiff.checking.findings import HOLDS
from matdiff.checking.givens import variables_of
from matdiff.checking.inference import Guess
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.losses import name_of
from matdiff.checking.scope import WEIGHTS, is_zero
from matdiff.documents import Document
from matdiff.equality import decide
from matdiff.errors import MatdiffError
from matdiff.evaluate import values
from matdiff.expr import Expr, topo
from matdiff.reader import read_formula
from matdiff.reader.latex.derivatives import Claim, names_in
from matdiff.reader.syntax import Node, postorder
from matdiff.sampling import points
from matdiff.sizes import ONE


@dataclass(frozen=True)
class Setting:
    """Where a link stands."""

    first: bool = True
    """It is the first of its chain."""
    follows: bool = False
    """An arrow, or a word such as "so", stands before its chain."""
    words: str = ""
    """What stands before its formula in the same sentence."""
    met: frozenset[str] = frozenset()
    """Names that stand in the formulas above."""
    lead: str = ""
    """The line before its formula."""
    anew: bool = False
    """Its formula is introduced as the next one: by a word such as "let", or below a heading."""


FOLLOWS = re.compile(
    r"\\(?:Long|long)?(?:left)?[Rr]ightarrow|\\implies|\\iff|\\therefore|⇒|⟹|⇔|⟺|∴"
    r"|\b(?:so|hence|thus|therefore|consequently|then|gives?|yields?|implies|obtain|get)\b"
    r"|所以|因此|于是|故|从而|得|则|따라서|그러므로"
)
_ASSUMED = re.compile(
    r"\b(?:let|suppose|assume|assuming|with|given|subject to|such that|constraints?|if|when(?:ever)?|for|set|setting"
    r"|put|satisf\w+|solves?|solving|equations?|condition|where|provided|unless|requires?|want)\b|\bs\.t\."
    r"|设|令|若|假设|其中|约束|满足|当|取|方程|条件|记|라고|하자",
    re.IGNORECASE,
)


_SENTENCE = re.compile(r"[.。!?；;]\s|\n\s*\n|\\\\")


_FENCES = re.compile(r"(?:\s|\$|`{3,}\s*\w*|\\[\[(]|\\begin\{[a-z]+\*?\}|[>&:：,，])+\Z")
_NEXT = re.compile(
    r"\b(?:let|suppose|consider|define|take|given|another|example|case|now|if|alternatively|or(?!.*equivalent))\b|设|令|若|记|考虑|定义|例|再|对于|하자|예",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s*(?:#+\s|\\(?:sub)*(?:section|paragraph)\b|[=\-~^]{4,}\s*$)(?P<title>.*)", re.MULTILINE)
_STEP = re.compile(r"step|expand|simplif|deriv|proof|gradient|solution|步|推导|展开|证明|梯度|단계|유도", re.IGNORECASE)


def lead_of(gap: str) -> str:
    """The last line of words before a formula."""
    return _FENCES.sub("", gap).rpartition("\n")[2]


def begins_anew(gap: str) -> bool:
    """Whether the text before a chain speaks of something else than the chain before did."""
    lead = lead_of(gap)
    if FOLLOWS.search(lead):
        return False
    titles = [found["title"] for found in _HEADING.finditer(gap)]
    return bool(_NEXT.search(lead)) or any(not _STEP.search(title) for title in titles)


def setting_of(gap: str, met: Iterable[str]) -> Setting:
    """Where a chain stands, by the text between it and the chain before."""
    sentence = _SENTENCE.split(gap)[-1] if not gap.strip(" \n$\\[]()").endswith((".", ":")) else gap
    return Setting(True, bool(FOLLOWS.search(gap)), sentence, frozenset(met), lead_of(gap), begins_anew(gap))


SYMMETRIC = re.compile(r"symmetric|hermitian|对称|對稱|대칭", re.IGNORECASE)
_FORMULA = r"\$(?P<{}>[^$]{{1,24}})(?:\$|\Z)"
SYMMETRIC_NAME = re.compile(
    rf"(?:{SYMMETRIC.pattern})[^$]{{0,12}}{_FORMULA.format('behind')}"
    rf"|{_FORMULA.format('before')}[^$]{{0,12}}(?:{SYMMETRIC.pattern})",
    re.IGNORECASE,
)
NOT_HELD = "what is differentiated does not hold its variable, as far as it was understood"
ORTHOGONAL = re.compile(r"SVD|singular|orthogonal|orthonormal|eigen|奇异值|正交|特征(?:值|向量|分解)|특이값|직교|고유")
_BASES = frozenset("UVQP")
"""What matrices are called that such a text may take as orthogonal."""
BEFORE, BEHIND = 300, 60
CONDITIONS = (
    (re.compile(r"(?<!\w)([ijklmn])\s*=\s*(?!\1)[ijklmn](?!\w)"), "diag(diag(W))", "the indices are equal"),
    (re.compile(r"(?<!\w)[ijklmn]\s*(?:\\neq?\b|\\not\s*=|≠|!=)\s*[ijklmn](?!\w)"), "W - diag(diag(W))", "they differ"),
)
"""Conditions on the two indices of a formula, each with what weighs its entries then."""


class Asides:
    """Looks again at links that do not hold by themselves."""

    def __init__(self, judge: Judge, inferred: Sequence[Guess] = ()) -> None:
        self.judge = judge
        self.guesses = {one.name: one for one in inferred if not one.line}
        """The names whose kinds nothing tells but their letters and what they stand beside."""
        self.scope = judge.scope
        self.givens = judge.scope.givens

    def reconsidered(self, found: Judgement, left: Side, right: Side, setting: Setting) -> Judgement:
        """The verdict where the document around a link is taken into account."""
        if found.verdict not in ("wrong", "ill-formed", "unread"):
            missed = found.verdict in HOLDS and self.vacuous(found, left, right)
            return replace(found, verdict="unread", detail=NOT_HELD) if missed else found
        return next(self.readings(found, left, right, setting), None) or self.doubted(found, left, right, setting.met)

    def doubted(self, found: Judgement, left: Side, right: Side, met: Collection[str]) -> Judgement:
        """A verdict that rests on kinds nobody told is none: sizes that do not fit, functions nothing is known of."""
        nodes = [side.node for side in (left, right) if side.node is not None]
        names = {name for node in nodes for name in names_in(node)}
        guessed = [one for name in names if (one := self.guesses.get(name)) is not None]
        wrong = [side.node for side in (left, right) if side.error is not None and side.node is not None]
        told = {name for node in wrong or nodes for name in names_in(node)} <= {
            name for name in self.scope.model.variables if name not in self.guesses
        }
        if found.verdict == "ill-formed" and self.guesses and (len(nodes) < 2 or not told):
            return replace(found, verdict="unread", detail=f"{found.detail} (as far as kinds could be inferred)")
        derived = len(nodes) < 2 or any(node.kind == "derivative" for root in nodes for node in postorder(root))
        primes = {n.value[0] for root in nodes for n in postorder(root) if derived and n.kind == "primed"}
        near = self.guesses.values() if derived else guessed
        functions = [one.name for one in near if one.kind == "function" and one.name not in primes]
        if found.verdict == "wrong" and functions:
            return replace(found, verdict="unread", detail=f"nothing is known of the function {functions[0]}")
        claims = [side.claim for side in (left, right) if side.claim is not None]
        claims += [n.value for root in nodes for n in postorder(root) if n.kind == "derivative"]
        if found.verdict == "wrong" and (
            words := self.unknown(found, claims, met, all(n.kind == "free" for n in nodes))
        ):
            return replace(found, verdict="unread", detail=words)
        for claim in claims:
            if found.verdict == "wrong" and self.judge.claims.open_parts(claim) > 1:
                return replace(found, verdict="unread", detail="nothing is known of a part of what is differentiated")
            if found.verdict == "wrong" and self.guesses and not self.judge.claims.depends(claim):
                return replace(found, verdict="unread", detail=NOT_HELD)
        alike = sorted(name for name in names if name.lower() != name and name.lower() in names)
        if found.verdict == "wrong" and any(one.name in alike or one.name.upper() in alike for one in guessed):
            return replace(found, verdict="unread", detail=f"{alike[0]} and {alike[0].lower()} may be the same")
        if found.verdict == "wrong" and "Delta" in names and "Delta" in self.guesses:
            return replace(found, verdict="unread", detail="Delta may be a change of what follows it")
        bases = [one.name for one in guessed if one.name in _BASES]
        if found.verdict == "wrong" and bases and ORTHOGONAL.search(self.scope.source):
            return replace(found, verdict="unread", detail=f"nothing tells whether {bases[0]} is orthogonal")
        return found

    def vacuous(self, found: Judgement, left: Side, right: Side) -> bool:
        """Whether a link holds only because what is differentiated does not hold its variable, as it was understood."""
        written = any(is_zero(side.node) for side in (left, right))
        claimed = [value for side, value in ((left, found.left), (right, found.right)) if side.claim is not None]
        zero = any(value is not None and (value.op == "zeros" or value is E.number(0)) for value in claimed)
        return bool(self.guesses) and zero and not written

    def unknown(self, found: Judgement, claims: Sequence[Claim], met: Collection[str], entries: bool) -> str:
        """Why nothing is known of a name in a link that claims a derivative; nothing where all is."""
        for claim in claims:
            for name in (str(node.value) for node in claim.wrt):
                if name in self.guesses and name.rpartition("_")[2] in _STEPS and "_" in name:
                    return f"{name} may be one of several"  # \mu_k, where a sum runs over k
        if not entries or not claims or found.left is None or found.right is None:
            return ""
        sides = [{str(v.data[0]) for v in variables_of(side)} for side in (found.left, found.right)]
        names = [n for n in sorted(sides[0] ^ sides[1]) if n in self.guesses and n not in met]
        return f"nothing is said of {names[0]}" if names else ""

    def readings(self, found: Judgement, left: Side, right: Side, setting: Setting) -> Iterator[Judgement]:
        if self.givens.defined and not self.scope.applied:
            again = self.with_definitions(left, right)
            if again is not None:
                yield again
        by_entries = any(side.node is not None and side.node.kind == "free" for side in (left, right))
        if self.scope.layout == "" and not by_entries and (fractions(left) or fractions(right)):
            yield from self.in_layouts(left, right)
        if found.verdict == "ill-formed" and left.claim is not None and right.node is not None and adds_rows(right):
            turned = Side(replace(right.member, node=Node("transpose", None, (right.node,))), right.text)
            again = self.judge.judge(left, turned, "latex")
            if again.verdict in ("proved", "sampled"):
                yield replace(again, detail=f"{again.detail}; kept as a row")
        end = right.member.end + LONGEST
        words = (
            setting_told((left.text, right.text), self.scope.source[right.member.start : end])
            if found.verdict == "unread"
            else ""
        )
        if words:
            yield replace(found, verdict="aside", detail=words)
        if found.gives and left.claim is not None and right.error is None and self.gives(left.claim, right):
            yield replace(found, verdict="aside", detail="given: the loss is not defined here")
        named = self.judge.claims.named_by(found.left) if found.verdict == "wrong" else None
        if named is not None:
            claimed = Side(replace(left.member, node=None, claim=named), left.text)
            again = self.judge.judge(claimed, right, "latex")
            if again.verdict in (*HOLDS, "wrong"):
                yield self.doubted(again, claimed, right, setting.met)
        if found.verdict != "wrong" or found.left is None or found.right is None:
            return
        one, other = found.left, found.right
        if setting.first and one.op == "variable" and other.op == "add" and one in other.args:
            yield replace(found, verdict="aside", detail=f"a step that changes {left.text}")
            return
        text = f"{left.text} = {right.text}"
        for under in (
            self.under_conditions(one, other, right),
            self.symmetric(one, other, (setting.lead, self.line_before(right))),
            self.at_estimates(one, other),
        ):
            if under is not None:
                yield under
        consequence = self.givens.consequence(one, other)
        if consequence.how in ("proved", "sampled"):
            yield replace(found, verdict=consequence.how, detail=consequence.detail)
        if consequence.how == "refuted" and setting.follows and setting.first and self.givens.told(one, other):
            yield replace(found, detail=f"{consequence.detail}; {found.detail}")
        entries = self.members(left, right)
        if entries is not None:
            self.givens.define(*entries, text)
            self.judge.claims.found.clear()
            yield replace(found, verdict="proved", detail=f"defines all {left.text}")
        if self.guesses and (of_one := self.of_one(one, other)) is not None:
            yield of_one
        if self.defines(left, one, other, setting):
            self.givens.define(one, other, text)
            self.judge.claims.found.clear()
            yield replace(found, verdict="proved", detail=f"defines {left.text}")
        words = self.aside(left, right, one, other, setting)
        if words:
            self.givens.add(one, other, text)
            yield replace(found, verdict="aside", detail=words)

    def members(self, left: Side, right: Side) -> tuple[Expr, Expr] | None:
        """A vector that nothing defines so far, by what a link says of all its entries."""
        with suppress(MatdiffError):
            found = self.judge.members(left, right)
            if found is not None and found[0] not in self.givens.defined and found[0] not in set(topo(found[1])):
                return found if str(found[0].data[0]) in self.guesses else None
        return None

    def under_conditions(self, one: Expr, other: Expr, right: Side) -> Judgement | None:
        r"""Whether a link with two indices holds where these are the same, or are not, as the words around it say."""
        weights = next((n for n in topo(one, other) if n.op == "variable" and n.data[0] == WEIGHTS), None)
        start, end = right.member.start, right.member.end
        around = self.scope.source[max(0, start - BEFORE) : start] + self.scope.source[end : end + BEHIND]
        if weights is None or weights.rows is ONE or weights.cols is ONE:
            return None
        for pattern, formula, words in CONDITIONS:
            if not pattern.search(around) or weights.rows is not weights.cols:
                continue
            found = self.decided(one, other, {weights: read_formula(formula, {"W": weights})}, f"where {words}")
            if found is not None:
                return found
        return None

    @staticmethod
    def decided(one: Expr, other: Expr, known: dict[Expr, Expr], words: str) -> Judgement | None:
        """The verdict on a link with something more known, where it holds then."""
        left, right = E.substitute([one, other], known)
        with suppress(MatdiffError):
            evidence = decide(left, right, almost_everywhere=True)
            if evidence.holds:
                return Judgement(evidence.how, words, left, right, evidence)
        return None

    def of_one(self, one: Expr, other: Expr) -> Judgement | None:
        """Whether a link holds where the entries of a vector add to one, as those of labels and probabilities do."""
        sums = [n for n in topo(one, other) if n.op == "sum" and n.args[0].op == "variable"]
        for total in dict.fromkeys(sums):
            if str(total.args[0].data[0]) not in self.guesses:
                continue
            words = f"where the entries of {total.args[0].data[0]} add to 1"
            found = self.decided(one, other, {total: E.number(1)}, words)
            if found is not None:
                return found
        return None

    def at_estimates(self, one: Expr, other: Expr) -> Judgement | None:
        r"""Whether a link holds where ``\hat{\beta}`` stands for beta, at which a derivative is taken."""
        sides = [{n for n in topo(side) if n.op in ("variable", "definition")} for side in (one, other)]
        named = {str(n.data[0] if n.op == "variable" else n.data): n for n in sides[0] | sides[1]}
        known = {}
        for name, node in named.items():
            base = named.get(name.rpartition("_")[0])
            if name.endswith(("_hat", "_star")) and base is not None and base.shape == node.shape:
                known[node] = base
        words = ", ".join(f"{name_of(base)} is {name_of(node)}" for node, base in known.items())
        return self.decided(one, other, known, f"where {words}") if known else None

    def line_before(self, right: Side) -> str:
        """What stands before a side on its line."""
        return self.scope.source[max(0, right.member.start - BEHIND) : right.member.start].rpartition("\n")[2]

    def symmetric(self, one: Expr, other: Expr, lines: Sequence[str]) -> Judgement | None:
        """Whether a link holds where matrices are symmetric, as the words before it say."""
        lines = [line for line in lines if SYMMETRIC.search(line)]
        named = {plain(found["behind"] or found["before"]) for line in lines for found in SYMMETRIC_NAME.finditer(line)}
        square = [v for v in variables_of(one, other) if v.rows is v.cols and v.data[1] == "matrix"]
        meant = [v for v in square if lines and (not named or str(v.data[0]) in named)]
        meant = meant or [v for v in square if str(v.data[0]) in self.guesses and covariance(str(v.data[0]))]
        known = {v: read_formula("(A + A')/2", {"A": v}) for v in meant}
        if not known:
            return None
        return self.decided(one, other, known, "where " + ", ".join(str(v.data[0]) for v in meant) + " is symmetric")

    def gives(self, claim: Claim, right: Side) -> bool:
        """Whether a link says what the derivative of a loss is of which nothing is known."""
        if right.claim is not None:
            return False
        with suppress(MatdiffError):
            return self.judge.claims.give(claim, self.judge.alone(right))
        return False

    def in_layouts(self, left: Side, right: Side) -> Iterator[Judgement]:
        """The verdict where a fraction stands for a Jacobian: of vectors only, or of everything."""
        for layout, words in (("mixed", "with Jacobians of vectors"), ("numerator", "in numerator layout")):
            self.scope.layout = layout
            try:
                sides = [self.judge.side(side.member, "latex") for side in (left, right)]
                again = self.judge.judge(sides[0], sides[1], "latex")
            finally:
                self.scope.layout = ""
            if again.verdict in ("proved", "sampled"):
                yield replace(again, detail="; ".join(part for part in (again.detail, words) if part), layout=layout)

    def with_definitions(self, left: Side, right: Side) -> Judgement | None:
        """The verdict where declared names stand for what the document has defined them as."""
        self.scope.applied = dict(self.givens.defined)
        try:
            again = self.judge.judge(left, right, "latex")
        finally:
            self.scope.applied = {}
        if again.verdict == "wrong" and again.left is not None and again.right is not None:
            sides = again.left, again.right
            again = self.under_conditions(*sides, right) or self.at_estimates(*sides) or again
        if again.verdict not in ("proved", "sampled"):
            return None
        names = ", ".join(str(v.data[0]) for v in self.givens.defined)
        return replace(again, detail="; ".join(part for part in (again.detail, f"with {names} as defined") if part))

    def defines(self, left: Side, one: Expr, other: Expr, setting: Setting) -> bool:
        """Whether a link gives a declared name its meaning: it begins a chain, and the name is new there."""
        name = left.node
        if name is None or name.kind != "name" or not setting.first or one.op != "variable":
            return False
        told = bool(_ASSUMED.search(setting.words)) and not setting.follows
        again = name.value in setting.met and not (told or (name.value in self.guesses and variables_of(other)))
        known = self.givens.defined.get(one)
        anew = known is not None and (setting.anew or set(variables_of(other)) - set(variables_of(known)))
        if again or (known is not None and not anew):
            return False
        below = set(topo(*E.substitute([other], self.givens.defined)))
        return one not in below and not any(node.op == "differential" for node in below)

    def aside(self, left: Side, right: Side, one: Expr, other: Expr, setting: Setting) -> str:
        """Why a link is no claim; nothing where it is one."""
        sides = (left, right)
        moves = any(node.op == "differential" for node in topo(one, other))
        derived = any(side.claim is not None for side in sides) or any(
            node.kind == "derivative" for side in sides if side.node is not None for node in postorder(side.node)
        )
        if never_zero(one, other):
            return ""
        if any(is_zero(side.node) for side in sides):
            return "an equation to be solved"
        lone = [side.op == "differential" and side.args[0].op == "variable" for side in (one, other)]
        if any(lone) and not all(any(node.op == "differential" for node in topo(side)) for side in (one, other)):
            return "a name for a derivative"  # dw = X' r, as in code
        if moves or derived:
            return ""
        names = [set(variables_of(side)) for side in E.substitute([one, other], self.givens.defined)]
        if not names[0] or not names[1]:
            return "a condition"
        node = left.node
        known = node is not None and node.kind == "name" and node.value in self.scope.definitions
        known = known or one in self.givens.defined
        guessed = any(str(node.data[0]) in self.guesses for node in names[0] | names[1])
        if guessed and names[0] - names[1] and names[1] - names[0]:
            return "an equation between quantities"
        if not setting.first or known:
            return ""
        if (names[0] - names[1] and names[1] - names[0]) or (guessed and names[0] != names[1]):
            return "an equation between quantities"
        if _ASSUMED.search(setting.words) and not setting.follows:
            return "an assumption"
        return ""


def covariance(name: str) -> bool:
    """Whether a letter is that of a covariance or of a precision, which are symmetric."""
    return name.split("_")[0] in ("Sigma", "Lambda")


_STEPS = frozenset("ijkn")
LONGEST = 600
"""So far behind a side is looked for the end of a matrix."""
_SETTINGS = (
    (
        re.compile(r"\\arg\b|\\arg(?:min|max)|\\operatorname\*?\{arg|\\text\{arg ?m|\\mathrm\{arg"),
        "what an extreme is attained at",
    ),
    (
        re.compile(r"^[\[({\\bigl\s]*[^()=]*,\s*(?:\\[a-z]*dots\b|\.\.\.)[^()=]*[\])}\\bigr\s]*(?:\^\S+)?$"),
        "what the entries are called",
    ),
    (re.compile(r"^\\?dim\b"), "a size"),
)
"""What sides say that are no claims, where they are not read."""


_OPEN_MATRIX = re.compile(r"\\begin\{[bpBv]?matrix\}(?:(?!\\end\{).)*\\(?:[cvd]?dots|ldots)", re.DOTALL)


def setting_told(sides: Sequence[str], text: str) -> str:
    """What a link says that claims nothing; ``text`` begins with its right side, and goes on behind it."""
    if _OPEN_MATRIX.match(text):
        return "what the entries are called"
    return next((words for pattern, words in _SETTINGS if any(pattern.search(side) for side in sides)), "")


def adds_rows(side: Side) -> bool:
    r"""Whether a side is ``\sum_{\text{rows}} …``, which people write for a column too."""
    return side.error is None and side.node is not None and side.node.kind == "call" and side.node.value == "colsum"


_COUNTS = frozenset("ijklmnrst")


def is_range(name: str, right: Side) -> bool:
    """Whether ``k = 1`` says where an index begins, or ``i = j`` which are meant, and defines nothing."""
    node = right.node
    indices = name in _COUNTS or (len(name) > 2 and set(name.rpartition("_")[2]) <= _COUNTS)
    if node is None or not indices:
        return False
    return node.kind == "number" or (node.kind == "name" and name in _COUNTS and str(node.value) in _COUNTS)


def fractions(side: Side) -> bool:
    """Whether derivatives are written as fractions in a side."""
    claims = [side.claim] if side.claim is not None else []
    claims += [node.value for node in postorder(side.node) if node.kind == "derivative"] if side.node else []
    return any(claim.fraction and claim.kind == "gradient" for claim in claims)


_NUMERATOR = re.compile(r"numerator[ -]layout|分子布局", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?:对|关于|with respect to|w\.?r\.?t\.?|in the variable|by)\s*(?:the\s+)?"
    r"(?:variables?|vector|matrix|变量|向量|矩阵|参数)?"
    r"\s*(?:\\[()]|\$)?\s*(?P<name>\\?[A-Za-z]+(?:_\{?\w+\}?)?|\\math\w+\{\w\})\s*(?:\\[()]|\$)?",
    re.IGNORECASE,
)


def layout_told(document: Document, section: int) -> str:
    """The layout that a model block or the words of a document name."""
    told = [block.options.get("layout", "") for block in document.blocks(section)]
    return next((name for name in told if name), "numerator" if _NUMERATOR.search(document.text) else "")


def subjects_in(words: str) -> list[str]:
    """The names that words call the variables, the last first."""
    return [plain(found["name"]) for found in _SPOKEN.finditer(words)][::-1]


def never_zero(one: Expr, other: Expr) -> bool:
    """Whether two sides differ by the same, whatever the values: no values solve such an equation."""
    seen = []
    try:
        for point in points([one, other], 3, seed=3, sizes=None):
            found = values([one, other], point.arrays, point.sizes, point.functions)
            seen.append(float(np.sum(found[one] - found[other])))
    except (MatdiffError, np.linalg.LinAlgError, ValueError, KeyError):
        return False
    return len(seen) > 2 and max(seen) - min(seen) < 1e-9 * (1 + max(map(abs, seen)))
