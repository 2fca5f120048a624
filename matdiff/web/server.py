"""``matdiff serve``: the page, on this machine only.

Only the loopback address is bound, and only requests that were meant for it are answered: another site that a browser
has open can neither ask nor read. Questions have a largest size and a longest time; the next one of a page stops the
one before.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Lock
from typing import Any

from matdiff.errors import TimeLimitError
from matdiff.files import UsageError
from matdiff.timelimit import Stop, within
from matdiff.version import __version__
from matdiff.web.session import answer, mistake

ADDRESS = "127.0.0.1"
SIZE = 400_000
"""Bytes that a question may have."""
SECONDS = 20.0
"""What a question may take."""
PATIENCE = 10.0
"""Seconds in which the whole question must have come."""
PAGES = 200
"""So many pages are remembered, each with the question that it asked last."""

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FILES = {"/": "index.html"} | {f"/{name}": name for name in ("page.css", "page.js", "engine.js", "icon.svg")}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Server(ThreadingHTTPServer):
    """Serves the page at ``http://127.0.0.1:PORT/``; port 0 takes any that is free."""

    daemon_threads = True

    def __init__(self, port: int = 0, seconds: float = SECONDS) -> None:
        try:
            super().__init__((ADDRESS, port), Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(f"port {port} cannot be used: {error}") from None
        self.seconds = seconds
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}
        self.lock = Lock()
        self.asked: dict[str, Stop] = {}

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}/"

    def turn(self, page: str) -> Stop:
        """What stops the question that a page asks now; the one it asked before is stopped."""
        with self.lock:
            before = self.asked.pop(page, None)
            self.asked[page] = stop = Stop()
            while len(self.asked) > PAGES:
                self.asked.pop(next(iter(self.asked)))
        if before is not None:
            before()
        return stop


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = f"matdiff/{__version__}"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        if not self.meant():
            return
        name = FILES.get(self.path.partition("?")[0])
        if name is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "there is no such page")
        body = files("matdiff.web").joinpath(f"page/{name}").read_bytes()
        self.reply(HTTPStatus.OK, f"{TYPES[name.rpartition('.')[2]]}; charset=utf-8", body)

    def do_POST(self) -> None:
        if not self.meant():
            return
        question = self.path.removeprefix("/api/")
        if self.headers.get_content_type() != "application/json" or question == self.path:
            return self.refuse(HTTPStatus.BAD_REQUEST, "a question is JSON, posted to /api/")
        try:
            size = int(self.headers.get("Content-Length", ""))
        except ValueError:
            return self.refuse(HTTPStatus.LENGTH_REQUIRED, "the size of the question is not told")
        if not 0 <= size <= SIZE:
            return self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {SIZE:,} bytes")
        try:
            told = json.loads(self.rfile.read(size))
        except (ValueError, RecursionError):
            return self.refuse(HTTPStatus.BAD_REQUEST, "the question is no JSON")
        self.tell(HTTPStatus.OK, self.found(question, told))

    def found(self, question: str, told: Any) -> dict[str, Any]:
        page = told.get("page", "") if isinstance(told, dict) else ""
        stop = self.server.turn(page) if isinstance(page, str) and page else Stop()
        try:
            return within(self.server.seconds, lambda: answer(question, told), stop)
        except TimeLimitError as error:
            return {"error": mistake(error)}

    def meant(self) -> bool:
        """Whether this was sent to this server, by its own page or by no page."""
        origin = self.headers.get("Origin")
        if self.headers.get("Host") in self.server.hosts and (
            origin is None or origin.removeprefix("http://") in self.server.hosts
        ):
            return True
        self.refuse(HTTPStatus.FORBIDDEN, "only this machine's own page may ask")
        return False

    def refuse(self, status: HTTPStatus, words: str) -> None:
        self.close_connection = True  # what was sent with it is not read
        self.tell(status, {"error": {"kind": "", "message": words, "text": words, "places": []}})

    def tell(self, status: HTTPStatus, data: dict[str, Any]) -> None:
        self.reply(status, "application/json; charset=utf-8", json.dumps(data, ensure_ascii=False).encode())

    def reply(self, status: HTTPStatus, type: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in (HEADERS | {"Content-Type": type, "Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what people ask is theirs."""


def serve(port: int) -> None:
    """Serve until interrupted."""
    with Server(port) as server:
        print(f"matdiff is at {server.url} (Ctrl+C ends it)", flush=True)
        server.serve_forever()
