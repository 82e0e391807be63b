"""A second terminal in the running lab: the lesson's process listens on a socket, and reads and writes over a wire.

The visitor's process (`nstutor attach`) only carries bytes between its terminal and the wire. It is told when the lab
has ended, by LEFT_BY_LEARNER missing before the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, TextIO, cast

from prompt_toolkit.application import create_app_session

from nstutor import NamedTuple
from nstutor.errors import UsageError, WorldDiedError
from nstutor.progress.database import make_private
from nstutor.session.live import LiveSession
from nstutor.shell.bash import Bash
from nstutor.text.i18n import _
from nstutor.text.names import HOST
from nstutor.ui.attach_sockets import PREFIX, UNREADY, address_of, remove_stale, socket_folder, sockets
from nstutor.ui.keyboard import KeyInput, KeyQueue
from nstutor.ui.shell_console import Recorder, ShellLoop, plain_console
from nstutor.ui.terminal import Terminal, TerminalOutput

LONGEST_MESSAGE = 4096
MOST_PENDING = 256 * 1024
"""Bytes that wait for a visitor's terminal from which the shell's programs wait, too."""
LEFT = b'{"left": true}'
"""The learner left the shell; without it the lab has ended."""


class Wire:
    """Bytes for a visitor's terminal. What it does not take at once waits; `full` is told when that is too much."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._pending = bytearray()
        self._is_full = False
        self.full: Callable[[bool], None] = lambda _: None
        end.setblocking(False)

    def write(self, data: bytes) -> None:
        """Bytes for the terminal."""
        self._pending += data
        self._send()

    def _send(self) -> None:
        try:
            while self._pending:
                del self._pending[: self._end.send(self._pending[:65536])]
        except BlockingIOError:
            self._loop.add_writer(self._end, self._send)
        except OSError:
            self._pending.clear()  # it went away; the end of its keys tells that
        if not self._pending:
            self._loop.remove_writer(self._end)
        if self._is_full != (is_full := len(self._pending) > MOST_PENDING):
            self._is_full = is_full
            self.full(is_full)

    def close(self) -> None:
        """Send what waits, as far as it is taken at once, and hang up."""
        self._send()
        self._loop.remove_writer(self._end)
        self._end.close()


class _Stream(io.TextIOBase):
    """The wire as prompt_toolkit writes to it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def write(self, text: str) -> int:
        """Send text."""
        self._wire.write(text.encode("utf-8", "replace"))
        return len(text)

    def isatty(self) -> bool:
        """There is a terminal at the other end."""
        return True


class Visitor:
    """A second terminal with a shell of its own in the lab."""

    def __init__(self, control: socket.socket, wire_end: socket.socket, wish: dict[str, Any]) -> None:
        self._control, self._wire_end = control, wire_end
        self._size = int(wish["rows"]), int(wish["columns"])
        self._netns, self._term = str(wish["netns"] or HOST), str(wish["term"])
        self._loop = asyncio.get_running_loop()
        self._wire = Wire(wire_end)
        self._resized: Callable[[], None] = lambda: None

    async def sit(self, live: LiveSession, recorder: Callable[[], Recorder]) -> None:
        """Until the shell ends, the terminal goes away, or the lab does."""
        try:
            bash = await live.open_second(self._netns, lambda _: None, self._size)
        except (UsageError, WorldDiedError) as error:
            self._send(json.dumps({"error": str(error)}).encode())
            return
        self._send(b"{}")
        keys = KeyQueue(self._wire_end.fileno())
        output = TerminalOutput(cast(TextIO, _Stream(self._wire)), lambda: self._size, self._term)
        terminal = Terminal(keys, KeyInput(keys), output, self._wire.write, lambda: self._size)
        self._wire.full = lambda full: bash.hold_output(on=full)
        keys.on_closed = bash.hang_up
        keys.open()
        self._loop.add_reader(self._control, self._on_control)
        try:
            await self._loop_at(terminal, live, bash, recorder())
        finally:
            self._loop.remove_reader(self._control)
            keys.close()

    async def _loop_at(self, terminal: Terminal, live: LiveSession, bash: Bash, recorder: Recorder) -> None:
        with create_app_session(input=terminal.input, output=terminal.output):
            console = plain_console(terminal, live, bash)

            def resized() -> None:
                bash.keyboard.resize(*self._size)
                console.editor.draw_anew()

            self._resized = resized
            await ShellLoop(console, live, bash, recorder).run()
        if not live.closed and not live.world.ended:
            live.close_second(bash)
            recorder.left()
            self._send(LEFT)

    def _on_control(self) -> None:
        """The window has another size."""
        try:
            message = json.loads(self._control.recv(LONGEST_MESSAGE))
            self._size = int(message["rows"]), int(message["columns"])
        except (OSError, ValueError, KeyError, TypeError):
            self._loop.remove_reader(self._control)
            return
        self._resized()

    def _send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):
            self._control.send(message)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()
        self._control.close()


class AttachServer:
    """Gives visitors a shell in the world at hand: `lab` says which one that is, `recorder` keeps what they do."""

    def __init__(self, lab: Callable[[], LiveSession], recorder: Callable[[], Recorder]) -> None:
        self._lab, self._recorder = lab, recorder
        self._loop = asyncio.get_running_loop()
        self._visits: set[asyncio.Task[None]] = set()
        self._path = socket_folder() / f"{PREFIX}{os.getpid()}.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        make_private(self._path.parent)
        remove_stale()
        # It gets its name once it listens: where nobody answers at that name, nobody will.
        unready = self._path.with_suffix(UNREADY)
        with contextlib.suppress(FileNotFoundError):
            unready.unlink()
        with address_of(unready) as address:
            self._socket.bind(address)
        os.chmod(unready, 0o600)
        self._socket.listen()
        os.replace(unready, self._path)
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._on_connection)

    def close(self) -> None:
        """No more visitors; whoever is there is told by the end of their wire."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        for visit in tuple(self._visits):
            visit.cancel()

    def _on_connection(self) -> None:
        with contextlib.suppress(OSError):
            control = self._socket.accept()[0]
            if not _is_ours(control):
                control.close()
                return
            control.settimeout(1.0)
            visit = self._loop.create_task(self._serve(control))
            self._visits.add(visit)
            visit.add_done_callback(self._visits.discard)

    async def _serve(self, control: socket.socket) -> None:
        """One visitor; one that says nothing that makes sense is not answered."""
        with control:
            try:
                message, descriptors, *_flags = socket.recv_fds(control, LONGEST_MESSAGE, 1)
                wire_end = socket.socket(fileno=descriptors[0])
                visitor = Visitor(control, wire_end, json.loads(message))
            except (OSError, ValueError, KeyError, TypeError, IndexError):
                return
            try:
                await visitor.sit(self._lab(), self._recorder)
            finally:
                visitor.close()


class Attached(NamedTuple):
    """A visitor's end: their lab's wire, and the socket on which its end is told."""

    control: socket.socket
    wire: socket.socket

    def resize(self, rows: int, columns: int) -> None:
        """The window has another size."""
        with contextlib.suppress(OSError):
            self.control.send(json.dumps({"rows": rows, "columns": columns}).encode())

    def was_left(self) -> bool:
        """Whether the shell was left, once the wire has ended; else the lab is gone."""
        with contextlib.suppress(OSError):
            return self.control.recv(LONGEST_MESSAGE) == LEFT
        return False


def attach(netns: str | None, rows: int, columns: int) -> Attached:
    """A terminal in the newest running lab. Raises UsageError when there is none."""
    remove_stale()
    for path in sockets():
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with address_of(path) as address:
                control.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            control.close()
            continue
        ours, theirs = socket.socketpair()
        wish = {"netns": netns, "rows": rows, "columns": columns, "term": os.environ.get("TERM", "dumb")}
        with theirs:
            socket.send_fds(control, [json.dumps(wish).encode()], [theirs.fileno()])
        answer = json.loads(control.recv(LONGEST_MESSAGE) or b'{"error": null}')
        if "error" not in answer:
            return Attached(control, ours)
        raise UsageError(answer["error"] or _("the lab gave no terminal"))
    raise UsageError(_("no lab is running"), _("Start one in another terminal: nstutor learn LESSON"))


def _is_ours(control: socket.socket) -> bool:
    """Whether who connected is the user that this lesson is of (SO_PEERCRED, unix(7))."""
    _pid, uid, _gid = struct.unpack("=iII", control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(uid == os.geteuid())
