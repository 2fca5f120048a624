"""The command line: ``matdiff derive | generate | check | equal``.

Exit status: 0 done (for check and equal: all holds), 1 something checked is wrong, 2 bad input or usage.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import stat
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from matdiff import terminal
from matdiff.arguments import SHELLS, Completion, Parser, taking_files
from matdiff.errors import MatdiffError, UncheckedWarning
from matdiff.files import UsageError, complain, read, write
from matdiff.timelimit import within
from matdiff.version import __version__

if TYPE_CHECKING:
    from matdiff.batch import Settings

SUFFIXES = {".matdiff": "math", ".md": "math", ".py": "numpy", ".ipynb": "numpy", ".tex": "latex"}
"""The notation of a file, by its suffix."""
PARTS = ("gradient", "jacobian", "differential", "hessian")
PATH = re.compile(r"[^\s()]*\.[A-Za-z]\w+")
"""What can only be meant as a file: no expression ends in a dot and a word."""


PATHS = ("source", "output", "baseline")
"""The arguments that are names of files."""

MODULE = 1_000_000
"""Larger modules beside a script are not read."""


def load(source: str, notation: str | None) -> tuple[str, str]:
    """A source argument as text, and its notation: the one that is named, or that of the file's suffix."""
    if source == "-":
        return read(source), notation or "math"
    from matdiff.question import notation_of

    suffix = Path(source).suffix
    if suffix in SUFFIXES and "\n" not in source:
        text = read(source)
        return model_block(text, source) if suffix == ".md" else text, notation or SUFFIXES[suffix]
    if notation is None and notation_of(source) == "latex":
        return source, "latex"
    if os.path.exists(source) or (notation in (None, "math") and PATH.fullmatch(source)):
        raise UsageError(f"cannot read {source}: a source is an expression, or a file named {' '.join(SUFFIXES)}")
    return source, notation or "math"


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


def derive(options: argparse.Namespace) -> int:
    from matdiff import api

    text, notation = load(options.source, options.notation)
    found = api.derive(
        text,
        asked_names(options.wrt),
        of=options.of,
        where="\n".join(options.where) or None,
        notation=notation,
        order=options.order,
        structured=options.structured,
        riemannian=options.riemannian,
        layout=options.layout,
        detail=options.detail,
    )
    if options.expand:
        found = found.expand()
    if options.format == "numpy":
        text = found.code()
    else:
        shown = options.output is None
        colour = options.format == "text" and shown and terminal.coloured(options.color, sys.stdout)
        if options.only:
            text = found.part(options.only, options.format)
        else:
            text = found.render(
                options.format,
                steps=not options.no_steps,
                fragment=False if options.standalone else None,
                width=terminal.width(sys.stdout) if shown else None,
            )
        text = terminal.derivation(text) if colour else text
    write(text, options.output)
    return 0


def asked_names(told: Sequence[str]) -> str | list[str] | None:
    """``--wrt W1,b1 --wrt W2`` as names; None where nothing is told."""
    names = [name.strip() for text in told for name in text.split(",")]
    return names[0] if len(names) == 1 else names or None


def generate(options: argparse.Namespace) -> int:
    from matdiff import api

    text, notation = load(options.source, options.notation)
    code = api.generate(
        text,
        asked_names(options.wrt),
        of=options.of,
        where="\n".join(options.where) or None,
        notation=notation,
        target=options.target,
        style=options.style,
        explain=options.explain,
        optimizer=options.optimizer,
        batch_size=options.batch_size,
        schedule=options.schedule,
        validation=options.validation,
        patience=options.patience,
        dtype=options.dtype,
        checkpoint=options.checkpoint,
        sharded=options.sharded,
    )
    write(code, options.output)
    return 0


def equal(options: argparse.Namespace) -> int:
    from matdiff import api
    from matdiff.question import notation_of

    where = "\n".join(options.where) or None
    notation = options.notation or notation_of(options.one, options.other)
    verdict = api.equal(options.one, options.other, where=where, notation=notation)
    write(str(verdict))
    return 0 if verdict.holds else 1


def check(options: argparse.Namespace) -> int:
    from matdiff import batch

    names = ("strict", "quiet", "allow_empty", "max_unread", "baseline", "format")
    told = {name: value for name in names if (value := getattr(options, name)) is not None}
    settings = batch.settings_for(options.source[0], told)
    is_code = bool(options.loss is not None or options.grad or options.upstream or options.source[0].endswith(".py"))
    if is_code and len(options.source) == 1:
        return within(options.seconds, lambda: check_code(options, settings))
    if is_code or options.where:
        raise UsageError("--loss, --grad and --where are for one script; a document declares its names in a block")
    return batch.run(options.source, settings, options.output, options.fix, options.seconds)


def model(options: argparse.Namespace) -> int:
    from matdiff import batch

    write(batch.model_of(options.source), options.output)
    return 0


def check_code(options: argparse.Namespace, settings: Settings) -> int:
    from matdiff import batch, checking
    from matdiff.checking.rendering import rendered

    (source,) = options.source
    where = "\n".join(options.where) or None
    told = {"strict": settings.strict, "upstream": options.upstream, "beside": beside(source)}
    look = partial(checking.check_code, loss=options.loss, gradients=pairs(options.grad), where=where, **told)
    report = look(read(source))
    if options.fix and batch.fixed(source, report):
        report = look(read(source))
    named = ("" if source == "-" else source, report)
    color = batch.in_color(options.output)
    write(rendered([named], settings.format, color=color, quiet=settings.quiet), options.output)
    return batch.status([report], settings, False)


def beside(source: str) -> Callable[[str], str | None]:
    """The text of a module that lies beside a script."""

    def text(module: str) -> str | None:
        folder = Path(source).parent
        path = folder.joinpath(*(part for part in module.split(".") if part)).with_suffix(".py")
        try:
            inside = path.resolve().is_relative_to(folder.resolve()) and source != "-"
            return path.read_text(encoding="utf-8") if inside and path.stat().st_size < MODULE else None
        except (OSError, ValueError):
            return None

    return text


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


def mcp(options: argparse.Namespace) -> int:
    return of_an_extra("assistant", "mcp")


def lsp(options: argparse.Namespace) -> int:
    return of_an_extra("editor", "lsp")


def of_an_extra(module: str, extra: str) -> int:
    """Run what needs packages that an extra brings."""
    try:
        main: Callable[[], None] = import_module(f"matdiff.{module}").main
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed: pip install 'matdiff[{extra}]'") from None
    main()
    return 0


def serve(options: argparse.Namespace) -> int:
    from matdiff.web.server import serve as serve_page

    serve_page(options.port)
    return 0


def page(options: argparse.Namespace) -> int:
    from matdiff.web.build import build

    build(Path(options.folder))
    return 0


def parser() -> argparse.ArgumentParser:
    main = Parser(prog="matdiff", description="Matrix calculus with every step shown, and every answer checked.")
    main.add_argument("--version", action="version", version=f"matdiff {__version__}")
    main.add_argument(
        "--print-completion", choices=SHELLS, action=Completion, help="what this shell sources to complete the words"
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    one = command(commands, "derive", derive, "derive a gradient, a Jacobian or a Hessian, step by step")
    one.add_argument("source", help="an expression, a model file (.matdiff, .md, .py, .tex), or - for standard input")
    model_options(one)
    formats = ("text", "latex", "markdown", "html", "json", "numpy")
    one.add_argument("--format", choices=formats, default="text", help="numpy: the result as NumPy code")
    one.add_argument("--order", type=int, choices=(1, 2), default=1, help="2 adds the Hessian")
    one.add_argument("--no-steps", action="store_true", help="only the result")
    one.add_argument("--only", choices=PARTS, help="only this, without words, ready to be copied")
    one.add_argument("--standalone", action="store_true", help="of LaTeX: a whole document, not a part to be pasted")
    one.add_argument("--color", choices=terminal.WHEN, default="auto", help="else as NO_COLOR and FORCE_COLOR say")
    one.add_argument(
        "--detail",
        choices=("textbook", "full"),
        default="textbook",
        help="textbook: the whole differential on each line; full: every single rule",
    )
    one.add_argument("--expand", action="store_true", help="write out the model's intermediate names in the result")
    one.add_argument(
        "--structured", action="store_true", help="respect a symmetric, diagonal or orthogonal variable's structure"
    )
    one.add_argument("--riemannian", action="store_true", help="the gradient on the manifold of a variable")
    one.add_argument("--layout", choices=("gradient", "numerator", "denominator"), default="gradient")

    two = command(commands, "generate", generate, "write a NumPy training module for a model")
    two.add_argument("source", help="a model file, or - for standard input")
    model_options(two)
    two.add_argument("--target", default="numpy", help="numpy, jax or torch")
    two.add_argument("--style", default="readable", help="readable, or fast: in arrays that are made once")
    two.add_argument("--explain", action="store_true", help="put the derivation into the module's docstring")
    two.add_argument("--optimizer", metavar="NAME", help="sgd, momentum or adam")
    two.add_argument("--batch-size", type=int, metavar="N", help="examples a step, shuffled for each pass over them")
    two.add_argument("--schedule", metavar="NAME", help="of the learning rate: linear, cosine or step")
    two.add_argument("--validation", type=float, metavar="PART", help="the part of the examples that is held out")
    two.add_argument("--patience", type=int, metavar="N", help="stop after N looks at it without a lower loss")
    two.add_argument("--dtype", metavar="TYPE", help="float32 or float64")
    two.add_argument("--checkpoint", action="store_true", help="training goes on from a file, and is kept there")
    two.add_argument("--sharded", action="store_true", help="over all devices and processes (jax)")

    three = command(commands, "check", check, "check derivations, or gradients in NumPy code, written by hand")
    three.add_argument(
        "source", nargs="+", help="documents (.md, .tex, .ipynb, .rst …), folders of such, a NumPy script (.py), or -"
    )
    three.add_argument("--loss", metavar="NAME", help="of a script: the name of its loss, or mse, bce or xent")
    three.add_argument(
        "--grad",
        action="append",
        default=[],
        metavar="PARAMETER=GRADIENT",
        help="of a script: a gradient to check (may be repeated); without it, the names tell",
    )
    three.add_argument(
        "--upstream",
        metavar="OUTPUT=GRADIENT",
        help="of a script without a loss: the output of its forward function, and the gradient its backward one takes",
    )
    three.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="DECLARATIONS",
        help="of a script: what it does not tell of its data, as in 'x: matrix(N, D)' (may be repeated)",
    )
    three.add_argument("--format", choices=("text", "markdown", "html", "json", "sarif", "github"))
    yes_or_no = argparse.BooleanOptionalAction
    three.add_argument("--quiet", action=yes_or_no, help="show only what fails")
    three.add_argument("--allow-empty", action=yes_or_no, help="documents without a single link are no failure")
    three.add_argument("--strict", action=yes_or_no, help="what is only sampled, or not read, is not enough")
    three.add_argument("--max-unread", type=int, metavar="N", help="so many equations may be not understood")
    three.add_argument("--baseline", metavar="FILE", help="a report as JSON: what fails there is no failure")
    three.add_argument("--fix", action="store_true", help="make the suggested changes where there is just one")
    time_limit(three, "how long each document may take", "seconds")
    three.add_argument("-o", "--output", metavar="FILE")

    five = command(commands, "model", model, "print the model block that a document would be checked with")
    five.add_argument("source", metavar="FILE", help="a document, or - for standard input")
    five.add_argument("-o", "--output", metavar="FILE")

    four = command(commands, "equal", equal, "decide whether two expressions are equal")
    four.add_argument("one", metavar="EXPR")
    four.add_argument("other", metavar="EXPR")
    four.add_argument("--where", action="append", default=[], metavar="DECLARATIONS")
    four.add_argument("--notation", choices=("math", "numpy", "latex"))
    time_limit(four)

    six = command(commands, "serve", serve, "serve a page to derive, check and generate in, on this machine only")
    six.add_argument("--port", type=int, default=8765, help="0 takes any that is free")

    seven = command(commands, "page", page, "write that page as files that need no server, with the engine inside")
    seven.add_argument("action", choices=("build",))
    seven.add_argument("folder", metavar="FOLDER", help="where the files go; any web server can give them out")

    command(commands, "lsp", lsp, "serve an editor, by the Language Server Protocol on standard input")
    command(commands, "mcp", mcp, "serve the tools to assistants, by the Model Context Protocol on standard input")
    taking_files(*(action for of in (one, two, three, five) for action in of._actions if action.dest in PATHS))
    return main


EXAMPLES = {
    "derive": r"""examples:
  matdiff derive "norm2(A*x - y)^2" --wrt x
  matdiff derive model.matdiff --wrt W1,b1 --detail full
  matdiff derive "\|Xw - y\|_2^2" --wrt w --notation latex --format latex
  matdiff derive "logdet(S)" --wrt S --where "S: symmetric(n)" --only gradient""",
    "generate": """examples:
  matdiff generate model.matdiff --wrt W1,b1 -o train.py
  matdiff generate model.matdiff --wrt w --target torch""",
    "check": """examples:
  matdiff check notes.md
  matdiff check notes/ paper.tex --quiet
  matdiff check train.py --loss loss --grad w1=grad_w1""",
    "model": """examples:
  matdiff model notes.md""",
    "equal": """examples:
  matdiff equal "tr(A*B)" "tr(B*A)"
  matdiff equal "inv(A*B)" "inv(B)*inv(A)" --where "A, B: matrix(n, n)"
""",
    "serve": """examples:
  matdiff serve
  matdiff serve --port 0
""",
    "page": """examples:
  matdiff page build site && python -m http.server --directory site
""",
    "lsp": """examples:
  matdiff lsp
""",
    "mcp": """examples:
  matdiff mcp
""",
}


def command(
    commands: argparse._SubParsersAction[Parser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    found = commands.add_parser(
        name, help=words, description=words, epilog=EXAMPLES[name], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.set_defaults(run=run)
    return found


def model_options(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--wrt",
        action="append",
        default=[],
        metavar="NAMES",
        help="the variables, as in --wrt W1,b1 (may be repeated); without it, the parameters of the model",
    )
    time_limit(to)
    to.add_argument("--of", metavar="NAME", help="the definition to take; by default the last")
    to.add_argument("--where", action="append", default=[], metavar="DECLARATIONS", help="declarations and definitions")
    to.add_argument("--notation", choices=("math", "numpy", "latex"))
    to.add_argument("-o", "--output", metavar="FILE")


def time_limit(to: argparse.ArgumentParser, words: str = "how long the answer may take", name: str = "timeout") -> None:
    to.add_argument("--timeout", dest=name, type=float, metavar="SECONDS", help=words)


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
    source = getattr(options, "source", "")
    if output is not None and any(is_source(output, one) for one in (source if isinstance(source, list) else [source])):
        raise UsageError(f"cannot write {output}: it is the source itself")
    return within(getattr(options, "timeout", None), lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
