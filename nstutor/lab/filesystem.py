"""What a world sees of files: the system's programs, read-only, and throw-away places to write (mount_namespaces(7)).

The root directory is an allow-list, so that no home, no submission and no lesson is visible. All of it is mounted by
the init, one user namespace above the learner: for them these mounts are locked.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping

import nstutor
from nstutor import NamedTuple
from nstutor.lab import contents
from nstutor.lab.hiding import Hidden
from nstutor.lab.home import Home
from nstutor.lab.limits import TERMINALS
from nstutor.linux import syscalls as sys_

_TREES = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu", "sys")
_EMPTY = ("home", "media", "mnt", "srv", "boot")
_WRITABLE = ("etc", "run", "tmp", "var", "root")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")
_MACHINE_ETC = ".etc"
_COPIED = ("passwd", "group")
_STAGES = ("/tmp", "/mnt", "/run")
_QUIET = sys_.MS_NOSUID | sys_.MS_NODEV
_MIB = 1 << 20
_DEVPTS = f"newinstance,ptmxmode=0666,mode=620,max={TERMINALS}"
_REMOUNT_FLAGS = {  # by the words of mountinfo: MS_RDONLY, MS_NOSUID, … of linux/mount.h
    "ro": 0x1,
    "nosuid": 0x2,
    "nodev": 0x4,
    "noexec": 0x8,
    "noatime": 0x400,
    "nodiratime": 0x800,
    "relatime": 0x200000,
}


class Files(NamedTuple):
    """What goes into the file system of every world of a factory."""

    etc: Mapping[str, bytes]
    """The files of /etc that are not the machine's."""
    hidden: Hidden


def own_etc(bashrc: str, inputrc: str) -> dict[str, bytes]:
    """The files of a world's /etc that can be edited: our own, and copies of the machine's users and groups."""
    copied = {name: _content(f"/etc/{name}") for name in _COPIED if os.path.exists(f"/etc/{name}")}
    own = {
        "bash.bashrc": bashrc,
        "inputrc": inputrc,
        "shrc": contents.SHRC,
        "profile": contents.PROFILE,
        "hostname": "host\n",
        "hosts": contents.HOSTS,
        "resolv.conf": contents.RESOLV,
        "nsswitch.conf": contents.NSSWITCH,
    }
    return copied | {name: text.encode() for name, text in own.items()}


def own_directories() -> tuple[str, ...]:
    """Where nstutor and its lessons are."""
    package = os.path.dirname(os.path.realpath(nstutor.__file__))
    return package, os.path.join(os.path.dirname(package), "lessons")


def build(files: Files) -> None:
    """Mount a world's root directory, all but the learner's own, in this process's fresh mount namespace.

    It becomes the working directory. The process must be root of the user namespace that owns its mount and pid
    namespaces, with /proc still the machine's. Raises OSError.
    """
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_PRIVATE)
    stage = next(path for path in _STAGES if os.path.isdir(path))
    sys_.mount("tmpfs", stage, "tmpfs", _QUIET, f"size={_MIB},nr_inodes=1k,mode=755")
    os.chdir(stage)
    _inherit()
    _make_devices()
    _make_read_only(stage)
    _shadow(files.hidden)
    _mount_writable()
    _fill_etc(files.etc)


def mount_personal(home: Home, tmp_bytes: int) -> None:
    """Mount what differs from world to world: /root and a /tmp of so many bytes."""
    _tmpfs("tmp", tmp_bytes, "1777")
    home.mount("root", tmp_bytes)


def enter() -> None:
    """Make what build() mounted the root of this mount namespace and of everybody in it; the machine's goes."""
    sys_.pivot_root(".", ".")
    sys_.umount(".", sys_.MNT_DETACH)
    os.chdir("/")


def _inherit() -> None:
    """The machine's programs and settings, the mount points for all else, and our own commands."""
    for name in _TREES:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), name)
        elif os.path.isdir(f"/{name}"):
            _bind_tree(f"/{name}", name)
    _bind_tree("/etc", _MACHINE_ETC)
    for name in (*_EMPTY, *_WRITABLE, "proc", "dev"):
        os.mkdir(name)
    shims = contents.SHIMS.lstrip("/")
    os.makedirs(shims)
    _write(f"{shims}/sudo", contents.SUDO.encode(), 0o755)


def _bind_tree(source: str, target: str) -> None:
    os.mkdir(target)
    sys_.mount(source, target, None, sys_.MS_BIND | sys_.MS_REC)


def _make_devices() -> None:
    os.mkdir("dev/net")
    for name in _DEVICES:
        if os.path.exists(f"/dev/{name}"):
            _write(f"dev/{name}", b"")
            sys_.mount(f"/dev/{name}", f"dev/{name}", None, sys_.MS_BIND)
    os.mkdir("dev/pts")
    os.mkdir("dev/shm")
    os.symlink("pts/ptmx", "dev/ptmx")
    os.symlink("/proc/self/fd", "dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"dev/{name}")


def _make_read_only(stage: str) -> None:
    """All that is there by now, but for /sys: the kernel refuses a fresh sysfs beside one that is locked read-only."""
    try:
        added = sys_.MOUNT_ATTR_RDONLY | sys_.MOUNT_ATTR_NOSUID
        sys_.mount_setattr(sys_.AT_FDCWD, ".", sys_.AT_RECURSIVE, add=added)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        _remount_each(stage)
    # In a container it may be locked read-only; then the world has no sysfs of its own.
    with contextlib.suppress(OSError):
        sys_.mount_setattr(sys_.AT_FDCWD, "sys", 0, remove=sys_.MOUNT_ATTR_RDONLY)


def _remount_each(stage: str) -> None:
    """The same before Linux 5.12, mount by mount: flags that are set already must be given again."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        lines = [line.split() for line in file]
    for words in lines:
        path = words[4].encode("utf-8", "surrogateescape").decode("unicode_escape")
        if path == stage or path.startswith(f"{stage}/"):
            flags = sum(_REMOUNT_FLAGS.get(word, 0) for word in words[5].split(","))
            changes = sys_.MS_REMOUNT | sys_.MS_BIND | sys_.MS_RDONLY | sys_.MS_NOSUID
            sys_.mount(None, path, None, changes | flags)


def _shadow(hidden: Hidden) -> None:
    """Empty directories over what no learner may read; our sudo over the machine's, for those who name its path."""
    for path in hidden.folders:
        inside = _inside(path)
        if os.path.isdir(inside):
            sys_.mount("tmpfs", inside, "tmpfs", _QUIET | sys_.MS_RDONLY, "size=4k,nr_inodes=2,mode=755")
    for path, names in hidden.names.items():
        if os.path.isdir(_inside(path)):
            _leave_out(_inside(path), names)
    if os.path.isfile("usr/bin/sudo"):
        sys_.mount(f"{contents.SHIMS.lstrip('/')}/sudo", "usr/bin/sudo", None, sys_.MS_BIND)


def _inside(path: str) -> str:
    """Where a directory of the machine's is below the root directory that is being built."""
    return path.lstrip("/") if path.partition("/etc")[0] else f"{_MACHINE_ETC}{path.removeprefix('/etc')}"


def _leave_out(folder: str, names: frozenset[str]) -> None:
    """Put over a directory another one with the same entries but for those with these names."""
    below = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    left = [entry for entry in os.scandir(folder) if entry.name not in names]
    sys_.mount("tmpfs", folder, "tmpfs", _QUIET, f"size={_MIB},nr_inodes={len(left) + 16},mode=755")
    for entry in left:
        target = os.path.join(folder, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.name, dir_fd=below), target)
            continue
        if entry.is_dir():
            os.mkdir(target)
        else:
            _write(target, b"")
        sys_.mount(f"/proc/self/fd/{below}/{entry.name}", target, None, sys_.MS_BIND | sys_.MS_REC)
    sys_.mount(None, folder, None, sys_.MS_REMOUNT | sys_.MS_BIND | sys_.MS_RDONLY | _QUIET)
    os.close(below)


def _mount_writable() -> None:
    _tmpfs("etc", 8 * _MIB)
    _tmpfs("run", 16 * _MIB)
    os.mkdir("run/netns")
    os.mkdir("run/lock")
    os.mkdir("run/shells")
    os.chmod("run/lock", 0o1777)
    _tmpfs("var", 32 * _MIB)
    for name in ("cache", "lib", "log", "spool", "tmp"):
        os.mkdir(f"var/{name}")
    os.chmod("var/tmp", 0o1777)
    os.symlink("/run", "var/run")
    os.symlink("/run/lock", "var/lock")
    _tmpfs("dev/shm", 16 * _MIB, "1777")
    sys_.mount("devpts", "dev/pts", "devpts", sys_.MS_NOSUID | sys_.MS_NOEXEC, _DEVPTS)
    sys_.mount("proc", "proc", "proc", _QUIET | sys_.MS_NOEXEC)


def _tmpfs(target: str, size: int, mode: str = "755") -> None:
    sys_.mount("tmpfs", target, "tmpfs", _QUIET, f"size={size},nr_inodes=16k,mode={mode}")


def _fill_etc(own: Mapping[str, bytes]) -> None:
    """Our files, links to the machine's other ones, and the directory that `ip netns exec` looks into."""
    os.mkdir("etc/netns")
    for name, content in own.items():
        _write(f"etc/{name}", content)
    folder = os.open("etc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in os.listdir(_MACHINE_ETC):
        if name not in own and name != "netns":
            os.symlink(f"/{_MACHINE_ETC}/{name}", name, dir_fd=folder)
    os.close(folder)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write(path: str, content: bytes, mode: int = 0o644) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        os.write(fd, content)
    finally:
        os.close(fd)
