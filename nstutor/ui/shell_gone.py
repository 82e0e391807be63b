"""Going on after the end of a lesson's outermost shell: a new shell in the same lab, or the lab built again."""

from __future__ import annotations

from nstutor.text.i18n import _
from nstutor.ui.lesson_run import LessonRun


async def replace_shell(room: LessonRun) -> None:
    """Say that the outermost shell has ended, and start another one; where its end was the lab's, rebuild that."""
    if room.world.ended:
        why = room.live.monitor.kill_reason
        text = (
            _("The lab ended: {why}. It is built again as it was before.").format(why=why)
            if why
            else (_("The lab ended under your command. It is built again as it was before."))
        )
        room.screen.say(text, "yellow")
        await room.renew(room.journal)
        return
    room.screen.say(_("That was the outermost shell. A new one starts in the same lab; :quit leaves nstutor."))
    await room.reopen_shell()
