"""What every test may use, and what none may do: change this machine, or write into the real home.

With NSTUTOR_STRICT=1, as on CI, a skipped test is a failure unless its reason is in allowed-skips.txt. What is in
known-failures.txt may fail.
"""

from __future__ import annotations

import functools
import os
import pwd
import random
import shutil
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Protocol, TypeVar

import pytest
from balance import LongestFirst, order
from machine_state import differences, home_state, machine_state
from terminal_driver import Terminal
from xdist.remote import Producer

from nstutor.lab.features import Features, kernel_features

STRICT = os.environ.get("NSTUTOR_STRICT", "") not in {"", "0"}
ALLOWED_SKIPS = Path(__file__).with_name("allowed-skips.txt")
KNOWN_FAILURES = Path(__file__).with_name("known-failures.txt")
HOMES = {
    "HOME": "home",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_RUNTIME_DIR": "run",
}

SIZE_OF_ANOTHER_TERMINAL = ("COLUMNS", "LINES")
"""Whoever started the tests may have set it; the tests' own terminals have sizes of their own."""

TREATED_AS_AT_A_TERMINAL: dict[signal.Signals, Callable[[int, FrameType | None], object] | signal.Handlers] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGHUP: lambda *_: None,  # pytest itself outlives its terminal, as it was meant to
}
"""Ignored in what a shell starts in the background, or nohup(1), and in all that comes from it: then no test could send
them. A handler of ours is the default action in what we execute (execve(2))."""

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


class OpenTerminal(Protocol):
    """The `terminal` fixture: opens a terminal as Terminal does, and sees to its end."""

    def __call__(
        self,
        *command: str,
        columns: int = 100,
        rows: int = 30,
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
    ) -> Terminal:
        """Open a terminal with this command in it."""


SEED = "NSTUTOR_SEED"
"""What the tests that type at random moments begin with."""


def pytest_configure(config: pytest.Config) -> None:
    """Before any process is started: signals as at a terminal, and one seed for all tests."""
    for number, handler in TREATED_AS_AT_A_TERMINAL.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    os.environ.setdefault(SEED, str(random.SystemRandom().randrange(10**6)))


def pytest_report_header(config: pytest.Config) -> str:
    """How the same keys are typed again."""
    return f"{SEED}={os.environ[SEED]}"


@pytest.fixture(scope="session", autouse=True)
def machine_stays_as_it_is() -> Iterator[None]:
    """Fail the session if the machine's own network, mounts or settings are not what they were."""
    before = machine_state()
    yield
    changed = differences(before, machine_state())
    assert not changed, "the tests changed this machine:\n" + "\n".join(changed)


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the tests' own; on CI also a look whether the real one stayed as it was."""
    real = pwd.getpwuid(os.getuid()).pw_dir
    before = home_state(real)
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for variable, place in HOMES.items():
            (folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
            patch.setenv(variable, str(folder / place))
        for variable in SIZE_OF_ANOTHER_TERMINAL:
            patch.delenv(variable, raising=False)
        # It decides before LANG, whatever whoever started the tests speaks.
        patch.setenv("LANGUAGE", "en")
        yield folder / "home"
    changed = differences(before, home_state(real)) if STRICT else []
    assert not changed, "the tests wrote into the real home:\n" + "\n".join(changed)


@pytest.fixture
def venv_python() -> Path:
    """The Python that has nstutor's dependencies."""
    return Path(sys.executable)


@pytest.fixture
def terminal() -> Iterator[OpenTerminal]:
    """Opens terminals, `terminal("bash", "--norc", columns=80)`, and closes them after the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    with ExitStack() as stack:

        def open_one(
            *command: str,
            columns: int = 100,
            rows: int = 30,
            environment: dict[str, str] | None = None,
            folder: Path | None = None,
        ) -> Terminal:
            opened = Terminal(command, columns=columns, rows=rows, environment=environment, folder=folder)
            return stack.enter_context(opened)

        yield open_one


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LongestFirst | None:
    """Better than by file alone, which is what `--dist loadfile` asks for."""
    return LongestFirst(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is known to fail; side by side, have what takes long begin first."""
    known = dict(_entries(KNOWN_FAILURES))
    for item in items:
        if item.nodeid in known:
            item.add_marker(pytest.mark.xfail(reason=known[item.nodeid], strict=False))
    if hasattr(config, "workerinput"):
        keys = order([item.nodeid for item in items])
        items.sort(key=lambda item: keys[item.nodeid])


def _entries(file: Path) -> Iterator[tuple[str, str]]:
    """What a list of the tests' has: before and behind the last pair of colons of each line."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") and " :: " in line:
            what, _, why = line.rpartition(" :: ")
            yield what.strip(), why.strip()


@functools.cache
def _features() -> Features:
    return kernel_features()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `needs_link("dummy")` or `needs_qdisc("netem")` where the kernel has no such thing."""
    for marker in item.iter_markers("needs_link"):
        if not _features().links.get(marker.args[0]):
            pytest.skip(f"the kernel has no link type {marker.args[0]}")
    for marker in item.iter_markers("needs_qdisc"):
        if not _features().qdiscs.get(marker.args[0]):
            pytest.skip(f"the kernel has no qdisc {marker.args[0]}")


def _forbidden(reason: str) -> bool:
    """Whether a test may not be skipped for this reason: only in strict mode, and for those not on the list."""
    return STRICT and not any(words in reason for words, _ in _entries(ALLOWED_SKIPS))


def _as_failure(report: Report) -> Report:
    """The report of a skip, turned into that of a failure if the reason is not allowed."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if _forbidden(reason):
        report.outcome = "failed"
        report.longrepr = f"skipped for a reason that is not in {ALLOWED_SKIPS.name}: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at each skip of a test."""
    return _as_failure((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at each skip of a whole file."""
    return _as_failure((yield))
