"""Where formulas stand in the files that people write, and where they do not: one line a way of setting math."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.checking.edits import replaced, smallest
from matdiff.checking.signs import equations
from matdiff.documents import Document, read_document
from matdiff.documents.macros import Macro, definitions, expanded
from matdiff.documents.traced import Traced


def found(text: str, format: str = "markdown") -> list[str]:
    """The formulas of a document that hold an equation, without spaces."""
    document = read_document(text, format)
    shown = ["".join(document.text[f.start : f.end].split()) for f in document.formulas]
    return [formula for formula in shown if "=" in formula]


MARKDOWN = {
    "dollars": [
        ("so $a=b$.", ["a=b"]),
        ("so $ a = b $ with spaces", ["a=b"]),
        ("so $a = b $ and $ c=d$", ["a=b", "c=d"]),
        ("$a\n= b$ over lines", ["a=b"]),
        ("$$a=b$$", ["a=b"]),
        ("in a line $$a=b$$ of text", ["a=b"]),
        ("text $$\na = b\n$$ text", ["a=b"]),
        ("$$\na\n\n= b\n$$", ["a=b"]),
        ("$\\text{where $x$} a=b$", ["\\text{where$x$}a=b"]),
        ("*emphasis $a_1=b$ and $c_1=d$*", ["a_1=b", "c_1=d"]),
        ("[a link $a=b$](http://x.y/)", ["a=b"]),
        ("![an image $a=b$](x.png)", []),
        ("it costs $5 and $6 = cheap", []),
        ("between $5 = five and $6, so $a=b$", ["a=b"]),
        ("\\$5 = five\\$ $a=b$", ["a=b"]),
        ("an unclosed $a=b", []),
        ("$a = b\n\n$ c", []),
    ],
    "backticks": [
        ("`$a=b$` as blogdown has it", ["a=b"]),
        ("`$$ a=b $$`", ["a=b"]),
        ("$`a=b`$ as GitHub has it", ["a=b"]),
        ("``$a=b$``", ["a=b"]),
        ("`x = $HOME` and `echo $a=b`", []),
        ("{math}`a=b` a role", ["a=b"]),
        (":math:`a=b`", ["a=b"]),
    ],
    "brackets": [
        (r"\(a=b\) and \[a=c\]", ["a=b", "a=c"]),
        (r"\\(a=b\\) and \\[a=c\\]", ["a=b", "a=c"]),
        ("\\\\[\na=b\n\\\\]", ["a=b"]),
        ("\\[\na\n= b\n\\]", ["a=b"]),
        (r"an escaped \[link = text\]", ["link=text"]),
    ],
    "environments": [
        ("\\begin{align}\na&=b\\\\\n&=c\n\\end{align}", [r"\begin{align}a&=b\\&=c\end{align}"]),
        ("text \\begin{equation*}a=b\\end{equation*}", [r"\begin{equation*}a=b\end{equation*}"]),
        ("\\begin{array}{rcl}a&=&b\\end{array}", [r"\begin{array}{rcl}a&=&b\end{array}"]),
    ],
    "lines that would begin something else": [
        ("$$\na\n=\nb\n$$", ["a=b"]),
        ("$$\na =\n- b\n+ c\n$$", ["a=-b+c"]),
        ("$$\na\n---\n= b\n$$", ["a---=b"]),
        ("$$\n> a = b\n$$", [">a=b"]),
        ("text $$\n1. a\n= b $$", ["1.a=b"]),
        ("- item\n\n  $$\n  a\n\n  = b\n  $$\n- item $c=d$", ["a=b", "c=d"]),
        ("> quoted $$\n> a\n> = b\n> $$", ["a=b"]),
        ("$$ a\n# heading $b=c$", ["b=c"]),
    ],
    "blocks": [
        ("```math\na=b\n```", ["a=b"]),
        ("```latex\na=b\n```", ["a=b"]),
        ("```{math}\n:label: eq\n\na=b\n```", ["a=b"]),
        ("```{math}\n---\nlabel: eq\n---\na=b\n```", ["a=b"]),
        (":::{math}\n:label: eq\na=b\n:::", ["a=b"]),
        ("$$a=b$$ {#eq-1}", ["a=b"]),
        ("$$a=b$$ (eq1)", ["a=b"]),
        ("```{note}\n$a=b$\n```", ["a=b"]),
        ("```{prf:proof}\n:label: p\n$a=b$\n```", ["a=b"]),
        (":::{note}\n$a=b$\n:::", ["a=b"]),
        ("::: {.callout-note}\n\n$a=b$\n\n:::", ["a=b"]),
        ("!!! note\n    $a=b$", ["a=b"]),
        ('??? tip "x"\n\n    $$a=b$$\n\nout $c=d$', ["a=b", "c=d"]),
        ("| a | b |\n|---|---|\n| $a=b$ | $a=b$ |", ["a=b", "a=b"]),
        ("[^1]\n\n[^1]: a note $a=b$", ["a=b"]),
        ("term\n: definition $a=b$", ["a=b"]),
        ("1) $a=b$\n2) $c=d$", ["a=b", "c=d"]),
        ("Title $a=b$\n===", ["a=b"]),
    ],
    "no math: code": [
        ("```python\n$a=b$\n```", []),
        ("```{r}\nx = $a=b$\n```", []),
        ("```{code-cell} ipython3\na=b\n```", []),
        ("    $a=b$ is indented", []),
        ("~~~\n$a=b$\n~~~", []),
        ("````\n```math\na=b\n```\n````", []),
        ("`a=$b$=c`", []),
        ("<pre>$a=b$</pre> <code>$a=c$</code>", []),
        ("<script>\nlet x = '$a=b$';\n\nlet y = '$a=b$';\n</script>", []),
        ("{% highlight python %}\n$a=b$\n{% endhighlight %}", []),
        ("{{< highlight go >}}\n$a=b$\n{{< /highlight >}}", []),
    ],
    "no math: comments, front matter, addresses, templates": [
        ("<!-- $a=b$ -->", []),
        ("<!--\n\n$a=b$\n\n-->\n$c=d$", ["c=d"]),
        ("---\ntitle: $a=b$\n---\n$c=d$", ["c=d"]),
        ("+++\ntitle = '$a=b$'\n+++\n$c=d$", ["c=d"]),
        ("https://x.y/?$a=b$ [l](u?$a=b$)", []),
        ('<a href="$a=b$">$c=d$</a>', ["c=d"]),
        ("[l]: http://x.y/$a=b$", []),
        ("{% raw %}\n$$a=b$$\n{% endraw %}", ["a=b"]),
        ("{{ x | $a=b$ }} $c=d$", ["c=d"]),
        ("{{< katex >}}\n$a=b$\n{{< /katex >}}", ["a=b"]),
        ("<div>\n$a=b$\n</div>", ["a=b"]),
        ("<details><summary>$a=b$</summary>\n\n$c=d$\n</details>", ["a=b", "c=d"]),
    ],
    "signs for others": [
        (r"$x\_1 = y\*z$", ["x_1=y*z"]),
        ("$a &lt; b &amp;= c$", ["a<b&=c"]),
        ("$a ＝ b$", ["a=b"]),
    ],
}


@pytest.mark.parametrize(("text", "formulas"), [line for lines in MARKDOWN.values() for line in lines])
@pytest.mark.parametrize("frame", ["{}", "before\n\n{}\n\nafter $m=n$"])
def test_markdown(text: str, formulas: list[str], frame: str) -> None:
    if text.startswith(("---", "+++")) or "unclosed" in text:
        frame = "{}"
    assert found(frame.replace("{}", text, 1)) == formulas + ["m=n"] * ("m=n" in frame)


TEX = [
    (r"$a=b$ $$a=c$$ \(a=d\) \[a=e\]", ["a=b", "a=c", "a=d", "a=e"]),
    ("% $a=b$\n$c=d$ % $e=f$", ["c=d"]),
    ("50\\% of $a=b$", ["a=b"]),
    ("$a % comment = \n= b$", ["a=b"]),
    ("\\begin{verbatim}\n$a=b$\n\\end{verbatim} $c=d$", ["c=d"]),
    ("\\begin{lstlisting}[language=C]\n$a=b$\n\\end{lstlisting}", []),
    (r"\verb|$a=b$| \verb+%+ $c=d$ \lstinline{$a=b$}", ["c=d"]),
    ("\\iffalse $a=b$ \\fi $c=d$", ["c=d"]),
    ("\\begin{align*}a&=b\\end{align*}", [r"\begin{align*}a&=b\end{align*}"]),
    ("\\newcommand{\\be}{\\begin{equation}}\\newcommand{\\ee}{\\end{equation}}\n\\be a=b \\ee", ["a=b"]),
    ("\\newcommand{\\v}[1]{\\mathbf{#1}}\n$\\v{a}=\\v b$", [r"\mathbf{a}=\mathbf{b}"]),
    ("\\def\\half#1{\\frac{#1}{2}}$a=\\half{b+c}$", [r"a=\frac{b+c}{2}"]),
    ("\\let\\g\\nabla $\\g f=b$", [r"\nablaf=b"]),
    ("\\DeclareMathOperator{\\Tr}{Tr}$a=\\Tr(b)$", [r"a=\operatorname{Tr}(b)"]),
    ("\\newcommand{\\p}[2][x]{#1^{#2}}$\\p{2}=\\p[y]{3}$", ["x^{2}=y^{3}"]),
    ("\\DeclarePairedDelimiter{\\n}{\\|}{\\|}$\\n{a}=b$", [r"\left\|a\right\|=b"]),
    ("\\begin{document}$a=b$\\end{document}\n$c=d$", ["a=b"]),
    ("\\$5 = x\\$ $a=b$", ["a=b"]),
    ("\\\\[2pt] $a=b$ \\\\(x) $c=d$", ["a=b", "c=d"]),
    ("\\url{http://x/$a=b$} $a=b$", ["a=b"]),
    ("\\label{a=b} \\begin{equation}\\label{eq:x=1}a=b\\end{equation}", [r"\begin{equation}a=b\end{equation}"]),
]


@pytest.mark.parametrize(("text", "formulas"), TEX)
def test_tex(text: str, formulas: list[str]) -> None:
    assert found(text, "tex") == formulas


RST = [
    (":math:`a=b` and `c=d`:math:", ["a=b", "c=d"]),
    (".. math:: a=b", ["a=b"]),
    (".. math::\n\n   a=b\n\n   c=d\\\\\n   =e\n\nout", ["a=b", "c=d\\\\=e"]),
    (".. math::\n   :label: x\n\n   a=b", ["a=b"]),
    ("``:math:`a=b```", []),
    ("so::\n\n   :math:`a=b`\n\n:math:`c=d`", ["c=d"]),
    (".. code-block:: python\n\n   :math:`a=b`", []),
    (".. note:: :math:`a=b`\n\n   and :math:`c=d`", ["c=d"]),
    (".. a comment\n   :math:`a=b`\n\n:math:`c=d`", ["c=d"]),
    ("over\nlines :math:`a\n=b`", ["a=b"]),
]


@pytest.mark.parametrize(("text", "formulas"), RST)
def test_rst(text: str, formulas: list[str]) -> None:
    assert found(text, "rst") == formulas


def notebook(*cells: tuple[str, str | list[str]]) -> str:
    return json.dumps(
        {"cells": [{"cell_type": kind, "metadata": {}, "source": text} for kind, text in cells]}, indent=1
    )


def test_notebooks() -> None:
    text = notebook(
        ("markdown", ["# Title\n", "$\\nabla f = \\frac{a}{b}$ é \ud83d\ude00 $x=y$"]),
        ("code", "$a=b$"),
        ("markdown", "$$\na\n= b\n$$"),
    )
    assert found(text, "notebook") == [r"\nablaf=\frac{a}{b}", "x=y", "a=b"]
    document = read_document(text, "notebook")
    for formula in document.formulas:
        start, end = document.span(formula.start, formula.end)
        assert json.loads(f'"{document.source[start:end]}"') == document.text[formula.start : formula.end]
    with pytest.raises(md.ParseError):
        read_document("{", "notebook")


# models, sections, marks

MODELS = [
    ("```matdiff\nx: vector(n)\n```", "markdown"),
    ("> ```matdiff\n> x: vector(n)\n> ```", "markdown"),
    ("```{code-block} matdiff\nx: vector(n)\n```", "markdown"),
    ("```{matdiff}\nx: vector(n)\n```", "markdown"),
    ("% matdiff: x: vector(n)", "tex"),
    ("% matdiff:\n%   x: vector(n)\n", "tex"),
    (".. code-block:: matdiff\n\n   x: vector(n)", "rst"),
]


@pytest.mark.parametrize(("text", "format"), MODELS)
def test_model_blocks(text: str, format: str) -> None:
    document = read_document(text, format)
    model = document.model(document.models)
    assert model.split() == ["x:", "vector(n)"]
    assert model.count("\n") == text.count("\n")


def test_a_block_holds_for_its_section_and_those_below() -> None:
    text = "$A=A$\n# One\n```matdiff\nA: matrix(n, n); f = tr(A)\n```\n## Below\n$\\nabla_A f = I$\n# Two\n"
    text += "```matdiff\nA: vector(n); f = A'*A\n```\n$\\nabla_A f = 2 A$ $\\nabla_A f = I$"
    assert [link.verdict for link in md.check(text).links] == ["proved", "proved", "proved", "ill-formed"]


MARKS = [
    ("<!-- matdiff: skip -->\n$1=2$ and $2=2$", "markdown", 1),
    ("<!-- matdiff: skip -->\n# One\n$1=2$\n## Below\n$2=3$\n# Two\n$2=2$", "markdown", 2),
    ("$2=2$\n\n<!-- matdiff: skip -->\n\n$$1=2$$", "markdown", 1),
    ("% matdiff: skip\n$1=2$ $2=2$", "tex", 1),
    ("% matdiff: skip\n\\section{One}\n$1=2$\n\\section{Two} $2=2$", "tex", 1),
    (".. matdiff: skip\n\n.. math:: 1=2\n\n:math:`2=2`", "rst", 1),
]


@pytest.mark.parametrize(("text", "format", "skipped"), MARKS)
def test_what_is_marked_is_not_checked(text: str, format: str, skipped: int) -> None:
    suffix = {"markdown": "md"}.get(format, format)
    report = md.checking.check(text, path=f"missing.{suffix}")
    assert report.ok and len(report.links) == 1
    assert report.skipped == skipped
    assert f"{skipped} skipped" in report.summary


def test_the_options_of_a_block_are_no_model() -> None:
    document = read_document("```matdiff\nlayout: numerator\nx: vector(n)\n```")
    (block,) = document.models
    assert block.options == {"layout": "numerator"}
    assert document.model(document.models).split() == ["x:", "vector(n)"]


# places


def placed(document: Document) -> bool:
    """Whether formulas stand in the source where they are said to."""
    spans = [(document.span(f.start, f.end), document.text[f.start : f.end]) for f in document.formulas]
    return all(document.source[a:b].replace("\\_", " _") == text for (a, b), text in spans)


PLACED = [text for lines in MARKDOWN.values() for text, _ in lines if "&" not in text and "＝" not in text]


@pytest.mark.parametrize("text", [text for text in PLACED if ">" not in text and "\\*" not in text])
def test_formulas_stand_where_they_are_said_to(text: str) -> None:
    assert placed(read_document(f"# é\n\n{text}"))


def test_places_in_files_that_are_taken_in(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "part.tex").write_text("Two\n$1 = 2$ \\input{main}", encoding="utf-8")
    (folder / "main.tex").write_text("One\n\\input{part}\n$3 = 4$ % \\input{other}\n", encoding="utf-8")
    report = md.checking.check((folder / "main.tex").read_text(encoding="utf-8"), path=str(folder / "main.tex"))
    assert [(Path(k.file).name, k.line, k.span.column) for k in report.links] == [("part.tex", 2, 6), ("", 3, 6)]


def test_what_a_macro_gives_stands_at_its_call() -> None:
    text = "$\\newcommand{\\m}[1]{\\mathbf{#1}}$ so $\\m{A} = 2 \\m{A}$"
    (link,) = md.check(text).links
    assert link.verdict == "wrong"
    assert text[link.span.column - 1 : link.span.end_column - 1] == "2 \\m{A}"


@given(
    st.lists(
        st.sampled_from(["$", "$$", "\\[", "\\]", "`", "```", "\n", "\n\n", "a=b", " ", "> ", "- ", "|", "<", "{"])
    )
)
@settings(max_examples=200)
def test_any_text_is_read(parts: list[str]) -> None:
    for format in ("markdown", "tex", "rst"):
        document = read_document("".join(parts), format)
        for formula in document.formulas:
            start, end = document.span(formula.start, formula.end)
            assert 0 <= start <= end <= len(document.source)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["$$" + "\\a" * 30_000 + "$$", "$x$ " * 5_000, "> " * 2_000 + "$a=b$", "\\begin{align}" * 4_000]
)
@pytest.mark.parametrize("format", ["markdown", "tex", "rst"])
def test_long_documents_are_read(text: str, format: str) -> None:
    read_document(text, format)


# macros


def test_macros_that_call_themselves_come_to_an_end() -> None:
    macros = {"\\x": Macro("\\x\\x"), "\\y": Macro("\\z"), "\\z": Macro("\\y")}
    for call in macros:
        assert expanded(Traced.whole(call), macros).text


def test_a_definition_inside_of_a_formula_is_no_part_of_it() -> None:
    document = read_document("$$\\newcommand{\\x}{x} \\x = \\x$$")
    (formula,) = document.formulas
    assert document.text[formula.start : formula.end].split() == ["x", "=", "x"]


@pytest.mark.parametrize("text", ["\\newcommand{\\x}", "\\def\\x", "\\newcommand{\\x}[1]{", "\\let\\x"])
def test_a_definition_that_is_cut_off_defines_nothing(text: str) -> None:
    assert list(definitions(text)) == []


# what must not be missing

EQUATIONS = [
    ("a = b = c", "latex", 2),
    (r"\sum_{i=1}^n x_i", "latex", 0),
    (r"f(x=1) \{a=b\}", "latex", 0),
    (r"a \equiv b \text{ if } c = d", "latex", 2),
    (r"\text{where } \mbox{a=b}", "latex", 0),
    (r"a \not= b \le c", "latex", 0),
    ("a = b  # = c\nd := e\n", "math", 2),
    ("a <= b", "math", 0),
]


@pytest.mark.parametrize(("text", "notation", "count"), EQUATIONS)
def test_equations_are_seen(text: str, notation: str, count: int) -> None:
    assert equations(text, notation) == count


@pytest.mark.parametrize("formula", [r"\undefined{x} = 1", r"= \frac{}{}", r"a \unknown b = c", r"\overbrace{a} = {"])
def test_an_equation_that_is_not_read_is_said(formula: str) -> None:
    report = md.check(f"$A = A$ and\n$${formula}$$")
    assert "unread" in report.counts
    assert "not read" in report.summary
    assert report.ok and not md.checking.check(f"$A = A$ $${formula}$$", strict=True).ok
    link = next(link for link in report.links if link.verdict == "unread")
    assert link.line == 2 and link.detail


# edits

TEXTS = st.lists(st.sampled_from(["a", "b", " ", "\\frac", "{", "}", "2", "34", "^\\top", "+", "\n", "(", "é"])).map(
    "".join
)


@given(TEXTS.filter(str.strip), TEXTS)
def test_the_smallest_edit_makes_the_new_text(old: str, new: str) -> None:
    edit = smallest(old, new)
    made = old if edit is None else old[: edit[0]] + edit[2] + old[edit[1] :]
    assert made.split("\\") == made.split("\\")
    assert "".join(made.split()) == "".join(new.split())


def test_edits_change_the_file() -> None:
    text = "```matdiff\nA: matrix(m, n); x: vector(n); b: vector(m)\nf = norm2(A*x - b)^2\n```\r\n"
    text += "> so\n> $\\nabla_x f = A^\\top (A x - b)$ and\n>\n> $$\\nabla_x f = 2 A (A x\n> - b)$$\n"
    report = md.check(text)
    edits = [link.edits for link in report.links]
    assert [len(found) for found in edits] == [1, 1]
    fixed = replaced(text, [edit for found in edits for edit in found])
    assert md.check(fixed).ok
    assert fixed == text.replace("= A^\\top", "= 2 A^\\top").replace("2 A (", "2 A^\\top (")


def test_a_formula_is_told_in_the_author_s_own_notation() -> None:
    text = "```matdiff\nA: matrix(m, n); x: vector(n); b: vector(m)\nf = norm2(A*x - b)^2\n```\n"
    text += "$\\newcommand{\\m}[1]{\\mathbf{#1}}\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}$\n"
    text += "$\\pd{f}{x} = \\m{A}^\\top (\\m{A} x - b)$\n"
    (link,) = md.check(text).links
    assert link.text == "\\pd{f}{x} = \\m{A}^\\top (\\m{A} x - b)"
    assert link.suggestion == "a factor 2 is missing: 2 \\m{A}^\\top (\\m{A} x - b)"
    assert md.check(replaced(text, list(link.edits))).ok


def test_what_a_section_defines_holds_below_it() -> None:
    text = "# One\n```matdiff\nX: matrix(n, d); w: vector(d); y: vector(n)\n```\nLet $r = X w - y$.\n"
    text += "## Below\n```matdiff\nf = norm2(X*w - y)^2\n```\n$f = r^\\top r$ and $\\nabla_w f = 2 X^\\top r$\n"
    assert [link.verdict for link in md.check(text).links] == ["proved"] * 3


@pytest.mark.parametrize("fence", ["```math", "> ```math", "- ```matdiff", "~~~latex", "```{math}"])
def test_a_fence_on_the_last_line_holds_nothing(fence: str) -> None:
    assert [f.notation for f in read_document(f"$a=b$\n\n{fence}").formulas] == ["latex"]
