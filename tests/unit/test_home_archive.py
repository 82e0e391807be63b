"""The lab home is taken, changed and put back, also when the program died in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nstutor.lab.home_archive import MOST_BYTES, SAVED, as_it_was, put, restore_saved, take


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a script, a folder and a link in it."""
    home = tmp_path / "home"
    (home / "notes").mkdir(parents=True)
    (home / "build.sh").write_text("ip netns add eden\n")
    (home / "build.sh").chmod(0o755)
    (home / "notes" / "王婆.txt").write_bytes(b"\xff\x00bytes")
    (home / "link").symlink_to("build.sh")
    return home


def files(home: Path) -> dict[str, str | bytes]:
    """What is in a home."""
    return {
        str(path.relative_to(home)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in home.rglob("*")
        if not path.is_dir()
    }


def test_put_back_what_was_taken(home: Path) -> None:
    """Files, modes, names and links are as they were; what came since is gone."""
    before, packed = files(home), take(home)
    assert packed is not None
    (home / "build.sh").write_text("changed")
    (home / "notes" / "王婆.txt").unlink()
    (home / "new").write_text("new")
    put(home, packed)
    assert files(home) == before
    assert (home / "build.sh").stat().st_mode & 0o777 == 0o755


def test_a_rebuild_finds_the_start_and_leaves_the_present(home: Path) -> None:
    """Inside, the home is what it was at the start; afterwards it is what the learner left."""
    at_start = take(home)
    (home / "later.sh").write_text("written later")
    left = files(home)
    with as_it_was(home, at_start):
        assert "later.sh" not in files(home)
        (home / "replayed").write_text("made again by a replayed command")
    assert files(home) == left
    assert not home.with_name(SAVED).exists()


def test_after_a_crash_the_present_is_still_there(home: Path) -> None:
    """A program that dies in a rebuild has set the learner's files aside; the next start puts them back."""
    at_start = take(home)
    (home / "later.sh").write_text("written later")
    left = files(home)
    with as_it_was(home, at_start):
        saved = home.with_name(SAVED).read_bytes()
    put(home, at_start or b"")
    home.with_name(SAVED).write_bytes(saved)
    restore_saved(home)
    assert files(home) == left
    restore_saved(home)
    assert files(home) == left


def test_without_a_start_nothing_is_touched(home: Path) -> None:
    """A run whose home was too large to be kept is replayed in the home as it is."""
    before = files(home)
    with as_it_was(home, None):
        assert files(home) == before


def test_too_much_is_not_taken(home: Path) -> None:
    """A home of more than the bound is left alone."""
    (home / "random").write_bytes(os.urandom(MOST_BYTES + 1))
    assert take(home) is None
