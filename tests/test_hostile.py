"""What nobody means: megabytes of anything, towers of powers, code in every field, names that are keywords.

Every input ends in an answer or a `MatdiffError`, within seconds and a gigabyte (`limits.py`): one that grows is killed
and told by name.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from garbling import Source, corpus, garble
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import limited

import matdiff as md
from matdiff.checking.findings import VERDICTS
from matdiff.cli import main
from matdiff.errors import DeclarationError, EvaluationError, MatdiffError, ParseError, ShapeError, UnsupportedError


def refused(answer: str) -> bool:
    return answer.split(":")[0] in {
        error.__name__ for error in (ParseError, DeclarationError, ShapeError, UnsupportedError)
    }


K, M = 100_000, 1_000_000

LARGE: dict[str, str] = {
    "open brackets": "(" * K,
    "closing brackets": ")" * K,
    "open and closing brackets": "(" * K + "x" + ")" * K,
    "40,000 brackets": "(" * 40_000 + "x" + ")" * 40_000,
    "square brackets": "[" * K + "]" * K,
    "braces": "{" * K + "}" * K,
    "one letter": "a" * M,
    "one long name": "x + " + "n" * K,
    "digits": "1" * M,
    "x + x": "+".join("x" * 500_000),
    "x + x of 90,000 characters": "+".join("x" * 45_000),
    "a*a": "*".join("a" * 45_000),
    "a^a": "^".join("a" * 45_000),
    "x < x": "<".join("x" * 40_000),
    "x = x": "=".join("x" * 40_000),
    "X kron X": "⊗".join("X" * 30_000),
    "minus signs": "-" * 90_000 + "x",
    "calls": "exp(" * K + "x" + ")" * K,
    "20,000 calls": "exp(" * 20_000 + "x" + ")" * 20_000,
    "masks": "1(x > " * 20_000 + "0" + ")" * 20_000,
    "arguments": "max(" + ",".join("x" * 40_000) + ")",
    "commas": "f(" + "," * K + ")",
    "transposes": "x" + "'" * 90_000,
    "quotes": "'" * M,
    "newlines": "\n" * M,
    "semicolons": ";" * M,
    "blanks": " " * M + "x",
    "dots": "." * M,
    "comment": "# " + "a" * M + "\nx",
    "declarations": "\n".join(f"v{i}: vector(n)" for i in range(15_000)),
    "declared names": ", ".join(f"v{i}" for i in range(30_000)) + ": vector(n)",
    "one size": f"X: matrix({'*'.join(f'n{i}' for i in range(20_000))}, 2)\nX",
    "one size of ones": f"ones({'*'.join(f'n{i}' for i in range(20_000))})",
    "backslashes": "\\" * M,
    "fractions": "\\frac{" * 30_000 + "x" + "}{2}" * 30_000,
    "subscripts": "x" + "_{a" * 30_000 + "}" * 30_000,
    "primes of a function": "f: function\nf" + "'" * 5000 + "(x)",
    "accents": "é" * M,
    "zero-width spaces": "x\u200b" * K,
    "marks on a letter": "x" + "\u0301" * K,
    "random letters": "".join(map(chr, random.Random(0).choices(range(32, 0x2FFF), k=M))),
    "random ASCII": "".join(map(chr, random.Random(1).choices(range(32, 127), k=K))),
}
"""Texts that are too much of one thing."""


QUICK = [name for name in LARGE if len(LARGE[name]) >= 3 * K and name not in ("backslashes", "blanks")]
"""Those that are refused before they are read to the end."""


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in LARGE]
)
@pytest.mark.parametrize("notation", ["math", "numpy", "latex"])
def test_large_texts_are_read_or_refused(notation: str, name: str) -> None:
    answer = limited(md.parse, LARGE[name], notation)
    assert answer == "read" or refused(answer)


@pytest.mark.slow
def test_a_model_of_many_definitions_is_read() -> None:
    lines = ["h0 = x", *(f"h{i} = tanh(h{i - 1}*W{i} + b{i})" for i in range(1, 5001))]
    where = "x: matrix(N, D)\n" + "\n".join(f"W{i}: matrix(D, D); b{i}: row(D)" for i in range(1, 5001))
    assert limited(md.parse, "\n".join(lines), "math", where) == "read"


def chain(first: str, step: str, last: str, count: int = 200) -> str:
    """``x0 = x``, ``x1 = …x0…`` and so on, and an objective."""
    lines = [f"{first}0 = {first}", *(f"{first}{i} = {step.replace('@', f'{first}{i - 1}')}" for i in range(1, count))]
    return "\n".join([*lines, last.replace("@", f"{first}{count - 1}")])


DOUBLING: dict[str, tuple[str, str]] = {
    "products of numbers": (chain("a", "@*@", "2*@"), "a"),
    "sums of numbers": (chain("a", "@ + @", "2*@"), "a"),
    "products of matrices": (chain("A", "@*@", "tr(@)", 60), "A"),
    "sums of matrices": (chain("A", "@ + @'", "tr(@)"), "A"),
    "products entry by entry": (chain("x", "@ .* @", "sum(@)", 60), "x"),
    "functions": (chain("x", "sin(@) .* cos(@)", "sum(@)", 60), "x"),
    "softmax": (chain("x", "softmax(@) .* @", "sum(@)", 30), "x"),
}
"""Definitions that grow exponentially when they are written out."""

USES: dict[str, Callable[[str, str], Any]] = {
    "print": lambda text, wrt: str(md.parse(text)),
    "expand": lambda text, wrt: (str(md.parse(text).expand()), md.parse(text).expand().latex()),
    "derive": lambda text, wrt: str(md.derive(text, wrt)),
    "equal": lambda text, wrt: md.equal(text, f"{text} + 1"),
    "generate": lambda text, wrt: ast.parse(md.generate(text, wrt)),
    "check": lambda text, wrt: md.check(f"```matdiff\n{text}\n```\n$D_{wrt} = 0$").render("text"),
}


def used(use: str, text: str, wrt: str) -> None:
    USES[use](text, wrt)


@pytest.mark.parametrize("use", [use if use == "expand" else pytest.param(use, marks=pytest.mark.slow) for use in USES])
@pytest.mark.parametrize("name", DOUBLING)
def test_definitions_that_double_are_not_written_out(name: str, use: str) -> None:
    answer = limited(used, use, *DOUBLING[name])
    assert answer == "read" or refused(answer)


# A source, how it is used, and the errors it may end in; none where it must be answered.
POWERS: list[tuple[str, str, tuple[type[MatdiffError], ...]]] = [
    ("tr(X^1000000000)", "X", (UnsupportedError,)),
    ("tr(X^-1000000000)", "X", (UnsupportedError,)),
    ("tr(X^(10^9))", "X", (UnsupportedError,)),
    ("x^1000000000", "x", (ShapeError,)),
    ("sum(x.^1e9)", "x", ()),
    ("sum(x.^1000000000)", "x", ()),
    ("a^1000000000", "a", ()),
    ("a^(1/1000000000)", "a", ()),
    ("a^2^2^2^2^2^2", "a", (UnsupportedError,)),
    ("2^2^2^2^2^2^2*a", "a", (UnsupportedError,)),
    ("a^9^9^9^9", "a", (UnsupportedError,)),
    ("a^a^a^a^a", "a", ()),
    ("(1/3)^1000000000*a", "a", (UnsupportedError,)),
    ("a*1e400", "a", ()),
    ("a*1e999", "a", (ParseError,)),
    ("a*1e999999999", "a", (ParseError,)),
    ("a*0.1^-999999999", "a", (UnsupportedError,)),
    ("a*" + "*".join(["1e400"] * 20), "a", (UnsupportedError,)),
    ("a*" + "9" * 500, "a", (ParseError,)),
    ("a*((((10^400)^400)^400)^400)", "a", (UnsupportedError,)),
    ("sum(besselj(1000000000, x))", "x", (UnsupportedError,)),
    ("sum(polygamma(1000000, x))", "x", (UnsupportedError,)),
]


def every_use(text: str, wrt: str) -> None:
    found = md.parse(text)
    md.derive(text, wrt).render("latex")
    md.equal(text, f"{text} + 1")
    found.evaluate(**{wrt: {"a": 0.5, "x": [0.5, 1.5], "X": [[1, 2], [3, 4]]}[wrt]})
    found.expand().latex()
    if found.shape == (1, 1):
        ast.parse(md.generate(text, wrt))


@pytest.mark.parametrize(("text", "wrt", "errors"), POWERS)
def test_towers_of_powers(text: str, wrt: str, errors: tuple[type[MatdiffError], ...]) -> None:
    answer = limited(every_use, text, wrt)
    assert answer == "read" or refused(answer)


HUGE: list[tuple[str, dict[str, Any], type[MatdiffError] | None]] = [
    ("ones(1000000000)", {}, EvaluationError),
    ("sum(ones(10^9)*ones(10^9)')", {}, EvaluationError),
    ("tr(eye(10^6))", {}, EvaluationError),
    ("X: matrix(10^9, 10^9)\nsum(X)", {}, DeclarationError),
    ("n: dim\nsum(ones(n, n))", {"n": 10**9}, EvaluationError),
    ("n: dim\nn^2", {"n": 10**300}, None),
    ("kron(kron(A, A), kron(A, A))", {"A": np.ones((60, 60))}, EvaluationError),
    ("commutation(100000, 100000)", {}, EvaluationError),
    ("y: labels(n, k)\nsum(y)", {"y": [0, 10**12]}, EvaluationError),
]


def evaluated(text: str, values: dict[str, Any]) -> None:
    md.parse(text).evaluate(**values)


@pytest.mark.parametrize(("text", "values", "error"), HUGE)
def test_huge_arrays_are_not_made(text: str, values: dict[str, Any], error: type[MatdiffError] | None) -> None:
    answer = limited(evaluated, text, values)
    assert answer.split(":")[0] == (error.__name__ if error else "read")


def test_sizes_too_large_for_memory_are_checked_at_smaller_ones() -> None:
    source = "X: matrix(10^6, 10^6)\nnorm2(X)^2"
    assert limited(md.derive, source, "X") == "read"
    assert "of smaller sizes" in md.derive(source, "X").check


# Names that mean something in Python, in NumPy or in the code that is written.
NAMES = (
    *("lambda", "import", "def", "class", "None", "True", "False", "and", "not", "is", "in", "if", "for", "async"),
    *(
        "__import__",
        "__builtins__",
        "__name__",
        "__class__",
        "eval",
        "exec",
        "print",
        "open",
        "globals",
        "float",
        "int",
    ),
    *(
        "np",
        "numpy",
        "sys",
        "argparse",
        "importlib",
        "loss",
        "losses",
        "train",
        "main",
        "step",
        "steps",
        "rng",
        "report",
        "seed",
    ),
    *("gradients", "parameters", "learning_rate", "loss_and_gradients", "grad_x", "t", "t_2", "out", "x_", "self", "_"),
    *("initialise", "inputs", "data", "options", "SHAPES", "len", "range", "zip", "dict", "match", "case", "type"),
)


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_name(name: str, style: str) -> None:
    declared = f"{name}: vector(n); A: matrix(n, n)\n"
    model = f"{declared}{name}2 = A*{name}\nresult = {name}'*{name}2 + sum(exp({name}))"
    A, x = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([0.5, -1.0])
    value, slope = x @ A @ x + np.exp(x).sum(), (A + A.T) @ x + np.exp(x)
    gradient = md.gradient(model, name)
    assert np.allclose(gradient.evaluate(A=A, **{name: x}), slope)
    assert np.allclose(md.compile(gradient)(A=A, **{name: x}), slope)
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile(md.generate(model, name, style=style), "module", "exec"), module)
    found, slopes = module["loss_and_gradients"](x, A)
    assert np.allclose(found, value)
    assert np.allclose(slopes[name], slope)


CODE = (
    "__import__('os').system('touch hacked')",
    "exec('1')",
    "[].__class__.__base__",
    "open('hacked', 'w')",
    "lambda: 0",
    "x; import os",
    "x\nimport os",
    '"""\nimport os\n"""',
    "{x.__class__}",
    "%s%n",
    "'; DROP TABLE",
    "\\input{hacked}",
    "<script>",
    "\x00",
    "\ud800",
    "\u202ex",
    "",
    " ",
    "\n",
)


@pytest.mark.parametrize("code", CODE)
def test_code_is_read_in_no_field(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fields: list[Callable[[], Any]] = [
        *(lambda notation=notation: md.parse(code, notation) for notation in ("math", "numpy", "latex")),
        lambda: md.parse(f"x = {code}"),
        lambda: md.parse(f"{code}: vector(n)"),
        lambda: md.parse(f"x: vector({code or '0'})"),
        lambda: md.parse(f"set relu_at_zero = {code}"),
        lambda: md.parse("x*", where=code),
        lambda: md.parse("x", notation=code),
        lambda: md.derive("sum(x)", code),
        lambda: md.derive("sum(x)", ["x", code]),
        lambda: md.derive("f = sum(x)", "x", of=code),
        lambda: md.derive("f = sum(x)", "x", layout=code),
        lambda: md.hvp("sum(x)", "x", code + "("),
        lambda: md.hessian("sum(x)", "x", code),
        lambda: md.parse("x").evaluate(x=code),
        lambda: md.parse("x").evaluate(**{code: 1}),
        lambda: md.compile(md.parse("x"))(**{code: 1}),
        lambda: md.derive("sum(x)", "x").render(code),
        lambda: md.generate("sum(x)", code),
        lambda: md.generate("sum(x)", "x", target=code),
        lambda: md.generate("sum(x)", "x", style=code),
        lambda: md.generate(f"loss = sum(x)\ntrain:\n    steps = {code or '?'}\n", "x"),
        lambda: md.generate(f"loss = sum(x)\ntrain:\n    x ~ {code or '?'}\n", "x"),
        lambda: md.equal("x", code),
    ]
    for field in fields:
        with suppress(MatdiffError):
            field()
    with suppress(MatdiffError):
        md.check(f"```matdiff\n{code}\n```\n$ {code} = x $")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "comment", [*CODE[:12], '""" + __import__("os") + """', "\\", "\\N{x} \\x", "\t\x0c\x07\r\x85\u2028"]
)
def test_comments_are_no_code(comment: str) -> None:
    written = " # ".join(["", *comment.split("\n")]).replace("# ", "\n# ")
    code = md.generate(f"x: vector(n)\nloss = sum(x){written}", "x")
    imported = {node.names[0].name for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import)}
    own = {"argparse", "functools", "importlib.util", "inspect", "math", "sys"}
    assert imported <= own | {"numpy", "matplotlib", "matplotlib.pyplot"}


COMMANDS: dict[str, tuple[str, ...]] = {
    "brackets": ("derive", "(" * K, "--wrt", "x"),
    "a lone surrogate": ("derive", "x\udcff", "--wrt", "x"),
    "a NUL in a path": ("derive", "\0.md", "--wrt", "x"),
    "a long path": ("derive", "a" * 5000 + ".matdiff", "--wrt", "x"),
    "a missing file": ("derive", "missing.matdiff", "--wrt", "x"),
    "a folder": ("derive", ".", "--wrt", "x"),
    "a folder to write code of": ("generate", ".", "--wrt", "x"),
    "no name": ("derive", "sum(x)", "--wrt", ""),
    "a strange name": ("derive", "sum(x)", "--wrt", "\udcff"),
    "an output that is none": ("derive", "sum(x)", "--wrt", "x", "-o", "a\0b"),
    "an output in no folder": ("generate", "sum(x)", "--wrt", "x", "-o", "missing/a.py"),
    "no target": ("generate", "sum(x)", "--wrt", "x", "--target", "__import__('os')"),
    "no style": ("generate", "sum(x)", "--wrt", "x", "--style", "{}"),
    "code": ("equal", "__import__('os')", "x"),
    "declarations": ("equal", "x", "x", "--where", "x: exec('1')"),
    "another definition": ("derive", "f = sum(x)", "--wrt", "x", "--of", "os"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_refuse_in_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(COMMANDS[name]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("matdiff: ")
    assert "Traceback" not in told.err


def test_a_folder_without_documents_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "matdiff: nothing was checked\n")


SOURCES = [source for source in corpus() if len(source.text) < 400]
TEXTS = [source.text for source in SOURCES]


@pytest.mark.parametrize("notation", ["math", "numpy", "latex"])
def test_garbled_sources_are_read_or_refused(notation: str) -> None:
    written = [source for source in SOURCES if source.notation == notation]

    @settings(max_examples=150)
    @given(st.sampled_from(written), st.randoms(use_true_random=False))
    def read(source: Source, choose: random.Random) -> None:
        text = garble(source.text, TEXTS, choose)
        try:
            found = md.parse(text, notation, source.where)
        except MatdiffError as error:
            places = [place for place in error.places if place.source == text]
            assert all(0 <= place.start <= len(text) for place in places)
            assert str(error)
        else:
            assert str(found)
            assert md.equal(found, found).holds

    read()


@pytest.mark.slow
@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_garbled_documents_are_checked(choose: random.Random) -> None:
    documents = sorted((Path(__file__).parent / "derivations").glob("*.md"))
    text = choose.choice(documents).read_text(encoding="utf-8")
    start = choose.randrange(len(text))
    try:
        report = md.check(text[:start] + garble(text[start : start + 300], TEXTS, choose) + text[start + 300 :])
    except MatdiffError as error:  # the model is wrong
        assert error.line
        return
    assert all(link.verdict in VERDICTS for link in report.links)
