"""Models one after the other, each with some of the checks; what is found is made small."""

from __future__ import annotations

import random
import re
import signal
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import matdiff as md
from matdiff.errors import EvaluationError

from . import checks, training
from .checks import Case, Finding, refusal
from .minimise import smallest
from .models import Model, Writer

CHECKS: dict[str, tuple[Callable[[Case], None], float]] = {
    "value": (checks.check_value, 1),
    "derivative": (checks.check_derivative, 1),
    "print": (checks.check_print, 0.5),
    "latex": (checks.check_latex, 0.3),
    "compile": (checks.check_compile, 0.3),
    "layouts": (checks.check_layouts, 0.05),
    "structured": (checks.check_structured, 0.3),
    "verify": (checks.check_verify, 0.05),
    "differential": (checks.check_differential, 0.1),
    "hessian": (checks.check_hessian, 0.1),
    "hvp": (checks.check_hvp, 0.05),
    "equal": (training.check_equal, 0.15),
    "modules": (training.check_modules, 0.15),
    "document": (checks.check_document, 0.03),
    "jax": (training.check_jax, 0.003),
}
"""Each check, with the fraction of the models that it is made of."""

READ_BACK = frozenset({"value", "print", "latex", "document"})
"""Where nothing may be refused: what is read here is known to be right."""

LIMIT = 10.0
"""Seconds of one core for one check."""


class TooSlow(BaseException):
    """The time of one check is over."""


def _over(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def outcome(name: str, case: Case) -> tuple[str, str, str]:
    """Makes one check: "fine", "refused" or "found", the kind of thing, and details."""
    signal.signal(signal.SIGVTALRM, _over)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        CHECKS[name][0](case)
    except Finding as found:
        return "found", f"{name}: {found.args[0]}", found.args[1]
    except md.MatdiffError as error:
        kind = f"{name}: {refusal(error)}"
        sure = name in READ_BACK and not (isinstance(error, EvaluationError) and any(p.is_shaky for p in case.points))
        fault = isinstance(error, md.VerificationError) or "report this" in str(error) or sure
        return ("found" if fault else "refused"), kind, str(error)
    except TooSlow:
        return "found", f"{name}: no end after {LIMIT:.0f} s", ""
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{name}: {type(error).__name__} at {Path(last.filename).name}: {error}"
        return "found", in_general(kind), f"line {last.lineno}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return "fine", "", ""


def in_general(text: str) -> str:
    """A message without its numbers and brackets."""
    return re.sub(r"\(.*?\)|\d+", "#", text.split("\n")[0])[:110]


def question(seed: str, model: Model) -> Case | None:
    """What is asked about a model; None where there is nothing to derive by."""
    draw, names = random.Random(f"wrt {seed}"), model.differentiable()
    if not names:
        return None
    return Case(model, tuple(draw.sample(names, min(len(names), draw.choice((1, 1, 2, 3))))), seed)


@dataclass
class Found:
    kind: str
    seed: str
    case: Case
    detail: str

    def __str__(self) -> str:
        wrt = ", ".join(self.case.wrt)
        text = "\n".join(f"    {line}" for line in self.case.model.text.splitlines())
        return f"{self.kind}   [seed {self.seed}, by {wrt}]\n{text}\n  {self.detail[:600]}"


@dataclass
class Tally:
    """What one run has seen."""

    seen: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        for mine, its in zip(vars(self).values(), vars(other).values(), strict=True):
            mine.update(its)


EXAMPLES = 2
"""How many of one kind are made small and shown."""


def fuzz(
    seeds: Iterator[str], only: str | None = None, until: float = float("inf"), report: Callable[[Found], None] = print
) -> Tally:
    """Check the models of these seeds until the time is over."""
    tally = Tally()
    warnings.simplefilter("ignore")
    for seed in seeds:
        if time.monotonic() > until:
            break
        model = Writer(seed).model()
        case = question(seed, model)
        tally.seen["models"] += 1
        if case is None or not case.points:
            tally.seen["models that live nowhere"] += 1
            continue
        draw = random.Random(f"checks {seed}")
        for name, (_, fraction) in CHECKS.items():
            if (only or name) != name or draw.random() >= (1 if only else fraction):
                continue
            start = time.process_time()
            how, kind, detail = outcome(name, case)
            tally.seconds[name] += time.process_time() - start
            if how == "fine":
                continue
            counted, shown = (tally.findings, EXAMPLES) if how == "found" else (tally.refused, 1)
            counted[kind] += 1
            if counted[kind] <= shown:
                small, detail = smallest(name, (how, kind), case, detail, outcome)
                report(Found(f"{how}  {kind}", seed, small, detail))
            break
        tally.seen += case.seen
    return tally
