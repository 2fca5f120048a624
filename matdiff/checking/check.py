"""The check of a document: every link of every chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.checking.asides import Asides, is_range
from matdiff.checking.blanked import with_second_differentials, without_arguments, without_frames
from matdiff.checking.chains import chains_of
from matdiff.checking.edits import as_written, span_of, told
from matdiff.checking.families import judge_of
from matdiff.checking.findings import FAILS, HOLDS, Checked, Link, Part
from matdiff.checking.functions import Functions, functions_of
from matdiff.checking.givens import variables_of
from matdiff.checking.guesses import LOSS, Inference, program_of
from matdiff.checking.inference import Guess
from matdiff.checking.judge import Judge, Judgement, Side, unread
from matdiff.checking.losses import LOSSES
from matdiff.checking.optima import Optima
from matdiff.checking.report import Report
from matdiff.checking.scope import OBJECTIVE, SPELLINGS, Scope
from matdiff.checking.settings import Setting, layout_told, setting_of, subjects_in
from matdiff.checking.signs import equations
from matdiff.checking.slips import NOTHING, Place, Slips, Suggestion
from matdiff.checking.steps import counts, next_member, next_name
from matdiff.documents import Document, Formula, format_of, read_document
from matdiff.errors import ArgumentTypeError, MatdiffError, VerificationError
from matdiff.expr import Expr, topo
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.documents import Chain, Member
from matdiff.reader.math import read
from matdiff.reader.meanings import TwoMeanings
from matdiff.reader.syntax import Node, Program, d_is_a_sign, postorder
from matdiff.sizes import ONE


def check(text: str, strict: bool = False, *, path: str = "", format: str = "") -> Report:
    """Check a hand derivation link by link.

    The suffix of ``path`` tells the format, Markdown if there is none; files that a TeX document takes in are looked
    for beside it. Text that stands in no file has a ``format``, and takes none in.
    Raises a `MatdiffError` where a model block cannot be read; whatever else is wrong is in the report.
    """
    if not isinstance(text, str) or not isinstance(path, str):
        raise ArgumentTypeError(f"a document is a string, not {type(text if isinstance(path, str) else path).__name__}")
    document = read_document(text, format or format_of(path), path)
    checker = Checker(document)
    try:
        links = checker.run()
    except MatdiffError as error:
        raise document.in_source(error) from None
    return Report(
        document.source,
        tuple(links),
        strict,
        tuple(checker.formulas),
        checker.scope.known,
        document.format,
        document.text,
        tuple(document.models),
        sum(formula.skipped for formula in document.formulas),
        files=tuple(file.name for file in document.files if file.name),
        inferred=tuple(dict.fromkeys((str(k), k.line) for c in checker.contexts.values() for k in c.inferred)),
    )


class Context:
    """What the names mean where the same model blocks hold."""

    def __init__(self, document: Document, section: int, above: Sequence[Context] = ()) -> None:
        program = document.model(document.blocks(section))
        self.by_statements = judge_of(document, section)
        """Judges links with matrices of blocks; all links, where the model blocks declare indices."""
        indexed = self.by_statements is not None and self.by_statements.model.families is not None
        self.families = self.by_statements if indexed else None
        self.declared = set(Elaborator([read(program)]).model().variables) if program.strip() else set()
        """The names that the blocks declare."""
        said = {name for other in above for name, _ in other.defined}
        inference = Inference(document, section)
        guessed = inference.run() if self.families is None else []
        self.steps = inference.usage.ahead - inference.usage.bound
        """Letters that count layers or steps, of which the next one is spoken of."""
        self.words = inference.words
        """Names of several letters without a font."""
        self.later: list[tuple[str, Side]] = []
        """What is defined one step later, and has no meaning so far."""
        guesses = [guess for guess in guessed if guess.name not in said]
        reader = with_guesses(guesses, read(program))
        self.inferred = [one for one in guesses if one.line]
        self.scope = Scope(
            document.text,
            reader,
            functions_of_section(document, section, Scope(document.text, Elaborator(reader.programs)).known),
        )
        self.judge = Judge(self.scope)
        self.slips = Slips(self.judge)
        self.asides = Asides(self.judge, guesses)
        self.optima = Optima(self.judge, self.asides)
        self.scope.losses = {guess.name for guess in guesses if guess.how == LOSS}
        self.scope.layout = layout_told(document, section)
        self.met: set[str] = set()
        """Names that stand in the formulas above."""
        self.defined: list[tuple[str, Side]] = []
        """The names that formulas define, each with what it stands for."""
        for other in above:
            self.take_over(other)

    def define(self, name: str, side: Side, body: Expr, anew: bool = False) -> None:
        """A name that a formula defines; what counts steps is defined for the next one too."""
        self.scope.introduce(name, body, anew)
        self.judge.claims.found.clear()
        self.defined.append((name, side))
        if counts(name, self.steps):
            later = Side(next_member(side.member, self.steps), side.text)
            self.later.append((next_name(name, self.steps), later))
        self.later = [one for one in self.later if not self.follows(*one)]

    def follows(self, name: str, side: Side) -> bool:
        """Define what follows one step later, where that has a meaning by now."""
        if name in self.scope.known or name in self.met:
            return True
        if side.names - set(self.scope.known) - LOSSES:
            return False
        with suppress(MatdiffError):
            self.scope.introduce(name, self.judge.alone(side))
            return True
        return False

    def take_over(self, above: Context) -> None:
        """What the formulas of a section define holds in those below it, where no block says otherwise."""
        self.met |= above.met
        for name, side in above.defined:
            if name not in self.scope.known:
                with suppress(MatdiffError):  # it has no value among the names of this section
                    self.scope.introduce(name, self.judge.alone(side))
                    self.defined.append((name, side))


def functions_of_section(document: Document, section: int, known: dict[str, str]) -> Functions:
    """The functions that formulas define where the same model blocks hold."""
    own = document.blocks(section)
    formulas = [f for f in document.formulas if f.notation == "latex" and document.blocks(f.section) == own]
    return functions_of(document.text, formulas, known)


def with_guesses(guesses: Sequence[Guess], program: Program) -> Elaborator:
    """The names of the model blocks with those that the document and their use tell, as far as they fit."""
    for taken in (guesses, [one for one in guesses if one.line]):
        with suppress(MatdiffError):  # they do not: the blocks are what counts
            both = [read(program_of(taken)), program]
            Elaborator(both).model()
            return Elaborator(both)
    return Elaborator([program])


@dataclass
class Unexplained:
    """A link that no single edit explains, to be searched again in the time that is left."""

    number: int
    place: Place
    context: Context


@dataclass
class Checker:
    """Walks through the chains of a document."""

    document: Document
    good: list[Side] = field(default_factory=list)
    """The well-formed sides of the chain at hand, up to the one before."""
    unexplained: list[Unexplained] = field(default_factory=list)
    formulas: list[Checked] = field(default_factory=list)
    setting: Setting = field(default_factory=Setting)
    turned: list[tuple[int, Judgement]] = field(default_factory=list)
    """The links that hold in numerator layout only, with their verdicts without it."""
    columns: int = 0
    """How many links claim gradients as columns."""
    unheld: list[tuple[int, Side, Side, Context]] = field(default_factory=list)
    """The links that do not hold; names may be defined below them."""
    read_to: int = 0
    """Where the chain before ended in the document."""

    def __post_init__(self) -> None:
        self.contexts: dict[tuple[int, ...], Context] = {}
        self.context = self.context_of(self.document.formulas[0].section if self.document.formulas else 0)

    @property
    def scope(self) -> Scope:
        return self.context.scope

    @property
    def judge(self) -> Judge:
        return self.context.judge

    def context_of(self, section: int) -> Context:
        """What holds in a section: the model blocks of it, and of those that it belongs to."""
        key = tuple(block.start for block in self.document.blocks(section))
        if key not in self.contexts:
            above = [context for other, context in self.contexts.items() if set(other) < set(key)]
            self.contexts[key] = Context(self.document, section, above)
        return self.contexts[key]

    def run(self) -> list[Link]:
        """Every link; those that no single edit explains are searched again in the time that is left."""
        links: list[Link] = []
        before: Side | None = None
        for formula in self.document.formulas:
            context = self.context_of(formula.section)
            if context is not self.context:
                context.slips.left = self.context.slips.left
                self.context, before, self.good = context, None, []
            if formula.skipped:
                before, self.good = None, []
                continue
            before = self.formula(formula, before, links)
        for block in self.document.models:
            self.context_of(block.section)  # it must be right even where no formula needs it
        for number, first in self.turned if self.columns else ():  # the document does not keep to that layout
            links[number] = replace(links[number], verdict=first.verdict, detail=first.detail)
        self.hold_by_what_is_below(links)
        self.bound_below(links)
        for k, found in enumerate(self.unexplained):
            slips = found.context.slips
            slips.left = self.context.slips.left
            suggestion = slips.find_more(found.place, len(self.unexplained) - k)
            self.context.slips.left = slips.left
            links[found.number] = self.suggested(links[found.number], suggestion, found.place)
        return links

    def hold_by_what_is_below(self, links: list[Link]) -> None:
        """Look again at what does not hold: "…, where K = X X'" may stand below."""
        for number, left, right, context in self.unheld:
            if links[number].verdict not in HOLDS and context.asides.givens.defined:
                self.context = context
                again = context.asides.with_definitions(left, right)
                if again.verdict in HOLDS:
                    links[number] = self.record(left, right, again, Suggestion())
                    self.unexplained = [found for found in self.unexplained if found.number != number]

    def bound_below(self, links: list[Link]) -> None:
        """Links of differentials that what is given below binds, ``U' U = I``, are no identities, and not wrong."""
        for number, left, right, context in self.unheld:
            nodes = [n for side in (left, right) if side.node is not None for n in postorder(side.node)]
            moved = {str(n.children[0].value) for n in nodes if n.kind == "differential"}
            if links[number].verdict == "wrong" and moved & set(context.asides.guesses):
                given = context.asides.givens.equations
                text = next((g.text for g in given if moved & {str(v.data[0]) for v in g.variables}), "")
                if text:
                    detail = f"its differentials are bound by {text}"
                    links[number] = replace(links[number], verdict="unread", detail=detail, suggestion="", edits=())
                    self.unexplained = [found for found in self.unexplained if found.number != number]

    def formula(self, formula: Formula, before: Side | None, links: list[Link]) -> Side | None:
        """The links of one formula are added to those above; gives the side that a row may go on with."""
        parts: list[Part] = []
        first = len(links)
        above = before
        try:
            for sign, side in self.sides(formula):
                linked = before is not None and sign == "="
                if before is not None and sign == "=":
                    links.append(self.link(len(links), before, side, formula.notation))
                elif sign != "=":
                    self.good = []
                if side.error is None:
                    self.good.append(side)
                    self.context.slips.seen += [side.node] if side.node is not None else []
                if before is not None and before.node is not None:
                    self.context.met.update(n.value for n in postorder(before.node) if n.kind == "name")
                before, member = side, side.member
                number = len(links) - 1 if linked else None
                parts.append(Part(sign, member.start, member.end, side.node, side.claim, number))
        except VerificationError:
            raise  # a fault of matdiff's own
        except MatdiffError as error:
            before, self.good = None, []
            links.append(self.unread(formula, unread(error)))
        text = self.document.text[formula.start : formula.end]
        if len(links) == first and equations(text, formula.notation):
            self.context.asides.givens.gap = True
            links.append(self.unread(formula, Judgement("unread", "no equation was understood here")))
            parts = [Part("", formula.start, formula.end, None, None, first)]
        self.formulas.append(Checked(formula, tuple(parts)))
        if before is not None and before.node is not None and len(parts) > 1:
            self.context.met.update(n.value for n in postorder(before.node) if n.kind == "name")
        mentioned = (
            len(parts) == 1 and not formula.display and parts[0].node is not None and parts[0].node.kind == "name"
        )
        return above if mentioned and above is not None else before  # "for symmetric $X$ $= X^{-1}$"

    def unread(self, formula: Formula, found: Judgement) -> Link:
        """A formula as a whole, where its sides were not found."""
        text = " ".join(self.document.text[formula.start : formula.end].split())
        side = Side(Member(formula.start, formula.end), text)
        return self.record(side, side, found, Suggestion())

    def sides(self, formula: Formula) -> Iterator[tuple[str, Side]]:
        """The sides of the chains of a formula, each with the sign before it; a chain begins with none."""
        families = self.context.families
        known, start, end = self.scope.functions.parameters | self.scope.known, formula.start, formula.end
        known = self.context.words | known
        known = families.known if families is not None else known
        self.scope.spelling = SPELLINGS[formula.notation]
        text = self.document.text
        written = without_frames(text[start:end], formula.notation)
        if formula.notation == "latex" and d_is_a_sign(known):
            written = with_second_differentials(written)
        functions = self.scope.functions.names
        written = without_arguments(written, self.scope.nodes, "" if OBJECTIVE in known else OBJECTIVE, functions)
        if written != text[start:end]:
            text = f"{text[:start]}{written}{text[end:]}"
        for chain in chains_of(text, formula.notation, known, start, end):
            if chain.members and not chain.continues:
                gap = self.document.text[max(self.read_to, chain.members[0].start - 200) : chain.members[0].start]
                anew = self.setting.anew and self.read_to > start  # the rows below such a one
                self.setting = setting_of(gap, self.context.met)
                self.setting = replace(self.setting, anew=self.setting.anew or anew)
                self.scope.subjects = [*subjects_in(self.setting.words), *self.scope.subjects]
            if chain.signs:
                self.read_to = chain.members[-1].end
            self.scope.beside = self.written(chain, self.scope.beside if chain.continues else [])
            signs = chain.signs if chain.continues else ["", *chain.signs]
            self.scope.local = self.parameters(chain) if not chain.continues else self.scope.local
            for sign, member in zip(signs, chain.members, strict=True):
                yield sign, families.side(member) if families else self.judge.side(member, formula.notation)

    def parameters(self, chain: Chain) -> dict[str, Expr]:
        """The parameter of a function of one number that a chain defines, or the derivative of which it claims."""
        first = chain.members[0] if chain.members else None
        if first is None:
            return {}
        root = first.node if first.claim is None else first.claim.of
        name = self.scope.functions.defines(root)
        told = {one.name for one in self.context.inferred} | self.context.declared | set(self.scope.definitions)
        return {name: E.variable(name, (ONE, ONE), "scalar")} if name and name not in told else {}

    def written(self, chain: Chain, above: list[Expr]) -> list[Expr]:
        """The names whose differentials a chain writes."""
        nodes = [n for member in chain.members if member.node is not None for n in postorder(member.node)]
        names = [str(n.children[0].value) for n in nodes if n.kind == "differential" and n.children[0].kind == "name"]
        found = [self.scope.named(name) for name in names]
        return list(dict.fromkeys([*above, *(e for e in found if e is not None)]))

    def link(self, number: int, left: Side, right: Side, notation: str) -> Link:
        if self.context.families is not None:
            return self.record(left, right, self.context.families.judge(left, right, len(self.good) <= 1), Suggestion())
        if any(n.kind == "block" for side in (left, right) if side.node is not None for n in postorder(side.node)):
            return self.record(left, right, self.with_blocks(left, right), Suggestion())
        self.scope.notes.clear()
        first = self.introduced(left, right) or self.judge.judge(left, right, notation)
        optimum = self.context.optima.judged(left, right, self.setting)
        if optimum is not None:
            self.setting = replace(self.setting, first=False)
            return self.record(left, right, optimum, Suggestion())
        found = self.context.asides.reconsidered(first, left, right, self.setting)
        if found.verdict in (*FAILS, "unread"):
            found = self.introduced_anew(left, right) or found
        if found.layout == "numerator":
            self.turned.append((number, self.context.asides.doubts.about(first, left, right, self.setting.met)))
        elif found is first and found.verdict in HOLDS and is_column(left, right):
            self.columns += 1
        self.setting = replace(self.setting, first=False)
        self.context.asides.givens.gap |= found.verdict in ("unread", "wrong") or left.claim is not None
        detail = "; ".join(dict.fromkeys(part for part in (found.detail, *self.scope.notes) if part))
        if found.verdict == "ill-formed" and left.error is not None and right.error is None and self.good:
            detail = f"{detail}; {self.across(self.good[-1], right, notation)}"
        link = self.record(left, right, replace(found, detail=detail), Suggestion())
        unclear = any(isinstance(side.error, TwoMeanings) for side in (left, right))
        if found.verdict in FAILS or found.later:
            self.unheld.append((number, left, right, self.context))
        if found.verdict in FAILS and not unclear:
            place = Place(left, right, notation, tuple(self.good))
            suggestion = self.context.slips.find(place)
            if not suggestion.words:
                self.unexplained.append(Unexplained(number, place, self.context))
            link = self.suggested(link, suggestion, place)
        return link

    def with_blocks(self, left: Side, right: Side) -> Judgement:
        """The verdict on a link with matrices made of blocks."""
        judge = self.context.by_statements
        if judge is None:
            return Judgement("unread", "a matrix of blocks is compared where a model block declares its names")
        return judge.judge(judge.side(left.member), judge.side(right.member), len(self.good) <= 1)

    def record(self, left: Side, right: Side, found: Judgement, suggestion: Suggestion) -> Link:
        member, document = right.member, self.document
        start, end = document.span(member.start, member.end)
        place = span_of(document, member.start, member.end)
        sides = [as_written(document, side.member) for side in (left, right)]
        witness = found.evidence.counterexample if found.evidence is not None else None
        return Link(
            line=place.line,
            text=" = ".join(sides) if left is not right else sides[1],
            verdict=found.verdict,
            detail=found.detail,
            start=start,
            end=end,
            left=sides[0],
            right=sides[1],
            span=place,
            counterexample={**witness.sizes, **witness.values} if witness is not None else None,
            file=document.file(start).name,
            defines=found.defines,
        )

    def suggested(self, link: Link, suggestion: Suggestion, place: Place) -> Link:
        words = suggestion.words if suggestion.words != NOTHING or link.verdict == "wrong" else ""
        suggestion = suggestion._replace(words=words)
        words, edits = told(self.document, suggestion, place.left.member, place.right.member)
        return replace(link, suggestion=words, edits=edits)

    def introduced(self, left: Side, right: Side) -> Judgement | None:
        """A chain that begins with a name that nothing declares defines it."""
        node = left.node
        if (
            node is not None
            and right.node is not None
            and len(self.good) <= 2
            and changes(node, right.node, self.document.text)
        ):
            return Judgement("aside", f"a step that changes {left.text}")
        if node is None or node.kind != "name" or right.error is not None:
            return None
        name = str(node.value)
        met = name in self.context.met and not name.endswith("_star")  # \nabla f(x^*) = 0 may stand above x^* = …
        if name in self.scope.known or met or len(self.good) > 1:
            return None
        if is_range(name, right):
            return Judgement("aside", "a range, or a condition on indices")
        if name == OBJECTIVE and self.scope.model.objective is not None:
            return None
        if right.node is not None and any(n.value == name for n in postorder(right.node)):
            return None
        try:
            body = self.judge.alone(right)
        except MatdiffError:
            return None
        if any(n.op == "differential" for n in topo(body)):
            return None
        self.context.define(name, right, body)
        self.context.optima.constrain(body)
        left.error = None
        return Judgement("proved", f"defines {name}", defines=name)

    def introduced_anew(self, left: Side, right: Side) -> Judgement | None:
        """A chain that gives another meaning to a name that a formula above defined, as the next example does."""
        node = left.node
        if node is None or node.kind != "name" or not self.setting.first or right.node is None:
            return None
        name = str(node.value)
        if name not in {known for known, _ in self.context.defined}:
            return None
        if any(n.value == name for n in postorder(right.node)):
            return None
        old = self.scope.definitions[name]
        if self.judge.claims.named_by(old) is not None:  # it goes on with what was said of that derivative
            return None
        try:
            (body,) = E.substitute([self.judge.alone(right)], {old: old.args[0]})
        except MatdiffError:
            return None
        more = set(variables_of(body)) - set(variables_of(old))
        if any(n.op == "differential" for n in topo(body)) or not (self.setting.anew or more):
            return None
        self.context.define(name, right, body, anew=True)
        return Judgement("proved", f"defines {name} anew", defines=name)

    def across(self, good: Side, right: Side, notation: str) -> str:
        """How a good expression compares with the last good one before a bad one."""
        found = self.judge.judge(good, right, notation)
        said = {
            "proved": "is equal to this one (proved)",
            "sampled": "is equal to this one (sampled)",
            "wrong": "is not equal to this one",
        }.get(found.verdict, "has another size")
        return f"the last good expression before it, {good.text}, {said}"


def changes(name: Node, value: Node, source: str) -> bool:
    r"""Whether a name is set to itself and more, as in ``w := w - \eta g``."""
    while value.kind == "free":
        (value,) = value.children
    if value.kind != "binary" or value.value not in ("+", "-"):
        return False
    while value.kind == "binary" and value.value in ("+", "-"):
        value = value.children[0]
    texts = ["".join(source[node.start : node.end].split()) for node in (name, value)]
    return texts[0] == texts[1] and (name.is_transpose or name.kind in ("name", "free"))


def is_column(left: Side, right: Side) -> bool:
    """Whether a link claims the gradient of a number as a fraction, in a form that differs from its transpose."""
    claim, node = (left.claim, right.node) if left.claim is not None else (right.claim, left.node)
    return claim is not None and claim.fraction and node is not None and node.kind != "number"
