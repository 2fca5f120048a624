"""Gradients written by hand in NumPy: right code is never blamed, planted slips are found where they are."""

from __future__ import annotations

import ast
import copy
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_code import LOSSES, PAIRS, RIGHT

import matdiff as md
from matdiff.cli import main

HOLD = ("proved", "sampled")
EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "derivations"
LAYERS = (EXAMPLES / "two_layer_relu.py").read_text(encoding="utf-8")
SPIRAL = (EXAMPLES / "spiral_softmax.py").read_text(encoding="utf-8")
GRADIENTS = {
    "layers": {"w1": "grad_w1", "w2": "grad_w2"},
    "spiral": {"W": "dW", "b": "db", "W2": "dW2", "b2": "db2"},
}
SOURCES = {"layers": LAYERS, "spiral": SPIRAL}


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    report = md.check_code(RIGHT[name], LOSSES.get(name), PAIRS.get(name))
    assert report.ok, str(report)
    assert report.links


@pytest.mark.parametrize("name", SOURCES)
def test_listings(name: str) -> None:
    """The two listings are proved, each gradient in its line, and the mask at 0 is spoken of."""
    report = md.check_code(SOURCES[name], "loss", GRADIENTS[name])
    assert {link.verdict for link in report.links} == {"proved"}
    lines = SOURCES[name].split("\n")
    for link in report.links:
        assert lines[link.line - 1].strip().startswith(link.left)
        assert SOURCES[name][link.start : link.end] == lines[link.line - 1].strip()
    assert {link.left for link in report.links} >= {*GRADIENTS[name].values()}
    noted = [link.left for link in report.links if "the masks differ at 0 only" in link.detail]
    assert noted == (["grad_h", "grad_w1"] if name == "layers" else [])


BUGS: tuple[tuple[str, str, str, str, str], ...] = (
    # listing, what is written, the slip, the line it is found in ("" for that of the slip), the words
    ("layers", "= 2.0 * (y_pred - y)", "= (y_pred - y)", "", "a factor 2 is missing: grad_y_pred = 2 * (y_pred - y)"),
    ("layers", "= 2.0 * (y_pred - y)", "= 2.0 * (y - y_pred)", "", "grad_y_pred = 2.0 * (y_pred - y)"),
    ("layers", "= 2.0 * (y_pred - y)", "= 2.0 * (y_pred + y)", "", "a sign is wrong"),
    ("layers", "= 2.0 * (y_pred - y)", "= 2.0 * (y_pred - y) / batch", "", "the division by batch is too many"),
    ("layers", "= 2.0 * (y_pred - y)", "= 2.0 * (y_pred - y) ** 2", "", "the power is too many"),
    ("layers", "= 2.0 * (y_pred - y)", "= 2.0 * y_pred", "", "the term -2 * y is missing"),
    ("layers", "= h_relu.T.dot(grad_y_pred)", "= h.T.dot(grad_y_pred)", "", "h_relu is meant, not h"),
    ("layers", "= h_relu.T.dot(grad_y_pred)", "= h_relu.dot(grad_y_pred)", "", "a transpose is missing"),
    ("layers", "= h_relu.T.dot(grad_y_pred)", "= grad_y_pred.dot(h_relu.T)", "", "factors stand in the wrong order"),
    ("layers", "= h_relu.T.dot(grad_y_pred)", "= -h_relu.T.dot(grad_y_pred)", "", "a minus sign is too many"),
    ("layers", "= h_relu.T.dot(grad_y_pred)", "= h_relu.T * grad_y_pred", "", "the matrix product is meant"),
    ("layers", "grad_y_pred.dot(w2.T)", "grad_y_pred.dot(w2)", "", "a transpose is missing"),
    ("layers", "grad_y_pred.dot(w2.T)", "grad_y_pred.dot(w1.T)", "", "w2 is meant, not w1"),
    ("layers", "grad_y_pred.dot(w2.T)", "(y_pred - y).dot(w2.T)", "", "a factor 2 is missing"),
    ("layers", "= grad_h_relu.copy()", "= h_relu.copy()", "", "grad_h_relu is meant, not h_relu"),
    ("layers", "    grad_h[h < 0] = 0\n", "", "grad_h = grad_h_relu.copy()", "the mask of the ReLU is missing"),
    ("layers", "grad_h[h < 0]", "grad_h[h > 0]", "", "the mask is inverted: grad_h[h <= 0] = 0"),
    ("layers", "grad_h[h < 0]", "grad_h[grad_h < 0]", "", "h is meant, not grad_h"),
    ("layers", "grad_h[h < 0]", "grad_h_relu[h < 0]", "", "grad_h is meant, not grad_h_relu"),
    ("layers", "x.T.dot(grad_h)", "x.T.dot(grad_h_relu)", "", "grad_h is meant, not grad_h_relu"),
    ("layers", "x.T.dot(grad_h)", "h_relu.T.dot(grad_h)", "", "x is meant, not h_relu"),
    ("layers", "x.T.dot(grad_h)", "x.T.dot(grad_h) / 2", "", "the division by 2 is too many"),
    (
        "layers",
        "    grad_h_relu =",
        "    w2 -= rate * grad_w2\n    grad_h_relu =",
        "w2 -= rate * grad_w2",
        "w2 is changed here, before line 25 needs its old value",
    ),
    (
        "layers",
        "    grad_h = grad_h_relu.copy()\n    grad_h[h < 0] = 0\n    grad_w1 = x.T.dot(grad_h)\n",
        "    grad_w1 = x.T.dot(grad_h)\n    grad_h = grad_h_relu.copy()\n    grad_h[h < 0] = 0\n",
        "grad_w1 = x.T.dot(grad_h)",
        "this line stands too early",
    ),
    (
        "spiral",
        "    dscores[range(num_examples), y] -= 1\n",
        "",
        "dscores = probs",
        "add the line: dscores[range(num_ex",
    ),
    ("spiral", "y] -= 1", "y] += 1", "", "a sign is wrong: dscores[range(num_examples), y] -= 1"),
    ("spiral", "    dscores /= num_examples\n", "", "y] -= 1", "the division by num_examples is missing"),
    ("spiral", "dscores /= num_examples", "dscores *= num_examples", "", "a division is meant, not a product"),
    (
        "spiral",
        "    dscores[range(num_examples), y] -= 1\n    dscores /= num_examples\n",
        "    dscores /= num_examples\n    dscores[range(num_examples), y] -= 1\n",
        "dscores /= num_examples",
        "stand in the wrong order",
    ),
    ("spiral", "dscores = probs\n", "dscores = scores\n", "", "probs is meant, not scores"),
    ("spiral", "(hidden_layer.T, dscores)", "(hidden_layer.T, scores)", "", "dscores is meant, not scores"),
    ("spiral", "db2 = np.sum(dscores, axis=0", "db2 = np.sum(dscores, axis=1", "", "the sum runs over the wrong axis"),
    ("spiral", "db2 = np.sum(dscores", "db2 = np.mean(dscores", "", "a sum is meant, not a mean"),
    (
        "spiral",
        "db2 = np.sum(dscores, axis=0, keepdims=True)",
        "db2 = dscores",
        "",
        "the sum over the batch is missing",
    ),
    ("spiral", "np.dot(dscores, W2.T)", "np.dot(dscores, W.T)", "", "W2 is meant, not W"),
    ("spiral", "    dhidden[hidden_layer <= 0] = 0\n", "", "np.dot(dscores, W2.T)", "the mask of the ReLU is missing"),
    ("spiral", "dhidden[hidden_layer <= 0]", "dhidden[hidden_layer > 0]", "", "the mask is inverted"),
    ("spiral", "dhidden[hidden_layer <= 0]", "dhidden[dhidden <= 0]", "", "hidden_layer is meant, not dhidden"),
    (
        "spiral",
        "    dhidden[hidden_layer <= 0] = 0\n    dW = np.dot(X.T, dhidden)\n",
        "    dW = np.dot(X.T, dhidden)\n    dhidden[hidden_layer <= 0] = 0\n",
        "dW = np.dot(X.T, dhidden)",
        "line 56 must stand above this line: dhidden[hidden_layer <= 0] = 0",
    ),
    ("spiral", "    dW2 += reg * W2\n", "", "dW2 = np.dot", "the term reg * W2 is missing"),
    ("spiral", "dW2 += reg * W2", "dW2 += 0.5 * reg * W2", "", "the factor 0.5 is too many: dW2 += reg * W2"),
    ("spiral", "dW2 += reg * W2", "dW2 -= reg * W2", "", "a sign is wrong: dW2 += reg * W2"),
    ("spiral", "dW2 += reg * W2", "dW2 += reg * np.sum(W2**2)", "", "the derivative of np.sum(W2 ** 2) is meant"),
    ("spiral", "dW += reg * W", "dW += W", "", "a factor reg is missing: dW += reg * W"),
    ("spiral", "dW += reg * W", "dW += reg * W2", "", "W is meant, not W2"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("listing", "written", "slip", "at", "words"), BUGS)
def test_planted_slips(listing: str, written: str, slip: str, at: str, words: str) -> None:
    """One gradient is blamed, in the line of the slip, and the slip is named; what is wrong because of it says so."""
    source = SOURCES[listing]
    assert source.count(written) >= 1
    where = source.index(written)
    source = source[:where] + slip + source[where + len(written) :]
    anchor = source.rindex(at, 0, where + len(slip) + 80) if at else where
    report = md.check_code(source, "loss", GRADIENTS[listing])
    blamed = [link for link in report.failing if not link.detail.startswith("it goes wrong in line")]
    assert len(blamed) == 1, str(report)
    assert blamed[0].line == source.count("\n", 0, anchor) + 1
    assert words in blamed[0].suggestion
    assert all(f"in line {blamed[0].line}," in link.detail for link in report.failing if link is not blamed[0])


def test_two_slips_at_once() -> None:
    source = SPIRAL.replace("np.dot(X.T, dhidden)", "-np.dot(X.T, dhidden)").replace("dW2 += reg", "dW2 += 3 * reg")
    report = md.check_code(source, "loss", GRADIENTS["spiral"])
    assert [(link.line, link.left) for link in report.failing] == [(56, "dW"), (60, "dW2")]
    assert "a minus sign is too many" in report.failing[0].suggestion
    assert "the factor 3 is too many" in report.failing[1].suggestion


SHARED = """
n, d, k = 9, 4, 3
X = np.random.randn(n, d)
y = np.random.randint(k, size=n)
W = np.random.randn(d, k)
e = np.exp(X.dot(W))
probs = e / e.sum(1, keepdims=True)
loss = -np.log(probs[range(n), y]).sum() / n + 0.5 * np.sum(probs ** 2)
dscores = probs
dscores[range(n), y] -= 1
dscores /= n
dscores += probs * (probs - np.sum(probs * probs, axis=1, keepdims=True))
dW = X.T.dot(dscores)
"""


def test_one_array_under_two_names() -> None:
    """``dscores = probs`` changes probs as well, which is needed again below."""
    assert md.check_code(SHARED.replace("dscores = probs\n", "dscores = probs.copy()\n"), "loss", {"W": "dW"}).ok
    blamed = md.check_code(SHARED, "loss", {"W": "dW"}).failing[0]
    assert "dscores and probs are one array" in blamed.suggestion
    assert "write dscores = probs.copy() in line 9" in blamed.suggestion


# against numbers: the code is run, and its gradients compared with differences


def straight(source: str, loss: str) -> list[ast.stmt | None]:
    """The statements of one round; None where the parameters are to be moved."""
    found: list[ast.stmt | None] = []
    for statement in ast.parse(source).body:
        names = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        inside = isinstance(statement, ast.For) and loss in names
        body = statement.body if isinstance(statement, ast.For) and inside else [statement]
        found += [None] if inside else []
        found += [s for s in body if not isinstance(s, ast.Expr) and not (inside and isinstance(s, ast.If))]
    return found


def values(source: str, loss: str, parameters: list[str], moved: dict[str, Any]) -> dict[str, Any]:
    np.random.seed(3)
    shifts = np.random.RandomState(5)
    names: dict[str, Any] = {}
    for statement in straight(source, loss):
        if statement is None:
            for name in parameters:
                names[name] = names[name] + 0.3 * shifts.standard_normal(np.shape(names[name])) + moved.get(name, 0.0)
        elif not {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} & {"rate", "step_size"} or (
            isinstance(statement, ast.Assign)
        ):
            with np.errstate(all="ignore"):
                exec(compile(ast.Module([statement], []), "training", "exec"), names)
    return names


def is_right(source: str, loss: str, pairs: dict[str, str]) -> bool:
    """Whether all gradients agree with differences along a random direction."""
    directions = np.random.RandomState(1)
    try:
        found = values(source, loss, list(pairs), {})
        for parameter, gradient in pairs.items():
            if np.shape(found[gradient]) not in (np.shape(found[parameter]), np.shape(found[parameter])[1:]):
                return False
            along = directions.standard_normal(np.shape(found[parameter]))
            up, down = (values(source, loss, list(pairs), {parameter: s * 1e-5 * along})[loss] for s in (1, -1))
            slope = (up - down) / 2e-5
            if not abs(slope - np.sum(found[gradient] * along)) <= 1e-4 * max(1e-3, abs(slope)):
                return False
    except (ValueError, NameError, KeyError, TypeError, IndexError, AttributeError):
        return False
    return True


def mutant(source: str, rng: random.Random) -> str:
    """The source with one change in a line behind the loss."""
    tree = ast.parse(source)
    body = next(s for s in tree.body if isinstance(s, ast.For) and len(s.body) > 5).body
    first = max(k for k, s in enumerate(body) if isinstance(s, ast.Assign) and ast.unparse(s).startswith("loss")) + 1
    steps = [k for k, s in enumerate(body) if k >= first and not {"rate", "step_size"} & set(ast.unparse(s).split())]
    at = rng.choice([k for k in steps if isinstance(body[k], ast.Assign | ast.AugAssign)])
    statement: Any = body[at]
    names = sorted({n.id for k in steps for n in ast.walk(body[k]) if isinstance(n, ast.Name)} - {"np", "range"})
    nodes = [n for n in ast.walk(statement.value) if isinstance(n, ast.expr)]
    node = rng.choice(nodes)
    new: Any = node
    match node:
        case ast.Name() if node.id != "np":
            new = rng.choice([ast.Name(rng.choice(names), ast.Load()), ast.Attribute(node, "T", ast.Load())])
        case ast.Attribute(attr="T"):
            new = node.value
        case ast.Constant(value=int() | float()):
            new = ast.Constant(node.value + rng.choice((-1, 1)))
        case ast.BinOp():
            new = rng.choice([node.left, node.right, ast.BinOp(node.right, node.op, node.left)])
        case ast.Call(args=[one, other]):
            new = ast.Call(node.func, [other, one], node.keywords)
        case _:
            new = ast.BinOp(ast.Constant(2), ast.Mult(), node) if node is statement.value else node
    body[at] = copy.deepcopy(statement, {id(node): copy.deepcopy(new)})
    if rng.random() < 0.15:
        del body[at]
    return ast.unparse(ast.fix_missing_locations(tree))


SMALL = {
    "layers": LAYERS.replace("64, 1000, 100, 10", "7, 6, 5, 4"),
    "spiral": SPIRAL.replace("points = 100", "points = 4").replace("h = 100", "h = 6"),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(14))
def test_mutants_against_numbers(seed: int) -> None:
    """A change is found if and only if it makes a gradient wrong: by numbers, which know nothing of the rules."""
    rng = random.Random(seed)
    name = rng.choice(list(SMALL))
    assert is_right(SMALL[name], "loss", GRADIENTS[name])
    source = mutant(SMALL[name], rng)
    right = is_right(source, "loss", GRADIENTS[name])
    try:
        ok = md.check_code(source, "loss", GRADIENTS[name]).ok
    except md.MatdiffError:
        ok = False  # what cannot be read is never called right
    assert ok is right, source


# what cannot be read is refused in words


CHANGED_BY_A_CALL = "h = X @ W\nnp.exp(h, out=h)\nloss = np.sum(h)\ndW = X.T @ h\n"
LISTS = """
X, Y = np.random.randn(6, 4), np.random.randn(6, 4)
Ws = [np.random.randn(4, 4) for _ in range(3)]
acts = [X]
for W in Ws:
    acts.append(np.tanh(acts[-1] @ W))
loss = np.sum((acts[-1] - Y) ** 2)
delta = 2 * (acts[-1] - Y)
grad_W = acts[-2].T @ (delta * (1 - acts[-1] ** 2))
"""
ADDED_UP = """
X, W = np.random.randn(10, 3), np.zeros((3, 2))
loss = 0.0
dW = np.zeros((3, 2))
for i in range(10):
    s = X[i].dot(W)
    loss += np.sum(s ** 2)
    dW += 2 * np.outer(X[i], s)
"""


def test_what_was_not_read_before() -> None:
    """Changes by ``out=``, lists of layers, sums over rows."""
    assert md.check_code(CHANGED_BY_A_CALL, "loss", {"W": "dW"}).ok
    assert md.check_code(LISTS, "loss", {"W": "grad_W"}).ok
    assert md.check_code(ADDED_UP, "loss", {"W": "dW"}).ok
    assert not md.check_code(ADDED_UP.replace("2 * np.outer", "3 * np.outer"), "loss", {"W": "dW"}).ok


UNDER_A_CONDITION = """
h = X @ W
if fast:
    h = 2 * h
loss = np.sum(h)
dW = X.T @ np.ones_like(h)
"""


def test_a_condition_that_is_not_known_makes_nothing_wrong() -> None:
    (link,) = md.check_code(UNDER_A_CONDITION, "loss", {"W": "dW"}).links
    assert link.verdict == "unread"
    assert "the condition in line 3" in link.detail


DEEP = f"loss = {'(' * 190}w{')' * 190}\ndw = 1\n"

REFUSED: tuple[tuple[str, str, str | None, dict[str, str] | None], ...] = (
    ("loss = 3 +\n", "this is not Python", "loss", {"w": "dw"}),
    ("loss = np.sum(w)\n", "the script gives dw no value", "loss", {"w": "dw"}),
    ("loss = np.sum(w)\ndw = w\n", "there is no v in the script", "loss", {"v": "dw"}),
    ("x = 1\n", "which name is the loss?", None, None),
    ("loss = np.sum(w * w)\nq = 2 * w\n", "which names are the gradients?", None, None),
    ("loss = np.sum(nobody_knows(W))\ndW = W\n", "nobody_knows is not read", "loss", {"W": "dW"}),
    ("loss = 1\n" + "x = " + "-" * 500 + "1\ndw = x\n", "nested", "loss", {"w": "dw"}),
    ("", "no value", "loss", {"w": "dw"}),
    ("loss = np.sum(w)\ndw = w\n", "without arguments", "loss", {"w": "f(3)"}),
)


@pytest.mark.parametrize(("source", "words", "loss", "pairs"), REFUSED)
def test_refusals(source: str, words: str, loss: str | None, pairs: dict[str, str] | None) -> None:
    with pytest.raises(md.MatdiffError) as caught:
        md.check_code(source, loss, pairs)
    assert words in str(caught.value)


def test_a_refusal_shows_the_line_of_the_script() -> None:
    source = "import numpy as np\n\nh = X @ W\nz = np.sum(h, axis=9)\nloss = np.sum(z)\ndW = X.T @ z\n"
    with pytest.raises(md.MatdiffError) as caught:
        md.check_code(source, "loss", {"W": "dW"})
    assert caught.value.line == 4
    assert "z = np.sum(h, axis=9)\n  ^^^^" in str(caught.value)


def test_what_could_not_be_compared_does_not_hold() -> None:
    source = "w = np.zeros(3)\nz = np.sqrt(-1 - np.sum(w*w))\nloss = z*np.sum(w)\ngrad_w = 7*w\n"
    report = md.check_code(source, "loss", {"w": "grad_w"})
    assert not report.ok
    assert "undecided" in report.links[0].detail


@pytest.mark.parametrize("bad", [3, None, b"loss = 1"])
def test_types(bad: Any) -> None:
    with pytest.raises(TypeError):
        md.check_code(bad)
    with pytest.raises(md.MatdiffError):
        md.check_code(bad)


# what is said besides


def test_where_declares_what_the_script_does_not_tell() -> None:
    code = "loss = np.sum((data @ w - t)**2)\ngrad_w = 2 * data.T @ (data @ w - t)\n"
    report = md.check_code(code, "loss", {"w": "grad_w"}, where="data: matrix(n, d); w: vector(d); t: vector(n)")
    assert [link.verdict for link in report.links] == ["proved"]


def test_updates_are_looked_at() -> None:
    source = LAYERS.replace("w1 -= rate", "w1 += rate")
    (link,) = [link for link in md.check_code(source).links if link.left == "grad_w1"]
    assert "line 29 goes up the gradient, not down" in link.detail
    source = LAYERS.replace("w1 -= rate * grad_w1", "w1 -= rate * grad_w2")
    (link,) = [link for link in md.check_code(source).links if link.left == "grad_w2"]
    assert "line 29 updates w1 by it, not w2" in link.detail


def test_guesses_are_called_guesses() -> None:
    report = md.check_code(SPIRAL)
    guessed = {link.left for link in report.links if "the pair is a guess from the name" in link.detail}
    assert guessed == {"dW", "db", "dW2", "db2"}


def test_a_gradient_on_the_way_that_is_another_multiple_is_no_slip() -> None:
    """``dz = p - y`` with the division by n later: right code, whatever its names promise."""
    source = RIGHT["logistic regression, 1-D weights"].replace("(p - y) / rows", "p - y")
    source = source.replace("X.T @ dz", "X.T @ dz / rows").replace("np.sum(dz)", "np.mean(dz)")
    assert md.check_code(source).ok
    wrong = source.replace("X.T @ dz / rows", "X.T @ dz")
    (link,) = md.check_code(wrong).failing
    assert link.left == "dw"
    assert "the division by rows is missing" in link.suggestion


# the command


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "train.py"
    told = ["--loss", "loss", "--grad", "w1=grad_w1", "--grad", "w2=grad_w2"]
    script.write_text(LAYERS, encoding="utf-8")
    assert main(["check", str(script), *told]) == 0
    assert "5 links: 5 proved" in capsys.readouterr().out
    script.write_text(LAYERS.replace("grad_h[h < 0]", "grad_h[h > 0]"), encoding="utf-8")
    shown = {}
    for format in ("text", "markdown", "html", "json", "sarif"):
        assert main(["check", str(script), *told, "--format", format]) == 1
        shown[format] = capsys.readouterr().out
    for text in (shown["text"], shown["markdown"], shown["sarif"]):
        assert "the mask is inverted: grad_h[h <= 0] = 0" in text
    assert "the mask is inverted: grad_h[h &lt;= 0] = 0" in shown["html"]
    links = json.loads(shown["json"])["links"]
    assert [(link["line"], link["verdict"]) for link in links if not link["holds"]] == [(26, "wrong"), (27, "wrong")]
    result = json.loads(shown["sarif"])["runs"][0]["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (26, 5)


@pytest.mark.parametrize(
    ("source", "told", "words"),
    [
        ("loss = (", (), "this is not Python"),
        (LAYERS, ("--grad", "w1"), "--grad takes a parameter and its gradient"),
        (LAYERS, ("--grad", "w1=grad_w1", "--grad", "w1=grad_w2"), "--grad names the gradient by w1 twice"),
        (LAYERS, ("--grad", "w1=grad_w9"), "the script gives grad_w9 no value"),
        (LAYERS, ("--loss", "cost"), "the script gives cost no value"),
    ],
)
def test_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, told: tuple[str, ...], words: str
) -> None:
    script = tmp_path / "train.py"
    script.write_text(source, encoding="utf-8")
    assert main(["check", str(script), *told]) == 2
    assert words in capsys.readouterr().err


def test_the_page_shows_the_example() -> None:
    page = (EXAMPLES.parents[1] / "docs" / "checking-code.md").read_text(encoding="utf-8")
    script = page.partition("```python\n")[2].partition("```")[0]
    assert script == (EXAMPLES / "two_slips.py").read_text(encoding="utf-8")
    report = md.check_code(script)
    assert [link.line for link in report.failing if link.suggestion] == [20, 24]


TWO_LOSSES = """
import numpy as np

def slow(W, X, y):
    \"\"\"
    - W: weights, of shape (D, C)
    - X: data, of shape (N, D)
    - y: labels, of shape (N,)
    \"\"\"
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss, dW

def quick(W, X, y):
    \"\"\"Inputs as above.\"\"\"
    rows = np.arange(X.shape[0])
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum()
    active = (margins > 0).astype(float)
    active[rows, y] -= active.sum(axis=1)
    dW = X.T @ active{slip}
    return loss, dW
"""

GATED = """
import numpy as np

def gate_forward(x, h, W):
    \"\"\"
    - x: (N, D)
    - h: (N, H)
    - W: (D, H)
    \"\"\"
    g = np.tanh(x @ W)
    c = g * h
    o = c + x @ W
    return o, c, (x, h, W, g)

def gate_backward(do, dc, cache):
    x, h, W, g = cache
    dc = dc + do
    dh = dc * g
    da = dc * h * (1 - g**2) + do
    dW = x.T @ da
    dx = {dx}
    return dx, dh, dW

class Scaled:
    def __init__(self, w):
        self.w = w

    def forward(self, x):
        self.x = x
        return x * self.w

    def backward(self, up):
        self.dw = (up * self.x).sum(axis=0)
        return up * self.w
"""

STATES = """
import numpy as np

W = np.random.randn(4, 7)
X = np.random.randn(3, 5)

def start(n):
    return {"W": np.random.randn(4, n)}

def run(xs):
    h = np.zeros((4, 1))
    kept = []
    for x in xs:
        z = np.vstack([h, x.reshape(3, 1)])
        kept.append((z, h))
        h = np.tanh(W @ z)
    return h, kept

for step in range(20):
    h, kept = run(X.T)
    loss = 0.5 * np.sum(h**2)
    dh = h
    dW = np.zeros_like(W)
    for k in reversed(range(5)):
        z, before = kept[k]
        after = kept[k + 1][1] if k < 4 else h
        da = dh * (1 - after**2)
        dW += da @ z.T
        dh = (W.T @ da)[:4]
    np.clip(dW, -0.001, 0.001, out=dW)
    W -= 0.1 * dW
"""


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (TWO_LOSSES.replace("{slip}", ""), {"dW = X.T @ active": HOLD, "dW[:, y[i]] -= X[i]": HOLD}),
        (TWO_LOSSES.replace("{slip}", " / 2"), {"dW = X.T @ active / 2": "wrong"}),
        (GATED.replace("{dx}", "da @ W.T"), {"dx = da @ W.T": HOLD, "dh = dc * g": HOLD, "return up * self.w": HOLD}),
        (GATED.replace("{dx}", "dc @ W.T"), {"dx = dc @ W.T": "wrong", "dW = x.T @ da": HOLD}),
        (STATES, {"np.clip(dW, -0.001, 0.001, out=dW)": HOLD}),
    ],
)
def test_files_that_tell_nothing(source: str, lines: dict[str, str | tuple[str, ...]]) -> None:
    """Loss functions and layers that nobody calls are each checked; states are no parameters, nor are start values."""
    report = md.check_code(source)
    found = {source.split("\n")[link.line - 1].strip(): link for link in report.links}
    for line, verdict in lines.items():
        assert found[line].verdict in verdict, str(report)
    assert {"wrong", "ill-formed"}.isdisjoint(
        link.verdict for line, link in found.items() if lines.get(line) != "wrong"
    ), str(report)


def test_a_loop_that_is_not_read_proves_nothing() -> None:
    loop = "loss = 0\nfor row in rows_of(w):\n    loss = loss + row * w\nloss = loss + w**2\ndw = 2 * w\n"
    report = md.check_code("import numpy as np\nw = 0.5\n" + loop, "loss", {"w": "dw"})
    assert [link.verdict for link in report.links] == ["unread"], str(report)
