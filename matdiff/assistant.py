"""``matdiff mcp``: tools for assistants, by the Model Context Protocol, over standard input and output.

An assistant can derive, and check what it has derived itself. Each answer is data; an error is the words that people
get, with the place. Nothing that is sent is executed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from matdiff import api
from matdiff.errors import MatdiffError, heard
from matdiff.version import __version__

SECONDS = 60.0
"""What a question may take."""

INSTRUCTIONS = """Matrix calculus, every step shown and every answer checked. Math notation: * is the matrix product,
.* ./ .^ work entry by entry, X' is the transpose; undeclared letters: a-g scalars, h-z columns, A-Z matrices; declare
others in `where`, as in "X: matrix(n, d); w: vector(d)". Use `check` on a derivation of your own before you show it."""

Source = Annotated[str, Field(description="an expression, or a model: lines of declarations and definitions")]
Where = Annotated[str | None, Field(description="declarations, as in X: matrix(n, d); w: vector(d)")]
Notation = Annotated[str, Field(description="math, numpy or latex")]


@dataclass(frozen=True)
class StepData:
    rule: str
    before: str
    after: str


@dataclass(frozen=True)
class Derived:
    objective: str
    steps: list[StepData]
    gradient: dict[str, str]
    jacobian: dict[str, str]
    latex: dict[str, str]
    conditions: list[str]
    checked: str
    warnings: list[str]


@dataclass(frozen=True)
class LinkData:
    line: int
    text: str
    verdict: str
    detail: str
    suggestion: str


@dataclass(frozen=True)
class Checked:
    ok: bool
    links: list[LinkData]


@dataclass(frozen=True)
class Compared:
    holds: bool
    how: str
    says: str


def answered(question: Callable[[], Any]) -> tuple[Any, list[str]]:
    """An answer with what it was warned of; an error as the protocol tells it."""
    with heard() as said:
        try:
            return question(), said
        except MatdiffError as error:
            raise ToolError(f"{type(error).__name__}: {error}") from None


def derive(
    source: Source,
    wrt: Annotated[list[str] | None, Field(description="the variables; without them all parameters")] = None,
    where: Where = None,
    notation: Notation = "math",
    detail: Annotated[str, Field(description="textbook, or full for every single rule")] = "textbook",
) -> Derived:
    """Derive gradients and Jacobians step by step; the answer has been compared with central differences."""
    found, told = answered(
        lambda: api.derive(source, wrt, where=where, notation=notation, detail=detail, timeout=SECONDS)
    )
    return Derived(
        objective=str(found.objective),
        steps=[StepData(rule=s.rule, before=str(s.before), after=str(s.after)) for s in found.steps],
        gradient={name: str(e) for name, e in found.gradients.items()},
        jacobian={name: str(e) for name, e in found.jacobians.items()},
        latex={name: e.latex() for name, e in found.gradients.items()},
        conditions=[*found.conditions, *found.conventions],
        checked=found.check,
        warnings=told,
    )


def check(
    document: Annotated[str, Field(description="Markdown with LaTeX; a block fenced as matdiff declares the names")],
) -> Checked:
    """Check a derivation line by line: each link is proved, sampled, wrong (with numbers and the slip), or not read."""
    found, _ = answered(lambda: api.check(document, timeout=SECONDS))
    return report(found)


def check_code(
    source: Annotated[str, Field(description="NumPy code with a loss and gradients written by hand; never executed")],
    loss: Annotated[str | None, Field(description="the name of the loss")] = None,
    grads: Annotated[dict[str, str] | None, Field(description="parameter to the name of its gradient")] = None,
    where: Where = None,
) -> Checked:
    """Check gradients in NumPy code; the line where one goes wrong is named, and what it should say."""
    found, _ = answered(lambda: api.check_code(source, loss, grads, where, timeout=SECONDS))
    return report(found)


def report(found: Any) -> Checked:
    links = [
        LinkData(line=k.line, text=k.text, verdict=k.verdict, detail=k.detail, suggestion=k.suggestion)
        for k in found.links
    ]
    return Checked(ok=found.ok, links=links)


def equal(one: Source, other: Source, where: Where = None, notation: Notation = "math") -> Compared:
    """Whether two expressions are equal: proved for all sizes, sampled at random points, or refuted with numbers."""
    found, _ = answered(lambda: api.equal(one, other, where, notation, timeout=SECONDS))
    return Compared(holds=found.holds, how=found.how, says=str(found))


def generate(
    model: Annotated[str, Field(description="a model with a scalar objective")],
    wrt: Annotated[list[str], Field(description="the parameters")],
    where: Where = None,
    target: Annotated[str, Field(description="numpy, jax or torch")] = "numpy",
) -> str:
    """The source of a training module: loss and gradients, training loop, gradient check."""
    found, _ = answered(lambda: api.generate(model, wrt, where=where, target=target, timeout=SECONDS))
    return str(found)


def server() -> MCPServer:
    """The tools as a server, ready to run."""
    made = MCPServer("matdiff", instructions=INSTRUCTIONS, version=__version__)
    for tool in (derive, check, check_code, equal, generate):
        made.add_tool(tool)
    return made


def main() -> None:
    server().run("stdio")
