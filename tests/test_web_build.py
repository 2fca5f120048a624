"""The page as files: all that it names is there, only what is meant is loaded, a browser answers as the server does."""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, browser

from matdiff.files import UsageError
from matdiff.web import build as building
from matdiff.web.build import LEFT_OUT, PYTHON, SHIM, SHIM_FILES, loaded, needed, package, page
from matdiff.web.session import reply

LOADED = ("python.wasm.gz", "python.zip", *(f"wasi/{name}.js" for name in SHIM_FILES))


NAMED = re.compile(r"""(?:href=|src=|from |import |new URL\(|(?:bytes|unpacked)\()["']([^"'#]+)""")


def named(folder: Path) -> Iterator[Path]:
    """The files that the pages and scripts of a folder name."""
    for path in folder.rglob("*.*"):
        if path.suffix in (".html", ".js"):
            yield from (path.parent / name for name in NAMED.findall(path.read_text(encoding="utf-8")))


def test_all_that_the_page_names_is_there(tmp_path: Path) -> None:
    for name in LOADED:  # from the registries
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    page(tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in named(tmp_path)}
    assert {"page.js", "engine.js", "worker.js", "wasi.js", "wasi/index.js", "python.zip", "matdiff.zip"} <= found
    assert [name for name in found if not (tmp_path / name).is_file()] == []
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "default-src 'self'" in text and "http" not in text.replace("http-equiv", "")


OTHER_FACES = {"mcp", "pydantic", "pygls", "lsprotocol", "asyncio", "shtab"}


IMPORTED = re.compile(rb"^ *(?:from ([\w.]+) import |import ([\w.]+)$)", re.MULTILINE)
HELD = {"matdiff/grammar/math.lark", "matdiff/web/page/examples.json", "matdiff/texts/training.txt"}


def test_what_matdiff_imports_comes_with_it() -> None:
    files = dict(package())
    assert files.keys() >= HELD
    tops = {name.split("/")[0] for name in files} | OTHER_FACES
    for name in (name for name in files if name.startswith("matdiff/") and name.endswith(".py")):
        for one, other in IMPORTED.findall(files[name]):
            parts = (one or other).decode().split(".")
            brought = parts[0] in sys.stdlib_module_names | {"numpy", "sympy", "mpmath"} and needed(parts)
            assert parts[0] in tops or brought, (name, parts)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("its checksum is another", "open('it.whl', 'w').write('something else')"),
        ("cannot be loaded: no such version", "raise SystemExit('no such version')"),
        ("came to nothing", ""),
    ],
)
def test_what_is_loaded_is_what_is_meant(words: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        loaded(PYTHON, lambda pinned, folder: [sys.executable, "-S", "-c", code], tmp_path / "held")


def test_a_client_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no-such-client is needed to load @bjorn3/browser_wasi_shim"):
        loaded(SHIM, lambda pinned, folder: ["no-such-client"], tmp_path / "held")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"):
        building.build(tmp_path / "file")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


ASKED = {
    "derive": {"source": "logdet(X'*A*X) + sum(gamma(x))", "wrt": "X, x"},
    "check": {"document": "$\\operatorname{tr}(AB) = \\operatorname{tr}(BA)$ and $d \\|x\\|^2 = x^\\top dx$"},
    "generate": {"source": "w: vector(n); X: matrix(m, n); y: vector(m); norm2(X*w - y)^2", "wrt": "w"},
}
ROUNDED = re.compile(r"\d[\d.]*e-\d+|largest relative error \w+")
"""What another library for linear algebra may round in another way."""


def plain(found: Any) -> str:
    """As text that tells no integer from a float, which JavaScript does not."""
    floats = json.loads(json.dumps(found), parse_int=float)
    return ROUNDED.sub("", json.dumps(floats, sort_keys=True))


@pytest.mark.slow
def test_a_browser_answers_as_the_server(tmp_path: Path) -> None:
    if CHROMIUM is None or shutil.which("npm") is None:
        pytest.skip("there is no Chromium, or no npm")
    building.build(tmp_path / "site")
    with zipfile.ZipFile(tmp_path / "site" / "python.zip") as library:
        assert LEFT_OUT.isdisjoint(name.split("/")[0] for name in library.namelist())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with browser(tmp_path / "browser") as tab:
            tab.open(f"http://127.0.0.1:{server.server_port}/")
            assert "tr" in tab.wait("document.querySelector('.formula')?.innerHTML", 240)
            for question, told in ASKED.items():
                found = tab.value(f"import('./engine.js').then(({{ask}}) => ask({question!r}, {told!r}))")
                there = json.loads(reply(json.dumps([question, told])))
                assert plain(found) == plain(there)
            assert tab.met == []
    finally:
        server.shutdown()
        server.server_close()
