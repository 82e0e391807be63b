"""A real bash on a real pty: each line is one turn, whatever the line is and whoever is in front."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nstutor.errors import UsageError
from nstutor.shell.bash import Bash
from nstutor.shell.marks import environment, make_nonce
from nstutor.shell.pty import State
from nstutor.shell.turn import KEPT_OUTPUT, Ended, LineResult, RunOptions

TERMS = RunOptions(40.0, pace=True)
INPUTRC = "set enable-bracketed-paste off\nset disable-completion on\n"


@dataclass(frozen=True)
class Pty:
    """A program on a terminal, as the lab hands one over."""

    pid: int
    pidfd: int
    master: int
    slave: int


@dataclass
class Desk:
    """A shell and everything that it showed."""

    bash: Bash
    shown: bytearray = field(default_factory=bytearray)
    printed_behind: bytearray = field(default_factory=bytearray)
    """What came while it waited for a line."""

    async def run(self, line: str, terms: RunOptions = TERMS) -> LineResult:
        """One turn."""
        return await self.bash.run(line, self.shown.extend, terms)

    async def out(self, line: str) -> str:
        """What a line prints, with plain line ends."""
        turn = await self.run(line)
        assert turn.ended is Ended.READY, turn
        return turn.output.decode().replace("\r\n", "\n")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let things happen until this holds."""
        async with asyncio.timeout(15):
            while not holds():
                await asyncio.sleep(0.005)

    def line_mode(self) -> bool:
        """Whether the terminal is in canonical mode."""
        return self.bash.keyboard.line_mode()


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextlib.asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """A bash in that folder, at its first prompt."""
    inputrc = folder / "inputrc"
    inputrc.write_text(INPUTRC)
    nonce = make_nonce()
    master, slave = os.openpty()
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        "INPUTRC": str(inputrc),
        "HISTFILE": "",
        **environment(nonce),
    }
    with subprocess.Popen(
        ["bash", "--noediting", "--norc", "-i"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=variables,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - there are no threads here
    ) as child:
        printed_behind = bytearray()
        bash = Bash(Pty(child.pid, os.pidfd_open(child.pid), master, slave), nonce, printed_behind.extend)
        here = Desk(bash, printed_behind=printed_behind)
        try:
            assert (await bash.start(here.shown.extend)).ended is Ended.READY
            yield here
        finally:
            bash.close()
            child.kill()


def at(folder: Path, body: Callable[[Desk], Awaitable[None]]) -> None:
    """Run the body at a desk of its own."""

    async def whole() -> None:
        async with asyncio.timeout(40), desk(folder) as here:
            await body(here)

    asyncio.run(whole())


# --- plain lines ------------------------------------------------------------------------------------------------------


def test_a_line_gives_its_output_and_status_without_its_echo(tmp_path: Path) -> None:
    """Variables, functions and directories live on from line to line."""

    async def body(here: Desk) -> None:
        assert await here.out('name=greenland; f() { echo "in $name"; return 7; }; mkdir deep; cd deep') == ""
        turn = await here.run("f")
        assert (turn.output, turn.status, turn.line) == (b"in greenland\r\n", 7, "f")
        assert await here.out("pwd") == f"{tmp_path}/deep\n"
        assert (await here.run("nosuchprogram")).status == 127
        assert await here.out("") == ""
        assert await here.out("   # a comment") == ""

    at(tmp_path, body)


def test_a_syntax_error_is_one_turn(tmp_path: Path) -> None:
    """It starts nothing and so marks nothing: the message is shown, the echo is not."""

    async def body(here: Desk) -> None:
        assert await here.out("fi") == "bash: syntax error near unexpected token `fi'\n"
        assert await here.out("echo on") == "on\n"

    at(tmp_path, body)


def test_bash_says_itself_when_a_command_goes_on(tmp_path: Path) -> None:
    """Loops, here-documents, open quotes and a backslash at the end of the line."""

    async def body(here: Desk) -> None:
        for lines, output in (
            (("for x in 1 2; do", "echo $x", "done"), "1\n2\n"),
            (("cat <<EOF", "wang po", "EOF"), "wang po\n"),
            (("echo 'one", "two'"), "one\ntwo\n"),
            (("echo a\\", "b"), "ab\n"),
        ):
            for line in lines[:-1]:
                turn = await here.run(line)
                assert (turn.ended, turn.output) == (Ended.INCOMPLETE, b"")
            assert await here.out(lines[-1]) == output

    at(tmp_path, body)


UNUSUAL = ["echo hi!there", "echo '!!'", "echo 王婆 ＿ e\u0301", "echo -e 'a\\tb'", "echo \udcff"]


@pytest.mark.parametrize("line", UNUSUAL)
def test_unusual_characters_reach_bash_as_they_are(tmp_path: Path, line: str) -> None:
    """Exclamation marks, wide characters, bytes that are no text; one prompt later all is well."""

    async def body(here: Desk) -> None:
        turn = await here.run(line)
        plain = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
        assert turn.output.replace(b"\r\n", b"\n") == plain.stdout
        assert turn.status == 0

    at(tmp_path, body)


@pytest.mark.parametrize("char", ["\x03", "\x04", "\x1b", "\r", "\n", "\x7f", "\x00", "\x16"])
def test_control_characters_are_refused_before_anything_is_typed(tmp_path: Path, char: str) -> None:
    """The terminal would act on them; the shell is ready for the next line."""

    async def body(here: Desk) -> None:
        with pytest.raises(UsageError, match="column 6"):
            await here.run(f"echo {char}x")
        assert here.bash.state is State.READY
        assert await here.out("echo on") == "on\n"

    at(tmp_path, body)


@pytest.mark.parametrize("length", [4094, 4095, 4096, 6000, 200_000])
def test_long_lines_are_neither_cut_nor_left_in_another_mode(tmp_path: Path, length: int) -> None:
    """The terminal's own limit is 4,095 bytes, behind which it would cut a line and run it."""

    async def body(here: Desk) -> None:
        word = "x" * (length - len("w=; echo ${#w}"))
        assert await here.out(f"w={word}; echo ${{#w}}") == f"{len(word)}\n"
        assert here.line_mode()

    at(tmp_path, body)


# --- who is in front --------------------------------------------------------------------------------------------------


def test_a_nested_bash_is_paced_by_the_same_marks(tmp_path: Path) -> None:
    """It edits its lines with readline; its echo is dropped, its PS1 is the learner's, and exit leads back."""

    async def body(here: Desk) -> None:
        assert here.bash.prompt == ""
        await here.run("bash --norc")
        await here.run("PS1='\\[\\e[1m\\]greenland\\[\\e[0m\\]> '")
        assert here.bash.prompt == "\x1b[1mgreenland\x1b[0m> "
        assert await here.out("echo in") == "in\n"
        assert await here.out("echo \tx") == "x\n"
        assert "syntax error" in await here.out("fi")
        assert (await here.run("exit 4")).status == 4
        assert here.bash.prompt == ""

    at(tmp_path, body)


@pytest.mark.parametrize(
    "program",
    [
        "dash",
        "env -i /bin/bash --norc --noediting",
        "env -i TERM=dumb bash --norc",
        "unset PROMPT_COMMAND PS0 PS1; bash --norc",
    ],
)
def test_a_shell_without_marks_waits_for_lines_all_the_same(tmp_path: Path, program: str) -> None:
    """The kernel tells that it waits; lines are typed into it one by one, and its end is a prompt of ours again."""

    async def body(here: Desk) -> None:
        assert (await here.run(f"({program})")).ended is Ended.WAITING
        turn = await here.run("echo $((6*7))")
        assert turn.ended is Ended.WAITING
        assert b"42" in turn.output
        assert (await here.run("exit")).ended is Ended.READY
        assert await here.out("echo back") == "back\n"

    at(tmp_path, body)


def test_a_long_line_for_a_shell_without_marks_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    """No mark tells that the line was read; that the shell waits again does."""

    async def body(here: Desk) -> None:
        await here.run("dash")
        turn = await here.run(f"w={'x' * 5000}; echo ${{#w}}")
        assert turn.ended is Ended.WAITING
        assert b"5000" in turn.output
        assert here.line_mode()

    at(tmp_path, body)


def test_a_program_that_asks_gets_the_next_line(tmp_path: Path) -> None:
    """`read` waits for a line; the next one is its."""

    async def body(here: Desk) -> None:
        assert (await here.run('read -r word; echo "got $word"')).ended is Ended.WAITING
        assert "got 王婆" in await here.out("王婆")

    at(tmp_path, body)


def test_without_pace_a_program_that_asks_keeps_the_keyboard(tmp_path: Path) -> None:
    """At a learner's prompt what is typed goes to the program, and is kept for the record."""

    async def body(here: Desk) -> None:
        turning = asyncio.ensure_future(here.run('echo ask; read -r word; echo "got $word"', RunOptions(15.0)))
        await here.until(lambda: b"ask" in here.shown)
        here.bash.send(b"wangpo\n")
        turn = await turning
        assert (turn.ended, turn.keyboard) == (Ended.READY, b"wangpo\n")
        assert b"got wangpo" in turn.output
        again = await here.run('read -r word; echo "got $word"', RunOptions(15.0, pace=True, keyboard=turn.keyboard))
        assert b"got wangpo" in again.output

    at(tmp_path, body)


# --- what a program leaves unread -------------------------------------------------------------------------------------


def test_lines_that_a_program_leaves_unread_run_behind_it(tmp_path: Path) -> None:
    """All of it is one turn, that ends when bash waits with nothing left to read."""

    async def body(here: Desk) -> None:
        turning = asyncio.ensure_future(here.run("echo first; read -rt 0.3 <>gate", RunOptions(15.0)))
        await here.until(lambda: b"first" in here.shown)
        here.bash.send(b"echo second\necho third\n")
        turn = await turning
        assert turn.ended is Ended.READY
        assert b"third\r\n" in turn.output
        assert here.bash.keyboard.all_read()
        assert await here.out("echo fourth") == "fourth\n"

    os.mkfifo(tmp_path / "gate")
    at(tmp_path, body)


# --- interrupts, limits, ends -----------------------------------------------------------------------------------------


def test_control_c_ends_a_program_and_control_z_stops_it(tmp_path: Path) -> None:
    """Statuses as in any bash: 130, and 148 with a job that can be killed."""

    async def body(here: Desk) -> None:
        turning = asyncio.ensure_future(here.run("sh -c 'echo up; exec sleep 60'"))
        await here.until(lambda: b"up" in here.shown)
        here.bash.interrupt()
        assert (await turning).status == 130
        here.shown.clear()
        turning = asyncio.ensure_future(here.run("sh -c 'echo up; exec sleep 61'"))
        await here.until(lambda: b"up" in here.shown)
        here.bash.send(b"\x1a")
        assert (await turning).status == 148
        assert "Stopped" in await here.out("jobs")
        await here.run("kill -KILL %1; wait")

    at(tmp_path, body)


STUBBORN = {
    "a sleep": "sleep 60",
    "a program that ignores Ctrl-C": "sh -c 'trap \"\" INT; sleep 60; sleep 60'",
    "a loop of bash's own": "while :; do :; done",
    "a program that reads keys": "sh -c 'stty raw; cat >/dev/null'; stty sane",
}


@pytest.mark.parametrize("line", STUBBORN.values(), ids=STUBBORN)
def test_a_command_without_end_is_ended_when_its_time_is_over(tmp_path: Path, line: str) -> None:
    """Asked, asked again, and killed; the shell lives on."""

    async def body(here: Desk) -> None:
        turn = await here.run(line, RunOptions(0.2))
        assert turn.ended is Ended.TIMEOUT
        assert turn.seconds < 5
        assert await here.out("echo on") == "on\n"

    at(tmp_path, body)


def test_output_without_end_is_ended_and_its_first_and_last_are_kept(tmp_path: Path) -> None:
    """A megabyte is allowed: memory holds two small pieces of it."""

    async def body(here: Desk) -> None:
        turn = await here.run("echo begin; yes", RunOptions(15.0, output_bytes=1 << 20))
        assert turn.ended is Ended.FLOODED
        assert turn.output.startswith(b"begin\r\n")
        assert len(turn.output) == 2 * KEPT_OUTPUT
        assert await here.out("echo on") == "on\n"

    at(tmp_path, body)


def test_a_flood_in_a_shell_without_marks_leaves_that_shell_in_front(tmp_path: Path) -> None:
    """Only the flooding program is ended: the next line is still the inner shell's."""

    async def body(here: Desk) -> None:
        await here.run("dash")
        turn = await here.run("yes", RunOptions(15.0, output_bytes=1 << 16, pace=True))
        assert turn.ended is Ended.FLOODED
        turn = await here.run('echo "$0"')
        assert (turn.ended, b"dash" in turn.output) == (Ended.WAITING, True)

    at(tmp_path, body)


@pytest.mark.parametrize(("line", "status"), [("exit 3", 0), ("kill -9 $$", 0), ("exec true", 0), ("set -e; false", 0)])
def test_a_shell_that_ends_says_so_at_once_and_ever_after(tmp_path: Path, line: str, status: int) -> None:
    """Its last words are kept; a further line is not typed anywhere."""

    async def body(here: Desk) -> None:
        turn = await here.run(f"echo last; {line}")
        assert (turn.ended, turn.output.splitlines()[0]) == (Ended.GONE, b"last")
        assert here.bash.state is State.GONE
        again = await here.run("echo on")
        assert (again.ended, again.output) == (Ended.GONE, b"")
        assert (await here.bash.wait(here.shown.extend)).ended is Ended.GONE

    at(tmp_path, body)


def test_control_d_leaves_the_innermost_shell(tmp_path: Path) -> None:
    """First the nested one, then the outermost."""

    async def body(here: Desk) -> None:
        await here.run("bash --norc")
        await here.until(lambda: not here.line_mode())
        for ended in (Ended.READY, Ended.GONE):
            here.bash.end_of_file()
            assert (await here.bash.wait(here.shown.extend)).ended is ended

    at(tmp_path, body)


# --- between two lines ------------------------------------------------------------------------------------------------


def test_what_a_background_job_prints_is_told_apart(tmp_path: Path) -> None:
    """While bash waits for a line it goes to the one who shows it above the prompt."""

    async def body(here: Desk) -> None:
        await here.run('(read -r word <gate; echo "got $word") &')
        (tmp_path / "gate").write_text("wangpo\n")
        await here.until(lambda: b"got wangpo" in here.printed_behind)
        assert b"got wangpo" not in here.shown

    os.mkfifo(tmp_path / "gate")
    at(tmp_path, body)


def test_the_size_of_the_terminal_is_passed_on(tmp_path: Path) -> None:
    """Programs read the new size from the terminal."""

    async def body(here: Desk) -> None:
        here.bash.keyboard.resize(40, 132)
        assert await here.out("stty size") == "40 132\n"

    at(tmp_path, body)


def test_forged_marks_change_the_pace_and_nothing_else(tmp_path: Path) -> None:
    """Who owns the shell can print its marks: the turn may end early, and the next lines still run."""

    async def body(here: Desk) -> None:
        await here.run('printf \'%s\' "${PS0@P}" "${PS2@P}"')
        await here.run('echo "${PS1@P}"; echo late')
        await here.run("true")
        async with asyncio.timeout(10):
            while (await here.run("echo $((40+2))")).output != b"42\r\n":
                continue

    at(tmp_path, body)


def test_closing_gives_every_descriptor_back(tmp_path: Path) -> None:
    """Also after the shell has ended by itself."""
    descriptors: list[int] = []

    async def body(here: Desk) -> None:
        descriptors.extend((here.bash.pty.master, here.bash.pty.slave, here.bash.pty.pidfd))
        os.kill(here.bash.pty.pid, signal.SIGKILL)
        assert (await here.bash.wait(here.shown.extend)).ended is Ended.GONE

    at(tmp_path, body)
    for descriptor in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)
