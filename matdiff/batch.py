"""Many documents at once: files and folders, on all cores, with what the project's settings say."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import tomllib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

from matdiff import terminal
from matdiff.checking import Report, check
from matdiff.checking.edits import replaced
from matdiff.checking.findings import FAILS, Edit
from matdiff.checking.guesses import Inference
from matdiff.checking.rendering import ONE, rendered
from matdiff.documents import SUFFIXES, format_of, read_document
from matdiff.errors import MatdiffError, UncheckedWarning
from matdiff.files import UsageError, complain, put, read, write
from matdiff.timelimit import within

PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages", "_build", "_site", "venv"})
"""Folders whose documents nobody here wrote; those whose names begin with a dot besides."""

SHOWN = 20
"""So many files, and progress is told in lines where there is no terminal."""


@dataclass(frozen=True)
class Settings:
    """How documents are checked; each may stand in ``[tool.matdiff]``, with ``-`` for ``_``."""

    format: str = "text"
    strict: bool = False
    quiet: bool = False
    allow_empty: bool = False
    max_unread: int | None = None
    baseline: str | None = None
    exclude: Sequence[str] = ()


# settings


def settings_for(path: str, told: Mapping[str, Any]) -> Settings:
    """What the nearest ``pyproject.toml`` says, and over it what is told.

    Raises `UsageError` for a setting that there is not.
    """
    start = Path(path if path != "-" else ".").resolve()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("matdiff")
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read {file}: {error}") from None
        if table is not None:
            return replace(Settings(), **{**_checked(file, table), **told})
    return replace(Settings(), **told)


_TYPES: Mapping[str, tuple[type, str]] = {
    "format": (str, "a name"),
    "strict": (bool, "true or false"),
    "quiet": (bool, "true or false"),
    "allow_empty": (bool, "true or false"),
    "max_unread": (int, "a number"),
    "baseline": (str, "the name of a file"),
    "exclude": (list, "a list of patterns"),
}


def _checked(file: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in _TYPES:
            known = ", ".join(field.name.replace("_", "-") for field in fields(Settings))
            raise UsageError(f"{file}: [tool.matdiff] has no setting {key}; there are {known}")
        kind, words = _TYPES[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UsageError(f"{file}: {key} of [tool.matdiff] is {words}")
        found[name] = str(file.parent / str(value)) if name == "baseline" else value
    return found


# files


def documents_in(paths: Iterable[str], exclude: Sequence[str]) -> list[str]:
    """The files that are named, and the documents in the folders that are; each once, in order."""
    found: dict[str, None] = {}
    for path in paths:
        if path != "-" and os.path.isdir(path):
            inside = sorted(_inside(path))
            found.update(dict.fromkeys(file for file in inside if not is_excluded(file, exclude)))
        else:
            found[path] = None
    return list(found)


def _inside(folder: str) -> Iterator[str]:
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in PASSED_OVER]
        yield from (os.path.join(at, name) for name in files if Path(name).suffix.lower() in SUFFIXES)


def is_excluded(path: str, patterns: Sequence[str]) -> bool:
    parts = Path(path).parts
    return any(fnmatch(path, pattern) or any(fnmatch(part, pattern) for part in parts) for pattern in patterns)


# the check


@dataclass(frozen=True)
class Outcome:
    """What is found of one file: a report, or why there is none."""

    path: str
    report: Report | None = None
    error: str = ""
    warned: tuple[str, ...] = ()


def outcome(path: str, strict: bool, whole: bool, timeout: float | None) -> Outcome:
    """The check of one file. What is ``whole`` keeps what only a page of the document needs."""
    try:
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always", UncheckedWarning)
            report = within(timeout, lambda: check(read(path), strict, path="" if path == "-" else path))
    except MatdiffError as error:
        return Outcome(path, error=str(error))
    told = tuple(dict.fromkeys(str(warning.message) for warning in met))
    return Outcome(path, report if whole else replace(report, formulas=(), known={}, models=(), text=""), "", told)


def outcomes(paths: Sequence[str], strict: bool, whole: bool, timeout: float | None) -> list[Outcome]:
    """The outcomes of all files in order, on all cores."""
    cores = min(len(paths), os.cpu_count() or 1)
    if cores < 2:
        return [outcome(path, strict, whole, timeout) for path in paths]
    found: dict[str, Outcome] = {}
    with ProcessPoolExecutor(cores) as pool:
        waiting = {pool.submit(outcome, path, strict, whole, timeout): path for path in paths}
        try:
            for done in as_completed(waiting):
                found[waiting[done]] = done.result()
                progress(len(found), len(paths), waiting[done])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[path] for path in paths]


def progress(done: int, of: int, path: str) -> None:
    """How far the check is: one line that changes on a terminal, ten lines elsewhere, where there are many files."""
    stream = sys.stderr
    if stream is None:
        return
    with suppress(OSError):
        if stream.isatty():
            put(f"\r\033[K{done} of {of}  {path[-60:]}" if done < of else "\r\033[K", stream)
        elif of >= SHOWN and done * 10 // of > (done - 1) * 10 // of:
            put(f"matdiff: {done} of {of} files\n", stream)


def run(
    paths: Sequence[str],
    settings: Settings,
    output: str | None = None,
    fix: bool = False,
    timeout: float | None = None,
) -> int:
    """Check documents, each in so many seconds, show what is found, and give the exit status."""
    files = documents_in(paths, settings.exclude)
    if settings.format in ONE and len(files) != 1:
        raise UsageError(f"--format {settings.format} shows one document; there are {len(files)}")
    accepted = known_findings(settings.baseline)
    look = partial(outcomes, strict=settings.strict, whole=settings.format in ONE, timeout=timeout)
    found = look(files)
    if fix:
        changed = {one.path for one in found if one.report is not None and fixed(one.path, one.report)}
        again = [path for path in files if path in changed]
        renewed = dict(zip(again, look(again), strict=True))
        found = [renewed.get(one.path, one) for one in found]
    for one in found:
        for sentence in (*one.warned, *([one.error] if one.error else [])):
            complain(sentence if len(found) == 1 or one.path in sentence else f"{one.path}: {sentence}")
    taken_in = {os.path.realpath(file) for one in found if one.report is not None for file in one.report.files}
    reports = [
        (
            "" if one.path == "-" else one.path,
            replace(one.report, accepted=accepted.get(name_of(one.path), frozenset())),
        )
        for one in found
        if one.report is not None and os.path.realpath(one.path) not in taken_in
    ]
    if reports:
        write(rendered(reports, settings.format, color=in_color(output), quiet=settings.quiet), output)
    return status([report for _, report in reports], settings, any(one.error for one in found))


def in_color(output: str | None) -> bool:
    return output is None and terminal.coloured("auto", sys.stdout)


def status(reports: Sequence[Report], settings: Settings, failed: bool) -> int:
    """0 all that was read holds, 1 something does not, 2 bad input or nothing was checked."""
    unread = sum(report.counts.get("unread", 0) for report in reports)
    beyond = settings.max_unread is not None and unread > settings.max_unread
    if beyond:
        complain(f"{unread} equations were not read, more than {settings.max_unread}")
    if failed:
        return 2
    if beyond or any(report.failing for report in reports):
        return 1
    if not any(report.checked for report in reports) and not settings.allow_empty:
        complain("nothing was checked")
        return 2
    return 0


def model_of(path: str) -> str:
    """A model block of all that a document's own blocks and its text say, to be pasted and corrected."""
    document = read_document(read(path), format_of(path), "" if path == "-" else path)
    written = [textwrap.dedent(document.text[block.start : block.end]).strip("\n") for block in document.models]
    sections = {tuple(b.start for b in document.blocks(f.section)): f.section for f in reversed(document.formulas)}
    guesses = {one.name: one for section in sections.values() for one in Inference(document, section).run()}
    told = sorted(guesses.values(), key=lambda one: one.line or sys.maxsize)
    lines = [f"{one}  # {f'line {one.line}' if one.line else one.how}" for one in told]
    return "\n".join(["```matdiff", *lines, *written, "```"])


# what is known to fail


def name_of(path: str) -> str:
    """A file by the same name wherever the command is run from, as long as it is run in the same folder."""
    return os.path.normpath(path).replace(os.sep, "/")


def known_findings(path: str | None) -> dict[str, frozenset[tuple[str, str]]]:
    """What failed in a report as JSON, by the file; nothing where there is no baseline.

    Raises `UsageError` where the file is no report.
    """
    if path is None:
        return {}
    try:
        told = json.loads(read(path))
        reports = told.get("documents", [told])
        return {
            name_of(report["document"]): frozenset(
                (link["text"], link["verdict"]) for link in report["links"] if link["fails"]
            )
            for report in reports
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no report: write one with --format json -o {path}") from None


# repairs


def fixed(path: str, report: Report) -> int:
    """Make the suggestions that are unique in their files; how many there were."""
    by_file: dict[str, list[Edit]] = {}
    for link in report.links:
        if link.verdict in FAILS and len(link.edits) == 1 and report.fails(link):
            by_file.setdefault(link.file or path, []).append(link.edits[0])
    for name, edits in by_file.items():
        if name == "-":
            raise UsageError("--fix changes files, not standard input")
        with open(name, encoding="utf-8", newline="") as file:
            text = file.read()
        bare = text.removeprefix("\ufeff")
        new = text[: len(text) - len(bare)] + replaced(bare, edits)
        with open(name, "w", encoding="utf-8", newline="") as file:
            file.write(new)
        complain(f"{name}: {len(edits)} {'change' if len(edits) == 1 else 'changes'} made")
    return sum(map(len, by_file.values()))
