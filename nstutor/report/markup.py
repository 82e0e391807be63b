"""HTML by construction: whatever is not markup already is escaped on its way in."""

from __future__ import annotations

import html

from nstutor.text.width import printable


class Markup(str):
    """A text that is HTML."""

    __slots__ = ()


def escaped(content: str) -> Markup:
    """The content as HTML; control characters and bytes that are no text become visible."""
    if isinstance(content, Markup):
        return content
    return Markup(html.escape(printable(content, keep="\n")))


def element(tag: str, *content: str, **attributes: str) -> Markup:
    """An element; `class_` is its class. Attribute values are escaped, too."""
    words = "".join(f' {name.rstrip("_")}="{escaped(value)}"' for name, value in attributes.items() if value)
    return Markup(f"<{tag}{words}>{joined(*content)}</{tag}>")


def joined(*content: str) -> Markup:
    """The pieces one after another."""
    return Markup("".join(map(escaped, content)))
