"""Random models, each answer of the engine about them against values of our own: it looks for what is wrong.

    python tests/benchmarks/fuzz.py [--models 2000 | --seconds 60] [--seed 0] [--jobs 2] [--only derivative]

A model is drawn from the operator tables (`tests/fuzzing/`), computed in plain NumPy, and derived by complex steps
and differences; values, derivatives, compiled functions, modules, printed texts and verdicts are compared. Prints
every finding, made small, with the seed that gives it again (`--seed 0:17` is that model alone), then the counts.
`tests/benchmarks/garbled.py` is for texts that are no models.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from fuzzing.run import CHECKS, Tally, fuzz


def job(options: argparse.Namespace, number: int) -> Tally:
    """Every so-many-th model of the run."""
    seeds = (f"{options.seed}:{index}" for index in count(number, options.jobs))
    if ":" in options.seed:
        seeds = iter([options.seed])
    until = time.monotonic() + options.seconds if options.seconds else float("inf")
    share = None if options.seconds else -(-(options.models - number) // options.jobs)
    return fuzz(islice(seeds, share), options.only, until, lambda found: print(found, "\n", flush=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seconds", type=float, help="instead of a number of models")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=list(CHECKS), help="this check alone, of every model")
    options = parser.parse_args()
    start, tally = time.monotonic(), Tally()
    with ProcessPoolExecutor(options.jobs) as pool:
        for part in pool.map(job, [options] * options.jobs, range(options.jobs)):
            tally.add(part)
    for title, counted in (("seen", tally.seen), ("refused", tally.refused), ("findings", tally.findings)):
        print(f"{title}: {counted.total():,}" if title != "seen" else f"seed {options.seed}:")
        for kind, number in counted.most_common():
            print(f"{number:9,}  {kind}")
    costs = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in tally.seconds.most_common())
    print(f"{time.monotonic() - start:.0f} s; {costs}")
    sys.exit(bool(tally.findings))


if __name__ == "__main__":
    main()
