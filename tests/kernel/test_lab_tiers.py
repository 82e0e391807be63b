"""What kinds of labs machines allow, and what is said where none is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lab_harness import in_child, needs_root

from nstutor.errors import CannotRunHereError
from nstutor.lab import apparmor
from nstutor.lab.identity import ROOT_COUNT, Tier, is_machine_root, root_base, world_map
from nstutor.lab.refusals import CAUSES, refusal
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.tiers import LOST_FLAT, probe
from nstutor.linux import syscalls as sys_

CHECKOUT = Path(__file__).parents[2]
NOBODY = 65534
PROBE = """
from nstutor.lab.tiers import probe
found = probe()
print(found.tier, found.reason, found.remedy, len(found.lost), sep="\\n")
"""
FLAT = """
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.limits import Limits
from nstutor.lab.world_factory import WorldFactory
from lab_harness import run, status_of
become_supervisor()
with WorldFactory() as factory, factory.world(Limits.grading()) as world:
    assert world.tier == 3, world.tier
    assert run(world, "id -u; hostname").split() == ["0", "host"]
    run(world, "ip netns add eden; ip -n eden link set lo up")
    assert "1 received" in run(world, "ip netns exec eden ping -c 1 127.0.0.1")
    assert "2 packets captured" in run(world, "ping -c 3 -i 0.2 127.0.0.1 >/dev/null & tcpdump -i lo -c 2 2>&1")
    assert run(world, "ip netns identify", netns="eden").split() == ["eden"]
    assert status_of(world, "touch /usr/x") != 0
    assert status_of(world, "cat /proc/1/environ") != 0
    assert run(world, "kill -9 1; sleep 100 & (kill -9 -1); echo unreached").split() == []
    assert run(world, "echo again").split() == ["again"]
print("done")
"""


CHECK = """
from nstutor.cli import main
print(main(["check", "bridge", "{submission}"]))
"""


def with_user_namespaces(most: int, program: str) -> str:
    """What a Python program prints on a machine that allows only so many user namespaces below it."""
    # The limit is written in a user namespace of our own: the machine's stays. Whoever is root is nobody there.
    limit = f'echo {most} > /proc/sys/user/max_user_namespaces && exec "$@"'
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    words = ["unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh", sys.executable, "-B", "-c", program]
    answer = subprocess.run(
        [*nobody, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{CHECKOUT}:{Path(__file__).parent}"},
        cwd="/",
        timeout=60,
    )
    return answer.stdout + answer.stderr


def test_this_machine_allows_a_lab() -> None:
    """The probe finds tier 1 for an ordinary user and tier 2 for root, and leaves the caller where it was."""
    before = [os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("user", "mnt", "net", "pid")]
    capability = probe()
    assert capability.possible
    assert capability.tier == (Tier.ROOT if is_machine_root() else Tier.ROOTLESS)
    assert (capability.remedy, capability.lost) == (None, ())
    assert before == [os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("user", "mnt", "net", "pid")]


@pytest.mark.parametrize("most", [1, 2])
def test_a_flat_lab_where_user_namespaces_are_scarce(most: int) -> None:
    """With one or two user namespaces in all there is a lab of tier 3: it works, and the probe says what it lacks."""
    assert with_user_namespaces(most, PROBE).split("\n")[:4] == [
        "3",
        "this machine allows too few nested user namespaces",
        "sudo sysctl -w user.max_user_namespaces=15000",
        str(len(LOST_FLAT)),
    ]
    assert with_user_namespaces(most, FLAT).split() == ["done"]


def test_nothing_is_graded_in_a_flat_lab() -> None:
    """One line could take away what the worlds of later submissions need: exit 4 with the remedy, and no score."""
    submission = CHECKOUT / "tests/data/submissions/right/bridge/plain.sh"
    said = with_user_namespaces(1, CHECK.format(submission=submission))
    assert "4" in said.split("\n"), said
    assert "could not be graded" in said
    assert "sudo sysctl -w user.max_user_namespaces=15000" in said


def test_no_lab_where_no_user_namespace_is_allowed() -> None:
    """Without any user namespace the probe says tier 4 and the one command."""
    said = with_user_namespaces(0, PROBE).split("\n")
    assert said[0] == "4"
    assert "user.max_user_namespaces" in said[2]
    assert said[3] == "sudo sysctl -w user.max_user_namespaces=15000"


@needs_root
def test_a_judge_in_a_chroot_says_why_not(tmp_path: Path) -> None:
    """unshare(2) refuses a user namespace in a chroot; the message says so."""

    def body() -> None:
        # A plain directory whose /proc is the machine's: chroot, but as an ordinary user of it.
        (tmp_path / "proc").mkdir()
        tmp_path.chmod(0o755)
        sys_.unshare(sys_.CLONE_NEWNS)
        sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_PRIVATE)
        sys_.mount("/proc", str(tmp_path / "proc"), None, sys_.MS_BIND | sys_.MS_REC)
        os.chroot(tmp_path)
        os.chdir("/")
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        with pytest.raises(CannotRunHereError, match="chroot"):
            become_supervisor()

    in_child(body)


@needs_root
def test_the_machines_root_without_its_rights_is_refused() -> None:
    """Root of a container without CAP_SYS_ADMIN must not map itself to root: it is told to be somebody else."""
    words = ["setpriv", "--bounding-set", "-sys_admin", sys.executable, "-B", "-c", PROBE]
    answer = subprocess.run(words, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert answer.stdout.split("\n")[0] == "4"
    assert "--user 1000" in answer.stdout


@needs_root
def test_the_machines_root_in_a_user_namespace_is_still_root() -> None:
    """`unshare -r` as root gives a root that owns the machine's files: no world may be made of it."""
    words = ["unshare", "--user", "--map-root-user", sys.executable, "-B", "-c", PROBE]
    answer = subprocess.run(words, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert answer.stdout.split("\n")[0] == "4"


def test_a_world_is_never_the_machines_root() -> None:
    """Real root's worlds are mapped to an id far from any user's, and each to another one."""
    ids = {world_map(keeper).outside for keeper in (1, 2, ROOT_COUNT - 1)}
    assert ids == ({root_base() + 1, root_base() + 2, root_base() + ROOT_COUNT - 1} if is_machine_root() else {0})
    assert 1 << 30 < root_base() < root_base() + ROOT_COUNT < 1 << 31


@pytest.mark.parametrize(
    ("step", "code", "expected"),
    [
        ("namespace", errno.ENOSPC, "max_user_namespaces"),
        ("namespace", errno.EUSERS, "max_user_namespaces"),
        ("mount", errno.EPERM, "container"),
        ("terminal", errno.ENOSPC, "kernel.pty.max"),
        ("other", errno.ENOSPC, "max_net_namespaces"),
        ("other", errno.ETOOMANYREFS, "ulimit -n"),
        ("other", errno.EIO, "Input/output error"),
        ("namespace", errno.EIO, "Input/output error"),
    ],
)
def test_refusals_name_the_cause(step: str, code: int, expected: str) -> None:
    """What failed where decides the words; what is not known is told as it is."""
    error = refusal(step, code, "unshare")
    assert expected in f"{error}"
    assert error.hint


def test_every_cause_has_a_remedy() -> None:
    """No cause without a step, an errno, words and a way out."""
    assert CAUSES
    assert all(cause.at and cause.codes and cause.message and cause.remedy for cause in CAUSES)
    assert any(cause.holds is apparmor.restricted for cause in CAUSES)
