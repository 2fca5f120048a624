"""Gradients written by hand in NumPy: is each the derivative it claims to be, and where does it first go wrong?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import combinations, islice, product

from matdiff.checking.findings import Link
from matdiff.checking.report import Report
from matdiff.checking.scripts.blame import Slips
from matdiff.checking.scripts.claimed import Claimed, Gradients
from matdiff.checking.scripts.flat import Line, line_place
from matdiff.checking.scripts.pairs import guessed_loss, guessed_pairs, updates
from matdiff.checking.scripts.reading import Reading, UnreadData
from matdiff.checking.scripts.straight import Pass, Straight
from matdiff.errors import ArgumentTypeError, DeclarationError, MatdiffError, VerificationError

READINGS = 16
"""How many readings of what the script leaves open are tried."""


def check_code(
    source: str,
    loss: str | None = None,
    gradients: Mapping[str, str] | None = None,
    where: str | None = None,
    strict: bool = False,
) -> Report:
    """Check the gradients of a training script, ``{"w1": "grad_w1"}``, and the intermediate ones above them.

    The loss and the pairs are guessed by their names where they are not given. ``where`` declares
    what the script does not tell: ``x: matrix(N, D)``. Raises a `MatdiffError` where the script cannot
    be read.
    """
    if not isinstance(source, str) or not isinstance(loss, str | None):
        raise ArgumentTypeError("a script and the name of its loss are strings")
    source = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    told = {} if gradients is None else {normal(of): normal(name) for of, name in gradients.items()}
    loss = normal(loss) if loss is not None else guessed_loss(source)
    found = Pass(source, loss, list(told.values()))
    pairs = {found.variable(of): found.written[name] for of, name in told.items()} or guessed_pairs(found)
    declared = (where or "").replace(";", "\n")
    straight = found.straight(pairs.values(), pairs, declared_names(declared))
    while True:
        try:
            reading = best_reading(straight, found.loss_name, pairs, declared)
            break
        except UnreadData as unread:
            straight = straight.without(unread.args[0])
    links = judged(Gradients(reading, pairs), guessed=not told)
    return Report(source, tuple(links), strict, language="python")


def normal(text: str) -> str:
    """A name, or an entry such as ``grads["W1"]``, as Python writes it."""
    if not isinstance(text, str):
        raise ArgumentTypeError("names of gradients are strings")
    try:
        return ast.unparse(ast.parse(text.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeclarationError(f"{text} is not a name of a script") from None


# what the script leaves open


def best_reading(straight: Straight, loss: str, pairs: Mapping[str, str], where: str) -> Reading:
    """The reading in which most gradients are right, of those that the script leaves open; the first of equals."""
    first: MatdiffError | None = None
    best: tuple[tuple[int, int, int], Reading] | None = None
    fits = False
    for way, kinds in islice(choices(straight, where), READINGS):
        if (best is not None and way == "sizes") or (fits and way != "values"):
            continue
        try:
            reading = Reading(straight, kinds, loss, pairs.values(), (where,))
            if way == "sizes" and not reading.agrees_with_numbers():
                continue
            checker = Gradients(reading, pairs)
            score = rightness(checker)
        except UnreadData:
            if first is None and best is None:
                raise  # it is so in the likeliest reading
            continue
        except VerificationError:
            raise  # the fault is not in the script
        except MatdiffError as error:
            first = first or error
            continue
        if best is None or score > best[0]:
            best = (score, reading)
            fits = fits or checker.fits()
        if score[0] == len(pairs):
            break
    if best is None:
        assert first is not None
        raise first
    return best[1]


def declared_names(where: str) -> set[str]:
    return {name.strip() for line in where.split("\n") for name in line.partition(":")[0].split(",")}


def choices(straight: Straight, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What the variables may be, those first that change the fewest of the likeliest kinds, and in what they differ.

    "sizes" leaves out the sizes that the script tells, for numbers may stand for one size twice; "axes" has
    other numbers of axes, for sizes that do not fit; "values" is about one-hot rows.
    """
    given = declared_names(where)
    kinds = {name: options for name, options in straight.kinds.items() if name not in given}
    likeliest = {name: options[0] for name, options in kinds.items()}
    yield "", likeliest
    plain = {name: next((kind for kind in options if "(" not in kind), options[0]) for name, options in kinds.items()}
    if plain != likeliest:
        yield "sizes", plain
    others = {
        name: [kind for kind in options[1:] if kind != options[0].partition("(")[0] or "(" not in options[0]]
        for name, options in kinds.items()
    }
    for count in (1, 2, 3):
        for names in combinations([name for name in others if others[name]], count):
            for picks in product(*(others[name] for name in names)):
                way = "values" if all(kind.startswith("onehot") for kind in picks) else "axes"
                yield way, {**likeliest, **dict(zip(names, picks, strict=True))}


def rightness(checker: Gradients) -> tuple[int, int, int]:
    """How many gradients are right, how few lines do not fit, and how many gradients on the way are right."""
    right = sum(map(checker.is_right, checker.asked()))
    if right == len(checker.pairs):
        return right, 0, 0
    reading = checker.reading
    return right, -len(reading.misfits) - len(reading.unread), sum(map(checker.is_right, checker.claims()))


# the report


def judged(checker: Gradients, guessed: bool) -> list[Link]:
    """A link for every gradient, in the order of the lines."""
    claims = checker.claims()
    verdicts = {claimed.name: checker.verdict(claimed) for claimed in claims}
    wrong = [c for c in claims if c.asked and verdicts[c.name][0] in ("wrong", "ill-formed")]
    slips = Slips(checker, claims, wrong).found() if wrong else {}
    notes = updates(checker.straight, checker.pairs)
    links = []
    for claimed in claims:
        verdict, detail = verdicts[claimed.name]
        slip = slips.get(claimed.name)
        if verdict not in ("wrong", "ill-formed") and (slip is None or slip.line is None):
            words = [detail, *notes.get(claimed.name, ())]
            if claimed.asked:
                words += assumed(checker.reading)
            if claimed.asked and guessed:
                words.append("the pair is a guess from the name")
            links.append(link(checker, claimed, claimed.line, verdict, "; ".join(word for word in words if word)))
        elif slip is None:
            continue  # its name says nothing, or something else
        elif slip.line is not None:
            detail = detail if verdict in ("wrong", "ill-formed") else slip.detail
            verdict = verdict if verdict in ("wrong", "ill-formed") else "wrong"
            links.append(link(checker, claimed, slip.line, verdict, detail, slip.suggestion))
        else:
            links.append(link(checker, claimed, claimed.line, verdict, slip.detail))
    return sorted(links, key=lambda link: link.line)


def assumed(reading: Reading) -> Iterator[str]:
    """What a reading takes for granted that the script does not tell, and that is not the likeliest."""
    for name, kind in reading.kinds.items():
        options = reading.straight.kinds[name]
        if kind != options[0] and kind.partition("(")[0] != options[0].partition("(")[0]:
            yield f"{reading.straight.shown(name)} is taken for {WORDS.get(kind.partition('(')[0], kind)}"


WORDS = {"onehot": "one-hot rows", "row": "one row", "vector": "1-D", "matrix": "2-D", "scalar": "a scalar"}


def link(checker: Gradients, claimed: Claimed, line: Line, verdict: str, detail: str, suggestion: str = "") -> Link:
    """What is found about one gradient, as the report has it."""
    place = line_place(checker.straight.source, line.number)
    right = f"gradient of {checker.shown(checker.reading.loss_name)} by {checker.shown(claimed.of)}"
    name = checker.shown(claimed.name)
    return Link(
        line=line.number,
        text=f"{name} = {right}",
        verdict="ill-formed" if verdict == "undecided" else verdict,  # what was not compared does not hold
        detail=detail,
        suggestion=suggestion,
        start=place.start,
        end=place.end,
        left=name,
        right=right,
    )
