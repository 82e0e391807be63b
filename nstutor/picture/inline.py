"""The pictures that a lesson shows, as SVG to stand inside a page of HTML: read from few places, and harmless.

A lesson may come from anybody. What it names must lie in its own folder, below it, or in `../assets`; of the file only
shapes, texts and their looks are kept: no scripts, no events, no animations, nothing that is fetched from elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError, fromstring, tostring

from nstutor.errors import UsageError, reason
from nstutor.lesson.bounded_read import read_regular
from nstutor.text.i18n import _

MOST_BYTES = 1 << 20
DEEPEST = 100
"""How deep elements may lie in one another."""
SVG = "{http://www.w3.org/2000/svg}"
XML = "{http://www.w3.org/XML/1998/namespace}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
ELEMENTS = frozenset(
    {
        "svg",
        "g",
        "title",
        "desc",
        "style",
        "defs",
        "symbol",
        "use",
        "clipPath",
        "mask",
        "pattern",
        "marker",
        "stop",
        "linearGradient",
        "radialGradient",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "path",
        "text",
        "tspan",
        "textPath",
    }
)
"""What is kept. No links, images, scripts, HTML (foreignObject), nor animations, which may change any attribute."""
_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FETCHES = re.compile(
    r"url\(\s*+['\"]?+\s*+(?!#)|@(?!media\b)|(?:image|image-set|src|cross-fade)\s*\(|\\", re.IGNORECASE
)
"""What makes CSS fetch something; a backslash could hide what it says (CSS Syntax 3, 4.3.7)."""
_SELECTORS = re.compile(r"([^{}]+)\{")


def svg_of(lesson: str | Path, target: str, alt: str = "") -> str:
    """The SVG of `![alt](target)` in a lesson file, as text for a page of HTML; `alt` is its name for a screen reader.

    Raises UsageError for a file that is not there, lies elsewhere, is too large or is no SVG.
    """
    path = _file(Path(lesson), target)
    try:
        source = read_regular(path, MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(_("cannot read {path}: {why}").format(path=path, why=reason(error))) from None
    svg = _harmless(_parsed(source, target))
    if alt:
        svg.set("role", "img")
        svg.set("aria-label", alt)
    return tostring(svg, encoding="unicode")


def _file(lesson: Path, target: str) -> Path:
    """The file that is meant, if a lesson may show it."""
    folder = lesson.parent.resolve()
    missing = UsageError(_("there is no file {target} beside the lesson").format(target=target))
    if not target.lower().endswith(".svg") or ":" in target or target.startswith(("/", "\\")):
        raise UsageError(_("{target} is no SVG file beside the lesson").format(target=target))
    try:
        path = (folder / unquote(target)).resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL in it, links in a ring
        raise missing from None
    if not any(path.is_relative_to(allowed) for allowed in (folder, folder.parent / "assets")):
        raise UsageError(
            _("{target} lies elsewhere; a lesson shows files of its own folder and of ../assets").format(target=target)
        )
    if not os.path.isfile(path):  # False also for a name that is too long
        raise missing
    return path


def _parsed(source: bytes, target: str) -> Element:
    if len(source) > MOST_BYTES:
        raise UsageError(_("{target} is larger than {n} bytes").format(target=target, n=MOST_BYTES))
    try:
        text = source.decode("utf-8-sig")
        # A document type may define entities that grow without end, or stand for files.
        root = None if _DECLARED.search(text) else fromstring(text)
    except (UnicodeDecodeError, ParseError):
        root = None
    if root is None or root.tag != f"{SVG}svg":
        raise UsageError(_("{target} is not an SVG file in UTF-8 without a document type").format(target=target))
    if _is_deeper(root, DEEPEST):
        raise UsageError(_("{target} has elements more than {n} deep").format(target=target, n=DEEPEST))
    return root


def _is_deeper(root: Element, most: int) -> bool:
    level = [root]
    for _depth in range(most):
        level = [child for element in level for child in element]
    return bool(level)


def _harmless(element: Element) -> Element:
    """The element with what is kept of it."""
    clean = Element(element.tag.removeprefix(SVG), dict(_attributes(element)))
    if element.tag == f"{SVG}svg":
        clean.set("xmlns", SVG.strip("{}"))
    clean.text, clean.tail = element.text, element.tail
    for child in element:
        if _is_kept(child):
            clean.append(_harmless(child))
        elif len(clean):
            clean[-1].tail = (clean[-1].tail or "") + (child.tail or "")
        else:
            clean.text = (clean.text or "") + (child.tail or "")
    return clean


def _is_kept(element: Element) -> bool:
    name = str(element.tag).removeprefix(SVG)
    if not str(element.tag).startswith(SVG) or name not in ELEMENTS:
        return False
    return name != "style" or (not len(element) and _is_own_style(element.text or ""))


def _is_own_style(text: str) -> bool:
    """Whether a style sheet fetches nothing, and is about classes only: it holds for the whole page."""
    selectors = [one.strip() for group in _SELECTORS.findall(text) for one in group.split(",")]
    return not _FETCHES.search(text) and all(one.startswith((".", "@media")) for one in selectors)


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    """What is kept of them. To HTML, OnClick is onclick."""
    for name, value in element.attrib.items():
        if name.lower() in ("href", XLINK_HREF):
            if value.strip().startswith("#"):
                yield "href", value.strip()
        elif name in (f"{XML}space", f"{XML}lang"):
            yield name.replace(XML, "xml:"), value
        elif not name.lower().startswith(("on", "{")) and not _FETCHES.search(value):
            yield name, value
