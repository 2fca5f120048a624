"""What a training module does with the inputs it is given: they are made arrays, and held to what the model says."""

from __future__ import annotations

from matdiff.codegen.module import Module
from matdiff.codegen.structure import NEAREST
from matdiff.codegen.text import entries, spread
from matdiff.expr import Expr
from matdiff.sizes import ONE, Size

CHECKED = '''
def checked(function):
    """The function, given its inputs as `check_inputs` leaves them."""

    @functools.wraps(function)
    def checking(*inputs, **settings):
        given = inspect.signature(function).bind(*inputs, **settings)
«traced»        return function(*check_inputs(SHAPES, given.args), **given.kwargs)

    return checking
'''

TRACED = """
        if any(isinstance(value, jax.core.Tracer) for value in given.args):
            return function(*given.args, **given.kwargs)  # there are no values to check
"""

CHECK = '''
def as_array(name, value):
    """An input as an array of real numbers; raise ValueError, in words, where it is none."""
    if np.ma.isMaskedArray(value):
        raise ValueError(f"{name} is a masked array: fill or leave out what is masked")
    try:
        array = np.asarray(«value»)
    except ValueError:
        raise ValueError(f"{name} is not an array: its rows differ in length") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}; it holds real numbers")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} holds nan or inf")
    sizes = SHAPES[name]
    if set(array.shape[len(sizes) :]) == {1}:
        array = array.reshape(array.shape[: len(sizes)])  # an n×1 column, a 1×1 number
    if array.ndim != len(sizes):
        raise ValueError(f"{name} has shape {array.shape}; it is ({', '.join(sizes)})")
    return array


def check_inputs(names, inputs):
    """The inputs as the model has them: numbers, integer labels, and arrays of floats.

    Raise ValueError, in words, where they do not fit the model or each other.
    """
    found, known = {}, {}
    for name, value in zip(names, inputs, strict=True):
        array = as_array(name, value)
        for size, length in zip(SHAPES[name], array.shape, strict=True):
            first = (int(size), "the model") if size.isdigit() else (length, name)
            wanted, whose = known.setdefault(size, first)
            if length != wanted:
                message = f"{name} has {size} = {length}; by {whose} it is {wanted}"
                raise ValueError(message)
            if length == 0:
                raise ValueError(f"{name} has {size} = 0: there is nothing in it")
        found[name] = array
«products»«labels»«floats»«structure»    return «result»
'''

PRODUCTS = """
    for size, (length, name) in list(known.items()):
        factors = [
            int(part) if part.isdigit() else known.get(part, (part,))[0]
            for part in size.split("*")
        ]
        untold = [factor for factor in factors if isinstance(factor, str)]
        rest = math.prod(factor for factor in factors if factor not in untold)
        if length % rest or (not untold and length != rest):
            by = "a multiple of " if untold else ""
            raise ValueError(f"{name} has {size} = {length}; it is {by}{rest}")
        if len(untold) == 1:
            known[untold[0]] = length // rest, name
"""

LABELS = """
    for name, size in LABELS.items():
        if name not in found:
            continue
        labels = found[name]
        if labels.dtype.kind not in "iu":
            raise ValueError(f"{name} holds {labels.dtype}; labels are integers")
        count = int(size) if size.isdigit() else known.get(size, (np.inf,))[0]
        low, high = labels.min(initial=0), labels.max(initial=0)
        if low < 0 or high >= count:
            message = f"{name} goes from {low} to {high}; with {size} = {count}"
            raise ValueError(f"{message}, labels are 0 to {count - 1}")
        found[name] = labels.astype(int)
"""

FLOATS = """
    for name, array in found.items():
«skip»        if array.ndim == 0:
            found[name] = float(array)
        else:  # integers count as floats
            found[name] = array.astype(np.result_type(array, np.float32), copy=False)
"""

SKIP = """
        if name in LABELS:
            continue
"""

STRUCTURE = """
    for name, kind in STRUCTURE.items():
        if name in found:
            nearest = NEAREST[kind](found[name]).astype(found[name].dtype)
            off = np.max(np.abs(found[name] - nearest))
            if off > np.sqrt(np.finfo(nearest.dtype).eps) * np.max(np.abs(nearest)):
                message = f"{name} is declared {kind}, but an entry is off by {off:.2g}"
                raise ValueError(message)
            found[name] = nearest
"""

DESCENT = '''
def check_rate(learning_rate):
    """The learning rate as a float; raise ValueError, in words, where it is none."""
    rate = np.asarray(learning_rate)
    if rate.ndim or rate.dtype.kind not in "iuf" or not 0 <= rate < np.inf:
        message = f"learning_rate is {learning_rate!r}; it is a number, not below 0"
        raise ValueError(message)
    return float(rate)


def finished(parameters, losses):
    """What a descent has reached; raise FloatingPointError where that is no number."""
    hint = ": a smaller learning_rate may help" if len(losses) > 1 else ""
    if losses and not math.isfinite(losses[-1]):
        message = f"the loss is {losses[-1]} at step {len(losses) - 1}{hint}"
        raise FloatingPointError(message)
    for name, value in parameters.items():
        if not np.all(np.isfinite(«value»)):
            message = f"{name} holds nan or inf after {len(losses)} steps{hint}"
            raise FloatingPointError(message)
    return parameters, losses
'''


def constants(module: Module) -> str:
    """``SHAPES``: what the sizes of each input are called; ``LABELS``: how many classes are counted by what."""
    lines = entries((name, shape_tuple(node)) for name, node in module.inputs.items())
    text = spread("SHAPES = {", lines, "}", indent=0)
    if labels := {name: node.cols for name, node in module.inputs.items() if node.data[1] == "labels"}:
        text += spread("LABELS = {", entries((name, f'"{size}"') for name, size in labels.items()), "}", indent=0)
    if structured := structures(module):
        text += spread("STRUCTURE = {", entries((name, f'"{kind}"') for name, kind in structured.items()), "}", 0)
        formulas = {kind: f"lambda x: {NEAREST[kind]}" for kind in NEAREST if kind in structured.values()}
        text += spread("NEAREST = {", entries(formulas.items()), "}", indent=0)
    return "\n".join(text)


def structures(module: Module) -> dict[str, str]:
    """The inputs that are declared as more than matrices."""
    kinds = {name: node.data[1] for name, node in module.inputs.items() if not node.is_scalar}
    return {name: kind for name, kind in kinds.items() if kind in NEAREST}


def checked(module: Module) -> str:
    """The decorator of what takes the inputs."""
    return CHECKED.replace("«traced»", TRACED.lstrip("\n") if module.target.name == "jax" else "")


def check(module: Module) -> str:
    """The functions that check: the inputs, the learning rate, and what a descent reaches."""
    target = module.target
    sizes = {size for node in module.inputs.values() for size in axes(node)}
    has_labels = any(node.data[1] == "labels" for node in module.inputs.values())
    parts = {
        "value": target.to_numpy.format("value"),
        "products": PRODUCTS if any("*" in str(size) for size in sizes) else "",
        "labels": LABELS if has_labels else "",
        "floats": FLOATS.replace("«skip»", SKIP.lstrip("\n") if has_labels else ""),
        "structure": STRUCTURE if structures(module) else "",
        "result": "[*map(placed, inputs, found.values())]" if "placed" in target.helpers else "list(found.values())",
    }
    text = CHECK + "\n\n" + DESCENT.lstrip("\n")
    for field, part in parts.items():
        text = text.replace(f"«{field}»", part.lstrip("\n"))
    return text


def shape_tuple(node: Expr) -> str:
    sizes = [f'"{size}"' for size in axes(node)]
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def axes(node: Expr) -> tuple[Size, ...]:
    """The sizes of the array that an input is."""
    if node.is_scalar:
        return ()
    return node.shape[:1] if node.cols is ONE or node.data[1] == "labels" else node.shape
