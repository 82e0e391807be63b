"""The coach: which message, or which state, is explained by whom."""

from __future__ import annotations

import re
from collections.abc import Callable

from nstutor.coach import exists, names, tools, typed
from nstutor.coach.advice import Advice, Attempt
from nstutor.coach.messages import EXPLAINERS

__all__ = ["Advice", "Attempt", "explain"]

_LONGEST_OUTPUT = 20_000
_INTERRUPTED, _STOPPED = 130, 148

_BY_STATE: tuple[Callable[[Attempt], Advice | None], ...] = (
    typed.foreign_character,
    typed.pasted_prompt,
    names.made_in_inner_shell,
    exists.without_prefix_length,
    typed.bash_help,
    typed.slash_remark,
    tools.foreign_tool,
)
"""What is seen in the line and in what it changed; these look at the status themselves."""


def explain(attempt: Attempt) -> Advice | None:
    """What a command's failure came from, in one line; None where nothing is certain.

    A command that was interrupted needs no word. A message counts when the line failed, and in a line of several
    commands also when only the last of them succeeded: a file that is merely shown may quote any message.
    """
    if attempt.status in (_INTERRUPTED, _STOPPED):
        return None
    advice = next((found for look in _BY_STATE if (found := look(attempt))), None)
    if advice or not (attempt.status or _may_hide_failures(attempt)):
        return advice
    return _by_message(attempt, attempt.output[:_LONGEST_OUTPUT].replace("\r", ""))


def _by_message(attempt: Attempt, output: str) -> Advice | None:
    for pattern, function in EXPLAINERS:
        match = pattern.search(output)
        name = match.groupdict().get("name") or "" if match else ""
        if match and (attempt.status or name in attempt.line) and (advice := function(attempt, name)):
            return advice
    return None


def _may_hide_failures(attempt: Attempt) -> bool:
    """Whether a line can show a message and succeed: several commands, or `ip netns` that stumbles over a dead file."""
    several = re.search(r"[;&|\n]|\$\(", attempt.line) is not None and "<<" not in attempt.line
    return several or (bool(attempt.after.dead) and "netns" in attempt.line)
