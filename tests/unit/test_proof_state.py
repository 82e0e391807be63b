"""The state that a proof compares, and the findings about form and strength."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks_scenes import Net, route
from short_lesson import plan_of
from snapshots import BRIDGE, snapshot

from nstutor.kernel.model import Snapshot
from nstutor.proof.model import Finding, Kind, Mutant, MutantResult, Outcome, Task
from nstutor.proof.state import names_of, state_of
from nstutor.proof.verdict import lesson_proof


def without_luck(before: Snapshot) -> Snapshot:
    """The same network as another run would have it: other MACs and numbers, another moment."""
    spaces = {
        name: replace(
            space,
            identity=(4, 99),
            links=tuple(
                link._replace(
                    index=link.index + 7, address="02:aa:bb:cc:dd:ee", operstate="X", carrier=not link.carrier
                )
                for link in reversed(space.links)
            ),
        )
        for name, space in before.namespaces.items()
    }
    return Snapshot(spaces, before.dead)


def test_what_differs_from_run_to_run_is_no_difference() -> None:
    """MACs, indexes, carrier, operstate, order and link-local addresses are left out."""
    before = snapshot(*BRIDGE)
    assert state_of(before) == state_of(without_luck(before))
    assert state_of(before) == state_of(snapshot(*BRIDGE, "host wangpo fe80::1/64"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("host wangpo bridge up carrier", "host wangpo bridge"),
        (
            "host wp2pjl veth up master=wangpo peer=pjl2wp@panjinlian-ns",
            "host wp2pjl veth up peer=pjl2wp@panjinlian-ns",
        ),
        ("ximenqing-ns xmq2wp 192.168.188.96/24", "ximenqing-ns xmq2wp 192.168.188.96/16"),
        ("ximenqing-ns xmq2wp 192.168.188.96/24", "ximenqing-ns lo 192.168.188.96/24"),
        ("panjinlian-ns pjl2wp veth peer=wp2pjl@host", "panjinlian-ns pjl2wp veth peer=wp2xmq@host"),
    ],
)
def test_what_somebody_set_is_a_difference(old: str, new: str) -> None:
    """Up, master, peer, addresses and their devices count."""
    assert old in BRIDGE
    assert state_of(snapshot(*BRIDGE)) != state_of(snapshot(*(new if line == old else line for line in BRIDGE)))


def test_a_route_of_another_table_is_a_difference() -> None:
    """And a line that is a check, with its table."""
    first = Net((), routes=(route("host", "10.0.0.0/8", "a", "10.0.0.1", table=100),)).snapshot()
    second = Net((), routes=(route("host", "10.0.0.0/8", "a", "10.0.0.1", table=101),)).snapshot()
    assert state_of(first) != state_of(second)
    assert any("route 10.0.0.0/8 via 10.0.0.1 dev a netns host table 100 " in line for line in state_of(first))


def test_a_dead_name_is_a_difference() -> None:
    """A namespace that was added inside another one's shell is seen."""
    assert state_of(snapshot(dead=("eden",))) != state_of(snapshot())


def test_names_of_two_moments() -> None:
    """What was there before and what is there now may both be confused; a loopback's own address may not."""
    names = names_of((snapshot("host x veth", "host lo 127.0.0.1/8"), snapshot("a y veth", "a y 10.0.0.1/24")))
    assert names.devices == {"host": ("x",), "a": ("y",)}
    assert names.addresses == ("10.0.0.1/24",)


PLAN = plan_of("one: netns eden; link lo netns eden up", "two: not netns eden")
LINES = [check.line for step in PLAN.lesson.steps for check in PLAN.checks[step.id]]
SOUND = Outcome(failed=frozenset(LINES))


def task(kind: Kind, words: str = "", run: int = 0) -> Task:
    """A play of the first step."""
    mutant = Mutant(0, (), 9, words) if words else None
    return Task(0, kind, mutant=mutant, run=run)


def test_a_check_that_never_failed_is_named() -> None:
    """It is named at its line once everything was played, and not before."""
    outcome = Outcome(failed=frozenset(LINES[1:]))
    played = lesson_proof(PLAN, [(task(Kind.REFERENCE), outcome), (task(Kind.ONE_GO), outcome)], 1, 0.0)
    assert [(one.line, "never failed" in one.message) for one in played.steps[0].findings] == [(LINES[0], True)]
    assert not played.proved
    assert lesson_proof(PLAN, [(task(Kind.REFERENCE), outcome)], 1, 0.0).proved


def test_the_worst_fate_of_all_runs_counts() -> None:
    """A mutant counts once however often it was played, with its worst fate."""
    fates = [
        ("a", 0, MutantResult.NOTICED),
        ("a", 1, MutantResult.UNNOTICED),
        ("b", 0, MutantResult.EQUIVALENT),
        ("b", 1, MutantResult.NOTICED),
        ("c", 0, MutantResult.EQUIVALENT),
        ("c", 1, MutantResult.EQUIVALENT),
    ]
    played = [(task(Kind.MUTANT, words, run), Outcome(fate=fate)) for words, run, fate in fates]
    first = lesson_proof(PLAN, played, 2, 0.0).steps[0]
    assert (first.noticed, first.mutants, first.equivalent) == (1, 2, 1)


def test_a_finding_of_one_run_in_three_says_so() -> None:
    """Flakiness is told with its number."""
    bad = replace(SOUND, findings=(Finding(7, "it fails", "one"),))
    played = [(task(Kind.REFERENCE, run=run), bad if run == 1 else SOUND) for run in range(3)]
    (finding,) = lesson_proof(PLAN, played, 3, 0.0).steps[0].findings
    assert finding.message == "it fails (in 1 of 3 runs)"
