"""nstutor where no lab can be made, and twice at once: the message names the cause and the one command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import begin, open_learn, runtime_folder

NSTUTOR = (sys.executable, "-m", "nstutor")
ORDINARY = pytest.mark.skipif(os.geteuid() == 0, reason="only an ordinary user can show this")


def refused(script: str, tmp_path: Path, *namespaces: str, lines: str = "true\n") -> str:
    """What `check` says in a user namespace in which this shell script ran before it; it exits with 4."""
    work = tmp_path / "work.sh"
    work.write_text(lines)
    command = ("unshare", "--user", "--map-root-user", *namespaces, "sh", "-ec", script, "sh", *NSTUTOR)
    answer = subprocess.run((*command, "check", "loopback", work), capture_output=True, text=True, check=False)
    assert answer.returncode == 4, answer.stdout + answer.stderr
    return answer.stderr


@ORDINARY
@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("user", "sudo sysctl -w user.max_user_namespaces=15000"),
        ("net", "sudo sysctl -w user.max_net_namespaces=15000"),
    ],
)
def test_namespaces_used_up(kind: str, command: str, tmp_path: Path) -> None:
    """Where a limit on namespaces is 0, its name is said and the command that raises it."""
    said = refused(f'echo 0 > /proc/sys/user/max_{kind}_namespaces; exec "$@"', tmp_path)
    assert f"user.max_{kind}_namespaces" in said
    assert command in said


@ORDINARY
@pytest.mark.parametrize("most", [3, 4])
def test_a_limit_that_leaves_no_namespace_to_the_learner_is_named(most: int, tmp_path: Path) -> None:
    """Where the machine has room for a lab and not for what is added in it, nobody is failed for that."""
    lines = "ip netns add greenland\nip netns add iceland\nip netns add faroe\n"
    said = refused(f'echo {most} > /proc/sys/user/max_net_namespaces; exec "$@"', tmp_path, lines=lines)
    assert "user.max_net_namespaces" in said
    assert "sudo sysctl -w user.max_net_namespaces=15000" in said


@ORDINARY
def test_chroot_is_named(tmp_path: Path) -> None:
    """In a chroot the kernel makes no user namespaces; the message says so."""
    (tmp_path / "root").mkdir()
    script = f'mount --rbind / {tmp_path}/root; exec chroot {tmp_path}/root "$@"'
    assert "chroot" in refused(script, tmp_path, "--mount")


def test_missing_proc_is_named(tmp_path: Path) -> None:
    """Without /proc the message says that it is missing."""
    said = refused('mount -t tmpfs tmpfs /proc; exec "$@"', tmp_path, "--mount")
    assert "There is no /proc here" in said


def test_one_lesson_in_two_terminals(terminal: OpenTerminal, tmp_path: Path) -> None:
    """A second terminal in the same lesson is refused with words; the first one is not disturbed, nor are others."""
    first = begin(terminal, tmp_path, "loopback")
    second = open_learn(terminal, tmp_path, "loopback")
    assert "nstutor attach" in second.terminal.wait("you are in loopback already")
    assert second.terminal.wait_exit() == 2
    begin(terminal, tmp_path, "veth")
    first.line("ip netns add eden", "+ netns eden")
    assert first.query("SELECT line FROM command") == [("ip netns add eden",)]


def test_lesson_opens_again_after_a_kill(terminal: OpenTerminal, tmp_path: Path) -> None:
    """A killed session leaves nothing that keeps the next one out."""
    first = begin(terminal, tmp_path, "loopback")
    os.kill(first.processes()[0], 9)
    first.terminal.wait_exit()
    begin(terminal, tmp_path, "loopback")


def test_socket_of_a_killed_lesson_is_taken_away(terminal: OpenTerminal, tmp_path: Path) -> None:
    """`attach` passes over what a killed lesson left, and removes it."""
    runtime = runtime_folder(tmp_path)
    first = begin(terminal, tmp_path, "loopback")
    os.kill(first.processes()[0], 9)
    first.terminal.wait_exit()
    assert list(Path(runtime).rglob("*.sock"))
    attach = terminal(*NSTUTOR, "attach", environment={"XDG_RUNTIME_DIR": runtime})
    attach.wait("no lab is running")
    assert attach.wait_exit() == 2
    assert not list(Path(runtime).rglob("*.sock"))
