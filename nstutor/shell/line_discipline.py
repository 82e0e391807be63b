"""What a terminal's line discipline does with typed bytes, by its settings (termios(3), drivers/tty/n_tty.c).

Keys wait outside of the learner's terminal until a program asks for them. Until then this says what the terminal would
have done at once: which keys are signals, where a line ends, what is echoed.
"""

from __future__ import annotations

import re
import termios
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nstutor import NamedTuple
from nstutor.linux.syscalls import IUTF8

SIGNALS = (termios.VINTR, termios.VQUIT, termios.VSUSP)
LINE_ENDS = (termios.VEOF, termios.VEOL, termios.VEOL2)
DISABLED = b"\0"
TAB_STOP = 8


class Discipline(NamedTuple):
    """The settings of one moment."""

    input: int
    output: int
    local: int
    characters: tuple[bytes, ...]
    """The control characters, by the indices of termios(3)."""

    @classmethod
    def of(cls, descriptor: int) -> Discipline:
        """Of an open terminal. Raises termios.error."""
        settings: Sequence[Any] = termios.tcgetattr(descriptor)
        characters = tuple(char if isinstance(char, bytes) else bytes([char]) for char in settings[6])
        return cls(settings[0], settings[1], settings[3], characters)

    @property
    def canonical(self) -> bool:
        """Whether programs read whole lines."""
        return bool(self.local & termios.ICANON)

    @property
    def echoes(self) -> bool:
        """Whether something of what is typed is shown."""
        return self.canonical and bool(self.local & (termios.ECHO | termios.ECHONL))

    @property
    def hides(self) -> bool:
        """Whether nothing of what is typed is shown by the terminal."""
        return not self.local & termios.ECHO

    def is_key(self, char: bytes, *which: int) -> bool:
        """Whether it is one of these control characters."""
        return char != DISABLED and any(char == self.characters[index] for index in which)

    def translated(self, char: bytes) -> bytes:
        """The character that a program reads for this one: carriage returns become newlines, for example."""
        if char == b"\r":
            if self.input & termios.IGNCR:
                return b""
            return b"\n" if self.input & termios.ICRNL else char
        return b"\r" if char == b"\n" and self.input & termios.INLCR else char

    def signals(self, typed: bytes) -> tuple[bytes, bytes, int]:
        """The signal keys, what stays typed before the last of them, and how many bytes that last one ends behind.

        A signal key drops what was typed before it, but under NOFLSH.
        """
        # Much may have been typed, and this is asked often: most of it has no such key.
        if not self.local & termios.ISIG or not any(self.characters[which] in typed for which in SIGNALS):
            return b"", b"", 0
        keys, kept, end = bytearray(), bytearray(), 0
        for index, char in self._unquoted(typed):
            if self.is_key(char, *SIGNALS):
                keys += char
                kept += typed[end:index]
                end = index + 1
        return bytes(keys), bytes(kept) if self.local & termios.NOFLSH else b"", end

    def line(self, typed: bytes) -> int:
        """How many bytes the first line has, its end included; 0 if it is not complete."""
        end = 0
        ends = re.compile(b"[\r\n%b]" % b"".join(re.escape(self.characters[which]) for which in LINE_ENDS))
        while found := ends.search(typed, end):
            end = found.end()
            last = self._unquoted(typed[:end])[-1:]
            if last and last[0][0] == end - 1 and self._ends_line(last[0][1]):
                return end
        return 0

    def _ends_line(self, char: bytes) -> bool:
        return self.translated(char) == b"\n" or self.is_key(char, *LINE_ENDS)

    def echo(self, before: bytes, typed: bytes) -> bytes:
        """What the terminal shows for these bytes, behind those of the same line before them."""
        shown = _Echo(self)
        shown.feed(before[max(before.rfind(b"\r"), before.rfind(b"\n")) + 1 :])
        shown.out.clear()
        shown.feed(typed)
        return bytes(shown.out)

    def _unquoted(self, typed: bytes) -> list[tuple[int, bytes]]:
        """The bytes with their places, without those behind a literal-next key."""
        quotes = bool(self.canonical and self.local & termios.IEXTEN)
        found, quoted = [], False
        for index in range(len(typed)):
            char = typed[index : index + 1]
            if quoted:
                quoted = False
            elif quotes and self.is_key(char, termios.VLNEXT):
                quoted = True
            else:
                found.append((index, char))
        return found


@dataclass(eq=False, repr=False)
class _Echo:
    """The echo of one line in canonical mode."""

    discipline: Discipline
    out: bytearray = field(default_factory=bytearray)
    line: list[tuple[bytes, int]] = field(default_factory=list)
    """The characters of the line with the columns that each takes."""
    quoted: bool = False

    def feed(self, typed: bytes) -> None:
        """More of what was typed."""
        for index in range(len(typed)):
            self._key(typed[index : index + 1])

    def _key(self, raw: bytes) -> None:
        terminal = self.discipline
        char = raw if self.quoted else terminal.translated(raw)
        extended = bool(terminal.local & termios.IEXTEN)
        if self.quoted:
            self.quoted = False
            self._add(char)
        elif char == b"\n" or terminal.is_key(char, termios.VEOL, termios.VEOL2):
            self._end(char)
        elif terminal.is_key(char, termios.VERASE):
            self._erase(1)
        elif terminal.is_key(char, termios.VKILL):
            self._erase(len(self.line))
        elif extended and terminal.is_key(char, termios.VWERASE):
            self._erase(self._word())
        elif extended and terminal.is_key(char, termios.VLNEXT):
            self.quoted = True
            self._show(b"^\b" if terminal.local & termios.ECHOCTL else b"")
        elif char and not terminal.is_key(char, termios.VEOF):
            self._add(char)

    def _end(self, char: bytes) -> None:
        self.line.clear()
        local = self.discipline.local
        if char == b"\n" and local & (termios.ECHO | termios.ECHONL):
            both = termios.OPOST | termios.ONLCR
            self.out += b"\r\n" if self.discipline.output & both == both else b"\n"
        elif char != b"\n":
            self._show(char)

    def _add(self, char: bytes) -> None:
        code = char[0]
        if char == b"\t":
            columns = sum(width for _, width in self.line)
            self.line.append((char, TAB_STOP - columns % TAB_STOP))
            self._show(char)
        elif code < 0x20 or code == 0x7F:
            named = bool(self.discipline.local & termios.ECHOCTL)
            self.line.append((char, 2 if named else 0))
            self._show(b"^" + bytes([code ^ 0x40]) if named else char)
        elif code & 0xC0 == 0x80 and self.discipline.input & IUTF8 and self.line:
            last, width = self.line[-1]
            self.line[-1] = (last + char, width)
            self._show(char)
        else:
            self.line.append((char, 1))
            self._show(char)

    def _word(self) -> int:
        """How many characters the last word has, and the blanks behind it."""
        text = [char for char, _ in self.line]
        count = 0
        while count < len(text) and text[-1 - count] in {b" ", b"\t"}:
            count += 1
        while count < len(text) and text[-1 - count] not in {b" ", b"\t"}:
            count += 1
        return count

    def _erase(self, count: int) -> None:
        for _ in range(min(count, len(self.line))):
            char, columns = self.line.pop()
            self._show(b"\b" * columns if char == b"\t" else b"\b \b" * columns)

    def _show(self, text: bytes) -> None:
        if self.discipline.local & termios.ECHO:
            self.out += text


class ExpectedEcho:
    """Takes out of a terminal's output what was shown already: the echo of keys that were echoed when they were typed.

    A terminal echoes a line as it takes it, before the program that reads it can print. Another program may print in
    between; what is not found is let pass.
    """

    def __init__(self) -> None:
        self._expected = b""
        self._held = b""

    def expect(self, echo: bytes) -> None:
        """This echo will come."""
        self._expected += echo

    def filtered(self, output: bytes) -> bytes:
        """Output without the echo; an end that may be its beginning is held back for the next call."""
        if not self._expected:
            return output
        output, self._held = self._held + output, b""
        before, found, behind = output.partition(self._expected)
        if found:
            self._expected = b""
            return before + behind
        for size in range(min(len(self._expected) - 1, len(output)), 0, -1):
            if output.endswith(self._expected[:size]):
                self._held = output[-size:]
                return output[:-size]
        return output

    def end(self) -> bytes:
        """Expect no more; what was held back."""
        held, self._held, self._expected = self._held, b"", b""
        return held
