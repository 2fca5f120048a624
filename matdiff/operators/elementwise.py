"""Element-wise functions: one line each, f and f'."""

from matdiff.operators.row import Row, elementwise

_MASKS = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="), ("eq", "=="))

OF_SQUARE = "the function of the matrix as a whole"
"""What books mean by an analytic function of a square matrix."""

ELEMENTWISE = (
    elementwise("exp", "exp(X)", "np.exp({X})", latex=r"\exp", nonnegative=True, of_square="the matrix exponential"),
    elementwise("log", "1 ./ X", "np.log({X})", latex=r"\log", where="{X} > 0", of_square="the matrix logarithm"),
    elementwise("log1p", "1 ./ (1 + X)", "np.log1p({X})", where="{X} > -1", of_square=OF_SQUARE),
    elementwise("expm1", "exp(X)", "np.expm1({X})", of_square=OF_SQUARE),
    elementwise(
        "sqrt",
        "1 ./ (2*sqrt(X))",
        "np.sqrt({X})",
        latex=r"\sqrt{{X}}",
        where="{X} > 0",
        nonnegative=True,
        of_square="the matrix square root",
    ),
    elementwise("sin", "cos(X)", "np.sin({X})", latex=r"\sin", of_square=OF_SQUARE),
    elementwise("cos", "-sin(X)", "np.cos({X})", latex=r"\cos", of_square=OF_SQUARE),
    elementwise("tan", "1 + tan(X) .^ 2", "np.tan({X})", latex=r"\tan", of_square=OF_SQUARE),
    elementwise(
        "arcsin", "1 ./ sqrt(1 - X .^ 2)", "np.arcsin({X})", latex=r"\arcsin", where="|{X}| < 1", of_square=OF_SQUARE
    ),
    elementwise(
        "arccos", "-1 ./ sqrt(1 - X .^ 2)", "np.arccos({X})", latex=r"\arccos", where="|{X}| < 1", of_square=OF_SQUARE
    ),
    elementwise("arctan", "1 ./ (1 + X .^ 2)", "np.arctan({X})", latex=r"\arctan", of_square=OF_SQUARE),
    elementwise("sinh", "cosh(X)", "np.sinh({X})", latex=r"\sinh", of_square=OF_SQUARE),
    elementwise("cosh", "sinh(X)", "np.cosh({X})", latex=r"\cosh", nonnegative=True, of_square=OF_SQUARE),
    elementwise("tanh", "1 - tanh(X) .^ 2", "np.tanh({X})", latex=r"\tanh", of_square=OF_SQUARE),
    elementwise(
        "abs",
        "sign(X)",
        "np.abs({X})",
        latex=r"\lvert {X} \rvert",
        convention="the derivative of abs at 0 is 0",
        nonnegative=True,
    ),
    elementwise("sign", "0", "np.sign({X})", constant=True, convention="the derivative of sign at 0 is 0"),
    elementwise(
        "relu",
        "1(X > 0)",
        "np.maximum({X}, 0)",
        convention="the derivative of relu is 1(x > 0), which is 0 at 0",
        nonnegative=True,
        keeps="gt",
    ),
    elementwise(
        "sigmoid", "sigmoid(X) .* (1 - sigmoid(X))", "sigmoid({X})", latex=r"\operatorname{sigmoid}", nonnegative=True
    ),
    elementwise("softplus", "sigmoid(X)", "np.logaddexp({X}, 0)", nonnegative=True),
    elementwise("erf", "2/sqrt(pi)*exp(-X .^ 2)", "erf({X})"),
    elementwise(
        "gelu", "(1 + erf(X/sqrt(2)))/2 + X .* exp(-X .^ 2/2)/sqrt(2*pi)", "{X} * (1 + erf({X} / np.sqrt(2))) / 2"
    ),
    elementwise("silu", "sigmoid(X) .* (1 + X .* (1 - sigmoid(X)))", "{X} * sigmoid({X})"),
    # `set relu_at_zero = 1` reads relu as this one
    Row(
        "relu_at_zero_1",
        "X: m×n -> m×n",
        d=("1(X >= 0) .* dX",),
        numpy="np.maximum({X}, 0)",
        latex=r"\operatorname{relu}",
        call="relu",
        convention="the derivative of relu is 1(x >= 0), which is 1 at 0",
        nonnegative=True,
        rule="derivative of relu",
        source="the convention 1(h >= 0)",
        elementwise=True,
    ),
    *(
        Row(
            name,
            "A: m×n, B: m×n -> m×n",
            constant=True,
            nonnegative=True,
            numpy=f"({{A}} {sign} {{B}})",
            rule="derivative of a mask",
            source="a step function is constant wherever it is differentiable",
            elementwise=True,
        )
        for name, sign in _MASKS
    ),
)

MASK_SIGNS = dict(_MASKS)
