"""Garbled sources in all notations, and garbled documents: only a `MatdiffError` may come out, and soon.

    python tests/benchmarks/garbled.py [--count 20000] [--seed 0] [--seconds 5] [--verbose]

Each input is read, derived, compared with itself, generated from (or checked, a document) in this process, under a
limit of seconds. Prints how many inputs were read and refused, by kind, the slowest, and every other exception;
Ctrl-C ends the run before.
"""

from __future__ import annotations

import argparse
import ast
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from garbling import Source, corpus, garble

import matdiff as md


class TooSlow(BaseException):
    """The time of one input is over."""


def over(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def tasks(source: Source, choose: random.Random) -> Iterator[str]:
    """Use a source in every way; says what is done, and gives up at the first `MatdiffError`."""
    if source.notation == "document":
        yield "check"
        report = md.check(source.text)
        yield "render"
        report.render(choose.choice(("text", "markdown", "html", "json")))
        return
    options = {"notation": source.notation, "where": source.where}
    yield "parse"
    found = md.parse(source.text, **options)
    yield "print"
    again = md.parse(str(found.expand()), where=declarations(found.model))
    found.latex()
    yield "equal"
    verdict = md.equal(found, found.expand())
    if not verdict.holds or again.node.shape != found.expand().node.shape:
        raise AssertionError(f"what is printed differs: {found}")
    names = [*found.model.variables, *found.model.definitions]
    wrt = source.wrt if source.wrt in names else names[0] if names else "x"
    yield "derive"
    md.derive(found, wrt).render(choose.choice(("text", "latex", "html", "json")))
    yield "generate"
    if found.node.is_scalar:
        ast.parse(md.generate(source.text, wrt, style=choose.choice(("readable", "fast")), **options))


def declarations(model: md.Model) -> str:
    """The names of a model, declared as they were found to be."""
    lines = [f"{name}: {kind(node.data[1], node.shape)}" for name, node in model.variables.items()]
    lines += [f"{name}: dim" for name in model.dims]
    return "\n".join([*lines, *(f"{name}: function" for name in model.functions)])


def kind(name: str, shape: tuple[object, object]) -> str:
    sizes = {"vector": shape[:1], "row": shape[1:], "scalar": (), "symmetric": shape[:1], "diagonal": shape[:1]}
    given = sizes.get(name, shape[:1] if name == "orthogonal" else shape)
    return f"{name}({', '.join(map(str, given))})" if given else name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5, help="the time of one input, of one core")
    parser.add_argument("--notation", choices=("math", "numpy", "latex", "document"), help="only these")
    parser.add_argument("--verbose", action="store_true", help="show the traceback of what should not be")
    options = parser.parse_args()
    choose = random.Random(options.seed)
    sources = [source for source in corpus() if options.notation in (None, source.notation)]
    texts = [source.text for source in sources]
    signal.signal(signal.SIGVTALRM, over)
    outcomes: Counter[str] = Counter()
    slowest: list[tuple[float, str, str]] = []
    bad: Counter[str] = Counter()
    for _ in range(options.count):
        source = choose.choice(sources)
        source = source._replace(text=garble(source.text, texts, choose))
        task, start = "", time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, options.seconds)
        try:
            for task in tasks(source, choose):  # noqa: B007
                pass
            outcomes[f"{source.notation}: read and used"] += 1
        except md.MatdiffError as error:
            outcomes[f"{source.notation}: {type(error).__name__}"] += 1
        except KeyboardInterrupt:
            break
        except (Exception, TooSlow, RecursionError) as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}" if not isinstance(error, TooSlow) else task
            key = f"{task}: {type(error).__name__} at {place}"
            bad[key] += 1
            if bad[key] <= 3:
                print(f"\n{key}: {error}\n  {source!r}", flush=True)
                if options.verbose:
                    traceback.print_exception(error)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        slowest = sorted([*slowest, (time.process_time() - start, task, repr(source.text)[:200])], reverse=True)[:5]
    print(f"\n{outcomes.total() + bad.total():,} inputs, seed {options.seed}")
    for outcome, number in sorted(outcomes.items()):
        print(f"{number:8,}  {outcome}")
    print("the slowest:")
    for seconds, task, text in slowest:
        print(f"{seconds:8.2f} s  {task}  {text}")
    print(f"other exceptions: {bad.total()}")
    for key, number in bad.most_common():
        print(f"{number:8,}  {key}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
