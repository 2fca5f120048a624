"""How the cost of a derivation grows with the depth of a network: seconds of one core, and ratios from row to row.

    python tests/benchmarks/depth.py            # 10, 100 and 1000 layers
    python tests/benchmarks/depth.py 100 3000

Each network is derived by all its weights; the time includes reading it and the numerical check of the answer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import matdiff as md

KINDS = ("plain", "residual")


def model(layers: int, kind: str) -> str:
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


def seconds(layers: int, kind: str) -> float:
    source, weights = model(layers, kind), [f"W{layer}" for layer in range(1, layers + 1)]
    start = time.process_time()
    derivation = md.derive(source, weights)
    spent = time.process_time() - start
    assert len(derivation.gradient) == layers
    return spent


def main(depths: Sequence[int]) -> None:
    md.derive(model(2, "residual"), "W1")  # the tables are compiled once
    for kind in KINDS:
        last = 0.0
        for layers in depths:
            spent = seconds(layers, kind)
            ratio = f"{spent / last:6.1f} times the row above" if last else ""
            print(f"{kind:8} {layers:6} layers {spent:8.2f} s {ratio}")
            last = spent


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10, 100, 1000])
