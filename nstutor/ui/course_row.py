"""One lesson as a line of the course."""

from __future__ import annotations

from rich.text import Text

from nstutor.progress.course import Entry
from nstutor.text.i18n import _
from nstutor.text.width import padded


def row(entry: Entry, *, chosen: bool = False) -> Text:
    """One lesson: done, chosen or to come; its number, title and how far."""
    done = entry.passed == len(entry.lesson.steps)
    sign, style = ("✓", "green") if done else ("▸", "bold") if chosen else (" ", "")
    far = _("{n} of {all}").format(n=entry.passed, all=len(entry.lesson.steps)) if entry.passed else ""
    spent = "   " + _("{n} min").format(n=max(1, round(entry.seconds / 60))) if entry.seconds else ""
    title = Text(padded(entry.lesson.title, 30), "bold" if chosen else "")
    return Text.assemble("   ", (sign, style), f" {entry.number}  ", title, f"  {padded(far, 8)}", (spent, "dim"))
