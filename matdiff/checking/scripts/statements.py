"""What one statement of a script does: the names it gives a value, looks at, and changes in place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign)

MUTATORS = frozenset(
    {"fill", "sort", "put", "itemset", "resize", "copyto", "place", "putmask", "fill_diagonal", "at"}
    | {"append", "extend", "insert", "update", "pop", "clear", "remove", "reverse", "setdefault"}
)
"""Functions that change an array, a list or a dictionary in place without an assignment."""


def targets(statement: ast.stmt) -> list[str]:
    """The names that get a value, in whole or in part."""
    found: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        found = list(statement.targets)
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign | ast.For):
        found = [statement.target]
    elif isinstance(statement, ast.Expr):
        return mutated(statement)
    names = []
    while found:
        target = found.pop(0)
        if isinstance(target, ast.Name):
            names.append(target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            found += target.elts
        elif isinstance(target, ast.Subscript | ast.Starred | ast.Attribute):
            found.append(target.value)
    return names


def mutated(statement: ast.Expr) -> list[str]:
    """The arrays that a call without an assignment changes: ``np.add.at(dW, …)``, ``x.fill(0)``, ``out=y``."""
    call = statement.value
    if not isinstance(call, ast.Call):
        return []
    found = [n for keyword in call.keywords if keyword.arg == "out" for n in names_in(keyword.value)]
    if isinstance(call.func, ast.Attribute) and call.func.attr in MUTATORS:
        root = root_name(call.func)
        found += [root] if root and not is_module(ast.Name(root)) else names_in(call.args[0])[:1] if call.args else []
    return found


def changed_in_place(statement: ast.stmt) -> list[str]:
    """The names whose arrays a statement changes in place."""
    if isinstance(statement, ast.AugAssign | ast.Expr):
        return targets(statement)
    if isinstance(statement, ast.Assign):
        return [name for t in statement.targets if isinstance(t, ast.Subscript) for name in names_in(t.value)]
    return []


def loads(statement: ast.stmt) -> set[str]:
    """The names a statement looks at; a change in place looks at what it changes."""
    found = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return found | set(changed_in_place(statement))


def names_in(expression: ast.AST) -> list[str]:
    return [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]


def assigned_below(statement: ast.AST) -> set[str]:
    """The names that get a value in a statement or in those below it; what a loop runs over may change with them."""
    found = _assigned(statement)
    for node in ast.walk(statement):
        if isinstance(node, ast.For):
            inside = {name for s in ast.walk(node) if isinstance(s, ast.stmt) for name in changed_in_place(s)}
            found |= set(names_in(node.iter)) if inside & set(names_in(node.target)) else set()
    return found


def _assigned(statement: ast.AST) -> set[str]:
    return {name for node in ast.walk(statement) if isinstance(node, ast.stmt) for name in targets(node)}


def pairs(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names a statement assigns, each with its value where it has one of its own."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        if isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
            elif isinstance(target, ast.Tuple | ast.List) and isinstance(statement.value, ast.Tuple | ast.List):
                for part, value in zip(target.elts, statement.value.elts, strict=False):
                    if isinstance(part, ast.Name):
                        yield part.id, value


def called(expression: ast.AST) -> str:
    """The name of the function of a call, without its module; empty for what is no call."""
    if not isinstance(expression, ast.Call):
        return ""
    function = expression.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def row_labels(root: ast.AST) -> Iterator[str]:
    """``y`` in ``probs[range(n), y]`` and in ``np.eye(k)[y]``."""
    for node in ast.walk(root):
        if not isinstance(node, ast.Subscript):
            continue
        if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            first, second = node.slice.elts
            if called(first) in ("range", "arange") and isinstance(second, ast.Name):
                yield second.id
        elif called(node.value) in ("eye", "identity") and isinstance(node.slice, ast.Name):
            yield node.slice.id


def depth(tree: ast.AST) -> tuple[int, ast.AST]:
    """How deep a tree is nested, and a node at the bottom."""
    deepest: tuple[int, ast.AST] = (0, tree)
    level, below = [tree], 0
    while level:
        deepest = (below, level[0])
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        below += 1
    return deepest


def alias_of(node: ast.stmt) -> tuple[str, str] | None:
    """``a = b``."""
    for name, value in pairs(node):
        if isinstance(value, ast.Name):
            return name, value.id
    return None


def located(new: ast.stmt, like: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(new, like))


def exchanged(root: ast.stmt, old: ast.AST, new: ast.AST) -> ast.stmt:
    """The statement with one node exchanged."""
    return located(copy.deepcopy(root, {id(old): copy.deepcopy(new)}), root)


def root_name(node: ast.expr) -> str:
    """The name that a chain of attributes begins with; empty where it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def exchanged_in(root: ast.stmt, text: str, name: str) -> ast.stmt:
    """The statement with a name for every expression that reads like this."""
    found = root
    for node in ast.walk(root):
        if isinstance(node, ast.Subscript) and ast.unparse(node) == text:
            found = copy.deepcopy(root)
            for parent in ast.walk(found):
                for field, value in ast.iter_fields(parent):
                    if isinstance(value, ast.Subscript) and ast.unparse(value) == text:
                        setattr(parent, field, ast.copy_location(ast.Name(name, ast.Load()), value))
                    elif isinstance(value, list):
                        items = [
                            ast.copy_location(ast.Name(name, ast.Load()), v)
                            if isinstance(v, ast.Subscript) and ast.unparse(v) == text
                            else v
                            for v in value
                        ]
                        setattr(parent, field, items)
            break
    return found


def is_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


def product_of(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The factors of ``np.dot(a, b)``, ``a.dot(b)`` and ``a @ b``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    if called(node) in ("dot", "matmul") and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if is_module(node.func.value) and len(node.args) == 2:
            return node.args[0], node.args[1]
        if len(node.args) == 1:
            return node.func.value, node.args[0]
    return None
