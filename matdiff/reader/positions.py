"""Positions as they are written: the ends of ranges, and what a binder binds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matdiff.errors import DeclarationError, ParseError, Place
from matdiff.indices import Affine, combined, index, integer
from matdiff.reader.context import Context
from matdiff.reader.syntax import Node

COMPARED = ("<", "<=", ">", ">=", "==")

_WORD = re.compile(r"\s*(?:([^\W\d]\w*)|(\d+)|([+\-*]))")


def range_end(reader: Context, text: str, place: Place) -> Affine:
    """An end of a range: an integer, or products of sizes and integers, added up."""
    total, term, sign = Affine(), integer(1), 1
    refused = ParseError(f"the ends of a range are integers, sizes, or their sums, not {text.strip()}", place)
    text = text.strip()
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    at, wanting = 0, True
    for found in _WORD.finditer(text):
        if found.start() != at:
            raise refused
        at = found.end()
        name, digits, mark = found.groups()
        if mark in ("+", "-") and (not wanting or not found.start()):
            total, term, sign = (total if wanting else combined([(1, total), (sign, term)])), integer(1), 1
            sign, wanting = 1 if mark == "+" else -1, True
        elif mark == "*" and not wanting:
            wanting = True
        elif wanting and digits:
            term, wanting = term.times(integer(int(digits))), False
        elif wanting and name:
            reader.names.add_dim(name, place)
            if reader.names.scope[name].op != "dim":
                raise DeclarationError(f"{name} is no size: the ends of a range are integers and sizes", place)
            term, wanting = term.times(index(name)), False
        else:
            raise refused
    if at != len(text) or wanting:
        raise refused
    return combined([(1, total), (sign, term)])


def bound_names(node: Node) -> list[Node]:
    """The nodes that name what a binder binds."""
    found: list[Node] = []
    for place in node.value[1]:
        if place.kind in ("such_that", "slice"):
            return [*found, place.children[0]]
        if place.kind == "binary" and place.value in COMPARED:  # sum[i<j] binds both
            found += [
                child
                for child in place.children
                if child.kind == "name" and child.value not in {f.value for f in found}
            ]
        elif place.kind == "condition":
            continue
        else:
            found.append(place)
    return found


def conditions_of(node: Node) -> Iterator[Node]:
    after = False
    for place in node.value[1]:
        if place.kind in ("such_that", "slice"):
            after = True
            yield place.children[1]
        elif place.kind == "condition" or (place.kind == "binary" and place.value in COMPARED) or after:
            yield place
