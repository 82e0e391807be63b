"""Labs share a kernel: what one takes from the others is bounded, and a verdict that suffered is void and repeated."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from check_runs import ROOT, Graded, by_name, check, complaints, lost, stored
from short_lesson import lesson_text

from nstutor.kernel.shared import neighbour_tables

NEIGHBOURS = ROOT / "tests" / "data" / "neighbours"
NSTUTOR = (sys.executable, "-m", "nstutor")
SECONDS, ATTEMPTS = 120, 5
PING = (
    "ip netns add a; ip link add x type veth peer name y netns a; ip -n a addr add 10.9.9.2/24 dev y\n"
    "ip -n a link set y up; ip addr add 10.9.9.1/24 dev x; ip link set x up\n"
)


@contextmanager
def beside(*command: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A program that runs while the body does."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as program:
        try:
            yield program
        finally:
            program.kill()


def until(seen: subprocess.Popen[str], word: str) -> None:
    """Wait until the program says so."""
    assert seen.stdout is not None
    said = seen.stdout.readline()
    assert word in said, said + seen.stdout.read()


@pytest.mark.parametrize("name", [path.stem for path in sorted(NEIGHBOURS.glob("*.sh"))])
def test_honest_ones_pass_beside(name: str, tmp_path: Path) -> None:
    """Two right submissions in another grader pass, at once or on the repeat; and what was in the way is told."""
    honest = tmp_path / "honest"
    honest.mkdir()
    for one in ("a", "b"):
        (honest / one).write_bytes(stored("right/bridge/plain"))
    report = tmp_path / "attack.json"
    attack = (*NSTUTOR, "check", "bridge", NEIGHBOURS / f"{name}.sh", "--format", "json", "--output", report)
    with beside(*attack) as attacker:
        reports = by_name(json.loads(check("bridge", honest, "--format", "json").stdout))
        said = attacker.communicate(timeout=SECONDS)
    assert set(reports) == {"a", "b"}
    for graded in reports.values():
        assert graded["passed"], (complaints(graded), graded["error"], graded["notes"])
    judge_attacker(name, json.loads(report.read_text()), said)


def judge_attacker(name: str, graded: Graded, said: object) -> None:
    """What it did to itself is told, and never makes it void."""
    assert graded["error"] is None, (graded, said)
    notes = "\n".join(graded["notes"])
    if name == "loop":
        assert "A loop: frames circled for ever through wangpo; this is what STP is for." in notes
        assert not {"wangpo", "ladders", "plug"} & set(lost(graded)), complaints(graded)
    else:
        assert "was ended with its world: it held " in notes
        assert "entries of the machine's table of neighbours" in notes


def test_a_loop_that_was_unmade_costs_nothing(tmp_path: Path) -> None:
    """The port that was kept from forwarding forwards again when the other way between the bridges is gone."""
    lesson = tmp_path / "short.md"
    lesson.write_text(lesson_text("way: link r master one; link r up; not link p; ping 10.9.9.2"))
    (tmp_path / "work.sh").write_text(
        "ip link add one type bridge; ip link add two type bridge; ip link set one up; ip link set two up\n"
        "for d in p:q r:s; do ip link add ${d%:*} type veth peer name ${d#*:}; ip link set ${d%:*} master one; "
        "ip link set ${d#*:} master two; ip link set ${d%:*} up; ip link set ${d#*:} up; done\n"
        "ip netns add a; ip link add x type veth peer name y netns a; ip link set x master two; ip link set x up\n"
        "ip -n a addr add 10.9.9.2/24 dev y; ip -n a link set y up; ip addr add 10.9.9.1/24 dev one\n"
        "until bridge link | grep 'state disabled'; do ping -c 1 -W 1 10.9.9.77; done\n"
        "ip link del p\n"
    )
    run = check(lesson, tmp_path / "work.sh", "--format", "json")
    graded = json.loads(run.stdout)
    assert graded["passed"], (complaints(graded), graded["notes"])
    assert graded["notes"][0].startswith("A loop: frames circled for ever through one and two;")
    assert graded["notes"][1].startswith("The loop is gone: ")


def test_a_verdict_that_suffered_is_void_and_repeated(tmp_path: Path) -> None:
    """While the table of neighbours is full an echo gets no answer, whoever filled it; when it is not, it passes."""
    (tmp_path / "run").mkdir(mode=0o700)
    lesson = tmp_path / "short.md"
    lesson.write_text(lesson_text("way: ping 10.9.9.2 within 100ms"))
    (tmp_path / "work.sh").write_text(PING + "until ip link show x | grep 'state UP'; do sleep 0.1; done\n")
    command = (*NSTUTOR, "check", lesson, tmp_path / "work.sh", "--format", "json")
    place = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    with beside("unshare", "-Urn", sys.executable, Path(__file__).with_name("fill_neighbours.py")) as filling:
        until(filling, "full")
        assert any(table.entries > 1000 for table in neighbour_tables())
        for _ in range(ATTEMPTS):
            grader = subprocess.Popen(command, env=place, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            if wait_for_repeat(tmp_path / "run", grader):
                break
            # Another test's world has ended, and left room for the echo: that is a right pass.
            assert json.loads(grader.communicate()[0])["passed"]
        else:
            pytest.fail("there was room each time")
    out, _ = grader.communicate(timeout=SECONDS)
    graded = json.loads(out)
    assert graded["passed"], (complaints(graded), graded["error"], graded["notes"])
    (note,) = graded["notes"]
    # Another test's loop may be in the way of the first repeat.
    assert note.startswith(("it was graded 1 time more, alone, ", "it was graded 2 times more, alone, "))
    assert note.endswith(" void: the machine's table of neighbours was full, and not by this submission")


def wait_for_repeat(folder: Path, grader: subprocess.Popen[str]) -> bool:
    """Wait until the grader wants to be alone; False if it has ended without that."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and grader.poll() is None:
        for path in folder.glob("*.door"):
            with path.open("r+") as door:
                try:
                    fcntl.flock(door, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
        time.sleep(0.05)
    assert grader.poll() is not None, "it neither ends nor is tried again"
    return False


def test_a_mistake_is_not_void(tmp_path: Path) -> None:
    """Where nothing was exhausted a step that was left out has failed."""
    lesson = tmp_path / "short.md"
    lesson.write_text(lesson_text("spare: netns b", "way: ping 10.9.9.2"))
    (tmp_path / "work.sh").write_text(PING)
    graded: Mapping[str, object] = json.loads(check(lesson, tmp_path / "work.sh", "--format", "json").stdout)
    assert (graded["passed"], graded["void"], graded["score"], graded["notes"]) == (False, False, 1, [])
