"""What a script leaves open or does not say of its variables: data and parameters, and what they may be."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from matdiff.checking.scripts import data
from matdiff.checking.scripts.flat import Line
from matdiff.checking.scripts.statements import (
    assigned_below,
    called,
    changed_in_place,
    names_in,
    pairs,
    product_of,
    root_name,
    row_labels,
    targets,
)
from matdiff.reader.names import default_kind

TINY = ("eps", "epsilon", "tiny", "delta")
"""Numbers of these names stay numbers: what they stand beside must stay positive."""

_OWN = frozenset({"len", "range", "float", "int", "sum", "max", "min", "abs"})
"""Functions of Python that are read."""


_ROW_OF = {"matrix": "vector", "vector": "scalar", "row": "vector", "onehot": "vector"}
"""What one row of an array is."""


class Variables:
    """The data and the parameters of a pass."""

    def __init__(
        self,
        lines: Sequence[Line],
        parameters: AbstractSet[str],
        dependent: AbstractSet[str],
        arguments: Mapping[str, ast.expr | None],
        drawn: Mapping[str, list[ast.expr] | None],
        functions: AbstractSet[str],
        picked: Mapping[str, tuple[str, bool]],
    ) -> None:
        self.lines, self.parameters, self.dependent = lines, parameters, dependent
        self.functions = functions
        self.arguments = arguments
        """The parameters of the function that is the pass, with their defaults."""
        self.drawn = drawn
        """Random numbers inside of other expressions, with their sizes."""
        self.picked = picked
        """Rows of data inside of other expressions: of which data, and whether it is one row."""
        self.labels = {name for line in lines for name in row_labels(line.node)}
        self.loops = {name for line in lines for loop in line.loops for name in targets(loop)}
        self.first: dict[str, int] = {}
        """For each name the first line that gives it a value."""
        self.makings: dict[str, list[ast.expr]] = {}
        self.assigned: set[str] = set()
        self.filled: set[str] = set()
        """Names that get a value in a loop or under a condition that is not read."""
        changed: set[str] = set()
        for k, line in enumerate(lines):
            names = assigned_below(line.node) if line.block else set(targets(line.node))
            for name in names:
                self.first.setdefault(name, k)
            if line.block:
                self.filled |= names
                continue
            self.assigned |= names
            changed |= set(changed_in_place(line.node))
            for name, value in pairs(line.node):
                self.makings.setdefault(name, []).append(value)
        self.dims = self.sizes(changed | self.filled)

    def kinds(self, loss_at: int) -> dict[str, list[str]]:
        """For each variable what it may be declared as, the likeliest first."""
        found = {name: data.kinds_of(shape, self.dims) or unknown(name) for name, shape in self.drawn.items()}
        found |= {
            name: self.of_argument(name, value) for name, value in self.arguments.items() if name not in self.dims
        }
        found |= {name: ["scalar"] for name in self.loops - self.dependent - found.keys()}
        for name, values in self.makings.items():
            kinds = self.of_made(name, values)
            if kinds and (self.first[name] <= loss_at or name in self.parameters):
                found[name] = kinds
        shapes = {name for line in self.lines if takes_shape(line.node) for name in targets(line.node)}
        for name in (self.assigned | self.filled) - shapes - self.makings.keys() - self.dependent:  # x, y = load(...)
            found.setdefault(name, ["labels"] if name in self.labels else unknown(name))
        for name in (self.parameters & self.assigned) - found.keys() - self.dims.keys() - self.makings.keys():
            found[name] = unknown(name)
        for name in self.columns() & {name for name, kinds in found.items() if kinds[0] == "row"}:
            found[name] = [f"matrix({name}_rows, 1)", "scalar", "row", "vector"]
        for name, (of, is_one) in self.picked.items():
            base = [kind.partition("(")[0] for kind in found.get(of, ["matrix", "vector"])]
            found[name] = list(dict.fromkeys(_ROW_OF.get(kind, kind) if is_one else kind for kind in base))
        targets_of_logs = self.beside_logs()
        return {
            name: [kind for kind in kinds if name in targets_of_logs or not kind.startswith("onehot")]
            for name, kinds in found.items()
        }

    def beside_logs(self) -> set[str]:
        """What is multiplied by logarithms: the targets of a cross-entropy, which may be one-hot rows."""
        logs = {name for name, values in self.makings.items() for value in values if has_log(value)}
        found = set()
        for line in self.lines:
            for node in ast.walk(line.node):
                sides = [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else []
                sides = node.args if isinstance(node, ast.Call) and called(node) == "multiply" else sides
                if any(has_log(side) or set(names_in(side)) & logs for side in sides):
                    found |= {side.id for side in sides if isinstance(side, ast.Name)}
        return found

    def columns(self) -> set[str]:
        """What is added to ``W @ X`` with a parameter on the left: one column."""
        found = set()
        for line in self.lines:
            for node in ast.walk(line.node):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.right, ast.Name):
                    factors = product_of(node.left)
                    sides = [root_name(side) in self.parameters for side in factors or ()]
                    found |= {node.right.id} if sides == [True, False] else set()
        return found

    def sizes(self, changed: AbstractSet[str]) -> dict[str, int]:
        """The names of whole numbers that arrays are made with."""
        shapes = [data.shape_of(value) for values in self.makings.values() for value in values]
        used = {name for shape in (*shapes, *self.drawn.values()) for size in shape or [] for name in names_in(size)}
        found: dict[str, int] = {}
        for name, values in self.makings.items():
            number = values[0].value if isinstance(values[0], ast.Constant) else None
            alone = len(values) == 1 and name in used and name not in changed | self.parameters
            if alone and type(number) is int and number > 0:
                found[name] = number
        return found

    def of_made(self, name: str, values: Sequence[ast.expr]) -> list[str]:
        """What a name may be that is data or a parameter; nothing for what is computed."""
        value, is_parameter = values[0], name in self.parameters
        if name in self.dims or (name in self.dependent and not is_parameter):
            return []
        if name in self.labels:
            return ["labels"]
        if (
            isinstance(value, ast.Constant)
            and isinstance(value.value, int | float)
            and (is_parameter or len(values) == 1)
        ):
            stays = isinstance(value.value, int) or any(word in name.lower() for word in TINY)
            return ["scalar"] if is_parameter or not stays or name in self.filled else []
        told = [kind.replace("__rows", f"{name}_rows") for kind in data.kinds_of(data.shape_of(value), self.dims)]
        if is_parameter:
            return told or ([] if self.is_alias(value) else unknown(name))
        if name in self.filled or data.is_opaque(value) or is_picked(value):
            one_hot = [] if data.is_random(value) else [k.replace("matrix", "onehot") for k in told if "matrix(" in k]
            return [*told, *one_hot[:1]] or self.of_picked(value) or unknown(name)
        return unknown(name) if self.is_foreign(value) else []

    def is_alias(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Name) and value.id in self.assigned | self.arguments.keys()

    def of_picked(self, value: ast.expr) -> list[str]:
        """What one row of data may be: ``X[i]``."""
        if not isinstance(value, ast.Subscript):
            return []
        at = value.slice
        is_one = isinstance(at, ast.Constant) or (isinstance(at, ast.Name) and at.id in self.loops)
        return ["vector", "scalar", "matrix"] if is_one else []

    def is_foreign(self, value: ast.expr) -> bool:
        """Whether data is made by a function that is neither NumPy's nor the script's."""
        for node in ast.walk(value):
            if isinstance(node, ast.Call):
                root = root_name(node.func)
                method = isinstance(node.func, ast.Attribute)
                own = {"np", "numpy"} | self.assigned | self.arguments.keys() if method else _OWN | self.functions
                if root and root not in own:
                    return True
        return False

    def of_argument(self, name: str, default: ast.expr | None) -> list[str]:
        """What the parameter of a function may be."""
        if name in self.labels:
            return ["labels"]
        if isinstance(default, ast.Constant) and isinstance(default.value, int | float):
            return ["scalar"]
        return unknown(name)


def has_log(value: ast.expr) -> bool:
    return any("log" in called(node) for node in ast.walk(value))


def is_picked(value: ast.expr) -> bool:
    """Rows or entries of data: ``X[i:i + batch]``."""
    if not isinstance(value, ast.Subscript) or list(row_labels(value)):
        return False
    return not (isinstance(value.value, ast.Attribute) and value.value.attr == "shape")


def takes_shape(statement: ast.stmt) -> bool:
    """``n, d = X.shape``."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.Attribute) and value.attr == "shape"


SCALARS = frozenset({"reg", "lam", "lamb", "lambda_", "lmbda", "lambd", "alpha", "beta", "gamma", "mu", "eta", "lr"})
"""Names that are numbers, where nothing tells otherwise."""


def by_letter(name: str) -> list[str]:
    """What a name may be that the script gives no value: what its letter says, first."""
    kind = default_kind(name)
    return [*([kind] if kind else []), *(other for other in unknown(name) if other != kind)]


def unknown(name: str) -> list[str]:
    """What a variable may be of which the script does not say how it is made."""
    if name in SCALARS or name.endswith(("_strength", "_rate", "_decay", "_reg", "reg_")):
        return ["scalar", "matrix", "vector"]
    if name.lower().startswith(("b", "bias")) and len(name) < 6:
        return ["row", "vector", "scalar", "matrix"]
    return ["matrix", "vector", "onehot"]
