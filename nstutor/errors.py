"""The exceptions, their exit codes, and the one boundary where every other exception ends.

NstutorError
├── UsageError           exit 2   the command line, or a file named on it, is wrong
├── LessonError          exit 2   a lesson file has faults, each with its place
├── CannotRunHereError   exit 4   this machine does not let us make a lab
└── WorldDiedError       exit 3   the lab ended under us

Exit codes, everywhere: 0 passed, 1 not passed, 2 usage or lesson file, 3 our bug (a report file is written),
4 cannot run here, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import sys
import termios
from collections.abc import Callable, Iterator
from typing import ClassVar

from nstutor import NamedTuple
from nstutor.text.i18n import N_, _, sentences
from nstutor.text.width import cells, width

PASSED, NOT_PASSED, USAGE, BUG, CANNOT_RUN, INTERRUPTED = 0, 1, 2, 3, 4, 130


class NstutorError(Exception):
    """A failure with words for the person at the terminal: what is wrong, and what to do."""

    exit_code: ClassVar[int] = BUG

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n{self.hint}"


class UsageError(NstutorError):
    """The command line, or a file that it names, is wrong."""

    exit_code = USAGE


class CannotRunHereError(NstutorError):
    """This machine does not allow a lab; the hint is the one command that would change it."""

    exit_code = CANNOT_RUN


class WorldDiedError(NstutorError):
    """The lab's world ended while it was in use."""


class Fault(NamedTuple):
    """One fault in a lesson file.

    `line` and `column` count from 1; `length` is the number of characters that the carets underline.
    """

    path: str
    line: int
    column: int
    message: str
    source: str = ""
    length: int = 1

    def __str__(self) -> str:
        head = f"{self.path}:{self.line}:{self.column}: {self.message}"
        if not self.source:
            return head
        number = str(self.line)
        margin = " " * len(number)
        start = self.column - 1
        before = "".join("\t" if char == "\t" else " " * cells(char) for char in self.source[:start])
        under = width(self.source[start : start + self.length])
        return f"{head}\n  {number} │ {self.source}\n  {margin} │ {before}{'^' * max(1, under)}"


class LessonError(NstutorError):
    """A lesson file has faults; all of them, in the order of their lines."""

    exit_code = USAGE

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def write_report(error: BaseException) -> str:
    """Write a bug report with versions and the traceback to a new file of the user's; its path.

    Raises OSError when there is no room for it.
    """
    import tempfile
    import traceback

    handle, path = tempfile.mkstemp(prefix="nstutor-report-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        system = os.uname()
        file.write(f"nstutor bug report\nPython {sys.version}\n{system.sysname} {system.release} {system.machine}\n")
        file.write(f"arguments: {sys.argv[1:]!r}\n\n")
        file.write("".join(traceback.format_exception(error)))
    return path


SYSTEM_WORDS = (
    *(N_("No such file or directory"), N_("Permission denied"), N_("Operation not permitted"), N_("File exists")),
    *(N_("Not a directory"), N_("Is a directory"), N_("Read-only file system"), N_("No space left on device")),
    *(N_("Disk quota exceeded"), N_("File too large"), N_("Too many open files"), N_("Input/output error")),
    *(N_("Too many open files in system"), N_("Cannot allocate memory"), N_("File name too long")),
    *(N_("Network is unreachable"), N_("No route to host"), N_("Network is down"), N_("Host is down")),
    *(N_("Invalid argument"), N_("Resource temporarily unavailable"), N_("No such device or address")),
    *(N_("unable to open database file"), N_("database or disk is full"), N_("database is locked")),
    *(N_("attempt to write a readonly database"), N_("disk I/O error"), N_("file is not a database")),
    *(N_("mapping values are not allowed here"), N_("could not find expected ':'"), N_("embedded null byte")),
    *(N_("while scanning a simple key"), N_("found character that cannot start any token")),
)
"""What strerror(3), sqlite and YAML say most often; anything else of theirs stays as they say it."""


def reason(error: Exception) -> str:
    """What the system says is wrong, in the language in use where that knows it."""
    return _(getattr(error, "strerror", None) or str(error))


@contextlib.contextmanager
def kept_as_fault(faults: list[BaseException]) -> Iterator[None]:
    """Keep what goes wrong in the body as a fault of ours, so that the work of others is not lost by it.

    What has words for the person at the terminal, and the wish to end, pass.
    """
    try:
        yield
    except NstutorError:
        raise
    except Exception as error:
        faults.append(error)


def _report_of(error: BaseException) -> str:
    try:
        return _("A report is in {path}").format(path=write_report(error))
    except MemoryError:
        return _("A report could not be written: no memory left")
    except OSError as full:
        return _("A report could not be written: {why}").format(why=reason(full))


_SCARCE = {
    errno.ENOSPC: (UsageError, N_("Make room and try again.")),
    errno.EDQUOT: (UsageError, N_("Make room and try again.")),
    errno.EFBIG: (UsageError, N_("A larger file is not allowed: look at `ulimit -f`.")),
    errno.EMFILE: (CannotRunHereError, N_("Allow more open files: ulimit -n 1024")),
    errno.ENFILE: (CannotRunHereError, N_("The whole machine has too many open files: end some programs.")),
    errno.ENOMEM: (CannotRunHereError, N_("End some programs, or allow more memory: look at `ulimit -v`.")),
    errno.EAGAIN: (CannotRunHereError, N_("End some programs, or allow more: look at `ulimit -u` and `ulimit -v`.")),
    errno.ENOBUFS: (CannotRunHereError, N_("End some programs: the kernel has no memory left for the network.")),
    errno.ETOOMANYREFS: (CannotRunHereError, N_("Allow more open files: ulimit -n 1024")),
}
"""What the machine or the user may run out of (errno(3)): of whose making that is, and what to do."""
_WITHOUT_DISK = ("selectors", "socket", "asyncio.", "multiprocessing.", "nstutor.kernel.", "nstutor.linux.syscalls")
"""Modules that write no files: what they have no space for is something that the kernel counts."""
_COUNTED = N_("The kernel counts that, it is not the disk: end some programs. nstutor doctor says more.")


def scarcity(error: BaseException) -> NstutorError | None:
    """What the machine or the user has run out of, with words and an exit code; None for any other failure."""
    # Python's own C code loses the MemoryError now and then.
    if isinstance(error, MemoryError) or (isinstance(error, SystemError) and _memory_is_limited()):
        return CannotRunHereError(_("Cannot allocate memory"), _(_SCARCE[errno.ENOMEM][1]))
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":  # of CPython, which keeps no errno
        return CannotRunHereError(_("Resource temporarily unavailable"), _(_SCARCE[errno.EAGAIN][1]))
    if not (isinstance(error, OSError) and error.errno in _SCARCE):
        return None
    if error.errno == errno.ENOSPC and f"{_raised_in(error)}.".startswith(_WITHOUT_DISK):
        return CannotRunHereError(reason(error), _(_COUNTED))
    kind, advice = _SCARCE[error.errno]
    return kind(reason(error), _(advice))


def _memory_is_limited() -> bool:
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def _raised_in(error: BaseException) -> str:
    """The name of the module that raised it."""
    name, trace = "", error.__traceback__
    while trace is not None:
        name, trace = str(trace.tb_frame.f_globals.get("__name__")), trace.tb_next
    return name


def _said(message: str) -> str:
    """A message with the name of who says it."""
    return _("nstutor: {message}").format(message=message)


def _flushed(command: Callable[[], int]) -> int:
    code = command()
    # Here, and not when Python ends: then a reader that went away would be a complaint and exit code 120.
    sys.stdout.flush()
    return code


def run_guarded(command: Callable[[], int], say: Callable[[str], None]) -> int:
    """Run a command and return its exit code; whatever it raises becomes words for `say` and the code for it."""
    words: list[str] = []
    code = _guarded(command, words.append)
    with contextlib.suppress(OSError):  # where nothing can be said (`ulimit -f 0 2>file`), the exit code still tells
        for text in words:
            say(text)
    return code


def _guarded(command: Callable[[], int], say: Callable[[str], None]) -> int:
    try:
        return _flushed(command)
    except NstutorError as error:
        say(_said(str(error)) if not isinstance(error, LessonError) else str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`nstutor list | head -1`); nobody is left to tell. Not a pass: a grader
        # that pipes must not take a report that was cut for one.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return NOT_PASSED
    except Exception as error:
        if _while_ending(error) or _terminal_is_gone(error):
            return INTERRUPTED
        scarce = scarcity(error)
        if scarce is None:
            return _tell_bug(error, say)
        say(_said(str(scarce)))
        return scarce.exit_code


def _while_ending(error: BaseException) -> bool:
    """Whether it came while we were told to end: after SIGHUP there is no terminal left to give its mode back."""
    context: BaseException | None = error
    while context is not None and not isinstance(context, SystemExit | KeyboardInterrupt):
        context = context.__context__
    return context is not None


def _terminal_is_gone(error: BaseException) -> bool:
    """Whether it came of a terminal that was closed before the signal for it: what is written there fails."""
    if not (isinstance(error, OSError) and error.errno == errno.EIO):
        return False
    try:
        termios.tcgetattr(1)
    except termios.error as asked:
        # A terminal that was hung up answers so (tty_ioctl(4)), any other file with ENOTTY.
        return bool(asked.args[0] == errno.EIO)
    return False


def _tell_bug(error: Exception, say: Callable[[str], None]) -> int:
    what = _("internal error: {error!r}").format(error=error)
    say(_said(f"{what}\n" + sentences(_("This is a bug of nstutor's, not yours."), _report_of(error))))
    return BUG
