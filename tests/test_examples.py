"""What the repository shows is what matdiff prints: examples, the README, docs/, the transcripts of two derivations.

``pytest tests/test_examples.py --renew`` writes the transcripts and the output on the pages anew; read the
difference before it is committed.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import matdiff as md
from matdiff.cli import main

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = ROOT / "examples"
README = ROOT / "README.md"
LAYERS = ("W", "b", "W2", "b2")


def blurred(text: str) -> str:
    """Without the size of rounding errors, which differs between machines."""
    return re.sub(r"relative error [\d.e+-]+\d", "relative error …", text)


def printed(command: str) -> str:
    """What a ``matdiff …`` command prints."""
    out = io.StringIO()
    program, *arguments = shlex.split(command)
    assert program == "matdiff"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(arguments)
    return out.getvalue()


# The derivations of the two networks, and of models with indices, to the letter

TRANSCRIPTS = {
    "two_layer_relu": (EXAMPLES / "two_layer_relu.matdiff", ("w1", "w2")),
    "spiral_softmax": (EXAMPLES / "spiral_softmax.matdiff", LAYERS),
    "multi_head_attention": (EXAMPLES / "multi_head_attention.matdiff", ("Wq", "Wo")),
    "convolution": (EXAMPLES / "convolution.matdiff", ("W", "X")),
    "deep_network": (EXAMPLES / "deep_network.matdiff", ("W", "b")),
    "batch_norm_images": (EXAMPLES / "batch_norm_images.matdiff", ("X", "g")),
    "gaussian_mixture": (EXAMPLES / "gaussian_mixture.matdiff", ("m", "a")),
    "spiral_by_hand": (GOLDEN / "spiral_by_hand.matdiff", LAYERS),
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_transcript(name: str, renew: bool) -> None:
    model, wrt = TRANSCRIPTS[name]
    found = blurred(printed(shlex.join(["matdiff", "derive", str(model), *(f"--wrt={w}" for w in wrt)])))
    path = GOLDEN / f"{name}.txt"
    if renew:
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


CLOSED_FORMS = {
    "two_layer_relu": {
        "w1": "x'*(1(h > 0) .* (2*(y_pred - y)*w2'))",
        "w2": "2*h_relu'*(y_pred - y)",
        "h": "1(h > 0) .* (2*(y_pred - y)*w2')",
        "h_relu": "2*(y_pred - y)*w2'",
        "y_pred": "2*(y_pred - y)",
    },
    "spiral_softmax": {
        "W": "X'*(1(hidden > 0) .* ((probs - y)*W2'/N)) + reg*W",
        "b": "colsum(1(hidden > 0) .* ((probs - y)*W2'/N))",
        "W2": "hidden'*(probs - y)/N + reg*W2",
        "b2": "colsum(probs - y)/N",
        "scores": "(probs - y)/N",
        "hidden": "(probs - y)*W2'/N",
    },
    "spiral_by_hand": {
        "W": "X'*(1(hidden_in > 0) .* ((probs - Y)*W2'/N)) + reg*W",
        "b": "colsum(1(hidden_in > 0) .* ((probs - Y)*W2'/N))",
        "W2": "hidden'*(probs - Y)/N + reg*W2",
        "b2": "colsum(probs - Y)/N",
        "scores": "(probs - Y)/N",
        "hidden": "(probs - Y)*W2'/N",
        "hidden_in": "1(hidden_in > 0) .* ((probs - Y)*W2'/N)",
    },
}
"""The results as one writes them by hand."""


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_closed_forms(name: str) -> None:
    model, wrt = TRANSCRIPTS[name]
    d = md.derive(model.read_text(encoding="utf-8"), list(dict.fromkeys([*wrt, *CLOSED_FORMS[name]])))
    assert {variable: str(gradient) for variable, gradient in d.gradient.items()} == CLOSED_FORMS[name]
    d.verify()


# Every model in examples/

MODELS = sorted(path.name for path in EXAMPLES.glob("*.matdiff"))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_derived_by_every_real_variable(name: str) -> None:
    source = (EXAMPLES / name).read_text(encoding="utf-8")
    variables = [n for n, node in md.parse(source).model.variables.items() if node.data[1] not in ("labels", "onehot")]
    md.derive(source, variables).verify()


# One line each


def table_rows(text: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind, formula, variable, declarations and answer of every row of the tables."""
    kind = ""
    for line in text.splitlines():
        kind = line.removeprefix("## ").rstrip("s").lower() if line.startswith("## ") else kind
        cells = [cell.strip().strip("`") for cell in line.strip("| ").split("|")]
        if line.startswith("| `"):
            formula, wrt, where, answer = cells
            yield kind, formula, wrt, where, answer


ONE_LINERS = list(table_rows((EXAMPLES / "one_liners.md").read_text(encoding="utf-8")))


def test_there_are_a_dozen() -> None:
    assert len(ONE_LINERS) >= 12
    assert {kind for kind, *_ in ONE_LINERS} == {"gradient", "jacobian", "hessian"}


@pytest.mark.parametrize(("kind", "formula", "wrt", "where", "answer"), ONE_LINERS)
def test_a_line_is_what_is_printed(kind: str, formula: str, wrt: str, where: str, answer: str) -> None:
    find = {"gradient": md.gradient, "jacobian": md.jacobian, "hessian": md.hessian}[kind]
    assert str(find(formula, wrt, where=where or None)) == answer


# The README and the pages in docs/

CONSOLE = re.compile(r"(?<=^```console\n)(\$ matdiff [^\n]*\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMPARED = re.compile(r"^\| `([^`]*)` \| `(\w+)` \|[^|]*\| `([^`]*)` \|$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
PAGES = {path.name: path for path in [README, *sorted((ROOT / "docs").glob("*.md"))]}
SESSIONS = [(name, block) for name, path in PAGES.items() for block in PYTHON.findall(path.read_text(encoding="utf-8"))]


def readme() -> str:
    return README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_a_page_print_what_it_shows(name: str, renew: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = PAGES[name].read_text(encoding="utf-8")
    renewed = CONSOLE.sub(lambda match: match[1] + printed(match[1].removeprefix("$ ")), text)
    if renew:
        PAGES[name].write_text(renewed, encoding="utf-8")
    assert len(CONSOLE.findall(renewed)) == renewed.count("$ matdiff ")
    assert blurred(renewed) == blurred(PAGES[name].read_text(encoding="utf-8"))


def test_the_readme_shows_all_commands() -> None:
    shown = {command.split()[2] for command, _ in CONSOLE.findall(readme())}
    assert shown == {"derive", "check", "equal"} and "matdiff generate" in readme()


@pytest.mark.parametrize(("name", "block"), SESSIONS)
def test_the_python_of_a_page(name: str, block: str) -> None:
    """A session gives what it shows; other code of the README is an excerpt of what is generated."""
    if not block.startswith(">>>"):
        generated = md.generate((EXAMPLES / "two_layer_relu.matdiff").read_text(encoding="utf-8"), ["w1", "w2"])
        assert PAGES[name] is not README or block in generated
        return
    test = doctest.DocTestParser().get_doctest(block, {}, name, name, 0)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.append)
    assert "".join(told) == ""


@pytest.mark.parametrize(("formula", "wrt", "answer"), COMPARED.findall(readme()))
def test_the_comparison_of_the_readme(formula: str, wrt: str, answer: str) -> None:
    n_by_n = "A, B, E, X: matrix(n, n)"
    assert str(md.gradient(formula, wrt, where=n_by_n)) == answer


def test_the_readme_compares() -> None:
    assert len(COMPARED.findall(readme())) >= 6


def test_the_model_of_the_readme_is_the_example() -> None:
    (model,) = re.findall(r"^```\n(N, D_in.*?)^```$", readme(), re.MULTILINE | re.DOTALL)
    assert model in (EXAMPLES / "two_layer_relu.matdiff").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_the_links_of_a_page_lead_somewhere(name: str) -> None:
    page = PAGES[name]
    for path, anchor in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, (
            anchor
        )
