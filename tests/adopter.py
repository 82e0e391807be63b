"""Kills a command at some moment and sees what is left of it: every process that it leaves behind becomes a child."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ADOPTER = """
import ctypes, os, select, signal, sys, time

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
child = os.fork()
if child == 0:
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.execv(sys.argv[2], sys.argv[2:])
pidfd = os.pidfd_open(child)
assert not select.select([pidfd], [], [], float(sys.argv[1]))[0], "it ended by itself"
signal.pidfd_send_signal(pidfd, signal.SIGKILL)
print(orphans(time.monotonic() + 10))
"""


def killed(after: float, *arguments: str | Path) -> int:
    """Run nstutor with these arguments and kill it after so many seconds; how many processes outlived it for a moment.

    None of them may for longer.
    """
    nstutor: Sequence[str] = (sys.executable, "-m", "nstutor", *map(str, arguments))
    command = [sys.executable, "-c", ADOPTER, str(after), *nstutor]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.splitlines()[-1])
