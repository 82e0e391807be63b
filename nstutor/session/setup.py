"""A lesson's setup, typed into its world before the learner has it."""

from __future__ import annotations

from nstutor.errors import CannotRunHereError
from nstutor.session.live import LiveSession
from nstutor.shell.turn import Ended, RunOptions
from nstutor.text.i18n import _

SETUP_SECONDS = 30.0
"""For each line of a lesson's setup."""


async def play_setup(live: LiveSession) -> None:
    """Make the surroundings that the lesson gives. Raises CannotRunHereError when a line of it fails."""
    setup, live.judging = live.session.plan.lesson.setup, False
    for line in setup.lines if setup else ():
        turn = await live.run(line.text, lambda _: None, RunOptions(SETUP_SECONDS, pace=True))
        if turn.ended is Ended.READY and turn.status:
            failed = _("the lesson's setup failed: {command}").format(command=line.text.strip())
            failed = f"{live.session.plan.lesson.path}:{line.number}: {failed}"
            raise CannotRunHereError(failed, turn.output.decode(errors="replace").strip())
    live.judging = True
    live.reset_baseline()
