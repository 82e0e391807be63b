"""Why this machine refuses a lab, in words, and the one command that changes it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from nstutor import NamedTuple
from nstutor.errors import CannotRunHereError
from nstutor.lab import apparmor
from nstutor.text.i18n import N_, _

CONTAINER_REMEDY = (
    "docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined …"
    "   (podman: --security-opt unmask=ALL)"
)
_MAKE_NULL = "sudo mknod -m 666 /dev/null c 1 3"
MORE_USER_NAMESPACES = "sudo sysctl -w user.max_user_namespaces=15000"
AS_A_USER = "docker run --user 1000 --security-opt seccomp=unconfined --security-opt systempaths=unconfined …"


def without_proc() -> CannotRunHereError:
    """The exception for a machine that shows no processes."""
    message = _("There is no /proc here; without it no lab can be made.")
    return CannotRunHereError(message, "mount -t proc proc /proc")


def without_null() -> CannotRunHereError:
    """The exception for a machine without the null device."""
    return CannotRunHereError(_("There is no /dev/null here; without it no lab can be made."), _MAKE_NULL)


def root_without_rights() -> CannotRunHereError:
    """The exception for a root that may not make namespaces."""
    message = _(
        "This is the machine's root without the right to make namespaces (CAP_SYS_ADMIN), as in a container.\n"
        "A lab must not run as the machine's root."
    )
    return CannotRunHereError(message, _("Start nstutor as an ordinary user: {command}").format(command=AS_A_USER))


class Cause(NamedTuple):
    """One thing that can stand in the way of a lab."""

    at: frozenset[str]
    """The steps at which it shows."""
    codes: frozenset[int]
    """The errno values that it gives there."""
    holds: Callable[[], bool]
    """Whether this machine shows it."""
    message: str
    remedy: str


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _without_userns() -> bool:
    return not os.path.exists("/proc/self/ns/user")


def _others_used_up() -> bool:
    """Whether a limit of another kind of namespace is 0; how many there are is not to be seen."""
    return any(_read(f"/proc/sys/user/max_{kind}_namespaces").strip() == "0" for kind in ("net", "mnt", "pid"))


def _clone_forbidden() -> bool:
    return _read("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0"


def _in_chroot() -> bool:
    """proc_pid_mountinfo(5): inside a chroot no line has the mount point `/`, unless the new root is a mount itself."""
    return all(line.split()[4] != "/" for line in _read("/proc/self/mountinfo").splitlines())


def _has_seccomp_filter() -> bool:
    return "\nSeccomp:\t2" in _read("/proc/self/status")


def _selinux_enforces() -> bool:
    return _read("/sys/fs/selinux/enforce").strip() == "1"


def _wsl1() -> bool:
    release = os.uname().release
    return release.startswith("4.4.") and release.endswith("-Microsoft")


def _always() -> bool:
    return True


_DENIED = frozenset({errno.EPERM, errno.EACCES})
_NAMESPACE, _MAP, _MOUNT = frozenset({"namespace"}), frozenset({"map", "mount"}), frozenset({"mount"})
_OTHER, _TERMINAL = frozenset({"other"}), frozenset({"terminal"})
_ANY_STEP = _NAMESPACE | _MAP | _OTHER | _TERMINAL
_ANY_CODE = frozenset(errno.errorcode)

CAUSES = (
    Cause(
        _ANY_STEP,
        frozenset({errno.EMFILE}),
        _always,
        N_("Too few open files are allowed (`ulimit -n`)."),
        "ulimit -n 1024",
    ),
    Cause(
        _ANY_STEP,
        frozenset({errno.EAGAIN}),
        _always,
        N_("No further process is allowed (`ulimit -u`, or a limit of the machine's)."),
        N_("End some programs, or: ulimit -u 4096"),
    ),
    Cause(
        _ANY_STEP,
        frozenset({errno.EFBIG}),
        _always,
        N_("Files are not allowed to be as large as the lab's own (`ulimit -f`)."),
        "ulimit -f unlimited",
    ),
    Cause(
        _ANY_STEP,
        frozenset({errno.ENFILE}),
        _always,
        N_("The whole machine has too many open files (`fs.file-max`)."),
        N_("End some programs."),
    ),
    Cause(
        _ANY_STEP,
        frozenset({errno.ENOMEM, errno.ENOBUFS}),
        _always,
        N_("The machine has no memory left, or no more is allowed (`ulimit -v`)."),
        N_("End some programs."),
    ),
    Cause(
        _ANY_STEP,
        frozenset({errno.ETOOMANYREFS}),
        _always,
        N_("Programs of this user have too many open files on their way to each other (`ulimit -n`)."),
        "ulimit -n 4096",
    ),
    Cause(
        _TERMINAL,
        frozenset({errno.ENOSPC}),
        _always,
        N_("The machine has no terminal left (kernel.pty.max)."),
        "sudo sysctl -w kernel.pty.max=8192",
    ),
    Cause(
        _OTHER,
        frozenset({errno.ENOSPC, errno.EUSERS}),
        _always,
        N_("No further namespace or mount is allowed (`user.max_net_namespaces` and the like, `fs.mount-max`)."),
        "sudo sysctl -w user.max_net_namespaces=15000 user.max_mnt_namespaces=15000 fs.mount-max=100000",
    ),
    Cause(_NAMESPACE | _MAP, _ANY_CODE, _wsl1, N_("WSL 1 has no Linux kernel."), "wsl --set-version DISTRIBUTION 2"),
    Cause(
        _NAMESPACE,
        _ANY_CODE,
        _without_userns,
        N_("This kernel was built without user namespaces (CONFIG_USER_NS)."),
        N_("Start nstutor in a virtual machine with another kernel."),
    ),
    Cause(
        _NAMESPACE,
        _DENIED,
        _clone_forbidden,
        N_("Ordinary users may not make user namespaces here (kernel.unprivileged_userns_clone = 0)."),
        "sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    Cause(
        _NAMESPACE,
        _DENIED,
        _in_chroot,
        N_("Inside a chroot the kernel makes no user namespaces."),
        N_("Start nstutor outside the chroot."),
    ),
    Cause(
        _NAMESPACE,
        _DENIED,
        _has_seccomp_filter,
        N_("A system call filter forbids user namespaces; this looks like a container."),
        CONTAINER_REMEDY,
    ),
    Cause(
        _NAMESPACE,
        _DENIED,
        _selinux_enforces,
        N_("SELinux forbids user namespaces to this process."),
        "podman run --security-opt label=disable …",
    ),
    Cause(
        _NAMESPACE,
        _DENIED,
        _always,
        N_("The kernel makes no user namespace for this process: it is in a chroot, or a security policy forbids it."),
        N_("Start nstutor outside of the chroot or container."),
    ),
    Cause(
        _NAMESPACE,
        frozenset({errno.ENOSPC}),
        _others_used_up,
        N_(
            "No further network, mount or process namespace is allowed "
            "(user.max_net_namespaces, user.max_mnt_namespaces, user.max_pid_namespaces)."
        ),
        "sudo sysctl -w user.max_net_namespaces=15000 user.max_mnt_namespaces=15000 user.max_pid_namespaces=15000",
    ),
    Cause(
        _NAMESPACE,
        frozenset({errno.ENOSPC, errno.EUSERS}),
        _always,
        N_("No further user namespace is allowed (user.max_user_namespaces, or they are nested too deeply)."),
        MORE_USER_NAMESPACES,
    ),
    Cause(
        _MAP,
        _DENIED,
        apparmor.restricted,
        N_(
            "AppArmor keeps ordinary users from making user namespaces\n"
            "(kernel.apparmor_restrict_unprivileged_userns = 1)."
        ),
        N_(
            "Either allow it for nstutor alone (once, as root):\n    sudo nstutor doctor --install apparmor\n"
            "or start it as root; the lab stays just as harmless:\n    sudo nstutor"
        ),
    ),
    Cause(
        _MOUNT,
        _DENIED,
        _always,
        N_(
            "This machine does not let us mount a /proc of our own; this looks like a container that masks parts of it."
        ),
        CONTAINER_REMEDY,
    ),
)


def no_netns_left() -> CannotRunHereError:
    """The exception for a lab in which no network namespace could be added, for the machine has too many."""
    return CannotRunHereError(
        _("No further network namespace is allowed on this machine (user.max_net_namespaces)."),
        "sudo sysctl -w user.max_net_namespaces=15000",
    )


def flat() -> CannotRunHereError:
    """The exception for a machine on which submissions would be graded in worlds of Tier.FLAT."""
    message = _(
        "This machine allows one user namespace for a lab where two are needed to grade in: "
        "a submission could take away what those after it need."
    )
    return CannotRunHereError(message, MORE_USER_NAMESPACES)


def refusal(step: str, code: int, what: str) -> CannotRunHereError:
    """The exception for a lab that could not be made.

    `step` is `namespace`, `map`, `mount`, `home`, `terminal` or `other`; `code` the errno; `what` the call that
    failed, for the message when no known cause fits.
    """
    for cause in CAUSES:
        if step in cause.at and code in cause.codes and cause.holds():
            head = _("nstutor cannot make its lab on this machine.")
            return CannotRunHereError(f"{head}\n{_(cause.message)}", _(cause.remedy))
    strerror = os.strerror(code)
    why = what if what.endswith(strerror) else f"{what}: {_(strerror)}"
    message = _("nstutor cannot make its lab on this machine: {why}").format(why=why)
    return CannotRunHereError(message, _("nstutor doctor says more."))
