"""The page: what it asks is answered, only this machine's own page may ask, and a browser shows the answer."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, browser

from matdiff.web import server as serving
from matdiff.web.server import Server
from matdiff.web.session import QUESTIONS, answer

EXAMPLES = answer("examples", {})["examples"]
WRONG = {"Least squares, with a slip": "2", "NumPy: a backward pass with a slip": "2"}
"""The examples that show a slip, and what is to be written there."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def sent(server: Server, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    told = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body), told)
    reply = connection.getresponse()
    raw = reply.read()
    connection.close()
    return reply.status, reply.headers, json.loads(raw) if reply.headers["Content-Type"].startswith("app") else raw


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_an_example_is_answered(example: dict[str, Any]) -> None:
    told = example["fields"]
    if example["tab"] == "derive":
        found = answer("derive", told)
        assert "error" not in found and not found["warnings"]
        assert found["gradients"] and "import numpy as np" in found["code"] and "<math" in found["html"]
    elif example["tab"] == "check":
        found = answer("check", {"document": told["document"], "script": told["language"] == "py"})
        wrong, *_ = [link for link in found["links"] if link["verdict"] == "wrong"]
        assert WRONG[example["title"]] in wrong["suggestion"]
    else:
        found = answer("generate", {"source": told["model"], "wrt": told["parameters"], "style": told["style"]})
        compile(found["code"], "module", "exec")


@pytest.mark.parametrize(
    ("question", "told", "words"),
    [
        ("derive", {"source": "A*(B"}, "not closed"),
        ("derive", {"source": "x", "wrt": "q"}, "q"),
        ("derive", {"source": ["x"]}, "source is a text"),
        ("derive", {}, "empty"),
        ("derive", "x", "names and values"),
        ("check", {"document": "nothing", "path": 3}, "path is a text"),
        ("generate", {"source": "x'*x", "wrt": "x", "target": "cobol"}, "cobol"),
        ("exec", {}, "a question is one of"),
    ],
)
def test_what_is_wrong_is_said(question: str, told: Any, words: str) -> None:
    found = answer(question, told)
    assert words in found["error"]["text"]
    assert all(place["end"] >= place["start"] for place in found["error"]["places"])


def test_no_file_of_the_machine_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("$\\operatorname{tr}(A) = 1$")
    for path in ("paper.tex", str(tmp_path / "paper.tex")):
        found = answer("check", {"document": rf"\input{{secret}} \input{{{secret}}} $1 + 1 = 2$", "path": path})
        assert [link["verdict"] for link in found["links"]] == ["proved"]


def test_warnings_go_to_who_asked() -> None:
    told = {"source": "sum(log(-exp(x)))", "wrt": "x"}
    found: dict[int, Any] = {}

    def ask(k: int) -> None:
        found[k] = answer("derive", told if k % 2 else {"source": "x'*x"})

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [bool(found[k].get("warnings")) for k in range(4)] == [False, True, False, True]


def test_a_kind_that_is_changed_changes_the_answer() -> None:
    found = answer("derive", {"source": "x'*A*x", "wrt": "x"})
    assert {v["name"]: (v["kind"], v["told"]) for v in found["variables"]}["A"] == ("matrix", "letter")
    again = answer("derive", {"source": "x'*A*x", "wrt": "x", "where": "A: symmetric(n)"})
    assert again["gradients"][0]["math"] == "2*A*x"


def test_latex_is_noticed() -> None:
    found = answer("derive", {"source": r"\frac12 \|Xw - y\|_2^2", "wrt": "w"})
    assert found["gradients"][0]["math"] == "X'*(X*w - y)"


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css", "/engine.js", "/icon.svg"])
def test_the_files_of_the_page(server: Server, path: str) -> None:
    status, headers, body = sent(server, "GET", path)
    assert status == 200 and body and "default-src 'self'" in headers["Content-Security-Policy"]
    assert b"http://" not in body.replace(b"http://www.w3.org/2000/svg", b"") and b"https://" not in body


@pytest.mark.parametrize("path", ["/../server.py", "/page/../../cli.py", "/%2e%2e/server.py", "/examples.json"])
def test_no_other_file_is_given(server: Server, path: str) -> None:
    assert sent(server, "GET", path)[0] == 404


def test_a_question_is_answered_over_http(server: Server) -> None:
    status, _, found = sent(server, "POST", "/api/derive", {"source": "tr(A*X)", "wrt": "X"})
    assert status == 200 and found["gradients"][0]["math"] == "A'"
    status, _, found = sent(server, "POST", "/api/none", {})
    assert status == 200 and all(name in found["error"]["message"] for name in QUESTIONS)


@pytest.mark.parametrize(
    ("status", "path", "body", "headers"),
    [
        (403, "/api/derive", {}, {"Host": "example.org"}),
        (403, "/api/derive", {}, {"Origin": "http://example.org"}),
        (403, "/api/derive", {}, {"Origin": "null"}),
        (400, "/api/derive", {}, {"Content_Type": "text/plain"}),
        (400, "/derive", {}, {}),
        (400, "/api/derive", b"{", {}),
        (400, "/api/derive", b"\xff\xfe", {}),
        (400, "/api/derive", b"[" * 100_000, {}),
        (413, "/api/derive", b"", {"Content_Length": "400001"}),
        (413, "/api/derive", b"", {"Content_Length": "-1"}),
        (411, "/api/derive", b"", {"Content_Length": "many"}),
    ],
)
def test_what_is_not_meant_is_refused(
    server: Server, status: int, path: str, body: Any, headers: dict[str, str]
) -> None:
    found = sent(server, "POST", path, body, **headers)
    assert found[0] == status and found[2]["error"]["message"]


def test_only_the_loopback_address_is_bound(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


SLOW = {"source": " + ".join(f"logdet(A{i}*inv(B{i})*A{i}' + C{i})" for i in range(1500))}


def test_a_question_has_a_longest_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "seconds", 0.02)
    _, _, found = sent(server, "POST", "/api/derive", SLOW)
    assert "no answer within 0.02 seconds" in found["error"]["message"]


def test_the_next_question_stops_the_one_before(server: Server) -> None:
    stopped: list[Any] = []
    first = threading.Thread(target=lambda: stopped.append(sent(server, "POST", "/api/derive", SLOW | {"page": "a"})))
    first.start()
    while "a" not in server.asked:
        time.sleep(0.01)
    time.sleep(0.2)
    assert sent(server, "POST", "/api/derive", {"source": "x'*x", "page": "a"})[2]["gradients"]
    first.join(timeout=60)
    assert not first.is_alive() and stopped[0][2]["error"]["kind"] == "TimeLimitError"


def test_pages_are_forgotten(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PAGES", 3)
    for number in range(9):
        server.turn(f"page {number}")
    assert len(server.asked) == 3


@pytest.mark.slow
def test_a_browser_shows_it(server: Server, tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with browser(tmp_path) as tab:
        for width, dark in ((1280, False), (390, True)):
            tab.open(server.url, width, dark=dark)
            assert "tr" not in tab.wait("document.querySelector('.formula')?.textContent")
            assert tab.value("document.getElementById('derivation').textContent").count("product rule")
            assert tab.value("document.documentElement.scrollWidth") <= width
        tab.type("source", "X*w")
        tab.wait("document.querySelector('.shape')?.textContent.startsWith('D by w')")  # the Jacobian of a vector
        tab.type("source", "tr(A*(B")
        assert "not closed" in tab.wait("document.getElementById('derive-error').textContent")
        tab.open(f"{server.url}{tab.value('location.hash')}")  # what is typed is in the address
        assert "not closed" in tab.wait("document.getElementById('derive-error').textContent")
        tab.open(f"{server.url}#check:")
        tab.wait("document.querySelectorAll('#links li.wrong').length")
        tab.value("document.querySelector('#links li.wrong button').click()")
        tab.wait("document.querySelectorAll('#links li').length && !document.querySelector('#links li.wrong')")
        tab.open(f"{server.url}#code:")
        tab.wait("document.getElementById('module').textContent.includes('def loss_and_gradients')")
        assert tab.met == []
