"""`sysctl KEY VALUE [netns N]`: a setting of the namespace holds."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import forgotten_exit, need_netns
from nstutor.kernel.model import Part
from nstutor.kernel.parts import Setting
from nstutor.text.i18n import _, listed
from nstutor.text.names import HOST
from nstutor.text.typo import nearest

KEYWORDS: Keywords = {"netns": values.netns}

WELL_KNOWN = (
    "net.ipv4.ip_forward",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.conf.all.forwarding",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.default.rp_filter",
    "net.ipv4.conf.all.proxy_arp",
    "net.ipv4.conf.all.arp_ignore",
    "net.ipv4.conf.all.route_localnet",
    "net.ipv6.conf.all.forwarding",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.default.disable_ipv6",
    "net.ipv6.conf.all.accept_ra",
    "net.ipv4.tcp_syncookies",
)
"""For `did you mean`, where a setting does not exist."""


def dotted(path: str) -> str:
    """The setting as `sysctl` prints it."""
    return path.translate(str.maketrans("./", "/."))


@dataclass(frozen=True)
class SysctlFact(Fact):
    """The setting has that value."""

    key: str
    """Its path below /proc/sys."""
    value: str
    netns: str

    @property
    def name(self) -> str:
        """The setting as `sysctl` prints it."""
        return dotted(self.key)

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.netns} {self.name.rpartition('.')[2]}"

    @property
    def goal(self) -> str:
        """See Fact."""
        return _("{name} = {value} in {netns}").format(name=self.name, value=self.value, netns=self.netns)

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Setting(self.key)})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        now = observation.snapshot.setting(self.netns, self.key)
        if now == self.value:
            return PASSED
        return self._absent() if now is None else self._another(observation, now)

    def _absent(self) -> Verdict:
        near = nearest(self.name, WELL_KNOWN, 0.9)
        if near is not None:
            message = _("{netns} has no setting {name}; there is {near}")
            return failed(message.format(netns=self.netns, name=self.name, near=near), self.value)
        return failed(_("{netns} has no setting {name}").format(netns=self.netns, name=self.name), self.value)

    def _another(self, observation: Observation, now: str) -> Verdict:
        names = {"name": self.name, "now": now, "netns": self.netns, "value": self.value}
        others = [
            name
            for name in observation.snapshot.namespaces
            if observation.snapshot.setting(name, self.key) == self.value
        ]
        # What all the others have as well nobody has set there by mistake.
        if not others or len(others) == len(observation.snapshot.namespaces) - 1 > 1:
            message = _("{name} is {now} in {netns}; it must be {value}")
            return failed(message.format(**names), self.value, now)
        message = _("{name} is {now} in {netns}; it must be {value}, as it is in {others}")
        advice = forgotten_exit(observation, others[0], self.netns)
        return failed(message.format(**names, others=listed(others)), self.value, now, advice)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = _("{name} is {value} in {netns}; it must not be")
        return failed(message.format(name=self.name, value=self.value, netns=self.netns), None, self.value)


def parse(words: Words) -> Fact:
    """Read what stands behind `sysctl`: a setting, and its value in one word or several."""
    key, words = words.value(values.setting, _("a setting"))
    if "=" in key or words.named("="):
        raise words.fault(_("a setting and its value stand without `=`: net.ipv4.ip_forward 1"), words.named("="))
    value = []
    while words.words and words.words[0].text not in KEYWORDS:
        word, words = words.first(_("a value"))
        value.append(word.text)
    if not value:
        raise words.fault(_("expected a value of the setting here"), words.words[0] if words.words else None)
    found = fields(words, KEYWORDS)
    return SysctlFact(key, " ".join(value), found.get("netns", HOST))
