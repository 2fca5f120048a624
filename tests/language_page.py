"""docs/language.md: the words of ``language_page.md``, the tables that matdiff works from, and what it answers.

In the words ``{{name}}`` stands for the function ``name`` below, ``{{gradient: f by x where …}}`` for an answer,
``{{cells: f by x}}`` for an input, its variable and the answer as cells of a table, and ``{{rule: name}}`` for the rule
of an operator. A new row of the operator table appears on the page by itself.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import matdiff as md
from matdiff.derivatives import STRUCTURED
from matdiff.operators import ALIASES, MACROS, ROWS, Row, scalar_functions
from matdiff.operators.parametric import MAX_POWER, PARAMETRIC
from matdiff.reader.calls import ELSEWHERE
from matdiff.reader.elaborate import SETTINGS
from matdiff.reader.latex.words import FUNCTIONS as LATEX_FUNCTIONS
from matdiff.reader.latex.words import TOKENS, UNSUPPORTED
from matdiff.reader.names import OTHER_KINDS, default_kind
from matdiff.reader.numpy.library import library as numpy_library
from matdiff.reader.numpy.signatures import FUNCTIONS as NUMPY_FUNCTIONS
from matdiff.reader.numpy.signatures import METHODS, MODULES, REFUSED
from matdiff.sizes import ONE, Shape

WORDS = Path(__file__).with_suffix(".md")


# Markdown


def code(text: object) -> str:
    return f"`{text}`"


def listed(words: Iterable[str]) -> str:
    return " ".join(map(code, words))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside cells are escaped, in code too, as GitHub wants it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def grouped(said: Mapping[str, str]) -> dict[str, list[str]]:
    """Words by what is said of them."""
    groups: dict[str, list[str]] = {}
    for word, what in said.items():
        groups.setdefault(what, []).append(word)
    return groups


def by_reason(head: str, said: Mapping[str, str], sign: str = "") -> str:
    rows = ([listed(sign + word for word in sorted(words)), what] for what, words in grouped(said).items())
    return table([head, ""], rows)


def spelled(said: Mapping[str, str]) -> str:
    return ", ".join(f"`{other}` is `{name}`" for other, name in said.items())


# What matdiff answers


def derivative(source: str, wrt: str, where: str = "", notation: str = "math") -> md.Expression:
    """The gradient of a scalar, the Jacobian of anything else."""
    found = md.derive(source, wrt, where=where or None, notation=notation)
    result = found.gradient if found.objective.shape == (1, 1) else found.jacobian
    assert isinstance(result, md.Expression)
    return result


def layout(name: str) -> Callable[..., object]:
    return lambda source, wrt, where: md.derive(source, wrt, where=where, layout=name).derivative


def structured(form: str) -> Callable[..., object]:
    return lambda source, wrt, where: md.derive(source, wrt, where=where, structured=True).structured[wrt][form]


ANSWERS: dict[str, Callable[..., object]] = {
    "gradient": lambda source, wrt, where: md.gradient(source, wrt, where=where),
    "jacobian": lambda source, wrt, where: md.jacobian(source, wrt, where=where),
    "hessian": lambda source, wrt, where: md.hessian(source, *wrt.split(", "), where=where),
    "differential": lambda source, wrt, where: md.differential(source, wrt, where=where),
    "numerator": layout("numerator"),
    "denominator": layout("denominator"),
    **{title: structured(title) for titles in STRUCTURED.values() for title in titles},
    "along the orthogonal matrices": structured("along the orthogonal matrices"),
}


def cells(source: str, wrt: str, where: str = "") -> list[str]:
    return [code(source), code(wrt), code(derivative(source, wrt, where))]


# Rows of the operator table


def rule(row: Row) -> str:
    return f"{row.rule} ({row.source})"


def declared(arguments: Iterable[tuple[str, Shape]]) -> str:
    """Declarations of the arguments of a row or a macro."""

    def kind(rows: object, cols: object) -> str:
        return "scalar" if rows is cols is ONE else f"vector({rows})" if cols is ONE else f"matrix({rows}, {cols})"

    return "; ".join(f"{name}: {kind(*shape)}" for name, shape in arguments)


def called(row: Row) -> str:
    """A row's function over its own arguments; sizes follow where the arguments do not tell them."""
    told = row.match(tuple(shape for _, shape in row.signature[0])) is not None
    sizes = [] if told else [str(size) for size in row.signature[1]]
    return f"{row.call or row.name}({', '.join([*row.arguments, *sizes])})"


def condition(row: Row, *names: str) -> str:
    return row.where.format_map(dict(zip(row.arguments, names or row.arguments, strict=False)))


def is_derived(row: Row) -> bool:
    """Whether a row can be derived by each of its arguments."""
    return row.constant or all(row.linear_in(i) or row.formula("d", i) for i in range(len(row.arguments)))


def of_matrices() -> list[Row]:
    named = [row for row in ROWS.values() if not row.elementwise and (row.call or row.name == "unvec")]
    return [row for row in named if is_derived(row)]


def of_answers() -> list[Row]:
    """What stands in answers only: its own derivative is not known, or not by every argument."""
    return [row for row in ROWS.values() if not is_derived(row)]


def answer_functions() -> str:
    rows = ([code(called(row)), row.rule] for row in of_answers())
    return table(["function", ""], rows)


def of_entries() -> list[Row]:
    return [row for row in ROWS.values() if row.elementwise and row.call]


def matrix_functions() -> str:
    rows = []
    for row in of_matrices():
        arguments, (m, n) = row.signature
        sizes = ", ".join(f"{name} {rows}×{cols}" for name, (rows, cols) in arguments)
        differential = code(md.differential(called(row), where=declared(arguments)))
        rows.append([code(called(row)), f"{sizes} → {m}×{n}", differential, condition(row), rule(row)])
    return table(["function", "sizes", "differential", "where", "rule"], rows)


def inside(row: Row) -> tuple[str, str]:
    """A function inside a scalar, and the declarations of it."""
    arguments, (m, n) = row.signature
    text, where = called(row), declared(arguments)
    free = next(letter for letter in "ABCD" if letter not in row.arguments)
    if n is ONE and m is not ONE:
        return f"{free.lower()}'*{text}", f"{where}; {free.lower()}: vector({m})"
    if n is not ONE:
        return f"tr({free}*{text})", f"{where}; {free}: matrix({n}, {m})"
    return text, where


def matrix_examples() -> str:
    """Each function inside a scalar."""
    rows = []
    for row in of_matrices():
        text, where = inside(row)
        rows.append(cells(text, row.arguments[0], where))
    return table(["f", "by", "gradient"], rows)


def example(row: Row) -> str:
    """A function of each entry over x, or over x and y."""
    setting = "set relu_at_zero = 1; " if row.name == "relu_at_zero_1" else ""
    return f"{setting}sum({row.call}({'x' if len(row.arguments) == 1 else 'x, y'}))"


def entry_functions() -> str:
    rows = []
    for row in of_entries():
        own = row.source if row.source != ROWS["exp"].source else ""
        remarks = "; ".join(filter(None, [condition(row, "x"), row.convention, own]))
        rows.append([*cells(example(row), "x"), remarks])
    return table(["f", "by", "gradient", "where, and at kinks"], rows)


def formulas() -> str:
    rows = []
    for macro in MACROS:
        arguments = macro.signature[0]
        text, where = f"{macro.call}({', '.join(name for name, _ in arguments)})", declared(arguments)
        whole = text if md.parse(text, where=where).shape == (1, 1) else f"sum({text})"
        rows.append([code(text), code(macro.formula), *cells(whole, arguments[0][0], where)])
    return table(["function", "is", "example", "by", "gradient"], rows)


# Kinks


def kinks() -> str:
    """Every function with a convention, and its derivative there."""
    norms = [
        (f"{row.call}(x)" if row.signature[1] == (ONE, ONE) else f"sum({row.call}(x))", row.convention)
        for row in ROWS.values()
        if not row.elementwise and row.convention
    ]
    known = [(name, info.convention) for name, info in scalar_functions.KNOWN.items() if info.convention]
    rows = [
        *(kink(example(row), row.convention) for row in of_entries() if row.convention),
        *(kink(f"sum({name}(x))", said) for name, said in known),
        *(kink(text, said) for text, said in norms),
        kink("norm2(x)", "there is none at 0; compiled and generated code take 0, as PyTorch does"),
        kink("sum(sqrt(x))", "there is no finite one at 0"),
    ]
    return table(["f", "", "derivative by x at x = y = 0"], rows)


def kink(text: str, said: str) -> list[str]:
    value = derivative(text, "x", "x, y: vector(n)").evaluate(x=[0.0], y=[0.0])[0]
    return [code(text), said, f"{value:g}"]


def clipped(at: float) -> str:
    found = md.gradient("np.clip(x, 0, 1).sum()", "x", notation="numpy").evaluate(x=[at])
    return f"{found[0]:g}"


def settings() -> str:
    rows = []
    for name, values in SETTINGS.items():
        for value in values:
            text = f"set {name} = {value}; sum(relu(x))"
            rows.append([*cells(text, "x"), f"{derivative(text, 'x').evaluate(x=[0.0])[0]:g}"])
    return table(["setting", "by", "gradient", "at x = 0"], rows)


# Names


def letters() -> str:
    plural = {"scalar": "scalars", "vector": "vectors", "matrix": "matrices"}
    kinds = grouped({letter: str(default_kind(letter)) for letter in string.ascii_letters})
    return ", ".join(f"`{group[0]}`–`{group[-1]}` are {plural[kind]}" for kind, group in kinds.items())


def other_kinds() -> str:
    return table(["elsewhere", "here"], ([listed(words), code(kind)] for kind, words in grouped(OTHER_KINDS).items()))


def sympy_functions() -> str:
    rows = []
    for name, known in sorted(scalar_functions.KNOWN.items(), key=lambda item: item[0].lower()):
        remarks = "; ".join(filter(None, [known.where.format(X="x"), known.convention]))
        if remarks:
            rows.append([code(f"{name}(x)"), remarks])
    return table(["function", "where, and at kinks"], rows)


# Other notations

NUMPY = """\
h = np.maximum(X @ W1 + b1, 0)
scores = h.dot(W2)
loss = np.square(scores - y).mean()"""
NUMPY_WHERE = "X: matrix(n, d); W1: matrix(d, k); b1: vector(k); W2: matrix(k, c); y: matrix(n, c)"

LATEX = (
    (r"\lVert Xw - y \rVert_2^2 + \lambda \lVert w \rVert_2^2", "w", "X: matrix(n, d); y: vector(n)"),
    (r"\operatorname{tr}(A^\top X B)", "X", ""),
    (r"\log\det(X^{\mathsf T} X)", "X", ""),
    (r"\frac{1}{N} \sum_{i=1}^{N} (X_i w - y_i)^2", "w", "X: matrix(N, d); w: vector(d); y: vector(N)"),
    (r"\tfrac12 (x - \mu)^\top \Sigma^{-1} (x - \mu)", "x", "Sigma: symmetric(n); mu: vector(n)"),
    (r"\mathbf{1}^\top \exp(A \odot X)\, \mathbf{1}", "X", ""),
)


def latex_examples() -> str:
    rows = []
    for text, wrt, where in LATEX:
        where += "; lambda: scalar" if r"\lambda" in text else ""
        read = md.parse(text, notation="latex", where=where)
        rows.append([code(text), code(read), code(wrt), code(derivative(text, wrt, where, "latex"))])
    return table(["LaTeX", "is read as", "by", "gradient"], rows)


def latex_signs() -> str:
    signs = {f"\\{command}": sign for command, (kind, sign) in TOKENS.items() if kind in ("TIMES", "COMPARE")}
    return table(["sign", "LaTeX"], ([code(sign), listed(commands)] for sign, commands in grouped(signs).items()))


def numpy_functions() -> str:
    modules = {"": "np", "special": "scipy.special", "math": "math"}
    said = {name: name.rpartition(".")[0] for name in sorted({*NUMPY_FUNCTIONS, *numpy_library()})}
    rows = (
        [code(modules.get(module, f"np.{module}")), listed(name.rpartition(".")[2] for name in names)]
        for module, names in grouped(said).items()
    )
    return table(["module", "functions"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "letters": letters,
    "other_kinds": other_kinds,
    "matrix_functions": matrix_functions,
    "matrix_examples": matrix_examples,
    "answer_functions": answer_functions,
    "entrywise": lambda: ROWS["exp"].source,
    "entry_functions": entry_functions,
    "formulas": formulas,
    "aliases": lambda: spelled(ALIASES),
    "max_power": lambda: str(MAX_POWER),
    "sympy_functions": sympy_functions,
    "ordered_functions": lambda: listed(sorted(scalar_functions.ORDERED)),
    "sympy_spellings": lambda: spelled(scalar_functions.SPELLINGS),
    "settings": settings,
    "kinks": kinks,
    "clip_low": lambda: clipped(0.0),
    "clip_high": lambda: clipped(1.0),
    "elsewhere": lambda: by_reason("not here", ELSEWHERE),
    "numpy_code": lambda: NUMPY,
    "numpy_where": lambda: code(NUMPY_WHERE),
    "numpy_gradient": lambda: code(derivative(NUMPY, "b1", NUMPY_WHERE, "numpy")),
    "numpy_modules": lambda: listed(MODULES),
    "numpy_methods": lambda: listed(sorted(METHODS)),
    "numpy_functions": numpy_functions,
    "numpy_refused": lambda: by_reason("not read", REFUSED),
    "latex_examples": latex_examples,
    "latex_signs": latex_signs,
    "latex_functions": lambda: listed(sorted(LATEX_FUNCTIONS, key=lambda name: (name.lower(), name))),
    "latex_refused": lambda: by_reason("not read", UNSUPPORTED, "\\"),
}


# The page

_PLACE = re.compile(r"\{\{(?:([\w ]+): )?(.+?)\}\}")
_QUESTION = re.compile(r"(.*) by (\w+(?:, \w+)*)(?: where (.*))?")


def filled(place: re.Match[str]) -> str:
    kind, text = place.groups()
    if kind is None:
        return PARTS[text]()
    if kind == "rule":
        return rule(PARAMETRIC[text](2) if text == "matrix_power" else ROWS[text])
    question = _QUESTION.fullmatch(text)
    assert question is not None, text
    source, wrt, where = question.groups()
    if kind == "cells":
        return " | ".join(cells(source, wrt, where or ""))
    return code(ANSWERS[kind](source, wrt, where))


def page() -> str:
    return _PLACE.sub(filled, WORDS.read_text(encoding="utf-8"))
