"""`ran [netns N] [status S] -- WORDS`: the learner executed a program that understands these words.

Without `netns` it counts wherever it ran: looking has no place of its own. `ip -n NETNS` acts in NETNS.
"""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.executed import ExecutedCommand, deeds
from nstutor.checks.fact import ANY, Fact, failed
from nstutor.checks.grammar import VERBATIM, Keywords, Words, fields
from nstutor.checks.presence import forgotten_exit, need_netns
from nstutor.checks.worked import Outcome, outcome
from nstutor.cmdline.understand import EXEC, Command, understand
from nstutor.text.i18n import _
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "netns": values.netns_or_any,
    "status": values.status,
}

ASKS_A_HOST = ("ping", "ping6", "traceroute", "arping")
LABEL_WORDS = 3


@dataclass(frozen=True)
class RanFact(Fact):
    """The learner executed a command with this meaning, in that namespace (None: in any)."""

    words: tuple[str, ...]
    command: Command
    netns: str | None
    status: int | None

    @property
    def text(self) -> str:
        """The command as the lesson has it."""
        return " ".join(self.words)

    @property
    def label(self) -> str:
        """See Fact."""
        return " ".join((self.netns or "ran", *self.words[:LABEL_WORDS]))

    @property
    def goal(self) -> str:
        """See Fact."""
        goal = _("`{command}` run in {netns}") if self.netns else _("`{command}` run")
        if self.status is not None:
            goal = (
                _("`{command}` run in {netns}, ended with status {status}")
                if self.netns
                else (_("`{command}` run, ended with status {status}"))
            )
        return goal.format(command=self.text, netns=self.netns, status=self.status)

    @property
    def looks(self) -> bool:
        """See Fact."""
        return True

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        here = [deed for deed in deeds(observation, self.command.program) if self._is_it(deed)]
        if any(self._counts(deed, observation) for deed in here):
            return PASSED
        missing = need_netns(observation.snapshot, self.netns) if self.netns else None
        if missing is not None:
            return missing
        if here:
            return self._does_not_count(here[0], observation)
        return self._near_miss(observation) or self._not_run()

    def _is_it(self, deed: ExecutedCommand) -> bool:
        return self.netns in (None, deed.netns) and self.command.covers(deed.command)

    def _counts(self, deed: ExecutedCommand, observation: Observation) -> bool:
        if not deed.execution.genuine or self.status not in (None, deed.execution.status):
            return False
        # A lesson that names a failure wants just that.
        return bool(self.status) or outcome(deed, observation.snapshot) is Outcome.LOOKED

    def _does_not_count(self, deed: ExecutedCommand, observation: Observation) -> Verdict:
        """What was run in the right place, and why it is not what was asked for."""
        found = outcome(deed, observation.snapshot)
        names = {"command": deed.text, "program": self.command.program, "status": deed.execution.status}
        if not deed.execution.genuine:
            message = _("what ran as `{command}` is not the unchanged {program} of the system")
        elif found is Outcome.TOLD_OF_ITSELF:
            message = _("`{command}` only tells about {program} itself")
        elif self.status is not None and self.status != deed.execution.status:
            return self._wrong_status(deed)
        elif found is Outcome.RUNNING:
            message = _("`{command}` has not come to anything yet")
        elif deed.execution.status:
            message = _(
                "`{command}` ended with status {status}, without an answer; "
                "it was asked wrongly, or for what does not exist"
            )
        else:
            message = _("`{command}` has no answer; it was asked wrongly, or for what does not exist")
        return failed(message.format(**names), self.text)

    def _not_run(self) -> Verdict:
        message = (
            _("you have not run `{command}` in {netns} yet") if self.netns else (_("you have not run `{command}` yet"))
        )
        return failed(message.format(command=self.text, netns=self.netns), self.text)

    def _wrong_status(self, deed: ExecutedCommand) -> Verdict:
        ended = deed.execution.status
        if ended is None:
            message = _("`{command}` has not ended by itself; its status should be {wanted}")
            return failed(message.format(command=deed.text, wanted=self.status), self.status)
        message = _("`{command}` ended with status {status}; it should be {wanted}")
        return failed(message.format(command=deed.text, status=ended, wanted=self.status), self.status, ended)

    def _wrong_place(self, deed: ExecutedCommand, observation: Observation) -> Verdict | None:
        if not self.command.covers(deed.command):
            return None
        found = deed.netns or _("a namespace without a name")
        device = next((link for link in observation.snapshot.links() if link.name == deed.command.netns), None)
        if device is not None and deed.netns not in observation.snapshot.namespaces:
            message = _("{name} is a device; the namespace to ask is {wanted}")
            return failed(message.format(name=device.name, wanted=self.netns), self.netns, found)
        advice = forgotten_exit(observation, found, self.netns or HOST)
        message = _("{command} ran in {netns}; it should run in {wanted}")
        message = message.format(command=self.text, netns=found, wanted=self.netns)
        return failed(message, self.netns, found, advice)

    def _near_miss(self, observation: Observation) -> Verdict | None:
        """What was run instead; of several near misses the latest, for that is where the learner is."""
        rules = (self._wrong_place, self._exec_left_out, self._no_house, self._other_target)
        done = (deed for deed in deeds(observation, self.command.program, "ip") if deed.execution.genuine)
        found = (rule(deed, observation) for deed in done for rule in rules)
        return next((verdict for verdict in found if verdict is not None), None)

    def _exec_left_out(self, deed: ExecutedCommand, observation: Observation) -> Verdict | None:
        """`ip netns greenland ping …`: only `exec` is missing."""
        verb = deed.command.verb
        if verb[:1] != ("netns",) or len(verb) < 2 or verb[1] not in observation.snapshot.namespaces:
            return None
        name, argv = verb[1], deed.execution.argv
        inner = understand(argv[argv.index(name) + 1 :])
        if inner is None or not self.command.covers(inner) or self.netns not in (None, name):
            return None
        whole = " ".join(("ip netns exec", *argv[argv.index(name) :]))
        return failed(_("the word exec is missing: `{command}`").format(command=whole), self.text, deed.text)

    def _no_house(self, deed: ExecutedCommand, observation: Observation) -> Verdict | None:
        """`ip netns exec ximenqing ip link`: a device's name where a namespace's belongs."""
        if deed.command.verb != EXEC or not deed.command.words:
            return None
        name, *tail = deed.command.words
        inner = understand(tail)
        if name in observation.snapshot.namespaces or inner is None or not self.command.covers(inner):
            return None
        is_device = any(link.name == name for link in observation.snapshot.links())
        if self.netns:
            message = (
                _("{name} is a device; the namespace to ask is {wanted}")
                if is_device
                else (_("there is no namespace {name}; the namespace to ask is {wanted}"))
            )
        else:
            message = _("{name} is a device") if is_device else _("there is no namespace {name}")
        return failed(message.format(name=name, wanted=self.netns), self.netns, name)

    def _other_target(self, deed: ExecutedCommand, _scene: Observation) -> Verdict | None:
        """The right program in the right place asked somebody else."""
        mine, theirs = self.command, deed.command
        same = mine.program == theirs.program in ASKS_A_HOST and self.netns in (None, deed.netns)
        if not same or len(mine.words) != 1 or len(theirs.words) != 1 or mine.words == theirs.words:
            return None
        asked, wanted = theirs.words[0], mine.words[0]
        if mine.program.startswith("ping"):
            message = (
                _("you pinged {asked} from {netns}; it should be {wanted}")
                if self.netns
                else (_("you pinged {asked}; it should be {wanted}"))
            )
        else:
            message = (
                _("you asked {program} for {asked} from {netns}; it should be {wanted}")
                if self.netns
                else (_("you asked {program} for {asked}; it should be {wanted}"))
            )
        message = message.format(program=mine.program, asked=asked, netns=self.netns, wanted=wanted)
        return failed(message, wanted, asked)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = (
            _("you ran `{command}` in {netns}; it should not be run")
            if self.netns
            else (_("you ran `{command}`; it should not be run"))
        )
        return failed(message.format(command=self.text, netns=self.netns), None, self.text)


def parse(words: Words) -> Fact:
    """Read what stands behind `ran`."""
    texts = [word.text for word in words.words]
    if VERBATIM not in texts:
        message = _("the words of the command stand behind `--`: {line}").format(line=f"ran {_repaired(texts)}")
        raise words.fault(message, words.words[0] if words.words else None)
    end = texts.index(VERBATIM)
    found = fields(words.without(words.words[end:]), KEYWORDS)
    verbatim = tuple(texts[end + 1 :])
    command = understand(verbatim)
    if command is None:
        raise words.fault(_("expected a command here that can be seen when it is executed"))
    netns = None if found.get("netns") == ANY else found.get("netns")
    if command.netns and netns not in (None, command.netns):
        message = _("`-n {one}` contradicts `netns {other}`").format(one=command.netns, other=netns)
        raise words.fault(message, words.named("-n"))
    status = int(found["status"]) if "status" in found else None
    return RanFact(verbatim, command, netns or command.netns, status)


def _repaired(texts: list[str]) -> str:
    """The line in the present form: `ip link netns greenland` becomes `netns greenland -- ip link`."""
    front: list[str] = []
    rest = list(texts)
    for key in KEYWORDS:
        if key in rest[:-1]:
            place = rest.index(key)
            front += rest[place : place + 2]
            del rest[place : place + 2]
    return " ".join([*front, VERBATIM, *(rest or ["WORDS"])])
