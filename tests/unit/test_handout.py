"""The handout as HTML: whole, quiet about answers, and harmless whatever stands in the lesson."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from short_lesson import lesson_text

from nstutor.lesson.parse import load, parse
from nstutor.report import markdown
from nstutor.report.handout import START, Handout, as_html

CELLAR = Path(__file__).parent.parent / "data" / "lessons" / "cellar.md"
VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})
EVIL = """\
<script>alert(1)</script> <img src=x onerror=alert(1)> <b onclick="x">b</b>

[run](javascript:alert(1)) [file](file:///etc/passwd) ![pixel](http://192.0.2.1/pixel.png) [page](http://192.0.2.1/)

    <script>in code</script>

```sh
echo "</code></pre><script>" # <b>
```

```"><script>
<i>
```
"""


class Page(HTMLParser):
    """An HTML page, read: its tags with their attributes, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the newest tag, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if not self.open or self.open[-1] != "style":
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each tag of this kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def page(*, lang: str = "en", solutions: bool = False, pictures: dict[str, str] | None = None) -> Page:
    """The handout of the cellar."""
    return Page(as_html(Handout(load(CELLAR, lang), "./cellar.md", pictures or {}, solutions=solutions)))


@pytest.mark.parametrize(
    ("lang", "tag", "title"),
    [
        ("en", "en", "A cellar below the house"),
        ("zh", "zh-Hans", "房子下面的地窖"),
    ],
)
def test_it_says_its_language_and_needs_nothing_else(lang: str, tag: str, title: str) -> None:
    """No script, nothing to fetch, and a policy that forbids both."""
    read = page(lang=lang, solutions=True)
    assert read.all("html") == [{"lang": tag}]
    assert title in read.words
    assert "nstutor learn ./cellar.md" in read.words
    assert not {"script", "img", "link", "iframe", "object"} & {name for name, _ in read.tags}
    assert all(str(link["href"]).startswith("#") for link in read.all("a"))
    assert any("default-src 'none'" in str(meta.get("content")) for meta in read.all("meta"))


def test_questions_stand_without_answers_and_hints_are_folded() -> None:
    """Solutions and whys come only when they are asked for, and then at the end."""
    read = page()
    assert "one, lo" in read.words
    assert "owl" not in read.words
    assert "ip -n cellar link set lo up" not in read.words
    assert "holds lo and nothing else" not in read.words
    assert len(read.all("details")) == 5
    read = page(solutions=True)
    assert len(read.all("details")) == 5 + 3
    assert "ip -n cellar link set lo up" in read.words
    assert read.words.index("holds lo and nothing else") > read.words.index("Solutions")
    assert all("open" not in details for details in read.all("details"))


def test_pictures_stand_with_their_steps() -> None:
    """What is given first, then what each step came to."""
    svg = "<svg><text>{}</text></svg>"
    read = page(pictures={START: svg.format("before"), "lo": svg.format("lo is up")})
    words = read.words
    assert len(read.all("svg")) == 2
    assert words.index("before") < words.index("Dig a cellar") < words.index("lo is up") < words.rindex("Look at it")


def test_lines_of_chinese_are_joined() -> None:
    """A line break in the source is a space between words of Latin letters only."""
    read = page(lang="zh", solutions=True)
    assert "放心，这里没有什么会弄坏" in read.words
    assert "请先看一看，再回答。" in read.words
    assert "只有 lo，别的什么也没有" in read.words
    assert "host            地窖" in read.words
    assert "born empty,\nand nobody" in page().words


def test_a_lesson_is_not_trusted() -> None:
    """Raw HTML is shown as it was written; links to scripts and files are none; no picture is fetched."""
    text = lesson_text("one: netns eden").replace("Hello.", EVIL).replace("The step one", "<i>One</i> & *all*")
    read = Page(as_html(Handout(parse(text, "x.md"), "<b>x", {}, solutions=True)))
    assert not {"script", "img", "b", "i"} & {name for name, _ in read.tags}
    assert not any(key.startswith("on") for _, attributes in read.tags for key in attributes)
    assert [link for link in read.all("a") if not str(link["href"]).startswith("#")] == [
        {"href": "http://192.0.2.1/", "rel": "noopener noreferrer"}
    ]
    for shown in ("<script>alert(1)</script>", "<script>in code</script>", "pixel", "<i>One</i> & all", "<b>x"):
        assert shown in read.words
    assert "javascript:alert(1)" in read.words


def test_images_are_what_is_made_of_them() -> None:
    """Of prose, hints and whys; an image in a title is its description."""
    made = markdown.block('See ![a "ladder"](../assets/x.svg) and `![no](x.svg)`', lambda *of: f"<svg>{of}</svg>")
    assert made == """<p>See <svg>('../assets/x.svg', 'a "ladder"')</svg> and <code>![no](x.svg)</code></p>\n"""
    assert markdown.inline("![<b>](x.svg)") == "&lt;b&gt;"


def test_headings_of_prose_are_below_the_step() -> None:
    """Whatever level the author gave them."""
    assert "<h3>A</h3>" in markdown.block("# A\n")
    assert "<h4>A</h4>" in markdown.block("#### A\n")
