"""The commands as a shell sees them: what they print, where, and with which exit status."""

from __future__ import annotations

import ast
import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import matdiff
from matdiff.cli import main

ROOT = Path(__file__).parents[1]
NETWORK = str(ROOT / "examples" / "two_layer_relu.matdiff")
DOCUMENT = """# A note

```
z = 1   # not a model
```

```matdiff
x: vector(n)
A: matrix(n, n)
```

Some text, and more of the model:

```matdiff
f = x'*A*x
```
"""


class Run(NamedTuple):
    """What a command leaves behind."""

    status: int
    out: str
    err: str


Command = Callable[..., Run]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line in this process."""

    def command(*arguments: str, stdin: str | bytes = b"") -> Run:
        written = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written), encoding="utf-8"))
        return Run(main(arguments), *capsys.readouterr())

    return command


# derive


def test_derive_an_expression(run: Command) -> None:
    status, out, err = run("derive", "tr(A*X*B)", "--wrt", "X")
    assert (status, err) == (0, "")
    assert "    = tr(B*A*dX)   " in out
    assert "[cyclic property of the trace]\n" in out
    assert "  ∇_X f = A'*B'    (n×p)\n" in out
    assert out.endswith(".\n")


def test_derive_a_model_file_with_its_train_section(run: Command) -> None:
    status, out, _ = run("derive", NETWORK, "--wrt", "w1", "--wrt", "w2")
    assert status == 0
    assert "∇_w1 loss = x'*(1(h > 0) .* (2*(y_pred - y)*w2'))    (D_in×H)\n" in out
    assert "∇_w2 loss = 2*h_relu'*(y_pred - y)    (H×D_out)\n" in out


def test_derive_from_standard_input(run: Command) -> None:
    source = Path(NETWORK).read_text(encoding="utf-8")
    assert run("derive", "-", "--wrt", "w1", stdin=source) == run("derive", NETWORK, "--wrt", "w1")


def test_derive_the_model_blocks_of_a_document(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    status, out, _ = run("derive", str(path), "--wrt", "x")
    assert status == 0
    assert "∇_x f = (A + A')*x" in out


def test_an_error_in_a_document_has_the_line_of_the_document(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(DOCUMENT.replace("x'*A*x", "x'*A*"), encoding="utf-8")
    status, _, err = run("derive", str(path), "--wrt", "x")
    assert status == 2
    assert "line 15, column 10" in err


OPTIONS = [
    (("--of", "h", "h = A*x\nf = h'*h"), "D_x h = A "),
    (("--where", "h: vector(n)", "h'*x"), "∇_x f = h    (n×1)"),
    (("--where", "g: vector(n)", "--where", "q = 2*g", "q'*x"), "∇_x f = q    (n×1)"),
    (("--order", "2", "x'*A*x"), "H_x f = A + A'"),
    (("--expand", "h = A*x; h'*h"), "∇_x f = 2*A'*(A*x)"),
    (("--layout", "numerator", "x'*A*x"), "numerator layout"),
    (("--structured", "--where", "x: diagonal(n)", "tr(A*x)"), "gradient by x in the space of diagonal matrices"),
    (("--notation", "math", "x'*x"), "∇_x f = 2*x"),
    (("--format", "latex", "x'*x"), r"\begin{align*}"),
    (("--format", "markdown", "x'*x"), "- ∇_x f = `2*x` (m×1)"),
    (("--format", "html", "x'*x"), "<!doctype html>"),
]


@pytest.mark.parametrize(("arguments", "shown"), OPTIONS, ids=[" ".join(options[:-1]) for options, _ in OPTIONS])
def test_options_of_derive(run: Command, arguments: tuple[str, ...], shown: str) -> None:
    status, out, err = run("derive", "--wrt", "x", *arguments)
    assert (status, err) == (0, "")
    assert shown in out


def test_json_is_a_record_of_everything(run: Command) -> None:
    _, out, _ = run("derive", NETWORK, "--wrt", "w1", "--wrt", "w2", "--format", "json")
    record = json.loads(out)
    d = matdiff.derive(Path(NETWORK).read_text(encoding="utf-8"), ["w1", "w2"])
    assert record["gradient"]["w1"]["math"] == str(d.gradient["w1"])
    assert record["jacobian"]["w2"] == {
        "math": str(d.jacobian["w2"]),
        "latex": d.jacobian["w2"].latex(),
        "shape": ["D_out", "H"],
    }
    assert [step["rule"] for step in record["steps"]] == [step.rule for step in d.steps]
    assert record["conventions"] == list(d.conventions)


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "json"])
def test_without_steps_only_the_result_is_left(run: Command, form: str) -> None:
    whole, short = (run("derive", "tr(A*X*B)", "--wrt", "X", "--format", form, *o).out for o in ((), ("--no-steps",)))
    assert "cyclic property" in whole
    assert "cyclic property" not in short
    assert "X" in short and len(short) < len(whole)


def test_the_answer_as_numpy_code(run: Command) -> None:
    code = run("derive", "norm2(A*x - y)^2", "--wrt", "x", "--format", "numpy").out
    space: dict[str, Any] = {}
    exec(compile(code, "answer", "exec"), space)
    A, x, y = np.arange(6.0).reshape(2, 3), np.arange(3.0), np.ones(2)
    assert np.allclose(space["function"](A=A, x=x, y=y), 2 * A.T @ (A @ x - y))
    assert len(code.splitlines()) < 8, code  # as one writes it by hand, not an operation a line


# -o


def test_an_output_file_holds_what_would_be_printed(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    printed = run("derive", "x'*x", "--wrt", "x").out
    assert run("derive", "x'*x", "--wrt", "x", "-o", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == printed


# generate


def test_generate_writes_a_module(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    assert run("generate", NETWORK, "--wrt", "w1", "--wrt", "w2", "-o", str(path)) == (0, "", "")
    code = path.read_text(encoding="utf-8")
    defined = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}
    assert {"loss_and_gradients", "train", "main"} <= defined
    assert run("generate", NETWORK, "--wrt", "w1", "--wrt", "w2").out == code
    source = Path(NETWORK).read_text(encoding="utf-8")
    assert run("generate", "-", "--wrt", "w1", "--wrt", "w2", "--target", "numpy", stdin=source).out == code


# equal


@pytest.mark.parametrize(
    ("one", "other", "where", "status", "how"),
    [
        ("tr(A*B)", "tr(B*A)", "", 0, "proved"),
        ("A*B", "B*A", "A, B: matrix(n, n)", 1, "refuted"),
        ("S'", "S", "S: symmetric(n)", 0, "proved"),
    ],
)
def test_equal(run: Command, one: str, other: str, where: str, status: int, how: str) -> None:
    found = run("equal", one, other, *(["--where", where] if where else []))
    assert (found.status, found.err) == (status, "")
    assert found.out.startswith(how)


# check

SLIP = (ROOT / "examples" / "slip.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "status", "shown"),
    [
        (SLIP, 1, "wrong"),
        (SLIP.replace("= A^\\top", "= 2 A^\\top"), 0, "proved"),
    ],
)
def test_check(run: Command, tmp_path: Path, text: str, status: int, shown: str) -> None:
    path = tmp_path / "note.md"
    path.write_text(text, encoding="utf-8")
    found = run("check", str(path))
    assert (found.status, found.err) == (status, "")
    assert shown in found.out
    assert run("check", "-", stdin=text).out == found.out.replace(f"{path}: ", "").replace(f"{path}:", "")


@pytest.mark.parametrize("text", ["", "no model, no math"])
def test_nothing_checked_is_no_pass(run: Command, text: str) -> None:
    found = run("check", "-", stdin=text)
    assert (found.status, found.err) == (2, "matdiff: nothing was checked\n")
    assert "no links were found" in found.out
    assert run("check", "-", "--allow-empty", stdin=text).status == 0


# what goes wrong

WRONG = [
    (("derive", "x'*", "--wrt", "x"), "ends too early\nline 1, column 4:\n  x'*\n     ^"),
    (("derive", "x'*x", "--wrt", "z"), "z does not occur"),
    (("derive", "3 + 4"), "nothing varies in the objective"),
    (("derive", "x'*x", "--wrt", "x", "--format", "pdf"), "invalid choice: 'pdf'"),
    (("derive", "missing.matdiff", "--wrt", "x"), "cannot read missing.matdiff: No such file or directory"),
    (("derive", "missing.md", "--wrt", "x"), "cannot read missing.md"),
    (("generate", NETWORK, "--wrt", "w1", "--target", "fortran"), "there is no target fortran"),
    (("generate", "A*x", "--wrt", "x"), "what is minimised is a number"),
    (("equal", "A*", "A"), "ends too early"),
    (("equal", "A"), "the following arguments are required"),
    (("check", "missing.md"), "cannot read missing.md"),
    (("nabla",), "invalid choice: 'nabla'"),
    ((), "the following arguments are required: COMMAND"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[" ".join(arguments)[:40] for arguments, _ in WRONG])
def test_bad_input_and_usage_end_with_2_and_words_on_standard_error(
    run: Command, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


# what a file or standard input holds, and the words for it
BYTES = [
    (b"\xff\xfe\x00", "it is not text in UTF-8"),
    (b"f = x'*x  # caf\xe9", "it is not text in UTF-8"),
    ("f = x'*x".encode("utf-16-be"), "it is not text in UTF-8"),
    (b"f = x'*x\0", "it is not text in UTF-8"),
]


@pytest.mark.parametrize(("written", "words"), BYTES, ids=str)
@pytest.mark.parametrize("arguments", [("derive", "--wrt", "x"), ("generate", "--wrt", "x"), ("check",)])
def test_what_is_not_text_is_refused(
    run: Command, arguments: tuple[str, ...], written: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.matdiff"
    path.write_bytes(written)
    assert run(*arguments, str(path)) == (2, "", f"matdiff: cannot read {path}: {words}\n")
    assert run(*arguments, "-", stdin=written) == (2, "", f"matdiff: cannot read standard input: {words}\n")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_a_byte_order_mark_mean_nothing(run: Command, mark: str, end: str, tmp_path: Path) -> None:
    source = Path(NETWORK).read_text(encoding="utf-8")
    path, marked = tmp_path / "two_layer_relu.matdiff", mark + source.replace("\n", end)
    path.write_bytes(marked.encode())
    code = run("generate", NETWORK, "--wrt", "w1").out
    assert run("generate", str(path), "--wrt", "w1").out == code
    assert run("generate", "-", "--wrt", "w1", stdin=marked).out == code
    checked = run("check", "-", stdin=mark + SLIP.replace("\n", end))
    assert checked == run("check", "-", stdin=SLIP)
    assert checked.out == matdiff.check(mark + SLIP).render("text")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "a source is an expression, or a file named .matdiff .md .py .ipynb .tex"),
        ("folder", "a source is an expression, or a file named .matdiff .md .py .ipynb .tex"),
        ("model.txt", "a source is an expression, or a file named .matdiff .md .py .ipynb .tex"),
        ("missing.txt", "a source is an expression, or a file named .matdiff .md .py .ipynb .tex"),
        ("missing.matdiff", "No such file or directory"),
        ("folder.md", "Is a directory"),
        ("model.txt/x.md", "Not a directory"),
        ("empty.md", "has no block fenced as ```matdiff"),
    ],
)
def test_files_that_cannot_be_read(run: Command, name: str, words: str, tmp_path: Path) -> None:
    for folder in ("folder", "folder.md"):
        (tmp_path / folder).mkdir()
    for file in ("model.txt", "empty.md"):
        (tmp_path / file).write_text("x'*x", encoding="utf-8")
    status, out, err = run("derive", f"{tmp_path}/{name}", "--wrt", "x")
    assert (status, out) == (2, "")
    assert f"{tmp_path}/{name}" in err and words in err


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("model.md", "it is the source itself"),
        ("folder/../model.md", "it is the source itself"),
        ("link.py", "it is the source itself"),
        ("twin.py", "it is the source itself"),
        ("folder", "Is a directory"),
        ("no/folder.py", "No such file or directory"),
        ("a\0b", "it is no name of a file"),
        ("a" * 5000, "File name too long"),
    ],
)
@pytest.mark.parametrize("arguments", [("derive", "--wrt", "x"), ("generate", "--wrt", "x"), ("check",)])
def test_files_that_cannot_be_written(
    run: Command, arguments: tuple[str, ...], output: str, words: str, tmp_path: Path
) -> None:
    model = tmp_path / "model.md"
    model.write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.py").symlink_to(model)
    (tmp_path / "twin.py").hardlink_to(model)
    status, out, err = run(*arguments, str(model), "-o", f"{tmp_path}/{output}")
    assert (status, out, err) == (2, "", f"matdiff: cannot write {tmp_path}/{output}: {words}\n")
    assert model.read_text(encoding="utf-8") == DOCUMENT


@pytest.mark.parametrize("arguments", [("--help",), ("derive", "--help"), ("--version",)])
def test_help_and_version(run: Command, arguments: tuple[str, ...]) -> None:
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert out


# as a program of its own


PROGRAM = [sys.executable, "-m", "matdiff"]


@pytest.mark.parametrize(("source", "status"), [("x'*x", 0), ("x'*", 2)])
def test_the_program(source: str, status: int) -> None:
    found = subprocess.run([*PROGRAM, "derive", source, "--wrt", "x"], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert found.returncode == status
    assert bool(found.stdout) == (status == 0)
    assert bool(found.stderr) == (status == 2)


# What a shell does with the streams; a result that reached nobody is no success, but a reader may leave early.
STREAMS = [
    ("derive - --wrt x <&-", 2, "cannot read standard input: it is closed"),
    ("check - <&-", 2, "cannot read standard input: it is closed"),
    ("derive x --wrt x >&-", 2, "cannot write standard output: it is closed"),
    ("derive x --wrt x >/dev/full", 2, "cannot write standard output: No space left on device"),
    ("equal x x >/dev/full", 2, "cannot write standard output: No space left on device"),
    ("--help >/dev/full", 2, "cannot write standard output: No space left on device"),
    ("derive x --wrt x -o /dev/full", 2, "cannot write /dev/full: No space left on device"),
    ("derive 'x*' --wrt x 2>&-", 2, ""),
    ("derive 'x*' --wrt x 2>/dev/full", 2, ""),
    ("nabla 2>/dev/full", 2, ""),
    ("derive x --wrt x | true", 0, ""),
    ("check examples/slip.md | true", 1, ""),
    ("--help | true", 0, ""),
    ("generate - --wrt x -o {model} <{model}", 2, "cannot write {model}: it is the source itself"),
]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize(("command", "status", "words"), STREAMS, ids=[command for command, *_ in STREAMS])
def test_streams_that_fail(command: str, status: int, words: str, tmp_path: Path) -> None:
    model = tmp_path / "model.matdiff"
    model.write_text("x'*x", encoding="utf-8")
    program, pipe, reader = command.format(model=model).partition("|")
    script = f"{{ {shlex.join(PROGRAM)} {program}; echo $? >{tmp_path}/status; }} {pipe} {reader}"
    found = subprocess.run(["sh", "-c", script], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert int((tmp_path / "status").read_text()) == status
    assert found.stderr == (f"matdiff: {words.format(model=model)}\n" if words else "")
    assert model.read_text(encoding="utf-8") == "x'*x"


def test_an_interrupt_ends_it_without_a_word(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matdiff.api.equal", interrupted)
    assert run("equal", "x", "x") == (130, "", "")
