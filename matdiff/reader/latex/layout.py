r"""How formulas are set: the ends of lines, environments, and what stands above and below."""

from __future__ import annotations

from itertools import islice

from matdiff.errors import MatdiffError, ParseError, UnsupportedError
from matdiff.reader.latex.core import ENDS, types
from matdiff.reader.latex.fonts import Fonts
from matdiff.reader.latex.tree import parse
from matdiff.reader.latex.words import ENVIRONMENTS
from matdiff.reader.syntax import Node

_REFUSED = {
    **dict.fromkeys(
        types("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array"),
        "matrices written out entry by entry are not supported; give them a name",
    ),
    **dict.fromkeys(
        types("cases dcases rcases"), r"a case distinction is not read; write masks, as in \mathbf{1}(h > 0) \odot x"
    ),
}


_BLOCKS = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix"})


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
            elif name in _BLOCKS and (after := self.blocks(name, k, last + 1)):
                return after
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

    def blocks(self, name: str, first: int, k: int) -> int | None:
        """A matrix of blocks as one token; gives the mark behind it, None where it cannot be read."""
        cells: list[list[tuple[int, int]]] = [[]]
        start = k
        for j in range(k, self.marks.size):
            text = self.marks.text(j)
            outside = self.marks.depth[j] == self.marks.depth[k]
            if text in ("&", r"\\", r"\end") and outside:
                cells[-1].append((start, j))
                start = j + 1
                if text == r"\\":
                    cells.append([])
            if text == r"\begin":
                return None
            if text == r"\end":
                break
        else:
            return None
        if len(cells[-1]) == 1 and self.marks.text(self.blank(cells[-1][0][0])) == r"\end":
            cells.pop()  # a break before the end
        try:
            nodes = [self.cell(*cell) for row in cells for cell in row]
        except MatdiffError:
            return None
        if all(node.kind == "number" for node in nodes):
            return None
        after = self.end_of(name, k)
        lengths = tuple(len(row) for row in cells)
        node = Node("block", lengths, tuple(nodes), self.marks[first].start, self.marks[after - 1].end)
        self.emit("DERIVATIVE", node, first, after - 1)
        return after

    def cell(self, start: int, end: int) -> Node:
        """One block, read by itself."""
        if self.blank(start) >= end:
            raise ParseError("a block is missing")
        places = self.marks[self.blank(start)].start, self.marks[end].start
        inner = type(self)(self.source, dict(self.known), *places, lines=self.lines)
        return parse(inner.run(), self.source, inner.known)

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
