"""The command line: ``matdiff derive | generate | check | equal``.

Exit status: 0 done (for check and equal: all holds), 1 something checked is wrong, 2 bad input or usage.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import re
import stat
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from matdiff.errors import MatdiffError, UncheckedWarning
from matdiff.version import __version__

SUFFIXES = {".matdiff": "math", ".md": "math", ".py": "numpy", ".tex": "latex"}
"""The notation of a file, by its suffix."""
PATH = re.compile(r"[^\s()]*\.[A-Za-z]\w+")
"""What can only be meant as a file: no expression ends in a dot and a word."""


class UsageError(MatdiffError):
    """A file that cannot be read, or arguments that do not go together."""


def load(source: str, notation: str | None) -> tuple[str, str]:
    """A source argument as text, and its notation: the one that is named, or that of the file's suffix."""
    if source == "-":
        return read(source), notation or "math"
    suffix = Path(source).suffix
    if suffix in SUFFIXES and "\n" not in source:
        text = read(source)
        return model_block(text, source) if suffix == ".md" else text, notation or SUFFIXES[suffix]
    if os.path.exists(source) or (notation in (None, "math") and PATH.fullmatch(source)):
        raise UsageError(f"cannot read {source}: a source is an expression, or a file named {' '.join(SUFFIXES)}")
    return source, notation or "math"


def read(source: str) -> str:
    """The text of a file or, for ``-``, of standard input: UTF-8, with a byte order mark or without."""
    try:
        if source != "-":
            written = Path(source).read_bytes()
        elif sys.stdin is None:
            raise OSError(errno.EBADF, "it is closed")
        else:
            written = sys.stdin.buffer.read()
        text = io.TextIOWrapper(io.BytesIO(written), encoding="utf-8-sig").read()
        if "\0" in text:
            raise ValueError
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise UsageError(f"cannot read {'standard input' if source == '-' else source}: {why}") from None
    return text


def is_source(output: str, source: str) -> bool:
    """Whether what is written to a file would be written over what is read, by whatever names."""
    with suppress(OSError, ValueError, AttributeError):  # one of them is no file
        read_from = os.fstat(sys.stdin.fileno()) if source == "-" else os.stat(source)
        return stat.S_ISREG(read_from.st_mode) and os.path.samestat(read_from, os.stat(output))
    return False


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


def write(text: str, output: str | None = None) -> None:
    """Write to a file or to standard output, all of it, now: what cannot be written is an error of the command."""
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        if output is not None:
            Path(output).write_text(text, encoding="utf-8", errors="backslashreplace")
        elif not put(text, sys.stdout):
            raise OSError(errno.EBADF, "it is closed")
    except BrokenPipeError:
        pass  # the reader has what it wanted
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no name of a file"
        raise UsageError(f"cannot write {'standard output' if output is None else output}: {why}") from None


def put(text: str, stream: TextIO | None) -> bool:
    """Whether there is a stream, which then has the text; one that fails is closed, or Python would fail at its end."""
    if stream is None or stream.closed:
        return False
    try:
        print(text, end="", file=stream, flush=True)
    except OSError:
        with suppress(OSError):
            stream.close()
        raise
    return True


def complain(text: str) -> None:
    with suppress(OSError):  # there is nobody to tell
        put(f"matdiff: {text}\n", sys.stderr)


def derive(options: argparse.Namespace) -> int:
    from matdiff import api

    text, notation = load(options.source, options.notation)
    found = api.derive(
        text,
        options.wrt if len(options.wrt) > 1 else options.wrt[0],
        of=options.of,
        where="\n".join(options.where) or None,
        notation=notation,
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

    text, notation = load(options.source, options.notation)
    code = api.generate(
        text,
        options.wrt,
        of=options.of,
        where="\n".join(options.where) or None,
        notation=notation,
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
    write(str(verdict))
    return 0 if verdict.holds else 1


def check(options: argparse.Namespace) -> int:
    from matdiff import checking

    text = read(options.source)
    if options.source.endswith(".py") or options.loss is not None or options.grad:
        where = "\n".join(options.where) or None
        report = checking.check_code(text, options.loss, pairs(options.grad), where, strict=options.strict)
    elif options.where:
        raise UsageError("--where is for scripts; a document declares its names in a block fenced as ```matdiff")
    else:
        report = checking.check(text, strict=options.strict)
    color = options.output is None and sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    path = "" if options.source == "-" else options.source
    write(report.render(options.format, color=color, path=path), options.output)
    if not report.links and not options.allow_empty:
        print("matdiff: nothing was checked", file=sys.stderr)
        return 2
    return 1 if report.failing else 0


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
    three.add_argument("--allow-empty", action="store_true", help="a document without a single link is no failure")
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # where ∇ cannot be shown
    try:
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always", UncheckedWarning)
            status = answered(arguments)
        for sentence in dict.fromkeys(str(warning.message) for warning in met):
            complain(sentence)
        return status
    except MatdiffError as error:
        complain(str(error))
        return 2
    except KeyboardInterrupt:
        return 130


def answered(arguments: Sequence[str] | None) -> int:
    try:
        options = parser().parse_args(arguments)
    except SystemExit as leaving:  # help, or a complaint, was printed
        if not leaving.code:
            write("")
        return int(leaving.code or 0)
    run: Callable[[argparse.Namespace], int] = options.run
    output = getattr(options, "output", None)
    if output is not None and is_source(output, options.source):
        raise UsageError(f"cannot write {output}: it is the source itself")
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
