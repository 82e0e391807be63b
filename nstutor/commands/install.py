"""What `nstutor doctor --install` does: it shows each command, asks, and runs it. Standard library only.

What is said here goes to standard error, so that a report on standard output stays whole.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable

from nstutor.errors import PASSED, CannotRunHereError
from nstutor.lab import apparmor
from nstutor.lab.tools import Found, Manager, Need, find, packages_for
from nstutor.text.i18n import YES_OR_NO, _, in_row, is_yes

Command = tuple[str, ...]


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def batches(missing: Iterable[Found]) -> list[tuple[str, ...]]:
    """The packages in two lots: what is nice to have must not spoil the installation of what is needed."""
    everything = tuple(missing)
    needed = packages_for(found for found in everything if found.need is not Need.NICE)
    nice = packages_for(found for found in everything if found.need is Need.NICE)
    return [lot for lot in (needed, tuple(package for package in nice if package not in needed)) if lot]


def as_root(command: Command) -> Command:
    """The command with sudo in front of it, unless this is root already."""
    return command if os.geteuid() == 0 else ("sudo", *command)


def shown(missing: Iterable[Found], manager: Manager | None) -> list[str]:
    """The commands that install what is missing, as a person types them; none without a package manager."""
    if manager is None:
        return []
    commands = [shlex.join(as_root(command)) for lot in batches(missing) for command in manager.commands(lot)]
    return list(dict.fromkeys(commands))


def may_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agree(agreed: bool) -> bool:
    """Whether the person agrees to the commands that were just shown."""
    if agreed or not may_ask():
        return agreed
    print(_("Run this now?"), YES_OR_NO, end=" ", file=sys.stderr, flush=True)
    return is_yes(sys.stdin.readline())


def with_rights(command: Command) -> Command | None:
    """The command as it can be run here: as root, by sudo, or not at all (None)."""
    if os.geteuid() == 0:
        return command
    if not find("sudo"):
        return None
    # Without a terminal sudo could only wait for a password that nobody types.
    return ("sudo", *command) if may_ask() else ("sudo", "-n", *command)


def run(command: Command) -> bool:
    """Run one command as root, with its output on standard error; whether it succeeded."""
    allowed = with_rights(command)
    if allowed is None:
        say(_("This needs root's rights, and there is no sudo here."))
        return False
    say(f"+ {shlex.join(allowed)}")
    return subprocess.run(allowed, stdout=sys.stderr.fileno(), check=False).returncode == 0


def install_lot(manager: Manager, packages: tuple[str, ...]) -> bool:
    """Install these packages; if that fails, once more with fresh lists, for the old ones may name lost files."""
    if all(run(command) for command in manager.commands(packages)):
        return True
    refreshed = manager.refresh and with_rights(()) is not None and run((manager.name, *manager.refresh))
    return bool(refreshed) and run(manager.commands(packages)[-1])


def install_packages(missing: tuple[Found, ...], manager: Manager | None, *, agreed: bool) -> None:
    """Install what is missing, if there is a way and the person agrees; the report afterwards shows what came of it."""
    commands = shown(missing, manager)
    if manager is None or not commands:
        say(_("No package manager here brings what is missing."))
        return
    say(_("Missing: {names}").format(names=in_row(_(found.name) for found in missing)))
    say("\n".join(f"    {command}" for command in commands))
    if not agree(agreed):
        say(_("Nothing was installed. To agree beforehand: {command}").format(command="nstutor doctor --install --yes"))
        return
    for lot in batches(missing):
        install_lot(manager, lot)


def install_profile(*, agreed: bool) -> int:
    """Write and load the AppArmor profile for nstutor's own script, where AppArmor stands in the way."""
    if not apparmor.restricted():
        say(_("There is nothing to do: AppArmor does not restrict user namespaces on this machine."))
        return PASSED
    script, parser = apparmor.executable(), find("apparmor_parser")
    if script is None:
        advice = _("Install nstutor first: {command}").format(command="make learn")
        raise CannotRunHereError(_("a profile needs nstutor's own script"), advice)
    if parser is None:
        advice = _("It is in the package {package}.").format(package=apparmor.PACKAGE)
        raise CannotRunHereError(_("{program} is missing").format(program="apparmor_parser"), advice)
    command = shlex.join(as_root((script, "doctor", "--install", "apparmor")))
    if os.geteuid() != 0:
        advice = _("Run: {command}").format(command=command)
        raise CannotRunHereError(_("only root may load an AppArmor profile"), advice)
    text = apparmor.profile(script)
    head = _("This goes to {path} and is loaded by {command}:")
    say(head.format(path=apparmor.PROFILE_PATH, command=f"{parser} --replace") + f"\n\n{text}")
    if not agree(agreed):
        advice = _("To agree beforehand: {command}").format(command=f"{command} --yes")
        raise CannotRunHereError(_("nothing was changed"), advice)
    return load_profile(text, parser)


def load_profile(text: str, parser: str) -> int:
    """Write the profile and load it into the kernel."""
    with open(apparmor.PROFILE_PATH, "w", encoding="utf-8") as file:
        file.write(text)
    if not run((parser, "--replace", apparmor.PROFILE_PATH)):
        advice = _("It is in {path}.").format(path=apparmor.PROFILE_PATH)
        raise CannotRunHereError(_("{program} refused the profile").format(program="apparmor_parser"), advice)
    say(_("nstutor may make its lab now."))
    return PASSED
