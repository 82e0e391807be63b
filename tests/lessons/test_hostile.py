"""Hostile submissions: each ends in its time, as a graded submission, and those beside it are graded as ever."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import attacks_by_pretence
import attacks_of_bytes
import attacks_on_files
import attacks_on_processes
import attacks_on_resources
import attacks_on_the_network
import attacks_on_the_shell
import pytest
from attacks import BRIEF, GRACE, LONG, MARK, OPTIONS, REST, SHORT, SLEEP, Attack, Rest
from attacks_by_pretence import Pretender
from attacks_of_bytes import Bytes
from check_runs import ROOT, Graded, complaints, grade, lost, stored
from machine_state import differences, home_state, machine_state, marked, processes_with

TABLES = {
    "files": attacks_on_files.ATTACKS,
    "network": attacks_on_the_network.ATTACKS,
    "processes": attacks_on_processes.ATTACKS,
    "resources": attacks_on_resources.ATTACKS,
    "shell": attacks_on_the_shell.ATTACKS,
}
ATTACKS = {f"{table}-{attack.name}": attack for table, attacks in TABLES.items() for attack in attacks}
PRETENDERS = {f"pretends-{row.name}": row for row in attacks_by_pretence.PRETENDERS}
BYTES = {f"bytes-{row.name}": row for row in attacks_of_bytes.SUBMISSIONS}
ALL = ATTACKS | BYTES | PRETENDERS
RUNS = {"brief": BRIEF, "short": SHORT, "long": LONG}
BESIDE = "zz-solution"
AT_A_TIME = 6
"""They wait for their end most of the time, but what is there beside them is slowed down by some."""


LESSON = ROOT / "lessons" / "03-bridge.md"


@dataclass(frozen=True)
class Graders:
    """What came of all the submissions, and of the machine that they were graded on."""

    reports: Mapping[str, Graded]
    changed: tuple[str, ...]


@pytest.fixture(scope="module")
def graders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Graders:
    """Each attack that a test is about graded, and beside them right submissions that must not suffer."""
    asked = names_in(request.session.items)
    folder = tmp_path_factory.mktemp("hostile")
    before, lesson = {**machine_state(), **home_state(os.environ["HOME"])}, LESSON.read_bytes()
    found: dict[str, Graded] = {}
    changed: list[str] = []
    for title, options in RUNS.items():
        rows = {name: row for name, row in ALL.items() if row.options == options and name in asked}
        scripts = {name: row.script() for name, row in rows.items()}
        scripts[f"{BESIDE}-{title}"] = stored("right/bridge/plain")
        found |= grade("bridge", folder / title, scripts, *OPTIONS, *options, at_a_time=AT_A_TIME)
        files = {path.name: path for path in (folder / title).rglob("*") if path.is_file()}
        changed += [f"{name} is another one" for name, script in scripts.items() if files[name].read_bytes() != script]
        changed += [f"{name} was added" for name in files.keys() - scripts.keys()]
    changed += differences(before, {**machine_state(), **home_state(os.environ["HOME"])})
    changed += [f"left behind: {left}" for left in (*marked(MARK), *processes_with(SLEEP))]
    if LESSON.read_bytes() != lesson:
        changed.append("the lesson is another one")
    return Graders(found, tuple(changed))


def names_in(items: Sequence[pytest.Item]) -> set[str]:
    """What the tests of this file are about that were not left out."""
    calls = (item.callspec for item in items if item.path == Path(__file__) and hasattr(item, "callspec"))
    return {str(call.params.get("name")) for call in calls}


@pytest.fixture(scope="module")
def reports(graders: Graders) -> Mapping[str, Graded]:
    """The report of each submission."""
    return graders.reports


def notes(graded: Graded) -> list[str]:
    """What it ran into. That it was graded once more, for it may have suffered from others, is no doing of its own."""
    return [note for note in graded["notes"] if not note.startswith("it was graded ")]


def told(graded: Graded) -> str:
    """What a failing test shows."""
    return f"{complaints(graded)}\n{graded['notes']}"


def test_the_tables_are_full() -> None:
    """No row hides another one, and no table is empty."""
    for attacks in TABLES.values():
        assert len({attack.name for attack in attacks}) == len(attacks) > 30
    assert len(PRETENDERS) > 5
    assert len(BYTES) == len(attacks_of_bytes.SUBMISSIONS) > 20


@pytest.mark.parametrize("name", ALL)
def test_it_is_graded_in_its_time(name: str, reports: Mapping[str, Graded]) -> None:
    """Whatever it does, it ends as a graded submission."""
    graded = reports[name]
    assert graded["error"] is None
    assert graded["max_score"] == 8
    most = float(ALL[name].options[-1]) + GRACE
    assert graded["duration_ms"] < 1000 * most
    assert len(graded["notes"]) < 40


@pytest.mark.parametrize(("name", "attack"), ATTACKS.items(), ids=ATTACKS)
def test_attack(name: str, attack: Attack, reports: Mapping[str, Graded]) -> None:
    """What was done before it counts, what comes behind it if the shell goes on; and what it ran into is noted."""
    graded = reports[name]
    if attack.rest is Rest.EITHER:
        assert set(lost(graded)) <= set(attack.lost or REST), told(graded)
    else:
        assert lost(graded) == list(attack.expected), told(graded)
    if attack.note is not None:
        # How far it comes before its time is over is luck as well.
        words = (attack.note, "was ended after 2 s") if attack.rest is Rest.EITHER else (attack.note,)
        assert any(word in note for note in graded["notes"] for word in words), told(graded)
    elif attack.noted:
        assert notes(graded) == [], told(graded)


@pytest.mark.parametrize(("name", "row"), PRETENDERS.items(), ids=PRETENDERS)
def test_pretender(name: str, row: Pretender, reports: Mapping[str, Graded]) -> None:
    """What only looks like the network that was asked for does not pass."""
    assert lost(reports[name]) == list(row.lost), told(reports[name])


@pytest.mark.parametrize(("name", "row"), BYTES.items(), ids=BYTES)
def test_bytes(name: str, row: Bytes, reports: Mapping[str, Graded]) -> None:
    """Whatever a file holds, its lines are typed if a terminal takes them, and the others are named."""
    graded = reports[name]
    assert lost(graded) == list(row.lost), told(graded)
    if row.note is not None:
        assert any(row.note in note for note in graded["notes"]), told(graded)
    elif row.noted:
        assert notes(graded) == [], told(graded)


@pytest.mark.parametrize("title", RUNS)
def test_the_next_submission_is_graded_as_ever(title: str, reports: Mapping[str, Graded]) -> None:
    """An attack takes nothing from the submission that follows it in the same run."""
    graded = reports[f"{BESIDE}-{title}"]
    assert graded["passed"], told(graded)
    assert notes(graded) == []


def test_the_machine_is_as_it_was(graders: Graders) -> None:
    """Links, addresses, routes, rules, settings, mounts, files and processes: nothing was changed or left behind."""
    assert graders.changed == ()
