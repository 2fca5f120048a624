"""The words for NumPy code that Python's parser refuses: its signs and words in a row, up to the first that cannot
stand where it does."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass

from matdiff.errors import MatdiffError, ParseError, Place, UnsupportedError
from matdiff.reader.math import number_value
from matdiff.reader.numpy.tokens import CLOSING, Token
from matdiff.reader.spelling import variant


class Refused(Exception):
    """A text that Python's parser refuses: its words, where in the source, and what is wrong with it."""

    def __init__(self, message: str, at: int, *, margin: bool = False, nested: bool = False) -> None:
        super().__init__(message)
        self.message, self.at = message, at
        self.margin = margin
        """Whether the indentation is."""
        self.nested = nested or "too many nested parentheses" in message
        """Whether its depth is."""


_CHARACTERS = {
    "'": "a string is not closed here; the transpose of X is X.T",
    '"': "a string is not closed here",
    "\\": "a backslash stands only at the end of a line",
    "$": "this is LaTeX; read it with notation='latex'",
    "!": "write != to compare",
    "?": "this sign is not Python",
    "−": "write the minus sign of the keyboard, -",
    "×": "write * (entry by entry) or @ (the matrix product)",
    "·": "write * (entry by entry) or @ (the matrix product)",
    "⊙": "write *",
    "ᵀ": "the transpose of X is X.T",
    "≥": "write >=",
    "≤": "write <=",
}

WORDS = {
    "for": "loops are not read: write one pass of the loop without it, and sums with np.sum",
    "while": "loops are not read: write one pass of the loop without it",
    "if": "conditions are not read: write np.where(mask, x, y), or only the branch that is meant",
    "and": "masks are joined by &, as in (h > 0) & (h < 1)",
    "or": "masks are joined by |, as in (h < 0) | (h > 1)",
    "not": "write ~(h > 0)",
    "class": "classes are not read: write def f(x, w): … return …, with a name for each array",
    "del": "names need not be deleted",
    ":=": "write the assignment on a line of its own",
    "^": "a power is written x**2 (and the transpose X.T)",
    "<<": "comparisons are < <= > >= == !=, and shifts are not read",
    ">>": "comparisons are < <= > >= == !=, and shifts are not read",
}
WORDS |= dict.fromkeys(("elif", "else", "in", "is"), "conditions are not read: write np.where(mask, x, y)")
WORDS |= dict.fromkeys(("break", "continue"), "loops are not read: write one pass of the loop without it")
"""What Python has and this notation has not."""

ENDS = "something is missing here: the line ends too early"
_READ = "only assignments, def … return …, imports and expressions are read"
_BEGINS = frozenset({"def", "import", "from", "return", "assert", "pass", "with"})
_RESERVED = frozenset(keyword.kwlist) - _BEGINS - {"None", "True", "False", "lambda", "as"}

NUMBER = re.compile(
    r"0[xX](?:_?[\da-fA-F]){1,16}|0[bB](?:_?[01]){1,64}|0[oO](?:_?[0-7]){1,21}"
    r"|(?:0+(?:_?0)*|[1-9](?:_?\d)*)|(?:\d(?:_?\d)*)?\.(?:\d(?:_?\d)*)?(?:[eE][+-]?\d+)?|\d(?:_?\d)*[eE][+-]?\d+"
)
"""What Python takes for a number."""


def not_read(word: str, place: Place) -> UnsupportedError:
    """A word or a sign of Python that the notation has not."""
    told = WORDS.get(word, f"this is not read; {_READ}")
    return UnsupportedError(f"{word}: {told}" if word.isalpha() else f"{word} is not read: {told}", place)


def strange(source: str, at: int) -> ParseError:
    """A character that no word has."""
    told = _CHARACTERS.get(source[at], "it is no part of the notation")
    return ParseError(f"cannot read {source[at]!r} here: {told}", Place(source, at, at + 1))


def mistake(source: str, tokens: Sequence[Token], refused: Refused) -> MatdiffError:
    """What is wrong with a text that is no Python: the first thing that the row of its words tells."""
    found = Row(source, tokens).mistake()
    if refused.margin and (found is None or found.places[0].start >= refused.at):
        return of_margin(source, refused)
    if found is not None:
        return found
    if refused.nested:
        return UnsupportedError(
            "this is nested too deep: give parts of it names", Place(source, refused.at, refused.at + 1)
        )
    at = next((token for token in tokens if token.start <= refused.at < token.end), None)
    message = f"this is not Python: {refused.message}"
    if "cannot assign to" in refused.message or "illegal" in refused.message:
        message = "the left side of = must be a name (write == to compare)"
    elif refused.message == "invalid syntax":
        message = f"{at.text[:40]!r} cannot stand here" if at is not None and at.kind != "line" else ENDS
    return ParseError(message, Place(source, refused.at, at.end if at else refused.at + 1))


def of_margin(source: str, refused: Refused) -> ParseError:
    """Lines that are indented as no others are."""
    start = source.rfind("\n", 0, refused.at) + 1
    start += len(source[start:]) - len(source[start:].lstrip(" \t"))
    told = {
        "unexpected": "this line is indented, but no def stands above it",
        "unindent": "this line is indented unlike all lines above it",
        "expected": "the body of this def is missing",
    }
    words = told.get(refused.message.split()[0], refused.message)
    return ParseError(words, Place(source, start, start + 1))


@dataclass(slots=True)
class Bracket:
    token: Token
    argument: Token | None = None
    """The first word of the argument that is read."""
    is_named: bool = False
    """Whether it has a name."""
    named: bool = False
    """Whether one before it has."""


class Row:
    """The words and signs of a text, one after another."""

    def __init__(self, source: str, tokens: Sequence[Token]) -> None:
        self.source, self.tokens = source, tokens
        self.brackets: list[Bracket] = []
        self.wanted = True
        """Whether an operand comes next."""
        self.before: Token | None = None
        self.head: list[int] = []
        """For each ``def`` and ``lambda`` whose colon is to come, how many brackets are open there."""

    def place(self, token: Token) -> Place:
        return Place(self.source, token.start, token.end)

    def mistake(self) -> MatdiffError | None:
        for number, token in enumerate(self.tokens):
            behind = self.tokens[number + 1] if number + 1 < len(self.tokens) else None
            found = getattr(self, f"at_{token.kind}")(token, behind)
            if found is not None:
                return self.unclosed(token) or found
            if token.kind != "line":
                self.before = token
        end = len(self.source.rstrip())
        return self.at_line(Token("line", "", end, end), None)

    def unclosed(self, token: Token) -> MatdiffError | None:
        """The bracket that a line above leaves open, where it is that which is wrong."""
        if not self.brackets or token.kind in ("close", "other"):
            return None
        opened = self.brackets[-1].token
        if "\n" not in self.source[opened.start : token.start]:
            return None
        return ParseError(f"the bracket {opened.text} is not closed", self.place(opened), self.place(token))

    def error(self, message: str, token: Token) -> ParseError:
        return ParseError(message, Place(self.source, token.start, max(token.end, token.start + 1)))

    @property
    def begins(self) -> bool:
        """Whether a statement begins here."""
        return not self.brackets and (self.before is None or self.before.text in (";", ":"))

    def colon(self, token: Token) -> MatdiffError | None:
        """A head that goes on where its colon should stand."""
        if self.head and self.head[-1] == len(self.brackets) and not self.wanted:
            return self.error("a colon is missing here", token)
        return None

    def operand(self, token: Token) -> MatdiffError | None:
        if not self.wanted:
            shown = token.text[:40]
            words = f"something is missing before {shown}: there is no implicit multiplication, write * or @"
            return self.colon(token) or self.error(words, token)
        if self.brackets and self.brackets[-1].argument is None:
            self.brackets[-1].argument = token
        self.wanted = False
        return None

    def at_number(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if not NUMBER.fullmatch(token.text):
            return self.error(f"{token.text[:20]} is no number in Python", token)
        try:
            if token.text[1:2].lower() not in ("x", "b", "o"):
                number_value(token.text.replace("_", ""), self.place(token))
        except ParseError as error:
            return error
        if behind is not None and behind.text in ("j", "J") and behind.start == token.end:
            return UnsupportedError("complex numbers are not read", self.place(behind))
        return self.operand(token)

    def at_string(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if self.before is not None and self.before.kind == "string":
            return None
        if not self.wanted:
            return self.error("a string cannot stand here; the transpose of X is X.T", token)
        return self.operand(token)

    def at_name(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if token.text in _RESERVED:
            return not_read(token.text, self.place(token))
        if token.text == "lambda" and self.wanted:
            self.head.append(len(self.brackets))
            return None
        if self.begins and token.text in _BEGINS:
            self.head += [0] if token.text == "def" else []
            return None
        if token.text == "as" or (token.text == "import" and self.before is not None and not self.wanted):
            self.wanted = True
            return None
        if token.text in _BEGINS:
            words = f"{token.text} is a word of Python and cannot be a name"
            return self.colon(token) or self.error(words, token)
        if plain := variant(token.text):
            return self.error(f"{token.text} looks like {plain}: write {plain.replace('^', '**')}", token)
        return self.operand(token)

    def at_open(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if self.wanted or token.text == "{":
            found = self.operand(token)
            if found is not None:
                return found
        self.brackets.append(Bracket(token))
        self.wanted = True
        return None

    def at_close(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if not self.brackets:
            missing = self.wanted and self.before is not None
            words = (
                f"something is missing before this {token.text}" if missing else f"this {token.text} was never opened"
            )
            return self.error(words, token)
        opened = self.brackets[-1].token
        if CLOSING[token.text] != opened.text and not self.wanted:
            words = f"the bracket {opened.text} is closed by {token.text}"
            return ParseError(words, self.place(token), self.place(opened))
        lacking = self.wanted and self.before is not None and self.before != opened
        if lacking and self.before is not None and self.before.text not in (",", ":", "*", "/"):
            return self.error(f"something is missing before this {token.text}", token)
        found = self.colon(token) or self.argument()
        self.brackets.pop()
        self.wanted = False
        return found

    def argument(self) -> MatdiffError | None:
        """The end of an argument."""
        bracket = self.brackets[-1]
        first, bracket.argument = bracket.argument, None
        if bracket.named and first is not None and not bracket.is_named:
            return self.error("an argument without a name stands after one with a name", first)
        bracket.named, bracket.is_named = bracket.named or bracket.is_named, False
        return None

    def at_other(self, token: Token, behind: Token | None) -> MatdiffError | None:
        return strange(self.source, token.start)

    def at_line(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if self.brackets:
            opened = self.brackets[-1].token
            words = f"the bracket {opened.text} is not closed"
            return ParseError(words, self.place(opened), Place(self.source, token.start, token.start + 1))
        found = self.colon(token)
        if found is not None:
            return found
        before = self.before
        if (
            self.wanted
            and before is not None
            and before.kind != "line"
            and before.text not in (":", ";", ",", "pass", "return", "*")
        ):
            return self.error(ENDS, token)
        self.wanted, self.before = True, None
        self.head.clear()
        return None

    def at_sign(self, token: Token, behind: Token | None) -> MatdiffError | None:
        text, before = token.text, self.before
        if text == ":=":
            return not_read(text, self.place(token))
        if text == "...":
            return self.operand(token)
        if text == "->" or (self.wanted and text in ("-", "+", "~")):
            self.wanted = True
            return None
        if text == ".":
            return self.dot(token, behind)
        if self.wanted and text in ("*", "**", "@", "/") and self.starred(token):
            return None
        if text == ";" and self.begins:
            return self.error("cannot read ';' here: a statement is missing before this semicolon", token)
        if self.wanted and not self.may_lack(text):
            if text == "=" and before is not None and before.text == "def":
                return self.error("an assignment cannot stand here (write == to compare)", token)
            return self.lacking(token)
        if text == "=" and (found := self.assignment(token)):
            return found
        if text == "," and self.brackets:
            found = self.argument()
            if found is not None:
                return found
        if text == ":" and self.head and self.head[-1] == len(self.brackets):
            self.head.pop()
        self.wanted = True
        return None

    def dot(self, token: Token, behind: Token | None) -> MatdiffError | None:
        if self.wanted and not (self.before is not None and self.before.text in ("from", ".")):
            words = "a dot stands before an attribute, as in X.T, or in a number; element-wise signs are * / **"
            return self.error(f"cannot read '.' here: {words}", token)
        if behind is None or behind.kind != "name":
            if behind is not None and behind.kind == "sign":
                return self.lacking(behind)
            return None
        self.wanted = True
        return None

    def starred(self, token: Token) -> bool:
        """Whether a star begins what stands here: of arguments and parameters, or a decorator."""
        before = self.before
        if self.begins:
            return token.text == "@"
        return before is not None and before.text in ("(", ",", "[", "lambda", "import")

    def may_lack(self, text: str) -> bool:
        """Whether what stands before a sign may be missing: in slices, and after a last comma."""
        before = self.before
        if text == ":":
            inside = self.brackets and self.brackets[-1].token.text == "["
            after_lambda = before is not None and before.text in ("lambda", ",", "*")
            return bool(inside) or after_lambda
        if text == ",":
            inside = self.brackets and self.brackets[-1].token.text == "["
            return bool(before is not None and ((inside and before.text == ":") or before.text in ("*", "/")))
        if text in ("=", ";"):
            return before is not None and before.text in (",", "pass", "return")
        return False

    def lacking(self, token: Token) -> MatdiffError:
        if token.text == "|":
            return self.error("an operand is missing before '|': the absolute value of x is np.abs(x)", token)
        return self.error(f"an operand is missing before {token.text!r}", token)

    def assignment(self, token: Token) -> MatdiffError | None:
        """``=`` inside of brackets, where it gives an argument or a parameter."""
        if not self.brackets or self.head:
            return None
        bracket = self.brackets[-1]
        if bracket.token.text == "(" and bracket.argument is not None and bracket.argument == self.before:
            bracket.is_named = True
            return None
        return self.error("an assignment cannot stand here (write == to compare)", token)
