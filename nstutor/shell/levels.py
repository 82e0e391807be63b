"""Where the shells of a terminal stand, from the outermost one to the one in front."""

from __future__ import annotations

from collections.abc import Mapping

from nstutor import NamedTuple
from nstutor.kernel import process
from nstutor.kernel.basics import Identity
from nstutor.shell.pty import Pty
from nstutor.text.names import HOST


class Level(NamedTuple):
    """A namespace on the way from the outermost shell to the one in front."""

    netns: str
    shells: tuple[str, ...] = ()
    """The names of the shells in it, without the first one."""


def levels(pty: Pty, names: Mapping[Identity, str]) -> tuple[Level, ...]:
    """The namespaces on the way, equal neighbours once, with the shells started in each behind the first one.

    `names` are those of the lab's namespaces by their identity.
    """
    found: list[Level] = []
    has_shell = False
    for pid in process.shells_on(pty.master, pty.pid) or (pty.pid,):
        identity = process.identity_of(pid)
        name = names.get(identity, f"net:[{identity[1]}]") if identity else None
        if name is None:
            continue
        if not found or found[-1].netns != name:
            found.append(Level(name))
            has_shell = False
        if process.has_job_control(pid):
            if has_shell:
                found[-1] = Level(name, (*found[-1].shells, process.name_of(pid)))
            has_shell = True
    return tuple(found) or (Level(HOST),)
