"""`nstutor doctor --install` with a stand-in for apt-get, on a machine where /usr/sbin is hidden."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from bare_machine import CHECKOUT, DOCTOR, bare_command, run_bare, stand_in_for_apt
from conftest import OpenTerminal

from nstutor.lab.apparmor import profile

SUDO = [path for path in ("/usr/bin/sudo",) if os.path.exists(path)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the stand-in notes its calls."""
    return tmp_path / "calls"


@pytest.fixture
def path(tmp_path: Path, log: Path) -> str:
    """A PATH with the stand-in."""
    return stand_in_for_apt(tmp_path, log)


def test_missing_programs_are_named_with_their_command(path: str) -> None:
    """Without --install, doctor names what is missing, its package and the exact command, and ends with 4."""
    answer = run_bare(["/usr/sbin"], [], PATH=path)
    assert answer.returncode == 4
    assert "✗ iptables     missing, needed (package iptables)" in answer.stdout
    assert "apt-get install --yes --no-install-recommends" in answer.stdout


def test_nothing_is_installed_without_a_terminal_and_without_yes(path: str, log: Path) -> None:
    """Where nobody can be asked and nobody agreed beforehand, the command is shown and not run."""
    answer = run_bare(["/usr/sbin"], ["--install"], PATH=path)
    assert answer.returncode == 4
    assert "apt-get install" in answer.stderr
    assert not log.exists()


def test_yes_installs_and_looks_again(path: str, log: Path) -> None:
    """With --yes the packages are installed, without questions from apt, and what came is found afterwards."""
    answer = run_bare(["/usr/sbin"], ["--install", "--yes"], PATH=path)
    assert "noninteractive: install --yes --no-install-recommends" in log.read_text()
    assert "✓ iptables     /usr/sbin/iptables" in answer.stdout
    assert answer.returncode == 4, "the stand-in brings no traceroute"


def test_needed_and_nice_packages_come_separately(path: str, log: Path) -> None:
    """A package that is only nice to have cannot spoil the installation of a needed one."""
    run_bare(["/usr/sbin"], ["--install", "--yes"], PATH=path)
    installs = [line for line in log.read_text().splitlines() if " install " in line]
    assert len(installs) == 2
    assert "net-tools" in installs[0]
    assert "bridge-utils" not in installs[0]
    assert "bridge-utils" in installs[1]


def test_failed_installation_is_tried_once_more_with_fresh_lists(tmp_path: Path, log: Path) -> None:
    """When apt fails, its lists are fetched and, as that fails too, the rest is left alone."""
    failing = stand_in_for_apt(tmp_path, log, status=100)
    answer = run_bare(["/usr/sbin"], ["--install", "--yes"], PATH=failing)
    assert answer.returncode == 4
    assert "update" in log.read_text()


def test_ordinary_user_without_sudo_gets_the_command(path: str, log: Path) -> None:
    """Who may not install is told what to run, and nothing is run."""
    answer = run_bare(["/usr/sbin", *SUDO], ["--install", "--yes"], as_root=False, PATH=path)
    assert answer.returncode == 4
    assert "sudo env DEBIAN_FRONTEND=noninteractive apt-get install" in answer.stderr
    assert "no sudo here" in answer.stderr
    assert not log.exists()


@pytest.mark.terminal
@pytest.mark.parametrize(("answer", "calls"), [("n", False), ("", False), ("y", True)])
def test_the_person_at_the_terminal_decides(
    terminal: OpenTerminal, path: str, log: Path, answer: str, calls: bool
) -> None:
    """At a terminal doctor shows the command and asks; only a yes runs it."""
    command = (*bare_command(["/usr/sbin"]), *DOCTOR, "--install")
    screen = terminal(*command, environment={"PATH": path}, folder=CHECKOUT, rows=50, columns=150)
    assert "apt-get install --yes" in screen.wait("Run this now? [y/N]")
    screen.line(answer)
    assert screen.wait_exit() == 4
    assert log.exists() is calls


def test_apparmor_has_nothing_to_do_where_it_restricts_nothing() -> None:
    """Where AppArmor does not stand in the way, no profile is written."""
    answer = run_bare([], ["--install", "apparmor", "--yes"])
    if os.path.exists("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"):
        pytest.skip("AppArmor restricts user namespaces here")
    assert answer.returncode == 0
    assert "nothing to do" in answer.stderr


def test_profile_is_for_one_file_only() -> None:
    """Characters that AppArmor reads as patterns are escaped, so that the profile fits this one path."""
    text = profile("/home/a b/[x]*/bin/nstutor")
    assert 'profile nstutor "/home/a b/\\[x\\]\\*/bin/nstutor" flags=(unconfined) {' in text
    assert "userns," in text


def test_profile_is_loaded_where_apparmor_restricts(tmp_path: Path, log: Path) -> None:
    """Where AppArmor restricts user namespaces, the profile for the running script is written and loaded."""
    script, parser = tmp_path / "nstutor", tmp_path / "apparmor_parser"
    script.write_text(f"#!{sys.executable} -S\nimport sys\nfrom nstutor.cli import main\nsys.exit(main())\n")
    parser.write_text(f'#!/bin/sh\necho "$@" > {log}\ncat "$2" >> {log}\n')
    for program in (script, parser):
        program.chmod(0o755)
    prepare = 'mkdir /etc/apparmor.d; echo 1 > /proc/sys/kernel/apparmor_restrict_unprivileged_userns; exec "$@"'
    run_in_restricted = ("sh", "-ec", prepare, "sh", str(script), "doctor", "--install", "apparmor", "--yes")
    answer = run_bare(
        ["/etc", "/proc/sys/kernel"],
        [],
        command=run_in_restricted,
        PATH=f"{tmp_path}:{os.environ['PATH']}",
        PYTHONPATH=str(CHECKOUT),
    )
    assert answer.returncode == 0, answer.stderr
    assert log.read_text().startswith("--replace /etc/apparmor.d/nstutor\n")
    assert f'profile nstutor "{script}"' in log.read_text()
