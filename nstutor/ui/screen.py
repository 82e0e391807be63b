"""What the tutor says, on the learner's terminal. Calm: few colours, one blank line where the eye should rest."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from nstutor.checks.base import Check, Status, Verdict
from nstutor.coach.advice import Advice
from nstutor.kernel.diff import Change
from nstutor.kernel.model import HOST
from nstutor.lesson.model import Lesson, Question, Step

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
        self.console.print(Text(f"  {lesson.title}", "bold"))
        self._markdown(lesson.introduction)

    def step(self, lesson: Lesson, number: int, step: Step) -> None:
        """The heading, the prose, the question if there is one."""
        self.console.print()
        self._heading(lesson.title, f"step {number} of {len(lesson.steps)}")
        self.console.print()
        self.console.print(Text(f"  {step.title}", "bold"))
        self._markdown(step.prose)
        if step.questions and not step.checks:
            self.question(step.questions[0])
        self.console.print()

    def _heading(self, left: str, right: str) -> None:
        width = min(self.console.width, WIDEST)
        used = cell_len(left) + cell_len(right) + 8
        line = f"── {left} {'─' * max(2, width - used)} {right} ──"
        self.console.print(Text(line, "dim"), overflow="ellipsis", no_wrap=True)

    def question(self, question: Question) -> None:
        """A question, its choices numbered, and how to answer."""
        self.console.print()
        self._labelled("?", question.text, "info")
        for number, choice in enumerate(question.choices, 1):
            self._labelled(f"  {number}", choice, "info")
        how = ":answer NUMBER" if question.choices else ":answer TEXT"
        self.console.print(Text(f"    {how}", "dim"))

    # --- after a command ------------------------------------------------------------------------------------------

    def changes(self, changed: Sequence[Change], most: int | None = SHOWN_CHANGES) -> None:
        """What a command changed, dim."""
        shown = changed if most is None else changed[:most]
        for change in shown:
            where = f"  ({change.netns})" if change.netns != HOST else ""
            text = f"  {change.sign} {change.subject}{'  ' + change.detail if change.detail else ''}{where}"
            self.console.print(Text(text, "dim"), soft_wrap=True)
        if len(shown) < len(changed):
            self.console.print(Text(f"    and {len(changed) - len(shown)} more, :changes", "dim"))

    def advice(self, advice: Advice) -> None:
        """An explanation of what went wrong; a corrected command only if there is one."""
        self._labelled("ⓘ", advice.text, "info")
        if advice.command:
            self.console.print(Text.assemble("    ", (advice.command, "bold")), soft_wrap=True)

    def passed(self, number: int, step: Step, *, ahead: bool) -> None:
        """A pass, with its why."""
        self.console.print()
        word = f"Step {number}, {step.title}: done already. " if ahead else f"Step {number}. "
        self._markdown_after(Text.assemble(("✓ ", "good"), (word, "bold")), step.why)

    def next_step(self, number: int, step: Step) -> None:
        """The next step is announced, not scrolled in."""
        self.console.print(Text(f"    Enter: step {number}, {step.title}", "dim"))
        self.console.print()

    def finished(self, lesson: Lesson, following: str | None) -> None:
        """The last step was passed."""
        self.console.print()
        self.console.print(Text.assemble(("  ✓ ", "good"), (f"{lesson.title}: every step passed.", "bold")))
        then = f"Enter: go on with {following}" if following else "That was the last lesson."
        self.console.print(Text(f"    {then}   :quit leaves, or stay and try things out.", "dim"))
        self.console.print()

    # --- on request -----------------------------------------------------------------------------------------------

    def verdicts(self, checks: Sequence[Check], verdicts: Sequence[Verdict]) -> None:
        """Each check of the step, and why."""
        for check, verdict in zip(checks, verdicts, strict=False):
            sign, style = SIGNS[verdict.status]
            self._labelled(sign, check.goal, style)
            if not verdict.passed:
                for line in (verdict.message, verdict.advice):
                    if line:
                        self._print(Text(line), 6)

    def answered(self, text: str, *, right: bool) -> None:
        """What became of an answer."""
        self._labelled("✓" if right else "✗", text, "good" if right else "bad")

    def hint(self, number: int, of: int, hint: str) -> None:
        """One rung of the ladder."""
        self._markdown_after(Text(f"{number} of {of}  ", "dim"), hint)

    def code(self, script: str) -> None:
        """Commands, to read."""
        for line in script.splitlines():
            self.console.print(Text.assemble("    ", (line, "bold cyan")), soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """One plain line of the tutor's."""
        self._labelled("ⓘ", text, style or "info")

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _width(self) -> int:
        return min(self.console.width, WIDEST)

    def _print(self, what: RenderableType, indent: int = INDENT) -> None:
        self.console.print(Padding(what, (0, 0, 0, indent), expand=False), width=self._width())

    def _markdown(self, text: str) -> None:
        if text.strip():
            self.console.print()
            self._print(Markdown(text))

    def _markdown_after(self, label: Text, text: str) -> None:
        """Markdown whose first paragraph follows a label, all of it indented behind the label's sign."""
        grid = _hanging(label, text, self._width() - INDENT)
        self._print(grid)

    def _labelled(self, sign: str, text: str, style: str) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(sign, style), _inline(text))
        self._print(grid)


def _inline(text: str) -> Text:
    """One line of Markdown: only its code spans matter."""
    out = Text()
    for index, part in enumerate(text.split("`")):
        out.append(part, "bold cyan" if index % 2 else "")
    return out


def _hanging(label: Text, text: str, width: int) -> Table:
    """A sign, and beside it the label's words with the first paragraph behind them, then the rest."""
    first, _, rest = text.strip().partition("\n\n")
    sign, words = (label[:2], label[2:]) if label.plain[1:2] == " " else (Text("  "), label)
    parts: list[RenderableType] = [words + _inline(" ".join(first.split()))]
    if rest:
        parts += [Text(), Markdown(rest)]
    grid = Table.grid()
    grid.add_column(width=2, no_wrap=True)
    grid.add_column(overflow="fold", max_width=max(10, width - 2))
    grid.add_row(sign, Group(*parts))
    return grid
