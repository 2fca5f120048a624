"""What a call means: a row of the operator table, a macro, a user's function, or a constant."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from matdiff import expr as E
from matdiff.errors import DeclarationError, ParseError, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.operators import ALIASES, CALLS, MASK_SIGNS, ROWS, Macro, Row, scalar_functions
from matdiff.operators.parametric import derivative_of_field, sympy_function, unknown_function
from matdiff.reader.build import SizeConflict
from matdiff.reader.conjugates import conj, norm, real_only, real_part, refuse_pairing
from matdiff.reader.context import Context
from matdiff.reader.missing import ELSEWHERE
from matdiff.reader.names import SIZED, default_kind
from matdiff.reader.size_arguments import filled_constant, size_argument, size_of, sized_constant, unvec
from matdiff.reader.spelling import did_you_mean
from matdiff.reader.syntax import Node, Objective
from matdiff.sizes import ONE

MAX_NODES = 100_000

MAX_ORDER = 100
"""Bounds the number before the argument of polygamma, besselj and their like: beyond, a value takes minutes."""


def call(reader: Context, node: Node, args: list[Expr]) -> Expr:
    name = ALIASES.get(node.value, node.value)
    keywords = {child.value: child for child in node.children if child.kind == "keyword"}
    plain = [arg for child, arg in zip(node.children, args, strict=True) if child.kind != "keyword"]
    if keywords:
        return along_axis(reader, node, name, plain, keywords)
    if not reader.in_formula and node.value in reader.user_functions:
        return user_call(reader, node, plain)
    if not reader.in_formula and node.value in reader.names.functions:
        return unknown_call(reader, node, node.value, 0, plain)
    if name in _CHECKS:
        return checked(reader, node, plain)
    if name in SPECIAL:
        return SPECIAL[name](reader, node, plain)
    if len(plain) == 1 and (found := norm(reader, name, plain[0])) is not None:
        return found
    refuse_pairing(reader, node, name, plain)
    if name in CALLS:
        if reader.lifts(*plain) and not by_entries(name, plain):
            raise UnsupportedError(f"{node.value} is not a function of each entry", reader.program.place(node))
        return table_call(reader, node, name, plain)
    return other_call(reader, node, plain)


def matrix_function(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """``matfun(f, X)``: the function of the whole matrix where there is one of its own, else, of a symmetric one,
    f of the eigenvalues."""
    name = ALIASES.get(node.value, node.value)
    known = next((entry.whole for entry in CALLS.get(name, ()) if isinstance(entry, Row) and entry.whole), "")
    if known:
        return table_call(reader, Node("call", known, node.children, node.start, node.end), known, args)
    values = Node("call", "eigvals", node.children, node.start, node.end)
    spectrum = table_call(reader, values, "eigvals", args)
    each = call(reader, Node("call", node.value, (values,), node.start, node.end), [spectrum])
    if each.shape != spectrum.shape:
        raise UnsupportedError(f"{node.value} is not a function of each entry", reader.program.place(node))
    x = reader.build.resolved(args[0])
    return reader.formula(parsed("eigvecs(X)*diag(F)*eigvecs(X)'"), {"X": x, "F": each})


def by_entries(name: str, args: list[Expr]) -> bool:
    """Whether a function of the table is applied to each entry."""
    return all(
        entry.elementwise if isinstance(entry, Row) else not _AS_A_WHOLE & {*re.findall(r"\w+|\S", entry.formula)}
        for entry in CALLS[name]
        if not args or len(entry.signature[0]) == len(args)
    )


_AS_A_WHOLE = {"'", *SIZED, *(entry.call for entry in ROWS.values() if not entry.elementwise)}
"""What the formula of a macro holds that is not applied to each entry."""


def primed(reader: Context, node: Node, args: list[Expr]) -> Expr:
    name, order = node.value
    known = CALLS.get(ALIASES.get(name, name), ())
    if order == 1 and name not in reader.names.functions and known and isinstance(known[0], Row) and known[0].d:
        entry = relu(reader) if known[0].name == "relu" else known[0]
        if entry.elementwise and len(entry.d) == 1:  # what stands before dX
            return macro(reader, Macro(name, entry.sizes.split("->")[0], entry.d[0].replace("dX", "1")), args)
    if name not in reader.names.functions:
        quotes = "'" * order
        raise DeclarationError(
            f"{name}{quotes}(…) is the derivative of an unknown function: declare {name}: function"
            f" (or, to multiply by a transpose, write {name}{quotes}*(…))",
            reader.program.place(node),
        )
    return unknown_call(reader, node, name, order, args)


def unknown_call(reader: Context, node: Node, name: str, order: int, args: list[Expr]) -> Expr:
    x = only(reader, node, args)
    known = reader.names.scope.get(name)
    if known is not None and known.op == "field":
        return field_at(reader, node, known, order, x)
    return reader.build.row_call(unknown_function((name, order)), [x], (name, order))


def field_at(reader: Context, node: Node, known: Expr, order: int, x: Expr) -> Expr:
    """An unknown function with a matrix for its value, or its derivative, at an argument of the parameter's size."""
    x, (parameter,) = reader.build.resolved(x), known.args
    try:
        for size, wanted in zip(x.shape, parameter.shape, strict=True):
            reader.build.same(size, wanted)
    except SizeConflict:
        raise ShapeError(
            f"{reader.described(node.children[0], x.shape)}: {known.data[0]} is a function of {parameter.data[0]}",
            reader.program.place(node),
        ) from None
    if order > 1 and known.data[3] == "vector":
        raise UnsupportedError(
            "second derivatives by the entries of a vector are not known", reader.program.place(node)
        )
    found = Expr("field", (x,), known.data, known.shape)
    for _ in range(order):
        found = derivative_of_field(found)
    return found


def only(reader: Context, node: Node, args: list[Expr]) -> Expr:
    if len(args) != 1:
        name = node.value if node.kind == "call" else node.value[0] + "'" * node.value[1]
        raise ParseError(f"{name} takes 1 argument, not {len(args)}", reader.program.place(node))
    return args[0]


def table_call(reader: Context, node: Node, name: str, args: list[Expr]) -> Expr:
    candidates = reader.build.candidates(name, args)
    if not candidates:
        raise misfit(reader, node, name, args)
    entry = candidates[0]
    if isinstance(entry, Row) and not reader.in_formula:
        refuse_numbers(reader, node, entry, args)
    if name == "relu" and isinstance(entry, Row):
        entry = relu(reader)
    if isinstance(entry, Macro):
        return fit(reader, node, lambda: macro(reader, entry, args), args)
    if entry.elementwise and len(args) == 2:
        return fit(reader, node, lambda: pair(reader, entry, args), args)
    return fit(reader, node, lambda: reader.build.row_call(entry, args), args)


def refuse_numbers(reader: Context, node: Node, entry: Row, args: list[Expr]) -> None:
    r"""``det(K(t))`` of a K that is declared as a function of entries is no determinant, nor is ``\det f(t)``; within
    brackets, as it is printed, a small f may be a number."""
    (rows, cols) = entry.signature[0][0][1]
    (value, *_) = args
    if rows is cols and rows is not ONE and value.op == "apply" and reader.build.is_scalar(value):
        inner = node.children[0]
        name, of = value.data[0], reader.text(inner)
        if name[:1].isupper() or not reader.program.source[node.start : inner.start].rstrip().endswith("("):
            message = f"{of} is a number: where it is a matrix, declare {of}: matrix(n, n) instead of {name}: function"
            raise ShapeError(message, reader.program.place(inner))


def misfit(reader: Context, node: Node, name: str, args: list[Expr]) -> ParseError | ShapeError:
    place = reader.program.place(node)
    counts = sorted({len(entry.signature[0]) for entry in CALLS[name]})
    if len(args) not in counts:
        meant = hint(name, "miscounted")
        return ParseError(
            f"{node.value} takes {counted(counts, 'argument')}, not {len(args)}{'; ' * bool(meant)}{meant}", place
        )
    said = ", ".join(reader.described(c, a.shape) for c, a in zip(node.children, args, strict=True))
    return ShapeError(f"{said}: {node.value} needs {wanted(name, len(args))}", place)


def hint(name: str, column: str) -> str:
    """What the rows of a function say in ``miscounted`` or ``not_square``."""
    return next((said for entry in CALLS.get(name, ()) if (said := str(getattr(entry, column)))), "")


def counted(counts: Sequence[int], what: str) -> str:
    return f"{' or '.join(map(str, dict.fromkeys(counts)))} {what}{'s' * (counts[-1] != 1)}"


def relu(reader: Context) -> Row:
    return ROWS["relu_at_zero_1" if reader.settings.get("relu_at_zero") == 1 else "relu"]


def pair(reader: Context, entry: Row, args: list[Expr]) -> Expr:
    """A function of two arguments, entry by entry; max(x, 0) is relu(x)."""
    left, right = reader.build.broadcast(*args)
    if entry.name == "maximum" and "zeros" in (left.op, right.op):
        return reader.build.row_call(relu(reader), [right if left.op == "zeros" else left])
    if entry.name == "maximum" and E.number(0) in (left, right):
        return reader.build.row_call(relu(reader), [right if left is E.number(0) else left])
    return reader.build.row_call(entry, [left, right])


def macro(reader: Context, entry: Macro, args: list[Expr]) -> Expr:
    """The formula of a macro over the arguments."""
    local: dict[str, Expr] = {}
    for (name, pattern), arg in zip(entry.signature[0], args, strict=True):
        local[name] = reader.build.resolved(arg)
        for letter, size in zip(pattern, reader.build.shape(arg), strict=True):
            for size_name in letter.names:
                if size_name in local:
                    known = size_of(local[size_name])
                    assert known is not None
                    reader.build.same(known, size)
                local[size_name] = E.dim(reader.unifier.resolve(size))
    return reader.formula(parsed(entry.formula), local)


@cache
def parsed(formula: str) -> Node:
    from matdiff.reader.math import read  # formulas are written in the notation itself

    (statement,) = read(formula).statements
    assert isinstance(statement, Objective)
    return statement.value


def fit(reader: Context, node: Node, operation: Callable[[], Expr], args: list[Expr]) -> Expr:
    """Run a call; a conflict of sizes becomes an error in words."""
    shapes = [reader.build.shape(arg) for arg in args]
    place = reader.unifier.because = reader.program.place(node)
    try:
        return operation()
    except SizeConflict:
        name = node.value if node.kind == "call" else "inv"
        said = ", ".join(reader.described(child, shape) for child, shape in zip(node.children, shapes, strict=True))
        spelling = reader.program.spelling
        instead = spelling.get(f"{name}?") or hint(ALIASES.get(name, name), "not_square")
        shown = spelling.get(f"{name}()", name)
        raise ShapeError(
            f"{said}: {shown} needs {wanted(ALIASES.get(name, name), len(args))}{'; ' * bool(instead)}{instead}",
            place,
            *reader.reasons([place], *args),
        ) from None


def wanted(name: str, count: int) -> str:
    """What a function of so many arguments takes, in words."""
    entries = (entry for entry in CALLS[name] if len(entry.signature[0]) == count)
    return " or ".join(dict.fromkeys(map(wanted_by, entries)))


def wanted_by(entry: Row | Macro) -> str:
    parts = []
    for name, (rows, cols) in entry.signature[0]:
        square = rows is cols and rows is not ONE
        what = "a square matrix" if square else "a column" if cols is ONE else f"{rows}×{cols}"
        parts.append(what if len(entry.signature[0]) == 1 else f"{name} {rows}×{cols}")
    if isinstance(entry, Row) and entry.elementwise and len(parts) == 2:
        return "equal sizes (a scalar, a row or a column spreads)"
    return " and ".join(parts)


def along_axis(reader: Context, node: Node, name: str, args: list[Expr], keywords: dict[str, Node]) -> Expr:
    """sum, mean and the softmax family over one axis; the axis is kept."""
    place, build = reader.program.place, reader.build
    axis = keywords["axis"].children[0]
    if axis.kind != "number" or axis.value not in (0, 1):
        raise ParseError("axis is 0 (down the columns) or 1 (along the rows); a sum over all is sum(X)", place(axis))
    x = build.resolved(only(reader, node, args))
    if reader.lifts(x):
        raise UnsupportedError(f"{node.value} along an axis is not a function of each entry", place(node))
    rowwise = axis.value == 1
    if name in ("sum", "mean"):
        m, n = build.shape(x)
        total = build.times(x, E.ones(n, ONE)) if rowwise else build.times(E.ones(ONE, m), x)
        return total if name == "sum" else build.divided(total, E.dim(n if rowwise else m))
    if name in ALONG_AXIS:
        entry, down = ALONG_AXIS[name]
        turned = rowwise == down
        value = build.row_call(ROWS[entry], [build.transposed(x) if turned else x])
        return build.transposed(value) if turned else value
    raise UnsupportedError(f"{node.value} does not take axis=; sum, mean, {', '.join(ALONG_AXIS)} do", place(node))


ALONG_AXIS = {
    **{row.name.removeprefix("row"): (row.name, False) for row in ROWS.values() if row.by_row and row.call == row.name},
    "cumsum": ("cumsum", True),
}
"""Functions along an axis: their row, and whether that goes down the columns, or along the rows."""


def user_call(reader: Context, node: Node, args: list[Expr]) -> Expr:
    function = reader.user_functions[node.value]
    x = reader.build.resolved(only(reader, node, args))
    place = reader.program.place(node)
    body = function.scalar if x.is_scalar else function.matrix
    if body is None:
        raise ShapeError(f"{node.value} cannot be applied to each entry of a matrix", place)
    sizes = dict(zip(("#m", "#n"), reader.build.shape(x), strict=True))
    parameter = E.variable(function.parameter, body.shape, "parameter")
    if x is parameter:
        return body
    (result, parameter) = E.substitute([body, parameter], {}, sizes)
    reader.written += sum(1 for _ in E.topo(result))
    if reader.written > MAX_NODES:
        raise UnsupportedError("the functions defined here grow too large when written out", place)
    return reader.build.replaced(result, parameter, x)


def size_count(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """rows(X), cols(X), numel(X): a size as a scalar."""
    rows, cols = reader.build.shape(only(reader, node, args))
    return E.dim({"rows": rows, "cols": cols, "numel": rows * cols}[node.value])


def item(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """item(X): the entry of a 1×1 X."""
    x = only(reader, node, args)
    if not reader.build.is_scalar(x):
        text = reader.text(node.children[0])
        raise ShapeError(f"{text} is {reader.size(x)}, not a single entry", reader.program.place(node))
    return reader.build.resolved(x)


_CHECKS = frozenset({"#rows", "#cols", "#like", "#column", "#row", "#flat"})
"""What NumPy code says of the size of an array; no notation writes these calls."""


def checked(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """An array of the size that the code says; ``#column``, ``#row`` and ``#flat`` give its only column or row."""
    name, x, build = node.value, args[0], reader.build
    shape, place = build.shape(x), reader.program.place(node)
    if name in ("#column", "#row", "#flat"):
        if shape[1] is ONE and name != "#row":
            return build.resolved(x)
        if shape[0] is ONE and name != "#column":
            return build.transposed(x)
        needed = {"#column": "a single column", "#row": "a single row"}.get(name, "a single row or column")
        said, text = reader.described(node.children[0], shape), reader.text(node.children[0])
        raise UnsupportedError(
            f"{said}, not {needed}; one column of it is {text} @ e, one row e @ {text}, with a vector e of zeros and"
            " a one that is declared",
            place,
        )
    wanted = build.shape(args[1]) if name == "#like" else (size_argument(reader, node.children[1], args[1]),)
    reader.unifier.because = place
    try:
        for size, found in zip(wanted, shape[1:] if name == "#cols" else shape, strict=False):
            build.same(found, size)
    except SizeConflict:
        needed = {"#rows": f"{wanted[0]} rows", "#cols": f"{wanted[0]} columns"}.get(name, reader.size(args[1]))
        said = reader.described(node.children[0], shape)
        raise ShapeError(f"{said}, but the code says it is of {needed}", place) from None
    return build.resolved(x)


def indicator(reader: Context, node: Node, args: list[Expr]) -> Expr:
    if len(args) != 1 or args[0].op not in MASK_SIGNS:
        raise ParseError("ind takes one comparison, as ind(x > 0)", reader.program.place(node))
    return args[0]


def other_call(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """A differential, a function that only SymPy knows, or an error."""
    name, place = node.value, reader.program.place(node)
    if name == "d" and name not in reader.names.scope and len(args) == 1:
        return E.differential(args[0])
    if name in reader.names.later:
        raise reader.names.too_early(name, place)
    if default_kind(name) or (name in reader.names.scope and not scalar_functions.find(name)):
        raise no_function(reader, node)
    if scalar_functions.find(name) and name not in ELSEWHERE:
        return scalar_function(reader, node, args)
    if name in ELSEWHERE:
        raise DeclarationError(f"there is no function {name}: {ELSEWHERE[name]}", place)
    hint = did_you_mean(name, [*CALLS, *ALIASES, *SPECIAL, *reader.user_functions, *reader.names.functions])
    raise DeclarationError(f"there is no function {name}: {hint}declare it if it is unknown ({name}: function)", place)


def no_function(reader: Context, node: Node) -> ParseError:
    """A name that is no function with brackets behind it: a product, or an entry, was meant."""
    name, source = node.value, reader.program.source
    entry = len(node.children) != 1 or node.children[0].kind == "number"
    group = source[node.start + len(name) : node.end].strip()
    product = f"{name}*{group}" if len(group) <= 40 and group.startswith("(") else f"{name}*(…)"
    meant = f"there is no implicit multiplication: write {product}"
    if entry:
        meant = "there is no indexing; a sum over entries is sum, rowsum or colsum"
    declare = f", or declare {name}: function" if len(node.children) == 1 and name not in reader.names.scope else ""
    return ParseError(f"{name} is not a function, and {meant}{declare}", reader.program.place(node))


def scalar_function(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """A function that SymPy knows; a number may stand before its argument, as in besselj(0, x)."""
    name, place = node.value, reader.program.place(node)
    count = scalar_functions.order_count(name)
    if count is None:
        raise UnsupportedError(f"{name} is known to SymPy, but not as a function of one real number", place)
    if len(args) != count + 1:
        raise ParseError(f"{name} takes {count + 1} argument{'s' * count}, not {len(args)}", place)
    *orders, x = args
    if any(order.op != "number" for order in orders):
        raise UnsupportedError(f"{name} is supported with a number first, as in {name}(1, x)", place)
    if any(abs(order.data) > MAX_ORDER for order in orders):
        raise UnsupportedError(f"the order of {name} is supported up to {MAX_ORDER}", place)
    key = scalar_functions.key(name, [order.data for order in orders])
    return reader.build.row_call(sympy_function(key), [x], key, op="sympy")


def bars(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """``|x|`` in LaTeX: absolute values, or the determinant of a matrix; ``log|`` is the logarithm of it."""
    x = reader.build.resolved(only(reader, node, args))
    if node.value == "log|" and x.op == "det":
        return reader.build.row_call(ROWS["logdet"], [x.args[0]])
    flat = ONE in reader.build.shape(x)
    absolute = norm(reader, "abs", x) if flat else None
    if absolute is not None:
        return absolute if node.value == "|" else reader.build.row_call(ROWS["log"], [absolute])
    name = "abs" if flat else "det" if node.value == "|" else "logdet"
    value = table_call(reader, Node("call", name, node.children, node.start, node.end), name, args)
    return reader.build.row_call(ROWS["log"], [value]) if flat and node.value == "log|" else value


SPECIAL: dict[str, Callable[[Context, Node, list[Expr]], Expr]] = {
    **dict.fromkeys(SIZED, sized_constant),
    "unvec": unvec,
    "vector": filled_constant,
    "matrix": filled_constant,
    "rows": size_count,
    "cols": size_count,
    "numel": size_count,
    "ind": indicator,
    "item": item,
    **dict.fromkeys(("conj", "conjugate"), conj),
    **dict.fromkeys(("re", "real", "Re"), real_part),
    "#real": real_only,
    "|": bars,
    "log|": bars,
}
