"""What the kernel has once for all worlds, or for all of a user's: one takes all of it, and those beside it pass."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attacks import Attack, python
from check_runs import Graded, complaints, grade, lost, stored

_FORKS = "import os, time\nfor k in range(4):\n  if os.fork() == 0:\n    x = []\n    try:\n      while True: {take}\n"
_HOLD = "    except OSError: pass\n    time.sleep(6)\n    os._exit(0)\ntime.sleep(6)"
_OPEN = 'x.append(os.open("{path}", os.O_RDWR | os.O_NOCTTY))'

GREEDY = {
    "terminals": python(_FORKS.format(take=_OPEN.format(path="/dev/ptmx")) + _HOLD),
    "terminals-of-its-own": "mkdir /tmp/p; mount -t devpts -o newinstance,ptmxmode=666 p /tmp/p\n"
    + python(_FORKS.format(take=_OPEN.format(path="/tmp/p/ptmx")) + _HOLD),
    "in-flight": python(
        'import array, os, socket, time\nx = []\nf = os.open("/dev/null", 0)\ntry:\n  while True:\n'
        "    a, b = socket.socketpair()\n    x += [a, b]\n    for i in range(20):\n"
        '      a.sendmsg([b"x"], [(1, 1, array.array("i", [f] * 253))])\nexcept OSError: pass\ntime.sleep(6)'
    ),
    "watches": python(
        _FORKS.format(take="x.append(c.inotify_init())\n        assert x[-1] >= 0 or c.pause()").replace(
            "import os, time", "import ctypes, os, time\nc = ctypes.CDLL(None)"
        )
        + _HOLD
    ),
    "pipes": python(_FORKS.format(take="x += os.pipe()") + _HOLD),
}
"""Each takes all that it can get, and holds it for some seconds."""
HONEST = [f"honest-{n}" for n in (1, 2, 3, 4)]
"""They begin a little later, and need a terminal and a watch of their own."""
_LATER = "sleep 1.5; script -qc 'ip link' /dev/null < /dev/null > /tmp/seen; timeout 0.2 tail -f /tmp/seen > /dev/null"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Graded]:
    """All of them, side by side."""
    scripts = {f"greedy-{name}": Attack(name, lines).script() for name, lines in GREEDY.items()}
    honest = f"{_LATER}\n".encode() + stored("right/bridge/plain") + b"grep -q lo /tmp/seen || exit 1\n"
    scripts |= dict.fromkeys(HONEST, honest)
    limits = ("--command-limit", "20", "--limit", "60")
    return grade("bridge", tmp_path_factory.mktemp("shared"), scripts, *limits, at_a_time=len(scripts))


@pytest.mark.parametrize("name", HONEST)
def test_those_beside_it_pass(name: str, graded: Mapping[str, Graded]) -> None:
    """A right submission passes without a note, whatever the others take."""
    found = graded[name]
    assert (found["error"], lost(found), found["notes"]) == (None, [], []), complaints(found)
    assert found["commands"] == graded[HONEST[0]]["commands"]


@pytest.mark.parametrize("name", GREEDY)
def test_what_was_built_before_it_counts(name: str, graded: Mapping[str, Graded]) -> None:
    """It is graded itself: what it did before counts, and if its world was ended that is told."""
    found = graded[f"greedy-{name}"]
    assert found["error"] is None
    assert found["score"] >= 5, complaints(found)
    assert not lost(found) or any("was ended with its world" in note for note in found["notes"]), found["notes"]
