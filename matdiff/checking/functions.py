r"""Functions that a document defines, ``\sigma(z) = \frac{1}{1 + e^{-z}}`` and ``h_\theta(x) = \theta^\top x``.

A name is one where it is applied to something else too, or has a prime. What is a function of one number acts on each
entry; what is not is written out where it is applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matdiff.errors import MatdiffError
from matdiff.reader.context import UserFunction
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.core import Symbol, Token
from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.names import LETTERS
from matdiff.reader.latex.rows import RELATIONS, segments
from matdiff.reader.latex.tree import parse
from matdiff.reader.math import read
from matdiff.reader.syntax import FunctionDefinition, Node, Program, postorder

if TYPE_CHECKING:
    from matdiff.documents import Formula

CALLED_SIGMOID = "sigma"
SIGMOID = re.compile(r"sigmoid|logistic|시그모이드|로지스틱|逻辑斯|逻辑回归|対数", re.IGNORECASE)
"""Words of a document in which the function sigma, if nothing else is said of it, is the sigmoid."""
NEXT_TO = 12
"""So many signs stand between what a definition begins with and what it says."""
MOST_BEFORE = 200
"""A definition is known so many signs before it stands."""
MOST_WRITTEN = 2_000
"""So many nodes may a formula have when functions are written out."""


@dataclass(frozen=True)
class Written:
    """A function that is written out where it is applied."""

    parameters: tuple[str, ...]
    body: Node


@dataclass(frozen=True)
class Functions:
    """The functions of a document: those that act on each entry, and those that are written out."""

    entrywise: Mapping[str, UserFunction]
    written: Mapping[str, list[Written]]
    """Each as often as it is defined."""

    @property
    def names(self) -> dict[str, str]:
        return dict.fromkeys((*self.entrywise, *self.written), "function")

    @property
    def parameters(self) -> dict[str, str]:
        return {function.parameter: "scalar" for function in self.entrywise.values()}

    def defines(self, root: Node | None) -> str:
        """The parameter, where a side is a function of one number at its own parameter; else nothing."""
        if root is None or root.kind not in ("call", "primed") or len(root.children) != 1:
            return ""
        name = str(root.value[0] if root.kind == "primed" else root.value)
        function, argument = self.entrywise.get(name), root.children[0]
        known = function is not None and argument.kind == "name" and argument.value == function.parameter
        return str(argument.value) if known else ""

    def defined_at(self, node: Node) -> Written | None:
        """What the function of a node is, where the node stands."""
        defined = self.written.get(str(node.value), [])[::-1]
        own = (one for one in defined if 0 <= one.body.start - node.end <= NEXT_TO)
        above = (one for one in defined if one.body.start <= node.start)
        soon = (one for one in defined if one.body.start <= node.start + MOST_BEFORE)
        return next(own, None) or next(above, None) or next(soon, None)

    def expanded(self, root: Node) -> Node:
        """A formula in which what is written out is."""
        if not self.written or not any(n.kind == "call" and n.value in self.written for n in postorder(root)):
            return root
        made: dict[int, Node] = {}
        for node in postorder(root):
            children = tuple(made[id(child)] for child in node.children)
            written = self.defined_at(node) if node.kind == "call" else None
            if written is not None and len(written.parameters) == len(children):
                made[id(node)] = replaced(written.body, dict(zip(written.parameters, children, strict=True)), node)
            else:
                made[id(node)] = Node(node.kind, node.value, children, node.start, node.end)
        new = made[id(root)]
        return new if sum(1 for _ in postorder(new)) <= MOST_WRITTEN else root


def replaced(body: Node, values: Mapping[str, Node], place: Node) -> Node:
    """The body of a function at its arguments, with the place of the call."""
    made: dict[int, Node] = {}
    for node in postorder(body):
        children = tuple(made[id(child)] for child in node.children)
        value = values.get(node.value) if node.kind == "name" else None
        made[id(node)] = value or Node(node.kind, node.value, children, place.start, place.end)
    return made[id(body)]


@dataclass(frozen=True)
class _Head:
    """``\\sigma(z) =``, with what stands behind it."""

    name: str
    parameters: tuple[str, ...]
    body: list[Token]


def functions_of(text: str, formulas: Sequence[Formula], known: Mapping[str, str]) -> Functions:
    """The functions that formulas define."""
    heads: list[_Head] = []
    applied: dict[str, set[str]] = {}
    for formula in formulas:
        if "(" not in text[formula.start : formula.end]:
            continue
        with suppress(MatdiffError):
            tokens = Lexer(text, dict(known), formula.start, formula.end, tolerant=True).run()
            for part in segments(tokens, document=True):
                heads += heads_of(part, known)
            for name, arguments in applications(tokens, text):
                applied.setdefault(name, set()).add(arguments)
    meant = [head for head in heads if len(applied.get(head.name, ())) > 1 or head.name in LETTERS]
    found = built(text, meant, known)
    if CALLED_SIGMOID in applied and CALLED_SIGMOID not in {*known, *found.names} and SIGMOID.search(text):
        (statement,) = read(f"{CALLED_SIGMOID}(z) := sigmoid(z)").statements
        reader = Elaborator([Program("", [statement])])
        reader.model()
        return replace(found, entrywise={**found.entrywise, **reader.user_functions})
    return found


def heads_of(part: Sequence[Token], known: Mapping[str, str]) -> Iterator[_Head]:
    """The definitions in a statement: each side that is a name with its arguments, and what follows it."""
    cuts = [-1, *(k for k, token in enumerate(part) if token.type in RELATIONS), len(part)]
    for first, equal, stop in zip(cuts, cuts[1:], cuts[2:], strict=False):
        name, *rest = part[first + 1 : equal] or [part[equal]]
        body = list(part[equal + 1 : stop])
        if part[equal].type != "EQUAL" or name.type != "NAME" or name.value in known or not body:
            continue
        names = [str(token.value) for token in rest[1::2]][: (len(rest) - 1) // 2]
        if names and [t.type for t in rest] == ["LPAR", *["NAME", "COMMA"] * (len(names) - 1), "NAME", "RPAR"]:
            yield _Head(str(name.value), tuple(names), body)


def applications(tokens: Sequence[Token], text: str) -> list[tuple[str, str]]:
    """The names with brackets behind them, or a prime, each with what stands between these."""
    found = []
    for k, token in enumerate(tokens[:-1]):
        if token.type != "NAME" or not isinstance(token.value, Symbol):
            continue
        at = k + 1
        while at < len(tokens) and tokens[at].type == "TRANSPOSE" and text[tokens[at].start] == "'":
            at += 1
        if at == len(tokens) or tokens[at].type != "LPAR":
            continue
        depth, last = 0, at
        while last < len(tokens):
            depth += (tokens[last].type == "LPAR") - (tokens[last].type == "RPAR")
            last += 1
            if not depth:
                break
        inside = "".join(text[tokens[at].start : tokens[last - 1].end].split())
        found.append((str(token.value), f"{at - k}{inside}"))
    return found


def built(text: str, heads: Sequence[_Head], known: Mapping[str, str]) -> Functions:
    """The functions that definitions make, those above in those below."""
    entrywise: dict[str, UserFunction] = {}
    written: dict[str, list[Written]] = {}
    first: dict[str, set[str]] = {}
    for head in heads:
        values = {name for name in head.parameters if name.rpartition("_")[0] in first.get(head.name, ())}
        if values:
            continue  # f(x^*) = …, a value of what f(x) = … defines
        first.setdefault(head.name, set(head.parameters))
        with suppress(MatdiffError):
            body = parse_again(text, head, {**known, **dict.fromkeys((*entrywise, *written), "function")})
            if any(n.kind in ("name", "call") and n.value == head.name for n in postorder(body)):
                continue
            names = {n.value for n in postorder(body) if n.kind == "name"}
            turned = any(n.is_transpose and n.children[0].value in head.parameters for n in postorder(body))
            single = names == set(head.parameters) and len(names) == 1 and not turned
            if head.name not in (*entrywise, *written) and single:
                with suppress(MatdiffError):
                    entrywise[head.name] = entry_by_entry(text, head, body, entrywise)
            if head.name not in entrywise:
                written.setdefault(head.name, []).append(Written(head.parameters, body))
    return Functions(entrywise, written)


def entry_by_entry(text: str, head: _Head, body: Node, known: Mapping[str, UserFunction]) -> UserFunction:
    """A function of one number; raises a `MatdiffError` where it is none."""
    names = [Node("name", name, (), body.start, body.end) for name in (head.name, *head.parameters)]
    reader = Elaborator([Program(text, [FunctionDefinition(names[0], names[1], body)])])
    reader.user_functions.update(known)
    reader.model()
    return reader.user_functions[head.name]


def parse_again(text: str, head: _Head, known: Mapping[str, str]) -> Node:
    """The body of a definition, read with the functions above it."""
    within = {name: kind for name, kind in known.items() if name not in head.parameters}
    if len(head.parameters) == 1:
        within |= dict.fromkeys(head.parameters, "scalar")  # e^t is no transpose
    return parse(Lexer(text, within, head.body[0].start, head.body[-1].end).run(), text, within)
