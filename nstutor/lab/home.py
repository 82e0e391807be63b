"""The lab home, a world's /root: the learner's own folder, a copy of it, or a scratch one.

The folder travels into the world as a detached mount (open_tree(2)). An ordinary user is root of the world, so its
files are root's there. Real root's worlds run as ids that own nothing: for them the mount maps the owner's id
(mount_setattr(2), MOUNT_ATTR_IDMAP), and where the file system knows none, the folder is copied and World.save_home()
writes it back.
"""

from __future__ import annotations

import errno
import marshal
import os

from nstutor import NamedTuple
from nstutor.lab.homecopy import pack, unpack
from nstutor.lab.identity import SAME, IdMap
from nstutor.linux import syscalls as sys_

_QUIET = sys_.MS_NOSUID | sys_.MS_NODEV
_QUIET_ATTRIBUTES = sys_.MOUNT_ATTR_NOSUID | sys_.MOUNT_ATTR_NODEV
_NOT_IDMAPPABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP})


class Home(NamedTuple):
    """How /root comes about, as a descriptor; with neither it is a scratch one."""

    detached: int | None = None
    """Attach this mount."""
    packed: int | None = None
    """Fill a scratch home with what stands in this file."""

    @property
    def fds(self) -> list[int]:
        """The descriptor, if there is one."""
        return [fd for fd in (self.detached, self.packed) if fd is not None]

    def mount(self, target: str, size: int) -> None:
        """Mount the home at `target`; a scratch one holds `size` bytes."""
        if self.detached is not None:
            sys_.move_mount(self.detached, target)
            os.close(self.detached)
            return
        sys_.mount("tmpfs", target, "tmpfs", _QUIET, f"size={size},nr_inodes=16k,mode=700")
        if self.packed is not None:
            folder = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            with open(self.packed, "rb") as file:
                unpack(folder, marshal.load(file), owner=None)
            os.close(folder)


def prepare(folder: str | None, world: IdMap) -> Home:
    """The home of a world with this id map: made by the factory, which may read the folder.

    Raises OSError when the folder cannot be used.
    """
    if folder is None:
        return Home()
    if world == SAME:
        return Home(detached=_plain(folder))
    try:
        return Home(detached=_idmapped(folder, world.outside))
    except OSError as error:
        if error.errno not in _NOT_IDMAPPABLE:
            raise
    return Home(packed=_packed(folder))


def _packed(folder: str) -> int:
    """A file in memory with the folder's content, to be read from its beginning."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    memory = os.memfd_create("home", os.MFD_CLOEXEC)
    try:
        with open(memory, "wb", closefd=False) as file:
            marshal.dump(pack(fd), file)
        os.lseek(memory, 0, os.SEEK_SET)
    finally:
        os.close(fd)
    return memory


def _plain(folder: str) -> int:
    """A detached mount of the folder, without devices and set-user-ID programs."""
    tree = sys_.open_tree(folder, sys_.AT_RECURSIVE)
    try:
        sys_.mount_setattr(tree, "", sys_.AT_EMPTY_PATH, add=_QUIET_ATTRIBUTES)
    except OSError as error:
        # Before Linux 5.12 the user namespace alone sees to that.
        if error.errno != errno.ENOSYS:
            os.close(tree)
            raise
    return tree


def _idmapped(folder: str, root: int) -> int:
    """A detached mount of the folder in which its owner appears as root of the world, which is the id `root`."""
    owner = os.stat(folder)
    namespace = _id_namespace(owner.st_uid, owner.st_gid, root)
    try:
        tree = sys_.open_tree(folder)
        try:
            attributes = sys_.MOUNT_ATTR_IDMAP | _QUIET_ATTRIBUTES
            sys_.mount_setattr(tree, "", sys_.AT_EMPTY_PATH, add=attributes, userns=namespace)
        except OSError:
            os.close(tree)
            raise
        return tree
    finally:
        os.close(namespace)


def _id_namespace(uid: int, gid: int, root: int) -> int:
    """A descriptor of a user namespace that says which id on the disk (inside) is which id of the world (outside)."""
    stay, release = os.pipe()
    child = sys_.clone(sys_.CLONE_NEWUSER)
    if child == 0:
        try:
            os.close(release)
            os.read(stay, 1)
        finally:
            os._exit(0)
    os.close(stay)
    try:
        sys_.write_once(f"/proc/{child}/uid_map", IdMap(uid, root, 1).line)
        sys_.write_once(f"/proc/{child}/gid_map", IdMap(gid, root, 1).line)
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(release)
