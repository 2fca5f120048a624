"""How costs grow with the length of what is asked: seconds of one core, and ratios from row to row.

    python tests/benchmarks/depth.py                  # all kinds
    python tests/benchmarks/depth.py residual 100 3000

The time includes reading and the numerical check of the answer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import matdiff as md


def network(layers: int, kind: str) -> str:
    """``h1 = tanh(h0*W1)`` and so on; a residual net adds what comes in."""
    skip = "h{before} + " if kind == "residual" else ""
    line = "h{layer} = " + skip + "tanh(h{before}*W{layer})"
    return "\n".join(
        [
            "N, D: dim",
            "h0, y: matrix(N, D)",
            *(f"W{layer}: matrix(D, D)" for layer in range(1, layers + 1)),
            *(line.format(layer=layer, before=layer - 1) for layer in range(1, layers + 1)),
            f"loss = norm2(h{layers} - y)^2",
        ]
    )


def chain(term: str, sign: str, n: int) -> str:
    return sign.join(term.format(k) for k in range(n))


def nested(n: int) -> str:
    return "sin(" * n + "a" + ")" * n


def sums(n: int) -> str:
    return chain("(A{0} + B{0})", "*", n)


def parameters(n: int) -> md.Derivation:
    names = [f"w{k}" for k in range(n)]
    return md.derive(f"f = {chain('sin(w{})', ' + ', n)}", names, where=f"{', '.join(names)}: scalar")


KINDS: dict[str, tuple[Callable[[int], Any], int]] = {
    "plain": (lambda n: md.derive(network(n, "plain"), [f"W{k}" for k in range(1, n + 1)]), 50),
    "residual": (lambda n: md.derive(network(n, "residual"), [f"W{k}" for k in range(1, n + 1)]), 50),
    "parameters": (parameters, 60),
    "sum": (lambda n: md.gradient(chain("a", " + ", n), "a"), 60),
    "product": (lambda n: md.gradient(chain("a", "*", n), "a"), 60),
    "quotient": (lambda n: md.gradient(chain("a", "/", n), "a"), 40),
    "powers": (lambda n: md.gradient(chain("a", "^", n), "a"), 16),
    "nested": (lambda n: md.gradient(nested(n), "a"), 40),
    "Hessian of nested": (lambda n: md.hessian(nested(n), "a"), 30),
    "trace of a product": (lambda n: md.gradient(f"tr({chain('A{}*X', '*', n)})", "X"), 20),
    "norm of a product": (lambda n: md.gradient(f"norm2({chain('A{}', '*', n)}*x)^2", "x"), 40),
    "product of sums": (lambda n: md.equal(sums(n), f"(({sums(n)})')'"), 3),
}
"""What is asked at a length, and from which length on the growth shows."""


def seconds(kind: str, n: int) -> float:
    start = time.process_time()
    KINDS[kind][0](n)
    return time.process_time() - start


def main(kinds: Sequence[str], lengths: Sequence[int]) -> None:
    for kind in kinds:
        ask, least = KINDS[kind]
        ask(3)  # the tables are compiled once
        last = 0.0
        for n in lengths or (4 * least, 8 * least, 16 * least):
            spent = seconds(kind, n)
            ratio = f"{spent / last:6.1f} times the row above" if last else ""
            print(f"{kind:18} {n:6} {spent:8.2f} s {ratio}", flush=True)
            last = spent


if __name__ == "__main__":
    asked = sys.argv[1:]
    main([kind for kind in asked if kind in KINDS] or list(KINDS), [int(n) for n in asked if n.isdigit()])
