"""What a document says of its names in its own words: one line a way of saying it."""

from __future__ import annotations

from pathlib import Path

import pytest

import matdiff as md
from matdiff.checking.inference import infer
from matdiff.cli import main
from matdiff.documents import read_document

SAID = [
    (r"$X \in \mathbb{R}^{n \times d}$", "X: matrix(n, d); d: dim; n: dim"),
    (r"$\mathbf{X} \in \mathbb R^{n\times d}$", "X: matrix(n, d); d: dim; n: dim"),
    (r"$x, \bm{y} \in \R^n$", "n: dim; x: vector(n); y: vector(n)"),
    (r"$\boldsymbol\beta\in\mathbb{R}^{p}$", "beta: vector(p); p: dim"),
    (r"$\theta \in \mathbb{R}$", "theta: scalar"),
    (r"$W_1 \in \mathbb{R}^{h \times 3}$", "W_1: matrix(h, 3); h: dim"),
    (r"$v \in \mathbb{R}^{n \times 1}$ $u \in \mathbb{R}^{1 \times n}$", "n: dim; u: row(n); v: vector(n)"),
    (r"$S \in \mathbb{S}_{++}^n$", "S: symmetric(n); n: dim"),
    (r"$y \in \{0, 1\}^n$", "n: dim; y: vector(n)"),
    (r"$A$ is an $m \times n$ matrix", "A: matrix(m, n); m: dim; n: dim"),
    (r"其中 $W$ 为 $p \times q$ 矩阵", "W: matrix(p, q); p: dim; q: dim"),
    (r"$\sum_{i=1}^{N} a$", "N: dim"),
    (r"$\lambda = 1$", "lambda: scalar"),
    (r"$\lambda_i = 1$, $\|\alpha\|$, $\boldsymbol{\eta}$, $\gamma^\top$, $\tau(x)$", ""),
    (r"$x_i \in \mathbb{R}^d$", "d: dim"),
    (r"$X \in \mathbb{R}^{2n \times d}$, $Y \in \Omega$", ""),
    (r"$x \in \mathbb{R}^n$ and $x \in \mathbb{R}^m$", "m: dim; n: dim"),
    (r"`$`$X` is code, \newcommand{\X}{X}", ""),
]


@pytest.mark.parametrize(("text", "told"), SAID)
def test_what_is_said(text: str, told: str) -> None:
    assert "; ".join(sorted(map(str, infer(read_document(text), ())))) == told


LET = "Let $X \\in \\mathbb{R}^{n \\times d}$, $y \\in \\mathbb{R}^n$ and $w \\in \\mathbb{R}^d$.\n\n"
CLAIMS = [
    (r"$L(w) = \|Xw - y\|^2 + \lambda \|w\|^2$ and $\nabla_w L = 2 X^\top (Xw - y) + 2 \lambda w$", "proved proved"),
    (r"$L(w) = \|Xw - y\|^2$ and $\nabla_w L = X^\top (Xw - y)$", "proved wrong"),
    (r"$L(w) = \frac{1}{n} \|Xw - y\|^2$ and $\nabla_w L = \frac{2}{n} X^\top (Xw - y)$", "proved proved"),
    (r"$L(w) = \|Xw - y\|^2$ and $\nabla_w L = 2 X (Xw - y)$", "proved ill-formed"),
    (r"$L(w) = \sum_{i=1}^n (x_i^\top w - y_i)^2$, $\nabla_w L = 2 X^\top (X w - y)$", "proved proved"),
]


@pytest.mark.parametrize(("text", "verdicts"), CLAIMS)
def test_documents_without_a_block(text: str, verdicts: str) -> None:
    report = md.check(LET + text)
    assert " ".join(link.verdict for link in report.links) == verdicts
    assert ("X: matrix(n, d)", 1) in report.inferred
    assert "taken from the text: X: matrix(n, d) (line 1)" in report.render("text")


def test_a_block_wins() -> None:
    report = md.check("```matdiff\nX: symmetric(d); w: vector(d)\nf = w'*X*w\n```\n" + LET + "$\\nabla_w f = 2 X w$")
    assert report.ok and not {"X", "w"} & {told.partition(":")[0] for told, _ in report.inferred}


def test_what_does_not_fit_the_blocks_is_left_out() -> None:
    text = "```matdiff\nn: scalar; x: vector(3); f = n*x'*x\n```\n$\\nabla_x f = 2 n x$, $u \\in \\mathbb{R}^n$"
    assert md.check(text).ok


def test_the_model_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.md"
    path.write_text(LET + "```matdiff\nf = norm2(X*w - y)^2\n```\n$\\nabla_w f = 2 X^\\top (Xw - y)$", encoding="utf-8")
    assert main(["model", str(path)]) == 0
    block = capsys.readouterr().out
    assert block.startswith("```matdiff\nX: matrix(n, d)  # line 1\n") and "f = norm2" in block
    assert md.check(block + "\n$\\nabla_w f = 2 X^\\top (Xw - y)$").ok
