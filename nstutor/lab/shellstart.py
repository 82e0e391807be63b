"""From a fork of the init to the learner's shell: into their namespaces, onto a terminal, under the filter, exec."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import struct
import termios
from collections.abc import Mapping, Sequence
from typing import NoReturn

from nstutor.lab import contents, wire
from nstutor.lab.limits import Limits, limit_process
from nstutor.lab.records import ShellRequest
from nstutor.linux import seccomp_filter as seccomp
from nstutor.linux import syscalls as sys_

_ENVIRONMENT = {
    "ENV": "/etc/shrc",  # what an interactive sh reads (sh(1))
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "LOGNAME": "root",
    "PATH": contents.PATH,
    "SHELL": "/bin/bash",
    "TERM": "dumb",
    "USER": "root",
}
_OPENPTY = "openpty"
_NETNS_FOLDER = "/run/netns"
_CANNOT_EXECUTE, _NOT_FOUND = 126, 127  # bash(1), EXIT STATUS


def become_shell(
    request: ShellRequest, supervisor: socket.socket, namespaces: Mapping[int, int], limits: Limits
) -> NoReturn:
    """Turn this process into the one asked for. The supervisor gets its descriptors, or the reason why not."""
    status = _CANNOT_EXECUTE
    try:
        environment = {**_ENVIRONMENT, **request.environment}
        slave = _enter(request, supervisor, namespaces, limits)
        status = _NOT_FOUND
        _execute(request.argv, environment, slave)
    except OSError as error:
        step = "terminal" if error.filename == _OPENPTY else "other"
        failure = {"step": step, "code": error.errno or errno.EIO, "what": str(error.filename or error)}
        with contextlib.suppress(OSError):
            wire.send(supervisor, failure)
    finally:
        os._exit(status)


def _enter(request: ShellRequest, supervisor: socket.socket, namespaces: Mapping[int, int], limits: Limits) -> int:
    """Everything up to the exec, with the report to the supervisor as its last part; the terminal's slave."""
    os.setsid()
    # Taken here, in the init's mounts: what the learner mounts over /dev does not matter.
    master, slave = _open_terminal()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("=HHHH", request.rows, request.columns, 0, 0))
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    _know_utf8(slave)
    tty = os.ttyname(slave)
    for kind, fd in namespaces.items():
        sys_.setns(fd, kind)
    if request.netns is not None:
        _join(request.netns)
    _reset_signals()
    _go_home()
    listener = seccomp.install(watch=request.watch)
    report = [os.pidfd_open(os.getpid()), master, slave, *([] if listener is None else [listener])]
    wire.send(supervisor, {"tty": tty}, report)
    # Last: with fewer open files allowed, those that the learner left in sockets would keep us from sending ours.
    limit_process(limits)
    return slave


def _open_terminal() -> tuple[int, int]:
    try:
        return os.openpty()
    except OSError as error:
        raise OSError(error.errno, error.strerror, _OPENPTY) from None


def _know_utf8(slave: int) -> None:
    """Have the erase key take whole characters, as terminal emulators do."""
    settings = termios.tcgetattr(slave)
    settings[0] |= sys_.IUTF8
    termios.tcsetattr(slave, termios.TCSANOW, settings)


def _join(name: str) -> None:
    """Enter the named network namespace as `ip netns exec` does (ip-netns(8)): with its sysfs and its files of /etc."""
    path = f"{_NETNS_FOLDER}/{name}"
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        sys_.setns(fd, sys_.CLONE_NEWNET)
    except OSError as error:  # a plain file: `ip netns add` inside an `ip netns exec` shell leaves one
        raise OSError(error.errno, error.strerror, path) from None
    os.close(fd)
    sys_.unshare(sys_.CLONE_NEWNS)
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_SLAVE)
    with contextlib.suppress(OSError):
        sys_.mount("sysfs", "/sys", "sysfs", 0)
    folder = f"/etc/netns/{name}"
    for file in os.listdir(folder) if os.path.isdir(folder) else ():
        with contextlib.suppress(OSError):
            sys_.mount(f"{folder}/{file}", f"/etc/{file}", None, sys_.MS_BIND)


def _reset_signals() -> None:
    """An ignored signal stays ignored across exec, and so does a mask."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    sys_.reset_reserved_signals()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _go_home() -> None:
    for folder in ("/root", "/"):
        with contextlib.suppress(OSError):
            os.chdir(folder)
            return


def _execute(argv: Sequence[str], environment: Mapping[str, str], slave: int) -> None:
    """Execute the program, found along PATH; returns when that fails, having said so on the terminal."""
    for number in range(3):
        os.dup2(slave, number, inheritable=True)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    program = _find(argv[0], environment["PATH"])
    try:
        os.execve(program, list(argv), dict(environment))
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\r\n".encode())


def _find(program: str, path: str) -> str:
    """Looked up here: execvp(3) would have the supervisor notified of each directory without it."""
    candidates = (os.path.join(folder, program) for folder in path.split(":"))
    return program if "/" in program else next((name for name in candidates if os.access(name, os.X_OK)), program)
