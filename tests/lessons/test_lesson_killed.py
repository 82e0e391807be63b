"""A proof that is killed, or interrupted, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from adopter import killed

from nstutor.lesson.catalog import find


@pytest.mark.parametrize("after", [0.5, 0.9, 1.3, 2.1])
def test_a_killed_proof_leaves_no_process(after: float) -> None:
    """After SIGKILL at some moment every worker, factory and world ends by itself."""
    assert killed(after, "lesson", "test", find("veth")) >= 1


def test_an_interrupted_proof_ends_quietly() -> None:
    """Ctrl-C ends it with 130, without a traceback."""
    command = [sys.executable, "-m", "nstutor", "lesson", "test", str(find("veth")), "--jobs", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as proof:
        with pytest.raises(subprocess.TimeoutExpired):
            proof.wait(2)
        os.killpg(proof.pid, signal.SIGINT)
        out, err = proof.communicate(timeout=60)
    assert (proof.returncode, out, err) == (130, "", "")
