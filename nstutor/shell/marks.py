"""The marks that bash puts into its own output: when a command starts, when it wants more, when it is ready again.

A mark is an OSC 133 sequence (the "semantic prompt" convention of terminals) that ends in a nonce of this session:
`ESC ] 133 ; LETTER [; FIELD …] ; NONCE BEL`. Terminals ignore those that they do not know. They are part of bash's
prompt strings, which are exported, so every bash below has them. They pace the typing and never judge, since whoever
owns the shell can forge them.

PS1 marks its own beginning and end, so nothing has to be executed at a prompt, and `PROMPT_COMMAND` may be whatever the
learner makes it. What they put into PS0, PS1 or PS2 is wrapped in marks again by a hook before the next prompt. The
hook is an element of PROMPT_COMMAND where /etc/bash.bashrc is read (`nstutor.lab.contents`): there it survives an
assignment to PROMPT_COMMAND.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import Enum

from nstutor import NamedTuple

LONGEST_MARK = 512
"""A READY mark lists the options that are set: all of them together have some 250 characters."""
HOOK_VARIABLE = "NSTUTOR_PROMPT"
"""Exports the hook to the shells below; an array, as PROMPT_COMMAND is then, cannot be exported."""
NAMES_FILE = "/run/shells/names."
"""With the number of the shell: what it knows by name, for the completion of its lines."""
COMMAND_SIGN = "!"
"""In front of the name of a function or an alias in that file."""


class Mark(Enum):
    """The letter of a mark."""

    START = "C"
    """PS0: the line was read and its command starts."""
    MORE = "P"
    """PS2: bash wants a continuation line."""
    READY = "D"
    """Beginning of PS1: the command ended; what follows up to PROMPT is the learner's part of PS1."""
    PROMPT = "B"
    """End of PS1: bash reads a line."""


class Marked(NamedTuple):
    """One mark out of the stream; `status` and the shell's `options` (`set -o`) only with READY."""

    mark: Mark
    status: int | None = None
    options: frozenset[str] = frozenset()


def make_nonce() -> str:
    """A nonce for one session."""
    return os.urandom(8).hex()


def environment(nonce: str) -> dict[str, str]:
    """The variables that make every bash of a session mark its output."""
    start, more, ready, prompt = _marks(nonce)
    hook = prompt_hook(nonce)
    return {
        "PS0": start,
        "PS1": ready + prompt,
        "PS2": more,
        "PROMPT_COMMAND": hook,
        HOOK_VARIABLE: hook,
        # An "event not found" ends a line without any mark; a tutor's `!` is an exclamation mark.
        "histchars": "",
    }


def _marks(nonce: str) -> tuple[str, str, str, str]:
    """START, MORE, READY and PROMPT as bash writes them in a prompt string.

    The random number is another one each time a prompt is expanded; readline prints the expanded one again when it
    draws a line anew.
    """
    return (
        rf"\e]133;{Mark.START.value};{nonce}\a",
        rf"\[\e]133;{Mark.MORE.value};${{SRANDOM-}};{nonce}\a\]",
        rf"\[\e]133;{Mark.READY.value};$?;${{SRANDOM-}};$SHELLOPTS;{nonce}\a\]",
        rf"\[\e]133;{Mark.PROMPT.value};{nonce}\a\]",
    )


def prompt_hook(nonce: str) -> str:
    """The command before each prompt: it puts the marks back where the learner has set PS0, PS1 or PS2.

    Then it writes down what the shell knows by name. It starts no process (0.2 ms), and its output is closed: `set -x`
    traces it, and a DEBUG trap runs for it. Behind the `!` no failure ends a shell with `set -e`. The tab in front lets
    the reader hold back the beginning of this text, and nothing that anybody sees.
    """
    start, more, ready, prompt = (f"'{mark}'" for mark in _marks(nonce))
    marked = f"{start}*:{ready}*{prompt}:*{more}"
    mend = (
        f"PS1=${{PS1-}} PS2=${{PS2-}}; PS1=${{PS1//{ready}}}; PS1={ready}${{PS1//{prompt}}}{prompt}; "
        f"PS2=${{PS2//{more}}}{more}; PS0={start}${{PS0-}}"
    )
    # Whoever allows themselves no larger files (`ulimit -f 0`) is not killed by this one.
    names = (
        f"builtin trap '' XFSZ; builtin compgen -v; builtin compgen -A function -A alias -P '{COMMAND_SIGN}'; "
        "builtin trap - XFSZ"
    )
    return (
        f"\t{{ case ${{PS0-}}:${{PS1-}}:${{PS2-}} in {marked}) ;; *) {mend} ;; esac; "
        f'! {{ {names}; }} >|"{NAMES_FILE}$$"; }} >/dev/null 2>&1'
    )


class MarkReader:
    """Cuts a stream of terminal output into output and marks, also where a mark is cut by the end of a read.

    Two things are dropped: the text of the hook, which bash prints under `set -v`, and a prompt that readline draws
    again.
    """

    def __init__(self, nonce: str) -> None:
        self._hook = prompt_hook(nonce).encode()
        self._pattern = re.compile(
            rb"\x1b\]133;(?:(?P<ready>D);(?P<status>[0-9]{1,3}|\$\?);(?P<drawn>[^;\x07]*);(?P<options>[^;\x07]*)"
            rb"|(?P<more>P);(?P<drawn_more>[^;\x07]*)|(?P<other>[CB]));%b\x07" % nonce.encode()
        )
        self._held = b""
        self._drawn = b""
        """The random number of the last prompt."""
        self._again = False
        """A prompt is drawn again, up to its end."""

    def feed(self, data: bytes) -> Iterator[bytes | Marked]:
        """Output (never empty) and marks, in order. A tail that may begin a mark waits for the next call."""
        data = self._held + data
        self._held = b""
        position = 0
        for match in self._pattern.finditer(data):
            yield from self._output(data[position : match.start()])
            position = match.end()
            if (marked := self._marked(match)) is not None:
                yield marked
        rest = data[position:]
        cut = self._start_of_partial(rest)
        self._held = rest[cut:]
        yield from self._output(rest[:cut])

    def _output(self, data: bytes) -> Iterator[bytes]:
        for end in (b"\r\n", b"\n"):
            # Not by the pattern: to compile so long a text takes 4 ms of every start.
            data = data.replace(self._hook + end, b"")
        if data and not self._again:
            yield data

    def _marked(self, match: re.Match[bytes]) -> Marked | None:
        again, self._again = self._again, False
        if match["other"]:
            mark = Mark(match["other"].decode())
            return None if again and mark is Mark.PROMPT else Marked(mark)
        drawn = match["drawn"] or match["drawn_more"] or b""
        if drawn.isdigit() and drawn == self._drawn:
            self._again = bool(match["ready"])
            return None
        self._drawn = drawn
        if match["more"]:
            return Marked(Mark.MORE)
        status = int(match["status"]) if match["status"].isdigit() else None
        return Marked(Mark.READY, status, frozenset(match["options"].decode(errors="replace").split(":")))

    def flush(self) -> bytes:
        """What was held back, when no more will come."""
        held, self._held = self._held, b""
        return held

    def _start_of_partial(self, data: bytes) -> int:
        start = data.rfind(b"\x1b", max(0, len(data) - LONGEST_MARK))
        if start >= 0:
            tail = data[start:]
            prefix = b"\x1b]133;"
            if prefix.startswith(tail) or (tail.startswith(prefix) and b"\x07" not in tail):
                return start
        return self._start_of_hook(data)

    def _start_of_hook(self, data: bytes) -> int:
        """Where the hook's text begins that ends in a later read; the end if none does."""
        start = data.rfind(b"\t", max(0, len(data) - len(self._hook) - 1))
        return start if start >= 0 and (self._hook + b"\r").startswith(data[start:]) else len(data)


BESIDE_PROMPT = re.compile(rb"\x1b\[\?2004(?:h|l\r?)|\r?(?: +|\x1b\[[JK])\r(?!\n)")
"""What readline says beside a prompt: bracketed paste on and off, and what clears the line for drawing it again."""
NOISE = re.compile(rb"\x1b\[\?2004[hl]|\r(?!\n)|[\x01\x02]")
"""What readline says around a line besides the line."""


def without_echo(output: bytes, line: str, prompt: str) -> bytes:
    """What a shell printed after a line was typed, without the echo of that line.

    Needed where no START mark tells the two apart: a syntax error, an empty line, a shell without marks. The terminal
    and then readline may both have echoed it, the latter with its prompt in front.
    """
    typed, shown_prompt = line.encode(errors="surrogateescape").strip(), prompt.encode().strip()
    lines = NOISE.sub(b"", output).split(b"\r\n")
    # The first line may have a prompt in front that nobody told us of; a later one that ends in the line is output.
    if lines[0].strip() == typed or (typed and lines[0].strip().endswith(typed)):
        del lines[0]
    if shown_prompt and lines and _words(lines[0]) == _words(shown_prompt + typed):
        del lines[0]
    return b"\r\n".join(lines)


def without_noise(data: bytes) -> bytes:
    """What was printed beside a prompt, without readline's own sequences."""
    return BESIDE_PROMPT.sub(b"", data)


def _words(text: bytes) -> bytes:
    return b"".join(text.split())
