"""The right answer to a question, read from the kernel: `link lo netns greenland operstate`.

An expression is a check's subject and keywords, and last the keyword whose value is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.grammar import Keywords, Reader, Words, fields, split
from nstutor.kernel.model import HOST, Kind, Part, Snapshot
from nstutor.language import _
from nstutor.lesson.faults import did_you_mean, there_are
from nstutor.lesson.model import Line, Question

Selected = Mapping[str, str]
"""The expression's subject (under "") and the keywords that narrow it down."""


SWITCHES: Mapping[str, tuple[str, str]] = {"up": ("down", "up"), "carrier": ("off", "on")}
"""What a question gets for an attribute that is false or true."""
QUOTES = "`'\""
SYNONYMS: Mapping[str, str] = {"yes": "on", "no": "off"}
"""What a learner may reasonably write for the same thing."""


@dataclass(frozen=True)
class Answer:
    """What the kernel is asked."""

    family: str
    selected: Selected
    asked: str
    """The keyword whose value is the answer."""

    @property
    def needs(self) -> frozenset[Part]:
        """What must be read besides links and addresses."""
        return FAMILIES[self.family].needs

    def read(self, snapshot: Snapshot) -> str | None:
        """The right answer now: `none` for what is not set; None where there is no such device or entry."""
        record = next(iter(FAMILIES[self.family].records(snapshot, self.selected)), None)
        if record is None:
            return None
        attribute = FAMILIES[self.family].asked[self.asked]
        value = getattr(record, attribute)
        if isinstance(value, bool):
            return SWITCHES[attribute][value]
        return "none" if value is None else str(value)

    def accepts(self, given: str, snapshot: Snapshot) -> bool:
        """Whether a learner's answer is right; a prefix length may be left out."""
        right = self.read(snapshot)
        if right is None:
            return False
        word = plain(given)
        return SYNONYMS.get(word, word) in (plain(right), plain(right).split("/")[0])


def right_answer(question: Question, given: str, snapshot: Snapshot) -> bool:
    """Whether this is the answer to the question; letter case, blanks and a full stop aside."""
    if question.fixed is not None:
        return plain(given) in map(plain, (question.fixed, *question.others))
    return question.answer is not None and parse_answer(question.answer, "").accepts(given, snapshot)


def plain(text: str) -> str:
    """An answer without what does not matter in it."""
    return " ".join(text.split()).casefold().strip(QUOTES).removesuffix(".").strip(QUOTES)


@dataclass(frozen=True)
class _Family:
    subject: Reader
    keywords: Keywords
    asked: Mapping[str, str]
    """Keyword to the attribute of the record."""
    records: Callable[[Snapshot, Selected], Iterable[object]]
    needs: frozenset[Part] = frozenset()


def _links(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    link = snapshot.link(selected.get("netns", HOST), selected[""])
    return [link] if link else []


def _addresses(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    found = (a for a in snapshot.addresses() if a.netns == selected.get("netns", HOST))
    return [a for a in found if a.family == selected[""] and a.dev == selected.get("dev", a.dev)]


def _routes(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    found = (route for route in snapshot.routes() if route.netns == selected.get("netns", HOST))
    return [route for route in found if str(route.dst) == selected[""]]


def _neighbours(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    found = (entry for entry in snapshot.neighbours() if entry.netns == selected.get("netns", HOST))
    return [e for e in found if e.dst == selected[""] and e.dev == selected.get("dev", e.dev)]


def _fdb(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    namespace = snapshot.namespaces.get(selected.get("netns", HOST))
    mac = values.mac_of(selected[""], snapshot)
    entries = namespace.fdb or () if namespace else ()
    return [e for e in entries if mac and e.mac == mac and e.master == selected.get("master", e.master)]


def _family(text: str) -> str:
    if text not in ("inet", "inet6"):
        raise ValueError(_("`{word}` is not `inet` or `inet6`").format(word=text))
    return text


def _same(*keywords: str) -> dict[str, str]:
    return {keyword: keyword for keyword in keywords}


FAMILIES: Mapping[str, _Family] = {
    "link": _Family(values.dev, {"netns": values.netns},
                    _same("type", "operstate", "up", "carrier", "mtu", "address", "master", "port", "peer",
                          "peernetns"), _links),
    "addr": _Family(_family, {"netns": values.netns, "dev": values.dev},
                    {"local": "interface", "dev": "dev", "scope": "scope"}, _addresses),
    "route": _Family(values.network, {"netns": values.netns}, _same("via", "dev", "src"), _routes,
                     frozenset({Kind.ROUTES})),
    "neigh": _Family(values.address, {"netns": values.netns, "dev": values.dev}, _same("lladdr", "dev", "state"),
                     _neighbours, frozenset({Kind.NEIGHBOURS})),
    "fdb": _Family(values.mac, {"netns": values.netns, "master": values.dev}, _same("dev", "master"), _fdb,
                   frozenset({Kind.FDB})),
}  # fmt: skip


def parse_answer(line: Line, path: str) -> Answer:
    """Read an `answer:` expression. Raises LessonError with the place of what is wrong."""
    words = split(line, path)
    name, rest = words.first(_("an expression: `link lo netns greenland operstate`"))
    if name.text not in FAMILIES:
        meant = did_you_mean(name.text, FAMILIES)
        raise words.fault(_("nothing can be asked of `{word}`{meant}").format(word=name.text, meant=meant), name)
    family = FAMILIES[name.text]
    subject, rest = rest.value(family.subject, _("a subject"))
    asked, rest = _asked(rest, family)
    return Answer(name.text, {"": subject, **fields(rest, family.keywords)}, asked)


def _asked(words: Words, family: _Family) -> tuple[str, Words]:
    """The last word: which value is asked for."""
    last = words.words[-1] if words.words else None
    if last is None or last.text not in family.asked:
        meant = did_you_mean(last.text, family.asked) if last else there_are(family.asked)
        raise words.fault(_("the last word says which value is asked for{meant}").format(meant=meant), last)
    return last.text, words.without([last])
