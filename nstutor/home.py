"""The learner's lab home as it was at one moment: taken before a run, put back while its commands are typed again."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nstutor.lab.homecopy import Entry, pack, unpack
from nstutor.lab.syscalls import files_made_by
from nstutor.lab.world import World

MOST_BYTES = 8 * 1024 * 1024
"""A home that packs to more is left alone: what a rebuilt world finds there is then what the learner has now."""
SAVED = "home.before-rebuild"


@contextmanager
def _opened(home: Path) -> Iterator[int]:
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def take(home: Path) -> bytes | None:
    """The home's files, packed; None where there is too much of them or one cannot be read."""
    try:
        with _opened(home) as folder:
            entries = pack(folder)
    except OSError:
        return None
    listed = [[path, mode, base64.b85encode(content).decode()] for path, mode, content in entries]
    packed = zlib.compress(json.dumps(listed).encode("utf-8", "surrogateescape"))
    return packed if len(packed) <= MOST_BYTES else None


def put(home: Path, packed: bytes) -> None:
    """Make the home what it was when it was taken."""
    with _opened(home) as folder:
        unpack(folder, entries_of(packed), None)


def put_into(world: World, packed: bytes) -> None:
    """Make the home of a world, one that is thrown away with it, what it was when it was taken."""
    folder = os.open("root", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=world.root)
    try:
        owner = os.fstat(folder)
        # As real root the world's files belong to numbers that the machine's own root has no part in (EOVERFLOW).
        with files_made_by(owner.st_uid, owner.st_gid):
            unpack(folder, entries_of(packed), None)
    finally:
        os.close(folder)


def entries_of(packed: bytes) -> list[Entry]:
    """The files of a home that was taken."""
    listed = json.loads(zlib.decompress(packed).decode("utf-8", "surrogateescape"))
    return [(path, mode, base64.b85decode(content)) for path, mode, content in listed]


@contextmanager
def as_it_was(home: Path, at_start: bytes | None) -> Iterator[None]:
    """For the body, the home is what it was at a run's start; afterwards what the learner left, also after a crash."""
    now = take(home) if at_start is not None else None
    if at_start is None or now is None:
        yield
        return
    saved = home.with_name(SAVED)
    temporary = saved.with_name(f"{SAVED}.tmp")
    temporary.write_bytes(now)
    os.replace(temporary, saved)
    put(home, at_start)
    try:
        yield
    finally:
        restore_saved(home)


def restore_saved(home: Path) -> None:
    """Put back what a rebuild had set aside, if one did not come to its end."""
    saved = home.with_name(SAVED)
    with contextlib.suppress(FileNotFoundError):
        put(home, saved.read_bytes())
        saved.unlink()
