r"""LaTeX to the words of ``grammar/latex.lark``: signs, commands, fonts."""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.errors import UnsupportedError
from matdiff.reader.latex.core import ENDS, Token, types
from matdiff.reader.latex.fonts import SWITCHES
from matdiff.reader.latex.layout import Layout
from matdiff.reader.latex.names import ACCENTS, FONTS, LETTERS
from matdiff.reader.latex.words import (
    CHARACTERS,
    CLOSING,
    DIFFERENTIALS,
    DROPPED,
    FUNCTIONS,
    LARGER,
    MACRO_NAMES,
    MACROS,
    OF_SQUARE,
    OPENING,
    SPACES,
    TOKENS,
    TRANSPARENT,
    TRANSPOSES,
    UNSUPPORTED,
)
from matdiff.reader.meanings import DAGGER
from matdiff.reader.syntax import Spelled

_STOPS = frozenset({",", ".", ";"})
_KNOWN = [*FUNCTIONS, *LETTERS, *TOKENS, *MACROS, *FONTS, *TRANSPOSES, "sum", "left", "right"]
_BRACKETS = types("LPAR RPAR LSQB RSQB LCURLY RCURLY LANGLE RANGLE")
_HINTS = {
    "!": "factorials are not supported",
    "#": "a comment begins with % in LaTeX",
    "√": r"write \sqrt{…}",
    "½": r"write \frac{1}{2}",
    '"': "a text stands in \\text{…}",
}


class Lexer(Layout):
    """Turns a part of a source into tokens."""

    dollars = False
    """Whether the math between two dollar signs is being read."""

    def run(self) -> list[Token]:
        super().run()
        for name, k in self.begun[:1]:
            self.wrong(f"the environment {name} is not ended", k, k)
            mistake = self.out.pop()
            after = next((n for n, token in enumerate(self.out) if token.start > mistake.start), len(self.out))
            self.out.insert(after, mistake)
        ahead = ""
        for token in reversed(self.out):  # d before a function without brackets, or before a sum
            if token.type == "D" and ahead in ("APPLY", "SUM", "DOPEN"):
                token.type = "DOPEN"
            ahead = token.type
        self.out = list(apart(self.out))
        return self.out

    def step(self, k: int) -> int:
        mark = self.marks[k]
        match mark.kind:
            case "space":
                return k + 1
            case "newline":
                return self.newline(k)
            case "number":
                return self.number(k)
            case "letter":
                return self.letters(k)
            case "command":
                return self.command(k)
            case _:
                return self.sign(k)

    # signs

    def sign(self, k: int) -> int:
        text = self.marks[k].text
        match text:
            case "{":
                switch = self.marks.skip_blank(k + 1)
                if self.marks.text(switch).removeprefix("\\") in SWITCHES and k in self.marks.closing:
                    return self.font(k, self.marks[switch].text, k)
                return self.left_brace(k)
            case "}":
                return self.right_brace(k)
            case "^":
                return self.superscript(k)
            case "_":
                return self.loose_subscript(k)
            case "'":
                return self.prime(k)
            case "†":
                self.emit("INVERSE", Spelled("pinv", DAGGER), k, k)
                return k + 1
            case "|" | "‖":
                twice = text == "|" == self.marks.text(k + 1) and self.open[-1:] != ["|"]  # ||x|| for \|x\|
                return self.bar("‖" if twice or text == "‖" else "|", k, k + twice)
            case "&":
                return self.column_mark(k)
            case "=":
                return self.relation(k)
            case ":":
                if self.marks.text(k + 1) == "=":
                    return self.relation(k + 1, ":=")
                self.emit("COLON", ":", k, k)
                return k + 1
            case "~":
                return k + 1
            case "$":
                return self.dollar(k)
            case "∑":
                return self.sum(k)
            case "∇":
                self.emit("DERIV", "gradient", k, k)
                return k + 1
            case "∂":
                return self.partial(k)
            case "⊤":
                self.emit("TRANSPOSE", "'", k, k)
                return k + 1
            case _ if text in _STOPS:
                return self.stop(k)
            case _ if text in CHARACTERS:
                return self.plain(*CHARACTERS[text], k)
        self.wrong(f"cannot read {text!r} here: {_HINTS.get(text, 'it is not part of the notation')}", k, k)
        return k + 1

    def dollar(self, k: int) -> int:
        """``$`` or ``$$``: math begins or ends."""
        after = k + 1 + (self.marks.text(k + 1) == "$")
        self.environments = max(0, self.environments + (-1 if self.dollars else 1))
        self.dollars = not self.dollars
        self.end_row("$", k)
        return after

    def loose_subscript(self, k: int) -> int:
        """A subscript that no name has taken: the size of a constant, the variable of a gradient."""
        previous = self.previous()
        found = self.marks.argument(k + 1)
        if found and found.empty:
            return found.after
        if previous is not None and previous.type == "CONSTANT":
            self.emit("SIZE", "_", k, k)
            self.wait("_", 1, k)
        elif self.after_derivative():
            self.emit("SUBSCRIPT", "_", k, k)
            self.wait("_", 1, k)
        elif previous is None or previous.type not in ENDS:
            self.wrong("something is missing before _", k, k)
        else:
            self.wrong(
                "a subscript is made of letters, digits and commas, and there is one to a name; there is no indexing"
                r" but below a \sum",
                k,
                k + 1,
            )
            found = self.marks.argument(k + 1)
            return found.after if found else k + 1
        return k + 1

    def after_derivative(self) -> bool:
        r"""Whether what comes is a script of ``\nabla``: behind it, or behind its power as in ``\nabla^2_x``."""
        types = [token.type for token in self.out[-5:]]
        return types[-1:] in (["DERIV"], ["PARTIAL"]) or types == ["DERIV", "POWER", "LBRACE", "NUMBER", "RBRACE"]

    def prime(self, k: int) -> int:
        if not self.after_operand():
            self.wrong("something is missing before '", k, k)
        else:
            self.emit("TRANSPOSE", "'", k, k)
        return k + 1

    def column_mark(self, k: int) -> int:
        """``&``: every other one parts two columns."""
        self.columns += 1
        previous = self.previous()
        self.aligned = True
        if self.columns % 2 == 0 and previous is not None and previous.type in ENDS | {"STOP", "NOTE"}:
            self.emit("QUAD", "&&", k, k)
        return k + 1

    def relation(self, k: int, value: str = "=") -> int:
        """``=``: inside of brackets it compares."""
        if not self.at_top(k):
            self.emit("COMPARE", "==", k, k)
            return k + 1
        head = self.out[self.row :] if not self.related else []
        self.related = True
        if self.lines and head and head[0].type == "NAME":
            if len(head) == 1:
                self.known.setdefault(head[0].value, "definition")
            elif [token.type for token in head[1::2]] == ["LPAR"] + ["COMMA"] * (len(head) // 2 - 2) + ["RPAR"]:
                self.known.setdefault(head[0].value, "defined function")
        self.emit("EQUAL", value, k, k)
        return k + 1

    def partial(self, k: int) -> int:
        r"""``\partial``: a derivative in a fraction and with a subscript, elsewhere the differential."""
        if self.marks.text(self.blank(k + 1)) == "_":
            self.emit("DERIV", "gradient", k, k)
        elif any(frame.kind == "argument" and frame.owner.endswith("frac") for frame in self.frames[-1:]):
            self.emit("PARTIAL", "∂", k, k)
        else:
            self.emit("D", "d", k, k)
        return k + 1

    def stop(self, k: int) -> int:
        """A comma, a full stop, a semicolon."""
        text = self.marks[k].text
        if self.at_top(k) and "<" not in self.open:
            self.end_statement("STOP", text, k, k)
        elif text in (",", ";"):
            self.emit("COMMA", text, k, k)
        else:
            self.wrong(f"{text!r} cannot stand inside brackets", k, k)
        return k + 1

    # commands

    def command(self, k: int) -> int:
        mark = self.marks[k]
        name = mark.text
        if name in ("quad", "qquad"):
            if self.at_top(k) and self.after_operand():
                self.emit("QUAD", name, k, k)
            elif self.open[-1:] == ["["]:
                self.wrong("matrices made of blocks are not supported; give this one a name", k, k, UnsupportedError)
            return k + 1
        if name in SPACES:
            return k + 1
        if name in ("\\", "cr", "par", "newline"):
            return self.line_break(k)
        if name in TOKENS:
            return self.plain(*TOKENS[name], k)
        if name in MACROS:
            type, count = MACROS[name]
            self.emit(type, name, k, k)
            self.wait(f"\\{name}", count, k)
            return k + 1
        if name in LETTERS:
            return self.name(name, k, k + 1)
        if name in LARGER:
            return self.larger(k)
        if name in ("|", "Vert", "lVert", "rVert", "vert", "lvert", "rvert"):
            sign = "|" if name.endswith("vert") else "‖"
            return self.bar(sign, k, k, {"l": "open", "r": "close"}.get(name[0], ""))
        if name in FONTS:
            star = self.blank(k + 1)
            return self.font(star if name == "operatorname" and self.marks.text(star) == "*" else k, name, k)
        if name in DIFFERENTIALS and self.begins_operand(k + 1):
            self.emit("D", "d", k, k)
            return k + 1
        if name in ACCENTS:
            return self.accent(k)
        return self.rare_command(k)

    def rare_command(self, k: int) -> int:
        name = self.marks[k].text
        if name in ("norm", "abs") and self.marks.text(self.blank(k + 1)) == "{":
            sign = "‖" if name == "norm" else "|"
            self.open.append(sign)
            self.emit("LNORM" if name == "norm" else "LBAR", sign, k, k)
            return self.left_brace(self.blank(k + 1), sign)
        if name == "sum" or (name == "prod" and (at := self.underscore(k + 1)) is not None and self.carried_on(at)):
            return self.sum(k, by=name)
        if name == "nabla":
            self.emit("DERIV", "gradient", k, k)
            return k + 1
        if name == "partial":
            return self.partial(k)
        if name in ("begin", "end"):
            return self.environment(k)
        if name in ("[", "]", "(", ")"):
            self.environments = max(0, self.environments + (1 if name in "[(" else -1))
            self.end_row(name, k)
            return k + 1
        if name in DROPPED:
            found = self.marks.argument(k + 1)
            return found.after if found else k + 1
        if name in ("textcolor", "overset", "underset", "stackrel"):
            return self.decorated(k)
        if name in TRANSPARENT:
            return self.transparent(k)
        if name in ("intertext", "shortintertext"):
            found = self.marks.argument(k + 1)
            self.end_row(name, k)
            return found.after if found else k + 1
        if name in TRANSPOSES and self.after_operand():
            self.wrong(f"the command \\{name} is not known; {self.meant(name)}", k, k)
            return k + 1
        if name in MACRO_NAMES:
            return self.blackboard(MACRO_NAMES[name], k, k + 1)
        if name in ("leftarrow", "gets") and not self.lines:  # an update parts the sides of a chain
            self.emit("RELATION", "←", k, k)
            return k + 1
        if name == "prod" and self.with_families:
            return self.sum(k, by=name)
        if name in UNSUPPORTED:
            self.wrong(f"\\{name}: {UNSUPPORTED[name]}", k, k, UnsupportedError)
            return k + 1
        if self.function_word(name):
            return self.function(name, k, k + 1)
        self.wrong(f"the command \\{name} is not known; {self.meant(name)}", k, k)
        return k + 1

    def meant(self, name: str) -> str:
        """What an unknown command may have been meant for."""
        if name in TRANSPOSES:
            return f"a transpose is a superscript, ^{{\\{name}}}"
        close = self.close_to(name, _KNOWN)
        start = max((known for known in _KNOWN if len(known) > 1 and name.startswith(known)), key=len, default="")
        if start and not close:
            return f"put a space behind \\{start}"
        return f"did you mean \\{close}?" if close else r"write \operatorname{name}(…) for a function"

    def plain(self, type: str, value: str, k: int) -> int:
        """A sign that is one token."""
        if type in _BRACKETS:
            return self.bracket(type, value, k)
        if type == "EQUAL":
            return self.relation(k)
        if type == "ARROW" and self.at_top(k):
            self.end_statement(type, value, k, k)
            return k + 1
        if self.marks[k].text in ("times", "×") and self.frames and self.frames[-1].owner == "_":
            type = "COMMA"  # \mathbf{1}_{m \times n}
        self.emit(type, value, k, k)
        return k + 1

    def larger(self, k: int) -> int:
        r"""``\left``, ``\bigr`` …: what they say of the bracket that follows."""
        name = self.marks[k].text
        way = "open" if name in OPENING else "close" if name in CLOSING else ""
        j = self.blank(k + 1)
        text = self.marks.text(j)
        if text == "." and name in ("left", "right"):
            return j + 1
        if text == "|" and way == "close" and "|" not in self.open:
            self.wrong("a value at a point is not supported: put it in for the name", k, j, UnsupportedError)
            below = self.underscore(j + 1)
            return j + 1 if below is None else self.after_argument(below)
        if text in ("|", r"\vert", r"\lvert", r"\rvert"):
            return self.bar("|", k, j, way)
        if text in (r"\|", "‖", r"\Vert", r"\lVert", r"\rVert"):
            return self.bar("‖", k, j, way)
        if text in ("<", ">"):
            return self.bracket("LANGLE" if text == "<" else "RANGLE", text, j)
        return k + 1


def apart(tokens: list[Token]) -> Iterator[Token]:
    r"""``\det X \operatorname{tr}(A)`` is a product: a function without brackets ends before such a number."""
    outer: list[tuple[bool, bool]] = []
    applied = taken = False
    for token in tokens:
        if token.type == "CALL" and applied and taken and token.value[0] in OF_SQUARE:
            yield Token("TIMES", "*", token.start, token.start)
            applied = taken = False
        yield token
        if token.type == "APPLY":
            applied, taken = True, False
        elif token.type in _OPENING:
            outer.append((applied, True))
            applied = taken = False
        elif token.type in _CLOSING and outer:
            applied, taken = outer.pop()
        elif token.type in _PARTING:
            applied = taken = False
        else:
            taken = True


_OPENING = frozenset({"LPAR", "LSQB", "LCURLY", "LBRACE", "LNORM", "LBAR", "LANGLE"})
_CLOSING = frozenset({"RPAR", "RSQB", "RCURLY", "RBRACE", "RNORM", "RBAR", "RANGLE"})
_PARTING = frozenset({"SIGN", "TIMES", "COMPARE", "EQUAL", "RELATION", "COMMA", "COLON", "ROW", "OVER"})
