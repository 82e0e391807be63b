"""`check --here` judges the network that it is started in, and leaves it as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_world import World, a_world
from short_lesson import lesson_text

from nstutor.lesson.parse import load

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
# Addresses that the kernel gives by itself would be announced by itself, at any moment.
QUIET = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6\n"
EVERYTHING = """
ip netns list; ip -s link; ip addr; ip route; ip neigh; nft list ruleset; cat /proc/self/mountinfo
for name in $(ls /run/netns); do ip -n $name -s link; ip -n $name addr; ip -n $name neigh; done
"""


def solved(lesson: str) -> str:
    """What solves a lesson of the course, without what only looks, and quiet."""
    steps = load(next(ROOT.glob(f"lessons/*-{lesson}.md"))).steps
    lines = [line.text for step in steps for line in step.solutions[0].lines if "ping" not in line.text]
    quiet = [
        f"{line}\nip netns exec {line.split()[-1]} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 "
        f"net.ipv6.conf.default.disable_ipv6=1"
        if line.startswith("ip netns add")
        else line
        for line in lines
    ]
    # A bridge that snoops joins a group of its own (RFC 4286), and says so when it comes up.
    return QUIET + "\n".join(quiet).replace("type bridge", "type bridge mcast_snooping 0")


def judge(world: World, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """`nstutor check … --here`, started in the world."""
    command = (*world.enter, *before, sys.executable, "-m", "nstutor", "check", *arguments, "--here")
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def report(run: subprocess.CompletedProcess[str]) -> Any:  # noqa: ANN401 - it is JSON
    """Its JSON."""
    assert not run.stderr, run.stderr
    return json.loads(run.stdout)


def statuses(graded: Any) -> dict[str, str]:  # noqa: ANN401 - it is JSON
    """Of the steps, by id."""
    return {step["id"]: step["status"] for step in graded["steps"]}


@pytest.fixture(scope="module")
def bridge() -> Iterator[World]:
    """A world in which the lesson of the bridge was done by hand."""
    with a_world(solved("bridge")) as world:
        yield world


def test_a_right_network_passes_and_stays_as_it_is(bridge: World) -> None:
    """State checks hold, the others are not checked and cost nothing; no counter, id or mount has changed."""
    before = bridge.run(EVERYTHING)
    run = judge(bridge, "bridge", "--format", "json")
    assert bridge.run(EVERYTHING) == before
    graded = report(run)
    assert (run.returncode, graded["passed"], graded["error"]) == (0, True, None)
    assert graded["score"] == graded["max_score"] == 7
    checks = {check["check"]: check for step in graded["steps"] for check in step["checks"]}
    pings = [check for text, check in checks.items() if text.startswith(("ping ", "ran "))]
    assert {check["status"] for check in pings} == {"not_checked"}
    assert {check["message"] for check in pings} == {
        "not tried: --here sends nothing",
        "not checked: what was run can only be seen in a lab",
    }
    assert checks["netns ximenqing-ns"]["status"] == "passed"


def test_a_wrong_network_fails_by_its_cause(bridge: World) -> None:
    """What is down is named, and the exit code is 1."""
    bridge.run("ip -n panjinlian-ns link set pjl2wp down")
    try:
        run = judge(bridge, "bridge")
    finally:
        bridge.run("ip -n panjinlian-ns link set pjl2wp up")
    assert run.returncode == 1
    assert "pjl2wp in panjinlian-ns is down" in run.stdout
    assert "6 of 7   not passed" in run.stdout


def test_an_ordinary_user_is_told_what_could_not_be_read(bridge: World) -> None:
    """Host is judged all the same; namespaces that only root may enter are named, with what to do."""
    before = bridge.run(EVERYTHING)
    run = judge(bridge, "bridge", "--format", "json", before=WITHOUT_RIGHTS)
    assert bridge.run(EVERYTHING) == before
    graded = report(run)
    assert run.returncode == 1
    assert graded["notes"][0] == (
        "namespaces that an ordinary user cannot read: panjinlian-ns, ximenqing-ns; use `sudo nstutor check … --here`"
    )
    assert statuses(graded)["plug"] == "passed"
    assert statuses(graded)["address"] == "not_checked"
    text = judge(bridge, "bridge", before=WITHOUT_RIGHTS).stdout
    assert "could not be read; try it with sudo" in text


def test_what_nobody_sees_the_end_of_is_neither_there_nor_gone() -> None:
    """An address behind more than are read: lines that state or deny it are not checked, with rights or without."""
    text = lesson_text("there: addr 192.168.1.1/24", "gone: not addr 192.168.1.1/24; link lo up")
    many = "for i in $(seq 10050); do echo addr add 10.$((i / 65536)).$((i / 256 % 256)).$((i % 256))/32 dev lo; done"
    last = "ip addr add 192.168.1.1/24 dev lo"
    with a_world(f"{many} | ip -b -; {last}; cat >/tmp/cut.md <<'END'\n{text}END\n") as world:
        for before in (WITHOUT_RIGHTS, ()):
            there, gone = report(judge(world, "/tmp/cut.md", "--format", "json", before=before))["steps"]
            found = [check["status"] for step in (there, gone) for check in step["checks"]]
            assert found == ["not_checked", "not_checked", "passed"], (before, there, gone)


def test_a_filter_before_the_bridge_is_told(bridge: World) -> None:
    """Where br_netfilter is on and FORWARD drops, a lesson with a bridge says so; another one does not."""
    if not Path("/proc/sys/net/bridge").exists():
        pytest.skip("the kernel has no br_netfilter")
    assert report(judge(bridge, "bridge", "--format", "json"))["notes"] == []
    switch = "/proc/sys/net/bridge/bridge-nf-call-iptables"
    bridge.run(f"echo 1 > {switch}; iptables -P FORWARD DROP")
    try:
        (note,) = report(judge(bridge, "bridge", "--format", "json"))["notes"]
        unsure = report(judge(bridge, "bridge", "--format", "json", before=WITHOUT_RIGHTS))["notes"]
        assert report(judge(bridge, "loopback", "--format", "json"))["notes"] == []
        bridge.run(f"echo 0 > {switch}")
        assert report(judge(bridge, "bridge", "--format", "json"))["notes"] == []
    finally:
        bridge.run("iptables -P FORWARD ACCEPT")
    assert "the policy of filter FORWARD drops" in note
    assert any("sudo iptables -S FORWARD" in told for told in unsure)


def test_what_was_there_for_a_while_costs_nothing() -> None:
    """`netns eden` and later `not netns eden` cannot be told from a state, and being seen gives no id."""
    with a_world("ip netns add greenland; ip -n greenland link set lo up") as world:
        assert world.run("ip netns list") == "greenland\n"
        graded = report(judge(world, "loopback", "--format", "json"))
        assert world.run("ip netns list") == "greenland\n"
    assert graded["passed"]
    assert [step for step, status in statuses(graded).items() if status == "passed"] == ["greenland", "up"]
    assert graded["max_score"] == 2
    assert "failed" not in statuses(graded).values()


def test_in_an_empty_network_nothing_is_passed() -> None:
    """What holds in an untouched network is no step that was done."""
    with a_world() as world:
        graded = report(judge(world, "loopback", "--format", "json"))
    assert graded["score"] == 0
    assert not graded["passed"]


def test_a_variant_is_judged_by_its_seed() -> None:
    """`--seed` says whose values the network must have."""
    lesson = ROOT / "tests" / "data" / "lessons" / "variants.md"
    with a_world("".join(step.solutions[0].text for step in load(lesson, seed="alice").steps)) as world:
        assert report(judge(world, str(lesson), "--seed", "alice", "--format", "json"))["passed"]
        assert not report(judge(world, str(lesson), "--seed", "bob", "--format", "json"))["passed"]


def test_a_pass_mark_asks_for_no_more_than_can_be_seen() -> None:
    """Four of the six points are those of a state; a mark of five of them would be out of reach."""
    text = lesson_text("eden points=3: netns eden", "nod: netns nod", "seen .required points=2: ran -- ip addr")
    text = text.replace("id: short\n", "id: short\npass: 5\n")
    with a_world(f"ip netns add eden; cat >/tmp/points.md <<'END'\n{text}END\n") as world:
        some = report(judge(world, "/tmp/points.md", "--format", "json"))
        world.run("ip netns add nod")
        every = report(judge(world, "/tmp/points.md", "--format", "json"))
    assert [(graded["score"], graded["pass_mark"], graded["passed"]) for graded in (some, every)] == [
        (3, 4, False),
        (4, 4, True),
    ]


def test_a_file_is_not_judged_here(tmp_path: Path) -> None:
    """`--here` and a submission make no sense together."""
    (tmp_path / "work.sh").write_text("true\n")
    command = (sys.executable, "-m", "nstutor", "check", "veth", "--here", str(tmp_path / "work.sh"))
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert run.returncode == 2
    assert "--here judges the network that is there, and no files" in run.stderr


def test_settings_and_filters_are_read_as_well() -> None:
    """Also by an ordinary user, as far as they may: what they may not is not checked."""
    lesson = load(ROOT / "tests" / "data" / "lessons" / "router.md")
    lines = [
        line.text
        for script in (lesson.setup, *(step.solutions[0] for step in lesson.steps[:4]))
        if script
        for line in script.lines
    ]
    with a_world(QUIET + "\n".join(lines)) as world:
        rules = world.run("ip netns exec r nft list ruleset")
        graded = report(judge(world, lesson.path, "--format", "json"))
        assert world.run("ip netns exec r nft list ruleset") == rules
        ordinary = report(judge(world, lesson.path, "--format", "json", before=WITHOUT_RIGHTS))
    found = statuses(graded)
    assert [found[step] for step in ("forward", "nat", "drop")] == ["passed"] * 3, json.dumps(graded, indent=1)
    policy = {check["check"]: check["status"] for check in graded["steps"][1]["checks"]}
    assert policy["rule from 10.0.0.2 lookup 100 netns lan"] == "passed"
    assert {statuses(ordinary)[step] for step in ("forward", "policy", "nat", "drop")} == {"not_checked"}
