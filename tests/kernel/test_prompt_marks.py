"""The marks of a lab's bash survive what a learner sets, and nobody sees them."""

from __future__ import annotations

import asyncio

import pytest
from lab_harness import judged
from short_lesson import plan_of
from test_live_session import Stage, play

from nstutor.lab.world_factory import WorldFactory
from nstutor.shell.turn import Ended

PLAN = plan_of("build: netns eden", "tear: not netns eden")
SETTINGS = {
    "nothing": (),
    "PROMPT_COMMAND of one's own": ("x() { :; }; PROMPT_COMMAND=x",),
    "PROMPT_COMMAND that prints": ("PROMPT_COMMAND='printf \"\"; (exit 3)'",),
    "no PROMPT_COMMAND": ("unset PROMPT_COMMAND",),
    "an empty array": ("PROMPT_COMMAND=()",),
    "an array": ("declare -a PROMPT_COMMAND=(: false)",),
    "one that is not exported": ("export -n PROMPT_COMMAND PS0 PS1 PS2",),
    "no prompt strings": ("unset PS0 PS1 PS2",),
    "prompt strings of one's own": ("PS0='zero '; PS1='[$?] one '; PS2='> '",),
    "PS1 with our marks inside": ('PS1="(x) $PS1> "',),
    "PS1, and PROMPT_COMMAND": ("PS1='one '", "PROMPT_COMMAND='history -c'"),
    "readonly PS1": ("readonly PS0 PS1 PS2",),
    "posix": ("set -o posix",),
    "nounset": ("set -u; unset PS1 PS2",),
    "noclobber": ("set -C -f -h; set +m",),
    "errtrace": ("set -E -T; trap 'echo ERR' ERR; true", "trap - ERR"),
    "IFS": ("IFS='x;$5'",),
    "xtrace of the prompt alone": ("set -x; PS4='+ '", "set +x"),
    "debug trap": ("trap : DEBUG",),
    "debug trap that skips": ("shopt -s extdebug; trap '[[ $BASH_COMMAND != case* ]]' DEBUG",),
    "no expansion of prompts": ("shopt -u promptvars",),
    "another bash": ("exec bash",),
    "a nested bash": ("bash",),
    "without its file": ("bash --norc",),
    "without its file, and PROMPT_COMMAND": ("bash --norc", "PROMPT_COMMAND="),
    "nested posix": ("bash --posix",),
    "login": ("bash -l",),
    "behind a script": ("echo 'exec bash' > /tmp/enter; bash /tmp/enter",),
    "sudo": ("sudo -i", "sudo -s"),
    "file of one's own": ("echo 'PS1=\"\\u> \" PROMPT_COMMAND=true' > ~/.bashrc; bash",),
    "vi": ("set -o vi",),
    "output elsewhere": ("exec 1>/dev/null", "exec 1>/dev/tty"),
}
"""What the learner types first."""
NO_MARKS = {
    "errors elsewhere": ("exec 2>/dev/null",),
    "PS1 without a hook": ("unset PROMPT_COMMAND; PS1='one '",),
    "readonly PS1 of one's own": ("readonly PS1='one '",),
    "marks forgotten": ("unset PROMPT_COMMAND PS0 PS1 PS2",),
}
"""Where nothing of bash's own helps, and the kernel tells that it waits at its prompt."""


@pytest.mark.parametrize("typed", SETTINGS.values(), ids=SETTINGS)
@judged
def test_marks_survive(factory: WorldFactory, typed: tuple[str, ...]) -> None:
    """The status of a line, its output and nothing else, and that a line is not complete."""

    async def body(stage: Stage) -> None:
        for line in typed:
            assert (await stage.type(line)).ended is Ended.READY
        expanded = typed != SETTINGS["no expansion of prompts"]
        turn = await stage.type("(exit 3)")
        assert (turn.ended, turn.status if expanded else 3, shown(turn.output)) == (Ended.READY, 3, b"")
        assert (await stage.type("for i in 1 2; do")).ended is Ended.INCOMPLETE
        turn = await stage.type("echo $i; done")
        assert (turn.ended, shown(turn.output)) == (Ended.READY, b"1\r\n2\r\n")
        turn = await stage.type("fi")
        assert (turn.ended, turn.output.count(b"\n")) == (Ended.READY, 1), turn.output

    def shown(output: bytes) -> bytes:
        return output.removeprefix(b"zero ")

    play(factory, PLAN, body)


@pytest.mark.parametrize("typed", NO_MARKS.values(), ids=NO_MARKS)
@judged
def test_prompts_without_marks(factory: WorldFactory, typed: tuple[str, ...]) -> None:
    """No status is known, and yet each line is one turn, once the kernel has shown how the shell waits at a prompt."""

    async def body(stage: Stage) -> None:
        while not stage.live.bash.front._prompt_buffer:
            await asyncio.sleep(0.005)
        for line in (*typed, "true"):
            assert (await stage.type(line)).ended is Ended.READY
        assert b"42\r\n" in (await stage.type("echo $((6*7))")).output

    play(factory, PLAN, body)


VERBOSE = {"set -v": b"", "set -xv": b"+ echo hi\r\n"}


@pytest.mark.parametrize("options", VERBOSE)
@pytest.mark.parametrize("shell", ["", "bash", "bash --norc", "set -o vi"])
@judged
def test_verbose_shows_nothing_of_ours(factory: WorldFactory, options: str, shell: str) -> None:
    """What `set -v` and `set -x` print are the learner's own lines; a hook of their own is shown, too."""

    async def body(stage: Stage) -> None:
        await stage.type(shell)
        assert b"NSTUTOR" not in (await stage.type(options)).output
        turn = await stage.type("echo hi")
        assert turn.output.removeprefix(b"echo hi\r\n") == VERBOSE[options] + b"hi\r\n"
        turn = await stage.type("PROMPT_COMMAND=:")
        assert b"case" not in turn.output
        assert turn.output.endswith(b":\r\n")

    play(factory, PLAN, body)


@judged
def test_hook_leaves_everything_as_it_was(factory: WorldFactory) -> None:
    """Status, last argument, history, jobs and traps are the learner's alone."""

    async def body(stage: Stage) -> None:
        await stage.type("false last")
        assert (await stage.type("echo $? $_ ${PIPESTATUS[@]}")).output == b"1 last 1\r\n"
        await stage.type("trap 'echo \"debug $BASH_COMMAND\"' DEBUG")
        assert (await stage.type("echo 1")).output == b"debug echo 1\r\n1\r\n"
        turn = await stage.type("trap - DEBUG; history | tail -n 2; jobs")
        assert [line.split()[1] for line in turn.output.splitlines()[1:]] == [b"echo", b"trap"]

    play(factory, PLAN, body)


@judged
def test_hook_that_fails_ends_no_shell(factory: WorldFactory) -> None:
    """With `set -e` a shell ends at a failure, and not at one of the hook's."""

    async def body(stage: Stage) -> None:
        await stage.type("trap 'echo trapped' ERR", "set -eE; rm -r /run/shells", "unalias -a")
        turn = await stage.type("echo on")
        assert (turn.ended, turn.status, turn.output) == (Ended.READY, 0, b"on\r\n")
        assert (await stage.type("false")).ended is Ended.GONE

    play(factory, PLAN, body)


@pytest.mark.parametrize("term", ["dumb", "xterm"])
@judged
def test_prompt_that_readline_draws_again_is_not_shown(factory: WorldFactory, term: str) -> None:
    """It does so when the size of the window changes, before the line and while it is on its way."""

    async def body(stage: Stage) -> None:
        bash, behind = stage.live.bash, bytearray()
        stage.live.background = behind.extend
        await stage.type(f"TERM={term} bash", "PS1='one\\ntwo> '")
        for number in range(30):
            bash.keyboard.resize(24, 60 + number % 20)
            while number % 3 and bash.front.blocked() is None:
                await asyncio.sleep(0.005)
            turn = await stage.type(f"echo n{number}")
            assert (turn.ended, turn.output) == (Ended.READY, f"n{number}\r\n".encode())
            assert bash.prompt == "one\r\r\ntwo> "
        assert behind == b""

    play(factory, PLAN, body)


@judged
def test_options_of_the_shell_in_front(factory: WorldFactory) -> None:
    """Each shell tells its own at its prompt."""

    async def body(stage: Stage) -> None:
        for line, vi in (("set -o vi", True), ("bash", False), ("exit", True), ("set -o emacs", False)):
            await stage.type(line)
            assert ("vi" in stage.live.bash.options) is vi

    play(factory, PLAN, body)
