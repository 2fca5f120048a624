"""How generating code, and running it, grows with the depth and the width of a network.

    python tests/benchmarks/scale.py [--depths 10 100 1000] [--widths 16 64 256]

Seconds of one core to generate a module, and microseconds of one training step, in both styles.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from matdiff.codegen import generate

BATCH = 32


def network(depth: int, width: int, residual: bool) -> tuple[str, list[str]]:
    """``h1 = tanh(h0*W1 + b1)`` and so on, as a model with a train section."""
    skip = "h{before} + " if residual else ""
    line = "h{layer} = " + skip + "tanh(h{before}*W{layer} + b{layer})"
    layers = range(1, depth + 1)
    lines = ["N, D: dim", "h0, y: matrix(N, D)"]
    lines += [f"W{layer}: matrix(D, D); b{layer}: row(D)" for layer in layers]
    lines += [line.format(layer=layer, before=layer - 1) for layer in layers]
    lines += [f"loss = norm2(h{depth} - y)^2/N", "train:", f"    N, D = {BATCH}, {width}"]
    return "\n".join(lines) + "\n", [f"{letter}{layer}" for layer in layers for letter in "Wb"]


def measured(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def step_time(source: str, depth: int) -> float:
    """Seconds of one training step, the best of three runs."""
    module = ModuleType("network")
    exec(compile(source, "network", "exec"), module.__dict__)
    inputs, count = module.initialise().values(), max(20, 2000 // depth)
    module.train(*inputs, steps=2, learning_rate=1e-6)
    return min(measured(lambda: module.train(*inputs, steps=count, learning_rate=1e-6)) for _ in range(3)) / count


def row(depth: int, width: int, residual: bool, last: float) -> float:
    text, wrt = network(depth, width, residual)
    spent = measured(lambda: generate(text, wrt))
    readable, fast = (step_time(generate(text, wrt, style=style), depth) for style in ("readable", "fast"))
    kind = "residual" if residual else "plain"
    ratio = f"{spent / last:6.1f}x" if last else ""
    print(
        f"{kind:9}{depth:6}{width:7}{spent:12.2f} s {ratio:8}{readable * 1e6:12.0f} µs{fast * 1e6:12.0f} µs", flush=True
    )
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--depths", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--widths", type=int, nargs="+", default=[16, 64, 256])
    options = parser.parse_args()
    generate(*network(2, 4, True))  # the tables are compiled once
    print(f"{'':9}{'depth':>6}{'width':>7}{'generating':>14}{'':9}{'readable step':>15}{'fast step':>15}")
    for residual in (False, True):
        last = 0.0
        for depth in options.depths:
            last = row(depth, 16, residual, last)
    for width in options.widths:
        row(options.depths[0], width, False, 0.0)


if __name__ == "__main__":
    main()
