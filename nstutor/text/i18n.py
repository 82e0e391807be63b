"""The language of the program's own texts: gettext's catalogues, and which of them is in use.

`_("{name} is down").format(name=name)` gives a text in the language in use; `n_` chooses between singular and plural;
`N_` only marks a text, for a table that is translated where it is shown. What the commands of the lab print is never
translated: their world's locale is C.UTF-8.
"""

from __future__ import annotations

import contextlib
import gettext
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

PRIMARY = "en"
"""What the texts in the source, and the lessons' primary files, are written in."""
LANGUAGES = (PRIMARY, "zh")
DOMAIN = "nstutor"
FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "locale")
"""LANGUAGE/LC_MESSAGES/nstutor.mo; compiled from the .po beside it when nstutor is built."""

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Who decides, in this order (gettext(3), "The LANGUAGE variable")."""


class _Speech:
    """What this process speaks: also its threads and callbacks, so that it is no context variable."""

    def __init__(self) -> None:
        self.language = PRIMARY
        self.catalogues: dict[str, gettext.NullTranslations] = {}

    def catalogue(self) -> gettext.NullTranslations:
        """The texts of the language in use."""
        if self.language not in self.catalogues:
            self.catalogues[self.language] = gettext.translation(DOMAIN, FOLDER, [self.language], fallback=True)
        return self.catalogues[self.language]


_speech = _Speech()


def _(text: str) -> str:
    """The text in the language in use; as it is where it has no translation."""
    # Under "" a catalogue has its own description.
    return text and _speech.catalogue().gettext(text)


def n_(one: str, many: str, number: int) -> str:
    """The text for so many things, in the language in use."""
    return _speech.catalogue().ngettext(one, many, number)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """The text itself, marked for translation."""
    return text


def in_use() -> str:
    """The language in use: `en`, `zh`."""
    return _speech.language


def use(language: str) -> None:
    """Speak this language from now on."""
    _speech.language = language


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language for the body."""
    before = in_use()
    use(language)
    try:
        yield
    finally:
        use(before)


def wanted(environment: Mapping[str, str]) -> str:
    """The first language of the environment's that nstutor speaks, as gettext(3) reads it; else the primary one."""
    value = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    codes = (part.replace("-", "_").partition(".")[0].partition("_")[0].lower() for part in value.split(":"))
    return next((code for code in codes if code in LANGUAGES), PRIMARY)


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language that `--lang` names among a command's arguments, else the environment's.

    Read before anything else is made of the arguments, for what is said about them is said in it.
    """
    following = [*arguments[1:], ""] if arguments else []
    named = dict(map(_pair, zip(arguments, following, strict=True))).get("--lang")
    return named if named in LANGUAGES else wanted(environment)


def _pair(words: tuple[str, str]) -> tuple[str, str]:
    """An option and its value, in one word or in two."""
    name, equals, value = words[0].partition("=")
    return name, value if equals else words[1]


YES_OR_NO = "[y/N]"
"""Stands behind a question, in every language: these are the keys."""


def is_yes(answer: str) -> bool:
    """Whether that was typed to agree."""
    return answer.strip().lower() in {"y", "yes", _("yes")}


def listed(words: Iterable[str]) -> str:
    """Words in one sentence: `a`, `a and b`, `a, b and c`."""
    *front, last = words
    return _("{front} and {last}").format(front=in_row(front), last=last) if front else last


def in_row(words: Iterable[str]) -> str:
    """Words in a row: `a, b, c`."""
    return _(", ").join(words)


def phrases(words: Iterable[str]) -> str:
    """Phrases that make one sentence: `3 devices, lo is up`."""
    return reduce(lambda before, after: _("{before}, {after}").format(before=before, after=after), words)


def clauses(cause: str, remark: str) -> str:
    """A cause and what to make of it, in one sentence."""
    return _("{cause}; {remark}").format(cause=cause, remark=remark)


def sentences(first: str, second: str) -> str:
    """Two sentences, one after the other."""
    return _("{first} {second}").format(first=first, second=second)


def cause_of(message: str) -> str:
    """The cause in a sentence of `clauses`, or in one that is translated as such."""
    return re.split("[;；]", message, maxsplit=1)[0]
