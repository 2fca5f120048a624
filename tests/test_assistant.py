"""The tools for assistants, asked by the client of the protocol's own SDK."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

import matdiff as md

mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")

MODEL = "```matdiff\nA: matrix(m, n); x: vector(n); b: vector(m)\nf = norm2(A*x - b)^2\n```\n\n"
SLIP = MODEL + r"$\nabla_x f = A^\top (Ax - b)$"
CODE = "loss = np.sum((X @ w - y)**2); grad_w = X.T @ (X @ w - y)"
WHERE = "X: matrix(n, d); w: vector(d); y: vector(n)"


def asked(*calls: tuple[str, dict[str, Any]], server: Any = None) -> list[Any]:
    """The results of calls of tools, and before them the tools there are."""
    from matdiff.assistant import server as made

    async def talk() -> list[Any]:
        async with mcp.Client(server or made()) as client:
            tools = await client.list_tools()
            return [tools.tools, *[await client.call_tool(name, arguments) for name, arguments in calls]]

    return asyncio.run(talk())


def data(result: Any) -> Any:
    assert not result.is_error, result
    return result.structured_content


def test_each_tool_says_what_it_takes_and_gives() -> None:
    (tools,) = asked()
    assert {tool.name for tool in tools} == {"derive", "check", "check_code", "equal", "generate"}
    for tool in tools:
        assert tool.description and tool.output_schema
        assert all(part.get("description") for part in tool.input_schema["properties"].values())


def test_answers_are_data() -> None:
    _, derived, several, checked, code, equal, refuted, generated = asked(
        ("derive", {"source": "tr(A*X*B)", "wrt": ["X"]}),
        ("derive", {"source": r"\|Xw - y\|_2^2", "where": WHERE, "notation": "latex"}),
        ("check", {"document": SLIP}),
        ("check_code", {"source": CODE, "loss": "loss", "grads": {"w": "grad_w"}, "where": WHERE}),
        ("equal", {"one": "tr(A*B)", "other": "tr(B*A)"}),
        ("equal", {"one": "A*B", "other": "B*A", "where": "A, B: matrix(n, n)"}),
        ("generate", {"model": "loss = norm2(A*x - y)^2", "wrt": ["x"]}),
    )
    found = data(derived)
    assert found["gradient"] == {"X": "A'*B'"} and found["latex"] == {"X": "A^{\\top} B^{\\top}"}
    assert [step["after"] for step in found["steps"]] == ["tr(A*dX*B)", "tr(B*A*dX)"]
    assert found["checked"].startswith("agrees with central differences") and found["warnings"] == []
    assert set(data(several)["gradient"]) == {"X", "w", "y"}
    assert not data(checked)["ok"] and "wrong" in {link["verdict"] for link in data(checked)["links"]}
    assert "factor 2" in data(code)["links"][0]["suggestion"]
    assert data(equal)["how"] == "proved" and not data(refuted)["holds"]
    assert "def loss_and_gradients" in data(generated)["result"]


def test_errors_are_told_in_their_words() -> None:
    _, parsed, declared, argued = asked(
        ("derive", {"source": "tr(A*X"}),
        ("derive", {"source": "tr(A*X)", "wrt": ["Z"]}),
        ("equal", {"one": "x"}),
    )
    assert parsed.is_error and "ParseError" in parsed.content[0].text and "^" in parsed.content[0].text
    assert declared.is_error and "Z does not occur" in declared.content[0].text
    assert argued.is_error


def test_a_long_question_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matdiff.assistant.SECONDS", 0.05)
    lines = ["A: matrix(n, n); X0: matrix(n, n)", *(f"X{k + 1} = A*X{k}*X{k}'*inv(X{k})" for k in range(60))]
    _, stopped = asked(("derive", {"source": "\n".join([*lines, "tr(X60)"]), "wrt": ["A"]}))
    assert stopped.is_error and "no answer within" in stopped.content[0].text


def test_the_command_speaks_the_protocol() -> None:
    command = mcp.StdioServerParameters(command=sys.executable, args=["-m", "matdiff", "mcp"])
    _, found = asked(("derive", {"source": "tr(A*X)", "wrt": ["X"]}), server=command)
    assert data(found)["gradient"] == {"X": str(md.gradient("tr(A*X)", "X"))}


def test_without_the_extra_the_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from matdiff.cli import main

    for name in [name for name in sys.modules if name.split(".")[0] == "mcp" or name == "matdiff.assistant"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp"]) == 2
    assert "pip install 'matdiff[mcp]'" in capsys.readouterr().err
