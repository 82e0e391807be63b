"""Where lines of Chinese end: at the terminal's width, and never before a closing mark."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

from nstutor.lesson.catalog import course
from nstutor.lesson.cjk import joined
from nstutor.lesson.model import Question
from nstutor.lesson.parse import load
from nstutor.lesson.pieces import pieces as pieces_of
from nstutor.text.i18n import LANGUAGES
from nstutor.text.width import NEVER_FIRST, NEVER_LAST, wrapped
from nstutor.ui.flow import broken
from nstutor.ui.markdown import FlowingMarkdown
from nstutor.ui.prose import inline, lines_of, paragraphs, pieces
from nstutor.ui.screen import THEME, Screen, flowing

STORY = (
    "西门庆与潘金莲隔着一条街，两家之间搭了一架梯子（`veth`）：一头叫 `ximenqing`，一头叫 `panjinlian`。"
    "王婆说：“把两头都插到我这里来！”于是内核就把每一个帧交给 **wangpo**——她看看《信封》上的地址，"
    "再决定往哪个口送；至于地址是不是 192.168.188.96/24，她并不关心……"
)
ENGLISH = "The kernel hands every frame that arrives on `wp2xmq` to wangpo, and she looks at its (MAC) address. "
CUTS = range(20, 81)
DIAGRAM = "    图：" + "一二三四五六七八九十" * 4 + "，"


def lines(text: str, width: int) -> list[str]:
    """The lines of a paragraph at this width."""
    return broken(inline(text), width).plain.split("\n")


@pytest.mark.parametrize("width", CUTS)
def test_no_line_is_too_wide_or_begins_with_a_closing_mark(width: int) -> None:
    """At any width; nothing is lost but blanks at the ends of lines, and words of Latin letters stay whole."""
    found = lines(STORY, width)
    assert max(map(cell_len, found)) <= width
    assert not [line for line in found if line[0] in NEVER_FIRST or line[-1] in NEVER_LAST]
    assert "".join("".join(found).split()) == "".join(inline(STORY).plain.split())
    whole = ("ximenqing", "panjinlian", "192.168.188.96/24", "wangpo")
    assert all(any(word in line for line in found) for word in whole)


@pytest.mark.parametrize("width", CUTS)
def test_lines_are_full(width: int) -> None:
    """A line of Chinese ends where the next character, and a mark that hangs on it, would not fit: no ragged cut."""
    text = "一二三四五六七八九十" * 12
    assert {cell_len(line) for line in lines(text, width)[:-1]} == {width // 2 * 2}
    marked = "一二三四，" * 30
    assert {width - cell_len(line) for line in lines(marked, width)[:-1]} <= {0, 1, 2, 3}


@pytest.mark.parametrize("width", CUTS)
def test_english_breaks_as_ever(width: int) -> None:
    """At spaces, as rich has it."""
    console = Console(file=io.StringIO(), width=width)
    assert lines(ENGLISH * 2, width) == [line.plain.rstrip() for line in inline(ENGLISH * 2).wrap(console, width)]


@pytest.mark.parametrize("width", CUTS)
def test_plain_texts_break_at_the_same_places(width: int) -> None:
    """Whether they are rich's or only printed."""
    assert wrapped(inline(STORY).plain, width) == lines(STORY, width)
    assert wrapped(" ", width) == []


def test_a_word_that_fits_no_line_is_cut() -> None:
    """At the width; styles stay with their words, and the text's own line ends stay."""
    assert [len(line) for line in lines("x" * 25, 10)] == [10, 10, 5]
    assert lines("a\n\nb", 10) == ["a", "", "b"]
    styled = broken(inline("一二三**四五六**七"), 6)
    assert styled.plain == "一二三\n四五六\n七"
    assert [styled.plain[span.start : span.end] for span in styled.spans if span.style == "bold"] == ["四五六"]
    assert broken(Text(""), 10).plain == ""


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("一行，\n又一行", "一行，又一行"),
        ("一行\n又一行", "一行又一行"),
        ("用\n`ip link` 看", "用\n`ip link` 看"),
        ("看，\n`ip link`", "看，`ip link`"),
        ("with `ip`\n（看）", "with `ip`（看）"),
        ("一**行**\n**又**一行", "一**行****又**一行"),
        ("two\nlines", "two\nlines"),
        ("一段。\n\n又一段", "一段。\n\n又一段"),
        ("列表：\n- 一\n- 二。\n- 三\n  接着", "列表：\n- 一\n- 二。\n- 三接着"),
        ("数字：\n1. 一\n2. 二。\n3) 三", "数字：\n1. 一\n2. 二。\n3) 三"),
        ("引文：\n> 一", "引文：\n> 一"),
        ("### 标题。\n正文", "### 标题。\n正文"),
        ("标题。\n---", "标题。\n---"),
        ("表：\n| 一 |", "表：\n| 一 |"),
        ("", ""),
    ],
)
def test_a_line_break_in_chinese_is_no_space(source: str, wanted: str) -> None:
    """Between words of Latin letters it is, and where a list, a heading or a quotation begins it stays."""
    assert joined(source) == wanted


@pytest.mark.parametrize("width", [40, 60, 80])
def test_every_way_to_the_screen_breaks_so(width: int) -> None:
    """Prose, lists, quotations, hints, questions with their choices, sayings."""
    file = io.StringIO()
    screen = Screen(Console(file=file, width=width, theme=THEME, highlight=False))
    screen._markdown(f"{STORY}\n\n- {STORY}\n- 二\n\n> {STORY}\n\n{DIAGRAM}")
    screen.hint(1, 3, f"{STORY}\n\n{STORY}")
    screen.asked(Question(STORY, (STORY, "二"), None, STORY, 1))
    screen.say(STORY)
    shown = [line for line in file.getvalue().splitlines() if line.strip()]
    code = [line for line in shown if "图：" in line]
    assert len(code) == 1
    assert code[0].endswith(DIAGRAM.strip())
    for line in shown:
        if line not in code:
            assert cell_len(line) <= min(width, 78), line
            assert line.strip(" ▌•")[:1] not in NEVER_FIRST - {"?"}, line


def shown(what: RenderableType, width: int) -> list[list[tuple[str, object]]]:
    """Each character and its style, by lines, as a screen prints them."""
    console = Console(file=io.StringIO(), width=width, theme=THEME, color_system="truecolor", force_terminal=True)
    rows = lines_of(console, what, console.options)
    return [[(char, part.style or Style()) for part in row for char in part.text] for row in rows]


TRICKY = (
    "a *b* **c** `d`",
    "`*a*` and `` ` ``",
    "**a **",
    "a**b**c",
    "*a**b*",
    "**a*b***c*",
    "***a***",
    "**a****b**",
    "梯**“子”**，",
    "snake_case",
    "_a_",
    "a\n- b",
    "1. a",
    "192.0.2.0 is\n10. one",
    "a  \nb",
    "a\\\nb",
    "a\n===",
    "# a",
    "> a",
    "<b>",
    "a < b",
    "&amp;",
    "[a](b)",
    "a | b\n--- | ---",
    "~~a~~",
    "a\n\n\nb\n\nc",
    "  a\n b",
    "` a `",
    "`a\nb`",
    "*a\nb*",
    "*a\n\nb*",
    "*a\n- b*",
    "a * b * c",
    "2 * 3",
    "**`a`**",
    "`a`b`c`",
    "a `b",
    "**a",
    "+ a",
    "a\n+b",
    "http://a.b",
    "a  b",
)


@pytest.mark.parametrize("prose", TRICKY)
def test_paragraphs_are_what_markdown_makes_of_them(prose: str) -> None:
    """Where they are taken for nothing else."""
    if paragraphs(prose) is not None:
        assert shown(flowing(prose), 40) == shown(FlowingMarkdown(prose), 40)


@pytest.mark.parametrize("language", LANGUAGES)
def test_prose_of_the_course_is_shown_as_markdown_is(language: str) -> None:
    """At any width; for nearly all of it Markdown's reader is not needed."""
    lessons = [load(path, language) for path in course()]
    texts = {text for lesson in lessons for text in pieces_of(lesson).values()}
    prose = [joined(piece.text) for text in sorted(texts) for piece in pieces(text) if not piece.is_code]
    plain = [text for text in prose if paragraphs(text) is not None]
    assert len(plain) > 0.9 * len(prose)
    assert all(paragraphs(lesson.steps[0].prose) for lesson in lessons)
    for text in plain:
        assert [shown(flowing(text), width) for width in (30, 76)] == (
            [shown(FlowingMarkdown(text), width) for width in (30, 76)]
        )
