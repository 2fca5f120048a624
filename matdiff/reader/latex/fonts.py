r"""Words in a font of their own, ``\mathbf{x}``, ``\mathrm{pred}``, ``\text{…}``, and letters with accents."""

from __future__ import annotations

from itertools import islice

from matdiff.errors import DeclarationError, UnsupportedError
from matdiff.model import COMPLEX_KINDS
from matdiff.reader.latex.core import Symbol, types
from matdiff.reader.latex.letters import Letters
from matdiff.reader.latex.names import ACCENTS, LETTERS
from matdiff.reader.latex.words import FUNCTIONS, ONES, UNSUPPORTED, UPRIGHT

SWITCHES = types("rm bf it sf tt cal")
"""Commands of old that set the rest of a group in another font."""


LAWS = {
    **dict.fromkeys(("N", "Normal", "normal", "Gaussian"), "normal"),
    **dict.fromkeys(("Bernoulli", "Bern", "Ber", "bernoulli"), "bernoulli"),
}
"""The distributions, by what people call them."""


class Fonts(Letters):
    """Reads fonts and accents."""

    def font(self, k: int, name: str, first: int) -> int:
        """A word in a font of its own; a longer argument is read as if the font were not there."""
        if name in SWITCHES:
            last = self.marks.closing[k]
            text = [self.marks[j] for j in range(k + 1, last) if not self.is_blank(j)]
            word = (
                "".join(mark.text for mark in text) if all(mark.kind in ("letter", "number") for mark in text) else ""
            )
            found = (word, last + 1) if word else None
            if found is None:
                return self.unwrapped(k)
        else:
            found = self.marks.word(k + 1)
        if name.startswith("text") or name == "mbox":
            after = self.text(k)
            if after is not None:
                return after
        opener = k if name in SWITCHES else self.blank(k + 1)
        if found is None:
            return self.unwrapped(opener)
        word, after = found
        if name in ONES | {"bf"} and (word == "0" or set(word) == {"1"}):
            for _ in word[1:]:
                self.emit("CONSTANT", "ones", first, after - 1)  # \mathbf{11}^\top
            return self.ones(first, after) if word[0] == "1" else self.constant("zeros", first, after)
        if word[0].isdigit():
            return self.unwrapped(opener)
        if name == "mathbb":
            return self.blackboard(word, first, after)
        if name in UPRIGHT or name in SWITCHES - {"bf", "cal"}:
            return self.upright(word, first, after)
        if len(word) == 1 or word in LETTERS or word in self.known:
            return self.name(word, first, after, letter=False)
        return self.upright(word, first, after) if word in FUNCTIONS else self.unwrapped(opener)

    def unwrapped(self, opener: int) -> int:
        r"""Go on inside of braces that are not printed: in ``\mathbf{AB}^\top`` only B is transposed."""
        if self.marks.text(opener) != "{" or opener not in self.marks.closing:
            return opener
        if self.single():
            return self.left_brace(opener)
        last = self.marks.closing[opener]
        self.skip[last] = last + 1
        return opener + 1

    def blackboard(self, word: str, first: int, after: int) -> int:
        opener = self.opener(after)
        drawn = self.drawn(after) if word == "E" else None
        if drawn is not None:
            name, law, inner, last = drawn
            self.emit("EXPECT" if self.opener(last + 1) is not None else "MEAN", (name, law), first, inner - 1)
            self.skip[last] = last + 1
            return inner
        if word == "I" and opener is not None and self.marks.compares(opener):
            self.emit("MASK", "1", first, after - 1)
            return after
        if word == "I":
            return self.name("I", first, after)
        if word in ("R", "S") and self.previous() is not None and self.out[-1].type == "IN":
            self.emit("SPACE", word, first, after - 1)
            positive = self.positive_part(after)  # \mathbb{R}_+^n, \mathbb{S}_{++}^n
            return self.use(positive, after) if positive else after
        else:
            self.wrong(rf"\mathbb{{{word}}}: {UNSUPPORTED['mathbb']}", first, after - 1, UnsupportedError)
        return after

    def drawn(self, k: int) -> tuple[str, str, int, int] | None:
        r"""``_{x \sim \mathcal{N}(\mu, S)}``: what is drawn, its law, the bracket of its parameters, and the brace that
        closes."""
        at = self.underscore(k)
        below = self.marks.argument(at + 1) if at is not None else None
        if below is None or self.blank(k) != at or below.after != below.end + 1:
            return None
        inside = [j for j in below if not (self.is_blank(j) or self.marks.is_brace(j) or self.marks.is_font(j))]
        texts = [self.marks[j].text for j in inside]
        if texts[1:2] not in (["sim"], ["∼"], ["~"]) or "(" not in texts:
            return None
        inner = inside[texts.index("(")]
        law = LAWS.get("".join(texts[2 : texts.index("(")]))
        name = self.marks[inside[0]]
        if (
            law is None
            or self.marks.closing.get(inner) != inside[-1]
            or not (name.text in LETTERS or name.kind == "letter")
        ):
            return None
        return name.text, law, inner, below.end

    def text(self, k: int) -> int | None:
        r"""A ``\text`` that is a remark, or a name of several words before ``=``; gives the mark after it."""
        plain = self.remark(k)
        if plain is None:
            return None
        last = self.marks.closing[self.blank(k + 1)]
        name = "_".join(plain.split())
        if self.previous() is None and name.isidentifier() and self.relation_follows(last + 1):
            return self.name(name, k, last + 1)
        if self.at_top(k):
            self.end_statement("NOTE", plain, k, last)
        return last + 1

    def upright(self, word: str, first: int, after: int) -> int:
        r"""A word in upright letters: a differential, a function or a name."""
        found = self.subscript(after)
        called = self.opener(self.behind_each(after)) is not None
        if word in UNSUPPORTED and not (called and word in FUNCTIONS) and self.resolve(word, found) not in self.known:
            self.wrong(f"{word}: {UNSUPPORTED[word]}", first, after - 1, UnsupportedError)
            return after
        if word == "d" and found is None and self.begins_operand(after):
            self.emit("D", "d", first, after - 1)
            return after
        if self.resolve(word, found) in self.known and not (called and word in FUNCTIONS):
            return self.name(word, first, after)
        command = self.source.find("\\" + word, self.marks[first].start, self.marks[after - 1].end) >= 0
        if len(word) == 1 or (word in LETTERS and (command or not called)) or word == "Id":
            return self.name(word, first, after)
        heading = self.lines and self.previous() is None and self.relation_follows(found.after if found else after)
        if self.function_word(word) and not heading:
            return self.function(word, first, after)
        rest = word[1:]
        if word[0] == "d" and (self.resolve(rest, found) in self.known or len(rest) == 1) and not heading:
            self.emit("D", "d", first, after - 1)
            return self.name(rest, first, after)
        if called and found is None and not heading:
            return self.function(word, first, after)
        return self.name(word, first, after)

    def barred(self, letter: str, name: str, first: int, after: int) -> None:
        r"""Refuse ``\bar{u}`` beside a declared u, unless it is defined here: a mean of u, or its conjugate?"""
        below = self.subscript(after)
        if self.resolve(name, below) not in self.known and not self.relation_follows(below.after if below else after):
            self.wrong(
                rf"\bar{{{letter}}} is another name than {letter}: declare {name} where it is one (numbers are"
                f" real here, so that the conjugate of {letter} is {letter} itself)",
                first,
                after - 1,
                DeclarationError,
            )

    def accent(self, k: int) -> int:
        r"""``\hat{y}`` is ``y_hat``; a vector arrow says nothing."""
        added = ACCENTS[self.marks[k].text]
        found = self.marks.argument(k + 1)
        opener = self.blank(k + 1)
        if self.marks.text(opener) == "(" and self.function_word(self.marks[k].text):
            return self.function(self.marks[k].text, k, k + 1)
        word = self.marks.word(k + 1)
        if not added and word and word[0] in ("0", "1"):
            return self.ones(k, word[1]) if word[0] == "1" else self.constant("zeros", k, word[1])
        inside = (self.known.get(self.marks[j].text) for j in found or ())
        if added == "bar" and self.has_complex and any(kind in COMPLEX_KINDS for kind in inside):
            self.emit("CALL", ("conj", 0), k, k)
            self.wait(r"\overline", 1, k)
            return k + 1
        if word and not word[0][0].isdigit() and (len(word[0]) == 1 or word[0] in LETTERS or word[0] in self.known):
            base = f"{word[0]}_{added}" if added else word[0]
            if added == "bar" and self.lines and word[0] in self.known and self.resolve(base, None) not in self.known:
                self.barred(word[0], base, k, word[1])
            return self.name(base, k, word[1], letter=False)
        front = list(islice(found, 3)) if found else []
        if found and len(front) == 3 and self.marks.text(front[1]) == "_":
            inner = self.subscript(front[1])
            if inner is not None and inner.after >= self.marks.before(found.end):
                base = self.marks[front[0]].text + (f"_{added}" if added else "")
                name = Symbol(self.resolve(base, inner), base, inner.parts)
                self.emit("NAME", name, k, found.after - 1)
                return found.after
        self.wrong(f"\\{self.marks[k].text} stands over one letter", k, (found.after if found else k + 2) - 1)
        return found.after if found else k + 1
