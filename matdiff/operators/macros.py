"""Macros: functions that are another way to write a formula. They are read as their formula."""

from dataclasses import dataclass
from functools import cached_property

from matdiff.operators.row import parse_arguments
from matdiff.sizes import Shape


@dataclass(frozen=True)
class Macro:
    """``call(arguments)`` reads as ``formula``; ``sizes`` as in a `Row`, without the value's."""

    call: str
    sizes: str
    formula: str
    mistaken_for: tuple[str, ...] = ()
    """The functions that people write for this one."""
    miscounted: str = ""
    """What is often meant by another number of arguments."""
    not_square: str = ""
    """What there is for a matrix that is not square."""

    @cached_property
    def signature(self) -> tuple[tuple[tuple[str, Shape], ...], None]:
        return parse_arguments(self.sizes), None


MACROS = (
    Macro("trace", "X: n×n", "tr(X)", not_square="sum adds all the entries of any matrix"),
    Macro("Tr", "X: n×n", "tr(X)"),
    Macro("transpose", "X: m×n", "X'"),
    Macro(
        "norm", "X: m×n", "norm2(X)", mistaken_for=("norm1",), miscounted="norm1 and norm2 are functions of their own"
    ),
    Macro("inner", "A: m×n, B: m×n", "tr(A'*B)"),
    Macro("dot", "x: n×1, y: n×1", "x'*y"),
    Macro("outer", "x: m×1, y: n×1", "x*y'"),
    Macro("mean", "X: m×n", "sum(X)/(m*n)", mistaken_for=("sum",), miscounted="an axis is written axis=0 or axis=1"),
    Macro("rowsum", "X: m×n", "X*ones(n)", mistaken_for=("colsum", "sum")),
    Macro("colsum", "X: m×n", "ones(1, m)*X", mistaken_for=("rowsum", "sum")),
    Macro("solve", "A: n×n, B: n×m", "inv(A)*B"),
    Macro("hadamard", "A: m×n, B: m×n", "A .* B"),
    Macro("square", "X: m×n", "X .^ 2"),
    Macro("log2", "X: m×n", "log(X)/log(2)"),
    Macro("log10", "X: m×n", "log(X)/log(10)"),
    Macro("diagonal", "X: n×n", "diag(X)"),
    Macro("sec", "X: m×n", "1 ./ cos(X)"),
    Macro("csc", "X: m×n", "1 ./ sin(X)"),
    Macro("cot", "X: m×n", "cos(X) ./ sin(X)"),
    Macro("khatri_rao", "A: m×k, B: p×k", "kron(A, ones(p)) .* kron(ones(m), B)"),
    Macro("huber", "X: m×n", "(X .^ 2 - relu(abs(X) - 1) .^ 2)/2"),
    Macro("huber", "X: m×n, k: 1×1", "(X .^ 2 - relu(abs(X) - k) .^ 2)/2"),
    Macro("pinball", "X: m×n, q: 1×1", "q*relu(X) + (1 - q)*relu(-X)"),
    Macro("hinge", "X: m×n", "relu(1 - X)"),
    Macro("norm", "x: n×1, p: 1×1", "sum(abs(x) .^ p)^(1/p)"),
    Macro("norm", "X: m×n, p: 1×1", "sum(svdvals(X) .^ p)^(1/p)"),
    Macro("norm_schatten", "X: m×n, p: 1×1", "sum(svdvals(X) .^ p)^(1/p)"),
    Macro("toeplitz", "x: n×1, y: n×1", "toeplitz_lower(x) + toeplitz_lower(y)' - diag(diag(toeplitz_lower(y)))"),
    Macro("colmax", "X: m×n", "rowmax(X')'"),
    Macro("colmin", "X: m×n", "rowmin(X')'"),
    Macro("colprod", "X: m×n", "rowprod(X')'"),
    Macro("norm_inf", "x: n×1", "max(abs(x))"),
)

# Other names people know a function by.
ALIASES = {
    "ln": "log",
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "maximum": "max",
    "minimum": "min",
    "sgn": "sign",
    "sumrows": "rowsum",
    "sumcols": "colsum",
    "Diag": "diag",
    "cholesky": "chol",
    "cho_factor": "chol",
    "eigvalsh": "eigvals",
    "lambda_max": "eigmax",
    "lambda_min": "eigmin",
    "maxeig": "eigmax",
    "mineig": "eigmin",
    "matrix_exp": "expm",
    "nuclear_norm": "norm_nuc",
    "sigma_max": "norm_spec",
    "solve_sylvester": "sylvester",
    "solve_lyapunov": "lyap",
    "solve_continuous_lyapunov": "lyap",
    "solve_discrete_lyapunov": "dlyap",
    "circulant": "circ",
    "swish": "silu",
    "log_sum_exp": "logsumexp",
}
