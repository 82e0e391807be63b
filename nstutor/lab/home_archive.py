"""The learner's lab home as it was at one moment: taken before a run, put back while its commands are typed again."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nstutor.lab.homecopy import Entry, keep_only, names, pack, unpack
from nstutor.lab.homecopy import put as put_entries
from nstutor.lab.world import World
from nstutor.linux.syscalls import files_made_by

MOST_BYTES = 8 * 1024 * 1024
"""A home that packs to more is left alone: what a rebuilt world finds there is then what the learner has now."""
MOST_CHANGED = 1024 * 1024
"""What packs to more is not kept of one command."""
CLOCK_TICK = 0.02
"""Seconds by which a file's time may lie before that of the clock (CONFIG_HZ=100, and one more)."""
SAVED = "home.before-rebuild"


@contextmanager
def _opened(home: Path) -> Iterator[int]:
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _inside(world: World) -> Iterator[int]:
    """The home of a world. What the body makes belongs to its owner."""
    folder = os.open("root", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=world.root)
    try:
        owner = os.fstat(folder)
        # As real root the world's files belong to numbers that the machine's own root has no part in (EOVERFLOW).
        with files_made_by(owner.st_uid, owner.st_gid):
            yield folder
    finally:
        os.close(folder)


def take(home: Path) -> bytes | None:
    """The home's files, packed; None where there is too much of them or one cannot be read."""
    try:
        with _opened(home) as folder:
            packed = _packed(_listed(pack(folder)))
    except OSError:
        return None
    return packed if len(packed) <= MOST_BYTES else None


def put(home: Path, packed: bytes) -> None:
    """Make the home what it was when it was taken."""
    with _opened(home) as folder:
        unpack(folder, entries_of(packed), None)


def put_into(world: World, packed: bytes) -> None:
    """Make the home of a world, one that is thrown away with it, what it was when it was taken."""
    with _inside(world) as folder:
        unpack(folder, entries_of(packed), None)


def entries_of(packed: bytes) -> list[Entry]:
    """The files of a home that was taken."""
    return _entries(_unpacked(packed))


# --- what was changed -------------------------------------------------------------------------------------------------


def changed_since(world: World, when: float) -> bytes | None:
    """What was changed in the home of a world since then (time.time()), packed; None where it is too much to keep."""
    when -= CLOCK_TICK
    try:
        with _inside(world) as folder:
            packed = _packed({"entries": _listed(pack(folder, when)), "names": names(folder, when)})
    except OSError:
        return None
    return packed if len(packed) <= MOST_CHANGED else None


def put_changes(world: World, packed: bytes) -> None:
    """Change the home of a world in the same way."""
    changes = _unpacked(packed)
    with _inside(world) as folder:
        put_entries(folder, _entries(changes["entries"]), None)
        keep_only(folder, changes["names"])


def changed_files(packed: bytes) -> list[Entry]:
    """The files and symlinks that were changed."""
    return [entry for entry in _entries(_unpacked(packed)["entries"]) if not stat.S_ISDIR(entry[1])]


def _listed(entries: Sequence[Entry]) -> list[list[object]]:
    return [[path, mode, base64.b85encode(content).decode()] for path, mode, content in entries]


def _entries(listed: Any) -> list[Entry]:  # noqa: ANN401 - it is JSON
    return [(path, mode, base64.b85decode(content)) for path, mode, content in listed]


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode("utf-8", "surrogateescape"))


def _unpacked(packed: bytes) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(zlib.decompress(packed).decode("utf-8", "surrogateescape"))


# --- while commands are typed again -----------------------------------------------------------------------------------


@contextmanager
def as_it_was(home: Path, at_start: bytes | None, world: World | None = None) -> Iterator[bool]:
    """For the body, the home is what it was at a run's start; afterwards what the learner left, also after a crash.

    False where it had to be left as it is. `world` is the one that it is the home of: it may have a copy of it.
    """
    now = take(home) if at_start is not None else None
    if at_start is None or now is None:
        yield False
        return
    saved = home.with_name(SAVED)
    temporary = saved.with_name(f"{SAVED}.tmp")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(now)
    os.replace(temporary, saved)
    _put_in_both(home, at_start, world)
    try:
        yield True
    finally:
        _put_in_both(home, now, world)
        saved.unlink()


def _put_in_both(home: Path, packed: bytes, world: World | None) -> None:
    put(home, packed)
    if world is not None and world.has_copied_home and not world.ended:
        put_into(world, packed)


def restore_saved(home: Path) -> None:
    """Put back what a rebuild had set aside, if one did not come to its end."""
    saved = home.with_name(SAVED)
    with contextlib.suppress(FileNotFoundError):
        put(home, saved.read_bytes())
        saved.unlink()
