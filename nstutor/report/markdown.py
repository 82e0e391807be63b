"""A lesson's Markdown as HTML. Nothing in it is trusted: raw HTML is shown as it is written, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers.shell import BashLexer

from nstutor.lesson.cjk import STRESS, joined, touch

SHELL_WORDS = ("sh", "bash", "shell", "console")
DEEPEST_OF_PAGE = 2
"""Level of a step's heading; those of its prose are below it."""


Images = Callable[[str, str], str]
"""From an image's target and its description to HTML."""


def described(_: str, description: str) -> str:
    """An image as words: to be fetched, it would have to tell somebody that it is looked at."""
    return escape(description)


def block(markdown: str, images: Images = described) -> str:
    """Paragraphs, lists, code."""
    return _render(markdown, images, inline_only=False)


def inline(markdown: str) -> str:
    """One line of text."""
    return _render(" ".join(joined(markdown).split()), described, inline_only=True)


def bash(script: str) -> str:
    """A script, coloured."""
    return f"<pre><code>{_bash(script)}</code></pre>\n"


def _bash(script: str) -> str:
    return str(highlight(script, BashLexer(), HtmlFormatter(nowrap=True, classprefix="code-")))


def _render(markdown: str, images: Images, *, inline_only: bool) -> str:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable("table")
    tokens = parser.parseInline(markdown) if inline_only else parser.parse(markdown)
    for token in tokens:
        if token.children:
            token.children = _harmless(_without_wide_breaks(token.children), images)
        elif token.type in ("heading_open", "heading_close"):
            token.tag = f"h{max(DEEPEST_OF_PAGE + 1, int(token.tag[1:]))}"
    assert isinstance(parser.renderer, RendererHTML)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _highlight(code: str, language: str, _: Any) -> str:  # noqa: ANN401 - markdown-it's own type
    return _bash(code) if language in SHELL_WORDS else escape(code)


def _harmless(children: Sequence[Token], images: Images) -> list[Token]:
    """Images are what is made of them, and a link does not tell where it stood."""
    kept: list[Token] = []
    for token in children:
        if token.type == "image":
            kept.append(Token("html_inline", "", 0, content=images(str(token.attrs["src"]), token.content)))
            continue
        if token.type == "link_open":
            token.attrSet("rel", "noopener noreferrer")
        kept.append(token)
    return kept


def _without_wide_breaks(children: Sequence[Token]) -> list[Token]:
    return [
        token
        for index, token in enumerate(children)
        if token.type != "softbreak" or not touch(_last(children[:index]), _first(children[index + 1 :]))
    ]


def _last(tokens: Sequence[Token]) -> str:
    """The character before a break; a space where it is in a code span or there is none."""
    text = next((token.content for token in reversed(tokens) if token.content.strip(STRESS)), "")
    return text[-1:]


def _first(tokens: Sequence[Token]) -> str:
    text = next((token.content for token in tokens if token.content.strip(STRESS)), "")
    return text[:1]
