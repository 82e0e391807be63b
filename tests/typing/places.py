"""The places where a learner types, each in a terminal of its own, and a plain bash to compare them with."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pty_terminal import PtyTerminal

NSTUTOR = (sys.executable, "-m", "nstutor")
HOMES = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
ENTER_GREENLAND = "ip netns add greenland && ip -n greenland link set lo up && ip netns exec greenland bash"
LESSON = """\
---
format: 1
id: short
title: A short lesson
---
Hello.

## Build eden {#eden}

Prose.

```check
netns eden
```

```hint
Think.
```

```solution
ip netns add eden
```
"""
SCRIPT = "ip netns add eden\n"
# Its own user, network, mounts and processes: nothing that is typed there reaches this machine.
OWN_WORLD = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child")
PLAIN_BASH = """\
mount -t tmpfs tmpfs /run && mount -t proc proc /proc && ip link set lo up || exit
export PS1='plain ❯ ' PS2='… ' HISTFILE=
cd /run && exec bash --norc --noprofile --noediting -i
"""


@dataclass(frozen=True)
class Desk:
    """Where the terminals stand: a folder, and how late they answer a cursor request."""

    folder: Path
    rng: random.Random
    cursor_ms: float = 3

    def open(self, *command: str) -> PtyTerminal:
        """A terminal with this command, and a home and runtime folder of its own."""
        inherited = {name: value for name, value in os.environ.items() if name not in {"TMUX", "COLUMNS", "LINES"}}
        homes = {name: str(self.folder / name) for name in ("HOME", *HOMES)}
        for path in homes.values():
            os.makedirs(path, mode=0o700, exist_ok=True)
        language = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
        environment = {**inherited, **homes, **language, "TERM": "xterm-256color"}
        return PtyTerminal(command, environment=environment, folder=self.folder, rng=self.rng, cursor_ms=self.cursor_ms)


Open = Callable[[Desk], AbstractContextManager[PtyTerminal]]


@dataclass(frozen=True)
class Place:
    """A shell to type into. `tutor`: the tutor's words count there."""

    name: str
    open: Open
    tutor: bool


@contextmanager
def _learn(desk: Desk) -> Iterator[PtyTerminal]:
    with desk.open(*NSTUTOR, "learn", "loopback") as terminal:
        terminal.wait("host ❯", 40)
        yield terminal


@contextmanager
def _nested(desk: Desk) -> Iterator[PtyTerminal]:
    with _learn(desk) as terminal:
        terminal.line(ENTER_GREENLAND)
        terminal.wait("greenland ❯")
        yield terminal


@contextmanager
def _attach(desk: Desk) -> Iterator[PtyTerminal]:
    with _learn(desk), desk.open(*NSTUTOR, "attach") as second:
        second.wait("host ❯", 40)
        yield second


@contextmanager
def _at(desk: Desk) -> Iterator[PtyTerminal]:
    lesson, script = desk.folder / "short.md", desk.folder / "work.sh"
    lesson.write_text(LESSON)
    script.write_text(SCRIPT)
    with desk.open(*NSTUTOR, "check", str(lesson), str(script), "--at", "eden", "--shell") as terminal:
        terminal.wait("host ❯", 40)
        yield terminal


@contextmanager
def _plain(desk: Desk) -> Iterator[PtyTerminal]:
    with desk.open(*OWN_WORLD, "sh", "-c", PLAIN_BASH) as terminal:
        terminal.wait("plain ❯")
        yield terminal


LEARN = Place("learn", _learn, tutor=True)
NESTED = Place("nested", _nested, tutor=True)
ATTACH = Place("attach", _attach, tutor=False)
AT = Place("at", _at, tutor=False)
PLACES = (LEARN, NESTED, ATTACH, AT)
PLAIN = Place("plain", _plain, tutor=False)
