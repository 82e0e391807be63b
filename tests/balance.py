"""Which tests run on which of several processes, and when: what takes long begins first, and what can be split is."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

FOLDERS = ("tests/lessons/", "tests/terminal/", "tests/kernel/")
"""Slow ones first; whatever stands elsewhere is quick and fills the gaps at the end."""
LONGEST = ("tests/lessons/test_hostile.py", "tests/terminal/test_wheel.py")
"""Files whose tests share something that takes long to make: nothing is to wait for them at the end."""
ONE_BY_ONE = ("tests/terminal/", "tests/kernel/")
"""Each test makes its own world or terminal: any process may run any of them. The others share by file."""


class LongestFirst(LoadScopeScheduling):
    """Hands out files, and single tests where these share nothing."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file.startswith(ONE_BY_ONE) and file not in LONGEST else file

    def schedule(self) -> None:
        """See Scheduling; the queue is in the order of the collection."""
        self.config.option.loadscopereorder = False
        super().schedule()


def rank(nodeid: str) -> tuple[int, int]:
    """A key to sort tests by: how long before others one is to begin."""
    file = nodeid.partition("::")[0]
    folder = next((index for index, name in enumerate(FOLDERS) if file.startswith(name)), len(FOLDERS))
    return LONGEST.index(file) if file in LONGEST else len(LONGEST), folder
