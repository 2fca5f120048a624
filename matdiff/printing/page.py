"""A whole derivation on the page: text, LaTeX, Markdown, HTML and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import indent
from typing import Any

from matdiff.errors import ArgumentTypeError
from matdiff.expr import Expr, differential, topo, variable
from matdiff.expression import Expression
from matdiff.indices import Access
from matdiff.printing.base import TreePrinter
from matdiff.printing.latex import LatexPrinter
from matdiff.printing.math import Printer
from matdiff.printing.mathml import MathMLPrinter, math
from matdiff.printing.mathml import name as mathml_name
from matdiff.record import Record, Step
from matdiff.sizes import ONE

WIDTH = 100
"""Where a line of text ends; a rule that does not fit beside its step goes below."""
LONGEST = 4000
"""A side of a step with more characters than this is not printed in full."""

MARKUP = re.compile(r"<[^>]*>")

LAYOUT_WORDS = {
    "gradient": "gradient layout: df = tr(A dX), Jacobian A, gradient A' of the size of X",
    "numerator": "numerator layout: the Jacobian, rows as the function, columns as the variable",
    "denominator": "denominator layout: the transposed Jacobian, rows as the variable",
}


@dataclass(frozen=True)
class Line:
    """One line of the derivation: a left side (empty where it goes on), a right side, the rule."""

    left: str
    right: str
    rule: str
    note: str
    source: str = ""
    moves: tuple[Line, ...] = ()
    """The single rules of a line that has several."""


class Page:
    """A derivation in the words of one printer."""

    def __init__(self, derivation: Record[Any, Any], printer: type[TreePrinter]) -> None:
        self.derivation = derivation
        model = derivation.model
        self.taken = {*model.variables, *model.definitions, *model.functions, *model.dims}
        self.made = {
            node.data: node
            for step in derivation.steps
            for node in topo(step.after.node)
            if node.op == "definition" and node.data not in self.taken
        }
        self.print = printer(model.inferred, self.taken | set(self.made))

    def __call__(self, e: Expression | Expr) -> str:
        text = self.print(e.node if isinstance(e, Expression) else e)
        length = len(MARKUP.sub("", text))
        return text if length <= LONGEST else self.print.remark(f"({length:,} characters, not shown)")

    @property
    def objective(self) -> Expr:
        """What is derived, written out where it has a name."""
        node = self.derivation.objective.node
        return node.args[0] if node.op == "definition" else node

    def lines(self, moves: bool = False) -> Iterator[Line]:
        """The steps as chains, with the moves of each where they are wanted."""
        return self.chained(self.derivation.steps, moves)

    def chained(self, steps: Sequence[Step], moves: bool = False) -> Iterator[Line]:
        """A step that goes on from the one before has no left side."""
        last: Expr | None = None
        for step in steps:
            before = "" if step.before.node is last else self.left(step.before)
            inside = tuple(self.chained(step.moves)) if moves and len(step.moves) > 1 else ()
            yield Line(before, self(step.after), step.rule, step.note, step.source, inside)
            last = step.after.node

    def left(self, side: Expression) -> str:
        """The side that a chain begins with: df, where that is the differential of what is derived."""
        objective = self.derivation.objective.node
        whole = objective.is_scalar and side.node is differential(objective) and self.derivation.name not in self.taken
        return self(differential(variable(self.derivation.name, objective.shape))) if whole else self(side)

    def named(self) -> Iterator[tuple[str, str]]:
        """The names that the derivation made, with what they stand for."""
        for name, node in self.made.items():
            yield self.print.name(name), self(node.args[0])
        for statement in self.derivation.statements:
            if not isinstance(statement.right, str):
                yield self.print.name(statement.left), self(statement.right)

    def results(self) -> Iterator[tuple[str, str, Expression]]:
        """Every result with its kind and the variable: ``("gradient", "X", …)``."""
        d = self.derivation
        for name in d.wrt:
            if name in d.jacobians:
                yield "jacobian", name, d.jacobians[name]
            yield "gradient", getattr(d.gradients[name], "of", None) or name, d.gradients[name]
        for (one, other), found in d.hessians.items():
            yield "hessian", one if one == other else f"{one}, {other}", found

    def remarks(self) -> Iterator[str]:
        d = self.derivation
        for condition in d.conditions:
            yield f"where {condition}"
        yield from d.conventions
        for name, forms in d.structured.items():
            for title, form in forms.items():
                yield f"gradient by {name} {title}: {self(form)}"
        for name, kind in d.model.defaulted.items():
            yield f"{name} is taken as a {kind}, by its letter"


def shape_text(e: Expression) -> str:
    each = f" for each {','.join(e.indices)}" if e.indices else ""
    return "×".join(map(str, e.shape)) + each


# text


SYMBOLS = {"jacobian": "D", "gradient": "∇", "hessian": "H"}


def text(d: Record[Any, Any], steps: bool) -> str:
    page = Page(d, Printer)
    out = [*below_parts(f"{d.name} = ", page(page.objective)), ""]
    if steps:
        out += [line for step in page.lines() for line in text_lines(step)]
    for name, value in page.named():
        out += below_parts(f"  with {name} = ", value)
    if steps or page.made or d.statements:
        out.append("")
    out.append(f"Result ({LAYOUT_WORDS[d.layout]})")
    for kind, name, found in page.results():
        out += below_parts(f"  {SYMBOLS[kind]}_{name} {d.name} = ", page(found), f"    ({shape_text(found)})")
    out += [f"  {remark}" for remark in page.remarks()]
    out.append(f"Checked: {d.check}.")
    return "\n".join(out)


def below_parts(head: str, text: str, tail: str = "") -> list[str]:
    """A text in one line, below the lines of the parts that have names in it."""
    *parts, last = text.split("\n")
    return [*(f"    with {part}" for part in parts), f"{head}{last}{tail}"]


def text_lines(line: Line) -> list[str]:
    label = f"[{line.rule}]" if not line.note else f"[{line.rule}: {line.note}]"
    first = [part for whole in below_parts("  ", line.left) for part in wrapped(whole)] if line.left else []
    *parts, second = below_parts("    = ", line.right)
    first += parts
    if len(second) + len(label) + 3 <= WIDTH:
        return [*first, f"{second:<60}   {label}" if len(second) < 60 else f"{second}   {label}"]
    return [*first, *wrapped(second), f"        {label}"]


def wrapped(line: str) -> list[str]:
    """A line that is too long, broken before the signs of its sum."""
    if len(line) <= WIDTH:
        return [line]
    depth, terms = 0, [""]
    for place, sign in enumerate(line):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and line[place : place + 2] in ("+ ", "- "):
            terms.append("")
        terms[-1] += sign
    lines = [terms[0].rstrip()]
    for term in terms[1:]:
        if len(lines[-1]) + len(term) <= WIDTH:
            lines[-1] += f" {term.rstrip()}"
        else:
            lines.append(f"      {term.rstrip()}")
    return lines


# LaTeX


def latex(d: Record[Any, Any], steps: bool) -> str:
    page = Page(d, LatexPrinter)
    rows = []
    if steps:
        for line in page.lines():
            label = rf"&& \text{{{latex_words(line.rule)}}}"
            rows.append(f"{line.left} &= {line.right} {label}" if line.left else f"  &= {line.right} {label}")
    rows += [f"{name} &= {value}" for name, value in page.named()]
    for kind, name, found in page.results():
        rows.append(f"{latex_symbol(kind, name, page)} {latex_name(d.name)} &= {page(found)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def latex_symbol(kind: str, name: str, page: Page) -> str:
    head = {"jacobian": r"\mathrm{D}", "gradient": r"\nabla", "hessian": r"\mathrm{H}"}[kind]
    parts = [name] if isinstance(name, Access) else name.split(", ")
    names = ", ".join(map(latex_name, parts))
    return f"{head}_{{{names}}}"


def latex_name(name: str) -> str:
    return LatexPrinter()(variable(name, (ONE, ONE)))


def latex_words(words: str) -> str:
    for sign in "_&%#$":
        words = words.replace(sign, "\\" + sign)
    return words.replace("^", r"\textasciicircum{}")


# Markdown and HTML


def markdown(d: Record[Any, Any], steps: bool) -> str:
    page = Page(d, Printer)
    out = [f"# Derivation of {d.name}", "", markdown_code(f"{d.name} = ", page(page.objective)), ""]
    out += ["$$", latex(d, steps), "$$", ""]
    out += [f"**Result** ({LAYOUT_WORDS[d.layout]})", ""]
    for kind, name, found in page.results():
        value = markdown_code("", page(found))
        symbol = f"- {SYMBOLS[kind]}_{name} {d.name}"
        block = value.startswith("```")
        shape = f"({shape_text(found)})"
        out.append(f"{symbol} {shape} =\n\n{indent(value, '  ')}\n" if block else f"{symbol} = {value} {shape}")
    out += ["", *(f"- {remark}" for remark in page.remarks()), "", f"Checked: {d.check}.", ""]
    return "\n".join(out)


def markdown_code(head: str, text: str) -> str:
    """Math text as code: in the line, or as a block where parts of it have names."""
    *parts, last = text.split("\n")
    whole = "\n".join([*parts, f"{head}{last}"])
    return f"```\n{whole}\n```" if parts else f"`{whole}`"


STYLE = """
body { font-family: system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
math { font-size: 1.1rem; }
.left, .right, .results { padding: .3rem 0; overflow-x: auto; overflow-y: hidden; }
.right { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; margin-left: 2rem; }
.rule { color: #666; font-size: .8rem; padding-left: 2rem; }
.rule summary { cursor: pointer; text-align: right; }
.rule[open] { flex-basis: 100%; border-left: 2px solid #ddd; margin: .3rem 0; padding-left: 1rem; }
.rule[open] summary { text-align: left; }
.source { margin: .3rem 0; font-style: italic; }
td { padding: .3rem .5rem; vertical-align: baseline; }
td:first-child { text-align: right; }
mtd { text-align: left; }
.check { color: #26643a; }
"""


def html(d: Record[Any, Any], steps: bool) -> str:
    page = Page(d, MathMLPrinter)

    lines = [part for line in (page.lines(moves=True) if steps else ()) for part in html_lines(line)]
    for name, value in page.named():
        lines.append(f'<div class="left">with {math(f"{name}<mo>=</mo>{value}")}</div>')
    results = []
    for kind, name, found in page.results():
        symbol = math(f"<msub><mi>{SYMBOLS[kind]}</mi>{name_of(name)}</msub>{name_of(d.name)}")
        cells = symbol, math("<mo>=</mo>" + page(found)), f'<span class="rule">{escape(shape_text(found))}</span>'
        results.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    remarks = "".join(f"<li>{escape(remark)}</li>" for remark in Page(d, Printer).remarks())
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Derivation of {escape(d.name)}</title><style>{STYLE}</style></head>
<body>
<h1>Derivation of {math(name_of(d.name))}</h1>
<p>{math(f"{name_of(d.name)}<mo>=</mo>{page(page.objective)}")}</p>
{"".join(lines)}
<h2>Result</h2>
<p>{escape(LAYOUT_WORDS[d.layout])}</p>
<div class="results"><table>{"".join(results)}</table></div>
<ul>{remarks}</ul>
<p class="check">Checked: {escape(d.check)}.</p>
</body>
</html>
"""


def html_lines(line: Line) -> Iterator[str]:
    """A line with its rule; a click on that of a whole line shows its source and the single moves."""
    why = html_why(line)
    source = f'<p class="source">{escape(line.source)}</p>' if line.source else ""
    inside = "".join(part for move in line.moves for part in html_row(move, span(html_why(move))))
    folded = f'<details class="rule"><summary>{why}</summary>{source}{inside}</details>'
    yield from html_row(line, folded if inside or source else span(why))


def html_row(line: Line, rule: str) -> Iterator[str]:
    if line.left:
        yield f'<div class="left">{math(line.left)}</div>'
    yield f'<div class="right">{math("<mo>=</mo>" + line.right)}{rule}</div>'


def html_why(line: Line) -> str:
    return escape(f"{line.rule}: {line.note}" if line.note else line.rule)


def span(rule: str) -> str:
    return f'<span class="rule">{rule}</span>'


def name_of(names: str) -> str:
    return "<mo>,</mo>".join(map(mathml_name, [names] if isinstance(names, Access) else names.split(", ")))


# JSON


def to_json(d: Record[Any, Any], steps: bool) -> str:
    def expression(e: Expression) -> dict[str, Any]:
        found = {"math": str(e), "latex": e.latex(), "shape": list(e.shape)}
        return found | ({"indices": list(e.indices)} if e.indices else {})

    def step(s: Step) -> dict[str, Any]:
        return {
            "rule": s.rule,
            "before": str(s.before),
            "after": str(s.after),
            "note": s.note,
            "source": s.source,
            "moves": [step(move) for move in s.moves],
        }

    record = {
        "objective": {"name": d.name, **expression(d.objective)},
        "wrt": list(d.wrt),
        "layout": d.layout,
        "detail": d.detail,
        "steps": [step(s) for s in d.steps] if steps else [],
        "gradient": {name: expression(e) for name, e in d.gradients.items()},
        "jacobian": {name: expression(e) for name, e in d.jacobians.items()},
        "differential": {name: expression(e) for name, e in d.differentials.items()},
        "hessian": {", ".join(pair): expression(e) for pair, e in d.hessians.items()},
        "structured": {
            name: {title: expression(e) for title, e in forms.items()} for name, forms in d.structured.items()
        },
        "statements": [str(statement) for statement in d.statements],
        "conditions": list(d.conditions),
        "conventions": list(d.conventions),
        "check": d.check,
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


FORMATS: dict[str, Callable[[Record[Any, Any], bool], str]] = {
    "text": text,
    "latex": latex,
    "markdown": markdown,
    "html": html,
    "json": to_json,
}


def render(d: Record[Any, Any], format: str, steps: bool) -> str:
    if format not in FORMATS:
        raise ArgumentTypeError(f"format is one of {', '.join(FORMATS)}, not {format!r}")
    return FORMATS[format](d, steps)
