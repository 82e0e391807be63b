"""The lab home, a world's /root: the learner's own folder, a copy of it, or a scratch one.

An ordinary user's folder is bound into the world, where its owner is root. Real root's worlds run as ids that own
nothing: there the folder comes as an idmapped mount (mount_setattr(2), MOUNT_ATTR_IDMAP), and where the file system
knows none, as a copy that World.save_home() writes back.
"""

from __future__ import annotations

import errno
import marshal
import os
from dataclasses import dataclass

from nstutor.lab import syscalls as sys_
from nstutor.lab.homecopy import pack, unpack
from nstutor.lab.identity import ROOT_BASE, ROOT_COUNT, SINGLE, IdMap

_QUIET = sys_.MS_NOSUID | sys_.MS_NODEV
_NOT_IDMAPPABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP})


@dataclass(frozen=True)
class Home:
    """How /root comes about; with everything None it is a scratch one."""

    folder: str | None = None
    """Bind this folder."""
    detached: int | None = None
    """Attach this mount."""
    content: bytes | None = None
    """Fill a scratch home with this."""

    @property
    def copied(self) -> bool:
        """Whether what the learner changes must be written back."""
        return self.content is not None

    def hold(self) -> int | None:
        """A descriptor of the folder, taken before anything is mounted over its path."""
        return None if self.folder is None else os.open(self.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def mount(self, target: str, size: int, held: int | None) -> None:
        """Mount the home at `target`; a scratch one holds `size` bytes. `held` comes from hold() and is closed."""
        if held is not None:
            sys_.mount(f"/proc/self/fd/{held}", target, None, sys_.MS_BIND | sys_.MS_REC)
            _quieten(target)
            os.close(held)
        elif self.detached is not None:
            sys_.move_mount(self.detached, target)
            os.close(self.detached)
        else:
            sys_.mount("tmpfs", target, "tmpfs", _QUIET, f"size={size},nr_inodes=16k,mode=700")
            self._fill(target)

    def _fill(self, target: str) -> None:
        if self.content is None:
            return
        folder = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        unpack(folder, marshal.loads(self.content), owner=None)
        os.close(folder)


def _quieten(target: str) -> None:
    """No devices, no set-user-ID programs; before Linux 5.12 the user namespace alone sees to that."""
    try:
        sys_.mount_setattr(sys_.AT_FDCWD, target, 0, add=sys_.MOUNT_ATTR_NOSUID | sys_.MOUNT_ATTR_NODEV)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise


def prepare(folder: str | None, world: IdMap) -> Home:
    """The home of a world with this id map: made by the maker, which may read the folder.

    Raises OSError when the folder cannot be used.
    """
    if folder is None:
        return Home()
    if world == SINGLE:
        return Home(folder=folder)
    try:
        return Home(detached=_idmapped(folder))
    except OSError as error:
        if error.errno not in _NOT_IDMAPPABLE:
            raise
    return Home(content=_packed(folder))


def _packed(folder: str) -> bytes:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return marshal.dumps(pack(fd))
    finally:
        os.close(fd)


def _idmapped(folder: str) -> int:
    """A detached mount of the folder in which its owner appears as root of the world."""
    owner = os.stat(folder)
    namespace = _id_namespace(owner.st_uid, owner.st_gid)
    try:
        tree = sys_.open_tree(folder)
        attributes = sys_.MOUNT_ATTR_IDMAP | sys_.MOUNT_ATTR_NOSUID | sys_.MOUNT_ATTR_NODEV
        try:
            sys_.mount_setattr(tree, "", sys_.AT_EMPTY_PATH, add=attributes, userns=namespace)
        except OSError:
            os.close(tree)
            raise
        return tree
    finally:
        os.close(namespace)


def _id_namespace(uid: int, gid: int) -> int:
    """A descriptor of a user namespace that says which id on the disk (inside) is which id of the world (outside).

    The other ids of the world, as of a file that tcpdump writes, stand on the disk as they are: they own nothing else.
    """
    reader, writer = os.pipe()
    ready, done = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(writer)
            os.close(ready)
            sys_.unshare(sys_.CLONE_NEWUSER)
            os.close(done)
            os.read(reader, 1)
        finally:
            os._exit(0)
    os.close(reader)
    os.close(done)
    os.read(ready, 1)
    os.close(ready)
    try:
        others = IdMap(ROOT_BASE + 1, ROOT_BASE + 1, ROOT_COUNT - 1).line
        sys_.write_once(f"/proc/{child}/uid_map", IdMap(uid, ROOT_BASE, 1).line + others)
        sys_.write_once(f"/proc/{child}/gid_map", IdMap(gid, ROOT_BASE, 1).line + others)
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writer)
