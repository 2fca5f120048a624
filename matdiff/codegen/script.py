"""The parts of a training module round the gradients: descent, check, first values, data, script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from matdiff.codegen import trainer
from matdiff.codegen.experiment import Draw
from matdiff.codegen.inputs import structures
from matdiff.codegen.module import Module
from matdiff.codegen.structure import NEAREST, STRUCTURED
from matdiff.codegen.text import WIDTH, entries, function, indented, spread
from matdiff.errors import UnsupportedError
from matdiff.sizes import ONE, Shape, Size
from matdiff.texts import TRAINING, filled

DRAWN = {
    "normal": "rng.standard_normal({shape})",
    "uniform": "rng.uniform({low:g}, {high:g}, {shape})",
    "zeros": "np.zeros({shape})",
    "ones": "np.ones({shape})",
    "eye": "np.eye({rows})",
    "labels": "rng.integers({cols}, size={rows})",
    "signs": "rng.choice([-1.0, 1.0], {shape})",
    "orthogonal": "np.linalg.qr(rng.standard_normal({shape}))[0]",
}
"""What draws an input; of the model's sizes."""

DESCENT = [
    "Gradient descent: the parameters it reaches, and the loss before each step.",
    "",
    "The arguments are left as they are. `report(step, loss)` is called after each step.",
]


ON = {"sphere": "on the sphere", "stiefel": "on the Stiefel manifold", "spd": "positive definite"}


def about_train(module: Module, said: list[str] = DESCENT) -> list[str]:
    """The docstring of ``train``."""
    kept = [f"{module.arguments[name]} stays {ON[manifold]}." for name, manifold in module.manifolds.items()]
    return [*said, *kept]


def retractions(module: Module) -> list[str]:
    """The functions that take a step on a manifold."""
    used = dict.fromkeys(module.manifolds.values())
    return [TRAINING[f"along_{manifold}"].replace("np.", f"{module.target.module}.") for manifold in used]


def nearest(module: Module) -> list[str]:
    """The parameters brought on their manifolds before the first step."""
    arguments = {module.arguments[name]: manifold for name, manifold in module.manifolds.items()}
    return [f"{name} = along_{manifold}({name}, 0 * {name})" for name, manifold in arguments.items()]


def asked(module: Module) -> str:
    """The function ``train`` with all that was asked for."""
    training = module.training
    examples = trainer.examples_of(module.inputs, module.wrt) if training.has_examples else []
    parameters = {name: module.inputs[name] for name in module.wrt}
    moves = moves_of(module)
    lines = trainer.body(training, module.target, module.arguments, parameters, examples, moves)
    return trained(module, [*nearest(module), *lines])


def moves_of(module: Module) -> dict[str, str]:
    """The functions that take a step on a manifold, by parameter; an optimizer that keeps its own course is refused."""
    optimizer = module.training.optimizer
    if module.manifolds and trainer.STATES[optimizer or "sgd"]:
        raise UnsupportedError(f"optimizer {optimizer}: {next(iter(module.manifolds))} is on a manifold; sgd is there")
    return {name: f"along_{manifold}" for name, manifold in module.manifolds.items()}


def trained(module: Module, body: Iterable[str]) -> str:
    """``train`` with the keywords of all that was asked for."""
    training = module.training
    extra = [f"{name}={value}" for name, value in training.keywords.items()]
    extra += ["checkpoint=None", "checkpoint_every=100"] if training.checkpoint else []
    *head, report = keywords(module)
    arguments = [*module.arguments.values(), *head, *extra, report, *module.target.setting]
    return "@checked\n" + function("train", arguments, trainer.docstring(training), body)


def train(module: Module) -> str:
    """The usual descent."""
    arrays = [module.arguments[name] for name in module.wrt if name in module.tensors]
    target = module.target
    body = [trainer.CHECK_RATE]
    together = f"{', '.join(arrays)} = map({target.copy}, ({', '.join(arrays)}))"
    if len(arrays) > 1 and len(together) + 4 <= WIDTH:
        body.append(together)
    else:
        body += [f"{name} = {target.copy}({name})" for name in arrays]
    body += [*nearest(module), *target.first]
    step = spread(f"loss, gradients = {target.evaluate}(", [*module.arguments.values()], ")", indent=12)
    updates = [
        f"{module.arguments[name]} = {stepped(module, name)}"
        if name in module.manifolds
        else moved(module.arguments[name], change_of(name), name in module.tensors)
        for name in module.wrt
    ]
    body += descent(module, step, target.to_float.format("loss"), updates)
    return "@checked\n" + function(
        "train", [*module.arguments.values(), *keywords(module), *target.setting], about_train(module), body
    )


def descent(
    module: Module, step: list[str], loss: str, updates: Iterable[str] = (), reached: Mapping[str, str] | None = None
) -> list[str]:
    """The loop over a step and the updates after it, and what it reaches."""
    loop = [*step, f"losses.append({loss})", "if not math.isfinite(losses[-1]):", "    break", *updates]
    loop += ["if report:", "    report(step, losses[-1])"]
    reached = reached or {name: module.arguments[name] for name in module.wrt}
    lines = ["losses = []", "try:", "    for step in range(steps):", *indented(loop, 2)]
    if len(module.tensors) < len(module.inputs):
        lines += ["except (OverflowError, ZeroDivisionError):", "    losses.append(math.nan)"]
    lines += [
        "except KeyboardInterrupt:",
        "    pass  # Ctrl-C ends the descent; what it has reached is returned",
    ]
    parameters = spread("{", entries(reached.items()), "},", indent=8)
    if len(parameters) == 1 and len(line := f"return finished({parameters[0]} losses)") + 4 <= WIDTH:
        return [*lines, line]
    return [*lines, "return finished(", *indented([*parameters, "losses,"]), ")"]


def change_of(name: str) -> str:
    return f'learning_rate * gradients["{name}"]'


def stepped(module: Module, name: str) -> str:
    """A parameter after one step."""
    argument, manifold = module.arguments[name], module.manifolds.get(name)
    return f"along_{manifold}({argument}, {change_of(name)})" if manifold else f"{argument} - {change_of(name)}"


def moved(name: str, change: str, in_place: bool) -> str:
    """The update of a parameter; what is not copied is not changed in place."""
    return f"{name} -= {change}" if in_place else f"{name} = {name} - {change}"


def keywords(module: Module) -> list[str]:
    """The arguments of ``train`` beside the inputs."""
    settings = module.experiment.settings
    rate = plain(settings["learning_rate"])
    return ["*", f"steps={whole(settings['steps'])}", f"learning_rate={rate}", "report=None"]


def check_gradients(module: Module) -> str:
    inputs = "\n    ".join(spread("inputs = {", entries(module.arguments.items()), "}"))
    doc = [
        "Compare each gradient with a central difference along a random direction.",
        "",
        "Returns the largest relative error; raises AssertionError above the tolerance.",
    ]
    free = [f'"{name}"' for name in module.wrt if module.inputs[name].data[1] not in NEAREST]
    moved = ""
    if free:
        loop = spread("for name in [", free, "]:")
        loop.append("    inputs[name] = inputs[name] + 1e-4 * rng.standard_normal(np.shape(inputs[name]))")
        moved = "\n".join(indented(["# a little off the given point, which may be a kink", *loop])) + "\n"
    target, structured = module.target, any(name in structures(module) for name in module.wrt)
    foreign, value = target.module != "np", target.to_numpy.format("value")
    along = """
        if name in STRUCTURE:
            direction = NEAREST[STRUCTURE[name]](direction)
"""
    text = filled(
        "check_gradients",
        inputs=inputs,
        arrays=f"    inputs = {{name: np.asarray({value}) for name, value in inputs.items()}}\n" if foreign else "",
        moved=moved,
        numpy=f"        gradient = np.asarray({target.to_numpy.format('gradient')})\n" if foreign else "",
        along=along.lstrip("\n") if structured else "",
    )
    head = function("check_gradients", [*module.arguments.values(), "*", "tolerance=1e-4"], doc, [])
    return f"@checked\n{head}\n{text}"


def initialise(module: Module) -> str:
    """The function that draws the data and the first values, or takes them from a file."""
    experiment = module.experiment
    shapes = [size for node in module.inputs.values() for size in node.shape]
    used = dict.fromkeys(name for name in module.model.dims if any(name in size.names for size in shapes))
    used |= dict.fromkeys(name for size in shapes for name in size.names)
    dims = {name: module.body.dims[name] for name in used}
    body = ["rng = np.random.default_rng(seed)"]
    if used:
        body += spread("sizes = {", entries((name, whole(experiment.values[name])) for name in used), "}")
        for name, node in module.inputs.items():
            if node.data[1] == "labels" and str(node.cols) in used:
                body += [
                    f'if data and "{name}" in data:',
                    f'    sizes["{node.cols}"] = int(np.max(data["{name}"])) + 1',
                ]
        body += [
            "for name, array in (data or {}).items():",
            "    told = zip(SHAPES[name], np.shape(array), strict=False)",
            "    sizes |= {size: count for size, count in told if size in sizes}",
        ]
        names = ", ".join(dims.values())
        body.append(f"{names} = sizes.values()" if len(dims) > 1 else f"({names},) = sizes.values()")
    for draw in experiment.draws:
        body += drawn(module, draw, dims)
    for name, node in module.inputs.items():
        if name in experiment.values:
            value = plain(experiment.values[name])
            if not node.is_scalar:
                value = f"np.full({shape_of(node.shape, dims)}, {value})"
                if node.data[1] in STRUCTURED and node.data[1] != "symmetric":
                    value = f'NEAREST["{node.data[1]}"]({value})'
            body.append(f"{module.arguments[name]} = {value}")
    body += spread("drawn = {", entries(module.arguments.items()), "}")
    dtype = module.training.dtype
    if dtype is None:
        body.append("return drawn | (data or {})")
    else:
        body += [
            "found = drawn | (data or {})",
            "for name, array in found.items():",
            '    if np.ndim(array) and np.asarray(array).dtype.kind == "f":',
            f"        found[name] = np.asarray(array, np.{dtype})",
            "return found",
        ]
    doc = ["The data and the first values of the experiment; `data` holds what is given."]
    seed = f"seed={whole(experiment.settings['seed'])}"
    text = function("initialise", [seed, "data=None"], doc, body)
    if any(draw.generator == "spirals" for draw in experiment.draws):
        return TRAINING["spirals"] + "\n\n" + text
    return text


def drawn(module: Module, draw: Draw, dims: Mapping[str, str]) -> Iterable[str]:
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
        text = text.replace("standard_normal(())", "standard_normal()")
        kind = node.data[1]
        if kind == "onehot" and draw.generator == "labels":
            text = f"np.eye({width})[{text}]"
        yield f"{argument} = {text}" if float(draw.factor) == 1 else f"{argument} = {plain(draw.factor)} * {text}"
        if kind in STRUCTURED and draw.generator not in ("zeros", "eye") and not node.is_scalar:
            yield f'{argument} = NEAREST["{kind}"]({argument})'


def shape_of(shape: Shape, dims: Mapping[str, str]) -> str:
    rows, cols = shape
    if cols is ONE:
        return "()" if rows is ONE else size_text(rows, dims)
    return f"({size_text(rows, dims)}, {size_text(cols, dims)})"


def size_text(size: Size, dims: Mapping[str, str]) -> str:
    return " * ".join(dims.get(part, part) for part in str(size).split("*"))


def plot(module: Module) -> str:
    scores = module.scores
    held = module.training.validation is not None
    validated = {
        "validated": ", validated" if held else "",
        "told": ", of the examples held out beside it" if held else "",
        "second": TRAINING["second"] if held else "",
    }
    if scores is None:
        return filled("plot", regions="", columns="1", width="6", draw="", **validated)
    arguments = ["grid" if name == scores.points else f'inputs["{name}"]' for name in scores.body.arguments if name]
    call = indented(spread("scores = class_scores(", arguments, ")", indent=8), 2)
    draw = filled("regions", points=scores.points, labels=scores.labels, scores="\n".join(call))
    return filled("plot", regions=", and the regions of the classes", columns="2", width="11", draw=draw, **validated)


def main(module: Module) -> str:
    settings = module.experiment.settings
    every = whole(settings["report_every"])
    training = module.training
    taken = [*training.keywords, *(["checkpoint"] if training.checkpoint else [])]
    flags = [trainer.flag(name, value) for name, value in training.keywords.items() if name != "seed"]
    flags += [trainer.CHECKPOINT] if training.checkpoint else []
    held = training.validation is not None
    own = defaultdict(str, module.target.script)
    text = filled(
        "main",
        flags="".join(f"    {flag}\n" for flag in flags) + own["flags"],
        start=own["start"],
        others=own["others"],
        inputs=own["inputs"] or "inputs",
        reporting=own["reporting"] or "report",
        settings="".join(f"            {name}=options.{name},\n" for name in taken) + own["settings"],
        validated=", validated" if held else "",
        steps=whole(settings["steps"]),
        rate=plain(settings["learning_rate"]),
        seed=whole(settings["seed"]),
        report=TRAINING["report_all"] if every == "1" else filled("report", every=every),
    )
    return function("main", [], ["Run the experiment."], []) + "\n" + text


def plain(text: str) -> str:
    return repr(float(text))


def whole(text: str) -> str:
    return str(int(float(text)))
