"""A whole derivation on the page: text, LaTeX, Markdown, HTML and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html import escape
from textwrap import indent, wrap
from typing import Any

from matdiff.errors import ArgumentTypeError
from matdiff.expression import Expression
from matdiff.printing.math import Printer
from matdiff.printing.mathml import MathMLPrinter, math
from matdiff.printing.mathml import name as mathml_name
from matdiff.printing.page.latex import aligned, latex
from matdiff.printing.page.sides import Line, Page, shape_text
from matdiff.record import Record, Step

WIDTH = 100
"""Where a line of text ends; a rule that does not fit beside its step goes below."""

LAYOUT_WORDS = {
    "gradient": "gradient layout: df = tr(A dX), Jacobian A, gradient A' of the size of X",
    "numerator": "numerator layout: the Jacobian, rows as the function, columns as the variable",
    "denominator": "denominator layout: the transposed Jacobian, rows as the variable",
}


# text


SYMBOLS = {"jacobian": "D", "gradient": "∇", "hessian": "H"}


def text(d: Record[Any, Any], steps: bool, width: int = WIDTH) -> str:
    page = Page(d, Printer)
    out = [*below_parts(f"{d.name} = ", page(page.objective)), ""]
    if steps:
        out += [line for step in page.lines() for line in text_lines(step, width)]
    for name, value in page.named():
        out += below_parts(f"  with {name} = ", value)
    if steps or page.made or d.statements:
        out.append("")
    out.append(f"Result ({LAYOUT_WORDS[d.layout]})")
    for kind, names, found in page.results():
        out += below_parts(
            f"  {SYMBOLS[kind]}_{', '.join(names)} {d.name} = ", page(found), f"    ({shape_text(found)})"
        )
    out += [f"  {remark}" for remark in page.remarks()]
    out.append(f"Checked: {d.check}.")
    return "\n".join(out)


def below_parts(head: str, text: str, tail: str = "") -> list[str]:
    """A text in one line, below the lines of the parts that have names in it."""
    *parts, last = text.split("\n")
    return [*(f"    with {part}" for part in parts), f"{head}{last}{tail}"]


def text_lines(line: Line, width: int) -> list[str]:
    label = f"[{line.rule}]" if not line.note else f"[{line.rule}: {line.note}]"
    first = [part for whole in below_parts("  ", line.left) for part in wrapped(whole, width)] if line.left else []
    *parts, second = below_parts("    = ", line.right)
    first += parts
    column = width * 3 // 5
    if max(len(second), column) + len(label) + 3 <= width:
        return [*first, f"{second:<{column}}   {label}"]
    if len(second) + len(label) + 3 <= width:
        return [*first, f"{second}   {label}"]
    return [*first, *wrapped(second, width), *(f"        {part}" for part in wrap(label, width - 8))]


def wrapped(line: str, width: int = WIDTH) -> list[str]:
    """A line that is too long, broken before the signs of its sum."""
    if len(line) <= width:
        return [line]
    depth, terms = 0, [""]
    for place, sign in enumerate(line):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and line[place : place + 2] in ("+ ", "- "):
            terms.append("")
        terms[-1] += sign
    lines = [terms[0].rstrip()]
    for term in terms[1:]:
        if len(lines[-1]) + len(term) <= width:
            lines[-1] += f" {term.rstrip()}"
        else:
            lines.append(f"      {term.rstrip()}")
    return lines


# Markdown and HTML


def markdown(d: Record[Any, Any], steps: bool) -> str:
    page = Page(d, Printer)
    out = [f"# Derivation of {d.name}", "", markdown_code(f"{d.name} = ", page(page.objective)), ""]
    out += ["$$", aligned(d, steps), "$$", ""]
    out += [f"**Result** ({LAYOUT_WORDS[d.layout]})", ""]
    for kind, names, found in page.results():
        value = markdown_code("", page(found))
        symbol = f"- {SYMBOLS[kind]}_{', '.join(names)} {d.name}"
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


PAGE_STYLE = """
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
"""
STYLE = """
.matdiff math { font-size: 1.1rem; }
.matdiff .left, .matdiff .right, .matdiff .results { padding: .3rem 0; overflow-x: auto; overflow-y: hidden; }
.matdiff .right { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; }
.matdiff .right { margin-left: 2rem; }
.matdiff .rule { opacity: .65; font-size: .8rem; padding-left: 2rem; }
.matdiff .rule summary { cursor: pointer; text-align: right; }
.matdiff .rule[open] { flex-basis: 100%; opacity: 1; margin: .3rem 0; }
.matdiff .rule[open] { border-left: 2px solid #8888; padding-left: 1rem; }
.matdiff .rule[open] summary { text-align: left; }
.matdiff .source { margin: .3rem 0; font-style: italic; }
.matdiff td { padding: .3rem .5rem; vertical-align: baseline; }
.matdiff td:first-child { text-align: right; }
.matdiff mtd { text-align: left; }
.matdiff .check { color: light-dark(#26643a, #7ac796); }
"""


def html(d: Record[Any, Any], steps: bool, fragment: bool = False) -> str:
    page = Page(d, MathMLPrinter)

    lines = [part for line in (page.lines(moves=True) if steps else ()) for part in html_lines(line)]
    for name, value in page.named():
        lines.append(f'<div class="left">with {math(f"{name}<mo>=</mo>{value}")}</div>')
    results = []
    for kind, names, found in page.results():
        below = "<mo>,</mo>".join(map(mathml_name, names))
        below = f"<mrow>{below}</mrow>" if len(names) > 1 else below
        symbol = math(f"<msub><mi>{SYMBOLS[kind]}</mi>{below}</msub>{mathml_name(d.name)}")
        cells = symbol, math("<mo>=</mo>" + page(found)), f'<span class="rule">{escape(shape_text(found))}</span>'
        results.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    remarks = "".join(f"<li>{escape(remark)}</li>" for remark in Page(d, Printer).remarks())
    inside = f"""<p>{math(f"{mathml_name(d.name)}<mo>=</mo>{page(page.objective)}")}</p>
{"".join(lines)}
<h2>Result</h2>
<p>{escape(LAYOUT_WORDS[d.layout])}</p>
<div class="results"><table>{"".join(results)}</table></div>
<ul>{remarks}</ul>
<p class="check">Checked: {escape(d.check)}.</p>"""
    if fragment:
        return f'<div class="matdiff"><style>{STYLE}</style>\n{inside}\n</div>\n'
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Derivation of {escape(d.name)}</title>
<style>{PAGE_STYLE}{STYLE}</style></head>
<body class="matdiff">
<h1>Derivation of {math(mathml_name(d.name))}</h1>
{inside}
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


def render(
    d: Record[Any, Any], format: str, steps: bool, fragment: bool | None = None, width: int | None = None
) -> str:
    if format not in FORMATS:
        raise ArgumentTypeError(f"format is one of {', '.join(FORMATS)}, not {format!r}")
    if fragment is not None and format in ("latex", "html"):
        return (latex if format == "latex" else html)(d, steps, fragment)
    if width is not None and format == "text":
        return text(d, steps, width)
    return FORMATS[format](d, steps)


ALONE: dict[str, Callable[[Expression], str]] = {
    "text": str,
    "latex": Expression.latex,
    "markdown": lambda e: f"$${e.latex()}$$",
    "html": lambda e: math(MathMLPrinter(e.model.inferred)(e.node)),
}


def part(d: Record[Any, Any], kind: str, format: str) -> str:
    """One kind of result, in a line for each variable."""
    if kind not in ("gradient", "jacobian", "differential", "hessian"):
        raise ArgumentTypeError(f"a part is gradient, jacobian, differential or hessian, not {kind!r}")
    found = getattr(d, kind)
    by_name = (
        {", ".join((key,) if isinstance(key, str) else key): e for key, e in found.items()} if d.many else {"": found}
    )
    if format == "json":
        return json.dumps({name or d.wrt[0]: str(e) for name, e in by_name.items()}, indent=2, ensure_ascii=False)
    if format not in ALONE:
        raise ArgumentTypeError(f"format is one of {', '.join(ALONE)}, json, not {format!r}")
    return "\n".join(f"{name}: {ALONE[format](e)}" if name else ALONE[format](e) for name, e in by_name.items())
