"""What was typed in `learn` becomes a script: keys as lines or here-documents, what cannot be said as comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nstutor.grading.claims import evidence_of
from nstutor.grading.submission import read_submission
from nstutor.handin import NEW_SHELL, Script, Work, script_of
from nstutor.home import take
from nstutor.lesson.parse import load
from nstutor.progress import Command

LESSON = load(Path(__file__).parent.parent / "data" / "lessons" / "whole.md")


def command(
    line: str, keyboard: bytes = b"", ended: str = "ready", *, seconds: float = 0.1, only_looked: bool = False
) -> Command:
    """A line as it is kept."""
    return Command(1, line, keyboard, ended, 0, "host", seconds, only_looked)


def script(*commands: Command, home: bytes | None = None) -> Script:
    """The script of these commands."""
    return script_of(LESSON, Work(commands, home), {"source": "learn"})


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
    assert lines == ["mkdir -p bin", "cat > bin/build.sh <<'END'", "ip netns add eden", "END", "chmod +x bin/build.sh",
                     "./bin/build.sh data"]  # fmt: skip


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


DAMAGED = ["# nstutor evidence {", "# nstutor ", "# nstutor 1 lesson x", "# nstutor evidence " + 9999 * "[",
           "# nstutor evidence NaN", '# nstutor evidence {"seconds": 1e999}', '# nstutor evidence {"a": -Infinity}',
           f"# nstutor evidence {99 * '['}{99 * ']'}", f"# nstutor evidence {99999 * ' '}1"]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_header_is_nothing(line: str) -> None:
    """What cannot be read claims nothing."""
    assert json.loads(json.dumps(evidence_of([line]))) == {"source": "file"}
