"""The YAML between the two `---` lines at the top of a lesson file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from nstutor.lesson.declared import declared
from nstutor.lesson.faults import Faults, did_you_mean
from nstutor.lesson.points import PassMark, read_pass_mark
from nstutor.lesson.source import Source
from nstutor.lesson.variables import Variable
from nstutor.text.i18n import _

FORMAT = 1
"""The one format of lesson files that this nstutor reads."""

KEYS = ("format", "id", "title", "requires", "tools", "minutes", "pass", "vars")
TRANSLATION_KEYS = ("format", "id", "lang", "title")
FENCE = "---"
ID_RE = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
TOOL_RE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*\Z")
LONGEST_MINUTES = 600


@dataclass(frozen=True)
class FrontMatter:
    """What the front matter says; where it has faults, the nearest harmless value."""

    id: str
    title: str
    requires: tuple[str, ...]
    tools: tuple[str, ...]
    minutes: int | None
    end: int
    """Number of the line with the closing `---`."""
    pass_mark: PassMark | None = None
    pass_line: int = 1
    variables: tuple[Variable, ...] | None = ()
    """None where they have faults: then nothing behind can be read."""


@dataclass(frozen=True)
class TranslationFront:
    """What that of a translation says."""

    title: str
    """Empty where it is left out."""
    title_line: int
    end: int
    """Number of the line with the closing `---`."""


class _Reader:
    """Reads the values of one mapping and notes what is wrong with them."""

    def __init__(self, nodes: Mapping[str, yaml.Node], faults: Faults) -> None:
        self._nodes = nodes
        self._faults = faults

    def fault(self, node: yaml.Node, message: str) -> None:
        """Note a fault at a node."""
        mark = node.start_mark
        width = node.end_mark.column - mark.column if node.end_mark.line == mark.line else 1
        self._faults.add(mark.line + 2, mark.column + 1, message, width)

    def text(self, key: str) -> str:
        """The value of a key that every lesson has; "" with a fault."""
        node = self._nodes.get(key)
        if node is None:
            self._faults.add(1, 1, _("the front matter has no `{key}`").format(key=key), len(FENCE))
            return ""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.fault(node, _("`{key}` must be a text").format(key=key))
            return ""
        return str(node.value).strip()

    def matched(self, key: str, pattern: re.Pattern[str], meaning: str) -> str:
        """The value of a key that every lesson has, of a certain form."""
        value = self.text(key)
        if value and not pattern.match(value):
            self.fault(self._nodes[key], _("`{key}` must be {meaning}").format(key=key, meaning=meaning))
        return value

    def texts(self, key: str, pattern: re.Pattern[str], meaning: str) -> tuple[str, ...]:
        """A list of words, empty where the key is left out."""
        node = self._nodes.get(key)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, _("`{key}` must be a list: `{key}: [one, two]`").format(key=key))
            return ()
        return tuple(str(item.value) for item in node.value if self._is_word(key, item, pattern, meaning))

    def _is_word(self, key: str, item: yaml.Node, pattern: re.Pattern[str], meaning: str) -> bool:
        good = isinstance(item, yaml.ScalarNode) and pattern.match(item.value) is not None
        if not good:
            self.fault(item, _("`{key}` lists {meaning}").format(key=key, meaning=meaning))
        return good

    def minutes(self) -> int | None:
        """How long the lesson takes, if it says so."""
        node = self._nodes.get("minutes")
        if node is None:
            return None
        value = node.value if isinstance(node, yaml.ScalarNode) else ""
        if re.fullmatch(r"[0-9]{1,3}", value) and 0 < int(value) <= LONGEST_MINUTES:
            return int(value)
        message = _("`{key}` must be a whole number from 1 to {most}").format(key="minutes", most=LONGEST_MINUTES)
        self.fault(node, message)
        return None

    def pass_mark(self) -> PassMark | None:
        """What a submission needs, if the lesson says so."""
        node = self._nodes.get("pass")
        if node is None:
            return None
        mark = read_pass_mark(node.value.strip()) if isinstance(node, yaml.ScalarNode) else None
        if mark is None:
            self.fault(node, _("`pass` must be per cent of the points, `80 %`, or points, `5`"))
        return mark

    def variables(self) -> tuple[Variable, ...] | None:
        """What differs from student to student; None with faults."""
        return declared(self._nodes.get("vars"), self.fault)

    def line(self, key: str) -> int:
        """Where a key's value begins; 1 if it is left out."""
        node = self._nodes.get(key)
        return node.start_mark.line + 2 if node else 1

    def is_our_format(self) -> bool:
        """Whether the file is of the format that we read; if not, says which side to bring up to date."""
        value = self.text("format")
        if value == str(FORMAT) or not value:
            return True
        node = self._nodes["format"]
        if not re.fullmatch(r"[0-9]{1,9}", value):
            message = _("`format` must be a whole number; this nstutor reads format {ours}")
        elif int(value) > FORMAT:
            message = _("this nstutor reads format {ours}; format {found} is newer: upgrade nstutor")
        else:
            message = _("format {found} is older than this nstutor reads: bring the lesson up to format {ours}")
        self.fault(node, message.format(ours=FORMAT, found=value))
        return False


def read(source: Source, faults: Faults) -> FrontMatter | None:
    """Read the front matter; None, with the fault noted, where the rest of the file cannot be understood."""
    end = _end(source, faults)
    nodes = _mapping(source, end, KEYS, faults) if end else None
    if nodes is None:
        return None
    reader = _Reader(nodes, faults)
    return _front_matter(reader, end) if reader.is_our_format() else None


def read_translation(source: Source, identity: str, language: str, faults: Faults) -> TranslationFront | None:
    """Read that of a translation, which must be of the lesson with this id and into this language.

    None, with the fault noted, where the rest of the file cannot be understood.
    """
    end = _end(source, faults)
    nodes = _mapping(source, end, TRANSLATION_KEYS, faults) if end else None
    if nodes is None:
        return None
    reader = _Reader(nodes, faults)
    if not reader.is_our_format():
        return None
    for key, wanted in (("id", identity), ("lang", language)):
        value = reader.text(key)
        if value and value != wanted:
            message = _("`{key}` must be `{wanted}`, as the file's name says").format(key=key, wanted=wanted)
            reader.fault(nodes[key], message)
    title = nodes.get("title")
    return TranslationFront(reader.text("title") if title else "", title.start_mark.line + 2 if title else 1, end)


def _front_matter(reader: _Reader, end: int) -> FrontMatter:
    return FrontMatter(
        id=reader.matched("id", ID_RE, _("small letters, digits and hyphens: [a-z0-9-]+")),
        title=reader.text("title"),
        requires=reader.texts("requires", ID_RE, _("ids of lessons")),
        tools=reader.texts("tools", TOOL_RE, _("names of programs")),
        minutes=reader.minutes(),
        end=end,
        pass_mark=reader.pass_mark(),
        pass_line=reader.line("pass"),
        variables=reader.variables(),
    )


def _end(source: Source, faults: Faults) -> int:
    """Number of the line that closes the front matter; 0, with the fault noted, if there is none."""
    if source.lines[0].rstrip() != FENCE:
        faults.add_line(1, _("a lesson file begins with `---` and its front matter (format, id, title)"))
        return 0
    for number, line in enumerate(source.lines[1:], 2):
        if line.rstrip() == FENCE:
            return number
        if line.startswith(("```", "~~~", "## ")):
            break  # here the lesson itself has begun: a later --- underlines a heading
    faults.add(1, 1, _("the front matter is not closed by a second `---`"), len(FENCE))
    return 0


def _mapping(source: Source, end: int, keys: Sequence[str], faults: Faults) -> dict[str, yaml.Node] | None:
    # compose(), not load(): every value stays the text that was written (an unquoted MAC is no number in base 60),
    # and every node knows its place.
    try:
        root = yaml.compose("\n".join(source.lines[1 : end - 1]) + "\n", Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 2, mark.column + 1) if mark else (1, 1)
        message = _("the front matter is not YAML: {why}").format(why=_(str(error.problem)))
        faults.add(min(place[0], end), place[1], message)
        return None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        faults.add(1, 1, _("the front matter is not YAML: {why}").format(why=str(error).splitlines()[0]), len(FENCE))
        return None
    if not isinstance(root, yaml.MappingNode):
        faults.add(1, 1, _("the front matter must be `key: value` lines"), len(FENCE))
        return None
    return _pairs(root, keys, faults)


def _pairs(root: yaml.MappingNode, keys: Sequence[str], faults: Faults) -> dict[str, yaml.Node]:
    pairs: dict[str, yaml.Node] = {}
    for key, value in root.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        place = (key.start_mark.line + 2, key.start_mark.column + 1)
        if name not in keys:
            message = _("unknown key `{key}`{meant}").format(key=name, meant=did_you_mean(name, keys))
            faults.add(*place, message, len(name))
        elif name in pairs:
            faults.add(*place, _("`{word}` is given twice").format(word=name), len(name))
        pairs.setdefault(name, value)
    return pairs
