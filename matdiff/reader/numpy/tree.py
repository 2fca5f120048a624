"""NumPy text to Python's own tree, each node with its place in the text.

The notation is Python with three liberties, for code that stands in a string: a whole source may be indented, its first
line may stand elsewhere than the rest, and a declaration may begin with several names.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from matdiff.errors import ParseError, Place
from matdiff.reader.math import MAX_LENGTH
from matdiff.reader.numpy.arrays import Span
from matdiff.reader.numpy.depth import Cut, Cutter
from matdiff.reader.numpy.mistakes import Refused, mistake
from matdiff.reader.numpy.tokens import MAX_TOKENS, NAME, Token, TooLong, plain, scanned


def span(node: ast.AST) -> Span:
    """Where a node stands in the source."""
    at: Span = vars(node)["at"]
    return at


def group(node: ast.AST) -> Span | None:
    """Where the brackets around an expression stand, if it has some of its own."""
    return vars(node).get("group")


def written(node: ast.AST) -> str:
    """A number as the source has it."""
    return str(vars(node)["written"])


def parse(source: str) -> ast.Module:
    """The tree of a source; raises a `MatdiffError` with the place."""
    if len(source) > MAX_LENGTH:
        raise ParseError(f"the source is {len(source):,} characters long; at most {MAX_LENGTH:,} are read")
    text = plain(source.rstrip())
    try:
        tokens = scanned(text)
    except TooLong as error:
        message = f"the source is too long: at most {MAX_TOKENS:,} names, numbers and signs are read"
        raise ParseError(message, Place(source, *error.args[0])) from None
    if any(one.kind == "other" or runs_on(one, other) for one, other in pairwise([*tokens, *tokens[-1:]])):
        raise mistake(source, tokens, Refused("invalid syntax", 0))
    for tried in dict.fromkeys((text, declared(text))):
        try:
            return module(source, Cut(tried, [(0, 0)]), tokens, {})
        except Refused as error:
            refused = error
    if refused.nested:
        try:
            return from_parts(source, declared(text), tokens)
        except Refused as error:
            refused = error
    raise mistake(source, tokens, refused)


def from_parts(source: str, text: str, tokens: Sequence[Token]) -> ast.Module:
    """The tree of a text that is nested too deep for Python's parser, which reads its deep parts by themselves."""
    cutter = Cutter(text)
    whole = cutter.whole(tokens)
    parts: dict[str, ast.AST] = {}
    for number, part in enumerate(cutter.cuts):
        shown = Shown(source, Cut(f"({part.text})", [(t + 1, s) for t, s in part.segments]))
        parts[f"{cutter.stem}{number}"] = placed(shown, shown.parsed("eval").body, parts)
    return module(source, whole, tokens, parts)


def runs_on(one: Token, other: Token) -> bool:
    """Whether a number runs into a name: Python reads some of these, and warns."""
    return one.kind == "number" and other.kind == "name" and one.end == other.start


_NAMES = re.compile(rf"(?m)(?:^|;)[ \t]*({NAME}(?:[ \t]*,[ \t]*{NAME})+)(?=[ \t]*:(?!=))")


def declared(text: str) -> str:
    """The text, of the same length, with ``m, n: dim`` as a declaration of one name."""
    return _NAMES.sub(lambda m: m[0][: m.start(1) - m.start()] + re.sub(r"\W", "_", m[1]), text)


def margin(source: str, tokens: Sequence[Token]) -> str:
    """What stands before each line: as before the second, where that is no body of the first."""
    end = next((n for n, token in enumerate(tokens) if token.kind == "line"), len(tokens))
    if end + 1 < len(tokens) and tokens[end - 1].text != ":":
        before = source[tokens[end].start : tokens[end + 1].start]
    else:
        before = source[: tokens[0].start] if tokens else ""
    return re.sub(r"[^ \t]", " ", before[before.rfind("\n") + 1 :])


def module(source: str, cut: Cut, tokens: Sequence[Token], parts: Mapping[str, ast.AST]) -> ast.Module:
    """The tree of a whole text; one with a margin is read as a block."""
    first = tokens[0].start if tokens else 0
    blank = margin(source, tokens)
    head = f"if 1:\n{blank}" if blank else ""
    lead = len(head) - first
    shown = Shown(source, Cut(head + cut.text[first:], [(t + lead, s) for t, s in cut.segments]))
    tree = shown.parsed("exec")
    if blank:
        block, *behind = tree.body
        if behind:
            raise Refused("unindent", shown.offset(behind[0].lineno, 0), margin=True)
        tree.body = block.body
    found: ast.Module = placed(shown, tree, parts)
    return found


class Shown:
    """A text as Python's parser has it, and the source that it is taken of."""

    def __init__(self, source: str, cut: Cut) -> None:
        self.source = source
        self.text = cut.text
        self.begins = [t for t, _ in cut.segments]
        self.stands = [s for _, s in cut.segments]
        self.rows = cut.text.split("\n")
        self.lines = [0, *accumulate(len(row) + 1 for row in self.rows)]
        self.wide: dict[int, list[int]] = {}
        """Of lines that are not ASCII, before which character each byte stands."""

    def parsed(self, mode: str) -> Any:
        try:
            return ast.parse(self.text, mode=mode)
        except SyntaxError as error:
            start = self.lines[min(error.lineno or 1, len(self.rows)) - 1]
            at = self.at(start + max((error.offset or 1) - 1, 0))
            raise Refused(error.msg, min(at, len(self.source)), margin=isinstance(error, IndentationError)) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise Refused(str(error), 0, nested=not isinstance(error, ValueError)) from None

    def at(self, place: int) -> int:
        """Where in the source a character of the text stands."""
        number = max(bisect_right(self.begins, place) - 1, 0)
        return max(self.stands[number] + place - self.begins[number], 0)

    def offset(self, line: int, column: int) -> int:
        """Where in the source something stands whose column is counted in bytes."""
        row = self.rows[line - 1]
        if not row.isascii():
            if line not in self.wide:
                self.wide[line] = [k for k, c in enumerate(row) for _ in c.encode()] + [len(row)]
            column = self.wide[line][column]
        return self.at(self.lines[line - 1] + column)


def placed(shown: Shown, root: Any, parts: Mapping[str, ast.AST]) -> Any:
    """The tree with its places, its names as they are written, and the parts that were cut out of the text."""
    source, exotic = shown.source, not shown.source.isascii()
    everything = (shown.stands[0], min(shown.at(len(shown.text)), len(source)))
    holder = ast.Expr(root)
    stack: list[tuple[ast.AST, Span]] = [(holder, everything)]
    while stack:
        above, around = stack.pop()
        for field, value in ast.iter_fields(above):
            for number, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or not node._fields:
                    continue
                made: Any = node
                if not hasattr(node, "lineno"):
                    stack.append((node, around))
                    continue
                at = shown.offset(made.lineno, made.col_offset), shown.offset(made.end_lineno, made.end_col_offset)
                brackets = bracketed(source, at, above, around) if isinstance(node, ast.expr) else None
                if isinstance(node, ast.Name) and node.id in parts:
                    node = parts[node.id]
                    if isinstance(value, list):
                        value[number] = node
                    else:
                        setattr(above, field, node)
                else:
                    vars(node)["at"] = at
                    if isinstance(node, ast.Constant):
                        vars(node)["written"] = source[slice(*at)]
                    if exotic:
                        as_written(node, source[slice(*at)])
                    stack.append((node, at))
                if brackets:
                    vars(node)["group"] = brackets
    return holder.value


def bracketed(source: str, at: Span, above: ast.AST, around: Span) -> Span | None:
    """The outermost brackets around an expression; those of a call are none."""
    found = None
    low, high = around[0], around[1] - isinstance(above, ast.Call)
    start, end = at
    while True:
        start, end = start - 1, end
        while start >= low and source[start] in " \t\n\r\\":
            start -= 1
        while end < high and source[end] in " \t\n\r\\":
            end += 1
        if start < low or end >= high or source[start] != "(" or source[end] != ")":
            return found
        found = start, end = start, end + 1


def as_written(node: ast.AST, text: str) -> None:
    """Names as the source has them: Python's parser takes letters of other styles for plain ones."""
    match node:
        case ast.Name():
            node.id = text
        case ast.Attribute():
            node.attr = re.split(r"[.\s\\]", text)[-1]
        case ast.arg() | ast.keyword() if node.arg:
            node.arg = re.split(r"[:=\s]", text, maxsplit=1)[0]
        case ast.FunctionDef():
            node.name = re.split(r"[\s(]+", text, maxsplit=2)[1]
