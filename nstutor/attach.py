"""A second terminal in the running lab: the lesson's process listens on a socket and hands out terminals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from nstutor.errors import UsageError, WorldDiedError
from nstutor.lab.world import ShellProcess, World
from nstutor.language import _
from nstutor.progress import data_folder

PREFIX = "lab-"
LONGEST_REQUEST = 4096
# The namespace of the shell, asked anew for each prompt: a nested shell has another one.
PROMPT = 'PS1="$(n=$(ip netns identify $$ 2>/dev/null); echo "${n:-host}") ❯ "'


def socket_folder() -> Path:
    """Where running lessons listen: in the user's runtime folder, or in their data folder where that is of no use.

    `su` leaves the runtime folder of whoever called it in the environment.
    """
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / "nstutor"
    ours = folder if folder.exists() else folder.parent
    usable = folder.is_absolute() and ours.is_dir() and os.access(ours, os.W_OK | os.X_OK)
    return folder if usable else data_folder()


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """A socket's address for the body, by way of its open folder: a path may be longer than an address (unix(7))."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Doorkeeper:
    """Hands out terminals in the world at hand: `lab` says which one that is, and who answers for its shells."""

    def __init__(self, lab: Callable[[], tuple[World, Callable[[ShellProcess], None]]]) -> None:
        self._lab = lab
        self._loop = asyncio.get_running_loop()
        self._path = socket_folder() / f"{PREFIX}{os.getpid()}.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        with _address(self._path) as address:
            self._socket.bind(address)
        os.chmod(self._path, 0o600)
        self._socket.listen()
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._on_knock)

    def close(self) -> None:
        """No more terminals."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _on_knock(self) -> None:
        with contextlib.suppress(OSError), self._socket.accept()[0] as visitor:
            visitor.settimeout(1.0)
            self._serve(visitor)

    def _serve(self, visitor: socket.socket) -> None:
        world, watch = self._lab()
        try:
            wish = json.loads(visitor.recv(LONGEST_REQUEST))
            shell = world.start_shell(
                ["/bin/bash", "-i"],
                {"TERM": str(wish["term"]), "PROMPT_COMMAND": PROMPT},
                rows=int(wish["rows"]),
                columns=int(wish["columns"]),
                netns=wish["netns"],
            )
        except (UsageError, WorldDiedError) as error:
            visitor.send(json.dumps({"error": str(error)}).encode())
            return
        except (ValueError, KeyError, TypeError):
            return
        # First of all: should the visitor have left, somebody must still let the shell go.
        watch(shell)
        try:
            socket.send_fds(visitor, [b"{}"], [shell.master, shell.pidfd])
        finally:
            for descriptor in (shell.master, shell.slave, shell.pidfd):
                os.close(descriptor)


def knock(netns: str | None, rows: int, columns: int) -> tuple[int, int]:
    """A terminal in the newest running lab: pty master, and pidfd of its shell. UsageError when there is none."""
    for path in _doors():
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            try:
                with _address(path) as address:
                    door.connect(address)
            except FileNotFoundError:
                continue
            except ConnectionRefusedError:
                _take_away(path)
                continue
            wish = {"netns": netns, "rows": rows, "columns": columns, "term": os.environ.get("TERM", "dumb")}
            door.send(json.dumps(wish).encode())
            answer, descriptors, *_flags = socket.recv_fds(door, LONGEST_REQUEST, 2)
            if len(descriptors) == 2:
                return descriptors[0], descriptors[1]
            raise UsageError(json.loads(answer or b"{}").get("error", _("the lab gave no terminal")))
    raise UsageError(_("no lab is running"), _("Start one in another terminal: nstutor learn LESSON"))


def _take_away(path: Path) -> None:
    """The socket of a lesson that was killed; not of one that is about to listen."""
    if not os.path.exists(f"/proc/{path.stem.removeprefix(PREFIX)}"):
        with contextlib.suppress(OSError):
            path.unlink()


def _doors() -> list[Path]:
    """The sockets of lessons that run or ran, newest first."""
    found: list[tuple[float, Path]] = []
    for path in socket_folder().glob(f"{PREFIX}*.sock"):
        with contextlib.suppress(FileNotFoundError):  # a lesson that ends takes its own away
            found.append((path.stat().st_mtime, path))
    return [path for _when, path in sorted(found, reverse=True)]
