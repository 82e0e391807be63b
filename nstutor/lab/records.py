"""What passes between the supervisor, the factory and a world's init, and the records that the other rooms get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nstutor import NamedTuple

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity


class WorldRequest(NamedTuple):
    """What the supervisor asks of the factory. `limits` are the fields of a Limits."""

    limits: dict[str, int | None]
    home: str | None
    fresh: bool
    """Whether to use no init that was made ahead."""


class ShellRequest(NamedTuple):
    """What the supervisor asks of an init."""

    argv: list[str]
    environment: dict[str, str]
    rows: int
    columns: int
    netns: str | None
    watch: bool


class ShellProcess(NamedTuple):
    """A process on a terminal of its own in a world. The descriptors belong to whoever asked for it."""

    pid: int
    """In the supervisor's numbering."""
    pidfd: int
    """Readable once the process has ended."""
    master: int
    """The pty's master: the learner's terminal."""
    slave: int
    """Its slave, for FIONREAD and termios(3). While it is open, the master sees no hang-up."""
    notify: int | None
    """The seccomp listener that must answer each execve, execveat and exit_group; None when nothing is watched."""
    tty: str
    """The terminal's name inside: /dev/pts/0."""


class Usage(NamedTuple):
    """What a world uses at one moment.

    Shared memory counts where it is mapped and in its tmpfs, so the sum is an upper bound of those; what the kernel
    itself holds (pipes, sockets, devices) is not seen.
    """

    process_bytes: int
    """Anonymous and shared memory of all processes, also in the swap, and page tables (/proc/PID/status)."""
    tmpfs_bytes: int
    """In the world's tmpfs mounts, the learner's own included, and in files that are mounted nowhere (memfds).

    What cannot be measured, a ramfs or a tmpfs without bounds, counts 1 TiB."""
    processes: int
    """Without the init."""
    threads: int = 0
    """Of all these processes: what RLIMIT_NPROC counts."""
    netns: frozenset[Identity] = frozenset()
    """The network namespaces that its processes are in, with a name or without."""
    full: frozenset[str] = frozenset()
    """Mount points of tmpfs that have no free block or no free inode."""
    terminals: int = 0
    """Those that programs have made, in any devpts."""
    countless: bool = False
    """There are more open files or mounts than are looked at."""

    @property
    def memory_bytes(self) -> int:
        """Both kinds of memory together."""
        return self.process_bytes + self.tmpfs_bytes


class Failure(NamedTuple):
    """Why a request came to nothing, on its way to the supervisor."""

    step: str
    """As in refusals.refusal()."""
    code: int
    what: str = ""
