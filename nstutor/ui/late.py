"""Modules of the standard library that the libraries import at their top, and the first prompt does not need."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class Late:
    """Has modules loaded when they are first used (importlib.util.LazyLoader), as long as there is one thread only.

    Of the libraries' imports these take a twelfth: tempfile and shutil for an editor of the line, wcwidth's secrets.
    """

    NAMES = frozenset({"secrets", "shutil", "tempfile"})

    @classmethod
    def begin(cls) -> None:
        """From here on they are late."""
        sys.meta_path.insert(0, cls)

    @classmethod
    def end(cls) -> None:
        """Load them. To be called before there is another thread: before 3.12 two of them may not be first together."""
        if cls in sys.meta_path:
            sys.meta_path.remove(cls)
        for name in cls.NAMES & sys.modules.keys():
            vars(sys.modules[name])

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See importlib.abc.MetaPathFinder."""
        spec = PathFinder.find_spec(name, path) if name in cls.NAMES else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
