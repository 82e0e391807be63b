"""What was typed in `learn` becomes a script: keys as lines or here-documents, what cannot be said as comments."""

from __future__ import annotations

import base64
import json
import stat
import zlib
from pathlib import Path

import pytest

from nstutor.grading.export_header import evidence_of
from nstutor.grading.submission import read_submission
from nstutor.lab.home_archive import take
from nstutor.lesson.parse import load
from nstutor.progress.export import NEW_SHELL, Work, script_of
from nstutor.progress.rows import OPEN, Command
from nstutor.progress.script import Script

LESSON = load(Path(__file__).parent.parent / "data" / "lessons" / "whole.md")


def command(
    line: str, keyboard: bytes = b"", ended: str = "ready", *, seconds: float = 0.1, only_looked: bool = False
) -> Command:
    """A line as it is kept."""
    return Command(1, line, keyboard, ended, 0, "host", seconds, only_looked)


def script(*commands: Command, home: bytes | None = None) -> Script:
    """The script of these commands."""
    numbered = [one._replace(number=number) for number, one in enumerate(commands, 1)]
    return script_of(LESSON, Work(numbered, home), {"source": "learn"})


def body(*commands: Command, home: bytes | None = None) -> list[str]:
    """Its lines without the header."""
    return [line for line in script(*commands, home=home).lines if not line.startswith("# nstutor ")]


SAID = [
    ([command("ip link")], ["ip link"]),
    ([command("for x in a; do", ended="more"), command("ip link; done")], ["for x in a; do", "ip link; done"]),
    ([command("read x", b"eden\r")], ["read x", "eden"]),
    ([command("read x", b"edem\x7fn\r")], ["read x", "eden"]),
    ([command("sleep 3", b"ip link\rip addr\r")], ["sleep 3", "ip link", "ip addr"]),
    ([command("cat > names", b"eden\rEND\r\x04")], ["cat > names <<'END1'", "eden", "END", "END1"]),
    ([command("python3", b"1\r\x04")], ["python3 <<'END'", "1", "END"]),
    ([command("cat", b"\x04")], ["cat <<'END'", "END"]),
    ([command("ping 127.0.0.1", b"\x03", seconds=2.2)], ["timeout --foreground -s INT 3 ping 127.0.0.1"]),
    ([command("ping 127.0.0.1", b"\x03", seconds=99)], ["timeout --foreground -s INT 5 ping 127.0.0.1"]),
    ([command("", b"\x04")], ["exit"]),
    ([command("exit", ended="gone")], [NEW_SHELL]),
    ([command("ip link; exit", ended="gone")], ["(", "ip link; exit", ")", NEW_SHELL]),
]
LEFT_OUT = [
    ([command("for x in a; do", ended="more"), command("", b"\x03")], "# given up before it was complete: for x in a;"),
    ([command("kill -9 -1", only_looked=True)], "# left out, for it ended the lab: kill -9 -1"),
    ([command("while :; do :; done", b"\x03")], "# left out, for a script cannot say the keys that it was"),
    ([command("ping a", b"\x1a")], "# left out, for a script cannot say the keys that it was given: ping a"),
    ([command("vim f", b"ihello\x1b:wq\r")], "# left out, for a script cannot say the keys that it was given: vim f"),
    ([command("man ip", b"q")], "# left out, for it only looked: man ip"),
]


@pytest.mark.parametrize(("commands", "lines"), SAID, ids=lambda value: repr(value)[:0] or None)
def test_what_a_script_says(commands: list[Command], lines: list[str]) -> None:
    """It says lines that do what the line and its keys did."""
    assert body(*commands) == lines
    assert script(*commands).told == ""


@pytest.mark.parametrize(("commands", "line"), LEFT_OUT)
def test_what_a_script_cannot_say(commands: list[Command], line: str) -> None:
    """It stands there as a comment, and is counted."""
    (only,) = body(*commands)
    assert only.startswith(line)
    assert script(*commands).told.startswith("1 command could not")


# --- several terminals ------------------------------------------------------------------------------------------------


def at(  # noqa: PLR0917 - they are the columns of a table
    shell: int, began: float, ended: float, line: str, netns: str = "host", keyboard: bytes = b"", said: str = "ready"
) -> Command:
    """A line that was typed in a shell from one moment to another."""
    return Command(1, line, keyboard, said, 0, netns, ended - began, shell=shell, started=began)


TERMINALS = [
    # Where it stood, and at its place in time.
    (
        [at(0, 1, 2, "ip netns add eden"), at(1, 3, 4, "ip link", "eden"), at(0, 5, 6, "ip netns del eden")],
        ["ip netns add eden", "ip netns exec eden ip link", "ip netns del eden"],
    ),
    # In the host, and not in the namespace in which the lesson's own shell stands then.
    (
        [
            at(0, 1, 2, "ip netns exec eden bash"),
            at(1, 3, 4, "ip link add w type bridge"),
            at(0, 5, 6, "ip link", "eden"),
        ],
        [
            "exec 8< /proc/self/ns/mnt",
            "exec 9< /proc/self/ns/net",
            "ip netns exec eden bash",
            "nsenter --mount=/proc/self/fd/8 --net=/proc/self/fd/9 bash <<'END'",
            "cd",
            "ip link add w type bridge",
            "END",
            "ip link",
        ],
    ),
    # What is more than a program, and what its shell remembers.
    (
        [
            at(1, 1, 2, "cd /tmp"),
            at(1, 3, 4, "x=eden"),
            at(0, 5, 6, "pwd"),
            at(1, 7, 8, "ip netns add $x > out"),
            at(1, 9, 10, "cat out"),
        ],
        [
            "pwd",
            "bash <<'END'",
            "cd /tmp",
            "x=eden",
            "ip netns add $x > out",
            "END",
            "bash <<'END'",
            "cd /tmp",
            "x=eden",
            "cat out",
            "END",
        ],
    ),
    # Shells in it, and its end.
    (
        [
            at(1, 1, 2, "ip netns exec eden bash"),
            at(1, 3, 4, "ip link", "eden"),
            at(1, 5, 6, "exit", "eden"),
            at(1, 7, 8, "", keyboard=b"\x04", said="gone"),
            at(2, 1, 2, "", said="gone"),
        ],
        ["ip netns exec eden ip link"],
    ),
    (
        [at(1, 1, 2, "set -e; ip netns add eden; false", said="gone")],
        ["bash <<'END'", "set -e; ip netns add eden; false", "END"],
    ),
    # Beside something else: in the background, until it ended by itself or was interrupted.
    (
        [at(1, 1, 9, "nc -l 80", "eden"), at(0, 3, 4, "nc eden 80"), at(0, 10, 11, "true")],
        [
            "ip netns exec eden nc -l 80 &",
            "export job1=$!",
            "sleep 1",
            "nc eden 80",
            "timeout 20 tail --pid=$job1 -f /dev/null",
            "true",
        ],
    ),
    (
        [at(1, 1, 9, "tcpdump -n", keyboard=b"\x03"), at(0, 3, 4, "ping -c 1 eden"), at(0, 10, 11, "true")],
        [
            "timeout -s INT -k 2 4 tcpdump -n &",
            "export job1=$!",
            "sleep 1",
            "ping -c 1 eden",
            "timeout 20 tail --pid=$job1 -f /dev/null",
            "true",
        ],
    ),
    (
        [at(0, 1, 9, "ip monitor > seen", keyboard=b"\x03"), at(1, 3, 4, "ip netns add eden")],
        [
            "timeout -s INT -k 2 4 bash <<'END' &",
            "ip monitor > seen",
            "END",
            "export job1=$!",
            "sleep 1",
            "ip netns add eden",
            "timeout 20 tail --pid=$job1 -f /dev/null",
        ],
    ),
    # What never ended.
    (
        [at(1, 1, 2, "python3 -m http.server", "eden", said=OPEN), at(0, 3, 4, "true")],
        ["ip netns exec eden python3 -m http.server &", "sleep 1", "true"],
    ),
    # Lines that belong together, and a key for what read it.
    (
        [
            at(1, 1, 2, "for x in a b; do", said="more"),
            at(0, 1.5, 1.7, "true"),
            at(1, 3, 4, "ip netns add $x; done"),
            at(1, 5, 6, "read y", keyboard=b"eden\r"),
        ],
        [
            "true",
            "bash <<'END'",
            "for x in a b; do",
            "ip netns add $x; done",
            "END",
            "bash <<'END'",
            "read y",
            "eden",
            "END",
        ],
    ),
]


@pytest.mark.parametrize(("commands", "lines"), TERMINALS, ids=lambda value: repr(value)[:0] or None)
def test_what_a_script_says_of_other_terminals(commands: list[Command], lines: list[str]) -> None:
    """Their lines stand where they belong, in their namespace, and what ran at the same time does."""
    assert body(*sorted(commands, key=lambda one: one.started + one.seconds)) == lines
    assert script(*commands).told == ""


def test_jobs_of_another_terminal_are_no_script_s() -> None:
    """It says so in a comment."""
    commands = at(1, 1, 2, "sleep 99 &"), at(1, 3, 4, "kill %1")
    assert body(*commands) == [
        "bash <<'END'",
        "sleep 99 &",
        "END",
        "# left out, for a script has no jobs of another terminal: kill %1",
    ]
    assert script(*commands).told.startswith("1 command could not")


# --- editors ----------------------------------------------------------------------------------------------------------


def edited(line: str, *files: tuple[str, int, bytes]) -> Command:
    """A line whose keys changed these files."""
    entries = [[path, mode, base64.b85encode(content).decode()] for path, mode, content in files]
    effect = zlib.compress(json.dumps({"entries": entries, "names": {}}).encode())
    return Command(1, line, b"ihello\x1b:wq\r", "ready", 0, "host", 9.0, only_looked=True, effect=effect)


def test_what_an_editor_wrote_stands_in_the_script() -> None:
    """As a here-document in the place of the keys, wherever the shell stands; the editor's own notes do not."""
    command = edited(
        "vim build.sh",
        (".viminfo", stat.S_IFREG | 0o600, b"notes\n"),
        ("build.sh", stat.S_IFREG | 0o755, b"ip netns add eden\n"),
    )
    assert body(command) == [
        "# vim build.sh",
        "cat > ~/build.sh <<'END'",
        "ip netns add eden",
        "END",
        "chmod +x ~/build.sh",
    ]
    assert script(command).told == ""
    looked = edited("vim build.sh", (".viminfo", stat.S_IFREG | 0o600, b"notes\n"))
    assert (body(looked), script(looked).told) == (["# vim build.sh"], "")
    binary = edited("vim data", ("data", stat.S_IFREG | 0o600, b"\x00"))
    assert body(binary) == ["# left out, for a script cannot say the keys that it was given: vim data"]


def test_what_ran_in_the_background_is_waited_for() -> None:
    """Where it passed a step after its command had ended, the script gives it that time."""
    work = Work([command("(sleep 1; ip netns add a) &")], None, {1: 1.2})
    assert script_of(LESSON, work, {}).lines[-2:] == ["(sleep 1; ip netns add a) &", "sleep 2"]


def test_files_that_a_command_names_come_along(tmp_path: Path) -> None:
    """A script of the home that was run is written first; others are not, nor what is no text."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "build.sh").write_text("ip netns add eden\n")
    (tmp_path / "bin" / "build.sh").chmod(0o755)
    (tmp_path / "other.txt").write_text("x\n")
    (tmp_path / "data").write_bytes(b"\x00\x01")
    lines = body(command("./bin/build.sh data"), home=take(tmp_path))
    assert lines == [
        "mkdir -p bin",
        "cat > bin/build.sh <<'END'",
        "ip netns add eden",
        "END",
        "chmod +x bin/build.sh",
        "./bin/build.sh data",
    ]


def test_the_header_is_read_and_called_a_claim(tmp_path: Path) -> None:
    """The lesson and the evidence stand in comments; what reads them says whose words they are."""
    (tmp_path / "work.sh").write_text(script(command("ip link")).text)
    found = read_submission(str(tmp_path / "work.sh")).evidence
    assert found is not None
    claimed = found["claimed"]
    assert isinstance(claimed, dict)
    assert found["source"] == "export"
    assert claimed["lesson"] == {"id": "whole", "sha256": LESSON.sha256}
    assert claimed["evidence"] == {"source": "learn"}


DAMAGED = [
    "# nstutor evidence {",
    "# nstutor ",
    "# nstutor 1 lesson x",
    "# nstutor evidence " + 9999 * "[",
    "# nstutor evidence NaN",
    '# nstutor evidence {"seconds": 1e999}',
    '# nstutor evidence {"a": -Infinity}',
    f"# nstutor evidence {99 * '['}{99 * ']'}",
    f"# nstutor evidence {99999 * ' '}1",
]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_header_is_nothing(line: str) -> None:
    """What cannot be read claims nothing."""
    assert json.loads(json.dumps(evidence_of([line]))) == {"source": "file"}
