"""A lesson, as its Markdown file has it. Knows nothing of the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.errors import Fault
from nstutor.text.i18n import PRIMARY

if TYPE_CHECKING:
    from nstutor.lesson.points import PassMark
    from nstutor.lesson.variables import Variant


class Line(NamedTuple):
    """One line of the lesson file: its text without the newline, its number and first column, both from 1."""

    text: str
    number: int
    column: int = 1


class Script(NamedTuple):
    """A fence of bash: `solution`, `setup`; its lines as they stand."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The script, each line ended by a newline."""
        return "".join(f"{line.text}\n" for line in self.lines)


class Wrong(NamedTuple):
    """A named wrong attempt and the words that its message must contain."""

    name: str
    script: Script
    expected: str
    from_empty: bool
    line: int


class Question(NamedTuple):
    """An `ask` fence. One of `answer` (a check-like expression read from the kernel) and `fixed` is set."""

    text: str
    choices: tuple[str, ...]
    answer: Line | None
    fixed: str | None
    line: int
    others: tuple[str, ...] = ()
    """Further fixed answers that are right: in a translation the one in the lesson's own language."""

    def asks_the_same(self, other: Question) -> bool:
        """Whether an answer to the other one answers this one, wherever in the file each of them stands."""
        mine, its = (one._replace(line=0, answer=None) for one in (self, other))
        return mine == its and (self.answer and self.answer.text) == (other.answer and other.answer.text)


class Step(NamedTuple):
    """A heading of level 2 and what stands under it."""

    id: str
    title: str
    line: int
    prose: str
    """Markdown."""
    checks: tuple[Line, ...]
    solutions: tuple[Script, ...]
    """The first is the solution, the others are alternatives."""
    hints: tuple[str, ...]
    """Weakest first, Markdown."""
    why: str
    """Markdown, shown after the pass; may be empty."""
    questions: tuple[Question, ...]
    wrongs: tuple[Wrong, ...]
    required: bool = False
    """`{#id .required}`: looking counts."""
    already: str = ""
    """Why its checks may hold before its solution (`already: REASON` behind `check`); empty if they must not."""
    points: int = 1
    """`{#id points=2}`: what it is worth, where it counts."""
    bonus: bool = False
    """`{#id .bonus}`: its points are added to the score, and nothing is lost without them."""

    def secret_lines(self) -> tuple[str, ...]:
        """The lines of its solutions that its own prose does not show."""
        lines = (line.text.strip() for script in self.solutions for line in script.lines)
        return tuple(line for line in lines if line and not line.startswith("#") and line not in self.prose)


class Lesson(NamedTuple):
    """One lesson file."""

    path: str
    sha256: str
    id: str
    title: str
    requires: tuple[str, ...]
    tools: tuple[str, ...]
    minutes: int | None
    introduction: str
    setup: Script | None
    solutions_all: tuple[Script, ...]
    steps: tuple[Step, ...]
    source: tuple[str, ...]
    """The file's lines, for located messages; with the values of the variant in them."""
    language: str = PRIMARY
    """Of its texts; everything else is the same in each."""
    translation_faults: tuple[Fault, ...] = ()
    """Why the texts are not in the language that was asked for, though there is a translation into it."""
    pass_mark: PassMark | None = None
    """What a submission needs; None where that is every step that counts."""
    variant: Variant | None = None
    """The values of its variables, and the seed that drew them; None where it declares none."""

    def step(self, step_id: str) -> Step | None:
        """The step with this id."""
        return next((step for step in self.steps if step.id == step_id), None)

    def check_lines(self) -> Iterator[tuple[Step, Line]]:
        """Every check line with its step."""
        for step in self.steps:
            for line in step.checks:
                yield step, line
