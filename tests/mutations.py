"""Slips planted in the text of derivations, as a hand makes them.

The formulas are read by a small parser of their own, for both notations: sums of products of factors, each with its
place in the text. It knows nothing of sizes and nothing of the checker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<space> (?: \s | \\[,;:!\ ] | \\quad | \\qquad | & | \\displaystyle )+ )
    | (?P<open> (?:\\left|\\[bB]igg?l?)?\s*(?:\(|\[) | \\langle )
    | (?P<close> (?:\\right|\\[bB]igg?r?)?\s*(?:\)|\]) | \\rangle )
    | (?P<turn> \^\\top | \^\{\\top\} | \^T | ' )
    | (?P<inverse> \^\{-1\} | \^-1 )
    | (?P<power> \^\{[^{}]*\} | \.?\^\d | \.?\^\([^()]*\) )
    | (?P<each> \\odot | \.\* )
    | (?P<over> \./ | / | \\oslash )
    | (?P<kron> \\otimes )
    | (?P<times> \* | \\cdot )
    | (?P<compare> \\ge | \\le | >= | <= | > | < )
    | (?P<fraction> \\[td]?frac )
    | (?P<d> \\mathrm\{d\} )
    | (?P<word> \\operatorname\{\w+\} | \\(?:exp|log|ln|sin|cos|tanh|cosh|det|max|min|sum_\w) )
    | (?P<ones> \\mathbf\{1\} )
    | (?P<name> \\mathrm\{\w+\} | \\[a-zA-Z]+ (?:_\{[^{}]*\}|_\w)? | [^\W\d]\w*(?:'(?=\()|\{[^{}]*\})? )
    | (?P<number> \d+(?:\.\d+)? )
    | (?P<comma> , )
    | (?P<sign> [-+] )
    | (?P<brace> [{}] )
    | (?P<bar> \\\| )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Token:
    kind: str
    start: int
    end: int


@dataclass
class Factor:
    """``base`` with its marks behind, and what stands inside of its brackets."""

    start: int
    end: int
    base: tuple[int, int]
    kind: str
    head: str = ""
    """The function before a bracket; ``d`` of a differential."""
    inner: list[Sum] = field(default_factory=list)
    marks: list[Token] = field(default_factory=list)


@dataclass
class Term:
    start: int
    end: int
    sign: tuple[int, int] | None
    factors: list[Factor]
    links: list[tuple[int, int, str]]
    """Between two factors: where, and which product."""


@dataclass
class Sum:
    terms: list[Term]


class Reader:
    """A formula of one notation; ``names`` are those of the model."""

    def __init__(self, text: str, names: list[str], latex: bool) -> None:
        self.text = text
        self.latex = latex
        self.names = names
        self.tokens = [token for token in self.split() if token.kind != "space"]
        self.at = 0

    def split(self) -> Iterator[Token]:
        for found in _TOKEN.finditer(self.text):
            kind, (start, end) = str(found.lastgroup), found.span()
            while kind == "name" and start < end:
                known = self.longest(self.text[start:end])
                yield Token("d" if known == "d" else "name", start, start + len(known))
                start += len(known)
            if kind != "name":
                yield Token(kind, start, end)

    def longest(self, run: str) -> str:
        """One name of a run of letters: a known one, or in LaTeX a letter; ``d`` before another name."""
        if run in self.names or run.startswith("\\"):
            return run
        if run[0] == "d" and len(run) > 1 and (run[1:] in self.names or self.latex or self.known(run[1:])):
            return "d"
        if not self.latex:
            return run
        known = [name for name in self.names if run.startswith(name)]
        script = re.match(r"[^\W\d_](?:_\w|_?\{[^{}]*\})?", run)
        return max([*known, script[0] if script else run[0]], key=len)

    def known(self, run: str) -> bool:
        return bool(re.fullmatch(r"tr|det|logdet|inv|vec", run))

    # sums of products

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else "end"

    def next(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self) -> Sum:
        terms = []
        while self.kind not in ("close", "end", "comma", "compare", "bar") and self.text_at() != "}":
            sign = self.next() if self.kind == "sign" else None
            terms.append(self.term(sign))
        return Sum(terms)

    def text_at(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return self.text[token.start : token.end] if token else ""

    def term(self, sign: Token | None) -> Term:
        factors = [self.factor()]
        links: list[tuple[int, int, str]] = []
        while self.kind not in ("sign", "close", "end", "comma", "compare", "bar") and self.text_at() != "}":
            kind = "times"
            if self.kind in ("times", "each", "over", "kron"):
                kind = self.next().kind
            factors.append(self.factor())
            links.append((factors[-2].end, factors[-1].start, kind))
        start = sign.start if sign else factors[0].start
        return Term(start, factors[-1].end, (sign.start, sign.end) if sign else None, factors, links)

    def factor(self) -> Factor:
        token = self.next()
        start, end, head, kind, inner = token.start, token.end, "", token.kind, []
        if kind == "sign":  # exp(-x) after a product sign
            found = self.factor()
            found.start = start
            return found
        if kind == "fraction":
            for _ in range(2):
                end = self.argument(end)
        elif kind == "d":
            of = self.factor()
            return Factor(start, of.end, (start, of.base[1]), "d", "d", of.inner, of.marks)
        elif kind == "bar":
            inner = [self.sum()]
            end = self.next().end
        elif kind in ("word", "name", "number") and self.kind == "open" and self.is_call(token):
            head, kind = self.text[start:end], "call"
            inner, end = self.brackets()
        elif kind == "word":
            of = self.factor()
            head, kind, end, inner = self.text[start:end], "call", of.end, of.inner
        elif kind == "open":
            self.at -= 1
            kind = "group"
            inner, end = self.brackets()
        base, marks = (start, end), []
        while self.kind in ("turn", "inverse", "power"):
            marks.append(self.next())
            end = marks[-1].end
        return Factor(start, end, base, kind, head, inner, marks)

    def is_call(self, token: Token) -> bool:
        text, opener = self.text[token.start : token.end], self.tokens[self.at]
        adjacent = token.end == opener.start and text not in self.names
        is_mask = text == "1" and re.search(r"<|>|\\[gl]e\b", self.text[opener.start : opener.start + 30])
        return token.kind == "word" or (token.kind == "name" and adjacent) or bool(is_mask)

    def brackets(self) -> tuple[list[Sum], int]:
        self.next()
        inner = [self.sum()]
        while self.kind in ("comma", "compare"):
            self.next()
            inner.append(self.sum())
        return inner, self.next().end

    def argument(self, end: int) -> int:
        """One argument of a fraction: in braces, or one sign; a number of two digits is both."""
        token = self.next()
        if self.text[token.start] != "{":
            if token.kind == "number" and token.end - token.start > 1:
                self.at -= 1
                token.start += 1
            return token.end
        depth = 1
        while depth:
            token = self.next()
            depth += {"{": 1, "}": -1}.get(self.text[token.start : token.end], 0)
        return token.end


@dataclass(frozen=True)
class Slip:
    kind: str
    text: str


class Formula:
    """One side of a link, and what may go wrong in it."""

    def __init__(self, text: str, names: list[str], latex: bool) -> None:
        self.text = text
        reader = Reader(text, names, latex)
        self.latex = latex
        self.names = names
        self.top = reader.sum()
        self.sums = list(self.below(self.top))
        self.terms = [term for s in self.sums for term in s.terms]
        self.factors = [factor for term in self.terms for factor in term.factors]

    def below(self, top: Sum) -> Iterator[Sum]:
        stack = [top]
        while stack:
            found = stack.pop()
            yield found
            stack += [inner for term in found.terms for factor in term.factors for inner in factor.inner]

    def cut(self, start: int, end: int, new: str = "") -> str:
        return self.text[:start] + new + self.text[end:]

    def of(self, factor: Factor) -> str:
        return self.text[factor.start : factor.end]


Maker = Callable[[Formula], Iterator[str]]
MAKERS: dict[str, Maker] = {}


def slip(kind: str) -> Callable[[Maker], Maker]:
    def enter(maker: Maker) -> Maker:
        MAKERS[kind] = maker
        return maker

    return enter


@slip("transpose dropped")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        yield from (f.cut(mark.start, mark.end) for mark in factor.marks if mark.kind == "turn")


@slip("transpose added")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        if factor.kind in ("name", "group") and not factor.marks:
            yield f.cut(factor.end, factor.end, r"^{\top}" if f.latex else "'")


@slip("sign")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        if term.sign:
            sign = f.text[slice(*term.sign)]
            yield f.cut(*term.sign, "-" if sign == "+" else "+" if term.start else "")
        else:
            yield f.cut(term.start, term.start, "-")


@slip("number missing")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        if len(term.factors) > 1 and term.factors[0].kind in ("number", "fraction") and term.links[0][2] == "times":
            yield f.cut(term.factors[0].start, term.factors[1].start)


@slip("factor 2 extra")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        at = term.factors[0].start
        if not f.text[at].isdigit():
            yield f.cut(at, at, "2 " if f.latex else "2*")


@slip("half for one")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        at = term.factors[0].start
        if not f.text[at].isdigit():
            yield f.cut(at, at, r"\frac12 " if f.latex else "1/2*")


@slip("size missing")
def _(f: Formula) -> Iterator[str]:
    for found in re.finditer(r"\\frac\{?1\}?\{?[Nn]\}?|(?<=\d)/\(?[Nn]\)?\*|1/\(2\*[Nn]\)|/[Nn]\b", f.text):
        yield f.cut(*found.span(), "*" if found[0].endswith("*") else "1" if found[0].startswith("1") else "")


@slip("power")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        for mark in factor.marks:
            if mark.kind == "power":
                yield f.cut(mark.start, mark.end)
                old = f.text[mark.start : mark.end]
                if "2" in old:
                    yield f.cut(mark.start, mark.end, old.replace("2", "3"))


@slip("factors swapped")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        for left, right, link in zip(term.factors, term.factors[1:], term.links, strict=False):
            if link[2] == "times" and "number" not in (left.kind, right.kind):
                yield f.cut(left.start, right.end, f.of(right) + (" " if f.latex else "*") + f.of(left))


@slip("⊙ for the product")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        for left, link in zip(term.factors, term.links, strict=False):
            if link[2] == "times" and left.kind not in ("number", "fraction"):
                yield f.cut(link[0], link[1], r" \odot " if f.latex else " .* ")


@slip("product for ⊙")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        yield from (f.cut(a, b, " " if f.latex else "*") for a, b, kind in term.links if kind == "each")


@slip("brackets lost")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        for factor in term.factors:
            if factor.kind == "group" and len(term.factors) > 1 and not factor.marks:
                inner = re.sub(
                    r"^(?:\\left|\\[bB]igg?l?)?\s*[(\[]|(?:\\right|\\[bB]igg?r?)?\s*[)\]]$", "", f.of(factor)
                )
                yield f.cut(factor.start, factor.end, inner)


@slip("term lost")
def _(f: Formula) -> Iterator[str]:
    for found in f.sums:
        if len(found.terms) > 1:
            first, second = found.terms[:2]
            sign = f.text[slice(*second.sign)] if second.sign else ""
            yield f.cut(first.start, second.factors[0].start, "-" if sign == "-" else "")
            yield from (f.cut(term.start, term.end) for term in found.terms[1:])


@slip("mask lost")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        for k, factor in enumerate(term.factors):
            if f.of(factor).startswith("1(") and len(term.factors) > 1:
                near = term.factors[k - 1] if k else term.factors[1]
                yield f.cut(*((near.end, factor.end) if k else (factor.start, near.start)))


@slip("mask wrong")
def _(f: Formula) -> Iterator[str]:
    for found in re.finditer(r"1\([^()]*?(>=|>|<|\\ge)", f.text):
        yield f.cut(*found.span(1), ">" if found[1] == "<" else "<")


@slip("inverse dropped")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        yield from (f.cut(mark.start, mark.end) for mark in factor.marks if mark.kind == "inverse")
        if factor.head == "inv":
            yield f.cut(factor.start, factor.start + 3)


@slip("inverse added")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        if factor.kind == "name" and not factor.marks and f.of(factor) in f.names:
            yield f.cut(factor.start, factor.end, f.of(factor) + "^{-1}" if f.latex else f"inv({f.of(factor)})")


def heads(kind: str, pairs: dict[str, str]) -> None:
    """Slips that take one function for another."""

    @slip(kind)
    def _(f: Formula) -> Iterator[str]:
        for factor in f.factors:
            word = re.sub(r"\\operatorname\{(\w+)\}|\\(\w+)", r"\1\2", factor.head)
            if factor.kind == "call" and word in pairs:
                new = pairs[word]
                end = factor.start + len(factor.head)
                yield f.cut(factor.start, end, rf"\operatorname{{{new}}}" if f.latex and new else new)


heads("mean for sum", {"sum": "mean"})
heads("other axis", {"colsum": "rowsum", "rowsum": "colsum"})
heads("trace dropped", {"tr": "", "Tr": ""})
heads("determinant", {"det": "logdet", "logdet": "det"})
heads(
    "function",
    {
        "exp": "log",
        "log": "exp",
        "sin": "cos",
        "cos": "sin",
        "tanh": "sigmoid",
        "sigmoid": "tanh",
        "softmax": "sigmoid",
    },
)


@slip("sum lost")
def _(f: Formula) -> Iterator[str]:
    for found in re.finditer(
        r"\\mathbf\{1\}(?:\^\\top)? ?|ones\((?:1, )?\w+\)'?\*|\*ones\(\w+\)|\\sum_i |colsum|rowsum", f.text
    ):
        yield f.cut(*found.span())


@slip("another name")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        if factor.kind == "name":
            name = f.text[slice(*factor.base)]
            yield from (f.cut(*factor.base, _spelled(f, n)) for n in f.names if n != name and n[0] != name)


def _spelled(f: Formula, name: str) -> str:
    greek = {"alpha", "beta", "gamma", "lambda", "mu", "nu", "xi", "phi", "Sigma", "Omega", "tau", "rho"}
    return f"\\{name}" + " " if f.latex and name in greek else name


@slip("factor lost")
def _(f: Formula) -> Iterator[str]:
    for term in f.terms:
        for k, factor in enumerate(term.factors):
            if len(term.factors) > 2 and factor.kind != "number":
                before = term.factors[k - 1].end if k else factor.start
                yield f.cut(before, factor.end if k else term.factors[1].start)


@slip("derivative forgotten")
def _(f: Formula) -> Iterator[str]:
    yield from (f.cut(*found.span()) for found in re.finditer(r"(?<=sigma)'(?=\()", f.text))
    for found in re.finditer(r" (?:\.\*|\\odot) \(1 - [^()]*(?:\([^()]*\))?\)|\(1 - [^()]*\) (?:\.\*|\\odot) ", f.text):
        yield f.cut(*found.span())


@slip("constant off")
def _(f: Formula) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.}{^(])\d(?![\w.(])", f.text):
        yield f.cut(*found.span(), str(int(found[0]) + 1))


@slip("d lost")
def _(f: Formula) -> Iterator[str]:
    for factor in f.factors:
        if factor.kind == "d":
            yield f.cut(factor.start, factor.start + (len(r"\mathrm{d}") if f.text[factor.start] == "\\" else 1))


@slip("d of another name")
def _(f: Formula) -> Iterator[str]:
    written = [factor for factor in f.factors if factor.kind == "d" and not factor.inner]
    for factor in written:
        length = len(r"\mathrm{d}") if f.text[factor.start] == "\\" else 1
        for name in f.names:
            old = f.text[factor.start + length : factor.base[1]].strip()
            if name != old:
                yield f.cut(factor.start + length, factor.base[1], _spelled(f, name))


def slips(text: str, names: list[str], latex: bool) -> Iterator[Slip]:
    """Every slip of every kind in one side; none where the text is not read."""
    try:
        formula = Formula(text, names, latex)
    except (IndexError, AttributeError):
        return
    for kind, make in MAKERS.items():
        for new in dict.fromkeys(make(formula)):
            if new.strip() not in ("", text):
                yield Slip(kind, new.strip())


CLAIMS = (
    (r"\\nabla_(?!.*\^2)", "D_", "gradient for Jacobian"),
    (r"^∇_", "D_", "gradient for Jacobian"),
    (r"^D_", "∇_", "Jacobian for gradient"),
    (r"^grad\(", "jac(", "gradient for Jacobian"),
    (r"^jac\(", "grad(", "Jacobian for gradient"),
)
_WRT = re.compile(r"(?<=[∇aD]_)(?:\{[^{}]*(?:\{[^{}]*\})?\}|\\?\w+)|(?<=, )\w+(?=\)$)")


def claim_slips(text: str, names: list[str], latex: bool) -> Iterator[Slip]:
    """The other kind of derivative, and another variable's name."""
    for pattern, new, kind in CLAIMS:
        changed = re.sub(pattern, (r"\\nabla_" if latex and new == "∇_" else new), text)
        if changed != text:
            yield Slip(kind, changed)
    found = _WRT.search(text)
    if found:
        old = found[0].strip("{}").removeprefix("\\")
        for name in names:
            if name != old:
                greek = name in {"alpha", "beta", "gamma", "lambda", "mu", "nu", "xi", "phi", "Sigma", "tau"}
                new = f"\\{name}" if latex and greek else name
                yield Slip(
                    "claim by another name",
                    text[: found.start()] + f"{{{new}}}" * latex + new * (not latex) + text[found.end() :],
                )
