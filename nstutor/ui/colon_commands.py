"""The tutor's own commands. They begin with a colon; only a known word counts, everything else is bash's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable

from rich.text import Text

from nstutor import NamedTuple
from nstutor.checks.base import Status
from nstutor.errors import UsageError
from nstutor.lesson.model import Step
from nstutor.text.i18n import N_, _, n_
from nstutor.text.width import padded
from nstutor.ui.announcer import Announcer
from nstutor.ui.lesson_run import LessonRun, write_new

ABOUT_BASH = N_(
    "Everything else that you type is run by bash, in the lab. Nothing in it can harm your machine. `help` without the "
    "colon is bash's own. Tab completes; Ctrl-D leaves the innermost shell."
)
WIDEST_MAP = 100
LINE = r"(?s)\s*:([a-z]+)(?:\s+(.*?))?\s*"
"""A text, as re compiles it when it is first used."""


class Word(NamedTuple):
    """One command of the tutor's."""

    meaning: str
    act: Callable[[str], Awaitable[None]]
    key: str | None = None
    argument: str = ""


class Leave(Exception):  # noqa: N818 - it is no error
    """The learner leaves."""


class ColonCommands:
    """The commands, by word; `words` is what `:help` shows and completion offers."""

    def __init__(self, room: LessonRun, announcer: Announcer) -> None:
        self._room, self._teller = room, announcer
        self.words: dict[str, Word] = {
            "hint": Word(N_("a hint; again for a stronger one"), self.hint, "f1"),
            "map": Word(N_("draw the network as it is now; :map plain says it"), self.map, "f2"),
            "check": Word(N_("what the step still wants, and why"), self.check, "f3"),
            "step": Word(N_("show the step again"), self.step, "f4"),
            "answer": Word(N_("answer the step's question"), self.answer, None, N_("TEXT")),
            "changes": Word(N_("everything that the last command changed"), self.changes),
            "solution": Word(N_("show the step's solution (it is noted that you did)"), self.solution),
            "reset": Word(N_("a fresh world, at the start of this step"), self.reset),
            "goto": Word(N_("a fresh world, at the start of step N"), self.goto, None, N_("N")),
            "save": Word(N_("write your commands to FILE as a submission"), self.save, None, N_("FILE")),
            "help": Word(N_("this list"), self.help, "f5"),
            "quit": Word(N_("leave; the next time goes on from here"), self.quit),
        }

    def parse(self, line: str) -> tuple[Word, str] | None:
        """The command and its argument, if the line is one."""
        match = re.fullmatch(LINE, line)
        word = self.words.get(match[1]) if match else None
        return (word, match[2] or "") if match and word else None

    async def help(self, _argument: str = "") -> None:
        """List the commands."""
        screen = self._room.screen
        screen.console.print()
        for name, word in self.words.items():
            label = padded(f":{name} {_(word.argument)}".strip(), 13)
            screen.word(label, _(word.meaning), (word.key or "").upper())
        screen.remark(_(ABOUT_BASH))

    async def hint(self, _argument: str = "") -> None:
        """The next rung of the ladder."""
        step = self._room.step
        if step is None:
            self._room.screen.say(_("The lesson is done; there is nothing to hint at."))
            return
        if self._room.arrived.is_set():
            # Its successor was named only: nobody can make anything of a hint at what they have not read.
            self._teller.show_again()
        journal = self._room.journal
        shown = journal.progress.hints_shown(journal.run, step.id)
        number = min(shown, len(step.hints) - 1)
        self._room.screen.hint(number + 1, len(step.hints), step.hints[number])
        if shown >= len(step.hints) - 1:
            self._room.screen.after_hints()
        journal.progress.add_help(journal.run, step.id, "hint")

    async def solution(self, _argument: str = "") -> None:
        """Show the solution; that of the step just passed as long as its successor was only named."""
        room, step = self._room, self._room.step
        if room.arrived.is_set():
            room.screen.code(room.plan.lesson.steps[room.session.position - 1].solutions[0].text)
            return
        if step is None:
            room.screen.say(_("Every step is passed."))
            return
        room.screen.code(step.solutions[0].text)
        journal = room.journal
        journal.progress.add_help(journal.run, step.id, "solution")

    async def check(self, _argument: str = "") -> None:
        """Each check of the step at hand, and why; probes are tried anew."""
        room = self._room
        if room.step is None:
            room.screen.say(_("Every step is passed."))
            return
        step = room.step
        room.live.forget_probes()
        room.live.look()
        passed = await room.live.settle()
        if passed:
            await self._teller.passed(passed)
            return
        self._tell_verdicts(step)

    def _tell_verdicts(self, step: Step) -> None:
        """The checks, and the question once they all hold."""
        room = self._room
        verdicts = room.session.current.verdicts if room.session.current else ()
        room.screen.verdicts(room.plan.checks[step.id], verdicts)
        question = room.session.open_question()
        if question is not None and all(verdict.passed for verdict in verdicts):
            self._teller.put(step, question)

    async def step(self, _argument: str = "") -> None:
        """Show the step again."""
        self._teller.show_again()

    async def map(self, how: str = "") -> None:
        """Draw the network: on the screen, in sentences, or with houses into a file."""
        room, console = self._room, self._room.screen.console
        from nstutor.ui import map as maps

        if how.endswith(".svg"):
            self._draw_into(how)
        elif how.lstrip("-") == "plain":
            console.print(Text(maps.plain(room.live.look(), self._wanted())), soft_wrap=True)
        elif how:
            raise UsageError(_("`:map {what}` is no map").format(what=how), "  " + _(":map, :map plain, :map FILE.svg"))
        else:
            picture = maps.draw(room.live.look(), self._wanted(), width=min(console.width, WIDEST_MAP))
            console.print(picture, soft_wrap=True)

    def _draw_into(self, path: str) -> None:
        """The drawing in a new file."""
        from nstutor.kernel.model import Kind
        from nstutor.picture.svg import draw

        snapshot = self._room.live.look(frozenset({Kind.ROUTES}))
        write_new(path, draw(snapshot, title=self._room.plan.lesson.title, wanted=self._wanted()))
        self._room.screen.say(_("{path}: the network as it is now.").format(path=path))

    def _wanted(self) -> tuple[str, ...]:
        """What the step at hand still misses in the network."""
        state = self._room.session.current
        if state is None:
            return ()
        judged = zip(self._room.plan.checks[state.step.id], state.verdicts, strict=False)
        return tuple(check.label for check, verdict in judged if verdict.status is Status.FAILED and not check.looks)

    async def changes(self, _argument: str = "") -> None:
        """All changes of the last command."""
        if self._room.changes:
            self._room.screen.changes(self._room.changes, None)
        else:
            self._room.screen.say(_("The last command changed nothing that netlink tells of."))

    async def answer(self, text: str) -> None:
        """Answer the open question."""
        room = self._room
        index = room.session.open_question()
        if room.step is None or index is None:
            room.screen.say(_("No question is open."))
            return
        if room.arrived.is_set():
            # Nor is anything an answer to what they have not read.
            self._teller.show_again()
            return
        question = room.step.questions[index]
        if not text:
            self._teller.put(room.step, index)
            return
        from nstutor.checks.answer import is_right, needs
        from nstutor.ui.answers import otherwise

        snapshot = room.live.look(needs(question))
        correct = is_right(question, text, snapshot)
        room.journal.progress.add_answer(room.journal.run, room.step.id, index, text, correct=correct)
        if correct:
            await self._answered(room.step, index)
        else:
            room.screen.answered(otherwise(question, room.plan.lesson.path, snapshot), right=False)

    async def _answered(self, step: Step, question: int) -> None:
        """A right answer: the step is passed by it, or something else is still open."""
        room = self._room
        passed = room.session.answer(question, room.live.observation()).passed
        passed += await room.live.settle(brief=True)  # what hangs on a probe, in the network as it is now
        if passed:
            await self._teller.passed(passed)
            return
        room.screen.answered(_("Yes."), right=True)
        following = room.session.open_question()
        if following is not None:
            self._teller.put(step, following)

    async def reset(self, _argument: str = "") -> None:
        """A fresh world at the start of the step."""
        await self._room.reset()
        self._teller.show_again()

    async def goto(self, word: str) -> None:
        """A fresh world at the start of another step."""
        await self._room.go_to(self._room.find_step(word))
        self._teller.show_again()

    async def save(self, path: str) -> None:
        """Write the commands as a submission."""
        if not path:
            raise UsageError(_("name the file"), "  :save work.sh")
        count, told = self._room.save(path)
        lesson = self._room.plan.lesson
        seed = f" --seed {shlex.quote(lesson.variant.seed)}" if lesson.variant else ""
        grade = f"nstutor check {lesson.id} {path}{seed}"
        text = n_(
            "{path}: {n} line. Grade it with `{command}`.", "{path}: {n} lines. Grade it with `{command}`.", count
        )
        self._room.screen.say(text.format(path=path, n=count, command=grade))
        if told:
            self._room.screen.say(told, "yellow")

    async def quit(self, _argument: str = "") -> None:
        """Leave."""
        raise Leave
