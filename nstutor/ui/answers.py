"""A learner's wrong answer to a question: which command would have shown the right one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nstutor.checks.answer import Answer, parse_answer
from nstutor.kernel.model import Snapshot
from nstutor.lesson.model import Question
from nstutor.text.i18n import N_, _, sentences
from nstutor.text.names import HOST

AGAIN = N_("No. Look again, then answer again.")


def otherwise(question: Question, path: str, snapshot: Snapshot) -> str:
    """What to say to a wrong answer: the command that shows the right one, but not the right one itself."""
    if question.answer is None:
        return _(AGAIN)
    asked = parse_answer(question.answer, path)
    if asked.read(snapshot) is None:
        return _("There is nothing to see yet: `{command}` shows none.").format(command=_command(asked))
    return sentences(_("`{command}` says otherwise.").format(command=_command(asked)), _place(asked))


def _command(asked: Answer) -> str:
    """The command that shows what is asked for, from the outermost shell."""
    netns = asked.selected.get("netns", HOST)
    if asked.family in PROGRAMS:
        inside = "" if netns == HOST else f"ip netns exec {netns} "
        return inside + PROGRAMS[asked.family](asked.selected)
    elsewhere = "" if netns == HOST else f" -n {netns}"
    if asked.family == "fdb" or asked.asked == "port":
        return f"bridge{elsewhere} {COMMANDS['port' if asked.asked == 'port' else 'fdb'](asked.selected)}"
    detailed = " -d" if asked.asked == "type" else ""
    return f"ip{elsewhere}{detailed} {COMMANDS[asked.family](asked.selected)}"


def _table(selected: Mapping[str, str]) -> str:
    return f" table {selected['table']}" if "table" in selected else ""


def _on_device(selected: Mapping[str, str]) -> str:
    return f" dev {selected['dev']}" if "dev" in selected else ""


COMMANDS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "link": lambda selected: f"link show {selected['']}",
    "addr": lambda selected: f"addr show{_on_device(selected)}",
    "route": lambda selected: f"route show {selected['']}{_table(selected)}",
    "rule": lambda _: "rule show",
    "neigh": lambda selected: f"neigh show {selected['']}{_on_device(selected)}",
    "fdb": lambda selected: f"fdb show{' br ' + selected['master'] if 'master' in selected else ''}",
    "port": lambda selected: f"link show dev {selected['']}",
}


def _socket_table(selected: Mapping[str, str]) -> str:
    letters = {"tcp": "t", "udp": "u"}.get(selected.get("proto", ""), "tu")
    return f"ss -ln{letters} sport = {selected['']}"


def _chain(selected: Mapping[str, str]) -> str:
    table, chain = selected[""].split()
    program = "iptables" if selected["family"] == "4" else "ip6tables"
    return f"{program}{'' if table == 'filter' else f' -t {table}'} -nvL {chain}"


PROGRAMS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "sysctl": lambda selected: f"sysctl {selected[''].translate(str.maketrans('./', '/.'))}",
    "listen": _socket_table,
    "netfilter": _chain,
}
"""Those that go into no namespace by themselves."""

ANGLES = N_("Look between the angle brackets.")
PLACES: Mapping[str, str] = {
    "up": ANGLES,
    "carrier": ANGLES,
    "peer": N_("Look behind the @."),
    "type": N_("Look at the beginning of its last line."),
    "operstate": N_('Look behind the word "state".'),
    "port": N_('Look behind the word "state".'),
    "address": N_('Look behind "link/".'),
    "peernetns": N_('Look behind "link-netns".'),
    "local": N_('Look behind "inet".'),
    "state": N_("Look at the last word."),
    "value": N_('Look behind "=".'),
    "priority": N_("Look before the colon."),
    "packets": N_('Look below "pkts".'),
    "target": N_('Look below "target".'),
    "proto": N_('Look below "Netid".'),
}
"""Where the answer stands in the command's output, by the keyword asked for; else it stands behind that word."""


def _place(asked: Answer) -> str:
    if (asked.family, asked.asked) == ("listen", "local"):
        return _('Look below "Local Address:Port".')
    return (
        _(PLACES[asked.asked])
        if asked.asked in PLACES
        else (_('Look behind the word "{word}".').format(word=asked.asked))
    )
