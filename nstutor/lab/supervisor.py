"""The supervisor's namespaces: what teaches or grades moves into an empty network namespace before all else."""

from __future__ import annotations

import functools
import os

from nstutor.lab.identity import Tier, is_machine_root, maps_worlds, may_act_as_root
from nstutor.lab.limits import check_own_resources
from nstutor.linux import syscalls as sys_


@functools.cache
def become_supervisor() -> Tier:
    """Move this process into namespaces of its own, once; a second call only answers again.

    To be called while there is one thread (unshare(2) of a user namespace refuses more) and before files or sockets
    that matter are opened. Afterwards the process is alone with a loopback device, sees the same files, writes them
    with the user's own ids, and may enter every world that comes from it. An ordinary user gets a user namespace where
    they are root and Tier.ROOTLESS; real root keeps its ids and gets Tier.ROOT.
    Raises CannotRunHereError with the reason and the one command that changes it.
    """
    tier = _tier()
    step = "namespace"
    try:
        if tier is Tier.ROOT:
            sys_.unshare(sys_.CLONE_NEWNS | sys_.CLONE_NEWNET)
        else:
            uid, gid = os.geteuid(), os.getegid()
            sys_.unshare(sys_.CLONE_NEWUSER | sys_.CLONE_NEWNS | sys_.CLONE_NEWNET)
            step = "map"
            _become_root_of_namespace(uid, gid)
        step = "mount"
        sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_SLAVE)
    except OSError as error:
        from nstutor.lab.refusals import refusal

        raise refusal(step, error.errno or 0, str(error.filename)) from None
    check_own_resources()
    return tier


def _tier() -> Tier:
    if not os.path.exists("/proc/self/ns"):
        from nstutor.lab.refusals import without_proc

        raise without_proc()
    if not is_machine_root():
        return Tier.ROOTLESS
    if not (maps_worlds() and may_act_as_root()):
        from nstutor.lab.refusals import root_without_rights

        raise root_without_rights()
    return Tier.ROOT


def _become_root_of_namespace(uid: int, gid: int) -> None:
    """user_namespaces(7): whoever may not change groups outside must give up setgroups(2) before mapping a group."""
    sys_.write_once("/proc/self/setgroups", "deny")
    sys_.write_once("/proc/self/uid_map", f"0 {uid} 1\n")
    sys_.write_once("/proc/self/gid_map", f"0 {gid} 1\n")
