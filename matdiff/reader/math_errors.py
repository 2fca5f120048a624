"""Why a text is not math notation: the place, and what to write there."""

from __future__ import annotations

import re
import unicodedata
from keyword import iskeyword
from typing import Any

from matdiff.errors import ParseError, Place
from matdiff.operators import ALIASES, CALLS
from matdiff.reader.names import KINDS
from matdiff.reader.spelling import letter, variant

_MAX_SHOWN = 40
"""Longer operands are shown as (…)."""

_LATEX = "LaTeX is read with notation='latex'"
_NUMPY = "NumPy code is read with notation='numpy'"
_MINUS = "write the minus sign of the keyboard, -"
_QUOTE = "the transpose is written with the straight quote, X'"

CHARACTERS = {
    "[": "there is no indexing; sums over entries are sum(X), rowsum(X), colsum(X), and a value is given to evaluate",
    "]": "there is no indexing",
    "{": f"brackets are round; {_LATEX}",
    "}": f"brackets are round; {_LATEX}",
    "$": _LATEX,
    "&": "masks are joined by .*, as in 1(x > 0) .* 1(x < 1)",
    "|": "write abs(x), norm2(x) or det(X); masks are joined by max(…, …)",
    "~": "write 1 - mask",
    "!": "a factorial is gamma(x + 1); not equal is 1 - 1(x == y)",
    "%": "a comment begins with #; a percentage is written as a fraction, 50/100",
    '"': "there are no strings",
    "`": "there are no strings",
    "?": "it is not part of the notation",
    "‖": "write norm2(x)",
    "√": "write sqrt(x)",
    "∑": "write sum(x)",
    "∏": "write a product of names, or exp(sum(log(x)))",
    "∫": "integrals are not part of the notation",
    "∇": "a gradient is what matdiff derives; write the function itself",
    "∂": "a derivative is what matdiff derives; write the function itself",
    "∈": "a declaration has a colon, as in x: vector(n)",
    "×": "write * (the matrix product) or .* (entry by entry)",
    "÷": "write / (by a scalar) or ./ (entry by entry)",
    "∘": "write .* for the product entry by entry",
    "∗": "write *",
    "≠": "write 1 - 1(x == y)",
    "∞": "there is no infinity",
    "→": "it is not part of the notation",
    "…": "write out what it stands for",
    "†": "write X' for the transpose, pinv(X) for the pseudoinverse",
    "⁻": "write X^-1",
    "⁺": "write pinv(X)",
    **dict.fromkeys("–—‐‑", _MINUS),
    **dict.fromkeys("’‘′´", _QUOTE),
    **dict.fromkeys("“”", "there are no strings"),
}

MARKS = {
    "!=": "there is no sign for not equal: write 1 - 1(x == y)",
    "<>": "there is no sign for not equal: write 1 - 1(x == y)",
    "=<": "write <=",
    "=>": "write >=",
    "->": "it is not part of the notation",
    "+=": "a name has one value: give the new value a name of its own, as in b = a + 1",
    "-=": "a name has one value: give the new value a name of its own, as in b = a - 1",
    "*=": "a name has one value: give the new value a name of its own, as in b = a*c",
    "/=": "a name has one value: give the new value a name of its own, as in b = a/c",
    "//": "write / (there is no integer division)",
    "===": "write == to compare",
    "++": "a name has one value: give the new value a name of its own, as in b = a + 1",
    "--": "a name has one value: give the new value a name of its own, as in b = a - 1",
}
"""Signs of other languages, with what is written instead."""


def strange_character(source: str, at: int) -> ParseError:
    place, character = Place(source, at, at + 1), source[at]
    if character == "\\":
        following = source[at + 1 : at + 2].isalpha()
        hint = f"{_LATEX}, or write inv(A)*b for A\\b" if following else "write inv(A)*b for A\\b"
    elif character == ".":
        hint = "a dot stands only inside a number, before * / ^ (entry by entry), or in .T"
        if re.match(r"\.[^\W\d]", source[at:]):
            hint += f"; {_NUMPY}"
    elif character == "[" and not re.search(r"[\w')]\s*$", source[:at]):
        hint = "there are no lists: declare X: matrix(2, 2), and give its value to evaluate"
    else:
        hint = CHARACTERS.get(character) or _stranger(character)
    mark = next((mark for mark in MARKS if source.startswith(mark, at)), None)
    if mark:
        place, character, hint = Place(source, at, at + len(mark)), mark, MARKS[mark]
    return ParseError(f"cannot read {_shown(character)} here: {hint}", place)


def _shown(text: str) -> str:
    return text if text.isprintable() and text.strip() else repr(text)


def _stranger(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii() and plain.strip():
        return f"write {plain}"
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    if not character.isprintable() or unicodedata.category(character) in ("Mn", "Cf"):
        return f"it is {name}, which is invisible or a mark on a letter; delete it"
    return "it is not part of the notation" if character.isascii() else f"{name} is not part of the notation"


def strange_letter(name: str) -> str | None:
    """Why a name is refused for its letters; None for a good one."""
    plain = variant(name)
    return plain and f"{name} is not written in plain letters ({letter(name)}): write {plain}"


_STARTS_OPERAND = {"NUMBER", "NAME", "PRIMED", "MASK", "LPAR"}


def unexpected(source: str, error: Any) -> ParseError:
    """What is wrong at a token that cannot stand where it does."""
    token = error.token
    expected = error.accepts or error.expected
    if set(expected) == {"NUMBER"}:  # only `, 0 outside` may follow
        comma = source.rfind(",", 0, token.start_pos)
        return ParseError(_SEPARATE, Place(source, comma, comma + 1))
    needs_operand = "NAME" in expected and "TIMES" not in expected
    at_end = token.type in ("$END", "_SEPARATOR")
    start = len(source.rstrip()) if token.type == "$END" else token.start_pos
    place = Place(source, start, start + 1 if at_end else token.end_pos)
    opening = _open_bracket(source, start)
    if opening is not None and (not needs_operand or at_end) and _runs_on(source, opening, token, at_end):
        return ParseError("this bracket ( is not closed", Place(source, opening, opening + 1), place)
    dangling = _dangling(source, start) if token.type in ("EQUAL", "COLON", "_ASSIGN") else None
    if dangling is not None:
        message = "something is missing here: a line that ends in an operator goes on in the next"
        return ParseError(message, Place(source, dangling, dangling + 1), place)
    found = _mark(source, start, token.end_pos, at_end)
    if found is not None:
        return ParseError(f"cannot read {found} here: {MARKS[found]}", _last(source, found, token.end_pos))
    if at_end:
        if "COLON" in expected and "," in (line := source[:start].rpartition("\n")[2]):
            place = _last(source, ",", start - len(line) + line.find(",") + 1)
        return ParseError(_too_early(source, start, token, place), place)
    if token.type in _STARTS_OPERAND and not needs_operand:
        return ParseError(_beside(source, start, token), place)
    return ParseError(_cannot_stand(source, token, needs_operand, opening is not None), place)


def _mark(source: str, start: int, end: int, at_end: bool) -> str | None:
    """The sign of another language that a token is part of; where a statement ends, one that ends it."""
    if at_end:
        return next((mark for mark in ("++", "--") if source[:start].rstrip().endswith(mark)), None)
    others = (mark for mark in MARKS if mark not in ("++", "--"))
    return next((mark for mark in others if mark in source[max(0, start + 1 - len(mark)) : end + len(mark) - 1]), None)


def _dangling(source: str, start: int) -> int | None:
    """The end of the line above, where that ends in an operator, so that the statement goes on."""
    above = re.sub(
        r"#[^\n]*", lambda comment: " " * len(comment[0]), source[: source.rfind("\n", 0, start) + 1]
    ).rstrip()
    return len(above) if above and above[-1] in "+-*/^@=<>⊙⊘⊗·−≥≤," else None


def _last(source: str, text: str, end: int) -> Place:
    """The last place of a text that begins before an end."""
    start = source.rfind(text, 0, end + len(text) - 1)
    return Place(source, start, start + len(text))


def _open_bracket(source: str, end: int) -> int | None:
    """The innermost bracket that is open at a place."""
    opened = []
    for found in re.finditer(r"[()]|#[^\n]*", source[:end]):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _runs_on(source: str, opening: int, token: Any, at_end: bool) -> bool:
    """Whether an error inside a bracket is that the bracket was meant to end before."""
    if at_end:
        return bool(token.type == "$END")
    lines = source.count("\n", opening, token.start_pos)
    first = not source[source.rfind("\n", 0, token.start_pos) + 1 : token.start_pos].strip()
    return lines > 0 and (first or token.type in ("EQUAL", "COLON", "_ASSIGN"))


def _too_early(source: str, start: int, token: Any, place: Place) -> str:
    before = source[:start].rstrip()
    if token == ";" and _open_bracket(source, start) is not None:
        return "a semicolon ends the statement inside a bracket: arguments are separated by commas"
    if before.endswith(":"):
        return "the kind is missing: a declaration reads X: matrix(m, n), x: vector(n), a: scalar"
    if source.startswith(",", place.start):
        return "a comma stands between arguments, or between names that are declared, as in x, y: vector(n)"
    return "something is missing here: the expression ends too early"


_SEPARATE = "statements are separated by ; or a new line"


def _statement(source: str, end: int) -> str:
    """The statement that a place stands in, up to there."""
    return re.split(r"[\n;]", source[:end])[-1].strip()


def _beside(source: str, start: int, token: Any) -> str:
    """Two operands side by side."""
    before, after = _operand_before(source, start), _operand_after(source, token)
    word, close = before.rstrip("'"), source[start - 1 : start].strip() != ""
    if str(token) in KINDS and word.isidentifier():
        return f"a declaration has a colon, as in {word}: {after}"
    if word in KINDS:
        return f"a declaration has a colon, as in X: {after if after in KINDS else word}"
    statement = _statement(source, start)
    if re.match(r"\w+(\s*,\s*\w+)*\s*:", statement):
        closed = statement.count("(") == statement.count(")")
        return (
            _SEPARATE
            if closed
            else f"a comma is missing between sizes: write {before}, {after}, or {before}*{after} for a product"
        )
    if word == "set":
        return "a setting is written set relu_at_zero = 1"
    if iskeyword(word) or word == "print" or iskeyword(after):
        return f"this looks like a program; {_NUMPY}"
    if re.fullmatch(r"(?i)(sum|prod)(_\w+)?", word) and token.type != "LPAR":
        return f"there is no indexing: the sum over all entries is sum(…), and {word} is one name"
    if token.type != "LPAR" and _is_function(word):
        return f"{word} is a function: write {word}({after})"
    if token.type == "LPAR" and (power := re.fullmatch(r"(\w+)\s*\^\s*(-?\w+)", before)) and _is_function(power[1]):
        inverse = "; an inverse function has a name of its own, as arcsin" if power[2] == "-1" else ""
        return f"a power stands behind the argument: write {power[1]}{after} .^ {power[2]}{inverse}"
    if before[:1].isdigit() and close:
        if re.match(r"_\d", after):
            return f"a number is written without marks between its digits: write {before}{after.replace('_', '')}"
        if re.fullmatch(r"[xX][0-9a-fA-F]+", after) and before == "0":
            return "a number is written with decimal digits"
        if token.type == "NUMBER":
            return "a number has one decimal point and a whole exponent"
        if after in ("e", "E"):
            return f"the exponent of the number is missing, or a sign: write {before}e-3, or {before}*{after}"
    if before[:1].isdigit() and token.type == "NUMBER":
        return "two numbers stand side by side: an operator or a comma is missing between them"
    left = before if before.strip("'") else f"…{before}"
    each = "" if before[:1].isdigit() else f", or {left} .* {after} entry by entry"
    return f"there is no implicit multiplication: write {left}*{after}{each}"


def _is_function(word: str) -> bool:
    return word in CALLS or word in ALIASES


_OPERAND = re.compile(r"((?:[^\W\d]\w*|\d[\w.]*)(?:'|\.T|\s*\^\s*-?\w+)*|'+)\s*$")


def _operand_before(source: str, end: int) -> str:
    """The operand that ends before a place, as far as it is short."""
    before = source[max(0, end - 2 * _MAX_SHOWN) : end].rstrip()
    opening = _matching(before, len(before.rstrip("'")) - 1, -1)
    if opening is None:
        found = _OPERAND.search(before)
        return found[1] if found else ""
    name = re.search(r"\w*$", before[:opening])
    group = (name[0] if name else "") + before[opening:]
    return group if len(group) <= _MAX_SHOWN else "(…)"


def _operand_after(source: str, token: Any) -> str:
    """The operand that begins with a token, as far as it is short."""
    name = "" if token.type == "LPAR" else str(token)
    text = source[token.start_pos : token.start_pos + 2 * _MAX_SHOWN]
    closing = _matching(text, len(name), 1)
    shown = text[: closing + 1] if closing is not None else name
    return shown if 0 < len(shown) <= _MAX_SHOWN else name[:_MAX_SHOWN] or "(…)"


def _matching(text: str, at: int, step: int) -> int | None:
    """The bracket that belongs to the one at a place; None where there is none, or no other."""
    if text[at : at + 1] != ("(" if step > 0 else ")"):
        return None
    depth = 0
    while 0 <= at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += step
    return None


def _cannot_stand(source: str, token: Any, needs_operand: bool, inside: bool) -> str:
    shown, kind = str(token)[:_MAX_SHOWN], token.type
    before = _statement(source, token.start_pos)
    if before.endswith(":"):
        return "a kind stands behind the colon: X: matrix(m, n), x: vector(n), a: scalar"
    match kind:
        case "RPAR" if needs_operand:
            return "something is missing before this bracket"
        case "RPAR":
            return "this bracket ) was never opened"
        case "COMMA":
            if re.search(r"\d$", before) and re.match(r",\d{3}(?!\d)", source[token.start_pos :]):
                return "a comma stands between arguments; a number is written without marks between its digits"
            if needs_operand:
                return "an argument is missing before this comma"
            if not inside and re.search(r"[:=]", before):
                return _SEPARATE
            return "a comma stands only between the arguments of a function, or between names that are declared"
        case "EQUAL" if inside:
            return "= stands only in definitions and in axis=0; write == to compare"
        case "EQUAL" if re.match(r"\w+\s*:", before):
            return "a declaration has no value: a constant is a definition, a = 3, and a known size is a number"
        case "EQUAL" if re.fullmatch(r"\w+(\s*,\s*\w+)+", before):
            return "one name is defined at a time, as in a = 1; b = 2"
        case "EQUAL":
            return "a definition has one =, with a name before it; write == to compare"
        case "COLON" if re.split(r"\W", before)[0] in KINDS:
            return f"the name stands before the colon and the kind behind it, as in x: {before}"
        case "COLON" if ":" in before:
            return _SEPARATE
        case "COLON":
            return "a colon stands after the names that are declared, as in X: matrix(m, n)"
        case "COMPARE" if not needs_operand:
            return "comparisons do not chain: write 1(a < b) .* 1(b < c)"
        case "TRANSPOSE" if needs_operand and shown == "'":
            return "an operand is missing before '; there are no strings"
    return f"an operand is missing before {shown}" if needs_operand else f"{shown} cannot stand here"
