"""From a script of commands to a lesson: a step for each group, its checks from the state that the group left."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nstutor.checks.registry import parse_check
from nstutor.errors import LessonError
from nstutor.kernel.model import Address, Execution, Link, Route, Snapshot
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.model import Line
from nstutor.proof.playback import Playback, stage
from nstutor.proof.state import link_line, route_line
from nstutor.session.settle import readable
from nstutor.session.steps import Order, Plan

QUIET, QUIET_AT_MOST = 0.3, 3.0
"""Seconds."""
SHELLS = frozenset({"bash", "sh", "dash"})


@dataclass(frozen=True)
class Group:
    """Commands that belong together, and check lines that hold after them and did not hold before."""

    lines: tuple[str, ...]
    checks: tuple[str, ...]


def groups_of(text: str) -> tuple[tuple[str, ...], ...]:
    """The script's commands as they stand between blank lines; comments by themselves are no group."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    runs = (tuple(run) for blank, run in itertools.groupby(lines, key=lambda line: not line.strip()) if not blank)
    return tuple(run for run in runs if any(not line.lstrip().startswith("#") for line in run))


async def derive(plan: Plan, groups: Sequence[Sequence[str]], factory: WorldFactory) -> list[Group]:
    """Play the groups in one world; a group that neither changes nor runs anything is joined to the one after it."""
    found: list[Group] = []
    waiting: list[str] = []
    async with stage(plan, factory, Order.ANY) as play:
        for lines in groups:
            before, newest = play.look(), play.live.executions.last
            await play.type([Line(line, number) for number, line in enumerate(lines, 1)])
            waiting += lines
            await _quiet(play)
            after = play.look()
            checks = tuple(changed(before, after)) or tuple(_looks(play, newest, after))
            if checks:
                found.append(Group(tuple(waiting), checks))
                waiting.clear()
    if waiting and found:
        found[-1] = Group((*found[-1].lines, *waiting), found[-1].checks)
    return found


async def _quiet(play: Playback) -> None:
    """Wait until the kernel has nothing more to tell: a deleted namespace's devices go some time after it."""
    deadline = asyncio.get_running_loop().time() + QUIET_AT_MOST
    while await readable(play.live.observer.descriptors(), QUIET):
        play.look()
        if asyncio.get_running_loop().time() > deadline:
            return


def changed(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """What is another now, as checks; what comes with something else by itself is left out."""
    yield from (f"netns {name}" for name in after.namespaces if name not in before.namespaces)
    yield from (f"not netns {name}" for name in before.namespaces if name not in after.namespaces)
    yield from _links(before, after)
    yield from _addresses(before, after)
    yield from _routes(before, after)


def _links(before: Snapshot, after: Snapshot) -> Iterator[str]:
    old = {link_line(link) for link in before.links()}
    yield from (link_line(link) for link in after.links() if link_line(link) not in old and not _born(link, before))
    # Where it is now is said above; that it is nowhere any more is news.
    names = {link.name for link in after.links()}
    yield from (
        f"not link {link.name} netns {link.netns}"
        for link in before.links()
        if link.name not in names and link.netns in after.namespaces
    )


def _born(link: Link, before: Snapshot) -> bool:
    """Whether the device came with its namespace."""
    return link.loopback and not link.up and link.netns not in before.namespaces


def _addresses(before: Snapshot, after: Snapshot) -> Iterator[str]:
    old, new = (_address_lines(snapshot, after) for snapshot in (before, after))
    yield from (line for line in new if line not in old)
    yield from (f"not {line}" for line in old if line not in new)


def _address_lines(snapshot: Snapshot, after: Snapshot) -> dict[str, None]:
    """The addresses that somebody gave, of devices that are still there."""
    given = (address for address in snapshot.addresses() if _given(address))
    return dict.fromkeys(_address_line(address) for address in given if after.link(address.netns, address.dev))


def _given(address: Address) -> bool:
    return not (address.interface.ip.is_link_local or address.interface.ip.is_loopback)


def _address_line(address: Address) -> str:
    return f"addr {address.interface} dev {address.dev} netns {address.netns}"


def _routes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    old, new = (_route_lines(snapshot, after) for snapshot in (before, after))
    yield from (line for line in new if line not in old)
    yield from (f"not {line}" for line in old if line not in new)


def _route_lines(snapshot: Snapshot, after: Snapshot) -> dict[str, None]:
    """The routes that somebody set, over devices that are still there."""
    there = (route for route in snapshot.routes() if _set(route, snapshot))
    return dict.fromkeys(route_line(route) for route in there if route.dev and after.link(route.netns, route.dev))


def _set(route: Route, snapshot: Snapshot) -> bool:
    """Whether somebody set the route, and it did not come with an address."""
    if route.dst.is_link_local or route.dst.is_multicast or route.type != "unicast":
        return False
    own = {address.interface.network for address in snapshot.addresses() if address.dev == route.dev}
    return route.via is not None or route.dst not in own


def _looks(play: Playback, newest: int, now: Snapshot) -> Iterator[str]:
    """What was run, as checks, where that can be said in a check."""
    last_of: dict[int, Execution] = {one.pid: one for one in play.live.executions.since(newest)}
    for execution in last_of.values():
        program, *words = execution.argv
        netns = now.name_of(execution.netns)
        if len(words) > 2 and words[0] in ("-n", "-netns"):
            # ip goes there by itself, and nobody executes anything in that namespace.
            netns, words = words[1], words[2:]
        line = f"ran netns {netns} -- {' '.join((program, *words))}"
        if netns is not None and program.rpartition("/")[2] not in SHELLS and _is_check(line):
            yield line


def _is_check(line: str) -> bool:
    try:
        parse_check(Line(line, 1), "")
    except LessonError:
        return False
    return True
