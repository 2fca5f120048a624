"""Time of one training step of the two documented networks, in many ways, in one table.

    python tests/benchmarks/train.py [--threads 1 2] [--rounds 15]

``listing`` is the network written by hand, operation by operation, as tutorials do; ``readable`` and
``fast`` are generated; ``products`` are the matrix products alone, which no NumPy program can beat.
JAX and PyTorch take part where they are installed, differentiated by themselves and as generated.
All ways take turns in one process; the table shows the median of the rounds, of CPU time where there is
one thread. What the listing costs depends on the process: where nothing large was allocated before, the
system hands out every temporary anew, and it is a third slower.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

NETWORKS = {
    "two_layer_relu": (["w1", "w2"], 20, 500),
    "spiral_softmax": (["W", "b", "W2", "b2"], 500, 2000),
}
"""The parameters, the steps of one round, and the steps over which the losses are compared."""

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Way = Callable[..., tuple[Any, list[float]]]


def generated(name: str, **options: str) -> ModuleType:
    from matdiff.codegen import generate

    source = generate((ROOT / "examples" / f"{name}.matdiff").read_text(), NETWORKS[name][0], **options)
    module = ModuleType(f"{name}_{'_'.join(options.values())}")
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    return module


# Written by hand, as people do: an array for every operation, masks assigned, labels indexed.


def two_layer_listing(x, y, w1, w2, *, steps, learning_rate):
    import numpy as np

    w1, w2, losses = w1.copy(), w2.copy(), []
    for _ in range(steps):
        hidden = x.dot(w1)
        active = np.maximum(hidden, 0)
        predicted = active.dot(w2)
        losses.append(np.square(predicted - y).sum())
        d_predicted = 2.0 * (predicted - y)
        d_w2 = active.T.dot(d_predicted)
        d_hidden = d_predicted.dot(w2.T).copy()
        d_hidden[hidden < 0] = 0
        d_w1 = x.T.dot(d_hidden)
        w1 -= learning_rate * d_w1
        w2 -= learning_rate * d_w2
    return {"w1": w1, "w2": w2}, losses


def spiral_listing(X, y, W, b, W2, b2, reg, *, steps, learning_rate):
    import numpy as np

    W, b, W2, b2, losses = W.copy(), b.copy(), W2.copy(), b2.copy(), []
    count = X.shape[0]
    for _ in range(steps):
        hidden = np.maximum(0, np.dot(X, W) + b)
        weights = np.exp(np.dot(hidden, W2) + b2)
        probabilities = weights / np.sum(weights, axis=1, keepdims=True)
        data_loss = np.sum(-np.log(probabilities[range(count), y])) / count
        losses.append(data_loss + 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2))
        d_scores = probabilities
        d_scores[range(count), y] -= 1
        d_scores /= count
        d_W2 = np.dot(hidden.T, d_scores)
        d_b2 = np.sum(d_scores, axis=0, keepdims=True)
        d_hidden = np.dot(d_scores, W2.T)
        d_hidden[hidden <= 0] = 0
        d_W = np.dot(X.T, d_hidden)
        d_b = np.sum(d_hidden, axis=0, keepdims=True)
        d_W2 += reg * W2
        d_W += reg * W
        W += -learning_rate * d_W
        b += -learning_rate * d_b
        W2 += -learning_rate * d_W2
        b2 += -learning_rate * d_b2
    return {"W": W, "b": b, "W2": W2, "b2": b2}, losses


def two_layer_products(x, y, w1, w2, *, steps, learning_rate):
    for _ in range(steps):
        hidden = x @ w1
        predicted = hidden @ w2
        hidden.T @ predicted
        x.T @ (predicted @ w2.T)
    return {}, []


def spiral_products(X, y, W, b, W2, b2, reg, *, steps, learning_rate):
    for _ in range(steps):
        hidden = X @ W
        scores = hidden @ W2
        hidden.T @ scores
        X.T @ (scores @ W2.T)
    return {}, []


# Differentiated by a library.


def jax_losses() -> dict[str, Callable[..., Any]]:
    import jax
    import jax.numpy as jnp

    def two_layer(parameters, x, y):
        w1, w2 = parameters
        return jnp.sum(jnp.square(jnp.maximum(x @ w1, 0) @ w2 - y))

    def spiral(parameters, X, y, reg):
        W, b, W2, b2 = parameters
        scores = jnp.maximum(X @ W + b, 0) @ W2 + b2
        data_loss = -jnp.mean(jax.nn.log_softmax(scores)[jnp.arange(len(X)), y])
        return data_loss + 0.5 * reg * jnp.sum(W * W) + 0.5 * reg * jnp.sum(W2 * W2)

    return {"two_layer_relu": two_layer, "spiral_softmax": spiral}


def jax_ways(name: str, inputs: dict[str, Any]) -> dict[str, Way]:
    import jax

    jax.config.update("jax_enable_x64", True)
    wrt = NETWORKS[name][0]
    data = [value for key, value in inputs.items() if key not in wrt]
    start = tuple(jax.numpy.array(inputs[key]) for key in wrt)
    gradient = jax.value_and_grad(jax_losses()[name])

    @jax.jit
    def step(parameters, rate):
        loss, gradients = gradient(parameters, *data)
        return tuple(p - rate * g for p, g in zip(parameters, gradients, strict=True)), loss

    @jax.jit
    def loop(parameters, rates):
        return jax.lax.scan(step, parameters, rates)

    def jit(*_, steps, learning_rate):
        parameters, losses = start, []
        for _ in range(steps):
            parameters, loss = step(parameters, learning_rate)
            losses.append(loss)
        return parameters, [float(loss) for loss in losses]

    def whole_loop(*_, steps, learning_rate):
        parameters, losses = loop(start, jax.numpy.full(steps, learning_rate))
        return parameters, losses.tolist()

    return {"JAX jit": jit, "JAX whole loop": whole_loop, "generated JAX": generated(name, target="jax").train}


def torch_ways(name: str, inputs: dict[str, Any]) -> dict[str, Way]:
    import torch

    torch.set_num_threads(int(os.environ[THREADS[0]]))
    wrt = NETWORKS[name][0]
    tensors = {key: torch.as_tensor(value) for key, value in inputs.items()}

    def loss_of(p: dict[str, torch.Tensor]) -> torch.Tensor:
        if name == "two_layer_relu":
            return (p["x"].mm(p["w1"]).relu().mm(p["w2"]) - p["y"]).pow(2).sum()
        scores = (p["X"] @ p["W"] + p["b"]).relu() @ p["W2"] + p["b2"]
        data_loss = torch.nn.functional.cross_entropy(scores, p["y"].long())
        return data_loss + 0.5 * inputs["reg"] * (p["W"].pow(2).sum() + p["W2"].pow(2).sum())

    def autograd(*_, steps, learning_rate):
        values = tensors | {key: tensors[key].clone().requires_grad_() for key in wrt}
        losses = []
        for _ in range(steps):
            loss = loss_of(values)
            gradients = torch.autograd.grad(loss, [values[key] for key in wrt])
            losses.append(loss.item())
            with torch.no_grad():
                for key, gradient in zip(wrt, gradients, strict=True):
                    values[key] -= learning_rate * gradient
        return values, losses

    return {"PyTorch": autograd, "generated PyTorch": generated(name, target="torch").train}


def ways_of(name: str) -> tuple[dict[str, Way], list[Any], float]:
    readable = generated(name)
    inputs = readable.initialise()
    by_hand = {
        "two_layer_relu": (two_layer_listing, two_layer_products),
        "spiral_softmax": (spiral_listing, spiral_products),
    }
    listing, products = by_hand[name]
    found: dict[str, Way] = {
        "listing": listing,
        "readable": readable.train,
        "fast": generated(name, style="fast").train,
        "products": products,
    }
    if importlib.util.find_spec("jax"):
        found |= jax_ways(name, inputs)
    if importlib.util.find_spec("torch"):
        found |= torch_ways(name, inputs)
    return found, list(inputs.values()), readable.train.__kwdefaults__["learning_rate"]


def largest_difference(losses: list[float], expected: list[float]) -> str:
    if not losses:
        return ""
    return f"{max(abs(a - b) / abs(b) for a, b in zip(losses, expected, strict=True)):.1e}"


def table(rounds: int) -> None:
    for name, (_, steps, long) in NETWORKS.items():
        ways, inputs, rate = ways_of(name)
        runs = {way: function(*inputs, steps=long, learning_rate=rate)[1] for way, function in ways.items()}
        for function in ways.values():  # what is compiled for a number of steps is compiled now
            function(*inputs, steps=steps, learning_rate=rate)
        clock = time.process_time if os.environ[THREADS[0]] == "1" else time.perf_counter
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, function in ways.items():
                start = clock()
                function(*inputs, steps=steps, learning_rate=rate)
                seconds[way].append((clock() - start) / steps)
        base = statistics.median(seconds["listing"])
        print(f"\n{name}, {os.environ[THREADS[0]]} thread(s)")
        print(f"{'':20}{'µs a step':>10}{'speed':>8}   losses differ by, over {long} steps")
        for way, times in seconds.items():
            median = statistics.median(times)
            print(
                f"{way:20}{median * 1e6:10.1f}{base / median:7.2f}x   {largest_difference(runs[way], runs['listing'])}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        table(options.rounds)
        return
    for threads in options.threads:  # libraries read the number of threads when they are loaded
        eigen = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
        environment = os.environ | dict.fromkeys(THREADS, str(threads)) | {"XLA_FLAGS": eigen}
        command = [sys.executable, __file__, "--here", "--rounds", str(options.rounds)]
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
