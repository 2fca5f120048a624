"""The order in which the statements of a program are computed: one after another, or together along an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from matdiff.errors import DeclarationError
from matdiff.indices import Access, Affine, Condition, Range, greatest, least, surely
from matdiff.programs.program import Program, Statement, used


@dataclass(frozen=True)
class Loop:
    """Names computed together, one value of an index after another."""

    names: tuple[str, ...]
    axis: dict[str, int]
    """Which index of each name runs."""
    step: int
    """1 from the first to the last, -1 back."""
    inner: tuple[Loop | str, ...]
    """What is computed for each value, in order."""
    held: dict[str, Affine] = field(default_factory=dict)
    """Of names without that index the one value of it at which they are computed."""

    def place(self, statement: Statement) -> Affine | None:
        """Where a statement stands along the index; none for a name that has nothing to do with it."""
        axis = self.axis.get(statement.name)
        return self.held.get(statement.name) if axis is None else statement.left[axis]

    @property
    def filled(self) -> tuple[str, ...]:
        """The names whose arrays are filled value by value."""
        return tuple(name for name in self.names if name not in self.held)


Order = list["Loop | str"]


def order(program: Program, names: Iterable[str]) -> Order:
    """The names in the order in which they can be computed; raises `DeclarationError` for a circle."""
    wanted = set(names)
    by_name = program.by_name()
    edges = {
        name: [(statement, access) for statement in by_name.get(name, ()) for access in used(statement)]
        for name in program.families
        if name in wanted and name in by_name
    }
    return ordered(program, edges)


Edges = dict[str, list[tuple[Statement, Access]]]


def ordered(program: Program, edges: Edges) -> Order:
    found: Order = []
    graph = {name: [access.family for _, access in uses if access.family in edges] for name, uses in edges.items()}
    for group in components(graph):
        if len(group) == 1 and group[0] not in graph[group[0]]:
            found.append(group[0])
        else:
            found.append(loop(program, group, edges))
    return found


def loop(program: Program, group: Sequence[str], edges: Edges) -> Loop:
    """The recurrence that some names are together."""
    inside = set(group)
    uses = [(s, a) for name in group for s, a in edges[name] if a.family in inside]
    most = max(len(program.families[name].indices) for name in group)
    for number in range(most):
        for axis, held in axes(program, group, uses, number):
            along = Loop(tuple(group), axis, 1, (), held)
            signs = {sign_of(program, s, a, along) for s, a in uses}
            if None in signs or {-1, 1} <= signs or signs == {0}:
                continue
            step = 1 if -1 in signs else -1
            kept = {
                name: [(s, a) for s, a in edges[name] if a.family in inside and sign_of(program, s, a, along) == 0]
                for name in group
            }
            return replace(along, step=step, inner=tuple(ordered(program, kept)))
    names = ", ".join(group)
    what = "is defined by itself" if len(group) == 1 else "are defined by one another"
    raise DeclarationError(f"{names} {what} in a circle: a recurrence uses earlier values only, or later ones only")


def axes(
    program: Program, group: Sequence[str], uses: Sequence[tuple[Statement, Access]], number: int
) -> Iterable[tuple[dict[str, int], dict[str, Affine]]]:
    """Which index of each name may run together with one of the first name's, and where names without one stand."""
    first = group[0]
    if number >= len(program.families[first].indices):
        return
    axis = {first: number}
    for _ in group:
        for statement, access in uses:
            for one, other in ((statement.name, access.family), (access.family, statement.name)):
                if one in axis and other not in axis:
                    forms = statement.left if one == statement.name else access.at
                    others = access.at if one == statement.name else statement.left
                    names = forms[axis[one]].names
                    match = [k for k, form in enumerate(others) if form.names & names]
                    if match:
                        axis[other] = match[0]
    held: dict[str, Affine] = {}
    for name in group:
        if name not in axis:  # it stands where it is used, if that is one place
            places = {s.left[axis[s.name]] for s, a in uses if a.family == name and s.name in axis}
            if len(places) == 1 and not next(iter(places)).names & program.ranges.keys():
                held[name] = places.pop()
    if len(axis) + len(held) == len(group):
        yield axis, held


def sign_of(program: Program, statement: Statement, access: Access, loop: Loop) -> int | None:
    """Whether what is used comes before what is computed (-1), after it (1), or with it (0) along an index."""
    own = loop.place(statement)
    other = loop.held.get(access.family) or access.at[loop.axis[access.family]]
    if own is None or not isinstance(other, Affine):
        return None
    gap = other - own
    if gap.is_constant:
        return (gap.constant > 0) - (gap.constant < 0)
    by = dict(program.ranges)
    if surely(-greatest(gap, by).shifted(1)) or implied(gap, statement.conditions, by, -1):
        return -1
    if surely(least(gap, by).shifted(-1)) or implied(gap, statement.conditions, by, 1):
        return 1
    return None


def implied(gap: Affine, conditions: Iterable[Condition], ranges: dict[str, Range], sign: int) -> bool:
    """Whether conditions say that a form is below 0 (sign -1) or above."""
    wanted = gap if sign > 0 else -gap
    for condition in conditions:
        left, right = condition.left, condition.right
        if isinstance(left, Affine) and isinstance(right, Affine):
            positive = {  # what is 1 or more
                "<": right - left,
                "<=": (right - left).shifted(1),
                ">": left - right,
                ">=": (left - right).shifted(1),
            }.get(condition.sign)
            if positive is not None and surely(least(wanted - positive, ranges)):
                return True
    return False


def components(graph: dict[str, list[str]]) -> list[list[str]]:
    """Strongly connected names, those that others need first (Tarjan 1972, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    on: list[str] = []
    inside: set[str] = set()
    found: list[list[str]] = []
    for root in graph:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        on.append(root)
        inside.add(root)
        stack = [(root, iter(graph[root]))]
        while stack:
            node, below = stack[-1]
            following = next((n for n in below if n not in number or n in inside), None)
            if following is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == number[node]:
                    group = []
                    while True:
                        name = on.pop()
                        inside.discard(name)
                        group.append(name)
                        if name == node:
                            break
                    found.append(group[::-1])
            elif following in number:
                low[node] = min(low[node], number[following])
            else:
                number[following] = low[following] = len(number)
                on.append(following)
                inside.add(following)
                stack.append((following, iter(graph[following])))
    return found
