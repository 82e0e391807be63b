"""The pictures of a lesson inside a page: from few places, and with nothing in them that acts or fetches."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from snapshots import BRIDGE, snapshot

from nstutor.errors import UsageError
from nstutor.picture.inline import MOST_BYTES, svg_of
from nstutor.picture.svg import draw

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"'


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A lesson file in a folder of its own, with a folder for assets beside it."""
    for folder in ("lessons/more", "assets", "secret"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path / "lessons" / "01-mine.md"


def put(path: Path, body: str, attributes: str = "") -> None:
    """Write an SVG with this body."""
    path.write_text(f"{HEAD} {attributes}>{body}</svg>", encoding="utf-8")


@pytest.mark.parametrize("target", ["a.svg", "./more/a.svg", "../assets/a.svg", "../lessons/a%20b.svg"])
def test_own_folder_and_assets_are_read(lesson: Path, target: str) -> None:
    """A file of the lesson's folder, below it, or of ../assets; `alt` is its name, as text."""
    put(lesson.parent / target.replace("%20", " "), "<circle r='3'/>")
    root = ET.fromstring(svg_of(lesson, target, 'two <houses> & "one" street'))
    assert root.find(f"{SVG}circle") is not None
    assert (root.get("role"), root.get("aria-label")) == ("img", 'two <houses> & "one" street')


@pytest.mark.parametrize(
    "target",
    [
        "../secret/a.svg",
        "../../a.svg",
        "/etc/a.svg",
        "https://example.org/a.svg",
        "file:a.svg",
        "a.png",
        "a.svg/../b",
        "..%2fsecret%2fa.svg",
        "link.svg",
        "more",
        "missing.svg",
        "ring.svg",
        "a%00.svg",
        f"{'a' * 5000}.svg",
    ],
)
def test_nothing_else_is_read(lesson: Path, target: str) -> None:
    """Other folders, absolute paths, addresses, other files, links that lead out, and what is not there."""
    put(lesson.parent.parent / "secret" / "a.svg", "<text>secret</text>")
    (lesson.parent / "link.svg").symlink_to("../secret/a.svg")
    (lesson.parent / "ring.svg").symlink_to("ring.svg")
    with pytest.raises(UsageError, match=re.escape(target)):
        svg_of(lesson, target)


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 20_000 + b"</g>" * 20_000 + b"</svg>",
        b"",
        b"not XML",
        b"<html></html>",
        b"\xff\xfe",
        b"<svg></svg>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b" " * MOST_BYTES + b"</svg>",
    ],
)
def test_what_is_no_svg_is_refused(lesson: Path, content: bytes) -> None:
    """Other files under that name, entities, files without end."""
    (lesson.parent / "a.svg").write_bytes(content)
    with pytest.raises(UsageError, match=re.escape("a.svg")):
        svg_of(lesson, "a.svg")


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<script>EVIL</script><circle r='1'/>", "<circle"),
        ("<foreignObject><p>EVIL</p></foreignObject><circle/>", "<circle"),
        ("<circle onclick='EVIL' r='1'/>", 'r="1"'),
        ("<circle OnClick='EVIL' r='1'/>", 'r="1"'),
        ("<use HREF='EVIL'/><circle/>", "<circle"),
        ("<a href='EVIL'><text>x</text></a><circle/>", "<circle"),
        ("<image href='EVIL'/><circle/>", "<circle"),
        ("<use href='https://EVIL/#a'/><circle/>", "<circle"),
        ("<use xlink:href='data:EVIL'/><circle/>", "<circle"),
        ("<use xlink:href='#own'/>", 'href="#own"'),
        ("<circle style='fill: url(https://EVIL)' r='1'/>", 'r="1"'),
        ("<circle fill='url( \"EVIL\" )' r='1'/>", 'r="1"'),
        ("<circle fill='url(\"#own\")'/>", "#own"),
        ("<style>.a { background: image-set('EVIL' 1x) }</style><circle/>", "<circle"),
        ("<style>@import 'EVIL';</style><circle/>", "<circle"),
        ("<style>.a { fill: u\\72l(EVIL) }</style><circle/>", "<circle"),
        ("<style>body { display: EVIL }</style><circle/>", "<circle"),
        ("<style>@media print { .a { fill: red } }</style>", "fill: red"),
        ("<animate attributeName='href' to='EVIL'/><circle/>", "<circle"),
        ("<g><script>EVIL</script>text</g>", ">text</g>"),
        ("<x:script xmlns:x='http://www.w3.org/1999/xhtml'>EVIL</x:script><circle/>", "<circle"),
        ("<!-- EVIL --><?php EVIL ?><circle/>", "<circle"),
        ("<text>&lt;script&gt;</text>", "&lt;script&gt;"),
    ],
)
def test_only_shapes_and_texts_are_kept(lesson: Path, body: str, kept: str) -> None:
    """What acts, or fetches, is left out; what stands beside it stays."""
    put(lesson.parent / "a.svg", body, "onload='EVIL'")
    svg = svg_of(lesson, "a.svg")
    assert "EVIL" not in svg
    assert kept in svg
    ET.fromstring(svg)


def test_own_drawings_come_through_unchanged(lesson: Path) -> None:
    """Of a drawing of ours nothing is left out."""
    drawn = draw(snapshot(*BRIDGE))
    (lesson.parent / "a.svg").write_text(drawn, encoding="utf-8")
    assert ET.canonicalize(svg_of(lesson, "a.svg")) == ET.canonicalize(drawn)


@pytest.mark.parametrize("name", ["ladder", "wangpo-ports", "wangpo", "session"])
def test_pictures_of_the_course_are_found(name: str) -> None:
    """The lessons name them ../assets/NAME.svg."""
    svg = svg_of(ROOT / "lessons" / "03-bridge.md", f"../assets/{name}.svg", "a picture")
    assert svg.count("<text") == (ROOT / "assets" / f"{name}.svg").read_text(encoding="utf-8").count("<text") > 0
