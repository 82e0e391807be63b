"""Hostile submissions: each ends in its time, as a graded submission, and those beside it are graded as ever."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attacks_on_resources
import attacks_on_the_shell
import pytest
from attacks import ALL, MARK, OPTIONS, REST, SECONDS, SLEEP, Attack, Rest
from check_runs import Graded, complaints, grade, lost, stored

TABLES = {
    "resources": attacks_on_resources.ATTACKS,
    "shell": attacks_on_the_shell.ATTACKS,
}
BESIDE = "zz-solution"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """The report of each attack, and of a right submission that is graded after some of them."""
    scripts = {f"{table}-{attack.name}": attack.script() for table, attacks in TABLES.items() for attack in attacks}
    scripts[BESIDE] = stored("right/bridge/plain")
    return grade("bridge", tmp_path_factory.mktemp("hostile"), scripts, *OPTIONS)


CASES = [pytest.param(f"{table}-{attack.name}", attack, id=f"{table}-{attack.name}")
         for table, attacks in TABLES.items() for attack in attacks]


@pytest.mark.parametrize(("name", "attack"), CASES)
def test_attack(name: str, attack: Attack, reports: dict[str, Graded]) -> None:
    """It ends in time, as a graded submission, with what was done before it, and with what it ran into."""
    graded = reports[name]
    assert graded["error"] is None
    assert graded["duration_ms"] < 1000 * SECONDS
    told = (complaints(graded), graded["notes"])
    if attack.rest is Rest.EITHER:
        assert set(lost(graded)) <= set(attack.lost or REST), told
    else:
        assert lost(graded) == list(attack.expected), told
    if attack.note is not None:
        assert any(attack.note in note for note in graded["notes"]), told
    elif attack.noted:
        assert graded["notes"] == [], told
