"""`ping … through wangpo` in a graded submission: passed by the bridge's own forwarding, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from check_runs import Graded, complaints, grade, lost, step_of, stored
from ways import BESIDE, HONEST, ISOLATED

NOT_BEFORE_IT_IS_UP = ("host routes between two bridges", "with STP")
CHEATS = {name: setup for name, (setup, _) in BESIDE.items() if name not in NOT_BEFORE_IT_IS_UP}
WAYS = {name: setup for name, setup in HONEST.items() if name not in NOT_BEFORE_IT_IS_UP}
SAID = {
    "a program between isolated ports": (
        "wangpo did not pass it on: what left by wp2pjl is not the packet that came in at wp2xmq; a program sent it"
    ),
    "a program for the replies alone": (
        "wangpo did not pass it on: what left by wp2xmq is not the packet that came in at wp2pjl; a program sent it"
    ),
    "tc mirred": "a tc filter on wp2xmq redirects packets to wp2pjl; that wangpo passes them on is not shown",
    "nft fwd": "an nft rule (table t, chain a) redirects or rewrites packets; that wangpo passes them on is not shown",
    "nft dup": "wp2xmq and wp2pjl are isolated ports; wangpo passes nothing from one to the other",
    "host routes with proxy ARP on the bridge": "wangpo did not pass it on: host itself sent it from wp2xmq to wp2pjl",
    "host translates the address to one of its own": (
        "the echo was addressed to the MAC of wangpo in host: host took it, wangpo passed nothing on"
    ),
    "another house answers for a silent one": "the answer came in at f1, not at wp2pjl, behind which 192.168.188.69 is",
    "isolated ports, and nothing beside them": "no answer from 192.168.188.69: wp2xmq and wp2pjl are isolated ports; "
    "wangpo passes nothing from one to the other",
}


def script(setup: str) -> bytes:
    """The right submission, with this done to its network before the bridge is raised, last of all."""
    lines = stored("right/bridge/plain").decode().splitlines()
    up = "ip link set wangpo up"
    assert up in lines
    before = [line for line in lines if line != up and " ping " not in line]
    pings = [line for line in lines if " ping " in line]
    return "\n".join((*before, setup, up, "sleep 0.3", *pings, "")).encode()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Graded]:
    """All of them graded in one go."""
    only = {"isolated ports, and nothing beside them": ISOLATED}
    scripts = {name: script(setup) for name, setup in (CHEATS | WAYS | only).items()}
    return grade("bridge", tmp_path_factory.mktemp("ways"), scripts, at_a_time=4)


@pytest.mark.parametrize("name", CHEATS)
def test_what_goes_beside_the_bridge_does_not_pass(name: str, reports: Mapping[str, Graded]) -> None:
    """The step that wants the echo through wangpo is not passed, and nobody is told of an error of ours."""
    graded = reports[name]
    assert "up" in lost(graded), complaints(graded)
    assert graded["error"] is None


@pytest.mark.parametrize(("name", "message"), SAID.items(), ids=SAID)
def test_it_is_named(name: str, message: str, reports: Mapping[str, Graded]) -> None:
    """The report says what brought the echo back, or kept it away."""
    found = [check["message"] for check in step_of(reports[name], "up")["checks"] if check["check"].startswith("ping")]
    assert message in found, found


@pytest.mark.parametrize("name", WAYS)
def test_the_bridge_passes(name: str, reports: Mapping[str, Graded]) -> None:
    """Whatever else there is in the network, the submission passes."""
    assert reports[name]["passed"], complaints(reports[name])
