"""docs/language.md, written by the tables that matdiff works from.

Every result on the page is what matdiff answers when the page is written; ``pytest tests/test_language_page.py --renew``
writes it anew. What stands here in words is what no table knows. A new row of the operator table appears by itself.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence

import matdiff as md
from matdiff.operators import ALIASES, CALLS, MASK_SIGNS, ROWS, Row, scalar_functions
from matdiff.operators.elementwise import ELEMENTWISE
from matdiff.operators.functions import FUNCTIONS
from matdiff.operators.kernel import KERNEL
from matdiff.operators.macros import MACROS
from matdiff.operators.parametric import MAX_POWER, PARAMETRIC
from matdiff.reader.calls import ELSEWHERE
from matdiff.reader.elaborate import SETTINGS
from matdiff.reader.latex.words import FUNCTIONS as LATEX_FUNCTIONS
from matdiff.reader.latex.words import TOKENS, UNSUPPORTED
from matdiff.reader.names import KINDS, OTHER_KINDS, SIZED, default_kind
from matdiff.reader.numpy.table import FUNCTIONS as NUMPY_FUNCTIONS
from matdiff.reader.numpy.table import METHODS, MODULES, REFUSED
from matdiff.sizes import ONE, Shape

Table = Iterable[Sequence[str]]


# Markdown


def code(text: str) -> str:
    return f"`{text}`"


def table(head: Sequence[str], rows: Table) -> str:
    """A table; bars inside cells are escaped, in code too, as GitHub wants it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def grouped(found: dict[str, str]) -> dict[str, list[str]]:
    """Words by what is said of them."""
    groups: dict[str, list[str]] = {}
    for word, said in found.items():
        groups.setdefault(said, []).append(word)
    return groups


def listed(words: Iterable[str]) -> str:
    return " ".join(map(code, words))


# What matdiff answers


def derivative(source: str, wrt: str, where: str = "", notation: str = "math") -> md.Expression:
    """The gradient of a scalar, the Jacobian of anything else."""
    derivation = md.derive(source, wrt, where=where or None, notation=notation)
    found = derivation.gradient if derivation.objective.shape == (1, 1) else derivation.jacobian
    assert isinstance(found, md.Expression)
    return found


def answer(source: str, wrt: str, where: str = "", notation: str = "math") -> str:
    return code(str(derivative(source, wrt, where, notation)))


def example(source: str, wrt: str, where: str = "") -> list[str]:
    """An input, the variable and what is printed, as three cells."""
    return [code(source), code(wrt), answer(source, wrt, where)]


def declared(name: str, shape: Shape) -> str:
    rows, cols = shape
    kind = "scalar" if shape == (ONE, ONE) else f"vector({rows})" if cols is ONE else f"matrix({rows}, {cols})"
    return f"{name}: {kind}"


def called(row: Row) -> str:
    """A row's function over its own arguments; sizes follow where the arguments do not tell them."""
    told = row.match(tuple(shape for _, shape in row.signature[0])) is not None
    sizes = [] if told else [str(size) for size in row.signature[1]]
    return f"{row.call or row.name}({', '.join([*row.arguments, *sizes])})"


def declarations(row: Row) -> str:
    return "; ".join(declared(name, shape) for name, shape in row.signature[0])


def scalar_example(row: Row) -> list[str]:
    """The function inside a scalar, and the gradient by its first argument."""
    rows, cols = row.signature[1]
    free = next(letter for letter in "ABC" if letter not in row.arguments)
    text, where = called(row), declarations(row)
    if (rows, cols) != (ONE, ONE):
        column = cols is ONE
        other = free.lower() if column else free
        where += "; " + declared(other, (rows, ONE) if column else (cols, rows))
        text = f"{other}'*{text}" if column else f"tr({other}*{text})"
    return [code(text), answer(text, row.arguments[0], where)]


def condition(row: Row) -> str:
    return row.where.format_map({name: name for name in row.arguments})


# The sections


def opening() -> str:
    model = """# ridge regression
X: matrix(n, d);  y: vector(n);  w: vector(d)
lambda: scalar
r    = X*w - y                              # the residuals
loss = norm2(r)^2/n + lambda*norm2(w)^2"""
    return f"""# The language of matdiff

matdiff reads, prints and reasons in one small language. It looks like MATLAB, follows matrixcalculus.org where that has an
answer, and has one idea of its own: everything is a matrix with sizes, and sizes are inferred and checked before anything
is derived. Whatever matdiff prints in it can be pasted back in.

A whole model is a few lines:

```
{model}
```

and its gradient by `w` is {answer(model, "w")}.

Every answer on this page was computed when the page was written, from the same tables that matdiff works from, and a test
compares the two. Two other notations give the same expressions: [NumPy code](#reading-numpy) and
[LaTeX](#reading-latex)."""


STATEMENTS = (
    ("declaration", "A, B: matrix(n, n); tr(A*B)", "A", "names, a kind, and its sizes"),
    ("definition", "h = x'*y; h^2", "x", "a name for a value; later lines may use it, and so do the answers"),
    ("expression", "x'*A*x", "x", "alone, or closing a model: this is what is derived"),
    ("function", "f(z) := z*sigmoid(z); sum(f(x))", "x", "a function of one scalar `z`, applied to each entry"),
    ("setting", "set relu_at_zero = 1; sum(relu(x))", "x", "see [settings](#settings)"),
)


def statements() -> str:
    rows = [[name, code(text), answer(text, wrt) + f" (by `{wrt}`)", said] for name, text, wrt, said in STATEMENTS]
    return f"""## Statements

Statements end with the line or with `;`. What follows `#` is a comment. The last definition or expression is the one that
is derived, unless another is named (`of=`, `--of`). Inside brackets a line may be broken.

{table(["statement", "example", "derivative", ""], rows)}"""


KIND_ROWS = {
    "dim": ("a size; where a size is used as a name it is also a number", "tr(X)/n", "X", "n: dim; X: matrix(n, n)"),
    "scalar": ("a number", "a*tr(X)", "a", "a: scalar; X: matrix(n, n)"),
    "vector": ("a column, n×1", "x'*A*x", "x", "x: vector(n); A: matrix(n, n)"),
    "row": ("a row, 1×n", "b*x", "b", "b: row(n); x: vector(n)"),
    "matrix": ("m×n", "tr(A*X)", "X", "A: matrix(n, m); X: matrix(m, n)"),
    "symmetric": ("`S' = S`", "x'*S*x", "x", "S: symmetric(n); x: vector(n)"),
    "diagonal": ("only its diagonal is not zero, so `D' = D`", "x'*D*x", "x", "D: diagonal(n); x: vector(n)"),
    "orthogonal": ("`Q'*Q = eye(n)`", "norm2(Q*x)^2", "x", "Q: orthogonal(n); x: vector(n)"),
    "onehot": ("each row has a single 1", "-sum(Y .* log_softmax(Z))", "Z", "Y: onehot(n, k); Z: matrix(n, k)"),
    "labels": (
        "the same matrix, given as n integers from 0 to k-1",
        "-sum(Y .* log_softmax(Z))",
        "Z",
        "Y: labels(n, k); Z: matrix(n, k)",
    ),
    "function": ("an unknown function, applied to each entry", "sum(sigma(x))", "x", "sigma: function; x: vector(n)"),
}


def kinds() -> str:
    letters = {0: "", 1: "(n)", 2: "(m, n)"}
    rows = []
    for kind, count in KINDS.items():
        said, text, wrt, where = KIND_ROWS[kind]
        own = next(part for part in where.split("; ") if f": {kind}" in part)
        rows.append([code(kind + letters[count]), said, code(own), *example(text, wrt, where)])
    spans = [
        f"`{group[0]}`–`{group[-1]}` {'is a' if len(group) == 1 else 'are'} {kind}"
        + {"scalar": "s", "vector": "s (columns)", "matrix": ""}[kind].replace("matrix", "matrices")
        for kind, group in grouped({letter: str(default_kind(letter)) for letter in string.ascii_letters}).items()
    ]
    spans = [span.replace("are matrix", "are matrices") for span in spans]
    others = "; ".join(f"{listed(words)} → `{kind}`" for kind, words in grouped(OTHER_KINDS).items())
    return f"""## Names and kinds

{table(["kind", "", "declared", "example", "by", "derivative"], rows)}

Sizes are names, positive integers, or products of them (`vector(m*n)`); `matrix` or `vector` without sizes are inferred.
What is known of a kind is used after the derivative is taken, never before it. Of a symmetric or diagonal variable the
gradient by independent entries is given, and with `structured=True` (`--structured`) the ones that respect the structure.

A name that is not declared has the kind of its letter, with digits or a `_subscript` behind it or not:
{", ".join(spans)}. The answer says which names were taken so. Longer names are declared.

Names of kinds in other languages are an error that says what they are here: {others}."""


# sign as in SIGNS and how else it is written; the row of the operator table that has its rule; an example
LEVELS: tuple[tuple[str, tuple[tuple[str, str, str, str, str, str, str], ...]], ...] = (
    (
        "compare",
        tuple(
            (sign, also, name, said, f"sum(1(x {sign} y) .* z)", "z", "")
            for name, sign, also, said in (
                ("eq", "==", "", "1 where equal, else 0"),
                ("ge", ">=", "≥", "1 where not smaller"),
                ("le", "<=", "≤", "1 where not larger"),
                ("gt", ">", "", "1 where larger"),
                ("lt", "<", "", "1 where smaller"),
            )
        ),
    ),
    (
        "add",
        (
            ("+", "", "add", "sum", "tr(A + X)", "X", ""),
            ("-", "−", "add", "difference", "norm2(x - y)^2", "x", ""),
        ),
    ),
    (
        "multiply",
        (
            ("*", "@ ·", "mul", "matrix product", "tr(A*X*B)", "X", ""),
            ("*", "@ ·", "scale", "times a scalar", "a*norm2(x)^2", "a", ""),
            ("/", "", "scale", "divided by a scalar", "x'*y/a", "a", ""),
            (".*", "⊙", "had", "product of entries", "sum(A .* X)", "X", ""),
            ("./", "⊘", "had", "quotient of entries", "sum(y ./ x)", "x", ""),
            ("⊗", "", "kron", "Kronecker product, `kron(A, X)`", "tr(A ⊗ X)", "X", ""),
        ),
    ),
    ("sign", (("-", "−", "scale", "negative", "-x'*y", "x", ""),)),
    (
        "power",
        (
            ("^", "**", "matrix_power", "matrix power, a whole number", "tr(X^3)", "X", ""),
            ("^", "**", "pow", "power of a scalar", "a^b", "b", ""),
            (".^", "", "pow", "power of entries", "sum(x .^ 3)", "x", ""),
            (".^", "", "pow_each", "each entry to its own power", "sum(x .^ y)", "y", ""),
        ),
    ),
    (
        "postfix",
        (
            ("'", ".T ^T ᵀ ⊤ .'", "transpose", "transpose", "tr(A*X')", "X", ""),
            ("^-1", "^(-1)", "inv", "inverse; `1/a` of a scalar", "tr(A*X^-1)", "X", ""),
            ("^-T", "", "inv", "transposed inverse", "tr(A*X^-T)", "X", ""),
        ),
    ),
)


def signs() -> str:
    rows = []
    for number, (_, level) in enumerate(LEVELS, 1):
        for sign, also, name, said, text, wrt, where in level:
            row = PARAMETRIC[name](2) if name == "matrix_power" else ROWS[name]
            rows.append([str(number), code(sign), listed(also.split()), said, *example(text, wrt, where), source(row)])
    return f"""## Operators

From the loosest to the tightest. Operators of one level are read from left to right, so `A*B .* C` is `(A*B) .* C`; only
the power is read from the right, and comparisons do not chain.

{table(["level", "sign", "also", "", "example", "by", "derivative", "rule"], rows)}

- `2x` and `x y` are no products: write `2*x` and `x*y`. There is no indexing.
- `A/B` needs a scalar `B`. For matrices write `./`, or `A*inv(B)`.
- `2.*x` is `2 .* x`: a number does not end in a dot before an operator, as in MATLAB. `-x^2` is `-(x^2)`.
- Where a scalar, a row (1×n) or a column (m×1) meets a matrix in `+ - .* ./`, a comparison, `max` or `min`, it spreads
  over it, and a row and a column spread over one another. The spreading is made explicit and has its own derivative:
  `norm2(X + b)^2` by `b` is {answer("norm2(X + b)^2", "b", "X: matrix(m, n); b: row(n)")} for a row `b`.
- `1(x > 0)`, `ind(x > 0)` and `(x > 0)` are one mask."""


def source(row: Row) -> str:
    return f"{row.rule} ({row.source})"


CONSTANTS = (
    ("0.1", "numbers are exact: this is 1/10", "0.1*norm2(x)^2", "x"),
    ("pi", "π", "cos(pi*a)", "a"),
    ("exp(1)", "e", "exp(1)*a^2", "a"),
    ("eye(n)", "the identity matrix; `eye` and `I` take the size that fits", "logdet(X*X' + I)", "X"),
    ("ones(m)", "a column of ones", "ones(m)'*X*ones(n)", "X"),
    ("ones(m, n)", "a matrix of ones", "tr(ones(n, m)*X)", "X"),
    ("zeros(m, n)", "a matrix of zeros; `zeros(m)` is a column", "tr((X + zeros(m, n))*A)", "X"),
    ("commutation(m, n)", "K with `K*vec(X) = vec(X')` for X m×n", "y'*commutation(m, n)*vec(X)", "X"),
    ("vector(c)", "a column of c, of the size that fits", "x'*vector(2)", "x"),
    ("matrix(c)", "a matrix of c, of the size that fits", "tr(X*matrix(2))", "X"),
)


def constants() -> str:
    assert set(SIZED) <= {name.partition("(")[0] for name, *_ in CONSTANTS}
    where = "X: matrix(m, n); A: matrix(n, m)"
    rows = [[code(name), said, *example(text, wrt, where)] for name, said, text, wrt in CONSTANTS]
    return f"""## Numbers and constants

{table(["", "", "example", "by", "derivative"], rows)}

`rows(X)`, `cols(X)` and `numel(X)` are sizes as numbers; a name declared `dim`, or used as a size, is one too."""


def matrix_functions() -> str:
    rows = []
    for row in (*KERNEL, *FUNCTIONS):
        if row.elementwise or not (row.call or row.name == "unvec"):
            continue
        differential = md.differential(called(row), where=declarations(row))
        sizes = ", ".join(f"{name} {m}×{n}" for name, (m, n) in row.signature[0])
        value = "×".join(map(str, row.signature[1]))
        rows.append(
            [
                code(called(row)),
                f"{sizes} → {value}",
                code(str(differential)),
                *scalar_example(row),
                condition(row),
                source(row),
            ]
        )
    head = ["function", "sizes", "differential", "example", "gradient", "where", "rule"]
    return f"""## Functions of matrices

The differential is that of the function itself; the gradient is that of the example, by the first argument. What stands
under *where* is said with every answer that needs it.

{table(head, rows)}

- `logdet(X)` is log|det X|, and `log(det(X))` is what it says. `adj(X)` is the adjugate, which a singular matrix has too.
- The gradient of `det(X)` is written {answer("det(X)", "X")}; where X is singular, `adj(X)'` is the same and has a value.
- `norm2` is the Euclidean norm of a vector and the Frobenius norm of a matrix. `diag` of a column is a diagonal matrix, of a
  square matrix its diagonal. `softmax` and its kin work on each row of a matrix, or on the entries of a column.
- `unvec(x, m, n)` is the m×n matrix whose `vec` is x. The contractions `kron_left` and `kron_right` are what the derivative
  of a Kronecker product needs: `kron_left(M, B)` is m×n with entries ⟨block of M, B⟩, and `kron_right(A, M)` is the sum of
  the blocks of M, each times its entry of A."""


def entry_functions() -> str:
    rows = []
    standard = ROWS["exp"].source
    for row in (*FUNCTIONS, *ELEMENTWISE):
        if not row.elementwise or not row.call:
            continue
        one = len(row.arguments) == 1
        text = f"sum({row.call}({'x' if one else 'x, y'}))"
        setting = "set relu_at_zero = 1; " if row.name == "relu_at_zero_1" else ""
        remarks = [condition(row).replace("X", "x"), row.convention, "" if row.source == standard else row.source]
        rows.append([code(setting + text), answer(setting + text, "x"), "; ".join(filter(None, remarks))])
    return f"""## Functions of each entry

Applied to every entry of what they are given; the derivative is taken entry by entry ({standard}).

{table(["function", "gradient by x", "where, and at kinks"], rows)}

An unknown function is declared: with `sigma: function`, `sum(sigma(x))` has the gradient
{answer("sum(sigma(x))", "x", "sigma: function")}, and the Hessian is
{code(str(md.hessian("sum(sigma(x))", "x", where="sigma: function")))}. It is evaluated by giving it and its derivatives,
`evaluate(sigma=(f, df, …), …)`. A function of your own is a statement, `f(z) := …`."""


def formulas() -> str:
    rows = []
    for macro in MACROS:
        text = f"{macro.call}({', '.join(name for name, _ in macro.signature[0])})"
        where = "; ".join(declared(name, shape) for name, shape in macro.signature[0])
        first = macro.signature[0][0][0]
        whole = text if md.parse(text, where=where).shape == (1, 1) else f"sum({text})"
        rows.append([code(text), code(macro.formula), *example(whole, first, where)])
    for alias, name in ALIASES.items():
        assert name in CALLS, alias
    pairs = ", ".join(f"`{alias}` is `{name}`" for alias, name in ALIASES.items())
    return f"""## Functions that are formulas

These are read as what stands beside them, so nothing more needs to be known of them.

{table(["function", "is", "example", "by", "gradient"], rows)}

Other names: {pairs}."""


AXES = (
    ("sum(X, axis=0)", "the sum of each column, 1×n, as `colsum(X)`"),
    ("sum(X, axis=1)", "the sum of each row, m×1, as `rowsum(X)`"),
    ("mean(X, axis=0)", "the mean of each column"),
    ("softmax(X, axis=0)", "softmax down each column"),
    ("log_softmax(X, axis=0)", "its logarithm"),
    ("logsumexp(X, axis=0)", "log-sum-exp of each column, 1×n"),
)


def axes() -> str:
    rows = []
    for text, said in AXES:
        whole = f"sum({text} .^ 2)"
        rows.append([code(text), said, code(whole), answer(whole, "X", "X: matrix(m, n)")])
    return f"""## Along an axis

The axis is kept, as NumPy does with `keepdims=True`: 0 goes down the columns, 1 along the rows.

{table(["function", "", "example", "gradient by X"], rows)}"""


def families() -> str:
    known = scalar_functions.KNOWN
    rows = [
        [listed([name]), info.where.format(X="x") or "everywhere", info.convention]
        for name, info in sorted(known.items(), key=lambda item: item[0].lower())
    ]
    spellings = ", ".join(f"`{other}` is `{name}`" for other, name in sorted(scalar_functions.SPELLINGS.items()))
    gamma = answer("sum(gamma(x))", "x")
    return f"""## Families

- **Powers.** `X^k` for whole k up to {MAX_POWER}, `X^-k` for an invertible X:
  `X^3` has the differential {code(str(md.differential("X^3", where="X: matrix(n, n)")))}.
- **Functions that SymPy knows.** Any function of one real number, by its name in SymPy: `gamma`, `lambertw`, `erfinv` … The
  gradient of `sum(gamma(x))` is {gamma}. What SymPy does not tell of them:

{table(["function", "lives where", "at kinks"], rows)}

- **Functions with a number in front**, as in `besselj(0, x)`: {listed(sorted(scalar_functions.ORDERED))}.

Other names: {spellings}."""


SETTING_ROWS = {"relu_at_zero": ("the derivative of `relu` and `max(x, 0)` at 0", "sum(relu(x))", "x", {"x": [0]})}


def settings() -> str:
    rows = []
    for name, values in SETTINGS.items():
        said, text, wrt, at = SETTING_ROWS[name]
        for value in values:
            found = derivative(f"set {name} = {value}; {text}", wrt)
            number = float(found.evaluate(**at)[0])
            rows.append([code(f"set {name} = {value}"), said, code(text), code(str(found)), f"{number:g}"])
    return f"""## Settings

{table(["setting", "", "example", "gradient", "at 0"], rows)}"""


def results() -> str:
    where = "A: matrix(m, n); x: vector(n); X: matrix(n, n)"
    f = "tr(A'*A*X)"
    plain, numerator, denominator = (
        md.derive("A*x", "x", where=where, layout=layout) for layout in ("gradient", "numerator", "denominator")
    )
    symmetric = md.derive("tr(B*S)", "S", where="S: symmetric(n); B: matrix(n, n)", structured=True)
    rows = [
        ["differential", "scalar f: `df = tr(A dX)`", code(f), code(str(md.differential(f, "X", where=where)))],
        ["Jacobian", "scalar f: A", code(f), code(str(md.jacobian(f, "X", where=where)))],
        ["gradient", "scalar f: A', of the size of X", code(f), code(str(md.gradient(f, "X", where=where)))],
        ["Jacobian", "vector F and x: ∂F/∂x', p×n", code("A*x"), code(str(plain.jacobian))],
        [
            "Jacobian",
            "matrix F: `d vec F = J d vec X`, columns one below the other",
            code("X^2"),
            code(str(md.jacobian("X^2", "X", where=where))),
        ],
        ["gradient", "matrix F: J'", code("A*x"), code(str(plain.gradient))],
        [
            "Hessian",
            "`d²f = (d vec X)' H (d vec X)`, symmetric to the last digit",
            code("x'*X*x"),
            code(str(md.hessian("x'*X*x", "x", where=where))),
        ],
        [
            "mixed Hessian",
            "by x and y: size of x × size of y",
            code("y'*A*x"),
            code(str(md.hessian("y'*A*x", "y", "x", where=f"{where}; y: vector(m)"))),
        ],
        ["`layout=numerator`", "rows as the function", code("A*x"), code(str(numerator.derivative))],
        ["`layout=denominator`", "rows as the variable", code("A*x"), code(str(denominator.derivative))],
        *(
            ["`structured=True`", f"S symmetric, {title}", code("tr(B*S)"), code(str(form))]
            for title, form in symmetric.structured["S"].items()
        ),
    ]
    return f"""## Results

{table(["", "", "of", "is"], rows)}

The layout is named in every answer. A declared variable that does not occur has the derivative zero, of its size."""


def kinks() -> str:
    rows = []
    for row in (*FUNCTIONS, *ELEMENTWISE):
        if row.convention:
            setting = "set relu_at_zero = 1; " if row.name == "relu_at_zero_1" else ""
            two = len(row.arguments) == 2
            text = f"{row.call}({'x, y' if two else 'x'})" if row.elementwise else f"{row.call}([x])"
            rows.append(kink(setting, text.replace("[x]", "x"), {"x": [0.0], "y": [0.0]}, row.convention))
    for name, info in sorted(scalar_functions.KNOWN.items()):
        if info.convention:
            rows.append(kink("", f"{name}(x)", {"x": [0.0]}, info.convention))
    rows.append(kink("", "norm2(x)", {"x": [0.0]}, "has no derivative at 0; generated code takes 0, as PyTorch does"))
    rows.append(kink("", "sqrt(x)", {"x": [0.0]}, "has no finite derivative at 0"))
    clip = md.gradient("np.clip(x, 0, 1).sum()", "x", notation="numpy")
    low, high = clip.evaluate(x=[0.0, 1.0])
    return f"""## Kinks and ties

Where a derivative jumps, a value has to be chosen. matdiff takes the one that PyTorch's automatic differentiation gives
for the function written this way, and says so in the answer.

{table(["function", "", "derivative by x at x = 0 (and y = 0)"], rows)}

`np.clip(x, 0, 1)` in NumPy code is `min(max(x, 0), 1)`: its derivative at 0 is {low:g} and at 1 is {high:g}. In floating point
two computed numbers rarely tie, so none of this matters for most data; it does for exact zeros, as in `relu(X*W)` with
sparse X."""


def kink(setting: str, text: str, at: dict[str, list[float]], said: str) -> list[str]:
    whole = setting + (f"sum({text})" if not text.startswith("norm") else text)
    found = derivative(whole, "x", "x, y: vector(n)")
    value = found.evaluate(**at)[0]
    return [code(setting + text), said, f"{value:g}"]


def missing() -> str:
    rows = [[listed(words), said] for said, words in grouped(ELSEWHERE).items()]
    return f"""## What has another name here

These are errors that say what to write.

{table(["not here", "instead"], rows)}"""


NUMPY = """h = np.maximum(X @ W1 + b1, 0)
scores = h.dot(W2)
loss = np.square(scores - y).mean()"""
NUMPY_WHERE = "X: matrix(n, d); W1: matrix(d, k); b1: vector(k); W2: matrix(k, c); y: matrix(n, c)"


def numpy_notation() -> str:
    prefixes: dict[str, list[str]] = {}
    for name in NUMPY_FUNCTIONS:
        prefix, dot, last = name.rpartition(".")
        prefixes.setdefault(f"np.{prefix}" if prefix != "special" else "scipy.special", []).append(last)
    named = [[code(prefix.rstrip(".")), listed(sorted(names))] for prefix, names in prefixes.items()]
    refused = [[listed(words), said] for said, words in grouped(REFUSED).items()]
    return f"""## Reading NumPy

With `notation="numpy"` (`--notation numpy`, or a file that ends in `.py`) code is read as people write it: assignments,
methods, `@`, broadcasting, `keepdims`, `+=`, imports and comments, over several lines. It is read, never executed. A
`vector` is a 1-D array here, so `x @ A @ x` is a scalar, and `*` is the product of entries.

```python
{NUMPY}
```

By `b1`: {answer(NUMPY, "b1", NUMPY_WHERE, "numpy")}

Modules: {listed(MODULES)}. Methods of arrays: {listed(sorted(METHODS))}, and `.T`. Functions:

{table(["", "functions"], named)}

Not read, with what to write:

{table(["not read", ""], refused)}"""


LATEX = (
    (r"\|Xw - y\|_2^2 + \lambda \|w\|_2^2", "w", "X: matrix(n, d); w: vector(d); y: vector(n); lambda: scalar"),
    (r"\operatorname{tr}(A^\top X B)", "X", "A: matrix(m, k); X: matrix(m, n); B: matrix(n, k)"),
    (r"\log\det(X^{\mathsf T} X)", "X", "X: matrix(m, n)"),
    (r"\frac{1}{N} \sum_{i=1}^{N} (X_i w - y_i)^2", "w", "X: matrix(N, d); w: vector(d); y: vector(N)"),
    (r"\frac12 x^\top \Sigma^{-1} x", "x", "Sigma: symmetric(n); x: vector(n)"),
    (r"\mathbf{1}^\top \exp(A \odot X)\, \mathbf{1}", "X", "A, X: matrix(m, n)"),
)


def latex_notation() -> str:
    examples = []
    for text, wrt, where in LATEX:
        read = md.parse(text, notation="latex", where=where)
        examples.append([code(text), code(str(read)), code(wrt), answer(text, wrt, where, "latex")])
    spelled: dict[str, list[str]] = {}
    for command, (kind, sign) in TOKENS.items():
        if kind in ("TIMES", "COMPARE"):
            spelled.setdefault(sign, []).append(f"\\{command}")
    signs = [[code(sign), listed(commands)] for sign, commands in spelled.items()]
    refused = [[listed(f"\\{word}" for word in words), said] for said, words in grouped(UNSUPPORTED).items()]
    return f"""## Reading LaTeX

With `notation="latex"` (`--notation latex`, or a file that ends in `.tex`) LaTeX is read as textbooks and papers have it:
factors stand side by side, `^\\top`, `^T`, `^{{-1}}` and `^{{-\\top}}` stand behind, norms and absolute values have bars, names
may be Greek, bold, upright or have subscripts, and dollars, `aligned` and sizes of brackets are no obstacle.

{table(["LaTeX", "is read as", "by", "gradient"], examples)}

Signs besides `+ - / ^`:

{table(["", "commands"], signs)}

Functions, as `\\name`, `\\operatorname{{name}}` or `\\mathrm{{name}}`: {listed(sorted(LATEX_FUNCTIONS, key=str.lower))}.

Not read, with the reason:

{table(["not read", ""], refused)}"""


SECTIONS = (
    opening,
    statements,
    kinds,
    signs,
    constants,
    matrix_functions,
    entry_functions,
    formulas,
    axes,
    families,
    settings,
    results,
    kinks,
    missing,
    numpy_notation,
    latex_notation,
)


def page() -> str:
    return "\n\n".join(section() for section in SECTIONS) + "\n"


def operator_rows() -> Iterator[str]:
    """The rows of the operator table that the page shows."""
    yield from (name for _, level in LEVELS for _, _, name, *_ in level)
    yield from (row.name for row in (*KERNEL, *FUNCTIONS, *ELEMENTWISE) if row.call or row.name in MASK_SIGNS)
