"""Names that count layers or steps, ``W^{(l)}`` beside ``W^{(l+1)}``: what is said of l is said of l + 1 too."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.latex.documents import Chain, Member
from matdiff.reader.syntax import Node, postorder

STEP = re.compile(r"(?P<letter>[a-z])(?:(?P<sign>[+-])(?P<by>\d))?")
"""A label that counts: ``l``, ``l+1``."""
_NAME = re.compile(r"(?P<base>.+)_(?P<letter>[a-z])(?:(?P<sign>[pm])(?P<by>\d))?")


def counts(name: str, letters: Collection[str]) -> bool:
    """Whether a name is the one of l itself, ``W_l``."""
    found = _NAME.fullmatch(name)
    return found is not None and found["letter"] in letters and not found["by"]


def next_name(name: str, letters: Collection[str]) -> str:
    """The same name one step later: ``W_lp1`` of ``W_l``; other names stay as they are."""
    found = _NAME.fullmatch(name)
    if found is None or found["letter"] not in letters:
        return name
    by = 1 + int(found["by"] or 0) * (-1 if found["sign"] == "m" else 1)
    return f"{found['base']}_{found['letter']}" + (f"{'p' if by > 0 else 'm'}{abs(by)}" if by else "")


def next_node(root: Node, letters: Collection[str]) -> Node:
    """An expression one step later."""
    made: dict[int, Node] = {}
    for node in postorder(root):
        value = node.value
        if node.kind == "name":
            value = next_name(str(value), letters)
        elif node.kind == "derivative":
            value = next_claim(value, letters)
        made[id(node)] = Node(node.kind, value, tuple(made[id(c)] for c in node.children), node.start, node.end)
    return made[id(root)]


def next_claim(claim: Claim, letters: Collection[str]) -> Claim:
    wrt = tuple(next_node(node, letters) for node in claim.wrt)
    return replace(claim, wrt=wrt, of=next_node(claim.of, letters) if claim.of is not None else None)


def next_member(member: Member, letters: Collection[str]) -> Member:
    """A side one step later."""
    return replace(
        member,
        node=next_node(member.node, letters) if member.node is not None else None,
        claim=next_claim(member.claim, letters) if member.claim is not None else None,
        whole=None,
        error=None,
    )


def next_definition(chain: Chain, letters: Collection[str]) -> Chain | None:
    """What a chain that begins with a name of l defines one step later."""
    head = chain.members[0].node if chain.members and not chain.continues else None
    if head is None or head.kind != "name" or chain.signs[:1] != ["="] or not counts(str(head.value), letters):
        return None
    return Chain([next_member(member, letters) for member in chain.members[:2]], chain.signs[:1])
