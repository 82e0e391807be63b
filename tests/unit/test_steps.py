"""The step machine, fed with observations by hand: what is passed, when, and which probes are asked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from checks_scenes import Net, addr, link, ran, veth
from short_lesson import plan_of

from nstutor.checks.base import Observation, Status
from nstutor.kernel.model import Execution, Kind
from nstutor.kernel.probe_types import PingProbe, PingResult, Probe, ProbeResult
from nstutor.session.steps import Order, Plan, StepMachine, StepUpdate

EMPTY = Net(())
EDEN = Net((), names=("eden",))
GREENLAND = Net((), names=("greenland",))
BOTH = Net((), names=("eden", "greenland"))
BUILD_AND_TEAR = plan_of("build: netns eden", "tear: not netns eden", "again: netns greenland")


def observation(net: Net, *executions: Execution, probes: Mapping[Probe, ProbeResult] | None = None) -> Observation:
    """What is seen of a network."""
    return Observation(net.snapshot(), executions, probes or {})


def begun(plan: Plan, order: Order, untouched: Net = EMPTY) -> StepMachine:
    """A session that has seen the untouched world."""
    session = StepMachine(plan, order)
    session.begin(observation(untouched))
    return session


def passed(session: StepMachine, net: Net, *executions: Execution) -> list[str]:
    """The steps that this observation passes."""
    return ids(session.observe(observation(net, *executions)))


def ids(progress: StepUpdate) -> list[str]:
    """The passed steps' names."""
    return [step.id for step in progress.passed]


def reached(session: StepMachine) -> list[str]:
    """The steps that were reached so far."""
    return [state.step.id for state in session.states if state.reached]


# --- in turn, and in any order ----------------------------------------------------------------------------------------


def test_in_turn_a_later_step_waits_for_the_one_at_hand() -> None:
    """Work ahead counts as soon as the step before it is passed, one after another."""
    session = begun(plan_of("one: netns eden", "two: netns greenland"), Order.IN_TURN)
    assert passed(session, GREENLAND) == []
    assert session.current is not None
    assert session.current.step.id == "one"
    assert passed(session, BOTH) == ["one", "two"]
    assert session.current is None


def test_in_any_order_each_step_counts_whenever_it_holds() -> None:
    """One missing step does not cost the others, and what is undone later was reached all the same."""
    session = begun(plan_of("one: netns eden", "two: netns greenland"), Order.ANY)
    assert passed(session, GREENLAND) == ["two"]
    assert passed(session, EMPTY) == []
    assert reached(session) == ["two"]


def test_a_step_is_passed_only_when_all_its_checks_hold_at_one_moment() -> None:
    """One now and the other later is not enough."""
    session = begun(plan_of("both: netns eden; netns greenland"), Order.ANY)
    assert passed(session, EDEN) + passed(session, GREENLAND) == []
    assert passed(session, BOTH) == ["both"]


def test_a_step_passes_once() -> None:
    """Seen again, it is no news."""
    session = begun(plan_of("one: netns eden"), Order.ANY)
    assert passed(session, EDEN) == ["one"]
    assert passed(session, EDEN) == []


# --- steps that hold in the untouched world ---------------------------------------------------------------------------


@pytest.mark.parametrize("order", Order)
def test_a_step_that_holds_from_the_start_counts_after_the_one_before_it(order: Order) -> None:
    """`not netns eden` proves nothing until eden was there."""
    session = begun(BUILD_AND_TEAR, order)
    assert passed(session, EMPTY) == []
    assert passed(session, EDEN) == ["build"]
    assert passed(session, EMPTY) == ["tear"]
    assert passed(session, GREENLAND) == ["again"]


def test_a_step_after_a_vacuous_one_does_not_wait_for_it() -> None:
    """Who never built eden loses two steps, and not the third."""
    session = begun(BUILD_AND_TEAR, Order.ANY)
    assert passed(session, GREENLAND) == ["again"]
    session.finish(observation(GREENLAND))
    assert reached(session) == ["again"]


def test_vacuity_is_of_the_surroundings_that_the_lesson_gives() -> None:
    """A setup that made eden makes `netns eden` the initially_true one."""
    session = begun(plan_of("tear: not netns eden", "build: netns eden"), Order.ANY, untouched=EDEN)
    assert passed(session, EDEN) == []
    assert passed(session, EMPTY) == ["tear"]
    assert passed(session, EDEN) == ["build"]


def test_a_look_between_does_not_stand_in_for_the_step_of_doing() -> None:
    """The step before is the last one of doing: a look that is left out costs nothing, and opens nothing."""
    plan = plan_of("build: netns eden", "look: ran -- ip netns", "tear: not netns eden")
    left_out = begun(plan, Order.ANY)
    assert passed(left_out, EDEN) == ["build"]
    assert passed(left_out, EMPTY) == ["tear"]
    only_looked = begun(plan, Order.ANY)
    assert passed(only_looked, EMPTY, *ran("ip netns")) == ["look"]
    assert reached(only_looked) == ["look"]


# --- looking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", Order)
def test_ran_counts_from_the_last_passed_step_of_doing(order: Order) -> None:
    """The same command before it would pass unseen; the one after it counts."""
    session = begun(plan_of("build: netns eden", "look: ran -- ip netns"), order)
    early = ran("ip netns")
    if order is Order.ANY:
        assert passed(session, EMPTY, *early) == ["look"], "nothing was built yet that it could come after"
        return
    assert passed(session, EMPTY, *early) == []
    built = ran("ip netns", "ip netns add eden")
    assert passed(session, EDEN, *built) == ["build"]
    assert passed(session, EDEN, *built) == []
    assert passed(session, EDEN, *ran("ip netns", "ip netns add eden", "ip netns")) == ["look"]


def test_one_command_may_pass_two_looks_in_a_row() -> None:
    """Only doing draws a line; a look that was passed does not use the command up."""
    session = begun(plan_of("list: ran -- ip netns", "names: ran -- ip netns list"), Order.IN_TURN)
    assert passed(session, EMPTY, *ran("ip netns list")) == ["list", "names"]


def test_a_step_of_doing_and_looking_leaves_its_executions_behind() -> None:
    """A mixed step is one of doing: what passed it does not count for the next."""
    plan = plan_of("mixed: netns eden; ran -- ip link", "again: ran -- ip link")
    session = begun(plan, Order.IN_TURN)
    assert passed(session, EDEN, *ran("ip link")) == ["mixed"]
    assert passed(session, EDEN, *ran("ip link", "ip link")) == ["again"]


def test_looking_is_outside_the_plan_of_doing_unless_required() -> None:
    """`.required` makes a look count, and a question."""
    plan = plan_of(
        "look: ran -- ip link",
        "must .required: ran -- ip link",
        "build: netns eden; ran -- ip link",
        "ask: ? Why? = So",
        "insist .required: ? Why? = So",
    )
    looks = [plan.looks(step) for step in plan.lesson.steps]
    assert looks == [True, False, False, True, False]


def test_a_restored_pass_draws_the_line_too() -> None:
    """A rebuilt world: what was typed before the pass does not count again."""
    session = StepMachine(plan_of("build: netns eden", "look: ran -- ip netns"), Order.IN_TURN)
    session.restore(0, newest=2)
    session.skip_to(1)
    assert passed(session, EDEN, *ran("ip netns", "ip netns add eden")) == []
    assert passed(session, EDEN, *ran("ip netns", "ip netns add eden", "ip netns")) == ["look"]


# --- questions --------------------------------------------------------------------------------------------------------


def test_in_turn_a_step_waits_for_the_answers_to_its_questions() -> None:
    """One after another; the last one passes the step."""
    session = begun(plan_of("ask: netns eden; ? One? = 1; ? Two? = 2", "next: netns greenland"), Order.IN_TURN)
    assert passed(session, EDEN) == []
    assert session.open_question() == 0
    assert ids(session.answer(0, observation(EDEN))) == []
    assert session.open_question() == 1
    assert ids(session.answer(1, observation(EDEN))) == ["ask"]
    assert session.open_question() is None


def test_an_answer_does_not_pass_a_step_whose_checks_fail() -> None:
    """Both are needed, in whatever order."""
    session = begun(plan_of("ask: netns eden; ? One? = 1"), Order.IN_TURN)
    assert ids(session.answer(0, observation(EMPTY))) == []
    assert passed(session, EDEN) == ["ask"]


def test_a_submission_is_not_asked() -> None:
    """The checks of a step are all that it needs; a step of questions only is never reached."""
    session = begun(plan_of("ask: netns eden; ? One? = 1", "only: ? Two? = 2"), Order.ANY)
    assert passed(session, EDEN) == ["ask"]
    session.finish(observation(EDEN))
    assert reached(session) == ["ask"]


def test_a_lesson_that_is_done_takes_no_answers() -> None:
    """And has no question open."""
    session = begun(plan_of("one: netns eden"), Order.IN_TURN)
    passed(session, EDEN)
    assert session.answer(0, observation(EDEN)) == StepUpdate()
    assert session.open_question() is None


# --- probes -----------------------------------------------------------------------------------------------------------

PING = PingProbe("192.0.2.2", "eden")
MEET = plan_of("meet: netns greenland; ping 192.0.2.2 netns eden", "after: not netns greenland")
ANSWERED: Mapping[Probe, ProbeResult] = {PING: PingResult(answered=True)}
SILENCE: Mapping[Probe, ProbeResult] = {PING: PingResult(answered=False)}


@pytest.mark.parametrize("order", Order)
def test_a_probe_is_wanted_only_when_the_other_checks_hold(order: Order) -> None:
    """Until then its failure would be a second complaint; once its result is there it is not wanted again."""
    session = begun(MEET, order)
    assert session.observe(observation(EDEN)).wanted == ()
    verdict = session.states[0].verdicts[1]
    assert (verdict.status, verdict.message.startswith("not tried")) == (Status.NOT_CHECKED, True)
    assert session.observe(observation(BOTH)).wanted == (PING,)
    assert session.observe(observation(BOTH, probes=SILENCE)).wanted == ()
    assert session.states[0].verdicts[1].status is Status.FAILED
    assert ids(session.observe(observation(BOTH, probes=ANSWERED))) == ["meet"]


def test_no_probe_is_wanted_from_a_namespace_that_does_not_exist() -> None:
    """Nothing could be sent, and the check has said so."""
    session = begun(plan_of("meet: ping 192.0.2.2 netns eden"), Order.ANY)
    assert session.observe(observation(GREENLAND)).wanted == ()
    assert session.observe(observation(EDEN)).wanted == (PING,)


def test_a_denied_probe_is_not_passed_before_it_was_tried() -> None:
    """`not ping` holds when there was no answer, and not because nobody asked."""
    session = begun(plan_of("apart: not ping 192.0.2.2 netns eden"), Order.ANY)
    assert session.observe(observation(EDEN)).wanted == (PING,)
    assert reached(session) == []
    assert ids(session.observe(observation(EDEN, probes=SILENCE))) == ["apart"]


def test_two_steps_that_want_one_probe_want_it_once() -> None:
    """One echo answers both, and is given the longer of their times."""
    plan = plan_of("one: ping 192.0.2.2 netns eden within 1s", "two: netns eden; ping 192.0.2.2 netns eden within 5s")
    session = begun(plan, Order.ANY)
    assert session.observe(observation(EDEN)).wanted == (PING,)
    assert session.within(PING) == 5.0


def test_at_the_end_a_reached_step_is_probed_again() -> None:
    """`holds` is of the last moment: reached before the cable was pulled, and not holding."""
    session = begun(MEET, Order.ANY)
    session.observe(observation(BOTH, probes=ANSWERED))
    assert session.finish(observation(BOTH)).wanted == (PING,)
    session.finish(observation(BOTH, probes=SILENCE))
    assert (session.states[0].reached, session.states[0].holds) == (True, False)
    session.finish(observation(BOTH, probes=ANSWERED))
    assert session.states[0].holds


# --- the end, needs, patience -----------------------------------------------------------------------------------------


def test_the_end_passes_what_holds_then() -> None:
    """A step that is whole only at the last moment is reached and holds."""
    session = begun(plan_of("one: netns eden", "two: netns greenland"), Order.ANY)
    assert ids(session.finish(observation(EDEN))) == ["one"]
    assert [(state.reached, state.holds) for state in session.states] == [(True, True), (False, False)]


def test_a_snapshot_needs_only_what_open_steps_compare() -> None:
    """In turn the steps that are passed need nothing more; in any order `holds` is asked of all at the end."""
    plan = plan_of("way: route default netns eden", "near: neigh 192.0.2.2 netns eden", "house: netns eden")
    in_turn = StepMachine(plan, Order.IN_TURN)
    assert in_turn.needs() >= {Kind.ROUTES, Kind.NEIGHBOURS}
    in_turn.skip_to(2)
    assert in_turn.needs() == frozenset()
    assert StepMachine(plan, Order.ANY).needs() >= {Kind.ROUTES, Kind.NEIGHBOURS}


PAIR = veth("host/a", "host/b")
LAGS = Net(PAIR).but("a", operstate="DOWN")
HALF = Net(PAIR).but("b", up=False).but("a", carrier=False, operstate="LOWERLAYERDOWN")
ORPHAN = Net((link("host", "wp", type="veth"),))

PATIENCE: list[tuple[str, Net, float]] = [
    ("link a operstate UP", LAGS, 2.0),
    ("link a operstate UP within 700ms", LAGS, 0.7),
    ("link a operstate UP", HALF, 0.0),
    ("link a carrier on", Net(PAIR).but("a", carrier=False), 2.0),
    ("link a carrier on", HALF, 0.0),
    ("link a carrier off", Net(PAIR).but("b", up=False), 2.0),
    ("link a operstate DOWN", HALF, 0.0),
    ("link a mtu 1400", Net(PAIR), 0.0),
    ("link a operstate UP; netns eden", LAGS, 0.0),
    ("link a operstate UP", Net(PAIR), 0.0),
    ("not link wp", ORPHAN, 2.0),
    ("not link a", Net(PAIR), 0.0),
    ("netns eden; ping 192.0.2.2 netns eden", EDEN, 0.0),
    ("link br carrier on", Net((link("host", "br", type="bridge", carrier=False), *PAIR)).but("a", master="br"), 2.0),
    ("link br carrier on", Net((link("host", "br", type="bridge", carrier=False), *PAIR)), 0.0),
    (
        "link a port forwarding",
        Net((link("host", "br", type="bridge"), *PAIR)).but("a", master="br", port="disabled"),
        2.0,
    ),
    (
        "link a port forwarding",
        Net((link("host", "br", type="bridge", up=False), *PAIR)).but("a", master="br", port="disabled"),
        0.0,
    ),
]


@pytest.mark.parametrize(("checks", "net", "seconds"), PATIENCE)
def test_only_what_the_kernel_is_about_to_do_is_worth_waiting_for(checks: str, net: Net, seconds: float) -> None:
    """For as long as the check says; never where a command of the learner's is missing."""
    session = begun(plan_of("never: netns nowhere", f"step: {checks}"), Order.ANY)
    session.observe(observation(net))
    assert session.patience() == seconds


def test_in_turn_only_the_step_at_hand_is_waited_for() -> None:
    """What lags in a later step is no reason yet."""
    session = begun(plan_of("first: netns eden", "then: link a operstate UP"), Order.IN_TURN)
    session.observe(observation(LAGS))
    assert session.patience() == 0.0


def test_a_step_that_was_reached_is_not_waited_for() -> None:
    """It counts already."""
    session = begun(plan_of("up: link a operstate UP"), Order.ANY)
    session.observe(observation(Net(PAIR)))
    session.observe(observation(LAGS))
    assert session.patience() == 0.0


def test_verdicts_of_a_lost_moment_stay_told() -> None:
    """What `:check` shows of a step is its newest judgement; a passed one shows only passes."""
    session = begun(plan_of("up: link a netns eden up; addr 192.0.2.1/24 dev a netns eden"), Order.ANY)
    up = Net((link("eden", "a"),))
    session.observe(observation(up))
    assert [verdict.status for verdict in session.states[0].verdicts] == [Status.PASSED, Status.FAILED]
    session.observe(observation(up.with_addresses(addr("eden", "a", "192.0.2.1/24"))))
    assert all(verdict.passed for verdict in session.states[0].verdicts)


# --- a lesson that is changed while it is learned ---------------------------------------------------------------------

OLD = ("dig: netns cellar", "ask: ? Which? = a; ? And? = b", "lo: link lo netns cellar up")


def stands_at(position: int) -> StepMachine:
    """A session of the old lesson at this step, the ones before it passed."""
    session = StepMachine(plan_of(*OLD), Order.IN_TURN)
    for index in range(position):
        session.restore(index, newest=5)
    session.skip_to(position)
    return session


@pytest.mark.parametrize(
    ("at", "steps", "step"),
    [
        (1, OLD, "ask"),
        (1, ("new: netns x", *OLD), "ask"),
        (1, (OLD[0], "new: netns x", OLD[1]), "ask"),
        (1, (OLD[0], "renamed: ? Which? = a", OLD[2]), "renamed"),
        (1, (OLD[0], OLD[2]), "lo"),
        (1, (OLD[2], OLD[0]), None),
        (2, ("new: netns x",), "new"),
        (3, OLD, None),
        (3, (*OLD, "more: netns x"), "more"),
        (0, ("before: netns x", *OLD), "dig"),
    ],
)
def test_the_place_in_a_changed_lesson(at: int, steps: tuple[str, ...], step: str | None) -> None:
    """The step at hand stays at hand; where it is gone, what follows the nearest step before it; None at the end."""
    renewed = stands_at(at).renewed(plan_of(*steps))
    assert (renewed.current.step.id if renewed.current else None) == step


def test_what_was_passed_in_a_changed_lesson_stays_passed() -> None:
    """By the ids; a new step is open, and looks count only from where they did."""
    renewed = stands_at(1).renewed(plan_of("new: ran -- ip link", *OLD))
    reached = {state.step.id: state.reached for state in renewed.states}
    assert reached == {"new": False, "dig": True, "ask": False, "lo": False}
    assert {state.step.id: state.since for state in renewed.states} == {"new": 5, "dig": 0, "ask": 5, "lo": 5}


def test_answers_in_a_changed_lesson() -> None:
    """One that was given counts while its question is the same."""
    session = stands_at(1)
    assert session.current
    session.current.answered = frozenset({0, 1})
    moved = session.renewed(plan_of("new: netns x", *OLD)).current
    changed = session.renewed(plan_of("dig: netns cellar", "ask: ? Which? = a; ? Where? = b")).current
    assert moved
    assert moved.answered == {0, 1}
    assert changed
    assert changed.answered == {0}
