"""Which tests run on which of several processes, and when: what takes long begins first, and what can be split is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdist.scheduler import LoadScopeScheduling

FOLDERS = ("tests/lessons/", "tests/terminal/", "tests/kernel/")
"""The first keeps the processors busy, the others wait; whatever stands elsewhere is quick and comes at the end."""
BUSY_PART = 0.7
"""Of the run, in which the tests of the first folder begin."""
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


def order(nodeids: Sequence[str]) -> dict[str, tuple[int, float, int]]:
    """For each test a key to sort by: when it is to begin.

    Those of lessons, which keep the processors busy, stand among those that wait for terminals and kernels, so that
    neither kind is left to itself; and in the first part of them, so that no long file is left for the end.
    """
    busy = {file: at for at, file in enumerate(dict.fromkeys(_file(one) for one in nodeids if _folder(one) == 0))}
    waiting = {one: at for at, one in enumerate(one for one in nodeids if 0 < _folder(one) < len(FOLDERS))}
    return {one: _key(one, busy, waiting) for one in nodeids}


def _key(nodeid: str, busy: Mapping[str, int], waiting: Mapping[str, int]) -> tuple[int, float, int]:
    file = _file(nodeid)
    first = LONGEST.index(file) if file in LONGEST else len(LONGEST)
    if file in busy:
        return first, BUSY_PART * busy[file] / len(busy), 0
    return first, waiting[nodeid] / len(waiting) if nodeid in waiting else 1.0, 1


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _folder(nodeid: str) -> int:
    return next((index for index, name in enumerate(FOLDERS) if nodeid.startswith(name)), len(FOLDERS))
