r"""How formulas are set: the ends of lines, environments, and what stands above and below."""

from __future__ import annotations

from itertools import islice

from matdiff.errors import UnsupportedError
from matdiff.reader.latex.core import ENDS, types
from matdiff.reader.latex.fonts import Fonts
from matdiff.reader.latex.words import ENVIRONMENTS

_REFUSED = {
    **dict.fromkeys(
        types("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array"),
        "matrices written out entry by entry are not supported; give them a name",
    ),
    **dict.fromkeys(
        types("cases dcases rcases"), r"a case distinction is not read; write masks, as in \mathbf{1}(h > 0) \odot x"
    ),
}


class Layout(Fonts):
    """Reads what is about the look of a formula."""

    def line_break(self, k: int) -> int:
        after = k + 1
        if self.marks.text(after) == "*":
            after += 1
        if self.marks.text(after) == "[" and self.marks.closing.get(after, after + 9) <= after + 4:  # \\[2pt]
            after = self.marks.closing[after] + 1
        if self.frames:
            self.wrong("a line cannot end inside braces", k, k)
        elif self.marks.depth[k] == 0:
            self.end_row("\\", k)
        return after

    def environment(self, k: int) -> int:
        opener = self.blank(k + 1)
        last = self.marks.closing.get(opener)
        if self.marks.text(opener) != "{" or last is None or last - opener > 30:
            self.wrong(f"a name in braces is missing after \\{self.marks[k].text}", k, k)
            return k + 1
        name = "".join(self.marks[j].text for j in range(opener + 1, last))
        if self.marks[k].text == "end":
            self.environments = max(0, self.environments - 1)
            if not self.begun or self.begun[-1][0] != name:
                self.wrong(f"the environment {name} is not the one that is open", k, last)
            self.begun = self.begun[:-1]
        else:
            self.environments += 1
            self.begun.append((name, k))
            if name == "array" and not self.lines and self.holds_chain(last + 1):
                columns = self.marks.argument(last + 1)
                last = columns.after - 1 if columns else last
            elif name in _REFUSED:
                self.wrong(f"\\begin{{{name}}}: {_REFUSED[name]}", k, last, UnsupportedError)
                return self.end_of(name, last + 1)
            elif name not in ENVIRONMENTS:
                self.wrong(f"the environment {name} is not known", k, last)
        if self.at_top(k):
            self.end_row(name, k)
        if name.rstrip("*") in ("alignat", "alignedat") and self.marks[k].text == "begin":
            found = self.marks.argument(last + 1)
            return found.after if found else last + 1
        return last + 1

    def holds_chain(self, k: int) -> bool:
        r"""Whether an array is a chain set in columns, as in ``\begin{array}{rcl} a & = & b``, and no matrix."""
        columns = self.marks.argument(k)
        previous = self.previous()
        if columns is None or (previous is not None and previous.type not in ENDS):
            return False
        j = columns.after
        while j < self.marks.size and self.marks.text(j) != r"\end":
            if self.marks.text(j) == "&" and self.relation_follows(j):
                return True
            j = self.marks.closing.get(j, j) + 1
        return False

    def end_of(self, name: str, k: int) -> int:
        """The mark after the end of an environment that is not read."""
        if name in self.endless:
            return k
        for j in range(k, self.marks.size):
            if self.marks.text(j) == r"\end":
                found = self.marks.argument(j + 1)
                if found and "".join(found.texts(len(name)) or ()) == name:
                    self.environments -= 1
                    self.begun.pop()
                    return found.after
        self.endless.add(name)
        return k

    def decorated(self, k: int) -> int:
        r"""``\stackrel{!}{=}``: what stands above is a remark."""
        above = self.blank(k + 1)
        below = self.blank(self.marks.closing.get(above, above) + 1)
        if self.marks[k].text == "textcolor":
            return below
        found = self.marks.argument(below)
        marks = list(islice(found, 2)) if found else []
        if found and len(marks) == 1:
            token = self.token_at(marks[0])
            if self.marks.text(marks[0]) == "=" or (token and token[0] == "EQUAL"):
                if self.at_top(k):
                    self.emit("EQUAL", "=", k, found.after - 1)
                else:
                    self.emit("COMPARE", "==", k, found.after - 1)
                return found.after
        return below

    def transparent(self, k: int) -> int:
        opener = self.blank(k + 1)
        last = self.marks.closing.get(opener)
        if self.marks[k].text == "mathop" and self.marks.word(k + 1):
            return self.font(k, "operatorname", k)
        if self.marks[k].text.endswith("brace") and last is not None:
            script = self.blank(last + 1)
            if self.marks.text(script) in ("_", "^"):
                remark = self.blank(script + 1)
                self.skip[script] = self.marks.closing.get(remark, remark) + 1
        return k + 1
