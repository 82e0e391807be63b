"""The Markdown of a lesson, cut into what may be wrapped and what must stay as it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from nstutor import NamedTuple

INLINE = re.compile(
    r"(?P<code>`+)(?P<coded>.+?)(?P=code)|\*\*(?P<strong>.+?)\*\*|\*(?P<stressed>[^*\s](?:[^*]*[^*\s])?)\*"
)
IMAGE = re.compile(r"(?P<code>`+).+?(?P=code)|!\[(?P<alt>[^\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
"""An image, or code, in which nothing is an image."""
SURE = re.compile(
    r"(?<!`)`(?! )[^`\n]+(?<! )`(?!`)"
    r"|(?<!\*)(?P<stars>\*\*?)\w(?:(?:[^*`\n]|\n(?=[ ]*[^\W\d]))*\w)?(?P=stars)(?!\*)"
)
"""Of what INLINE finds, what is the same to CommonMark wherever it stands."""
MORE = re.compile(r"[`*_~<>&\\[\]|]|  $|^\s*(?:[-+=#]|[0-9]{1,9}[.)]\s)", re.MULTILINE)
"""What may be anything but a paragraph's text."""
STYLES = {"coded": "bold cyan", "strong": "bold", "stressed": "italic"}
FENCE = "```"
CODE_INDENT = "    "


class Piece(NamedTuple):
    """Some lines of prose, or of code: a diagram, a command to copy, which no line break may cut."""

    text: str
    is_code: bool


def pieces(markdown: str) -> Iterator[Piece]:
    """The pieces of a text in their order, without the blank lines between them."""
    for is_code, lines in itertools.groupby(_kinds(markdown.splitlines()), key=lambda kind: kind[1]):
        text = "\n".join(line for line, _ in lines).strip("\n")
        text = text if is_code else without_images(text)
        if text.strip():
            yield Piece(text, is_code)


def _kinds(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line and whether it is code; the fences themselves are left out, as is the indent of indented code."""
    fenced, before, code = False, "", False
    for line in lines:
        if line.startswith(FENCE):
            fenced = not fenced
            yield "", fenced
            continue
        code = fenced or (line.startswith(CODE_INDENT) and (code or not before.strip())) or (code and not line.strip())
        yield (line if fenced else line.removeprefix(CODE_INDENT)) if code else line, code
        before = line


def paragraphs(prose: str) -> list[str] | None:
    """The paragraphs of a prose, each in one line; None where it is, or may be, more than paragraphs."""
    if MORE.search(SURE.sub("x", prose)):
        return None
    found = re.split(r"\n\s*\n", prose.strip())
    return [" ".join(line.strip() for line in paragraph.split("\n")) for paragraph in found]


def without_images(text: str) -> str:
    """Prose as a terminal shows it: `:map` draws there. An image among words is its description."""
    lines = ((line, IMAGE.sub(_described, line)) for line in text.splitlines())
    return "\n".join(after for before, after in lines if after == before or not _is_images(before))


def _described(match: re.Match[str]) -> str:
    return match[0] if match["code"] else match["alt"]


def _is_images(line: str) -> bool:
    """Whether nothing but images stands in a line."""
    return not IMAGE.sub(lambda match: match["code"] or "", line).strip()


def inline(text: str) -> Text:
    """One paragraph: code, strong and stressed words are styled, everything else stands as it is."""
    text = without_images(text)
    out, position = Text(), 0
    for match in INLINE.finditer(text):
        out.append(text[position : match.start()])
        kind = match.lastgroup or ""
        out.append(match[kind], STYLES[kind])
        position = match.end()
    return out.append(text[position:])


def lines_of(console: Console, what: RenderableType, options: ConsoleOptions) -> Iterator[list[Segment]]:
    """What a renderable puts on each line, without the blanks at its end: they would wrap in a narrower window."""
    for line in console.render_lines(what, options, pad=False):
        while line and not line[-1].text.strip() and not line[-1].control:
            line.pop()
        if line and not line[-1].control:
            line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
        yield line
