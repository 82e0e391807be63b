"""Keeps a world from taking what the kernel shares with others: the table of neighbours, and the backlog of frames."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from nstutor.kernel.shared import Frames, Shared, frames, neighbours, read_shared
from nstutor.lab.world import World
from nstutor.text.i18n import _, listed

if TYPE_CHECKING:
    from nstutor.kernel.loops import Port
    from nstutor.kernel.observer import Observer
    from nstutor.kernel.registry import Registry

STORM = 5000
"""Frames a second that are worth a look; a frame that circles makes a hundred times as many."""
FLOOD_SECONDS = 3.0
"""After so long in which frames are dropped a storm without a loop is ended."""
SHARE = 2
"""A world may have one part in so many of a table of neighbours."""


class SharedWatch:
    """Looks whether a world is a bad neighbour. A loop of bridges is calmed; what cannot be calmed ends the world.

    `tell` gets what is done, in words for who built the network; `end` ends the world for the reason that it is given.
    """

    def __init__(self, world: World, tell: Callable[[str], None], end: Callable[[str], None]) -> None:
        self.held: list[Port] = []
        """The ports that were kept from forwarding."""
        self._world, self._tell, self._end = world, tell, end
        self._eyes: Observer | None = None
        self._before, self._at = read_shared(), time.monotonic()
        self._own = Frames()
        """The world's own, at the last look that found a storm, whoever's."""
        self._flooding = 0.0
        self._told: set[str] = set()
        """The ports of which it was told that they are held, and not yet that some are free again."""

    @cached_property
    def _registry(self) -> Registry:
        # What is imported here and below no prompt waits for: it is for those who are bad neighbours.
        from nstutor.kernel.registry import Registry

        return Registry(self._world.root, self._world.netns)

    def close(self) -> None:
        """Let go of the world."""
        if self._eyes is not None:
            self._eyes.close()

    def look(self) -> None:
        """Look now; cheap as long as nothing happens."""
        before, shared = self._before, read_shared()
        now = time.monotonic()
        seconds, self._before, self._at = max(now - self._at, 0.001), shared, now
        self._look_at_neighbours(shared)
        if self.held:
            self._let_forward()
        passed = shared.backlog.processed + shared.backlog.dropped
        if passed - before.backlog.processed - before.backlog.dropped < STORM * seconds:
            self._flooding = 0.0
            return
        # Its next look may be long in coming: a storm leaves little time to anybody else.
        known, self._own = self._own, self.frames()
        if self._own.all - known.all > STORM * seconds:
            self._calm(seconds if self._own.dropped > known.dropped else 0.0)

    def frames(self) -> Frames:
        """What the world's devices have received, and lost."""
        with self._places() as places:
            return frames(places)

    def neighbours(self) -> int:
        """How many entries of the machine's tables of neighbours the world holds."""
        with self._places() as places:
            return neighbours(places)

    @contextlib.contextmanager
    def _places(self) -> Iterator[list[int]]:
        """A descriptor of each of its network namespaces with a name or a process; for the body only."""
        with contextlib.ExitStack() as opened:
            found: dict[tuple[int, int], int] = {}
            for name in self._registry.names()[0]:
                with contextlib.suppress(OSError):
                    fd = opened.enter_context(self._registry.opened(name))
                    found.setdefault((os.fstat(fd).st_dev, os.fstat(fd).st_ino), fd)
            for identity, path in self._world.netns_of_processes().items():
                if identity not in found:
                    with contextlib.suppress(OSError):
                        found[identity] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                        opened.callback(os.close, found[identity])
            yield list(found.values())

    def _look_at_neighbours(self, shared: Shared) -> None:
        for table in shared.tables:
            most = table.most // SHARE
            if table.entries > most and (held := self.neighbours()) > most:
                reason = _("it held {n} entries of the machine's table of neighbours, which has room for {most}")
                self._end(reason.format(n=held, most=table.most))
                return

    # --- loops ----------------------------------------------------------------------------------------------------

    def _calm(self, flooded: float) -> None:
        """Keep the ports that close a loop from forwarding; without one the world is ended, if others suffer long.

        Frames were dropped for so many seconds.
        """
        from nstutor.kernel import loops

        held = [port for port in loops.closing(self._eye().snapshot()) if self._set(port, loops.DISABLED)]
        self.held += held
        if held:
            self._flooding = 0.0
            named = _names(held)
            if named in self._told:
                return  # the kernel had set one up anew
            self._told.add(named)
            bridges = listed(sorted({bridge for port in held for _netns, bridge in port.joins}))
            words = _(
                "A loop: frames circled for ever through {bridges}; this is what STP is for. As STP would, "
                "nstutor keeps from forwarding: {ports} (`bridge link` shows `state disabled`)"
            )
            self._tell(words.format(bridges=bridges, ports=named))
            return
        self._flooding = self._flooding + flooded if flooded else 0.0
        if self._flooding > FLOOD_SECONDS:
            self._end(_("it sent so many frames that the machine dropped some of others"))

    def _let_forward(self) -> None:
        """Take back what the learner has made needless."""
        eye = self._eye()
        if not eye.changed():
            return
        from nstutor.kernel import loops

        snapshot = eye.snapshot()
        self.held = [port for port in self.held if loops.is_held(snapshot, port)]
        freed = [port for port in loops.needless(snapshot, self.held) if self._set(port, loops.FORWARDING)]
        if freed:
            self.held = [port for port in self.held if port not in freed]
            self._tell(_("The loop is gone: {ports} may forward again").format(ports=_names(freed)))
        if not self.held and not loops.closing(snapshot):
            self._told.clear()

    def _set(self, port: Port, state: int) -> bool:
        """Whether it could be done."""
        from nstutor.kernel.loops import set_state

        try:
            set_state(self._registry, port, state)
        except OSError:
            return False
        return True

    def _eye(self) -> Observer:
        if self._eyes is None:
            from nstutor.kernel.observer import Observer

            self._eyes = Observer(self._world.root, self._world.netns)
        return self._eyes


def _names(ports: list[Port]) -> str:
    return listed(["".join(char if char.isprintable() else "\ufffd" for char in port.dev) for port in ports])
