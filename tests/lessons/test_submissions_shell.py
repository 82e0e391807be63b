"""What typing a submission means: the lines that stop, flood, forge or cut off the shell, and what follows them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from check_runs import Graded, complaints, grade, lost, stored

PLAIN = "right/bridge/plain"


@dataclass(frozen=True)
class Trick:
    """Lines that stand before a right submission, and what the report notes about them."""

    name: str
    lines: str
    note: str | None = None
    replaced: str = ""
    """A line of the right submission that the trick stands in for."""

    def script(self) -> bytes:
        """The whole submission."""
        right = stored(PLAIN).decode()
        if not self.replaced:
            return f"{self.lines}\n{right}".encode("utf-8", "surrogateescape")
        assert f"{self.replaced}\n" in right
        return right.replace(f"{self.replaced}\n", f"{self.lines}\n").encode()


HARMLESS = (
    Trick("colours", r"printf '\e[31m\e]0;title\a\e[?1049h\e[2J\e[6n\e[c\n'"),
    Trick("forged-ready", r"printf '\e]133;D;0\a\e]133;B\a\e]133;C\a'"),
    Trick("forged-with-the-nonce", 'printf "%s" "${PS0@P}" "${PS2@P}" "${PS1@P}" "${PS1@P}"'),
    Trick("forged-while-it-runs", 'echo "${PS1@P}${PS2@P}"; for i in 1 2 3; do echo "${PS0@P}"; done'),
    Trick("no-prompt-command", "PROMPT_COMMAND="),
    Trick("no-marks", "unset PROMPT_COMMAND PS0 PS2 PS1"),
    Trick("other-marks", "PS0=x PS1='$ ' PS2='> '; export PROMPT_COMMAND='false'"),
    Trick("clean-environment", "env -i bash"),
    Trick("clean-environment-and-posix", "env -i PATH=$PATH bash --posix --norc --noprofile"),
    Trick("sh", "sh"),
    Trick("readonly-marks", "readonly PS0 PS1 PS2 PROMPT_COMMAND"),
    Trick("shell-options", "set +o history +o emacs; set -o noclobber -o nounset; shopt -s extdebug"),
    Trick("posix", "set -o posix"),
    Trick("traced", "exec 3>/tmp/trace; BASH_XTRACEFD=3; set -x"),
    Trick("debug-trap", "trap 'true' DEBUG; trap 'true' RETURN; trap '' INT TERM HUP"),
    Trick("stty", "stty -echo; stty raw; stty sane; stty -icanon; stty echo"),
    Trick("raw-terminal", "stty raw -echo"),
    Trick("no-flow-control", "stty -ixon; stty erase ^H; stty intr ^X"),
    Trick("redirected", "exec 2>/dev/null"),
    Trick("everything-redirected", "exec >/tmp/log 2>&1"),
    Trick("terminal-by-name", "exec </dev/tty >/dev/tty 2>&1"),
    Trick("history-expansion", "echo one!two !! !$"),
    Trick("here-document-with-tabs", "cat <<-X >/tmp/f\n\tone\n\t\ttwo\n\tX"),
    Trick("here-document-that-holds-its-prompt", "cat <<'X'\nhost $ ip link\n> more\nX"),
    Trick("two-here-documents", "cat <<A; cat <<B\none\nA\ntwo\nB"),
    Trick("continuations", "echo one \\\n  two \\\n  three"),
    Trick("compound", "if true; then\n:\nelse\n:\nfi\ncase x in\nx) : ;;\nesac\nwhile false\ndo\n:\ndone"),
    Trick("syntax-error", "fi"),
    Trick("syntax-errors", ")\nif then\n;;\necho 'still here'"),
    Trick("unknown-commands", "nosuchthing --at-all\n/nosuch/file\n./nosuch\ncd /nosuch"),
    Trick("pasted-prompts", "$ ip link\nhost> ip link\n# ip link", "typed without the prompt in line 2"),
    Trick("full-width", "ip　link　show\nip link –show"),
    Trick("tabs", "\tip\tlink\tshow\tlo"),
    Trick("tab-completion", "ip li\tset"),
    Trick("not-utf-8", "echo caf\udce9 \udcff\udcfe", "line 1 has bytes that are not UTF-8"),
    Trick("other-separators", "echo one\u2028two\u0085three"),
    Trick("tutor-commands", ":hint\n:solution\n:goto 8\n:(){ true; }\n: nothing\nunset -f :"),
    Trick("background-daemon", "setsid sleep 1000 & disown; nohup sleep 1000 >/dev/null 2>&1 &"),
    Trick("noisy-background", "(while :; do echo noise; sleep 0.01; done) &"),
    Trick("stopped-job", "sleep 1000 & kill -STOP $!; jobs"),
    Trick("children-killed", "sleep 1000 & kill -9 $!; wait"),
    Trick("device-like-an-option", "ip link add -- -up type bridge; ip link add name -all type bridge"),
    Trick("read", 'read -r answer\nmy answer\necho "$answer"'),
    Trick("read-in-a-loop", 'while read -r line; do [ "$line" = end ] && break; done\none\ntwo\nend'),
    Trick("read-a-key", "read -rsn1\nx"),
    Trick("python", "python3 -q\nprint(1)\nfor i in range(2):\n    print(i)\n\nexit()"),
    Trick("deep-shells", "bash\nbash\nsh\nbash"),
    Trick(
        "lessons-cannot-be-read",
        "if find / -xdev -name '*bridge.md' -o -xdev -name 'plain.sh' 2>/dev/null | grep -q .; then exit; fi",
    ),
    Trick("processes-of-the-machine-cannot-be-seen", '[ "$(ls -d /proc/[0-9]* | wc -l)" -lt 10 ] || exit'),
    Trick("remount", "mount -o remount,rw / && exit; mount -o remount,bind,rw /usr && exit; umount /usr && exit"),
    Trick("write-to-the-system", "touch /usr/bin/x && exit; echo x > /usr/bin/env && exit; rm -f /bin/ls && exit"),
    Trick("sysrq", "echo c > /proc/sysrq-trigger && exit; echo 1 > /proc/sys/kernel/panic && exit"),
    Trick("the-keeper", "kill -9 1; kill -STOP 1; kill -9 0 & wait"),
    Trick("further-user-namespace", "unshare -Ur true && exit"),
    Trick("many-devices", "for i in {1..100}; do echo link add many$i type veth; done | ip -b -"),
)

LIMITED = (
    Trick("sleep", "sleep 100", "line 1 was ended after 1 s: sleep 100"),
    Trick("ignores-interrupts", "(trap '' INT; sleep 100)", "line 1 was ended after 1 s"),
    Trick("reads-and-ignores", "trap '' INT; cat /dev/zero > /dev/null", "line 1 was ended after 1 s"),
    Trick("busy", "while :; do :; done", "line 1 was ended after 1 s: while :; do :; done"),
    Trick("endless-ping", "ping 127.0.0.1", "line 1 was ended after 1 s: ping 127.0.0.1"),
    Trick("endless-output", "yes", "line 1 was ended after"),
    Trick("control-characters", "echo \x03 \x04 \x1b[A", "line 1 was not typed: the line has the control character"),
    Trick("long-line", f"x={'y' * 200_000}"),
    Trick("very-long-echo", f"echo {'z' * 200_000}"),
    Trick("wget", "timeout 1 bash -c 'echo > /dev/tcp/192.0.2.1/80'"),
    Trick("much-memory", "x=$(head -c 50M /dev/zero | tr '\\0' y); unset x"),
)

FATAL = (
    Trick("exit", "exit", None, "ip link set wangpo up"),
    Trick("exit-with-a-word", "exit nothing", None, "ip link set wangpo up"),
    Trick("end-by-exec", "exec true", None, "ip link set wangpo up"),
    Trick("killed-shell", "kill -9 $$", None, "ip link set wangpo up"),
    Trick("killed-everything", "kill -9 -1", None, "ip link set wangpo up"),
    Trick("hung-up", "kill -HUP $$", None, "ip link set wangpo up"),
    Trick("errexit", "set -e; false", None, "ip link set wangpo up"),
    Trick("nounset", "set -u; set -e; echo $nothing", None, "ip link set wangpo up"),
    Trick("open-quote", "echo 'open", "the last command is not complete: bash waits for more", "ip link set wangpo up"),
    Trick("open-here-document", "cat <<NEVER", "the last command is not complete", "ip link set wangpo up"),
    Trick("open-loop", "while true; do", "the last command is not complete", "ip link set wangpo up"),
    Trick("trailing-backslash", "echo \\", None, "ip link set wangpo up"),
    Trick("cat-to-the-end", "cat > /tmp/file", None, "ip link set wangpo up"),
    Trick("forged-for-ever", 'while :; do eval "$PROMPT_COMMAND"; done', None, "ip link set wangpo up"),
    Trick("python-to-the-end", "exec python3 -q", None, "ip link set wangpo up"),
)

TABLES = {"harmless": HARMLESS, "limited": LIMITED, "fatal": FATAL}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """All reports of this file, by table and name."""
    found: dict[str, Graded] = {}
    for table, tricks in TABLES.items():
        folder = tmp_path_factory.mktemp(table)
        options = ("--command-limit", "1") if table == "limited" else ("--command-limit", "10")
        scripts = {trick.name: trick.script() for trick in tricks}
        found |= {f"{table}/{name}": report for name, report in grade("bridge", folder, scripts, *options).items()}
    return found


def test_tricks_have_names_of_their_own() -> None:
    """No row of the tables hides another one."""
    for tricks in TABLES.values():
        assert len({trick.name for trick in tricks}) == len(tricks) > 10


@pytest.mark.parametrize("trick", HARMLESS, ids=lambda trick: trick.name)
def test_harmless(trick: Trick, reports: dict[str, Graded]) -> None:
    """What stands before a right submission takes nothing from it, and no line is lost, or noted without need."""
    graded = reports[f"harmless/{trick.name}"]
    assert complaints(graded) == []
    assert graded["passed"]
    assert graded["error"] is None
    assert bool(graded["notes"]) == bool(trick.note)
    assert (trick.note or "") in " ".join(graded["notes"])


@pytest.mark.parametrize("trick", LIMITED, ids=lambda trick: trick.name)
def test_limited(trick: Trick, reports: dict[str, Graded]) -> None:
    """A line that goes beyond a limit is ended and noted, and the lines behind it are typed."""
    graded = reports[f"limited/{trick.name}"]
    assert complaints(graded) == []
    assert graded["passed"]
    assert graded["error"] is None
    if trick.note is not None:
        assert any(note.startswith(trick.note) for note in graded["notes"]), graded["notes"]
    assert graded["duration_ms"] < 20_000


@pytest.mark.parametrize("trick", FATAL, ids=lambda trick: trick.name)
def test_fatal(trick: Trick, reports: dict[str, Graded]) -> None:
    """A line that ends the shell ends the submission there: what was done by then counts, what follows does not."""
    graded = reports[f"fatal/{trick.name}"]
    assert lost(graded) == ["up"]
    assert complaints(graded)[0][1] == "wangpo is down"
    assert graded["error"] is None
    if trick.note is not None:
        assert any(note.startswith(trick.note) for note in graded["notes"]), graded["notes"]
