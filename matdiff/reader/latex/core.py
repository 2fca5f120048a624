r"""The frame of the LaTeX lexer: open groups, arguments, scripts, bars, rows.

Nothing here recurses: what is open stands on a stack.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

from matdiff.errors import MatdiffError, ParseError, Place, UnsupportedError
from matdiff.reader.latex.names import LETTERS
from matdiff.reader.latex.scan import Marks
from matdiff.reader.latex.words import CHARACTERS, LARGER, SPACES, TOKENS, TRANSPOSES


@dataclass(slots=True)
class Token:
    """A word of the grammar, with its place."""

    type: str
    value: Any
    start: int
    end: int
    aligned: bool = False
    """Whether it stands right behind an ``&``."""


@dataclass(frozen=True, slots=True)
class Subscript:
    """A plain subscript: its parts, the mark ``_`` and the mark that follows."""

    text: str
    parts: tuple[str, ...]
    at: int
    after: int


@dataclass(slots=True)
class Frame:
    """An open group, or a command that waits for arguments: ``kind`` is group, argument, single or macro."""

    kind: str
    owner: str = ""
    missing: int = 0
    at: int = 0


def types(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENDS = types("NAME NUMBER RPAR RSQB RCURLY RBRACE RNORM RBAR RANGLE TRANSPOSE INVERSE INDEX CONSTANT SPACE BAD")
"""Tokens after which an operand is complete."""

_TAKES_POWER = types("CALL APPLY DERIV PARTIAL SPACE")
_GOES_ON = types("TIMES COMPARE EQUAL RELATION RPAR RSQB RCURLY RANGLE OVER")
_IN_NAMES = LETTERS | types("_ max min log exp sup inf opt")
"""Commands that may stand in the subscript of a name."""
_NORMS = {"2": "norm2", "F": "norm2", "Fro": "norm2", "fro": "norm2", "Frob": "norm2", "1": "norm1"}
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}


class Core:
    """What reads groups, scripts, bars and rows; the words are read by `matdiff.reader.latex.lexer.Lexer`."""

    def __init__(
        self,
        source: str,
        known: MutableMapping[str, str],
        start: int = 0,
        end: int | None = None,
        *,
        lines: bool = False,
        tolerant: bool = False,
        display: bool = False,
    ) -> None:
        self.source = source
        self.known = known
        """Names with their kinds; where ``lines`` is set, what the source defines is added."""
        self.lines = lines
        """Whether the end of a line ends a statement, as in a model; else it is a space, as in a document."""
        self.tolerant = tolerant
        """Whether a mistake becomes a ``BAD`` token that holds the kind and the words of its error."""
        self.mistakes = 0
        self.marks = Marks(source, start, len(source) if end is None else end)
        self.out: list[Token] = []
        self.frames: list[Frame] = []
        self.open: list[str] = []
        """Open brackets and bars, the innermost last."""
        self.skip: dict[int, int] = {}
        """Marks that were read ahead of their turn, each with the mark to go on at."""
        self.indices: set[str] = set()
        """What the sums of the present statement run over."""
        self.begun: list[tuple[str, int]] = []
        """The environments that are open, each with its mark."""
        self.environments = int(display)
        """Environments and displays that are open: the end of a line is a space in them."""
        self.columns = 0
        self.aligned = False
        self.related = False
        """Whether the present statement has its sign of equality."""
        self.row = 0
        """The first token of the present statement."""

    def run(self) -> list[Token]:
        k = 0
        while k < self.marks.size:
            if k in self.skip:
                k = self.skip.pop(k)
            elif self.frames and self.frames[-1].kind == "macro":
                k = self.argument(k)
            else:
                k = self.step(k)
                while self.frames and self.frames[-1].kind == "single":
                    end = self.out[-1].end
                    self.out.append(Token("RBRACE", "}", end, end))
                    self.frames.pop()
                    self.argument_done()
        for frame in self.frames:
            if frame.kind == "macro":
                self.wrong(f"something is missing after {frame.owner}", frame.at, frame.at)
        return self.out

    def step(self, k: int) -> int:
        """Read from one mark; gives the mark to go on at."""
        raise NotImplementedError

    # tokens and errors

    def emit(self, type: str, value: Any, first: int, last: int) -> None:
        """A token over the marks from first to last."""
        self.out.append(Token(type, value, self.marks[first].start, self.marks[last].end, self.aligned))
        self.aligned = False

    def wrong(self, message: str, first: int, last: int, kind: type[MatdiffError] = ParseError) -> None:
        last = max(first, min(last, self.marks.size - 1))
        start, end = self.marks[first].start, self.marks[last].end
        if not self.tolerant:
            raise kind(message, Place(self.source, start, end))
        self.mistakes += 1
        self.out.append(Token("BAD", (kind, message), start, end))

    def close_to(self, word: str, names: Iterable[str]) -> str:
        """The name that a misspelt word may stand for; nothing after many mistakes."""
        if self.mistakes > 50:
            return ""
        return next(iter(difflib.get_close_matches(word[:40], list(names), 1, 0.75)), "")

    def previous(self) -> Token | None:
        """The last token of the present statement."""
        return self.out[-1] if len(self.out) > self.row else None

    def after_operand(self) -> bool:
        previous = self.previous()
        return previous is not None and previous.type in ENDS

    def at_top(self, k: int) -> bool:
        """Whether a mark stands outside of all brackets."""
        return self.marks.depth[k] == 0 and not self.frames

    def single(self) -> bool:
        """Whether just one mark is wanted, the argument of a command that is not in braces."""
        return bool(self.frames) and self.frames[-1].kind == "single"

    # looking ahead

    def blank(self, k: int) -> int:
        """The next mark that is neither a space nor a command for one."""
        while k < self.marks.size and self.is_blank(k):
            k += 1
        return k

    def is_blank(self, k: int) -> bool:
        mark = self.marks[k]
        return mark.kind in ("space", "newline") or mark.text == "~" or (mark.kind == "command" and mark.text in SPACES)

    def opener(self, k: int) -> int | None:
        """The bracket that comes next, in whatever size."""
        k = self.blank(k)
        if k < self.marks.size and self.marks[k].kind == "command" and self.marks[k].text in LARGER:
            k = self.blank(k + 1)
        return k if k < self.marks.size and self.marks.bracket(k) in ("(", "[", "{") else None

    def token_at(self, k: int) -> tuple[str, str] | None:
        """What a mark is, where one token says it."""
        if k >= self.marks.size:
            return None
        mark = self.marks[k]
        return (TOKENS if mark.kind == "command" else CHARACTERS).get(mark.text)

    def relation_follows(self, k: int) -> bool:
        k = self.blank(k)
        while self.marks.text(k) == "&":
            k = self.blank(k + 1)
        token = self.token_at(k)
        return self.marks.text(k) in ("=", ":") or (token is not None and token[0] == "EQUAL")

    # arguments of commands

    def wait(self, owner: str, missing: int, k: int) -> None:
        """A command waits for its arguments, each of which will stand in braces."""
        self.frames.append(Frame("macro", owner, missing, k))

    def argument(self, k: int) -> int:
        """Begin the next argument of the command on top: a group, or the next mark alone."""
        frame = self.frames[-1]
        k = self.blank(k)
        text = self.marks.text(k)
        if text == "[" and frame.owner == r"\sqrt" and k in self.marks.closing and self.out[-1].type == "SQRT":
            self.emit("LSQB", "[", k, k)
            self.frames.append(Frame("root"))
            return k + 1
        if text == "{" and k in self.marks.closing:
            self.emit("LBRACE", "{", k, k)
            self.frames.append(Frame("argument", frame.owner))
            self.open.append("{")
            return k + 1
        if text in ("", "}", "&", r"\\", "^", "_", "$", ")", "]", "="):
            self.frames.pop()
            self.wrong(f"something is missing after {frame.owner}", frame.at, frame.at)
            return k
        self.out.append(Token("LBRACE", "{", self.marks[k].start, self.marks[k].start))
        self.frames.append(Frame("single", frame.owner))
        return k

    def argument_done(self) -> None:
        frame = self.frames[-1]
        frame.missing -= 1
        if frame.missing == 0:
            self.frames.pop()

    # brackets

    def left_brace(self, k: int, owner: str = "") -> int:
        if k not in self.marks.closing:
            self.wrong("this { is not closed", k, k)
            return k + 1
        if self.marks.text(self.blank(k + 1)) == "}" and not owner:
            return self.blank(k + 1) + 1
        self.emit("LBRACE", "{", k, k)
        self.frames.append(Frame("group", owner))
        self.open.append("{")
        return k + 1

    def right_brace(self, k: int) -> int:
        if not self.frames or self.frames[-1].kind not in ("group", "argument"):
            self.wrong("this } was never opened", k, k)
            return k + 1
        frame = self.frames.pop()
        self.close("{")
        self.emit("RBRACE", "}", k, k)
        if frame.kind == "argument":
            self.argument_done()
        elif frame.owner:
            return self.right_bar(frame.owner, k, k)
        return k + 1

    def bracket(self, type: str, text: str, k: int) -> int:
        """A bracket that is printed."""
        if text in _PAIRS:
            self.close(_PAIRS[text])
        else:
            self.open.append(text)
        if text == "]" and self.frames and self.frames[-1].kind == "root":
            self.frames.pop()
        self.emit(type, text, k, k)
        if text == ">":
            found = self.subscript(k + 1)  # \langle A, B \rangle_F
            return self.use(found, k + 1) if found and found.text in _NORMS else k + 1
        return self.index(k + 1) if text in _PAIRS else k + 1

    def close(self, opener: str) -> None:
        """Forget what is open down to a bracket."""
        if opener in self.open:
            while self.open.pop() != opener:
                pass

    def index(self, k: int) -> int:
        """A subscript after a bracket: the entry of what is inside."""
        found = self.subscript(k) or self.positive_part(k)
        if found is None:
            return k
        self.out.append(Token("INDEX", found.parts, self.marks[found.at].start, self.marks[found.after - 1].end))
        return self.use(found, k)

    def positive_part(self, k: int) -> Subscript | None:
        """The ``_+`` of ``(1 - x)_+``, and of a set."""
        at = self.underscore(k)
        found = self.marks.argument(at + 1) if at is not None else None
        if at is None or not found or {self.marks[j].text for j in found[0]} != {"+"}:
            return None
        return Subscript("+", ("+",), at, found[1])

    def bar(self, sign: str, k: int, last: int, way: str = "") -> int:
        """``|`` or ``‖``: whether it opens or closes, its size says, or what stands before it."""
        closes = way == "close" or (way == "" and self.after_operand() and self.open[-1:] == [sign])
        if closes:
            self.close(sign)
            return self.right_bar(sign, k, last)
        self.open.append(sign)
        self.emit("LNORM" if sign == "‖" else "LBAR", sign, k, last)
        return last + 1

    def right_bar(self, sign: str, k: int, last: int) -> int:
        """A closing bar; a norm may say which it is."""
        if sign == "|":
            self.emit("RBAR", sign, k, last)
            at = self.underscore(last + 1)
            if at is not None:
                self.wrong(r"bars take no subscript; a norm is \lVert x \rVert_1, or \lVert x \rVert_2", k, at + 1)
                self.skip[at] = (self.marks.argument(at + 1) or ([], at + 2))[1]
            return last + 1
        found = self.subscript(last + 1)
        at = self.underscore(last + 1)
        self.emit("RNORM", _NORMS.get(found.text, "") if found else "norm2", k, last)
        if at is not None and (found is None or found.text not in _NORMS):
            self.wrong(
                "this norm is not supported: there are the Euclidean (Frobenius) norm, and _1, the sum of absolute"
                " values",
                k,
                at + 1,
                UnsupportedError,
            )
            found = found or Subscript("", (), at, (self.marks.argument(at + 1) or ([], at + 2))[1])
        return self.use(found, last + 1) if found else last + 1

    # subscripts

    def underscore(self, k: int) -> int | None:
        """The ``_`` of the operand that ends before a mark; it may stand after a superscript."""
        k = self.blank(k)
        while self.marks.text(k) == "'":
            k = self.blank(k + 1)
        if self.marks.text(k) == "^":
            found = self.marks.argument(k + 1)
            k = self.blank(found[1]) if found else k
        return k if self.marks.text(k) == "_" and k not in self.skip else None

    def subscript(self, k: int) -> Subscript | None:
        """The plain subscript of the operand that ends before a mark: letters, digits and commas."""
        at = self.underscore(k)
        found = self.marks.argument(at + 1) if at is not None else None
        if at is None or not found or not found[0]:
            return None
        parts: list[str] = []
        text, end, comma = "", -1, False
        for j in found[0]:
            mark = self.marks[j]
            if mark.text == ",":
                comma = True
                continue
            if mark.kind in ("letter", "number") or (mark.kind == "command" and mark.text in _IN_NAMES):
                piece = mark.text
            elif mark.text in ("*", "ast", "star") and len(found[0]) == 1:
                piece = "star"
            elif mark.text in (":", "cdot", "·", "bullet", "*", "ast"):
                piece = ":"
            elif self.is_blank(j):
                continue
            else:
                return None
            if parts and mark.start == end and not comma and ":" not in (piece, parts[-1]):
                parts[-1] += piece
            else:
                parts.append(piece)
            text += ("_" if comma else "") + piece
            end, comma = mark.end, False
        return Subscript(text, tuple(parts), at, found[1])

    def use(self, found: Subscript, k: int) -> int:
        """Take a subscript out of the text; gives the mark to go on at."""
        if self.blank(k) == found.at:
            return found.after
        self.skip[found.at] = found.after
        return k

    # superscripts

    def superscript(self, k: int) -> int:
        previous = self.previous()
        if previous is None or previous.type not in ENDS | _TAKES_POWER:
            self.wrong("something is missing before ^", k, k)
            return k + 1
        found = self.marks.argument(k + 1)
        content = found[0] if found else []
        after = found[1] if found else k + 1
        if self.marks.text(self.blank(k + 1)) == "-":  # X^-1, which TeX would set as X^{-}1
            content, after = [self.blank(k + 1), self.blank(k + 1) + 1], self.blank(k + 1) + 2
        content = [j for j in content if j < self.marks.size and not self.is_blank(j)]
        while len(content) > 2 and self.marks.closing.get(content[0]) == content[-1] and content[1] < content[-1]:
            if self.marks[content[1]].kind == "letter":  # a^{{T}} is a power
                break
            content = content[1:-1]
        texts = tuple(self.marks[j].text for j in content)
        if len(texts) == 1 and self.marks.text(self.blank(k + 1)) != "{" and texts[0].isdigit() and len(texts[0]) > 1:
            self.wrong(f"in LaTeX ^{texts[0]} raises only {texts[0][0]}: write ^{{{texts[0]}}}", k, content[0])
            return after
        if texts and previous.type != "SPACE" and self.plain_script(texts, k, after):
            return after
        if previous.type == "NAME" and previous.value not in self.known and len(texts) == 1 and texts[0].isdigit():
            label = next((name for name in self.numbered(previous.value, texts[0]) if name in self.known), "")
            if label:
                reason = f"{previous.value}^{texts[0]} is a power, and {previous.value} is not declared"
                self.wrong(rf"{reason}; for {label} write {previous.value}^{{({texts[0]})}}", k, after - 1)
        if len(texts) > 1 and texts[0] in ("odot", "circ", "⊙", "∘"):
            self.skip[content[0]] = content[0] + 1
            self.emit("POWER", ".^", k, k)
        else:
            self.emit("POWER", "^", k, k)
        self.wait("^", 1, k)
        return k + 1

    @staticmethod
    def numbered(name: str, digits: str) -> tuple[str, str]:
        return name + digits, f"{name}_{digits}"

    def plain_script(self, texts: tuple[str, ...], k: int, after: int) -> bool:
        """A superscript that is a sign: a transpose, an inverse."""
        last = after - 1
        turns = [self.is_transpose(text) for text in texts]
        if all(turns):
            for text in texts:  # of a scalar, ^T is a power where T is a size
                self.emit("TRANSPOSE", "^T" if text == "T" and "T" in self.known else "'", k, last)
            return True
        if texts == ("-", "1"):
            self.emit("INVERSE", "inv", k, last)
            return True
        if texts in (("+",), ("dagger",)):
            self.emit("INVERSE", "pinv", k, last)
            return True
        if (texts[0] == "-" and all(turns[1:])) or (turns[0] and texts[1:] == ("-", "1")):
            self.emit("INVERSE", "inv", k, last)
            self.emit("TRANSPOSE", "'", k, last)
            return True
        if texts in (("*",), ("ast",), ("star",), ("H",), ("dag",)) and texts[0] not in self.known:
            sign = self.source[self.marks[k].start : self.marks[last].end]
            self.wrong(
                rf"{sign}: matdiff works with real numbers, write ^\top for the transpose, and _\star in a name",
                k,
                last,
                UnsupportedError,
            )
            return True
        return False

    def is_transpose(self, text: str) -> bool:
        """Whether a superscript is the transpose, and not a declared exponent."""
        if text in self.indices or (text in ("T", "t") and self.known.get(text) == "scalar"):
            return False
        return text in TRANSPOSES

    def turned(self, caret: int) -> bool:
        """Whether the superscript at a mark is a transpose and nothing else."""
        found = self.marks.argument(caret + 1) if self.marks.text(caret) == "^" else None
        content = [j for j in found[0] if not self.is_blank(j)] if found else []
        return bool(content) and all(self.is_transpose(self.marks[j].text) for j in content)

    # rows

    def newline(self, k: int) -> int:
        after = self.marks.skip_blank(k)
        empty = sum(self.marks[j].kind == "newline" for j in range(k, after)) > 1
        if not self.at_top(k) or self.environments:
            return after
        if empty or (self.lines and not self.goes_on(after)):
            self.end_row("\n", k)
        return after

    def end_row(self, value: str, k: int) -> None:
        self.end_statement("ROW", value, k, k)
        self.columns = 0

    def end_statement(self, type: str, value: str, first: int, last: int) -> None:
        self.emit(type, value, first, last)
        self.row = len(self.out)
        self.related = False
        self.open.clear()
        self.indices.clear()

    def goes_on(self, k: int) -> bool:
        """Whether the statement of the line above goes on at a mark."""
        previous = self.previous()
        if previous is None or (previous.type not in ENDS and previous.type != "STOP"):
            return True
        token = self.token_at(k)
        if token == ("SIGN", "-"):  # of a definition only a line that stands further in goes on
            return not self.related or self.column(self.marks[k].start) > self.column(self.out[self.row].start)
        if token is not None and (token[0] in _GOES_ON or token == ("SIGN", "+")):
            return True
        return self.marks.text(k) in ("=", "^", "_", "&", "'") or (
            k < self.marks.size and self.marks[k].text == "right"
        )

    def column(self, at: int) -> int:
        return at - self.source.rfind("\n", 0, at)
