"""How the commands and functions behave towards people: what may be left out, colours, widths, time limits."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

import matdiff as md
from matdiff import terminal
from matdiff.cli import main
from matdiff.timelimit import within

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

PARAMETERS = {
    "two_layer_relu": "w1 w2",
    "spiral_softmax": "W b W2 b2",
    "logistic_regression": "w c",
    "softmax_regression": "W b",
    "matrix_factorisation": "U V",
    "gaussian_likelihood": "mu S",
    "attention": "WQ WK WV",
}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_the_parameters_of_an_experiment_are_found(name: str) -> None:
    found = set(md.derive((EXAMPLES / f"{name}.matdiff").read_text(encoding="utf-8")).wrt)
    assert found | {"c"} == set(PARAMETERS[name].split()) | {"c"}


def test_without_an_experiment_all_that_varies_is_taken() -> None:
    assert md.derive("norm2(A*x - y)^2").wrt == ("A", "x", "y")
    assert md.derive("sum[i](norm2(x[i] - m)^2*z)", where="i: 1..N; x[i], m: vector(n); z: scalar").wrt == (
        "x",
        "m",
        "z",
    )
    indexed = "t: 1..T; h[0] = a; h[t] = b*h[t-1]; u = c; loss = h[T]"
    assert md.derive(indexed, where="T: dim; a, b, c: scalar").wrt == ("a", "b")
    assert str(md.derive("det(X)").gradient) == "det(X)*inv(X)'"
    assert md.derive("-sum(Y .* log(softmax(X*W)))", where="Y: onehot(n, k)").wrt == ("X", "W")
    with pytest.raises(md.DeclarationError, match="nothing varies"):
        md.derive("3 + 4")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_names_in_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    apart = run(capsys, "derive", "norm2(A*x - y)^2", "--wrt", "x", "--wrt", "y")
    assert run(capsys, "derive", "norm2(A*x - y)^2", "--wrt", "x, y") == apart and apart[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tr(A*X)", "--wrt", "X", "--only", "gradient"], "A'\n"),
        (["tr(A*X)", "--wrt", "X", "--only", "gradient", "--format", "latex"], "A^{\\top}\n"),
        (["tr(A*X)", "--only", "gradient", "--wrt", "X,A"], "X: A'\nA: X'\n"),
        (["x'*A*x", "--wrt", "x", "--only", "hessian", "--order", "2"], "A + A'\n"),
        ([r"\|x\|_2^2", "--only", "gradient"], "2*x\n"),
    ],
)
def test_a_part_alone(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "derive", *arguments)[:2] == (0, said)


def test_a_part_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "derive", "tr(A*X)", "--wrt", "X", "--only", "gradient", "--format", "json")
    assert json.loads(out) == {"X": "A'"}
    status, _, err = run(capsys, "derive", "tr(A*X)", "--wrt", "X", "--only", "hessian")
    assert status == 2 and "order" in err


def test_both_details(capsys: pytest.CaptureFixture[str]) -> None:
    short = run(capsys, "derive", "x'*A*x", "--wrt", "x")[1]
    full = run(capsys, "derive", "x'*A*x", "--wrt", "x", "--detail", "full")[1]
    assert "differential of a transpose" in full and "differential of a transpose" not in short


def test_a_whole_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "derive", "tr(X)", "--format", "latex", "--standalone")[1].startswith(r"\documentclass")
    assert r"\documentclass" not in run(capsys, "derive", "tr(X)", "--format", "latex")[1]


COLOUR = re.compile(r"\x1b\[[\d;]*m")


def test_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run(capsys, "derive", "tr(A*X)", "--wrt", "X")[1]
    assert not COLOUR.search(plain)
    painted = run(capsys, "derive", "tr(A*X)", "--wrt", "X", "--color", "always")[1]
    assert COLOUR.search(painted) and COLOUR.sub("", painted) == plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(capsys, "derive", "tr(A*X)", "--wrt", "X")[1] == painted
    assert COLOUR.search(run(capsys, "derive", "tr(A*X")[2])
    assert run(capsys, "derive", "tr(A*X)", "--wrt", "X", "--color", "never")[1] == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(capsys, "derive", "tr(A*X)", "--wrt", "X")[1] == plain
    assert not COLOUR.search(run(capsys, "derive", "tr(A*X")[2])


def test_lines_are_as_wide_as_asked() -> None:
    d = md.derive("norm2(A*x - y)^2 + tr(A*A'*A*A')*sum(x) + c*norm2(x)", "x")
    assert max(map(len, d.render(width=60).splitlines()[:8])) <= 62 < max(map(len, d.render().splitlines()))
    assert terminal.width(None) == 100


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("derive", "generate", "check", "equal"):
        status, out, _ = run(capsys, command, "--help")
        assert status == 0 and f"matdiff {command} " in out.partition("examples:")[2]


SLOW = "\n".join(["A: matrix(n, n)", "X0: matrix(n, n)", *(f"X{k + 1} = A*X{k}*X{k}'*inv(X{k})" for k in range(60))])


def test_a_question_may_take_so_long() -> None:
    begun = time.monotonic()
    with pytest.raises(md.TimeLimitError, match=r"no answer within 0\.05 seconds"):
        md.derive(SLOW + "\ntr(X60)", "A", timeout=0.05)
    assert time.monotonic() - begun < 5
    assert str(md.gradient("tr(A*X)", "X", timeout=60)) == "A'"
    assert md.equal("tr(A*B)", "tr(B*A)", timeout=60).holds


@pytest.mark.parametrize("timeout", [0, -1, True, "3", float("nan"), float("inf")])
def test_what_is_no_time(timeout: object) -> None:
    with pytest.raises(md.MatdiffError, match="timeout is a number of seconds above 0"):
        md.parse("x", timeout=timeout)  # type: ignore[arg-type]


def test_the_time_is_that_of_one_thread() -> None:
    """What is stopped is the question, in whichever thread it is asked; nothing is left to stop another."""

    def ask(told: list[str]) -> None:
        try:
            within(0.05, lambda: [sum(range(1000)) for _ in range(10**6)])
        except md.TimeLimitError:
            told.append("stopped")

    told: list[str] = []
    threads = [threading.Thread(target=ask, args=(told,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert told == ["stopped"] * 3
    for _ in range(200):  # an answer at the last moment is an answer or an error, and none comes later
        with suppress(md.TimeLimitError):
            within(0.001, lambda: time.sleep(0.001))
    time.sleep(0.05)


def test_a_time_limit_holds_under_a_profiler() -> None:
    """The interpreter waits for an exception that was sent and taken back, without end where it is watched."""
    sys.setprofile(lambda *_: None)
    try:
        for _ in range(5):
            with pytest.raises(md.TimeLimitError):
                within(0.01, lambda: [sum(range(1000)) for _ in range(10**5)])
    finally:
        sys.setprofile(None)


def test_latex_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "equal", r"\|x\|_2^2", r"x^\top x")[:2] == (0, "proved\n")


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "derive", "nofile.matdiff")
    assert status == 2 and "nofile.matdiff" in err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["deriv", "x"], "derive"),
        (["derive", "x'*x", "--format", "txt"], "text"),
        (["derive", "x'*x", "--detail", "textbok"], "textbook"),
        (["derive", "x'*x", "--colour", "never"], "--color"),
        (["check", "notes.md", "--stric"], ""),
        (["equal", "x", "y", "--notations", "latex"], "--notation"),
    ],
)
def test_what_was_likely_meant(arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, *arguments)
    assert status == 2 and "Traceback" not in err
    assert not meant or (f"did you mean {meant}?" in err and len(err.splitlines()) == 2 and "--help" in err)


LONG = f"{SLOW}\ntr(X60)"


def test_commands_take_so_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, document = tmp_path / "long.matdiff", tmp_path / "long.md"
    model.write_text(LONG, encoding="utf-8")
    document.write_text(f"```matdiff\n{LONG}\n```\n$\\nabla_A f = A$", encoding="utf-8")
    for command in (["derive", str(model)], ["generate", str(model), "--wrt", "A"], ["check", str(document)]):
        status, _, err = run(capsys, *command, "--timeout", "0.05")
        assert status == 2 and "no answer within 0.05 seconds" in err
    status, _, err = run(capsys, "equal", "tr(A*B)", "tr(B*A)", "--timeout", "0")
    assert status == 2 and "timeout is a number of seconds above 0" in err
    assert run(capsys, "equal", "tr(A*B)", "tr(B*A)", "--timeout", "60")[:2] == (0, "proved\n")


def test_help_names_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    from matdiff.codegen import STYLES, TARGETS

    said = run(capsys, "generate", "--help")[1]
    assert [name for name in (*TARGETS, *STYLES) if name not in said.partition("--target")[2]] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("shtab")
    status, out, _ = run(capsys, "--print-completion", shell)
    assert status == 0 and all(word in out for word in ("derive", "equal", "textbook"))


def test_completion_names_its_extra(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    status, _, err = run(capsys, "--print-completion", "bash")
    assert status == 2 and "pip install 'matdiff[completion]'" in err
