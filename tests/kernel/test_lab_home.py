"""The lab home: the learner's own folder, kept and owned by them; or a copy; or a scratch one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from lab_harness import judged, needs_root, run, status_of

from nstutor.lab.home import Home, prepare
from nstutor.lab.homecopy import DEEPEST, Owner, pack, unpack
from nstutor.lab.identity import world_map
from nstutor.lab.limits import Limits
from nstutor.lab.world_factory import WorldFactory
from nstutor.linux import syscalls as sys_


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A learner's folder with a script in it."""
    folder = tmp_path / "lab home"
    folder.mkdir(mode=0o700)
    (folder / "enter.sh").write_text("echo entered\n")
    (folder / "enter.sh").chmod(0o600)
    return folder


@judged
def test_a_home_is_kept_from_world_to_world(factory: WorldFactory, home: Path) -> None:
    """What a learner writes in one world is there in the next, and in the folder."""
    with factory.world(Limits.learning(), home) as world:
        assert run(world, "bash enter.sh; stat -c %u enter.sh .").split() == ["entered", "0", "0"]
        run(world, "mkdir -p a/b; echo one > a/b/script; chmod 700 a/b/script; ln -s a/b/script link")
    with factory.world(Limits.learning(), home) as world:
        assert run(world, "cat link; rm enter.sh; ls").split() == ["one", "a", "link"]
    assert sorted(os.listdir(home)) == ["a", "link"]


@judged
def test_what_a_learner_writes_belongs_to_the_user(factory: WorldFactory, home: Path) -> None:
    """Files, directories and links that root of the world makes belong to the folder's owner on the disk."""
    with factory.world(Limits.learning(), home) as world:
        run(world, "mkdir folder; echo x > file; ln -s file link; mkfifo pipe")
    inside = os.geteuid(), os.getegid()
    for name in ("folder", "file", "link", "pipe"):
        owner = os.lstat(home / name)
        assert (owner.st_uid, owner.st_gid) == inside, name


@needs_root
@judged
def test_the_home_of_an_ordinary_user_stays_theirs_under_root(factory: WorldFactory, home: Path) -> None:
    """Under `sudo nstutor` with a user's folder, its files are root's in the world and that user's on the disk."""
    for path in (home, home / "enter.sh"):
        os.chown(path, 4321, 4321)
    with factory.world(Limits.learning(), home) as world:
        assert run(world, "bash enter.sh; echo x > file; stat -c %u file enter.sh").split() == ["entered", "0", "0"]
    assert (os.stat(home / "file").st_uid, os.stat(home / "enter.sh").st_uid) == (4321, 4321)


@judged
def test_a_home_gives_no_way_out(factory: WorldFactory, home: Path) -> None:
    """Set-user-ID bits and devices do not work in a home, and its parent is not to be had."""
    (home.parent / "secret").write_text("answer")
    with factory.world(Limits.learning(), home) as world:
        options = run(world, "grep ' /root ' /proc/self/mountinfo | cut -d' ' -f6").strip().split(",")
        assert {"nosuid", "nodev"} <= set(options)
        assert status_of(world, "cat /root/../secret /root/../../secret") != 0
        assert status_of(world, "umount -l /root") != 0
        assert status_of(world, "mount -o remount,suid,bind /root") != 0


@judged
def test_without_a_home_there_is_an_empty_one(factory: WorldFactory) -> None:
    """A scratch home is empty each time, and bounded."""
    for _ in range(2):
        with factory.world(Limits.grading()) as world:
            assert run(world, "ls -A; echo x > x; pwd").split() == ["/root"]


@needs_root
@judged
def test_a_copied_home_where_no_mount_can_map_ids(factory: WorldFactory, tmp_path: Path) -> None:
    """On a file system without idmapped mounts (ramfs) the home is copied in, and back at the end or when asked."""
    folder = tmp_path / "home"
    folder.mkdir()
    sys_.mount("ramfs", str(folder), "ramfs")
    os.chown(folder, 4321, 4321)
    (folder / "enter.sh").write_text("echo entered\n")
    (folder / "old").mkdir()
    assert prepare(str(folder), world_map(os.getpid())).packed is not None
    with factory.world(Limits.learning(), folder) as world:
        assert run(world, "bash enter.sh; stat -c %u . enter.sh").split() == ["entered", "0", "0"]
        run(world, "echo x > new; rmdir old")
        assert not (folder / "new").exists()
        world.save_home()
        assert (folder / "new").read_text() == "x\n"
        run(world, "echo y > new; ln -s /etc/passwd link")
    assert (folder / "new").read_text() == "y\n"
    assert os.readlink(folder / "link") == "/etc/passwd"
    assert not (folder / "old").exists()
    assert {os.lstat(folder / name).st_uid for name in ("new", "link", "enter.sh")} == {4321}


@judged
def test_a_home_that_is_gone_is_an_error(factory: WorldFactory) -> None:
    """A folder that does not exist is no scratch home by accident, also if it went while the world was made."""
    with pytest.raises(FileNotFoundError):
        factory.request(Limits.learning(), Path("/nonexistent/home"))
    with pytest.raises(FileNotFoundError):
        prepare("/nonexistent/home", world_map(os.getpid()))
    assert prepare(None, world_map(os.getpid())) == Home()


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def test_a_packed_tree_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """Files, modes, links and directories survive; what stood there before and is not in the pack does not."""
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "run").write_bytes(b"\0\xff")
    (source / "a" / "b" / "run").chmod(0o4751)
    (source / "link").symlink_to("/etc/passwd")
    os.mkfifo(source / "pipe")
    target.mkdir()
    (target / "a").symlink_to(tmp_path)
    (target / "stale").mkdir()
    (target / "stale" / "file").write_text("")
    packed, into = _open(source), _open(target)
    unpack(into, pack(packed), Owner(os.geteuid(), os.getegid()))
    assert sorted(path.relative_to(target).as_posix() for path in target.rglob("*")) == ["a", "a/b", "a/b/run", "link"]
    assert not (target / "a").is_symlink()
    assert stat.S_IMODE((target / "a/b/run").stat().st_mode) == 0o751
    assert (target / "a/b/run").read_bytes() == b"\0\xff"
    assert os.readlink(target / "link") == "/etc/passwd"
    os.close(packed)
    os.close(into)


def test_a_tree_without_end_is_cut(tmp_path: Path) -> None:
    """Directories nested deeper than any home needs are left out instead of filling the memory."""
    deep = tmp_path / "/".join("d" * 200)
    deep.mkdir(parents=True)
    folder = _open(tmp_path)
    assert len(pack(folder)) == DEEPEST
    os.close(folder)
