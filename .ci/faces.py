"""Every face of an installed matdiff, tried once: run by the Python it is installed for, away from its checkout."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import threading
import urllib.request
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import matdiff as md
from matdiff.web.server import Server

MATDIFF = str(Path(sys.executable).with_name("matdiff"))
DATA = "X: matrix(n, d); w: vector(d); y: vector(n)"
NOTES = "With $R = AX - B$ we have $d\\|R\\|_F^2 = 2\\operatorname{tr}(R^\\top A\\,dX)$.\n"


def said(*arguments: str, told: str = "") -> str:
    done = subprocess.run([MATDIFF, *arguments], input=told, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands() -> None:
    assert said("--version").split() == ["matdiff", version("matdiff")]
    assert said("derive", "norm2(X*w - y)^2", "--wrt", "w", "--only", "gradient") == "2*X'*(X*w - y)\n"
    assert said("equal", "tr(A*B)", "tr(B*A)") == "proved\n"
    assert "1 wrong" not in said("check", "-", told=NOTES)
    assert "derive" in said("--print-completion", "bash")
    assert "A: matrix" in said("model", "-", told=NOTES)
    model = f"{DATA}\nloss = norm2(X*w - y)^2\n"
    module = Path("train.py")
    module.write_text(said("generate", "-", "--wrt", "w", told=model), encoding="utf-8")
    assert "loss_and_gradients" in runpy.run_path(str(module))


def page() -> None:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked = urllib.request.Request(
            f"{server.url}api/derive", b'{"source": "tr(A*X)", "wrt": "X"}', {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as reply:
            assert json.load(reply)["gradients"][0]["math"] == "A'"
        with urllib.request.urlopen(server.url, timeout=60) as reply:
            assert b"<title>matdiff" in reply.read()
        server.shutdown()


def asked_of(command: str, text: str) -> str:
    """The first answer of a server on standard input."""
    process = subprocess.Popen([MATDIFF, command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    process.stdin.write(text)
    process.stdin.flush()
    line = process.stdout.readline()
    if line.startswith("Content-Length"):
        while process.stdout.readline().strip():
            pass
        line = process.stdout.read(int(line.split(":")[1]))
    process.kill()
    process.communicate()
    return line


def editor() -> None:
    told = {"capabilities": {}, "processId": None, "rootUri": None}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": told})
    assert "hoverProvider" in asked_of("lsp", f"Content-Length: {len(body)}\r\n\r\n{body}")


def assistant() -> None:
    told = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "faces", "version": "1"}}
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": told})
    assert '"serverInfo"' in asked_of("mcp", asked + "\n")


def notebook() -> None:
    book = nbformat.v4.new_notebook()
    cells = ("%load_ext matdiff", f"%%derive --wrt w\n{DATA}\nnorm2(X*w - y)^2")
    book.cells = [nbformat.v4.new_code_cell(text) for text in cells]
    NotebookClient(book, timeout=60, kernel_name="python3").execute()
    assert "<math" in book.cells[1].outputs[0]["data"]["text/html"]


def library() -> None:
    assert Path(md.__file__).is_relative_to(Path(sys.prefix))
    assert str(md.gradient("logdet(X'*X)", "X")) == "2*X*inv(X'*X)"


for face in (library, commands, page, editor, assistant, notebook):
    face()
    print(f"{face.__name__}: well")
