"""Submissions that attack: each ends in its time, as a graded submission, and those beside it are graded as ever."""

from __future__ import annotations

import pytest
from check_runs import Graded, grade, stored

HOSTILE = {
    "deletes-everything": "rm -rf --no-preserve-root / 2>/dev/null; rm -rf ~ /etc/* /run/* /tmp/*",
    "fills-its-memory": "for i in 1 2 3 4 5 6 7 8; do head -c 300M /dev/zero > /dev/shm/$i; cp /dev/shm/$i /tmp/; done",
    "mounts-memory": "mkdir /tmp/m; mount -t tmpfs -o size=8G none /tmp/m; cd /tmp/m\n"
                     "for i in {1..200}; do head -c 60M /dev/zero > $i || break; done",
    "covers-its-root": "mount -t tmpfs none /usr; mount -t tmpfs none /proc; ip link",
    "many-jobs": "for i in {1..400}; do sleep 1000 & done",
    "forks-for-ever": ":(){ :|:& };:\n:(){ :|:& };:",
    "daemon-that-holds-the-terminal": "setsid sh -c 'while :; do echo x; done' &\nexit",
    "kills-all-again-and-again": "(while :; do kill -9 -1; done) &\nkill -9 -1\nkill -9 -1",
    "renames-lo": "ip link set lo down; ip link set lo name eth0; ip link del eth0; ip netns delete 1",
    "unmounts-netns": "ip netns add x; umount -l /run/netns; rm -rf /run/netns; ip netns add y; mount -t proc p /run",
    "binary-noise": "head -c 1M /dev/urandom",
    "terminal-hung-up": "exec 0<&- 1>&- 2>&-\nip link",
}
"""What does not solve a lesson, and must end as a graded submission for all that."""

BESIDE = "zz-solution"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """The report of each attack, and of a right submission that is graded after some of them."""
    scripts = {name: f"{lines}\n".encode() for name, lines in HOSTILE.items()}
    scripts[BESIDE] = stored("right/veth/plain")
    return grade("veth", tmp_path_factory.mktemp("hostile"), scripts, "--command-limit", "2", "--limit", "6")

@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str, reports: dict[str, Graded]) -> None:
    """An attack ends in its time, as a submission that earned nothing."""
    graded = reports[name]
    assert graded["score"] == 0
    assert graded["max_score"] > 0
    assert graded["error"] is None
    assert graded["duration_ms"] < 20_000


def test_the_next_submission_is_graded_as_ever(reports: dict[str, Graded]) -> None:
    """An attack takes nothing from the submission that follows it in the same run."""
    assert reports[BESIDE]["passed"]
    assert reports[BESIDE]["notes"] == []
