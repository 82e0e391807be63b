"""A script as students hand it in: copied with its prompts, with output between them, with remarks behind `//`.

What is meant for certain is taken so, and told; a line that bash understands stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from nstutor import NamedTuple
from nstutor.cmdline.programs import defined_in, is_command, is_remark, may_be_remark, runs_tool
from nstutor.cmdline.quoting import Document, Reader
from nstutor.grading.answers import is_answer
from nstutor.text.i18n import _

LONGEST = 2 << 20
"""Characters of a script that is looked through; nobody copies so much from a terminal."""
MOST_PLACES = 200
SHOWN = 60
"""Characters of a line in a note."""

# No command is called like these, so they are prompts wherever a line begins with them; `echo ❯` is none.
PROMPT = re.compile(
    r"""\s*(?:\([\w.-]+\)\s+)?
        (?: \[[\w.-]+@[\w.-]+\ [^\]]*\][#$%]         # [root@localhost ~]#
          | [\w.-]+@[\w.-]+:\S*?[#$]                 # root@box:~#
          | [\w.-]+@[\w.-]+:[~/][^#$]*[#$]          # me@box:~/my work$
          | [\w.-]+@[\w.-]+\ \S+\ %                  # user@mac ~ %
          | [\w.-]+:[~/\w]\S*\ [\w.-]+\$            # mac:~ user$
          | ➜\ +\S+(?:\ git:\(\S+\))?(?:\ ✗)?        # ➜  ~
          | (?P<ours>(?:\S+\ ›\ )*\S+\ ❯)            # host ❯
          | (?:ba)?sh-[\d.]+[#$]                     # sh-5.2#
        )(?:[ \t]+|\Z)""",
    re.VERBOSE,
)
DOLLAR = re.compile(r"\s*\$(?:[ \t]+|\Z)")
NUMBER_SIGN = re.compile(r"\s*#[ \t]+(?=\S)")
NAMED = re.compile(r"\s*(?P<name>[A-Za-z_][\w.-]*)(?:>[ \t]*|[#$][ \t]+)(?=\S)")
"""`greenland> ip link`: a prompt if a command follows, and nothing can be run that is called so."""
CONTINUATION = re.compile(r"> ?")


class Meant(Enum):
    """What a line was taken for."""

    PROMPT = "prompt"
    OUTPUT = "output"
    REMARK = "remark"
    DOUBTFUL = "doubtful"
    """It was typed as it stands, and may have been meant otherwise."""


class _Kind(NamedTuple):
    """What a script is, seen as a whole."""

    dollars: bool
    """Its commands have `$` in front."""
    number_signs: bool
    """Its commands have `#` in front, and would all be comments."""
    transcript: bool
    """Lines without a prompt are output."""
    defined: frozenset[str]
    names: frozenset[str] = frozenset()
    """Words that are prompts with a `>` behind them."""


@dataclass(eq=False, repr=False)
class _Cleaner:
    """Goes through a script line by line."""

    kind: _Kind
    lines: Sequence[str]
    reader: Reader = field(default_factory=lambda: Reader(is_remark))
    cleaned: list[str] = field(default_factory=list)
    meant: dict[Meant, list[int]] = field(default_factory=dict)
    copied: bool | None = None
    """The here-document at hand has the continuation prompt in front of all its lines; None: not known yet."""

    def run(self) -> None:
        """Clean every line."""
        for number, line in enumerate(self.lines, 1):
            self.cleaned.append(self._continue(number, line) if self.reader.open else self._begin(number, line))

    def _note(self, meant: Meant, number: int) -> None:
        numbers = self.meant.setdefault(meant, [])
        if not numbers or numbers[-1] != number:
            numbers.append(number)

    def _continue(self, number: int, line: str) -> str:
        """A line that belongs to what an earlier one began."""
        continuation = CONTINUATION.match(line) if self.kind.transcript else None
        document = self.reader.document
        if continuation and (self.reader.continued if document is None else self._is_copied(document, number)):
            line = line[continuation.end() :]
            self._note(Meant.PROMPT, number)
        self.reader.read(line)
        if self.reader.document is not document:
            self.copied = None
        return line

    def _is_copied(self, document: Document, number: int) -> bool:
        """Whether the here-document that goes on in this line was copied with its continuation prompts."""
        if self.copied is None:
            # Looked at once, and no farther than to its end: there may be a million lines and as many documents.
            rest = (self.lines[index] for index in range(number - 1, len(self.lines)))
            self.copied = next((copied for line in rest if (copied := _ends_copied(document, line)) is not None), False)
        return self.copied

    def _begin(self, number: int, line: str) -> str:
        """A line with which something new begins."""
        end = _prompt_end(line, self.kind)
        if end:
            line = line[end:]
            self._note(Meant.PROMPT, number)
        if is_answer(line):
            return line
        if not end and self._is_output(line):
            self._note(Meant.OUTPUT, number)
            return ""
        if not end and _is_doubtful(line, self.kind):
            self._note(Meant.DOUBTFUL, number)
        remark = self.reader.read(line)
        if remark == len(line):
            if self.reader.passed_over and may_be_remark(self.reader.passed_over[0], line, self.reader.passed_over[1]):
                self._note(Meant.DOUBTFUL, number)
            return line
        self._note(Meant.REMARK, number)
        return line[:remark].rstrip()

    def _is_output(self, line: str) -> bool:
        if not self.kind.transcript or not line.strip() or line.lstrip().startswith(("#", "//")):
            return False
        # A shell that ends says so, by the word that would end the next one.
        return line.strip() in {"exit", "logout"} or not is_command(line, self.kind.defined)


def _ends_copied(document: Document, line: str) -> bool | None:
    """Whether a here-document ends in this line behind a continuation prompt, or without one; None if it does not."""
    if document.ends_with(line) or line.strip("\t") == document.delimiter:
        return False
    return True if document.ends_with(CONTINUATION.sub("", line, count=1)) else None


def clean(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines as they were meant, as many as there were, and notes on what was taken for what."""
    if sum(map(len, lines)) > LONGEST:
        return tuple(lines), (_("it is longer than {n} MiB: prompts and remarks were left in").format(n=LONGEST >> 20),)
    cleaner = _Cleaner(_kind_of(lines), lines)
    cleaner.run()
    return tuple(cleaner.cleaned), tuple(_notes(cleaner))


def _kind_of(lines: Sequence[str]) -> _Kind:
    defined = defined_in(lines)
    unsure = _Kind(dollars=True, number_signs=False, transcript=False, defined=defined)
    outside = _outside(lines)
    certain = [line for line in outside if _prompt_end(line, unsure)]
    plain = [
        line
        for line in outside
        if not _prompt_end(line, unsure) and is_command(line, defined) and line.strip() not in {"exit", "logout"}
    ]
    comments = [line for line in outside if NUMBER_SIGN.match(line)]
    commands = [line for line in comments if is_command(NUMBER_SIGN.sub("", line), defined)]
    consistent = len(certain) > len(plain)
    number_signs = not certain and not plain and 2 * len(commands) > len(comments)
    names = {match["name"] for line in certain if not PROMPT.match(line) and (match := NAMED.match(line))}
    return _Kind(consistent, number_signs, consistent or number_signs, defined, frozenset(names))


def _outside(lines: Sequence[str]) -> list[str]:
    """The lines with which something new begins, as far as that can be said before prompts are known."""
    reader, outside = Reader(is_remark), list[str]()
    guess = _Kind(dollars=True, number_signs=False, transcript=False, defined=frozenset())
    for line in lines:
        if reader.open:
            reader.read(line)
            continue
        outside.append(line)
        end = _prompt_end(line, guess)
        if end or is_command(line):
            # Output may hold an apostrophe, which begins no quotation.
            reader.read(line[end:])
    return outside


def _prompt_end(line: str, kind: _Kind) -> int:
    """Where the command begins behind the prompt of a line; 0 if it has none for certain."""
    certain = PROMPT.match(line)
    if certain and not (certain["ours"] and is_command(line, kind.defined)):
        return certain.end()
    dollar = DOLLAR.match(line) if kind.dollars else None
    if dollar:
        return dollar.end()
    named = NAMED.match(line)
    if named and (named["name"] in kind.names or _is_named_prompt(named["name"], line[named.end() :], kind)):
        return named.end()
    number_sign = NUMBER_SIGN.match(line) if kind.number_signs else None
    if number_sign and is_command(line[number_sign.end() :], kind.defined):
        return number_sign.end()
    continuation = CONTINUATION.match(line) if kind.transcript else None
    return continuation.end() if continuation and is_command(line[continuation.end() :], kind.defined) else 0


def _is_named_prompt(name: str, command: str, kind: _Kind) -> bool:
    """Whether this is a prompt, and not a program whose output goes into a file."""
    return runs_tool(command) and not is_command(name, kind.defined)


def _is_doubtful(line: str, kind: _Kind) -> bool:
    """Whether a line begins with what may be a prompt, in a script where that is not certain."""
    number_sign = NUMBER_SIGN.match(line) if kind.transcript else None
    copied = number_sign is not None and is_command(line[number_sign.end() :], kind.defined)
    return copied or bool(DOLLAR.match(line))


# --- what is told -----------------------------------------------------------------------------------------------------


def _notes(cleaner: _Cleaner) -> list[str]:
    words = {
        Meant.PROMPT: _("typed without the prompt in {places}; line {line} as `{text}`"),
        Meant.REMARK: _("typed without the remark behind // in {places}; line {line} as `{text}`"),
        Meant.OUTPUT: _("not typed, for it has no prompt and looks like output: {places}; line {line} is `{text}`"),
        Meant.DOUBTFUL: _(
            "typed as it stands, though it may have been meant otherwise: {places}; line {line} is "
            "`{text}` (a prompt is left out, and a remark begins with #)"
        ),
    }
    return [
        text.format(
            places=places(cleaner.meant[meant]),
            line=_example(cleaner, meant),
            text=_shown(cleaner, meant, _example(cleaner, meant)),
        )
        for meant, text in words.items()
        if meant in cleaner.meant
    ]


def _example(cleaner: _Cleaner, meant: Meant) -> int:
    """The first of the lines of which something was left, else the first."""
    numbers = cleaner.meant[meant]
    return next((number for number in numbers if cleaner.cleaned[number - 1].strip()), numbers[0])


def _shown(cleaner: _Cleaner, meant: Meant, number: int) -> str:
    lines = cleaner.lines if meant in {Meant.OUTPUT, Meant.DOUBTFUL} else cleaner.cleaned
    text = lines[number - 1].strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def places(numbers: Sequence[int]) -> str:
    """`line 3`, `lines 1-4, 7`."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        first = spans.pop()[0] if spans and spans[-1][1] == number - 1 else number
        spans.append((first, number))
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans[:MOST_PLACES])
    text += ", …" if len(spans) > MOST_PLACES else ""
    return (_("line {places}") if len(numbers) == 1 else _("lines {places}")).format(places=text)
