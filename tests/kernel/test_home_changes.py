"""What keys in an editor changed in the lab home is taken out of one world, and put into another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab_harness import judged, needs_root, run

from nstutor.lab.home_archive import MOST_CHANGED, as_it_was, changed_files, changed_since, put_changes, take
from nstutor.lab.limits import Limits
from nstutor.lab.world import World
from nstutor.lab.world_factory import WorldFactory
from nstutor.linux import syscalls as sys_

BEFORE = """
mkdir -p bin old; echo one > bin/build.sh; echo keep > bin/kept; echo gone > old/gone; echo stays > old/stays
ln -s bin/build.sh link
"""
EDITED = """
echo two > bin/build.sh; chmod +x bin/build.sh; rm old/gone; echo new > 'bin/a b'; ln -sf 'bin/a b' link
"""


@contextmanager
def world_with_home(factory: WorldFactory, home: Path) -> Iterator[World]:
    """A learner's world."""
    home.mkdir(exist_ok=True)
    with factory.world(Limits.learning(), home) as world:
        yield world


def do(world: World, script: str) -> str:
    """What a script prints that is run in the home."""
    return run(world, f"cd /root\n{script}").strip()


def later(world: World) -> float:
    """A moment behind everything that was done so far, by the clock of the files, too."""
    time.sleep(0.05)
    assert do(world, "true") == ""
    return time.time()


LOOK = "find . -type f -o -type l | sort; cat bin/build.sh link; [ -x bin/build.sh ] && echo runs"


@judged
def test_changes_come_to_the_same(factory: WorldFactory, tmp_path: Path) -> None:
    """Files, modes and symlinks; what was removed is removed, and what was not touched is not."""
    with world_with_home(factory, tmp_path / "one") as world:
        do(world, BEFORE)
        began = later(world)
        do(world, EDITED)
        changes, wanted = changed_since(world, began), do(world, LOOK)
    assert changes is not None
    assert sorted(path for path, _mode, _content in changed_files(changes)) == ["bin/a b", "bin/build.sh", "link"]
    with world_with_home(factory, tmp_path / "two") as world:
        do(world, BEFORE)
        put_changes(world, changes)
        assert do(world, LOOK) == wanted
        do(world, "echo three > bin/build.sh; echo more >> 'bin/a b'")


@judged
def test_a_symlink_in_the_place_of_a_directory_is_not_followed(factory: WorldFactory, tmp_path: Path) -> None:
    """It is replaced: nothing is written where it leads, least of all on the machine."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o777)
    with world_with_home(factory, tmp_path / "one") as world:
        began = later(world)
        do(world, "mkdir bin; echo one > bin/build.sh")
        changes = changed_since(world, began)
    assert changes is not None
    with world_with_home(factory, tmp_path / "two") as world:
        do(world, f"ln -s {outside} bin")
        put_changes(world, changes)
        assert do(world, "cat bin/build.sh; [ ! -L bin ] && echo own") == "one\nown"
    assert list(outside.iterdir()) == []


@judged
def test_too_much_is_not_kept(factory: WorldFactory, tmp_path: Path) -> None:
    """A few hundred lines are a file; a capture of the network is none that anybody typed."""
    with world_with_home(factory, tmp_path / "one") as world:
        began = later(world)
        do(world, f"head -c {MOST_CHANGED + 1} /dev/urandom > large")
        assert changed_since(world, began) is None


@needs_root
@judged
def test_a_home_that_is_a_copy_is_what_it_was_at_the_start_too(factory: WorldFactory, tmp_path: Path) -> None:
    """Where the file system knows no mapped mounts (ramfs): in the world during a rebuild, and what was left after."""
    home = tmp_path / "home"
    home.mkdir()
    sys_.mount("ramfs", str(home), "ramfs")
    (home / "note").write_text("start")
    at_start = take(home)
    (home / "note").write_text("left")
    with world_with_home(factory, home) as world:
        assert world.has_copied_home
        with as_it_was(home, at_start, world) as restored:
            assert restored
            assert do(world, "cat note; echo replayed > note") == "start"
        assert do(world, "cat note") == "left"
    assert (home / "note").read_text() == "left"
    assert not os.path.exists(tmp_path / "home.before-rebuild")
