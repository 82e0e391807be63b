"""What is tried when a lesson is proved, and what comes of it: records that travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nstutor.errors import Fault
from nstutor.proof.languages import LanguageProof

State = frozenset[str]
"""The lab's network as lines in the grammar of checks, without what differs from run to run."""


class Kind(Enum):
    """What is played in one fresh world."""

    REFERENCE = "reference"
    """The steps one by one, each with its solution: the measure of all the rest."""
    ALTERNATIVE = "alternative"
    """The steps up to one that is solved in another way."""
    ONE_GO = "one go"
    """All solutions as one submission."""
    ALL = "all"
    """A `solution all`, as a submission."""
    WRONG = "wrong"
    """A wrong attempt where its step begins."""
    MUTANT = "mutant"
    """A step's solution with a slip in it."""


class MutantResult(Enum):
    """What became of a mutant."""

    NOTICED = "noticed"
    EQUIVALENT = "equivalent"
    """It left the same state: there is nothing to notice."""
    UNNOTICED = "unnoticed"


@dataclass(frozen=True, order=True)
class Finding:
    """Something that the proof holds against the lesson, at a line of its file."""

    line: int
    message: str
    step: str = ""
    """Id of the step it belongs to."""


@dataclass(frozen=True)
class Names:
    """What a slip may confuse: each namespace of the lab with its devices, and the addresses."""

    devices: Mapping[str, tuple[str, ...]]
    addresses: tuple[str, ...] = ()
    """With their prefix lengths."""


@dataclass(frozen=True)
class Command:
    """One command of a solution as bash took it."""

    lines: tuple[str, ...]
    number: int
    """Of its first line in the file."""
    seconds: float
    executed: int
    """Programs that it started."""

    @property
    def text(self) -> str:
        """The command in one line, to be quoted."""
        return "; ".join(line.strip() for line in self.lines)


@dataclass(frozen=True)
class StepReference:
    """What a step's solution did."""

    commands: tuple[Command, ...]
    before: State
    after: State
    namespace_stack: tuple[str, ...]
    """The namespaces of the shells after it, the outermost first."""
    names: Names
    """What was there before or after it."""

    @property
    def changes_nothing(self) -> bool:
        """Whether the steps after it can be played without it."""
        return self.before == self.after and self.namespace_stack == ("host",)


@dataclass(frozen=True)
class Mutant:
    """A step's solution with one slip: its lines, the line of the file that it is about, and words for it."""

    step: int
    lines: tuple[str, ...]
    number: int
    words: str
    """`leaving out "ip link set wangpo up"`."""
    leaves_out: bool = False
    excusable: bool = True
    """Whether the same state afterwards means that there was nothing to notice."""
    seconds: float = 30.0
    """For each of its commands."""


@dataclass(frozen=True)
class Task:
    """One play of one lesson."""

    lesson: int
    kind: Kind
    step: int = 0
    number: int = 0
    mutant: Mutant | None = None
    reference: tuple[StepReference, ...] = ()
    """Empty for the reference itself."""
    run: int = 0
    """Counts the repetitions."""

    @property
    def key(self) -> tuple[object, ...]:
        """What is the same in each repetition."""
        return (
            self.kind,
            self.step,
            self.number,
            self.mutant.words if self.mutant else "",
            (self.mutant.number if self.mutant else 0),
        )


@dataclass(frozen=True)
class Outcome:
    """What came of a play."""

    findings: tuple[Finding, ...] = ()
    failed: frozenset[int] = frozenset()
    """Lines of the checks that failed in it at some moment."""
    took: Mapping[int, float] = field(default_factory=dict)
    """Line of a check to the seconds from the end of the command that made it hold until that was known."""
    reference: tuple[StepReference, ...] = ()
    """Of the steps in their order, up to the first one that is not passed by its solution."""
    fate: MutantResult | None = None


@dataclass(frozen=True)
class StepProof:
    """One step: how many plays of each kind there were, and what is held against it."""

    id: str
    title: str
    line: int
    already: bool
    alternatives: int
    wrongs: int
    mutants: int
    """Without the equivalent ones."""
    noticed: int
    equivalent: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class CheckTimes:
    """How long a check took to hold after the command that made it so, in each run, in seconds."""

    line: int
    text: str
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class LessonProof:
    """One lesson file: its faults, or what its plays came to."""

    path: str
    faults: tuple[Fault, ...] = ()
    error: str = ""
    """Why the file cannot be read at all."""
    steps: tuple[StepProof, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What belongs to no step."""
    solutions: int = 0
    points: int = 0
    """What a submission can get."""
    times: tuple[CheckTimes, ...] = ()
    runs: int = 1
    seconds: float = 0.0
    source: tuple[str, ...] = ()
    languages: tuple[LanguageProof, ...] = ()
    seed: str | None = None
    """What the lesson's variables were drawn from."""

    @property
    def readable(self) -> bool:
        """Whether there was a lesson to play."""
        return not (self.faults or self.error)

    @property
    def well_formed(self) -> bool:
        """Whether neither the file nor a translation of it has faults."""
        return self.readable and not any(language.faults for language in self.languages)

    @property
    def mutants(self) -> int:
        """How many mutants there were to be noticed."""
        return sum(step.mutants for step in self.steps)

    @property
    def noticed(self) -> int:
        """How many of them were."""
        return sum(step.noticed for step in self.steps)

    @property
    def proved(self) -> bool:
        """Whether nothing at all is held against it."""
        parts_proved = all(not step.findings for step in self.steps) and all(one.proved for one in self.languages)
        return self.readable and not self.findings and parts_proved

    def located(self, finding: Finding) -> Fault:
        """The finding at its place, with the line itself."""
        source = self.source[finding.line - 1] if 0 < finding.line <= len(self.source) else ""
        text = source.strip()
        return Fault(self.path, finding.line, source.find(text) + 1, finding.message, source, max(1, len(text)))
