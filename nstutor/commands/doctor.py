"""`nstutor doctor`: what this machine can do, and the one command that changes what it cannot.

Standard library only: `python3 -m nstutor doctor` runs before nstutor's own environment exists.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nstutor.commands.install import install_packages, install_profile, shown
from nstutor.errors import CANNOT_RUN, PASSED
from nstutor.lab import tools
from nstutor.lab.features import NEEDED_LINKS, Features, kernel_features
from nstutor.lab.tiers import Capability, probe
from nstutor.lab.tools import Found, Manager, Need
from nstutor.text.i18n import N_, _, in_row
from nstutor.text.width import padded

PURPOSES = {
    "lab": frozenset({Need.LAB, Need.NICE}),
    "venv": frozenset({Need.VENV}),
    "tests": frozenset({Need.LAB, Need.NICE, Need.TESTS, Need.VENV}),
}
"""What `--for` means: which programs are looked for."""
VERSIONED = {"kernel": N_("kernel")}
NO_BASH, UNKNOWN_BASH = N_("none"), N_("unknown")


@dataclass(frozen=True)
class Report:
    """What the doctor found. `capability` and `features` are None when no lab was asked for."""

    found: tuple[Found, ...]
    manager: Manager | None
    capability: Capability | None
    features: Features | None
    versions: Mapping[str, str]

    @property
    def missing(self) -> tuple[Found, ...]:
        """The programs that are not there, the nice ones too."""
        return tuple(found for found in self.found if found.path is None)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What stands in the way, in words; empty if nothing does."""
        needed = [_(found.name) for found in self.missing if found.need is not Need.NICE]
        kinds = self.features.missing if self.features else ()
        kernel = [_("kernel support for {kind}").format(kind=kind) for kind in kinds]
        lab = [_("the right to make a lab")] if self.capability and not self.capability.possible else []
        return (*lab, *needed, *kernel)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add doctor's options."""
    parser.add_argument(
        "--install",
        nargs="?",
        const="packages",
        choices=("packages", "apparmor"),
        help=_(
            "install missing programs with the machine's package manager; "
            "`apparmor`: allow nstutor, and nothing else, its user namespaces"
        ),
    )
    parser.add_argument("--yes", action="store_true", help=_("agree to the installation beforehand"))
    parser.add_argument(
        "--for",
        dest="purposes",
        action="append",
        choices=tuple(PURPOSES),
        help=_("what the machine is to be fit for (default: lab)"),
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help=_("how to report (default: text)"))


def main(arguments: argparse.Namespace) -> int:
    """Examine the machine, install what is missing if asked to, report; 0 if all is there, else 4."""
    if arguments.install == "apparmor":
        return install_profile(agreed=arguments.yes)
    report = examine(frozenset(arguments.purposes or ("lab",)))
    if arguments.install and report.missing:
        install_packages(report.missing, report.manager, agreed=arguments.yes)
        report = replace(report, found=search_again(report))
    print(as_json(report) if arguments.format == "json" else as_text(report))
    return CANNOT_RUN if report.lacking else PASSED


def examine(purposes: frozenset[str]) -> Report:
    """Look at everything that these purposes need."""
    manager = tools.package_manager()
    needs = frozenset[Need]().union(*(PURPOSES[purpose] for purpose in purposes))
    lab = Need.LAB in needs
    return Report(
        found=tools.look_for_all(needs, manager),
        manager=manager,
        capability=probe() if lab else None,
        features=kernel_features() if lab else None,
        versions={"python": platform.python_version(), "kernel": os.uname().release, "bash": bash_version()},
    )


def search_again(report: Report) -> tuple[Found, ...]:
    """The same search, after an installation."""
    return tools.look_for_all({found.need for found in report.found}, report.manager)


def bash_version() -> str:
    """The version of bash, as `5.2.15(1)-release`; `none` without one."""
    path = tools.find("bash")
    if path is None:
        return NO_BASH
    answer = subprocess.run((path, "--norc", "-c", 'echo "$BASH_VERSION"'), capture_output=True, text=True, check=False)
    return answer.stdout.strip() or UNKNOWN_BASH


def as_text(report: Report) -> str:
    """The report for a person."""
    versions = " · ".join(f"{_(VERSIONED.get(name, name))} {_(version)}" for name, version in report.versions.items())
    parts = [f"nstutor doctor · {versions}", *_lab_lines(report), "\n".join(map(_tool_line, report.found))]
    return "\n\n".join([*parts, *_closing(report)])


def _lab_lines(report: Report) -> list[str]:
    """What kind of lab the machine allows, and what the kernel has for it."""
    lines = [_capability_text(report.capability)] if report.capability else []
    if report.features is None:
        return lines
    kinds = {**report.features.links, **report.features.qdiscs}
    marks = "  ".join(f"{_mark(kind, answer)} {kind}" for kind, answer in kinds.items())
    return [*lines, "  " + _("kernel: {marks}").format(marks=marks)]


def _mark(kind: str, answer: bool | None) -> str:
    """Whether the kernel has it; only what every lesson needs is a fault when it has not."""
    if answer is None:
        return "?"
    return "✓" if answer else "✗" if kind in NEEDED_LINKS else "–"


def _capability_text(capability: Capability) -> str:
    """The tier, why it is that one, what is lost in it, and the command that would improve it."""
    head = _("lab: tier {tier}, {reason}") if capability.possible else _("lab: not possible here, {reason}")
    lines = ["  " + head.format(tier=capability.tier, reason=_(capability.reason))]
    lines += ["    " + _("lost: {loss}").format(loss=_(loss)) for loss in capability.lost]
    better = _("better: {remedy}").format(remedy=_(capability.remedy)) if capability.remedy else None
    return "\n".join([*lines, f"    {better}"] if better else lines)


def _tool_line(found: Found) -> str:
    """One program: where it is, or which package brings it."""
    if found.path is not None:
        return f"  ✓ {padded(_(found.name), 12)} {found.path}"
    missing = (
        _("missing, {need} (package {package})") if found.package else (_("missing, {need} (no package known here)"))
    )
    missing = missing.format(need=_(found.need.value), package=found.package)
    return f"  {'–' if found.need is Need.NICE else '✗'} {padded(_(found.name), 12)} {missing}"


def _closing(report: Report) -> list[str]:
    """What is left to do: the exact commands."""
    commands = [f"      {command}" for command in shown(report.missing, report.manager)]
    advice = ["\n".join(["  " + _("To install what is missing:"), *commands])] if commands else []
    if not report.lacking:
        return [*advice, "  " + _("Everything that is needed is there.")]
    return [*advice, "  " + _("Still in the way: {names}.").format(names=in_row(report.lacking))]


def as_json(report: Report) -> str:
    """The report for a program: one JSON object with `version` 1."""
    capability = report.capability
    lab = capability and {
        "tier": capability.tier,
        "reason": _(capability.reason),
        "remedy": capability.remedy and _(capability.remedy),
        "lost": [_(loss) for loss in capability.lost],
    }
    programs = [
        {"name": found.name, "need": found.need.value, "path": found.path, "package": found.package}
        for found in report.found
    ]
    kernel = report.features and {"links": dict(report.features.links), "qdiscs": dict(report.features.qdiscs)}
    return json.dumps(
        {
            "version": 1,
            "ok": not report.lacking,
            "lacking": report.lacking,
            "lab": lab,
            "tools": programs,
            "kernel": kernel,
            "versions": dict(report.versions),
            "package_manager": report.manager and report.manager.name,
            "install": shown(report.missing, report.manager),
        },
        ensure_ascii=False,
        indent=2,
    )
