"""`!!` and `!$`: the line before, and its last word.

bash's own expansion is off (`nstutor.shell.marks.environment`): its "event not found" ends a line without a mark, and
it takes exclamation marks out of ordinary text. Here they are expanded where a word begins, outside of quotes.
"""

from __future__ import annotations

import re

from nstutor.errors import UsageError
from nstutor.text.i18n import _

_SKIPPED_OR_EVENT = re.compile(
    r"""\\.|'[^']*'?|"(?:\\.|[^"\\])*"?"""
    r"""|(?:(?<=[\s;&|(])|\A)(?:(?P<line>!!)(?=[\s;&|)]|\Z)|(?P<word>!\$)(?![\w{(]))"""
    r"""|(?:(?<=\s)|\A)\#.*""",
    re.DOTALL,
)

_WORD = re.compile(
    r"""(?:\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[$<>]\((?:[^()]|\([^()]*\))*\)|`[^`]*`|[^\s;&|()<>'"\\`])+""", re.DOTALL
)


def expand(line: str, before: str | None) -> str:
    """The line with what `!!` and `!$` stand for; `before` is the command before it, if there was one.

    Raises UsageError where that cannot be told.
    """

    def expanded(match: re.Match[str]) -> str:
        if match["line"] is None and match["word"] is None:
            return match[0]
        if before is None:
            raise UsageError(_("{event}: there is no command before this one").format(event=match[0]))
        if "\n" in before:
            raise UsageError(
                _("{event}: the command before this one has several lines").format(event=match[0]),
                _("The Up key brings them back one by one."),
            )
        return before if match["line"] else (_WORD.findall(before) or [""])[-1]

    return _SKIPPED_OR_EVENT.sub(expanded, line)
