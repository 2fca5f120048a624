"""The command line: ``matdiff derive | generate | check | equal``.

Exit status: 0 done (for check and equal: all holds), 1 something checked is wrong, 2 bad input or usage.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from matdiff import __version__
from matdiff.errors import MatdiffError

SUFFIXES = {".matdiff": "math", ".md": "math", ".py": "numpy", ".tex": "latex"}
"""The notation of a file, by its suffix."""


class UsageError(MatdiffError):
    """A file that cannot be read, or arguments that do not go together."""


def load(source: str) -> tuple[str, str | None]:
    """A source argument as text, and the notation where a file's suffix tells it."""
    if source == "-":
        return sys.stdin.read(), None
    path = Path(source)
    if path.suffix not in SUFFIXES or "\n" in source:
        return source, None
    text = read(path)
    return (model_block(text, source) if path.suffix == ".md" else text), SUFFIXES[path.suffix]


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(f"cannot read {path}: {why}") from None


def model_block(text: str, name: str) -> str:
    """The model in a Markdown file: its blocks fenced as ``matdiff``, every line where it was."""
    kept, inside, found = [], False, False
    for line in text.split("\n"):
        if line.strip().startswith("```"):
            inside = not inside and line.strip()[3:].strip() == "matdiff"
            found = found or inside
            kept.append("")
        else:
            kept.append(line if inside else "")
    if not found:
        raise UsageError(f"{name} has no block fenced as ```matdiff")
    return "\n".join(kept)


def write(text: str, output: str | None) -> None:
    if output is None:
        print(text, end="" if text.endswith("\n") else "\n")
        return
    try:
        Path(output).write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text, or no name of a file"
        raise UsageError(f"cannot write {output}: {why}") from None


def derive(options: argparse.Namespace) -> int:
    from matdiff import api

    text, told = load(options.source)
    found = api.derive(
        text,
        options.wrt if len(options.wrt) > 1 else options.wrt[0],
        of=options.of,
        where="\n".join(options.where) or None,
        notation=options.notation or told or "math",
        order=options.order,
        structured=options.structured,
        layout=options.layout,
    )
    if options.expand:
        found = found.expand()
    if options.format == "numpy":
        from matdiff.codegen.function import compile_function

        results = found.gradients if found.objective.node.is_scalar else found.jacobians
        text = compile_function([e.node for e in results.values()], found.model, nested=5).source
    else:
        text = found.render(options.format, steps=not options.no_steps)
    write(text, options.output)
    return 0


def generate(options: argparse.Namespace) -> int:
    from matdiff import api

    text, told = load(options.source)
    code = api.generate(
        text,
        options.wrt,
        of=options.of,
        where="\n".join(options.where) or None,
        notation=options.notation or told or "math",
        target=options.target,
        style=options.style,
        explain=options.explain,
    )
    write(code, options.output)
    return 0


def equal(options: argparse.Namespace) -> int:
    from matdiff import api

    where = "\n".join(options.where) or None
    verdict = api.equal(options.one, options.other, where=where, notation=options.notation or "math")
    print(verdict)
    return 0 if verdict.holds else 1


def check(options: argparse.Namespace) -> int:
    from matdiff import checking

    text = sys.stdin.read() if options.source == "-" else read(Path(options.source))
    if options.source.endswith(".py") or options.loss is not None or options.grad:
        where = "\n".join(options.where) or None
        report = checking.check_code(text, options.loss, pairs(options.grad), where, strict=options.strict)
    elif options.where:
        raise UsageError("--where is for scripts; a document declares its names in a block fenced as ```matdiff")
    else:
        report = checking.check(text, strict=options.strict)
    color = options.output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    path = "" if options.source == "-" else options.source
    write(report.render(options.format, color=color, path=path), options.output)
    return 0 if report.ok else 1


def pairs(told: Sequence[str]) -> dict[str, str] | None:
    """``w1=grad_w1`` for each gradient; None where nothing is told."""
    found: dict[str, str] = {}
    for text in told:
        of, sign, name = text.partition("=")
        if not sign or not of.strip() or not name.strip():
            raise UsageError(f"--grad takes a parameter and its gradient, as in --grad w1=grad_w1, not {text}")
        if of.strip() in found:
            raise UsageError(f"--grad names the gradient by {of.strip()} twice")
        found[of.strip()] = name.strip()
    return found or None


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(
        prog="matdiff", description="Matrix calculus with every step shown, and every answer checked."
    )
    main.add_argument("--version", action="version", version=f"matdiff {__version__}")
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    one = command(commands, "derive", derive, "derive a gradient, a Jacobian or a Hessian, step by step")
    one.add_argument("source", help="an expression, a model file (.matdiff, .md, .py, .tex), or - for standard input")
    model_options(one)
    formats = ("text", "latex", "markdown", "html", "json", "numpy")
    one.add_argument("--format", choices=formats, default="text", help="numpy: the result as NumPy code")
    one.add_argument("--order", type=int, choices=(1, 2), default=1, help="2 adds the Hessian")
    one.add_argument("--no-steps", action="store_true", help="only the result")
    one.add_argument("--expand", action="store_true", help="write out the model's intermediate names in the result")
    one.add_argument("--structured", action="store_true", help="respect a symmetric or diagonal variable's structure")
    one.add_argument("--layout", choices=("gradient", "numerator", "denominator"), default="gradient")

    two = command(commands, "generate", generate, "write a NumPy training module for a model")
    two.add_argument("source", help="a model file, or - for standard input")
    model_options(two)
    two.add_argument("--target", default="numpy")
    two.add_argument("--style", default="readable")
    two.add_argument("--explain", action="store_true", help="put the derivation into the module's docstring")

    three = command(commands, "check", check, "check a derivation, or gradients in NumPy code, written by hand")
    three.add_argument("source", help="a Markdown document, a NumPy script (.py), or - for standard input")
    three.add_argument("--loss", metavar="NAME", help="of a script: the name of its loss")
    three.add_argument(
        "--grad",
        action="append",
        default=[],
        metavar="PARAMETER=GRADIENT",
        help="of a script: a gradient to check (may be repeated); without it, the names tell",
    )
    three.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="DECLARATIONS",
        help="of a script: what it does not tell of its data, as in 'x: matrix(N, D)' (may be repeated)",
    )
    three.add_argument("--format", choices=("text", "markdown", "html", "json", "sarif"), default="text")
    three.add_argument("--strict", action="store_true", help="links that are only sampled are not enough")
    three.add_argument("-o", "--output")

    four = command(commands, "equal", equal, "decide whether two expressions are equal")
    four.add_argument("one", metavar="EXPR")
    four.add_argument("other", metavar="EXPR")
    four.add_argument("--where", action="append", default=[], metavar="DECLARATIONS")
    four.add_argument("--notation", choices=("math", "numpy", "latex"))
    return main


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    found = commands.add_parser(name, help=words, description=words)
    found.set_defaults(run=run)
    return found


def model_options(to: argparse.ArgumentParser) -> None:
    to.add_argument("--wrt", action="append", required=True, metavar="NAME", help="the variable; may be repeated")
    to.add_argument("--of", metavar="NAME", help="the definition to take; by default the last")
    to.add_argument("--where", action="append", default=[], metavar="DECLARATIONS", help="declarations and definitions")
    to.add_argument("--notation", choices=("math", "numpy", "latex"))
    to.add_argument("-o", "--output", metavar="FILE")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # where ∇ cannot be shown
    try:
        return run(options)
    except MatdiffError as error:
        print(f"matdiff: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; say nothing more
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
