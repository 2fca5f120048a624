"""The parts of a training module round the gradients: descent, check, first values, script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matdiff.codegen.experiment import Draw
from matdiff.codegen.text import WIDTH, entries, function, indented, spread

if TYPE_CHECKING:
    from matdiff.codegen.module import Module

DRAWN = {
    "normal": "rng.standard_normal({shape})",
    "uniform": "rng.uniform({low}, {high}, {shape})",
    "zeros": "np.zeros({shape})",
    "ones": "np.ones({shape})",
    "eye": "np.eye({rows})",
    "labels": "rng.integers({cols}, size={rows})",
    "signs": "rng.choice([-1.0, 1.0], {shape})",
}

SPIRALS = '''
def spirals(rng, count, classes, noise):
    """Points in the plane on as many spiral arms as there are classes, and their labels."""
    each = count // classes
    radius = np.tile(np.linspace(0, 1, each), classes)
    turns = np.linspace(4 * np.arange(classes), 4 * np.arange(1, classes + 1), each)
    angle = turns.T.ravel() + noise * rng.standard_normal(classes * each)
    points = radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    return points, np.repeat(np.arange(classes), each)
'''


def imports(module: Module, code: str) -> str:
    standard = [name for name in ("argparse", "math", "sys") if f"{name}." in code]
    return "".join(f"import {name}\n" for name in standard) + f"\n{module.target.imports}"


def train(module: Module) -> str:
    settings = module.experiment.settings
    arrays = [module.arguments[name] for name in module.wrt if name in module.tensors]
    keywords = [
        "*",
        f"steps={whole(settings['steps'])}",
        f"learning_rate={plain(settings['learning_rate'])}",
        "report=None",
    ]
    body = [line for line in module.shape_lines() if line.split(" = ")[0] in arrays]
    copies = f"{', '.join(arrays)} = {', '.join(f'{name}.copy()' for name in arrays)}"
    if len(copies) < WIDTH:
        body += [copies] if arrays else []
    else:
        body += [f"{name} = {name}.copy()" for name in arrays]
    step = spread("loss, gradients = loss_and_gradients(", [*module.arguments.values()], ")", indent=12)
    step += [f'{module.arguments[name]} -= learning_rate * gradients["{name}"]' for name in module.wrt]
    step += ["losses.append(loss)", "if report:", "    report(step, loss)"]
    body += [
        "losses = []",
        "try:",
        "    for step in range(steps):",
        *indented(step, 2),
        "except KeyboardInterrupt:",
        "    pass  # Ctrl-C ends the descent; what it has reached is returned",
        *spread("return {", entries((name, module.arguments[name]) for name in module.wrt), "}, losses"),
    ]
    doc = [
        "Gradient descent: the parameters it reaches, and the loss before each step.",
        "",
        "The arguments are left as they are. `report(step, loss)` is called after each step.",
    ]
    return function("train", [*module.arguments.values(), *keywords], doc, body)


def check_gradients(module: Module) -> str:
    body = [
        "rng = np.random.default_rng(0)",
        *spread("inputs = {", entries(module.arguments.items()), "}"),
        "_, gradients = loss_and_gradients(*inputs.values())",
        "worst = 0.0",
        "for name, gradient in gradients.items():",
        "    values = np.reshape(inputs[name], np.shape(gradient)).astype(float)",
        "    direction = rng.standard_normal(np.shape(gradient))",
        "    direction *= 1e-6 * (1 + np.linalg.norm(values)) / np.linalg.norm(direction)",
        "    ahead, _ = loss_and_gradients(*{**inputs, name: values + direction}.values())",
        "    behind, _ = loss_and_gradients(*{**inputs, name: values - direction}.values())",
        "    expected = np.sum(gradient * direction)",
        "    scale = np.linalg.norm(gradient) * np.linalg.norm(direction)",
        "    error = abs((ahead - behind) / 2 - expected) / max(scale, 1e-12)",
        '    assert error < tolerance, f"the gradient of {name} is off by {error:.1e}"',
        "    worst = max(worst, error)",
        "return worst",
    ]
    doc = [
        "Compare each gradient with a central difference along a random direction.",
        "",
        "Returns the largest relative error; raises AssertionError above the tolerance.",
    ]
    return function("check_gradients", [*module.arguments.values(), "*", "tolerance=1e-5"], doc, body)


def initialise(module: Module) -> str:
    experiment = module.experiment
    shapes = [size for node in module.inputs.values() for size in node.shape]
    used = dict.fromkeys(name for name in module.model.dims if any(name in size.names for size in shapes))
    used |= dict.fromkeys(name for size in shapes for name in size.names)
    dims = {name: module.body.dims[name] for name in used}
    body = ["rng = np.random.default_rng(seed)"]
    if used:
        body.append(f"{', '.join(dims.values())} = {', '.join(whole(experiment.values[name]) for name in used)}")
    for draw in experiment.draws:
        body += drawn(module, draw, dims)
    for name, node in module.inputs.items():
        if name in experiment.values:
            value = plain(experiment.values[name])
            if not node.is_scalar:
                value = f"np.full({shape_of(node.shape, dims)}, {value})"
            body.append(f"{module.arguments[name]} = {value}")
    body += spread("return {", entries(module.arguments.items()), "}")
    doc = ["The data and the first values of the experiment."]
    text = function("initialise", [f"seed={whole(experiment.settings['seed'])}"], doc, body)
    if any(draw.generator == "spirals" for draw in experiment.draws):
        return SPIRALS.strip("\n") + "\n\n\n" + text
    return text


def drawn(module: Module, draw: Draw, dims: dict[str, str]) -> Iterable[str]:
    arguments = [module.arguments[name] for name in draw.names]
    if draw.generator == "spirals":
        rows, classes = module.inputs[draw.names[1]].shape
        noise = f"noise={draw.options['noise']:g}"
        yield f"{', '.join(arguments)} = spirals(rng, {size_text(rows, dims)}, {size_text(classes, dims)}, {noise})"
        return
    for name, argument in zip(draw.names, arguments, strict=True):
        node = module.inputs[name]
        height, width = (size_text(size, dims) for size in node.shape)
        if draw.generator == "positive_definite":
            yield f"{argument} = rng.standard_normal(({height}, {height}))"
            yield f"{argument} = {argument} @ {argument}.T / {height} + np.eye({height})"
            continue
        text = DRAWN[draw.generator].format(shape=shape_of(node.shape, dims), rows=height, cols=width, **draw.options)
        if node.is_scalar:
            text = text.replace("()", "") if "normal" in text else text
        yield f"{argument} = {text}" if float(draw.factor) == 1 else f"{argument} = {plain(draw.factor)} * {text}"


def shape_of(shape: tuple[object, object], dims: dict[str, str]) -> str:
    from matdiff.sizes import ONE

    rows, cols = shape
    if cols is ONE:
        return "()" if rows is ONE else size_text(rows, dims)
    return f"({size_text(rows, dims)}, {size_text(cols, dims)})"


def size_text(size: object, dims: dict[str, str]) -> str:
    return " * ".join(dims.get(part, part) for part in str(size).split("*"))


def main(module: Module) -> str:
    settings = module.experiment.settings
    every = whole(settings["report_every"])
    printed = ["print(step, loss)"] if every == "1" else [f"if step % {every} == 0:", "    print(step, loss)"]
    body = [
        'parser = argparse.ArgumentParser(description=__doc__.split("\\n")[0])',
        f'parser.add_argument("--steps", type=int, default={whole(settings["steps"])})',
        f'parser.add_argument("--learning-rate", type=float, default={plain(settings["learning_rate"])})',
        f'parser.add_argument("--seed", type=int, default={whole(settings["seed"])})',
        "options = parser.parse_args()",
        "",
        "def report(step, loss):",
        *indented(printed),
        "",
        "train(",
        "    *initialise(options.seed).values(),",
        "    steps=options.steps,",
        "    learning_rate=options.learning_rate,",
        "    report=report,",
        ")",
    ]
    return function("main", [], ["Run the experiment."], body)


def plain(text: str) -> str:
    return repr(float(text))


def whole(text: str) -> str:
    return str(int(float(text)))
