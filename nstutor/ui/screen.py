"""What the tutor says, on the learner's terminal. Calm: few colours, one blank line where the eye should rest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text
from rich.theme import Theme

from nstutor.checks.base import Check, Status, Verdict
from nstutor.errors import UsageError
from nstutor.lesson.cjk import joined
from nstutor.lesson.model import Lesson, Question, Step
from nstutor.text.i18n import _, sentences
from nstutor.text.names import HOST
from nstutor.ui.flow import Flowing
from nstutor.ui.prose import inline, lines_of, paragraphs, pieces

if TYPE_CHECKING:
    from nstutor.coach.advice import Advice
    from nstutor.kernel.diff import Change

THEME = Theme(
    {
        "markdown.code": "bold cyan",
        "markdown.code_block": "cyan",
        "markdown.h1": "bold",
        "good": "green",
        "bad": "red",
        "info": "blue",
    }
)
SHOWN_CHANGES = 5
INDENT = 2
WIDEST = 78
SIGNS = {Status.PASSED: ("✓", "good"), Status.FAILED: ("✗", "bad"), Status.NOT_CHECKED: ("·", "dim")}


class Screen:
    """Prints; knows nothing of the session but what it is given."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(theme=THEME, highlight=False)

    # --- a lesson -------------------------------------------------------------------------------------------------

    def lesson(self, lesson: Lesson) -> None:
        """The introduction."""
        self.console.print()
        self._print(Text(lesson.title, "bold"))
        self._markdown(lesson.introduction)

    def step(self, lesson: Lesson, number: int, step: Step, question: Question | None = None) -> None:
        """The heading, the prose, and the question if one is to be put."""
        self.console.print()
        self._heading(lesson.title, _("step {n} of {all}").format(n=number, all=len(lesson.steps)))
        self.console.print()
        self._print(Text(step.title, "bold"))
        self._markdown(step.prose)
        if question is not None:
            self.question(question)
        self.console.print()

    def _heading(self, left: str, right: str) -> None:
        width = min(self.console.width, WIDEST)
        used = cell_len(left) + cell_len(right) + 8
        line = f"── {left} {'─' * max(2, width - used)} {right} ──"
        self.console.print(Text(line, "dim"), overflow="ellipsis", no_wrap=True)

    def question(self, question: Question) -> None:
        """A question, its choices numbered, and how to answer."""
        self.asked(question)
        how = _(":answer NUMBER") if question.choices else _(":answer TEXT")
        self.console.print(Text(f"    {how}", "dim"))

    def asked(self, question: Question) -> None:
        """A question and its choices."""
        self.console.print()
        self._labelled("?", joined(question.text), "info")
        for number, choice in enumerate(question.choices, 1):
            self._labelled(f"  {number}", choice, "info")

    def word(self, label: str, meaning: str, key: str) -> None:
        """A command of the tutor's in the list of them."""
        self._hang(Text(label, "bold"), Text.assemble(meaning, (f"  {key}" if key else "", "dim")))

    def remark(self, text: str) -> None:
        """A paragraph that nobody need read, dim."""
        self.console.print()
        paragraph = inline(text)
        paragraph.style = "dim"
        self._print(paragraph)

    # --- after a command ------------------------------------------------------------------------------------------

    def changes(self, changed: Sequence[Change], most: int | None = SHOWN_CHANGES) -> None:
        """What a command changed, dim."""
        shown = changed if most is None else changed[:most]
        for change in shown:
            where = f"  ({change.netns})" if change.netns != HOST else ""
            text = f"  {change.sign} {change.subject}{'  ' + change.detail if change.detail else ''}{where}"
            self.console.print(Text(text, "dim"), soft_wrap=True)
        if len(shown) < len(changed):
            more = _("and {n} more, :changes").format(n=len(changed) - len(shown))
            self.console.print(Text(f"    {more}", "dim"))

    def advice(self, advice: Advice | None) -> None:
        """An explanation of what went wrong, if there is one, and the corrected command."""
        if advice is None:
            return
        self._labelled("ⓘ", advice.text, "info")
        if advice.command:
            self.console.print(Text.assemble("    ", (advice.command, "bold")), soft_wrap=True)

    def passed(self, number: int, step: Step, *, ahead: bool) -> None:
        """A pass, with its why."""
        self.console.print()
        word = _("Step {n}, {title}: done already.") if ahead else _("Step {n}.")
        label = Text(sentences(word.format(n=number, title=step.title), ""), "bold")
        self._markdown_after(Text("✓", "good"), label, step.why)

    def next_step(self, number: int, step: Step) -> None:
        """The next step is announced, not scrolled in."""
        self._print(Text(_("Enter: step {n}, {title}").format(n=number, title=step.title), "dim"), 2 * INDENT)
        self.console.print()

    def finished(self, lesson: Lesson, following: str | None) -> None:
        """The last step was passed."""
        self.console.print()
        done = _("{lesson}: every step passed.").format(lesson=lesson.title)
        self.console.print(Text.assemble(("  ✓ ", "good"), (done, "bold")))
        then = _("Enter: go on with {lesson}") if following else _("That was the last lesson.")
        stay = _(":quit leaves, or stay and try things out.")
        self._print(Text(f"{then.format(lesson=following)}   {stay}", "dim"), 2 * INDENT)
        self.console.print()

    def after_the_last(self) -> None:
        """Enter, where no lesson follows."""
        self.say(_("Nothing follows, and the lab stays: try things out, go back with `:goto N`, or leave with :quit."))

    def left(self) -> None:
        """The learner is back where they started nstutor."""
        self.say(_("The lab is gone; from here on you type to your own machine again."))

    # --- on request -----------------------------------------------------------------------------------------------

    def verdicts(self, checks: Sequence[Check], verdicts: Sequence[Verdict]) -> None:
        """Each check of the step, and why."""
        for check, verdict in zip(checks, verdicts, strict=False):
            sign, style = SIGNS[verdict.status]
            self._labelled(sign, check.goal, style)
            if not verdict.passed:
                for line in (verdict.message, verdict.advice):
                    if line:
                        self._print(inline(line), 6)

    def answered(self, text: str, *, right: bool) -> None:
        """What became of an answer."""
        self._labelled("✓" if right else "✗", text, "good" if right else "bad")

    def hint(self, number: int, of: int, hint: str) -> None:
        """One rung of the ladder."""
        self._markdown_after(Text(_("{n} of {all}").format(n=number, all=of) + " ", "dim"), Text(), hint)

    def after_hints(self) -> None:
        """The ladder has no more rungs."""
        self.console.print(Text("          " + _(":solution shows the commands"), "dim"))

    def code(self, script: str, indent: int = 2 * INDENT) -> None:
        """Commands, to read and to copy: never wrapped."""
        for line in script.splitlines():
            self.console.print(Text.assemble(" " * indent, (line, "bold cyan")), soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """One plain line of the tutor's."""
        self._labelled("ⓘ", text, style or "info")

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """What the body says of bad input, or of a disk that is full, is told; nothing is lost by it."""
        try:
            yield
        except UsageError as error:
            self.say(str(error), "yellow")

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _print(self, what: RenderableType, indent: int = INDENT) -> None:
        what = Flowing(what) if isinstance(what, Text) else what
        options = self.console.options.update(width=min(self.console.width, WIDEST) - indent)
        for line in lines_of(self.console, what, options):
            self.console.print(Segments([Segment(" " * indent if line else ""), *line, Segment.line()]), end="")

    def _markdown(self, text: str, indent: int = INDENT) -> None:
        """Each piece after a blank line; code is not wrapped, so that it can be copied."""
        for piece in pieces(text):
            self.console.print()
            if piece.is_code:
                self.code(piece.text, indent + 2)
            else:
                self._print(flowing(joined(piece.text)), indent)

    def _markdown_after(self, sign: Text, label: Text, text: str) -> None:
        """Markdown whose first paragraph follows a label, all of it indented behind the sign."""
        first, _blank, rest = text.strip().partition("\n\n")
        self._hang(sign, Text.assemble(label, inline(" ".join(joined(first).split()))))
        self._markdown(rest, INDENT + sign.cell_len + 1)

    def _labelled(self, sign: str, text: str, style: str) -> None:
        self._hang(Text(sign, style), inline(text))

    def _hang(self, sign: Text, text: Text) -> None:
        """A sign, and the text beside it."""
        from rich.table import Table

        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(sign, Flowing(text))
        self._print(grid)


def flowing(prose: str) -> RenderableType:
    """A prose, broken into lines; most are paragraphs only, for which nobody waits until Markdown's reader is there."""
    plain = paragraphs(prose)
    if plain is not None:
        return Flowing(Text("\n\n").join(map(inline, plain)))
    from nstutor.ui.markdown import FlowingMarkdown

    return FlowingMarkdown(prose)
