"""Makes worlds, one for each lesson, reset, submission or proof, by a process of its own (factory_process).

First become_supervisor(), then `with WorldFactory() as factory, factory.world(Limits.learning(), home) as world:`.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from nstutor.errors import NstutorError, UsageError, WorldDiedError
from nstutor.lab import contents, wire
from nstutor.lab.filesystem import Files, own_directories, own_etc
from nstutor.lab.hiding import hide
from nstutor.lab.identity import Tier
from nstutor.lab.limits import Limits
from nstutor.lab.records import WorldRequest
from nstutor.lab.scarcity import Patience, patiently
from nstutor.lab.world import ANSWER_SECONDS, World, answer_of
from nstutor.text.i18n import _


class PendingWorld:
    """A world that is being made. `again` asks for another in its stead, from its very beginning."""

    def __init__(
        self, supervisor: socket.socket, home: Path | None, patience: Patience, again: Callable[[], PendingWorld]
    ) -> None:
        self._supervisor = supervisor
        self._patience = patience
        self._home = home
        self._again = again

    def wait(self) -> World:
        """The world, once it stands; asked for again for a while where the machine has run out of something.

        Raises CannotRunHereError with the reason, or WorldDiedError.
        """
        try:
            facts, fds = answer_of(self._supervisor)
        except NstutorError:
            self._supervisor.close()
            raise
        world = None
        if "code" not in facts:
            world = World(self._supervisor, fds, Tier(facts["tier"]), self._home if facts["copied"] else None)
        if facts["spare"] and (world is None or world.tier is Tier.FLAT):
            # It was made when user namespaces may have been scarcer, for another world stood; or it died since.
            (world or self).close()
            return self._again().wait()
        if world is None:
            self._supervisor.close()
            if facts["step"] != "home" and self._patience.allows(facts["code"]):
                return self._again().wait()
            from nstutor.lab.refusals import refusal

            raise refusal(facts["step"], facts["code"], facts["what"])
        self._patience.renew()
        return world

    def close(self) -> None:
        """Give up the world that was asked for; it ends by itself. Not after wait()."""
        self._supervisor.close()


class WorldFactory:
    """Makes worlds; a context manager.

    To be entered early, for its process is a fork of this one and its forks cost the more the larger that is; and from
    the main thread, for it dies with the thread that forked it (prctl(2), PR_SET_PDEATHSIG).

    `bashrc` and `inputrc` are the texts of /etc/bash.bashrc and /etc/inputrc. `hidden` are files and folders that
    no learner may see, beside nstutor's own. With `once` no world is begun ahead behind the first one.
    """

    def __init__(
        self,
        bashrc: str = contents.BASHRC,
        inputrc: str = contents.INPUTRC,
        hidden: Iterable[str | Path] = (),
        *,
        once: bool = False,
    ) -> None:
        self._files = Files(own_etc(bashrc, inputrc), hide(own_directories(), map(str, hidden)))
        self._once = once
        self._patience = Patience()
        self._end: socket.socket
        self._pid: int

    def __enter__(self) -> Self:
        supervisor, end = wire.pair()
        parent = os.getpid()
        self._pid = _forked()
        if self._pid == 0:
            # Imported there: what makes worlds is no part of what teaches in them.
            from nstutor.lab.factory_process import run_factory

            run_factory(end, parent, self._files, once=self._once)
        end.close()
        self._end = supervisor
        return self

    def request(self, limits: Limits, home: Path | None = None) -> PendingWorld:
        """Have a world made; the caller may do something else meanwhile.

        `home` is the learner's folder that becomes /root; None stands for an empty one that is thrown away.
        """
        if home is not None and not stat.S_ISDIR(os.stat(home).st_mode):
            raise UsageError(_("{path} is not a directory").format(path=home))
        return self._request(limits, home, fresh=False)

    def _request(self, limits: Limits, home: Path | None, *, fresh: bool) -> PendingWorld:
        ours, inits = wire.pair()
        ours.settimeout(ANSWER_SECONDS)
        request = WorldRequest(limits._asdict(), None if home is None else os.path.realpath(home), fresh)
        try:
            wire.send(self._end, request._asdict(), [inits.fileno()])
        except (BrokenPipeError, ConnectionResetError):
            ours.close()
            raise WorldDiedError(_("the process that makes the labs has ended")) from None
        finally:
            inits.close()
        return PendingWorld(ours, home, self._patience, lambda: self._request(limits, home, fresh=True))

    def world(self, limits: Limits, home: Path | None = None) -> World:
        """A world, once it stands."""
        return self.request(limits, home).wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.close()
        os.waitpid(self._pid, 0)


def _forked() -> int:
    """fork(2). Raises CannotRunHereError where the user or the machine has no room for another process."""
    try:
        return patiently(os.fork)
    except OSError as error:
        from nstutor.lab.refusals import refusal

        raise refusal("other", error.errno or 0, "fork") from None
