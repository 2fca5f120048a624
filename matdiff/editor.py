"""``matdiff lsp``: findings in an editor as one types, by the Language Server Protocol over standard input and output.

Documents are checked in Markdown, TeX, reStructuredText and notebooks, gradients in Python. What is wrong is marked at
its place, with the change that mends it where there is one; a name under the pointer tells its kind and size, and
the gradient by it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from textwrap import dedent
from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from matdiff.api import derive
from matdiff.checking import Report, check, check_code
from matdiff.checking.findings import FAILS, Link, Span
from matdiff.checking.rendering.formats import span_of
from matdiff.errors import MatdiffError, Place, TimeLimitError, heard
from matdiff.timelimit import Stop, within
from matdiff.version import __version__

PAUSE = 0.3
"""Seconds without a key before a document is checked."""
SECONDS = 30.0
"""What a check may take."""
SECONDS_TO_DERIVE = 2.0

SEVERITY = {
    "wrong": types.DiagnosticSeverity.Error,
    "ill-formed": types.DiagnosticSeverity.Error,
    "unread": types.DiagnosticSeverity.Hint,
}

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="jupyter-notebook", cells=[types.NotebookCellLanguage(language="markdown")]
        )
    ]
)


@dataclass
class Text:
    """What is checked as one: a file, or the Markdown cells of a notebook, one below the other."""

    uris: list[str]
    """Of the file, or of each cell."""
    starts: list[int]
    """The line at which each begins, counted from 0."""
    lines: list[str]
    version: int | None = None

    def part(self, line: int) -> int:
        return max(number for number, start in enumerate(self.starts) if start <= line)


@dataclass
class Checked:
    """The last check of a text."""

    text: Text
    report: Report | None = None
    error: MatdiffError | None = None


@dataclass
class Work:
    """What goes on for one file: the last findings, and the check that runs."""

    turn: int = 0
    stop: Stop = field(default_factory=Stop)
    done: Checked | None = None


class Editor(LanguageServer):
    def __init__(self) -> None:
        super().__init__("matdiff", __version__, notebook_document_sync=NOTEBOOKS)
        self.work: dict[str, Work] = {}

    async def changed(self, name: str, read: Callable[[], Text], pause: float = PAUSE) -> None:
        """Check a text, after a pause and if nothing has come since; a check that still runs is stopped."""
        work = self.work.setdefault(name, Work())
        work.turn += 1
        turn = work.turn
        work.stop()
        await asyncio.sleep(pause)
        if turn != work.turn:
            return
        text, work.stop = read(), Stop()
        if work.done is None or work.done.text.lines != text.lines:
            done = await asyncio.get_running_loop().run_in_executor(None, examined, name, text, work.stop)
            if turn != work.turn:
                return
            work.done = done
        work.done.text = text
        self.publish(work.done)

    def publish(self, done: Checked) -> None:
        text = done.text
        for number, uri in enumerate(text.uris):
            found = [diagnostic for place, diagnostic in diagnostics(done) if text.part(place.start.line) == number]
            for diagnostic in found:
                diagnostic.range = self.outside(text, number, diagnostic.range)
            version = text.version if len(text.uris) == 1 else None
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def outside(self, text: Text, number: int, inside: types.Range) -> types.Range:
        """A place of the whole text as one of its part, in the units of the client."""
        whole = self.workspace.position_codec.range_to_client_units(text.lines, inside)
        start = text.starts[number]
        return types.Range(
            types.Position(whole.start.line - start, whole.start.character),
            types.Position(whole.end.line - start, whole.end.character),
        )

    def found_at(self, uri: str) -> tuple[Checked, int] | None:
        """The last check of what has this file or cell in it, and which of its parts that is."""
        for work in self.work.values():
            if work.done is not None and uri in work.done.text.uris:
                return work.done, work.done.text.uris.index(uri)
        return None


def examined(name: str, text: Text, stop: Stop) -> Checked:
    """Check a text; of code only where gradients are found in it, for most code has none."""
    source = "\n".join(text.lines)
    path = PurePosixPath(unquote(urlsplit(name).path))
    code = path.suffix == ".py"

    def report() -> Report:
        if code:
            found: Report = check_code(source)
            return found
        return check(source, path="" if path.suffix == ".ipynb" else str(path))

    with heard():
        try:
            return Checked(text, within(SECONDS, report, stop))
        except TimeLimitError:
            return Checked(text)
        except MatdiffError as error:
            return Checked(text, error=None if code else error)


def diagnostics(done: Checked) -> Iterator[tuple[types.Range, types.Diagnostic]]:
    if done.error is not None:
        place = range_of_place(done.error.places[0]) if done.error.places else line_range(0)
        yield place, types.Diagnostic(place, done.error.reason, types.DiagnosticSeverity.Error, source="matdiff")
    if (report := done.report) is None:
        return
    for link in report.links:
        if link.verdict in SEVERITY and not link.file:
            place = range_of(span_of(report, link))
            words = "\n".join(part for part in (f"{link.verdict}: {link.text}", link.detail, link.suggestion) if part)
            yield place, types.Diagnostic(place, words, SEVERITY[link.verdict], link.verdict, source="matdiff")


def range_of(span: Span) -> types.Range:
    return types.Range(
        types.Position(span.line - 1, span.column - 1), types.Position(span.end_line - 1, span.end_column - 1)
    )


def range_of_place(place: Place) -> types.Range:
    end = Place(place.source, place.end, place.end)
    return range_of(Span(place.line, place.column, end.line, end.column))


def line_range(line: int) -> types.Range:
    return types.Range(types.Position(line, 0), types.Position(line + 1, 0))


def meets(one: types.Range, other: types.Range) -> bool:
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(place: types.Position) -> tuple[int, int]:
    return place.line, place.character


# what the client asks

server = Editor()


def forget(editor: Editor, name: str) -> None:
    work = editor.work.pop(name, None)
    if work is not None:
        work.turn += 1
        work.stop()
        for uri in work.done.text.uris if work.done is not None else ():
            editor.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def of_file(editor: Editor, uri: str) -> Text:
    document = editor.workspace.get_text_document(uri)
    return Text([uri], [0], document.source.split("\n"), document.version)


def of_notebook(editor: Editor, uri: str) -> Text:
    """The Markdown cells of a notebook, an empty line between them."""
    notebook = editor.workspace.get_notebook_document(notebook_uri=uri)
    found = Text([], [], [])
    for cell in notebook.cells if notebook is not None else ():
        if cell.kind == types.NotebookCellKind.Markup:
            found.uris.append(cell.document)
            found.starts.append(len(found.lines))
            found.lines += [*editor.workspace.get_text_document(cell.document).source.split("\n"), ""]
    return found


def watch(kind: str, read: Callable[[Editor, str], Text], opened: str, typed: str, closed: str) -> None:
    """Check files, or notebooks, as they are opened and typed in, until they are closed."""

    def name_in(told: Any) -> str:
        name: str = getattr(told, kind).uri
        return name

    async def at_once(editor: Editor, told: Any) -> None:
        await editor.changed(name_in(told), lambda: read(editor, name_in(told)), 0)

    async def after_a_pause(editor: Editor, told: Any) -> None:
        await editor.changed(name_in(told), lambda: read(editor, name_in(told)))

    def at_last(editor: Editor, told: Any) -> None:
        forget(editor, name_in(told))

    server.feature(opened)(at_once)
    server.feature(typed)(after_a_pause)
    server.feature(closed)(at_last)


watch(
    "text_document",
    of_file,
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
)
watch(
    "notebook_document",
    of_notebook,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
def repairs(editor: Editor, told: types.CodeActionParams) -> list[types.CodeAction]:
    """The changes of links that stand where the pointer is."""
    found = editor.found_at(told.text_document.uri)
    if found is None or found[0].report is None:
        return []
    done, number = found
    actions = []
    for link, span in links_of(found[0].report):
        place = editor.outside(done.text, number, range_of(span))
        if done.text.part(span.line - 1) == number and meets(place, told.range):
            for edit in link.edits:
                change = types.TextEdit(editor.outside(done.text, number, range_of(edit.span)), edit.text)
                actions.append(
                    types.CodeAction(
                        edit.words or f"write {edit.text}",
                        types.CodeActionKind.QuickFix,
                        edit=types.WorkspaceEdit({told.text_document.uri: [change]}),
                        is_preferred=len(link.edits) == 1,
                    )
                )
    return actions


def links_of(report: Report) -> Iterator[tuple[Link, Span]]:
    """The links that fail in the file itself, each with its place."""
    return ((link, span_of(report, link)) for link in report.links if link.verdict in FAILS and not link.file)


@server.feature(types.TEXT_DOCUMENT_HOVER)
async def told_of(editor: Editor, told: types.HoverParams) -> types.Hover | None:
    """What is known of the name under the pointer, and what was found of the link that it stands in."""
    found = editor.found_at(told.text_document.uri)
    if found is None or (report := found[0].report) is None:
        return None
    done, number = found
    at = editor.workspace.position_codec.position_from_client_units(
        done.text.lines, types.Position(told.position.line + done.text.starts[number], told.position.character)
    )
    here = types.Position(at.line, at.character)
    word = word_at(done.text.lines[here.line], here.character)
    said = [f"`{said}`" for said in declarations(report, word)]
    if said:
        said += await asyncio.get_running_loop().run_in_executor(None, gradient_told, report, name_of(word))
    for link in report.links:
        place = range_of(span_of(report, link))
        if link.verdict != "aside" and meets(place, types.Range(here, here)):
            said += ["\n\n".join(part for part in (f"**{link.verdict}**", link.detail, link.suggestion) if part)]
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(said))) if said else None


WORD = re.compile(r"\\?[^\W\d_]+(?:_\{?\w+\}?)?|\w+")


def word_at(line: str, column: int) -> str:
    return next((word[0] for word in WORD.finditer(line) if word.start() <= column < word.end()), "")


def name_of(word: str) -> str:
    return word.lstrip("\\").replace("{", "").replace("}", "")


def model_texts(report: Report) -> list[str]:
    """The models that a document has, and what was inferred of it."""
    return [*(report.text[block.start : block.end] for block in report.models), *(said for said, _ in report.inferred)]


def gradient_told(report: Report, name: str) -> list[str]:
    """The gradient by a name, of what its model computes; nothing where that is no number, or takes long."""
    text = "\n".join(dedent(text) for text in model_texts(report))
    with heard() as doubts:
        try:
            found = within(SECONDS_TO_DERIVE, lambda: derive(text, name))
        except MatdiffError:
            return []
    if doubts or not found.objective.node.is_scalar:
        return []
    return [f"`∇_{name} {found.name} = {found.part('gradient')}`"]


def declarations(report: Report, word: str) -> Iterator[str]:
    """How a name is declared; its kind alone where no declaration says more."""
    name = name_of(word)
    kind = report.known.get(name)
    if kind is None:
        return
    said = [part.strip() for text in model_texts(report) for part in re.split("[;\n]", text)]
    declared = [
        part
        for part in said
        if name in (each.strip() for each in re.split("[:=]", part)[0].split(",")) and part != name
    ]
    yield declared[0] if declared else f"{name}: {kind}"


def main() -> None:
    """Serve an editor until it leaves."""
    server.start_io()
