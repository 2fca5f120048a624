"""The PyTorch target: the same plan on tensors, with the gradients as derived."""

from __future__ import annotations

import re

from matdiff.arrays.precedence import ATOM, PRODUCT, UNARY
from matdiff.codegen.table_functions import TORCH_FUNCTIONS
from matdiff.codegen.target import EVALUATE, SIGNS, Form, Statement, Target, method, statements
from matdiff.texts import texts

FORMS = SIGNS | {
    "square": Form("torch.square({0})"),
    "sum_all": Form("torch.sum({0})"),
    "sum0": Form("torch.sum({0}, dim=0, keepdim=True)"),
    "sum0_flat": Form("torch.sum({0}, dim=0)"),
    "sum1": Form("torch.sum({0}, dim=1)"),
    "sum1_kept": Form("torch.sum({0}, dim=1, keepdim=True)"),
    "max": Form("torch.amax({0})"),
    "max1": Form("torch.amax({0}, dim=1)"),
    "max1_kept": Form("torch.amax({0}, dim=1, keepdim=True)"),
    "inner": Form("torch.sum({0} * {1})", ATOM, (UNARY, UNARY)),
    "sum_squares": Form("torch.sum(torch.square({0}))"),
    "norm": Form("torch.linalg.norm({0})"),
    "nonzero": Form("torch.where({0} > 0, {0}, 1.0)"),
    "outer": Form("torch.outer({0}, {1})"),
    "trace": Form("torch.trace({0})"),
    "diag": Form("torch.diag({0})"),
    "diagonal": Form("torch.diag({0})"),
    "inv": Form("torch.linalg.inv({0})"),
    "solve": Form("torch.linalg.solve({0}, {1})"),
    "eye": Form("torch.eye({rows}{dtype})"),
    "zeros": Form("torch.zeros({shape}{dtype})"),
    "ones": Form("torch.ones({shape}{dtype})"),
    "as_float": method("{0}.to({float})"),
    "copy": method("{0}.clone()"),
    "full": Form("{0} * torch.ones({shape}{dtype})", PRODUCT, (UNARY,)),
    "arange": Form("torch.arange({data})"),
    "one_hot": method("torch.eye({data}{dtype})[{0}]"),
    "place": statements(Statement("torch.zeros({shape}{dtype})", "{out}"), Statement("{0}", "{out}[{1}, {2}]")),
    "scatter": Form("torch.zeros({shape}{dtype}).index_add(0, {1}, {0})"),
    "add_at": statements(Statement("{0}.clone()", "{out}", copies=True), Statement("{3}", "{out}[{1}, {2}]", "+=")),
    "log_det": Form("torch.logdet({0})"),
    "commutation": Form("commutation({data}{dtype})"),
}

HELPERS = TORCH_FUNCTIONS | texts("torch_helpers")

SHARED = (
    "exp expm1 log log1p sqrt square abs sign sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh"
    " floor ceil sinc sum cumsum trace tril triu kron einsum linalg.det linalg.slogdet linalg.inv linalg.pinv"
    " linalg.norm linalg.solve linalg.cholesky linalg.eigh linalg.eigvalsh linalg.matrix_power"
    " linalg.svd linalg.qr prod"
)
"""The functions of NumPy that PyTorch has under the same names, ``axis`` and all."""

SCRIPT = texts("torch")
INPUTS = "on_device(inputs, options.device)"


COMPILED = [
    f"evaluate = {EVALUATE}",
    "if compiled:",
    "    evaluate = torch.compile(evaluate)",
]
"""What is done before the steps: the losses and gradients are compiled, where that is asked for."""


TORCH = Target(
    name="torch",
    module="torch",
    imports="import numpy as np\nimport torch",
    forms=FORMS,
    helpers=HELPERS,
    pi="torch.pi",
    shares=SHARED,
    lacks=re.compile(r"::-|order="),
    float_type="torch.float64",
    entry={
        "number": "{0} = torch.as_tensor({0}, dtype={dtype})",
    },
    common_type=("common_type(", "{0}", (), ")"),
    to_float="float({0})",
    copy="torch.clone",
    to_numpy="to_numpy({0})",
    locals=frozenset({"evaluate", "compiled"}),
    evaluate="evaluate",
    first=COMPILED,
    setting=("compiled=False",),
    script={name: SCRIPT[name] for name in ("flags", "others", "settings")} | {"inputs": INPUTS},
)
