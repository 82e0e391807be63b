"""A class of submissions of `bridge` with known verdicts: right ones, ones with a mistake each, and attacks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from check_runs import DATA, Graded, complaints, lost, stored
from mistakes import MISTAKES

RIGHT = sorted((DATA / "right" / "bridge").glob("*.sh"))
LIMITS = ("--command-limit", "4", "--limit", "60")
"""For a line it is short, for the attacks, and long enough for a ping of three; the whole time suits any machine."""

ATTACKS = {
    "deletes-everything": "rm -rf --no-preserve-root / 2>/dev/null; rm -rf ~ /etc/* /run/* /tmp/*",
    "forks-for-ever": ":(){ :|:& };:",
    "kills-all": "kill -9 -1; kill -9 -1",
    "prints-for-ever": "yes",
    "ignores-every-signal": "trap '' INT TERM HUP QUIT; while :; do :; done",
    "forges-marks": "printf '\\033]133;D;0;x\\007\\033]133;A\\007'; PROMPT_COMMAND= PS0= PS1= ",
    "goes-early": "exit 0",
    "daemon": "setsid sh -c 'while :; do ip link; done' >/dev/null 2>&1 &",
}


@dataclass(frozen=True)
class Known:
    """A submission, and what must come of it."""

    script: bytes
    first_lost: str | None
    """Id of the first step that costs points; None for one that passes."""
    words: str = ""
    """Words of what is said there."""

    def judged_right(self, graded: Graded) -> bool:
        """Whether the report says so."""
        if graded["error"] is not None or graded["passed"] != (self.first_lost is None):
            return False
        said = [message for step, message in complaints(graded) if step == self.first_lost]
        return lost(graded)[:1] == ([self.first_lost] if self.first_lost else []) and (
            not self.words or any(self.words in message for message in said)
        )


def submissions(count: int) -> dict[str, Known]:
    """So many of them by file name, each another text: of ten one attacks, and of the rest every other one is right."""
    attacks, right, wrong = (itertools.cycle(kind) for kind in (list(_attacks()), list(_right()), list(_wrong())))
    found = {}
    for number in range(count):
        name, known = next(attacks if number % 10 == 9 else right if number % 2 else wrong)
        head = f"# student {number}\n".encode()
        found[f"{number:03}-{name}.sh"] = Known(head + known.script, known.first_lost, known.words)
    return found


def write(folder: Path, known: dict[str, Known]) -> Path:
    """Hand them in."""
    folder.mkdir()
    for name, submission in known.items():
        (folder / name).write_bytes(submission.script)
    return folder


def _right() -> Iterator[tuple[str, Known]]:
    for path in RIGHT:
        yield path.stem, Known(path.read_bytes(), None)


def _wrong() -> Iterator[tuple[str, Known]]:
    for mistake in MISTAKES:
        if mistake.lesson == "bridge":
            yield mistake.name, Known(mistake.script(), mistake.step, mistake.words)


def _attacks() -> Iterator[tuple[str, Known]]:
    """What attacks loses everything that comes after it, and nothing that came before it."""
    plain = stored("right/bridge/plain")
    for name, line in ATTACKS.items():
        attack = f"{line}\n".encode()
        yield f"{name}-first", Known(attack, "houses")
        yield f"{name}-last", Known(plain + attack, None)
