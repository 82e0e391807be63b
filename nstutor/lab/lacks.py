"""The known programs that this machine lacks, as a world would look for them."""

from __future__ import annotations

import functools
import shutil
from typing import NamedTuple

from nstutor.lab.contents import PATH
from nstutor.lab.tools import BESIDE, OTHERS, TOOLS, package_manager
from nstutor.text.i18n import _


class Lack(NamedTuple):
    """A program that is not there, and the package that would bring it."""

    name: str
    package: str
    expected: bool
    """It is one of those that the lab is said to have (tools.TOOLS, and what comes with them)."""

    def __str__(self) -> str:
        return _("{program} (package {package})").format(program=self.name, package=self.package)


@functools.cache
def lacks() -> tuple[Lack, ...]:
    """All of them, looked for once: what becomes of PATH later is somebody else's doing."""
    manager = package_manager()
    name = manager.name if manager else ""
    expected = {tool.name: tool.package_of(name) for tool in TOOLS}
    expected |= {beside: expected[tool] for beside, tool in BESIDE.items()}
    others = {tool.name: tool.package_of(name) for tool in OTHERS}
    return tuple(
        Lack(program, package, program in expected)
        for program, package in (expected | others).items()
        if not is_there(program)
    )


def is_there(program: str) -> bool:
    """Whether a world would find it."""
    return shutil.which(program, path=PATH) is not None
