"""The language server, asked by a client over pipes as an editor asks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the extra lsp is not installed")
from lsprotocol import types
from pygls.lsp.client import LanguageClient

DOCUMENT = """# Least squares 𝔼

```matdiff
X: matrix(n, d); w: vector(d)
y: vector(n)
f = norm2(X*w - y)^2
```

𝔼 $\\nabla_w f = X^\\top (X w - y)$ and $\\nabla_w f = 2 X^\\top (X w - y)$.
"""
CODE = """import numpy as np
X, y, w = np.random.randn(9, 3), np.random.randn(9), np.zeros(3)
loss = np.sum((X @ w - y)**2)
grad_w = X.T @ (X @ w - y)
"""
CELLS = [
    "```matdiff\nX: matrix(n, d); w: vector(d)\n```",
    "Then $\\|X w\\|^2 = w^\\top X^\\top X w$\n\nand $X w = w X$.",
]


class Client(LanguageClient):
    """Keeps what is published of each file."""

    def __init__(self) -> None:
        super().__init__("test", "1")
        self.found: dict[str, list[types.Diagnostic]] = {}
        self.news = asyncio.Event()

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def shown(told: types.ShowMessageParams) -> None:
            raise AssertionError(told.message)

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(told: types.PublishDiagnosticsParams) -> None:
            self.found[told.uri] = list(told.diagnostics)
            self.news.set()

    async def when(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(120):
            while not true():
                await self.news.wait()
                self.news.clear()

    def opens(self, uri: str, language: str, text: str) -> None:
        self.found.pop(uri, None)
        self.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, text)))


def with_client(test: Callable[[Client], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        async def talk() -> None:
            client = Client()
            await client.start_io(sys.executable, "-m", "matdiff", "lsp")
            told = types.InitializeParams(types.ClientCapabilities(), process_id=None, root_uri=None)
            await client.initialize_async(told)
            client.initialized(types.InitializedParams())
            try:
                await test(client)
            finally:
                await client.shutdown_async(None)
                client.exit(None)
                await client.stop()

        asyncio.run(talk())

    del run.__wrapped__  # pytest would ask for a fixture called client
    return run


@pytest.mark.slow
@with_client
async def test_an_editor_is_served(client: Client) -> None:
    uri = "file:///notes.md"
    client.opens(uri, "markdown", DOCUMENT)
    await client.when(lambda: uri in client.found)
    (wrong,) = client.found[uri]
    assert wrong.severity is types.DiagnosticSeverity.Error and "factor 2" in wrong.message
    line = DOCUMENT.split("\n")[8]
    start = len(line[: line.index("X^")].encode("utf-16-le")) // 2  # 𝔼 counts twice
    assert (wrong.range.start.line, wrong.range.start.character) == (8, start)

    # the change that mends it
    here = types.CodeActionParams(
        types.TextDocumentIdentifier(uri), wrong.range, types.CodeActionContext(diagnostics=[wrong])
    )
    (action,) = await client.text_document_code_action_async(here) or []
    assert isinstance(action, types.CodeAction) and action.edit is not None and action.edit.changes is not None
    (edit,) = action.edit.changes[uri]
    mended = line.encode("utf-16-le")
    at, end = 2 * edit.range.start.character, 2 * edit.range.end.character
    mended_line = (mended[:at] + edit.new_text.encode("utf-16-le") + mended[end:]).decode("utf-16-le")
    assert mended_line.startswith("𝔼 $\\nabla_w f = 2 X^\\top (X w - y)$")

    # a name under the pointer
    where = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(8, start))
    told = await client.text_document_hover_async(where)
    assert told is not None and isinstance(told.contents, types.MarkupContent)
    assert "X: matrix(n, d)" in told.contents.value and "factor 2" in told.contents.value
    assert "`∇_X f = 2*(X*w - y)*w'`" in told.contents.value

    # typing: what is mended is found, and so is a model that cannot be read
    change = types.TextDocumentContentChangePartial(range=edit.range, text=edit.new_text)
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, uri), [change])
    )
    await client.when(lambda: not client.found[uri])
    whole = types.TextDocumentContentChangeWholeDocument(DOCUMENT.replace("vector(d)", "vector(d"))
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(3, uri), [whole])
    )
    await client.when(lambda: bool(client.found[uri]))
    assert client.found[uri][0].range.start.line == 3

    # code, with gradients and without
    for name, text, count in (("a.py", CODE, 1), ("b.py", "print('hello')\n", 0), ("c.py", "def (", 0)):
        client.opens(f"file:///{name}", "python", text)
        await client.when(lambda name=name: f"file:///{name}" in client.found)  # type: ignore[misc]
        assert len(client.found[f"file:///{name}"]) == count

    # the cells of a notebook are one document
    cells = [types.NotebookCell(types.NotebookCellKind.Markup, f"cell:///{i}") for i in range(2)]
    texts = [types.TextDocumentItem(f"cell:///{i}", "markdown", 1, text) for i, text in enumerate(CELLS)]
    book = types.NotebookDocument("file:///tour.ipynb", "jupyter-notebook", 1, cells)
    client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(book, texts))
    await client.when(lambda: "cell:///1" in client.found)
    (wrong,) = client.found["cell:///1"]
    assert (client.found["cell:///0"], wrong.range.start.line, wrong.code) == ([], 2, "ill-formed")

    # what is closed is forgotten
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await client.when(lambda: not client.found[uri])
