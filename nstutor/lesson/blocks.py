"""Markdown into the parts that a lesson is made of: sections, and in them fences for the machine and prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from nstutor.lesson.faults import Faults
from nstutor.lesson.model import Line
from nstutor.text.i18n import _
from nstutor.text.typo import nearest

KINDS = ("check", "solution", "setup", "hint", "ask", "wrong", "why")
"""Info words of the fences that are for the machine; a fence with another word is prose."""

ATTRIBUTES_RE = re.compile(r"\s*\{(?P<words>[^{}]*)\}\s*\Z")
"""What may end a heading: `{#id .required}`."""
OPENING_RE = re.compile(r" {0,3}(?P<marker>`{3,}|~{3,})\s*(?P<info>[^`]*)\Z")
NEAR = 0.7


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence for the machine: its kind, what follows the kind, and its lines without the two marker lines."""

    kind: str
    argument: str
    lines: tuple[Line, ...]
    line: int
    """Number of the line that opens it."""
    end: int
    """Number of the last line that belongs to it."""
    column: int = 4
    """Where its kind stands."""

    @property
    def filled(self) -> tuple[Line, ...]:
        """The lines that are not blank."""
        return tuple(line for line in self.lines if line.text.strip())

    @property
    def text(self) -> str:
        """Its lines as one text, without blank ones around it."""
        return "\n".join(line.text for line in self.lines).strip()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2: its text with the attributes."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """The introduction (no heading), or a step."""

    heading: Heading | None
    fences: tuple[Fence, ...]
    prose: str


def sections(lines: Sequence[str], first: int, faults: Faults) -> tuple[Section, ...]:
    """Split the Markdown from line `first` on: the introduction, then one section for each heading of level 2."""
    tokens = _tokens(lines, first)
    fences = tuple(_fences(tokens, lines, faults))
    headings = tuple(_headings(tokens))
    _refuse_misplaced(tokens, lines, faults)
    starts = [first, *(heading.line for heading in headings)]
    ends = [*(heading.line for heading in headings), len(lines) + 1]
    return tuple(
        _section(heading, lines, range(start, end), fences)
        for heading, start, end in zip((None, *headings), starts, ends, strict=True)
    )


def _tokens(lines: Sequence[str], first: int) -> list[Token]:
    # The front matter becomes blank lines, so that Markdown's line numbers are the file's.
    blank = [""] * (first - 1)
    return MarkdownIt("commonmark").parse("\n".join([*blank, *lines[first - 1 :]]))


def _section(heading: Heading | None, lines: Sequence[str], span: range, fences: Iterable[Fence]) -> Section:
    inside = tuple(fence for fence in fences if fence.line in span)
    removed = {number for fence in inside for number in range(fence.line, fence.end + 1)}
    if heading is not None:
        removed.add(heading.line)
        removed.update(_underline(lines, heading.line))
    return Section(heading, inside, _prose(lines, span, removed))


def _underline(lines: Sequence[str], number: int) -> set[int]:
    following = lines[number] if number < len(lines) else ""
    is_setext = not lines[number - 1].lstrip().startswith("#") and re.fullmatch(r" {0,3}-+\s*", following)
    return {number + 1} if is_setext else set()


def _prose(lines: Sequence[str], span: range, removed: set[int]) -> str:
    kept: list[str] = []
    for number in span:
        if number not in removed:
            kept.append(lines[number - 1])
        else:
            while kept and not kept[-1].strip():
                kept.pop()
    return "\n".join(kept).strip("\n").rstrip()


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0 and token.map:
            yield Heading(tokens[index + 1].content, token.map[0] + 1)


def _fences(tokens: Iterable[Token], lines: Sequence[str], faults: Faults) -> Iterator[Fence]:
    for token in tokens:
        if token.type != "fence" or not token.map:
            continue
        number = token.map[0] + 1
        words = token.info.split(maxsplit=1)
        kind = words[0] if words else ""
        column = lines[number - 1].find(kind) + 1
        if kind not in KINDS:
            _suspect(kind, number, column, faults)
        elif token.level > 0:
            message = _("a `{kind}` fence stands at the left margin, not in a list or quotation").format(kind=kind)
            faults.add(number, column, message, len(kind))
        else:
            yield _fence(token, kind, words[1] if len(words) > 1 else "", lines, faults)


def _suspect(kind: str, number: int, column: int, faults: Faults) -> None:
    near = nearest(kind, KINDS, NEAR) if kind else None
    if near:
        message = _("unknown fence `{kind}`; did you mean `{near}`?").format(kind=kind, near=near)
        faults.add(number, column, message, len(kind))


def _fence(token: Token, kind: str, argument: str, lines: Sequence[str], faults: Faults) -> Fence:
    start, end = token.map or (0, 0)
    opening = lines[start]
    content = token.content.split("\n")[:-1] if token.content else []
    indent = len(opening) - len(opening.lstrip(" "))
    body = tuple(_line(lines[start + 1 + index], text, start + 2 + index) for index, text in enumerate(content))
    fence = Fence(kind, argument.strip(), body, start + 1, end, opening.find(kind) + 1)
    _refuse_open(fence, token.markup, lines[end - 1] if end - 1 > start else "", faults)
    if not fence.filled:
        message = _("the `{kind}` fence is empty").format(kind=kind)
        faults.add(fence.line, indent + 1, message, len(opening.strip()))
    return fence


def _line(source: str, text: str, number: int) -> Line:
    return Line(text, number, len(source) - len(text) + 1)


def _refuse_open(fence: Fence, marker: str, last: str, faults: Faults) -> None:
    nested = next((line for line in fence.lines if _opens(line.text, marker)), None)
    closed = last.strip().startswith(marker) and not last.strip().strip(marker[0])
    if nested is not None:
        message = _("this fence is not closed before the next one opens in line {line}").format(line=nested.number)
        faults.add_line(fence.line, message)
    elif not closed:
        message = _("this fence is never closed; end it with a line `{marker}`").format(marker=marker)
        faults.add_line(fence.line, message)


def _opens(text: str, marker: str) -> bool:
    match = OPENING_RE.match(text)
    if not match or not match["marker"].startswith(marker):
        return False
    return (match["info"].split() or [""])[0] in KINDS


def _refuse_misplaced(tokens: Sequence[Token], lines: Sequence[str], faults: Faults) -> None:
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        number = token.map[0] + 1
        if token.type == "code_block":
            _refuse_indented(lines, token.map, faults)
        elif token.type == "heading_open" and token.tag != "h2" and _has_id(tokens[index + 1].content):
            faults.add_line(number, _("a step is a heading of level 2: `## Title {#id}`"))
        elif token.type == "paragraph_open" and token.level == 0:
            _refuse_unspaced(lines, token.map, faults)


def _refuse_indented(lines: Sequence[str], span: Sequence[int], faults: Faults) -> None:
    for number in range(span[0] + 1, span[1] + 1):
        text = lines[number - 1]
        if _opens(text.lstrip(), "```"):
            faults.add_line(number, _("a fence is indented by three spaces at most; this one is read as text"))


def _refuse_unspaced(lines: Sequence[str], span: Sequence[int], faults: Faults) -> None:
    for number in range(span[0] + 1, span[1] + 1):
        if re.match(r" {0,3}##[^#\s]", lines[number - 1]) and _has_id(lines[number - 1]):
            faults.add_line(number, _("a heading needs a space behind `##`"))


def _has_id(text: str) -> bool:
    return re.search(r"\{\s*#[^}]*\}\s*\Z", text) is not None
