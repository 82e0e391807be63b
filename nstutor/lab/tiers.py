"""What kind of lab this machine allows: tried, never assumed. Standard library only; `nstutor doctor` starts here."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass

from nstutor.errors import CannotRunHereError, NstutorError
from nstutor.lab.identity import Tier
from nstutor.lab.limits import Limits
from nstutor.lab.refusals import MORE_USER_NAMESPACES
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.text.i18n import N_, _

__all__ = ["LOST_FLAT", "Capability", "Tier", "probe"]

LOST_FLAT = (
    N_("the learner's mounts are not locked: outside the lab home only the permissions of files guard them"),
    N_(
        "limits on the number of namespaces can be raised from inside, and taken away from the labs after it: "
        "no submission is graded"
    ),
    N_("nstutor's own files can be read where they are below /usr"),
)
_REASONS = {
    Tier.ROOTLESS: N_("labs run as you, in user namespaces"),
    Tier.ROOT: N_("started as root; labs run as ids that own nothing"),
    Tier.FLAT: N_("this machine allows too few nested user namespaces"),
}


@dataclass(frozen=True, slots=True)
class Capability:
    """What a machine allows."""

    tier: int
    """1 rootless, 2 real root, 3 with one level of protection less, 4 no lab at all."""
    reason: str
    """Why it is that tier, in a line or a few."""
    remedy: str | None
    """The one command that would improve it; None if nothing needs to."""
    lost: tuple[str, ...] = ()
    """What a lab of this tier lacks."""

    @property
    def possible(self) -> bool:
        """Whether there can be a lab."""
        return self.tier < Tier.NONE


def probe() -> Capability:
    """Make a world and undo it, all in a child of this process, and say how it went. The caller stays as it is."""
    ours, childs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            childs.sendall(json.dumps(_try()).encode())
        finally:
            os._exit(0)
    childs.close()
    with ours, ours.makefile("rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return _capability(*(json.loads(text) if text else (Tier.NONE, _("The trial lab ended without a word."), None)))


def _try() -> tuple[int, str, str | None]:
    """Tier, reason and remedy; the child's part, after which nothing of it is of use."""
    try:
        become_supervisor()
        with WorldFactory() as factory, factory.world(Limits.grading()) as world:
            remedy = MORE_USER_NAMESPACES if world.tier is Tier.FLAT else None
            return world.tier, _REASONS[world.tier], remedy
    except CannotRunHereError as error:
        return Tier.NONE, error.message, error.hint
    except (NstutorError, OSError) as error:
        return Tier.NONE, _("the trial lab failed: {error}").format(error=error), None


def _capability(tier: int, reason: str, remedy: str | None) -> Capability:
    return Capability(tier, reason, remedy, LOST_FLAT if tier == Tier.FLAT else ())
