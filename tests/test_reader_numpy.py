"""The NumPy notation: what is read has the value that NumPy gives, and what is not read says why."""

from __future__ import annotations

import ast
import builtins
import contextlib
import math
import re
import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from expressions import DECLARATIONS, expressions, text_of
from expressions import SHAPES as FORMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy_code import BAD, DEEP, HUGE, PAIRS, PROGRAMS, SAME, WHERE

import matdiff as md
from matdiff.cli import main
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.evaluate import values
from matdiff.exchange import arrays, result
from matdiff.model import Model
from matdiff.reader import read_model
from matdiff.reader.numpy import depth as cutting
from matdiff.reader.numpy.tokens import plain, scanned
from matdiff.reader.numpy.tree import declared, from_parts, parse

SIZES = (6, 4, 5, 3, 7, 8, 9, 2)


def expit(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def logsumexp(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def softmax(x: Any, axis: int | None = None) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


SPECIAL = SimpleNamespace(
    expit=expit,
    logit=lambda x: np.log(x / (1 - x)),
    log_expit=lambda x: np.log(expit(x)),
    logsumexp=logsumexp,
    softmax=softmax,
    log_softmax=lambda x, axis=None: np.log(softmax(x, axis)),
    xlogy=lambda x, y: x * np.log(y),
    xlog1py=lambda x, y: x * np.log(1 + y),
    entr=lambda x: -x * np.log(x),
    rel_entr=lambda x, y: x * np.log(x / y),
    kl_div=lambda x, y: x * np.log(x / y) - x + y,
    huber=lambda d, r: np.where(abs(r) < d, r * r / 2, d * (abs(r) - d / 2)),
    pseudo_huber=lambda d, r: d * d * (np.sqrt(1 + (r / d) ** 2) - 1),
    erf=np.vectorize(math.erf),
    erfc=np.vectorize(math.erfc),
    ndtr=np.vectorize(NormalDist().cdf),
    gammaln=np.vectorize(math.lgamma),
)
MODULES = {
    "scipy": SimpleNamespace(special=SPECIAL, linalg=np.linalg),
    "scipy.special": SPECIAL,
    "scipy.linalg": np.linalg,
    "jax": SimpleNamespace(numpy=np),
    "jax.numpy": np,
    "autograd": SimpleNamespace(numpy=np),
    "autograd.numpy": np,
}
"""What is imported here, installed or not."""


def fake_import(name: str, *rest: Any) -> Any:
    names = rest[2] if len(rest) > 2 else None
    if name.startswith("matplotlib"):
        return MagicMock()
    if name in MODULES:
        return MODULES[name if names else name.partition(".")[0]]
    return builtins.__import__(name, *rest)


OWN = {
    "sigmoid": expit,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softmax": softmax,
    "sigma": lambda x: x * expit(x),
    "swish": lambda x: x * expit(x),
    "logsumexp": logsumexp,
    "log_softmax": lambda x, axis=None: np.log(softmax(x, axis)),
    "logdet": lambda A: np.linalg.slogdet(A)[1],
}
"""What code may call without defining it."""


def data(model: Model, twin: Model, rng: np.random.Generator, positive: bool) -> dict[str, Any]:
    """A value for each variable, of pairwise different sizes; columns as 1-D arrays, labels as integers."""
    variables = twin.variables | model.variables
    names = [name for node in variables.values() for size in node.shape for name in size.names]
    sizes = dict(zip(dict.fromkeys([*names, *model.dims]), SIZES, strict=False))
    made: dict[str, Any] = dict.fromkeys(model.dims, 0) | {name: sizes[name] for name in model.dims}
    for name, node in variables.items():
        shape = tuple(size.value(sizes) for size in node.shape)
        kind = node.data[1]
        draw = rng.uniform(0.1, 0.9, shape) if positive else rng.standard_normal(shape)
        if kind == "labels":
            made[name] = np.arange(shape[0]) % shape[1]
        elif kind == "scalar":
            made[name] = float(draw[0, 0])
        elif kind == "symmetric":
            made[name] = draw + draw.T
        else:
            made[name] = draw[:, 0] if kind == "vector" else draw
    known, sizes = arrays(model.variables, {k: v for k, v in made.items() if k in model.variables or k in model.dims})
    given = values(model.definitions.values(), known, sizes)  # those of where; the code assigns to the others
    return made | {name: result(given[node], node.shape) for name, node in model.definitions.items()}


def run(source: str, names: dict[str, Any]) -> Any:
    """The value of a constant snippet of this file, by Python and NumPy themselves."""
    names = {name: np.copy(v) if isinstance(v, np.ndarray) else v for name, v in names.items()}
    functions = {"__builtins__": {**vars(builtins), "__import__": fake_import}, "__name__": "__main__"}
    space = {"np": np, "math": math, "params": names, **functions, **OWN, **names}
    tree = ast.parse(textwrap.dedent(source))
    tree.body = [node for node in tree.body if not (is_annotation(node) or is_random(node) or is_print(node))]
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        tree.body[-1] = ast.Assign([ast.Name("_value", ast.Store())], last.value)
        wanted = "_value"
    elif isinstance(last, ast.FunctionDef):
        given = [ast.keyword(a.arg, ast.Name(a.arg, ast.Load())) for a in (*last.args.args, *last.args.kwonlyargs)]
        call = ast.Call(ast.Name(last.name, ast.Load()), [], given)
        tree.body.append(ast.Assign([ast.Name("_value", ast.Store())], call))
        wanted = "_value"
    else:
        target = last.targets[-1] if isinstance(last, ast.Assign) else last.target  # type: ignore[attr-defined]
        wanted = target.value.id if isinstance(target, ast.Subscript) else target.id
    with np.errstate(all="ignore"):
        exec(compile(ast.fix_missing_locations(tree), "snippet", "exec"), space)
    return space[wanted]


def is_annotation(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is None


def is_print(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("print(")


def is_random(node: ast.stmt) -> bool:
    """Random data: here its names have other values."""
    return isinstance(node, ast.Assign) and re.search(r"np\.random\.|rng\.", ast.unparse(node)) is not None


def as_result(value: Any) -> Any:
    """NumPy's value in the form in which matdiff gives its own: columns 1-D, a single entry a float."""
    if isinstance(value, tuple):  # loss, grad
        value = next((item for item in value if np.ndim(item) == 0), value[0])
    array = np.asarray(value, dtype=float)
    if array.size == 1:
        return float(array.reshape(()))
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def evaluated(model: Model, names: dict[str, Any]) -> Any:
    assert model.objective is not None
    known, sizes = arrays(model.variables, {k: v for k, v in names.items() if k in model.variables or k in model.dims})
    return result(values([model.objective], known, sizes)[model.objective], model.objective.shape)


def compare(source: str, twin: str, where: str | None) -> None:
    model, other = read_model(source, "numpy", where), read_model(twin, "math", where)
    seen = 0
    for seed, positive in ((1, False), (2, True)):
        names = data(model, other, np.random.default_rng(seed), positive)
        found, twins = evaluated(model, names), evaluated(other, names)
        try:
            expected = as_result(run(source, names))
        except AttributeError:  # a function that NumPy has since version 2
            assert np.__version__ < "2"
            expected = twins
        if np.all(np.isfinite(expected)):
            seen += 1
            assert np.shape(found) == np.shape(expected)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(twins, expected, rtol=1e-9, atol=1e-9)
    assert seen, "no point at which the expression has a value"


@pytest.mark.parametrize(("source", "twin", "where"), PAIRS, ids=[f"{i}: {p[0][:40]}" for i, p in enumerate(PAIRS)])
def test_pair(source: str, twin: str, where: str | None) -> None:
    compare(source, twin, where)


def people() -> Iterator[tuple[int, str, str, str | None]]:
    """The sources of ``numpy_people.txt`` with their lines, twins and declarations."""
    where, twin, source, start = "", "", list[str](), 0
    text = (Path(__file__).parent / "numpy_people.txt").read_text(encoding="utf-8")
    for number, line in enumerate([*text.split("\n"), "where"], 1):
        if source and (line.startswith("  ") or not line):
            source.append(line[2:])
            continue
        if source:
            yield start, "\n".join(source), twin, where or None
            source = []
        match line[:2]:
            case "wh":
                where = line.removeprefix("where").strip()
            case "= ":
                twin = line[2:]
            case "- ":
                source, start = [line[2:]], number


PEOPLE = [*people()]


@pytest.mark.parametrize(("line", "source", "twin", "where"), PEOPLE, ids=[f"line {line}" for line, *_ in PEOPLE])
def test_what_people_write(line: int, source: str, twin: str, where: str | None) -> None:
    compare(source, twin, where)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    source, twin, where = PROGRAMS[name]
    compare(source, twin, where)


EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

NETWORKS = {
    "two_layer_relu.matdiff": ("network 1", "network 1 as a function"),
    "spiral_softmax.matdiff": ("network 2", "network 2 in its stable form"),
}


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, names in NETWORKS.items() for name in names])
def test_the_networks_are_those_of_the_model_files(file: str, name: str) -> None:
    check_network(file, PROGRAMS[name][0])


STYLES = {
    "two_layer_relu.matdiff": "x: matrix(N, D_in); y: matrix(N, D_out); w1: matrix(D_in, H); w2: matrix(H, D_out)",
    "spiral_softmax.matdiff": "X: matrix(N, D); y: labels(N, K); W: matrix(D, h); b: vector(h); W2: matrix(h, K);"
    " b2: vector(K); reg: scalar",
}


@pytest.mark.parametrize("file", STYLES)
def test_the_networks_in_many_styles_are_those_of_the_model_files(file: str) -> None:
    sources = [source for _, source, _, where in PEOPLE if where == STYLES[file]]
    assert len(sources) > 9
    for source in sources:
        check_network(file, source)


def check_network(file: str, source: str) -> None:
    model = (EXAMPLES / file).read_text(encoding="utf-8")
    declarations = "\n".join(line for line in model.split("train:")[0].splitlines() if ":" in line)
    verdict = md.equal(md.parse(model), md.parse(source, notation="numpy", where=declarations))
    assert verdict.holds
    assert verdict.how == "proved" or "abs" in source


@pytest.mark.parametrize(("source", "twin", "where"), SAME)
def test_same_expression(source: str, twin: str, where: str | None) -> None:
    model, other = read_model(source, "numpy", where), read_model(twin, "math", where)
    assert model.objective is other.objective
    assert model.variables == other.variables


# names


@pytest.mark.parametrize(
    ("source", "where", "definitions", "variables"),
    [
        ("h = x @ A\nh = h + 1\nh.sum()", None, ["h_1", "h"], ["x", "A"]),
        ("h_1 = 2 * x\nh = h_1 + 1\nh = h * 2\nh.sum()", None, ["h_1", "h_2", "h"], ["x"]),
        ("x = 2 * x\nx = x + 1\nx @ x", None, ["x_1", "x_2"], ["x"]),
        ("def f(w):\n    w = 2 * w\n    return w @ w", None, ["w_1"], ["w"]),
        ("w = 3\ndef f(w):\n    return w @ w", None, ["w_1"], ["w"]),
        ("n = X.shape[0]\nk = 3\nX.sum() / n / k", None, ["k"], ["X"]),
        ("def g(z):\n    t = z * 2\n    return t\nu = g(x)\nu @ u", None, ["u"], ["x"]),
        (
            "s = S - S.max(axis=1, keepdims=True)\ne = np.exp(s)\np = e / e.sum(axis=1, keepdims=True)\np.sum()",
            None,
            ["p"],
            ["S"],
        ),
        ("s = x @ A\ns = s - s.max()\ne = np.exp(s)\ne / e.sum()", None, ["s_1"], ["x", "A"]),
        ("_, v = x, 2 * x\nv @ v", None, ["v"], ["x"]),
        ("h = x @ w1\nh.sum()", "h: matrix(n, k); x: matrix(n, d); w1: matrix(d, k)", ["h"], ["x", "w1"]),
        (
            "X = np.random.randn(4, 3) * 0.1\nb = np.random.rand(3)\nc = np.random.normal()\nX @ b + c",
            None,
            [],
            ["X", "b", "c"],
        ),
        ("rng = np.random.default_rng(0)\nX = rng.normal(size=(4, 3))\nX.sum()", None, [], ["X"]),
        ("N, D = 4, 3\nX = np.random.standard_normal((N, D))\nX.sum()", None, ["N", "D"], ["X"]),
        ("X: matrix(n, d)\ntheta: vector(d)\nX @ theta", None, [], ["X", "theta"]),
    ],
)
def test_names(source: str, where: str | None, definitions: list[str], variables: list[str]) -> None:
    """A name keeps its variable; else the last value that is assigned to it."""
    model = read_model(source, "numpy", where)
    assert list(model.definitions) == definitions
    assert list(model.variables) == variables


def test_random_data_has_the_sizes_it_is_drawn_with() -> None:
    model = read_model("N, D = 4, 3\nX = 0.1 * np.random.randn(N, D) + 1\ny = np.random.rand(N)\nX.T @ y", "numpy")
    assert [str(size) for name in "Xy" for size in model.variables[name].shape] == ["4", "3", "4", "1"]


def test_the_gradient_is_with_respect_to_the_variable_and_not_to_what_is_assigned_to_its_name() -> None:
    d = md.derive("x = 2 * x\nloss = x @ x", wrt="x", notation="numpy")
    np.testing.assert_allclose(d.gradient.evaluate(x=[1.0, 2.0]), [8.0, 16.0])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_gradient_of_a_stable_softmax_is_that_of_softmax(seed: int) -> None:
    stable = (
        "e = np.exp(S - S.max(axis=1, keepdims=True))\nP = e / e.sum(axis=1, keepdims=True)\n-np.sum(Y * np.log(P))"
    )
    S, Y = np.random.default_rng(seed).standard_normal((2, 4, 3))
    found = md.gradient(stable, "S", notation="numpy").evaluate(S=S, Y=Y)
    expected = md.gradient("-sum(Y .* log(softmax(S)))", "S").evaluate(S=S, Y=Y)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_code_is_read_and_never_run(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    for source in (
        f"open({str(target)!r}, 'w')",
        f"__import__('pathlib').Path({str(target)!r}).touch()",
        "import antigravity",
    ):
        with contextlib.suppress(MatdiffError):
            read_model(source, "numpy")
    assert not target.exists()
    assert "antigravity" not in sys.modules


# errors


@pytest.mark.parametrize(("source", "kind", "at", "words"), BAD, ids=[f"{i}: {b[0][:30]!r}" for i, b in enumerate(BAD)])
def test_error(source: str, kind: type[MatdiffError], at: tuple[int, int], words: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        read_model(source, "numpy", WHERE)
    assert type(caught.value) is kind
    assert (caught.value.line, caught.value.column) == at
    assert words in str(caught.value)
    assert "^" in str(caught.value)


@pytest.mark.parametrize("name", HUGE)
def test_hostile_sources_are_refused(name: str) -> None:
    with pytest.raises(MatdiffError):
        read_model(HUGE[name], "numpy")


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_ordinary(name: str) -> None:
    model = read_model(DEEP[name], "numpy")
    assert model.objective is not None
    assert model.objective.is_scalar


def test_a_text_that_is_cut_into_parts_has_the_tree_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "DEEPEST", 4)
    signs = [
        "-x**-y**2*-3 @ z + (a, b)[0]",
        "f(*x, k=-(1 + 2)**3, **{'a': [1, 2][::-1]}).T.T + 1 < 2 * 3 < 4",
        "é.T @ (é)",
    ]
    for source in [*signs, *SOURCES, *(source for _, source, *_ in PEOPLE[::5])]:
        text, whole = plain(source.rstrip()), parse(source)
        parts = from_parts(source, declared(text), scanned(text))
        assert ast.dump(parts).replace("Store()", "Load()") == ast.dump(whole).replace("Store()", "Load()")
        for one, other in zip(ast.walk(parts), ast.walk(whole), strict=True):
            assert vars(one).get("at") == vars(other).get("at")
            assert vars(one).get("group") == vars(other).get("group")


# what is printed


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_the_code_that_is_printed_reads_back(data: st.DataObject) -> None:
    source = text_of(data.draw(expressions(data.draw(st.sampled_from(FORMS)), 4)))
    e = md.parse(source, where=DECLARATIONS)
    code = md.compile(e).source
    if re.search(r"linalg.svd|= \w+ or 1.0|def solved|def inverted", code):
        return  # an adjugate, a division by a norm that may be 0, or what rounding may decide: refused by name
    back = md.parse(code, notation="numpy", where=DECLARATIONS)
    assert back.shape == e.shape
    assert md.equal(e, back).holds, code


@pytest.mark.parametrize("file", NETWORKS)
def test_printed_gradients_read_back(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    model = (EXAMPLES / file).read_text(encoding="utf-8").split("train:")[0]
    wrt = "w1" if "w1" in model else "W"
    assert main(["derive", str(EXAMPLES / file), "--wrt", wrt, "--format", "numpy"]) == 0
    declarations = "\n".join(line for line in model.splitlines() if ":" in line)
    back = md.parse(capsys.readouterr().out, notation="numpy", where=declarations)
    assert md.equal(md.gradient(model, wrt).expand(), back).holds


def test_a_file_of_code_is_read_as_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "loss.py"
    file.write_text("import numpy as np\n\ndef loss(X, w, y):\n    return np.sum((X @ w - y)**2)\n", encoding="utf-8")
    assert main(["derive", str(file), "--wrt", "w", "--where", "y: vector(n)", "--no-steps"]) == 0
    assert "2*X'*(X*w - y)" in capsys.readouterr().out


# memory

SHARED = [
    "u = v = A @ x\nu += 1\nv",
    "u = x.reshape(3, 1)\nu += 1\nx",
    "u = A.ravel()\nu += 1\nA",
    "u = A.T\nu *= 2\nA",
    "u = x[:, None]\nu -= 1\nx",
    "u = x.reshape(1, 3)\nu -= 1\nx",
    "t = (x + 1, x)\nu = t[0]\nu += 1\nt[0]",
    "d = {'a': x + 1}\nu = d['a']\nu += 1\nd['a']",
    "d = {'a': x + 1}\nu = d['a']\nd['a'] += 1\nu",
    "u = A.copy()\nt = (u, u)\nu[u > 0] = 0\nt[1]",
    "u = np.asarray(x)\nu += 1\nx",
    "u = x.astype(float, copy=False)\nu += 1\nx",
    "def f(h):\n    h *= 2\n    return h\nf(x)\nx",
    "def f():\n    h = x + 1\n    return h, lambda: h\nu, g = f()\nu += 1\ng()",
    "def f(h=A @ v):\n    h += 1\n    return h\nf()\nf()",
]
"""Changes of one array that another name sees."""


@pytest.mark.parametrize("source", SHARED)
def test_a_change_that_another_name_sees_is_refused_or_seen(source: str) -> None:
    rng = np.random.default_rng(3)
    names = {name: rng.standard_normal(shape) if shape else 0.75 for name, shape in SHAPES.items()}
    with contextlib.suppress(UnsupportedError):
        found = evaluated(read_model(source, "numpy", "x: vector(3); v: vector(4); A: matrix(3, 4)"), names)
        np.testing.assert_allclose(found, as_result(run(source, names)))


# properties

SHAPES = {"x": (3,), "u": (3,), "v": (4,), "A": (3, 4), "B": (4, 3), "S": (3, 3), "r": (1, 4), "c": (3, 1), "a": ()}
DECLARED = """
m, n: dim; x, u: vector(m); v: vector(n); A: matrix(m, n); B: matrix(n, m); S: matrix(m, m)
r: row(n); c: matrix(m, 1); a: scalar
"""
NUMBERED = re.sub("m, n: dim;", "", DECLARED).replace("(m", "(3").replace("(n", "(4").replace(", n)", ", 4)")
NUMBERED = NUMBERED.replace(", m)", ", 3)")
"""The same with numbers as sizes."""


def extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    unary = [
        "-({})", "({}).T", "np.exp(-({})**2)", "np.sum({})", "np.sum({}, axis=0)", "np.sum({}, axis=1)",
        "({}).mean(axis=-1)", "np.sum({}, axis=1, keepdims=True)", "({}).mean(0, keepdims=True)", "np.square({})",
        "({})[:, None]", "({})[None, :]", "({}).reshape(-1, 1)", "({}).ravel()", "({}).reshape(1, -1)", "({})[None]",
        "np.maximum({}, 0)", "np.tanh({})", "np.diag({})", "np.linalg.norm({})", "np.abs({})", "np.ones_like({})",
        "np.trace({})", "({}).var(axis=0)", "np.clip({}, -0.5, 0.5)", "(({}) > 0) * 1.0", "({}).shape[0]", "({}).size",
        "softmax({}, axis=-1)", "({})[0]", "({})[:, 0]", "np.squeeze({})", "({}).squeeze(1)", "np.diagflat({})",
        "({}).reshape(3, 4)", "({}).reshape(4, -1)", "({}).reshape(12)", "({}).reshape(3, 1)", "({}).T.reshape(1, 4)",
        "({}).reshape((4, 3), order='F')", "np.var({}, axis=0, ddof=1)", "({}).std(ddof=1)", "sum({})", "-(-({}))",
        "np.linalg.norm({}, 3)", "np.linalg.norm({}, axis=0, keepdims=True)", "np.linalg.norm({}, 1, axis=-1)",
        "np.linalg.vector_norm({})", "(~(({}) > 0)).sum(axis=0)", "np.full((3, 4), {})", "np.expand_dims({}, -1)",
        "np.linalg.slogdet({})[1]", "np.linalg.det({})", "np.linalg.matrix_power({}, 2)", "np.average({}, axis=0)",
    ]  # fmt: skip
    binary = [
        "({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) @ ({})", "np.dot({}, {})", "np.outer({}, {})",
        "np.maximum({}, {})", "({}) / (1 + ({})**2)", "np.inner({}, {})", "np.kron({}, {})", "np.multiply({}, {})",
        "np.where(({}) > 0, {}, 0)", "np.einsum('i,ij->j', {}, {})", "np.einsum('ij,kj->ik', {}, {})",
        "np.einsum('ij,j->i', {}, {})", "np.add.outer({}, {})", "np.tensordot({}, {}, 1)", "np.tensordot({}, {}, 0)",
        "np.tensordot({}, {}, axes=([0], [0]))", "np.tensordot({}, {}, axes=(1, 0))", "np.tensordot({}, {})",
        "((({}) > 0) & (({}) < 1)) * 1.0", "((({}) > 0) | (({}) != 0.75)) * 1.0", "np.average({}, axis=1, weights={})",
        "np.average({}, weights=np.exp({}), axis=0)", "np.select([({0}) > 0, ({1}) > 0], [{1}, {0}], 0.5)",
        "np.vdot({}, {})", "np.linalg.solve({}, {})", "np.power(({0})**2 + 1, {1})", "np.subtract({}, {})",
        "np.clip({}, {}, 1)", "np.logaddexp({}, {})", "np.linalg.multi_dot([{}, A, {}])",
    ]  # fmt: skip
    return st.builds(str.format, st.sampled_from(unary), inner) | st.builds(
        str.format, st.sampled_from(binary), inner, inner
    )


EXPRESSIONS = st.recursive(st.sampled_from(list(SHAPES)), extended, max_leaves=6)


def shifted(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    unary = [
        "({0}) - np.max({0})", "({0}) - np.max({0}, axis=-1, keepdims=True)", "({0}) - np.max({0}, axis=0)",
        "({0}) - np.max({0}, axis=1)[:, None]", "np.exp({})", "np.log({})", "-({})", "2 * ({})", "({}).T",
        "np.exp({0}) / np.sum(np.exp({0}), axis=-1, keepdims=True)", "np.exp({0}) / np.sum(np.exp({0}))",
        "({0}) - np.log(np.sum(np.exp({0}), axis=1, keepdims=True))", "np.max({}, axis=1)", "np.max({})",
        "np.max({0}) + np.log(np.sum(np.exp(({0}) - np.max({0}))))", "np.sum({}, axis=0)", "np.sum({}, axis=1)",
        "({})[:, None]", "({})[None, :]", "({0}) / ({0})", "({0}) - ({0})", "np.max({}, axis=0, keepdims=True)",
        "np.mean({}, axis=1)", "np.mean({}, axis=0, keepdims=True)", "np.mean({})", "np.sum({})", "({}) / 3",
        "({}) / np.sum(np.exp(x))", "np.mean({0}) - np.mean(np.log(np.exp({0}).sum(axis=1)))",
        "np.sum({0}, axis=0) - np.sum({0}, axis=1)", "({0}) - np.mean({0}, axis=1)[:, None]", "({}).ravel()",
        "np.log(np.exp({}).sum(axis=1))", "np.log(np.exp({}).sum(axis=0))", "({}).min()",
    ]  # fmt: skip
    signs = ["({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / ({})"]
    one = st.builds(str.format, st.sampled_from(unary), inner)
    return one | one | st.builds(str.format, st.sampled_from(signs), inner, inner)


SHIFTED = st.recursive(st.sampled_from(["x", "A", "S", "B"]), shifted, max_leaves=4)


@settings(max_examples=300)
@given(EXPRESSIONS | SHIFTED, st.sampled_from([DECLARED, NUMBERED]))
def test_what_is_read_has_the_value_of_numpy(source: str, declared: str) -> None:
    rng = np.random.default_rng(7)
    names = {name: rng.standard_normal(shape) if shape else 0.75 for name, shape in SHAPES.items()}
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            expected = as_result(eval(source, {"np": np, **OWN, **names}))  # a source of this file
        model = read_model(source, "numpy", declared)
    except (ValueError, IndexError, TypeError, AttributeError, MatdiffError):
        return
    found = evaluated(model, names)
    assert np.shape(found) == np.shape(expected)
    overflows = "exp" in source and not np.all(np.isfinite(found))  # what the largest entry is subtracted for
    if np.all(np.isfinite(expected)) and not overflows:
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


SOURCES = [source for source, _, _ in PAIRS] + [textwrap.dedent(source) for source, _, _ in PROGRAMS.values()]


@settings(max_examples=300)
@given(st.data())
def test_any_text_is_read_or_refused(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(SOURCES))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source)))
        piece = data.draw(
            st.sampled_from(
                [
                    *"()[]{},.:;=+-*/@<>'\"#\\ \n\t0x",
                    "\n  ",
                    "def ",
                    "return",
                    "lambda x:",
                    "**",
                    "None",
                    "np.",
                    "é",
                    "\x00",
                ]
            )
        )
        source = source[:at] + piece + source[at + data.draw(st.integers(0, 3)) :]
    with contextlib.suppress(MatdiffError):
        read_model(source, "numpy")
