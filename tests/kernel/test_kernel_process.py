"""What /proc says of the programs on a real terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from kernel_world import a_world, as_judge, eventually

from nstutor.kernel.hop import hop
from nstutor.kernel.process import foreground, identity_of, members, shells, stat_of
from nstutor.kernel.waiting import waits_for_line

_POLL = "import select; p = select.poll(); p.register(0, select.POLLIN); p.poll()"
_EPOLL = "import select; p = select.epoll(); p.register(0, select.EPOLLIN); p.poll()"
_SELECT = "import select; select.select([0], [], [])"
_PIPE = "import os; r, w = os.pipe(); print('now', flush=True); os.read(r, 1)"


@dataclass(frozen=True)
class OnTerminal:
    """A program on a terminal of its own."""

    pid: int
    master: int
    device: int

    def waits(self) -> bool:
        """Whether whatever is in front waits for a line."""
        group = foreground(self.master)
        return group is not None and waits_for_line(group, self.device)

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self.master, f"{line}\n".encode())


@contextmanager
def on_terminal(*command: str) -> Iterator[OnTerminal]:
    """Start the command in a session of its own on a new terminal; it is hung up after the block."""
    master, slave = os.openpty()
    device = os.fstat(slave).st_rdev
    environment = {**os.environ, "PS1": "$ ", "TERM": "dumb", "HISTFILE": ""}
    process = subprocess.Popen(
        ("setsid", "-c", *command), stdin=slave, stdout=slave, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(slave)
    try:
        yield OnTerminal(process.pid, master, device)
    finally:
        os.close(master)
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "command",
    [
        ("bash", "--norc", "-i"),
        ("bash", "--norc", "--noediting", "-i"),
        ("dash", "-i"),
        ("cat",),
        (sys.executable, "-q", "-i"),
        (sys.executable, "-c", _POLL),
        (sys.executable, "-c", _EPOLL),
        (sys.executable, "-c", _SELECT),
        ("bash", "-c", "read -r line"),
        ("sh", "-c", "exec cat /dev/tty"),
    ],
    ids=lambda words: " ".join(words)[-40:],
)
def test_a_program_that_reads_the_terminal_waits(command: tuple[str, ...]) -> None:
    """By read, select, poll or epoll, with or without readline."""
    with on_terminal(*command) as terminal:
        eventually(terminal.waits, 10)


def _runs(terminal: OnTerminal, name: str) -> bool:
    group = foreground(terminal.master)
    if group is None:
        return False
    with open(f"/proc/{group}/stat", encoding="utf-8") as file:
        return f"({name}) S" in file.read()


def test_a_program_that_sleeps_does_not_wait_for_a_line() -> None:
    """The shell behind it does not either, until it is in front again."""
    with on_terminal("bash", "--norc", "-i") as terminal:
        eventually(terminal.waits)
        terminal.type("sleep 1000")
        eventually(lambda: _runs(terminal, "sleep"))
        assert not terminal.waits()
        os.write(terminal.master, b"\x03")
        eventually(terminal.waits)
        assert foreground(terminal.master) == terminal.pid


def test_a_program_that_reads_something_else_does_not_wait_for_a_line() -> None:
    """A blocked read of a pipe is no wait for the learner."""
    with on_terminal(sys.executable, "-c", _PIPE) as terminal:
        assert b"now" in os.read(terminal.master, 100)
        eventually(lambda: stat_of(terminal.pid))
        assert not terminal.waits()


def test_the_leader_of_a_group_may_be_gone() -> None:
    """In `true | cat /dev/tty` the first ends at once, and the second still reads."""
    with on_terminal("bash", "--norc", "-i") as terminal:
        eventually(terminal.waits)
        terminal.type("true | cat /dev/tty")
        eventually(lambda: foreground(terminal.master) not in (None, terminal.pid))
        group = foreground(terminal.master)
        assert group is not None
        eventually(lambda: stat_of(group) is None)
        eventually(terminal.waits)
        assert group not in list(members(group))


def test_no_terminal_has_no_foreground() -> None:
    """A pipe, and a terminal that nobody has."""
    master, slave = os.openpty()
    read, write = os.pipe()
    assert foreground(master) is None
    assert foreground(read) is None
    for fd in (master, slave, read, write):
        os.close(fd)


def _another_waits(terminal: OnTerminal, before: int | None) -> bool:
    return foreground(terminal.master) != before and terminal.waits()


def test_the_line_of_shells() -> None:
    """From the outermost shell to the one in front; nothing for a stranger."""
    with on_terminal("bash", "--norc", "-i") as terminal:
        eventually(terminal.waits)
        for _ in range(2):
            before = foreground(terminal.master)
            terminal.type("bash --norc -i")
            eventually(partial(_another_waits, terminal, before))
        front = foreground(terminal.master)
        assert front is not None
        chain = shells(front, terminal.pid)
        assert len(chain) == 3
        assert (chain[0], chain[-1]) == (terminal.pid, front)
        assert shells(terminal.pid, terminal.pid) == (terminal.pid,)
        assert shells(terminal.pid, front) == ()
        assert shells(os.getpid(), terminal.pid) == ()


def test_a_process_that_is_gone_has_no_facts() -> None:
    """Every question about it has an empty answer."""
    process = subprocess.Popen(("true",))
    process.wait()
    assert stat_of(process.pid) is None
    assert identity_of(process.pid) is None
    assert shells(process.pid, 1) == ()
    assert not waits_for_line(process.pid, 0x8800)


def test_a_name_with_blanks_and_parentheses_is_read_past(tmp_path: str) -> None:
    """The second field of /proc/PID/stat may hold anything."""
    program = os.path.join(tmp_path, "a) S 1 (b")
    os.symlink("/bin/sleep", program)
    process = subprocess.Popen((program, "1000"))
    try:
        eventually(lambda: os.readlink(f"/proc/{process.pid}/exe").endswith("sleep"))
        found = stat_of(process.pid)
        assert found is not None
        assert (found.parent, found.group) == (os.getpid(), os.getpgid(process.pid))
        assert found.started > 0
    finally:
        process.kill()
        process.wait()


@as_judge
def test_identity_tells_namespaces_apart() -> None:
    """A process's namespace is the file that its descriptor names."""
    with a_world() as world:
        there = os.fstat(world.netns)
        assert identity_of(world.pid) == (there.st_dev, there.st_ino)
        assert identity_of(os.getpid()) != identity_of(world.pid)


@as_judge
def test_a_hop_comes_back_whatever_happens() -> None:
    """By descriptor or path; also when the body fails, or the namespace cannot be entered."""
    with a_world() as world:
        home = identity_of(os.getpid())
        with hop(world.netns):
            assert identity_of(os.getpid()) == identity_of(world.pid)
        with pytest.raises(KeyError), hop(f"/proc/{world.pid}/ns/net"):
            raise KeyError
        assert identity_of(os.getpid()) == home
        for wrong in ("/nonexistent", "/proc/self/ns/uts", world.root):
            with pytest.raises(OSError), hop(wrong):  # noqa: PT011 - the errno differs
                pass
        assert identity_of(os.getpid()) == home
