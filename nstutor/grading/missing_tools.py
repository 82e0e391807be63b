"""Commands that the grading machine lacks: told with their line and package, and whose lack makes a verdict void."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nstutor.checks.base import Check
from nstutor.lab.lacks import Lack, lacks
from nstutor.session.steps import StepMachine
from nstutor.shell.turn import LineResult
from nstutor.text.i18n import _

NOT_FOUND = frozenset((126, 127))
"""The statuses of a command that cannot be executed, or is not there (bash(1), EXIT STATUS)."""
LOOKERS = frozenset(("ping", "ping4", "ping6", "traceroute", "traceroute6", "tcpdump", "less", "vim", "ss", "netstat"))
"""Programs that change nothing."""
MAKERS = frozenset(("ip", "bash"))
"""Programs that can make a network namespace."""
OPERATORS = frozenset(";&|<>(){}`$\n")
_WRAPPERS = frozenset(("sudo", "time", "command", "nohup", "env"))


class _Missed(NamedTuple):
    """A command that was not found."""

    lack: Lack
    number: int
    alone: bool
    """It is a plain command: nothing else in its line hung on it."""
    looks: bool
    """And it would have changed nothing."""


class MissingTools:
    """Hears of each line, and says what its lack means."""

    def __init__(self, found: Sequence[Lack] | None = None) -> None:
        self._lacks = {lack.name: lack for lack in (lacks() if found is None else found)}
        self._missed: list[_Missed] = []
        names = "|".join(map(re.escape, self._lacks))
        # What cannot be executed is as little there.
        said = r"(?: failed)?: (?:command not found|not found|No such file or directory|Permission denied)\s*$"
        self._said = re.compile(rf"(?:^|[\s\"'‘/])({names})[\"'’]?{said}", re.MULTILINE)

    def typed(self, number: int, turn: LineResult) -> Iterator[str]:
        """Notes on a line that has ended, each program once."""
        for name in self._missing(turn) if self._lacks else ():
            known = {missed.lack.name for missed in self._missed}
            words = _plain_command(turn.line)
            looks = bool(words) and _looks(words[0].rpartition("/")[2], words[1:])
            self._missed.append(_Missed(self._lacks[name], number, bool(words), looks))
            if name not in known:
                yield _("line {line}: this machine lacks {program}; the package {package} brings it").format(
                    line=number, program=name, package=self._lacks[name].package
                )

    def _missing(self, turn: LineResult) -> list[str]:
        """The lacking programs that bash, or whoever was to run them, did not find."""
        said = self._said.findall(turn.output.decode(errors="replace").replace("\r", ""))
        if not said and turn.status in NOT_FOUND:
            # What is said may have been thrown away.
            said = [word for word in turn.line.split() if word in self._lacks]
        return list(dict.fromkeys(said))

    def reason(self, session: StepMachine) -> str | None:
        """Why the verdict is void: a step that counts was not reached, and may have hung on such a command."""
        for state in session.states:
            if state.reached or (session.plan.looks(state.step) and not state.step.required):
                continue
            checks = session.plan.checks[state.step.id]
            for missed in self._missed:
                if not any(_may_hang(check, missed) for check in checks):
                    continue
                text = _("this machine lacks {program}, which line {line} runs")
                return text.format(program=missed.lack, line=missed.number)
        return None


def _may_hang(check: Check, missed: _Missed) -> bool:
    """Whether the check could have come to something else with that command."""
    if not missed.lack.expected:
        return False
    if missed.looks:
        return check.looks and missed.lack.name in check.text.split()
    # A namespace is made by iproute2 alone.
    about_netns = check.text.removeprefix("not ").startswith("netns ")
    return not (missed.alone and missed.lack.name not in MAKERS and about_netns)


def _plain_command(line: str) -> list[str]:
    """The words of a line that is one plain command, without what stands before its program; nothing for any other."""
    if OPERATORS & set(line.strip()):
        return []
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []
    while words and (words[0] in _WRAPPERS or words[:3] == ["ip", "netns", "exec"]):
        words = words[4:] if words[0] == "ip" else words[1:]
    return words


def _looks(program: str, words: Sequence[str]) -> bool:
    """Whether a program with these words changes nothing."""
    plain = [word for word in words if not word.startswith("-")]
    if program == "brctl":
        return not plain or plain[0].startswith("show")
    if program == "route":
        return not {"add", "del"} & set(plain)
    if program == "ifconfig":
        return len(plain) < 2
    if program == "nft":
        return plain[:1] == ["list"]
    if program in {"iptables", "ip6tables"}:
        return not any(re.fullmatch(r"-[AIDRPFXNEZ]|--[a-z]+", word) for word in words)
    return program in LOOKERS or program == "iptables-save" or (program == "arp" and not plain[1:])
