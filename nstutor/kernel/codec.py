"""pyroute2's message classes, without its front.

`import pyroute2` brings everything that the package can do: databases, generic netlink, a 9P server, in 0.2 s. Its
message classes need nothing of that. So the package's own `__init__` is not run before somebody asks for what it alone
has; its submodules are found as ever.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from types import ModuleType

PACKAGE = "pyroute2"


@cache
def codec(name: str = "") -> ModuleType:
    """The module of that name in pyroute2.netlink.rtnl, "" for that package itself."""
    if PACKAGE not in sys.modules:
        _put_package_without_front()
    return importlib.import_module(f"{PACKAGE}.netlink.rtnl{name and '.'}{name}")


class _WithoutFront(ModuleType):
    """The package before its `__init__` was run."""

    def __getattr__(self, name: str) -> object:
        """A submodule of that name; what is none comes from `__init__`, which is run now."""
        if importlib.util.find_spec(f"{self.__name__}.{name}"):
            return importlib.import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        if self.__spec__ and self.__spec__.loader:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _put_package_without_front() -> None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None:  # else the import says that it is missing
        package = importlib.util.module_from_spec(spec)
        package.__class__ = _WithoutFront
        sys.modules[PACKAGE] = package
