"""What a training module does with the inputs it is given: they are made arrays, and held to what the model says."""

from __future__ import annotations

from matdiff.codegen.module import Module
from matdiff.codegen.structure import NEAREST
from matdiff.codegen.text import entries, spread
from matdiff.expr import Expr
from matdiff.sizes import ONE, Size
from matdiff.texts import TRAINING, filled


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
    return filled("checked", traced=TRAINING["traced"] if module.target.name == "jax" else "")


def check(module: Module) -> str:
    """The functions that check: the inputs, the learning rate, and what a descent reaches."""
    target = module.target
    sizes = {size for node in module.inputs.values() for size in axes(node)}
    has_labels = any(node.data[1] == "labels" for node in module.inputs.values())
    value = target.to_numpy.format("value")
    inputs = filled(
        "check_inputs",
        value=value,
        products=TRAINING["products"] if any("*" in str(size) for size in sizes) else "",
        labels=TRAINING["labels"] if has_labels else "",
        floats=filled("floats", skip=TRAINING["skip"] if has_labels else ""),
        structure=TRAINING["structure"] if structures(module) else "",
        result="[*map(placed, inputs, found.values())]" if "placed" in target.helpers else "list(found.values())",
    )
    return "\n\n".join([inputs, filled("check_descent", value=value)])


def shape_tuple(node: Expr) -> str:
    sizes = [f'"{size}"' for size in axes(node)]
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def axes(node: Expr) -> tuple[Size, ...]:
    """The sizes of the array that an input is."""
    if node.is_scalar:
        return ()
    return node.shape[:1] if node.cols is ONE or node.data[1] == "labels" else node.shape
