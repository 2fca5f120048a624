"""The rooms of the house and the arrows between them: a room imports only what stands below it.

Read from the source. Imports inside functions and those for annotations only (``if TYPE_CHECKING``) count: who needs
to know what something is called depends on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "matdiff"

ROOMS = (
    "errors",
    "version",
    "timelimit",
    "texts",  # functions that written code holds as they are
    "sizes",
    "expr",
    "compose",  # sums and products put together and taken apart
    "equations",  # what is defined by one
    "indices",
    "operators",  # the operator table
    "identities",  # the identity table
    "model",
    "reader",  # text to model; the formulas of the tables are read here too
    "formulas",  # those of the operator table, as templates
    "rewriting",
    "steps",
    "programs",  # models with indices, as statements
    "calculus",
    "printing",
    "mean",  # expectations, as numbers
    "array_functions",  # what the values of the table call
    "newton",  # what an equation defines, as numbers
    "evaluate",
    "exchange",  # what people hand in and get back
    "python",  # scripts, read by an abstract interpreter
    "rounding",
    "sampling",
    "verification",
    "wirtinger",  # derivatives by complex matrices, compared with differences
    "arrays",  # programs with indices on arrays
    "derivatives",  # what the calculus finds, compared with differences
    "equality",
    "codegen",
    "interop",  # SymPy in and out
    "expression",
    "record",  # what a derivation holds
    "replay",  # its steps, at random points
    "printing.page",  # a whole page, made of expressions
    "results",
    "documents",  # what Markdown, TeX and notebooks hold
    "checking",
    "question",  # what is asked
    "indexed",  # derivations of models with indices
    "answer",  # what is answered
    "api",
    "notebook",
    "assistant",  # tools by the Model Context Protocol
    "editor",  # findings by the Language Server Protocol
    "terminal",  # colours and widths
    "files",
    "arguments",  # of the command line
    "batch",  # many documents
    "web",  # the page, and what serves it
    "",  # the package itself: the names that load the rest when they are asked for
    "cli",
    "__main__",
)
"""From the ground up."""


def modules() -> dict[str, Path]:
    """Every module by its name inside the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(tree: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """The modules of the package that are imported, at once, later, or for annotations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a module loaded by its name
            package, _, inside = node.value.partition(".")
            if package == "matdiff" and inside and inside in known:
                yield inside
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("matdiff") for alias in node.names), "write from matdiff import …"
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import names the whole path"
            package, _, inside = (node.module or "").partition(".")
            if package == "matdiff":
                names = (f"{inside}.{alias.name}".strip(".") for alias in node.names)
                yield from (name if name in known else inside for name in names)


@cache
def arrows() -> dict[str, set[str]]:
    known = modules()
    return {
        name: set(imports(ast.parse(path.read_text(encoding="utf-8")), known)) - {name} for name, path in known.items()
    }


def room(module: str) -> str:
    """The room a module is in: the longest of the names it begins with."""
    return max((r for r in ROOMS if module == r or (r and module.startswith(f"{r}."))), key=len, default=module)


def test_every_module_stands_in_a_room() -> None:
    assert {room(module) for module in modules()} <= set(ROOMS)


def test_a_room_imports_only_what_stands_below_it() -> None:
    floor = {name: number for number, name in enumerate(ROOMS)}
    upward = [
        f"{module} imports {target}"
        for module, targets in arrows().items()
        for target in targets
        if floor[room(target)] > floor[room(module)]
    ]
    assert upward == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    try:
        TopologicalSorter(arrows()).prepare()
    except CycleError as error:
        raise AssertionError(f"a circle of imports: {' <- '.join(error.args[1])}") from None


def test_the_ground_stands_on_nothing() -> None:
    assert arrows()["errors"] == arrows()["sizes"] == arrows()["identities.identity"] == set()


def test_the_calculus_is_reached_by_one_door() -> None:
    """So nothing is answered that was not compared. `equality` opens differentials by the rules of the table only
    where both sides agree by differences already, `newton` looks for zeros, which are known when they are found, and
    `mean` sums over points what the calculus has in closed form."""
    reaching = {module for module, targets in arrows().items() if any(room(target) == "calculus" for target in targets)}
    outside = {module for module in reaching if room(module) != "calculus"}
    assert outside == {"derivatives", "equality.differentials", "newton", "mean"}
