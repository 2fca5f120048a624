"""The pages of the site that are made: of each function, of the commands, of the errors."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import language_page as tables

import matdiff as md
from matdiff import errors
from matdiff.cli import parser
from matdiff.operators import MACROS
from matdiff.operators.row import Row


def write(folder: Path) -> None:
    """All of them; what was made before of a function that is no more goes."""
    pages = dict(made())
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:  # else it would be built anew
            path.write_text(text, encoding="utf-8")


def made() -> Iterator[tuple[str, str]]:
    yield "commands.md", commands()
    yield "errors.md", mistakes()
    groups = {"Of matrices": tables.of_matrices(), "Of each entry": tables.of_entries()}
    yield "functions.md", contents(groups)
    for rows in groups.values():
        for row in rows:
            yield f"functions/{row.name}.md", function(row)


def contents(groups: dict[str, list[Row]]) -> str:
    parts = ["# Functions", "Each has a page: what it is, its differential, a derivation with it, its code."]
    for title, rows in groups.items():
        listed = "\n".join(f"functions/{row.name}" for row in rows)
        parts.append(f"## {title}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```")
    others = ([tables.code(macro.call), tables.code(macro.formula)] for macro in MACROS)
    parts.append("## Other ways to write a formula\n\n" + tables.table(["function", "is"], others))
    return "\n\n".join(parts) + "\n"


def function(row: Row) -> str:
    arguments, (rows, cols) = row.signature
    call = tables.called(row)
    setting = "relu_at_zero = 1" if row.name == "relu_at_zero_1" else ""
    where = tables.declared(arguments)
    source, declared = (tables.example(row), "") if row.elementwise else tables.inside(row)
    libraries = {"NumPy": row.numpy, "JAX": row.jax, "PyTorch": row.torch}
    known = {
        "sizes": f"{', '.join(f'{name} {m}×{n}' for name, (m, n) in arguments)} → {rows}×{cols}",
        "exists where": tables.condition(row),
        "is": tables.code(row.means) if row.means else "",
        "where it jumps": row.convention,
        "setting": tables.code(f"set {setting}") if setting else "",
        "note": row.note,
        **{f"in {name}": spelled(text) for name, text in libraries.items()},
        "the rule": tables.rule(row),
    }
    found = md.derive(source, "x" if row.elementwise else arguments[0][0], where=declared or None)
    differential = md.differential(f"set {setting}; {call}" if setting else call, where=where)
    parts = [
        f"# {call}" + (f" ({setting})" if setting else ""),
        tables.table(["", ""], ([what, said] for what, said in known.items() if said)),
        f"## Differential\n\n```matdiff\nd {call} = {differential}\n```",
        f"## A derivation\n\n```{{raw}} html\n{found.render('html', fragment=True)}\n```",
        f"## Its code\n\n```python\n{found.code()}```",
    ]
    return "\n\n".join(parts) + "\n"


def spelled(text: str) -> str:
    """How a library writes it, where that is a function of the library's own."""
    return tables.code(re.sub(r"[{}]", "", text)) if "." in text else ""


def commands() -> str:
    main = parser()
    (choices,) = (action.choices for action in main._actions if isinstance(action, argparse._SubParsersAction))
    status = (
        "Exit status: 0 done (for `check` and `equal`: all holds), 1 something checked is wrong, 2 bad input or usage."
    )
    parts = ["# Commands", status]
    for name, one in choices.items():
        parts.append(f"## matdiff {name}\n\n```text\n{one.format_help().strip()}\n```")
    return "\n\n".join(parts) + "\n"


def mistakes() -> str:
    """The errors, in their own words."""
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, Exception)]
    rows = []
    for kind in kinds:
        words = " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())
        rows.append([tables.code(kind.__name__), words.replace("``", "`")])
    return "# Errors\n\n" + tables.table(["error", ""], rows) + "\n"
