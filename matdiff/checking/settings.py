"""Where a link of a document stands, and what the words around it say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matdiff.checking.blanked import plain
from matdiff.documents import Document


@dataclass(frozen=True)
class Setting:
    """Where a link stands."""

    first: bool = True
    """It is the first of its chain."""
    follows: bool = False
    """An arrow, or a word such as "so", stands before its chain."""
    words: str = ""
    """What stands before its formula in the same sentence."""
    met: frozenset[str] = frozenset()
    """Names that stand in the formulas above."""
    lead: str = ""
    """The line before its formula."""
    anew: bool = False
    """Its formula is introduced as the next one: by a word such as "let", or below a heading."""


FOLLOWS = re.compile(
    r"\\(?:Long|long)?(?:left)?[Rr]ightarrow|\\implies|\\iff|\\therefore|⇒|⟹|⇔|⟺|∴"
    r"|\b(?:so|hence|thus|therefore|consequently|then|gives?|yields?|implies|obtain|get)\b"
    r"|所以|因此|于是|故|从而|得|则|따라서|그러므로"
)
ASSUMED = re.compile(
    r"\b(?:let|suppose|assume|assuming|with|given|subject to|such that|constraints?|if|when(?:ever)?|for|set|setting"
    r"|put|satisf\w+|solves?|solving|equations?|condition|where|provided|unless|requires?|want)\b|\bs\.t\."
    r"|设|令|若|假设|其中|约束|满足|当|取|方程|条件|记|라고|하자",
    re.IGNORECASE,
)


SENTENCE = re.compile(r"[.。!?；;]\s|\n\s*\n|\\\\")


_FENCES = re.compile(r"(?:\s|\$|`{3,}\s*\w*|\\[\[(]|\\begin\{[a-z]+\*?\}|[>&:：,，])+\Z")
_NEXT = re.compile(
    r"\b(?:let|suppose|consider|define|take|given|another|example|case|now|if|alternatively|or(?!.*equivalent))\b|设|令|若|记|考虑|定义|例|再|对于|하자|예",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s*(?:#+\s|\\(?:sub)*(?:section|paragraph)\b|[=\-~^]{4,}\s*$)(?P<title>.*)", re.MULTILINE)
_STEP = re.compile(r"step|expand|simplif|deriv|proof|gradient|solution|步|推导|展开|证明|梯度|단계|유도", re.IGNORECASE)


def lead_of(gap: str) -> str:
    """The last line of words before a formula."""
    return _FENCES.sub("", gap).rpartition("\n")[2]


def begins_anew(gap: str) -> bool:
    """Whether the text before a chain speaks of something else than the chain before did."""
    lead = lead_of(gap)
    if FOLLOWS.search(lead):
        return False
    titles = [found["title"] for found in _HEADING.finditer(gap)]
    return bool(_NEXT.search(lead)) or any(not _STEP.search(title) for title in titles)


def setting_of(gap: str, met: Iterable[str]) -> Setting:
    """Where a chain stands, by the text between it and the chain before."""
    sentence = SENTENCE.split(gap)[-1] if not gap.strip(" \n$\\[]()").endswith((".", ":")) else gap
    return Setting(True, bool(FOLLOWS.search(gap)), sentence, frozenset(met), lead_of(gap), begins_anew(gap))


LONGEST = 600
"""So far behind a side is looked for the end of a matrix."""
_SETTINGS = (
    (
        re.compile(r"\\arg\b|\\arg(?:min|max)|\\operatorname\*?\{arg|\\text\{arg ?m|\\mathrm\{arg"),
        "what an extreme is attained at",
    ),
    (
        re.compile(r"^[\[({\\bigl\s]*[^()=]*,\s*(?:\\[a-z]*dots\b|\.\.\.)[^()=]*[\])}\\bigr\s]*(?:\^\S+)?$"),
        "what the entries are called",
    ),
    (re.compile(r"^\\?dim\b"), "a size"),
)
"""What sides say that are no claims, where they are not read."""


_OPEN_MATRIX = re.compile(r"\\begin\{[bpBv]?matrix\}(?:(?!\\end\{).)*\\(?:[cvd]?dots|ldots)", re.DOTALL)


def setting_told(sides: Sequence[str], text: str) -> str:
    """What a link says that claims nothing; ``text`` begins with its right side, and goes on behind it."""
    if _OPEN_MATRIX.match(text):
        return "what the entries are called"
    return next((words for pattern, words in _SETTINGS if any(pattern.search(side) for side in sides)), "")


_NUMERATOR = re.compile(r"numerator[ -]layout|分子布局", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?:对|关于|with respect to|w\.?r\.?t\.?|in the variable|by)\s*(?:the\s+)?"
    r"(?:variables?|vector|matrix|变量|向量|矩阵|参数)?"
    r"\s*(?:\\[()]|\$)?\s*(?P<name>\\?[A-Za-z]+(?:_\{?\w+\}?)?|\\math\w+\{\w\})\s*(?:\\[()]|\$)?",
    re.IGNORECASE,
)


def layout_told(document: Document, section: int) -> str:
    """The layout that a model block or the words of a document name."""
    told = [block.options.get("layout", "") for block in document.blocks(section)]
    return next((name for name in told if name), "numerator" if _NUMERATOR.search(document.text) else "")


def subjects_in(words: str) -> list[str]:
    """The names that words call the variables, the last first."""
    return [plain(found["name"]) for found in _SPOKEN.finditer(words)][::-1]
