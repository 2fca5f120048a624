r"""Links of documents whose model has indices: ``\delta^{(l)} = …``, ``\nabla_{W^{(l)}} J = …`` for all l.

A link is read with the model and what the document defined so far as one more statement for each side, over the
indices that it leaves free. Both are evaluated at random points; derivatives that it claims come from the door.
Where a position leaves its range for some values of an index, the link is taken for the others, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.arrays.run import Code
from matdiff.checking.agreement import Backward, agreement, declarations
from matdiff.checking.judge import Judgement, Side, refused
from matdiff.checking.members import affine, earlier, later, parts_of, positions, renamed, shift_of
from matdiff.checking.scope import is_zero
from matdiff.derivatives import derive_families
from matdiff.documents import Document
from matdiff.errors import DeclarationError, MatdiffError, ShapeError, UnsupportedError
from matdiff.indices import Range, accessed, doubled, fresh_name, integer
from matdiff.model import CONSTANT_KINDS, Families, Family, Model
from matdiff.programs.program import program_of
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.latex.documents import Member, read_chains
from matdiff.reader.math import read
from matdiff.reader.syntax import Definition, FamilyDefinition, Indexed, Node, Program, RangeEnd, postorder

LEFT, RIGHT = "left side", "right side"


@dataclass
class FamilyJudge:
    """Judges the links where one model with indices holds."""

    source: str
    program: Program
    model: Model
    claimed: Callable[[], Iterable[str]]
    """The names by which the formulas claim derivatives: all are derived at once."""
    added: list[FamilyDefinition | Definition] = field(default_factory=list)
    """What the document defined so far."""
    gradients: list[tuple[str, Backward]] = field(default_factory=list)
    """Objectives, each with its derivatives by some names."""
    ranges: dict[str, str] = field(default_factory=dict)
    """Indices that links were given, each with its range."""
    objective: str = ""

    def __post_init__(self) -> None:
        self.families = self.model.families or Families()
        self.defined: dict[str, tuple[str, ...]] = {}
        """The families that the document defines, with their indices."""
        self.spans: dict[str, list[Range | None]] = {}
        """How far they run."""
        self.waiting: list[FamilyDefinition | Definition] = []
        """Members that are zero, of families of which nothing else is told so far."""
        self.partial: set[str] = set()
        """Those of which only some members are told so far."""
        self.plain: set[str] = set()

    @property
    def known(self) -> dict[str, str]:
        """Every name with its kind, for the reader."""
        kinds = {name: str(node.data[1]) for name, node in self.model.variables.items()}
        kinds |= dict.fromkeys(self.model.dims, "dim")
        spans = [*self.families.ranges.values(), *(r for f in self.families.members.values() for r in f.ranges)]
        kinds |= {name: RangeEnd("dim") for span in spans for name in span.last.names}
        kinds |= dict.fromkeys([*self.model.definitions, *self.plain], "definition")
        kinds |= dict.fromkeys(self.model.functions, "function")
        kinds |= dict.fromkeys(self.families.ranges, "index")
        for name, family in self.families.members.items():
            kinds[name] = Indexed("family", family.indices)
            kinds |= {one: kinds.get(one, "index") for one in family.indices}
        return kinds | {name: Indexed("family", indices) for name, indices in self.defined.items()}

    # links

    def side(self, member: Member) -> Side:
        return Side(member, " ".join(self.source[member.start : member.end].split()), error=member.error)

    def judge(self, left: Side, right: Side, begins: bool) -> Judgement:
        """The verdict on one link; ``begins`` where its left side begins a chain."""
        for side in (left, right):
            if side.error is not None:
                return refused(side.error, "latex")
        if any(is_zero(side.node) for side in (left, right)) and any(side.claim is not None for side in (left, right)):
            return Judgement("aside", "an equation to be solved")
        try:
            nodes = [self.node_of(side) for side in (left, right)]
            if begins and self.is_index(nodes[0]):
                return Judgement("aside", "a range, or a condition on indices")
            found = self.define(nodes[0], nodes[1]) if begins and left.claim is None else None
            return found or self.compare(nodes[0], nodes[1])
        except MatdiffError as error:
            return refused(error, "latex")

    def node_of(self, side: Side) -> Node:
        if side.claim is not None:
            start, end = side.member.start, side.member.end
            return self.with_gradients(Node("derivative", side.claim, (), start, end))
        assert side.node is not None
        return self.with_gradients(side.node)

    def is_index(self, node: Node) -> bool:
        return node.kind == "name" and self.known.get(str(node.value)) in ("index", "dim")

    # what is defined

    def define(self, left: Node, right: Node) -> Judgement | None:
        """A chain that begins with a name that nothing gives a value to defines it."""
        name = left.value[0] if left.kind == "access" else str(left.value) if left.kind == "name" else ""
        if not name or not self.is_open(name):
            return None
        places = left.value[1] if left.kind == "access" else ()
        if not places and (name in self.plain or name == self.objective):
            return None
        before = [s for s in [*self.added, *self.waiting] if isinstance(s, FamilyDefinition) and s.name.value == name]
        if any(all(self.is_name(p) for p in s.places) for s in before):
            return None
        texts = [self.text(p) for p in places]
        if any([self.text(p) for p in s.places] == texts for s in before):
            return None
        head = Node("name", name, (), left.start, left.end)
        words = f"defines {name}"
        indices: tuple[str, ...] = ()
        if places:
            indices, spans = self.defined.get(name, ()), self.spans.get(name)
            if not indices:
                indices, spans = self.indices_at(places)
            assert spans is not None
            self.spans[name] = spans
            by, note = self.tightened([left, right], () if before else (name,))
            left, right = (renamed(node, by) for node in (left, right))
            statement: FamilyDefinition | Definition = FamilyDefinition(head, left.value[1], right)
            words += f" {note}" if note else ""
        else:
            statement = Definition(head, right)
        waits = bool(places) and is_zero(right) and not before
        if waits:  # its size is told by what follows
            self.waiting.append(statement)
        else:
            more = [one for one in self.waiting if one.name.value == name]
            self.model_with([statement, *more])
            self.added += [statement, *more]
        if places:
            self.defined[name] = indices
            self.partial.add(name)
            if all(self.is_name(place) for place in places):
                self.partial.discard(name)
        elif not places:
            self.plain.add(name)
            self.objective = self.objective or name
        return Judgement("proved", words, defines=name)

    def indices_at(self, places: Sequence[Node]) -> tuple[tuple[str, ...], list[Range | None]]:
        """The indices of a family, by the first of its places that is met: ``T`` is where t ends."""
        names, spans = [], []
        for node in places:
            form = affine(node)
            name, span = str(node.value), self.range_of(str(node.value))
            known = self.families.ranges.items() if span is None else ()
            for other, own in known if form is not None else ():
                assert form is not None
                gaps = form - own.last, form - own.first
                if gaps[0].is_constant and gaps[0].constant in (0, 1):
                    name, span = other, Range(own.first, form)
                elif gaps[1].is_constant and gaps[1].constant in (0, -1):
                    name, span = other, Range(form, own.last)
            names.append(name)
            spans.append(span)
        return tuple(names), spans

    def is_open(self, name: str) -> bool:
        """Whether the model gives a name no value and makes nothing of it."""
        if name in self.defined or name not in {*self.known, *self.standing}:
            return True
        if name in self.standing or name in self.plain or name in self.model.definitions or self.families.defined(name):
            return False
        if self.known[name] in ("index", "dim", "function"):
            return False
        return name not in self.used

    @property
    def used(self) -> set[str]:
        """The names that the model makes something of."""
        bodies = [equation.body for equation in self.families.equations]
        bodies += [node.args[0] for node in self.model.definitions.values()]
        bodies += [self.model.objective] if self.model.objective is not None else []
        return {accessed(node).family for node in E.topo(*bodies) if node.op == "variable"}

    # derivatives

    def with_gradients(self, root: Node) -> Node:
        """A side with names for the derivatives that it claims."""
        made: dict[int, Node] = {}
        for node in postorder(root):
            children = tuple(made[id(child)] for child in node.children)
            if node.kind == "derivative":
                made[id(node)] = self.gradient(node)
            else:
                made[id(node)] = Node(node.kind, node.value, children, node.start, node.end)
        return made[id(root)]

    def gradient(self, node: Node) -> Node:
        claim: Claim = node.value
        if claim.kind == "hessian" or len(claim.wrt) != 1:
            raise UnsupportedError("second derivatives of a model with indices are not compared")
        of = claim.of
        if of is not None and (of.kind != "name" or self.known.get(str(of.value), "dim") not in ("definition", "dim")):
            raise UnsupportedError("derivatives of the objective are compared, where a model has indices")
        objective = str(of.value) if of is not None and self.known.get(str(of.value)) == "definition" else ""
        (wrt,) = claim.wrt
        name, places = wrt.value if wrt.kind == "access" else (str(wrt.value), ())
        given = self.derived(objective or self.objective, name)
        value: Node
        if places:
            value = Node("access", (given, places), (), node.start, node.end)
        else:
            value = Node("name", given, (), node.start, node.end)
        return value if claim.kind == "gradient" else value.transposed()

    def derived(self, objective: str, variable: str) -> str:
        """The name that stands for a gradient."""
        for of, backward in self.gradients:
            if of == objective and variable in backward.names:
                return backward.names[variable]
        model = self.model if objective in self.model.definitions else self.without_gradients()
        if not objective or objective not in model.definitions:
            raise DeclarationError("there is no objective that this is the derivative of")
        if not model.definitions[objective].is_scalar:
            raise DeclarationError(f"{objective} is no number: its derivatives are not compared")
        program, _ = program_of(model)
        if variable not in program.families:
            raise DeclarationError(f"{variable} is not a name of the model")
        moving = [n for n in self.claimed() if n in program.families and n != objective]
        every = [n for n in dict.fromkeys([variable, *moving]) if program.families[n].kind not in CONSTANT_KINDS]
        wanted = every if not self.gradients else [variable]
        try:
            result, _ = derive_families(program, objective, wanted)
        except UnsupportedError:
            wanted = [variable]
            result, _ = derive_families(program, objective, wanted)
        taken = {*self.known, *self.standing}
        names = {name: fresh_name(f"grad_{name}", taken) for name in wanted}
        self.gradients.append((objective, Backward(result, names)))
        return names[variable]

    def without_gradients(self) -> Model:
        """The model with what the document defined, as far as no gradient is in it."""
        taken = self.standing
        plain = [s for s in self.added if not any(mentions(node) in taken for node in postorder(s.value))]
        return Elaborator([self.program, Program(self.source, list(plain))]).model()

    @property
    def standing(self) -> set[str]:
        """The names that stand for gradients."""
        return {name for _, backward in self.gradients for name in backward.names.values()}

    # models

    def model_with(self, more: list[FamilyDefinition | Definition]) -> tuple[Model, Families]:
        """The model with what the document defined, the gradients as names, and some statements more."""
        lines = [f"{name}: {span}" for name, span in self.ranges.items()]
        lines += [line for _, backward in self.gradients for line in declarations(backward)]
        programs = [self.program, read("\n".join(lines)), Program(self.source, [*self.added, *more])]
        model = Elaborator(programs).model()
        return model, model.families or Families()

    # indices

    def tightened(self, roots: Sequence[Node], new: Sequence[str] = ()) -> tuple[dict[str, str], str]:
        """Indices that stay where no position leaves its range, for those of some sides, and words that say so.

        Positions of ``new`` families are left out.
        """
        free = list(dict.fromkeys(name for root in roots for name in self.free(root)))
        by: dict[str, str] = {}
        notes = []
        for name in free:
            whole = self.range_of(name)
            if whole is None:
                continue
            span = whole
            for family, number, node in positions(roots):
                shift = shift_of(node, name)
                own = self.span(family, number) if family not in new else None
                if shift is None or own is None:
                    continue
                first, last = own.first - integer(shift), own.last - integer(shift)
                span = Range(later(span.first, first), earlier(span.last, last))
            if span != whole:
                notes.append(f"for {name} = {span}")
                by[name] = self.index_over(name, span)
        return by, ", ".join(notes)

    def index_over(self, like: str, span: Range) -> str:
        text = str(span)
        found = next((name for name, own in self.ranges.items() if own == text), "")
        if not found:
            found = doubled(like, {*self.known, *self.ranges})
            self.ranges[found] = text
        return found

    def range_of(self, name: str) -> Range | None:
        return self.families.ranges.get(name)

    def span(self, family: str, number: int) -> Range | None:
        """The range of one index of a family."""
        known = self.families.members.get(family) or self.gradient_family(family)
        if known is not None:
            return known.ranges[number] if number < len(known.ranges) and not known.outside else None
        spans = self.spans.get(family, [])
        return spans[number] if number < len(spans) else None

    def gradient_family(self, name: str) -> Family | None:
        """The family that a name for a gradient stands for."""
        for _, backward in self.gradients:
            for of, standing in backward.names.items():
                if standing == name:
                    found = backward.result.program.families[backward.result.gradients[of]]
                    return replace(found, outside=False)
        return None

    def free(self, root: Node) -> Iterator[str]:
        """The indices that a side leaves free, in order."""
        stack: list[tuple[Node, frozenset[str]]] = [(root, frozenset())]
        dims = self.model.dims
        while stack:
            node, bound = stack.pop()
            inner = bound
            if node.kind == "binder":
                inner = bound | {part.value for part in node.value[1] if part.kind == "name"}
            for part in parts_of(node):
                if part.kind == "name" and part.value not in inner and part.value not in dims:
                    yield str(part.value)
            if node.kind == "name" and node.value in self.families.ranges and node.value not in bound:
                yield str(node.value)
            stack.extend((child, inner) for child in reversed(node.children))

    def check_ends(self, root: Node) -> None:
        """Refuse a sum that ends elsewhere than the range of its index."""
        for node in postorder(root):
            for part in node.value[1] if node.kind == "binder" else ():
                span = self.range_of(str(part.value))
                ends = [form for end in part.children if (form := affine(end)) is not None]
                if span is not None and len(ends) == 2 and Range(ends[0], ends[1]) != span:
                    told = Range(ends[0], ends[1])
                    raise UnsupportedError(f"the sum over {part.value} runs over {told}, its range is {span}")

    # the comparison

    def compare(self, left: Node, right: Node) -> Judgement:
        half = next(
            (name for name, _, part in positions([left, right]) if name in self.partial and not self.told(name, part)),
            "",
        )
        if half:
            raise DeclarationError(f"only some members of {half} are told so far")
        for node in (left, right):
            self.check_ends(node)
        by, note = self.tightened([left, right])
        left, right = (renamed(node, by) for node in (left, right))
        indices = list(dict.fromkeys([*self.free(left), *self.free(right)]))
        names = [fresh_name(name.replace(" ", "_"), self.known) for name in (LEFT, RIGHT)]
        zero = [is_zero(node) for node in (left, right)]
        statements: list[FamilyDefinition | Definition] = []
        for name, node, empty in zip(names, (left, right), zero, strict=True):
            if not empty:
                places = tuple(Node("name", one, (), node.start, node.end) for one in indices)
                head = Node("name", name, (), node.start, node.end)
                statements.append(FamilyDefinition(head, places, node) if places else Definition(head, node))
        model, _ = self.model_with(statements)
        program, _ = program_of(model)
        sides = [name for name, empty in zip(names, zero, strict=True) if not empty]
        given = {*self.known, *self.standing}
        undeclared = [name for name in Code(program, sides).inputs if name not in given]
        shapes = [program.families[name].shape for name in sides]
        if len(set(shapes)) > 1 and undeclared:  # its letter told what it is
            raise DeclarationError(f"{undeclared[0]} is not declared")
        if len(set(shapes)) > 1:
            sizes = [f"{rows}×{cols}" for rows, cols in shapes]
            raise ShapeError(f"the left side is {sizes[0]}, the right side is {sizes[1]}")
        found = agreement(program, sides, [one for _, one in self.gradients], self.standing, note)
        if found.verdict == "wrong" and undeclared:
            return Judgement("unread", f"{undeclared[0]} is not declared")
        return found

    def told(self, name: str, part: Node) -> bool:
        """Whether the member at a place is among those that the document defines."""
        places = (
            self.text(p)
            for s in self.added
            if isinstance(s, FamilyDefinition)
            for p in s.places
            if s.name.value == name
        )
        return self.text(part) in places

    def is_name(self, node: Node) -> bool:
        return node.kind == "name" and node.value not in self.model.dims

    def text(self, node: Node) -> str:
        form = affine(node)
        return str(form) if form is not None else self.source[node.start : node.end]


def mentions(node: Node) -> str:
    """The name that a node stands for."""
    return str(node.value[0]) if node.kind == "access" else str(node.value) if node.kind == "name" else ""


def judge_of(document: Document, section: int) -> FamilyJudge | None:
    """The judge of a section with model blocks; it is for those that declare indices, and for matrices of blocks."""
    blocks = document.blocks(section)
    text = document.model(blocks)
    if not blocks or not text.strip():
        return None
    model = Elaborator([read(text)]).model()
    program = read(text)
    named = [s.name.value for s in program.statements if isinstance(s, Definition)]
    scalars = [name for name in named if name in model.definitions and model.definitions[name].is_scalar]
    judge = FamilyJudge(document.text, program, model, lambda: claimed_in(document, section, judge.known))
    judge.objective = scalars[-1] if scalars else ""
    return judge


def claimed_in(document: Document, section: int, known: Mapping[str, str]) -> Iterator[str]:
    """The names by which derivatives are written in the formulas of a section."""
    own = document.blocks(section)
    for formula in document.formulas:
        if formula.notation != "latex" or formula.skipped or document.blocks(formula.section) != own:
            continue
        with suppress(MatdiffError):
            for chain in read_chains(document.text, known, formula.start, formula.end):
                for member in chain.members:
                    claims = [member.claim] if member.claim is not None else []
                    nodes = postorder(member.node) if member.node is not None else ()
                    claims += [node.value for node in nodes if node.kind == "derivative"]
                    for wrt in (node for claim in claims for node in claim.wrt):
                        yield wrt.value[0] if wrt.kind == "access" else str(wrt.value)
