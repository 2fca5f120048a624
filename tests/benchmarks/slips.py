"""How many planted slips are caught, named and how fast: ``python tests/benchmarks/slips.py [each] [document …]``.

Plants at most ``each`` slips of every kind in every derivation of tests/derivations.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from time import process_time

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from planting import DERIVATIONS, Planted, named, names_of, plant, still_true  # noqa: E402

import matdiff as md  # noqa: E402

COLUMNS = ("planted", "still true", "missed", "caught", "named", "not named", "elsewhere", "false alarm")


def outcome(planted: Planted, holds: list[bool]) -> tuple[str, str, float]:
    """What became of a slip, what was said of it, and the CPU seconds of the document."""
    begun = process_time()
    report = md.check(planted.source)
    seconds = process_time() - begun
    if len(report.links) != len(holds):
        return "elsewhere", "another number of links", seconds
    link = report.links[planted.number]
    if link.holds:
        true = still_true(planted.source, planted.number)
        return ("still true" if true else "missed" if true is False else "undecided"), link.detail, seconds
    if still_true(planted.source, planted.number):
        return "false alarm", link.detail, seconds
    return ("named" if named(planted, link) else "not named"), link.suggestion, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("each", type=int, nargs="?", default=1)
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="", help="only kinds that hold this text")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    slowest = 0.0
    for path in options.documents or sorted(DERIVATIONS.glob("*.md")):
        source = path.read_text(encoding="utf-8")
        report = md.check(source)
        for planted in plant(source, report, names_of(source), options.each, options.seed):
            if options.kinds not in planted.kind:
                continue
            found, said, seconds = outcome(planted, [link.holds for link in report.links])
            slowest = max(slowest, seconds)
            counts[planted.kind][found] += 1
            if found not in ("named", "still true") or seconds > 5:
                print(f"{path.stem} [{planted.kind}] {found} {seconds:.1f}s\n    was {planted.right}")
                print(f"    now {planted.changed}\n    {said}", flush=True)
    total: Counter[str] = sum(counts.values(), Counter())
    columns = [c for c in COLUMNS if total[c]] + [c for c in total if c not in COLUMNS]
    print(f"{'kind':<24}" + "".join(f"{c:>12}" for c in columns))
    for kind, found in [*sorted(counts.items()), ("all", total)]:
        print(f"{kind:<24}" + "".join(f"{found[c]:>12}" for c in columns))
    print(f"slowest document {slowest:.1f} s of CPU")


if __name__ == "__main__":
    main()
