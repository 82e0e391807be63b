"""Ends a program at its terminal in every way and at random moments, and looks what is left behind.

Standard library only, apart from the program under test.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from places import NSTUTOR, SCRIPT, Desk
from pty_terminal import PtyTerminal
from tags import TAG, Tags

LESSON = """\
---
format: 1
id: short
title: A short lesson
---
Hello.

```setup
ip link add here type veth peer name there
ip addr add 10.9.9.1/24 dev here
ip link set here up
ip link set there up
```

## Build eden {#eden}

Prose.

```check
netns eden
```

```hint
Think.
```

```solution
sleep 0.4; ip netns add eden
```

## Reach nobody {#nobody}

Prose.

```check
ping 10.9.9.9
```

```hint
Think.
```

```solution
ip addr add 10.9.9.9/32 dev lo
```
"""
NOISE = "(while :; do ip link add noisy type dummy; ip link delete noisy; echo noise; sleep 0.02; done) &"
SLOW = ("sleep 0.3", "ip netns add zoo", "sleep 0.4; true", "sleep 0.2; true")
"""Lines that take a while when the lab is built again."""
FAREWELL = "on you type to your own machine again"
INTERRUPTED = 130
PATIENCE = 10.0
"""Seconds in which every process must have ended."""
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
WAYS = ("closed", "killed", "stopped", *(number.name for number in ENDING))


@dataclass
class Try:
    """One program at its terminal, about to be ended."""

    desk: Desk
    way: str
    tags: Tags = field(default_factory=Tags)
    waits_for_keys: bool = True
    """A line that is typed now is answered, whether it was stopped meanwhile or not."""

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.desk.folder

    def pause(self, most: float) -> None:
        """For as long as it happens to be."""
        time.sleep(self.desk.rng.uniform(0, most))

    def learn(self) -> PtyTerminal:
        """The lesson, started or gone on with."""
        (self.folder / "short.md").write_text(LESSON)
        return self.desk.open(*NSTUTOR, "learn", str(self.folder / "short.md"))

    def line(self, terminal: PtyTerminal, command: str = "") -> None:
        """Type a line with a tag and Enter."""
        terminal.line(f"{command}{'; ' * bool(command)}{self.tags.command()}")

    def begun(self, terminal: PtyTerminal, command: str) -> None:
        """Type a line, and wait for its tag, with which it begins."""
        terminal.line(f"{self.tags.command()}; {command}")
        terminal.wait(f"T{self.tags.given[-1]}:1", 40)


Moment = Callable[[Try], "Iterator[PtyTerminal]"]


# --- the moments ------------------------------------------------------------------------------------------------------


def _start(trial: Try) -> Iterator[PtyTerminal]:
    trial.waits_for_keys = False
    with trial.learn() as terminal:
        trial.pause(2.5)
        yield terminal


def _prompt(trial: Try) -> Iterator[PtyTerminal]:
    with trial.learn() as terminal:
        terminal.wait("host ❯", 60)
        trial.pause(0.4)
        yield terminal


def _half_a_line(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        trial.line(terminal)
        trial.pause(0.3)
        terminal.type("ip netns add ed")
        trial.pause(0.1)
        trial.waits_for_keys = False
        yield terminal


def _lines(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        for number in range(trial.desk.rng.randrange(2, 8)):
            trial.line(terminal, trial.desk.rng.choice(("", f"ip netns add n{number}", "sleep 0.1")))
        trial.pause(2)
        yield terminal


def _program(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        trial.waits_for_keys = False
        trial.begun(terminal, trial.desk.rng.choice(("less /etc/passwd", "ping 127.0.0.1", "cat", "top")))
        trial.pause(0.5)
        yield terminal


def _verdict(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        trial.line(terminal, "ip netns add eden")
        terminal.wait("Enter: step 2", 40)
        terminal.line("")
        trial.line(terminal, "ip link add x type dummy")
        trial.pause(1.5)
        yield terminal


def _noise(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        terminal.line(NOISE)
        terminal.wait(re.compile(r"noise\s"), 40)
        terminal.type(trial.desk.rng.choice(("", "echo half", "\x1bOR")))
        trial.pause(1)
        trial.waits_for_keys = False
        yield terminal


def _new_world(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        trial.waits_for_keys = False
        trial.line(terminal, "sleep 0.3")
        terminal.line(trial.desk.rng.choice((":goto 2", ":reset")))
        trial.pause(2)
        yield terminal


def _resume(trial: Try) -> Iterator[PtyTerminal]:
    for terminal in _prompt(trial):
        for slow in SLOW:
            trial.line(terminal, slow)
        terminal.wait(f"T{len(SLOW)}:1", 40)
        terminal.line(":quit")
        terminal.status()
    trial.waits_for_keys = False
    with trial.learn() as terminal:
        trial.pause(4)
        yield terminal


def _menu(trial: Try) -> Iterator[PtyTerminal]:
    trial.waits_for_keys = False
    with trial.desk.open(*NSTUTOR) as terminal:
        if trial.desk.rng.random() < 0.7:
            terminal.wait("q leaves", 40)
            terminal.type(trial.desk.rng.choice(("", "\x1b[B", "\r", "\x1b[B\r")))
        trial.pause(1)
        yield terminal


def _attached(trial: Try) -> Iterator[PtyTerminal]:
    for first in _prompt(trial):
        with trial.desk.open(*NSTUTOR, "attach") as terminal:
            if trial.desk.rng.random() < 0.7:
                terminal.wait("host ❯", 40)
                terminal.line(trial.desk.rng.choice(("", "ping 127.0.0.1", NOISE, "echo begun; cat")))
            trial.waits_for_keys = False
            trial.pause(1)
            yield terminal
        # What ran in the second terminal ends with it, and the first one goes on.
        trial.line(first, "until ! grep -qs ping /proc/[0-9]*/comm; do :; done")
        first.wait(f"T{trial.tags.given[-1]}:1", 40)
        os.kill(first.pid, signal.SIGTERM)
        assert first.status() == INTERRUPTED


def _attached_to(trial: Try) -> Iterator[PtyTerminal]:
    for first in _prompt(trial):
        with trial.desk.open(*NSTUTOR, "attach") as second:
            second.wait("host ❯", 40)
            second.line(trial.desk.rng.choice(("", "ping 127.0.0.1", NOISE)))
            trial.pause(0.5)
            yield first
            second.wait("Press a key", 20)
            second.type("x")
            assert second.status() == 0


def _at(trial: Try) -> Iterator[PtyTerminal]:
    (trial.folder / "short.md").write_text(LESSON)
    (trial.folder / "work.sh").write_text(SCRIPT)
    with trial.desk.open(*NSTUTOR, "check", "short.md", "work.sh", "--at", "eden", "--shell") as terminal:
        trial.waits_for_keys = False
        if trial.desk.rng.random() < 0.7:
            terminal.wait("host ❯", 60)
            terminal.line(trial.desk.rng.choice(("", "ping 127.0.0.1", "cat", NOISE)))
            trial.pause(0.5)
        else:
            trial.pause(3)
        yield terminal


MOMENTS: dict[str, Moment] = {
    "start": _start,
    "prompt": _prompt,
    "half-a-line": _half_a_line,
    "lines": _lines,
    "program": _program,
    "verdict": _verdict,
    "noise": _noise,
    "new-world": _new_world,
    "resume": _resume,
    "menu": _menu,
    "attached": _attached,
    "attached-to": _attached_to,
    "at": _at,
}


# --- the ends ---------------------------------------------------------------------------------------------------------


def play_any(seed: int) -> None:
    """One of all, as the seed has it."""
    rng = random.Random(seed)
    play(rng.choice(tuple(MOMENTS)), rng.choice(WAYS), seed)


def play(moment: str, way: str, seed: int) -> None:
    """End it in this way at this moment. AssertionError, with the seed, where anything is lost or left behind."""
    rng = random.Random(f"{moment} {way} {seed}")
    with tempfile.TemporaryDirectory(prefix="ends-") as folder:
        trial = Try(Desk(Path(folder), rng), way)
        try:
            with contextmanager(MOMENTS[moment])(trial) as terminal:
                _end(trial, terminal)
        except AssertionError as error:
            raise AssertionError(f"{moment}, {way}, seed {seed}: {error}") from None


def _end(trial: Try, terminal: PtyTerminal) -> None:
    settings = terminal.before
    if trial.way == "stopped":
        _stop_and_go_on(trial, terminal, settings)
    pid, number = terminal.pid, _signal(trial.way)
    if number is None:
        terminal.close()
    else:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        status = terminal.status()
        assert status in {INTERRUPTED, -number}, terminal.told(f"exit status {status}")
    _nothing_is_left(trial, terminal, pid)
    if number not in {None, signal.SIGKILL}:
        assert terminal.settings() == settings, terminal.told(f"{terminal.settings()} and not {settings}")
        assert FAREWELL in terminal.text or "❯" not in terminal.text, terminal.told("it left without a word")
    _record_is_whole(trial, terminal)


def _signal(way: str) -> signal.Signals | None:
    if way == "closed":
        return None
    return {"killed": signal.SIGKILL, "stopped": signal.SIGTERM}.get(way) or signal.Signals[way]


def _stop_and_go_on(trial: Try, terminal: PtyTerminal, settings: list[object]) -> None:
    """As with a shell that sets the terminal as it likes meanwhile."""
    if not trial.waits_for_keys:
        return
    terminal.wait("❯", 40)
    os.kill(terminal.pid, signal.SIGSTOP)
    ours = terminal.settings()
    terminal.set(settings)
    os.kill(terminal.pid, signal.SIGCONT)
    trial.line(terminal)
    terminal.wait(f"T{trial.tags.given[-1]}:1", 40)
    assert terminal.settings()[3] == ours[3], terminal.told(f"{terminal.settings()} and not {ours}")


def _nothing_is_left(trial: Try, terminal: PtyTerminal, pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while left := [found for found in _processes(trial.folder) if _is_of(found, pid)]:
        assert time.monotonic() < deadline, terminal.told(f"processes {left} are left")
        time.sleep(0.05)
    if trial.way != "killed":
        sockets = list(trial.folder.rglob(f"lab-{pid}.sock"))
        assert not sockets, terminal.told(f"{sockets} are left")
    reports = list(trial.folder.rglob("nstutor-report-*"))
    assert not reports, terminal.told(reports[0].read_text() if reports else "")


def _is_of(found: int, pid: int) -> bool:
    """Whether it is that program, was started by it, or lost its parent: all others have ours among theirs."""
    above = {found, *_ancestors(found)}
    return pid in above or os.getpid() not in above


def _processes(folder: Path) -> Iterator[int]:
    """Those that were started with this home, and what they made of themselves."""
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            if os.fsencode(folder) in Path(f"/proc/{entry}/environ").read_bytes():
                yield int(entry)


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return
        yield pid


def _record_is_whole(trial: Try, terminal: PtyTerminal) -> None:
    """Each line of the tutor's whose prompt came back is in it."""
    finished = [int(found[1]) for found in TAG.finditer(terminal.text) if "❯" in terminal.text[found.end() :]]
    path = trial.folder / "XDG_DATA_HOME" / "nstutor" / "progress.sqlite"
    if not finished or not path.exists():
        return
    with closing(sqlite3.connect(path)) as database:
        lines = "\n".join(line for (line,) in database.execute("SELECT line FROM command"))
    lost = [number for number in finished if f"T{number}:$" not in lines]
    assert not lost, terminal.told(f"{lost} are not in the record:\n{lines}")
