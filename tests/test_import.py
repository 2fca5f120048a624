"""What is loaded when: `import matdiff` is quick, and SymPy waits until a function needs it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import matdiff

ROOT = Path(__file__).parents[1]
HEAVY = ("lark", "numpy", "sympy")


def loaded_after(code: str) -> set[str]:
    """Which of the heavy libraries a fresh interpreter has loaded after some code."""
    program = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split("\n")[-2].split()) & set(HEAVY)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("import matdiff", set()),
        ("import matdiff; matdiff.ParseError, matdiff.__version__, dir(matdiff)", set()),
        ("import matdiff.cli; matdiff.cli.parser()", set()),
        ("import matdiff; matdiff.parse('x*x\\'')", {"lark"}),
        ("import matdiff; matdiff.derive('norm2(A*tanh(x))^2', 'x').render('latex')", {"lark", "numpy"}),
        ("import matdiff; matdiff.gradient('sum(gamma(x))', 'x')", {"lark", "numpy", "sympy"}),
    ],
)
def test_a_library_is_loaded_when_it_is_needed(code: str, wanted: set[str]) -> None:
    assert loaded_after(code) == wanted


@pytest.mark.parametrize("name", matdiff.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(matdiff, name).__doc__
    assert name in dir(matdiff)


FUNCTIONS = [name for name in matdiff.__all__ if inspect.isfunction(getattr(matdiff, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_of_a_function_suffices(name: str) -> None:
    """Each option has a name, a type and a default; the text says what is raised, and has an example that runs."""
    function = getattr(matdiff, name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not signature.empty
    for option in signature.parameters.values():
        assert option.kind not in (option.VAR_POSITIONAL, option.VAR_KEYWORD)
        assert option.annotation is not option.empty
        if option.kind is option.KEYWORD_ONLY:
            assert option.default is not option.empty
    assert "Raises" in function.__doc__
    assert ">>>" in function.__doc__


METHODS = [
    f"{kind.__name__}.{name}"
    for kind in (matdiff.Expression, matdiff.Derivation)
    for name in dir(kind)
    if not name.startswith("_") and inspect.isfunction(getattr(kind, name))
]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_an_example(name: str) -> None:
    kind, _, method = name.partition(".")
    assert ">>>" in getattr(getattr(matdiff, kind), method).__doc__


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nabla'"):
        _ = matdiff.nabla
