"""A proof that is killed, or interrupted, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from nstutor.lesson.catalog import find

ADOPTER = """
import ctypes, os, select, signal, subprocess, sys, time

def orphans(deadline):
    # All that is left of it is ours now; how many had to be reaped.
    count = 0
    while time.monotonic() < deadline:
        try:
            pid = os.waitpid(-1, os.WNOHANG)[0]
        except ChildProcessError:
            return count
        count += bool(pid)
        if not pid:
            signal.sigtimedwait([signal.SIGCHLD], 0.1)
    raise SystemExit("something stayed")

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
assert ctypes.CDLL(None).prctl(36, 1) == 0  # PR_SET_CHILD_SUBREAPER
proof = os.fork()
if proof == 0:
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.execv(sys.executable, [sys.executable, "-m", "nstutor", "lesson", "test", sys.argv[1]])
pidfd = os.pidfd_open(proof)
assert not select.select([pidfd], [], [], float(sys.argv[2]))[0], "the proof ended by itself"
signal.pidfd_send_signal(pidfd, signal.SIGKILL)
print(orphans(time.monotonic() + 10))
"""


@pytest.mark.parametrize("after", [0.5, 0.9, 1.3, 2.1])
def test_a_killed_proof_leaves_no_process(after: float) -> None:
    """After SIGKILL at some moment every worker, maker and world ends by itself."""
    command = [sys.executable, "-c", ADOPTER, str(find("veth")), str(after)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) >= (1 if after < 2 else 3)


def test_an_interrupted_proof_ends_quietly() -> None:
    """Ctrl-C ends it with 130, without a traceback."""
    command = [sys.executable, "-m", "nstutor", "lesson", "test", str(find("veth")), "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as proof:  # fmt: skip
        with pytest.raises(subprocess.TimeoutExpired):
            proof.wait(2)
        os.killpg(proof.pid, signal.SIGINT)
        out, err = proof.communicate(timeout=20)
    assert (proof.returncode, out, err) == (130, "", "")
