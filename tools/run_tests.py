"""Run the tests as the current user and, if that is root, some of them once more as a user without any privilege.

The second run works on a copy of the checkout and of its environment: neither they nor the interpreter need lie where
such a user can read. Standard library only. Arguments go to pytest; the exit status is the worse of the two. Where they
name tests, both runs have those.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
NOBODY = 65534
"""The kernel's overflow id (proc_sys_kernel(5)); `nobody` on most machines, and owner of nothing."""
LEFT_OUT = (".git", ".venv", "build", "dist", "__pycache__", ".*_cache")
UNFINISHED = "*.pyc.*"
"""Bytecode that is about to be written and gets its name then: importlib and pytest put a number behind it."""
PER_PROCESSOR = 2
"""Processes for each processor: most tests wait, for an echo, a screen or a program."""
AGAIN = (
    "tests/terminal",
    "tests/kernel",
    "tests/typing/test_ends.py",
    *(
        f"tests/typing/test_series_{place}.py::test_each_line_runs_once_and_in_order[{series}]"
        for place in ("attach", "nested")
        for series in ("mixed", "paste-and-more", "ctrl-c", "ctrl-z", "ping")
    ),
    "tests/lessons/test_hostile.py",
    "tests/lessons/test_lesson_killed.py",
    "tests/lessons/test_neighbours.py",
    "tests/lessons/test_router.py",
    "tests/lessons/test_solutions.py",
    "tests/lessons/test_course.py::test_full_strength[01-loopback]",
    "tests/unit/test_doctor.py",
    "tests/unit/test_guards.py",
    "tests/unit/test_home_archive.py",
    "tests/unit/test_workers.py",
)
"""What privileges can change, and so runs twice: worlds, shells, what the kernel tells and refuses, terminals, what a
submission may do, whether files can be written; and of the course one lesson, proved. What is computed from data runs
once: grammars, verdicts, texts, formats and pictures, the other lessons' proofs, other spellings of what is graded."""
ONCE = (
    "tests/terminal/test_course_menu.py",
    "tests/terminal/test_languages.py",
    "tests/terminal/test_learn_first_minutes.py",
    "tests/terminal/test_learn_lessons.py::test_lesson_is_passed_by_typing_its_solutions[first-look]",
    "tests/terminal/test_learn_lessons.py::test_lesson_is_passed_by_typing_its_solutions[veth]",
    "tests/terminal/test_learn_line_editor.py",
    "tests/terminal/test_learn_progress.py::test_finished_lesson_begins_anew",
    "tests/terminal/test_learn_progress.py::test_fresh_begins_anew_and_keeps_the_record",
    "tests/terminal/test_learn_progress.py::test_history_reaches_back_into_the_last_session",
    "tests/terminal/test_learn_progress.py::test_line_that_came_back_into_the_editor_is_not_typed_again",
    "tests/terminal/test_learn_resumed.py::test_a_step_of_which_nobody_knows_is_not_told",
    "tests/terminal/test_learn_resumed.py::test_a_step_that_does_not_hold_any_more_is_told",
    "tests/terminal/test_learn_resumed.py::test_what_was_typed_at_a_second_terminal_is_there_again[quit]",
    "tests/terminal/test_learn_shell.py",
    "tests/terminal/test_learn_translated.py",
    "tests/terminal/test_colon_commands.py",
    "tests/terminal/test_learn_variants.py",
    "tests/terminal/test_learn_watch.py",
    "tests/terminal/test_own_work.py",
    "tests/terminal/test_shell_survives.py::test_prompt_survives_what_is_done_to_its_variables[-",
    "tests/terminal/test_terminal_driver.py",
    "tests/terminal/test_wheel.py",
    "tests/kernel/test_docs_checks.py",
    "tests/kernel/test_picture_handout.py",
    "tests/kernel/test_prompt_marks.py",
    "tests/lessons/test_hostile.py::test_attack[shell-",
    "tests/lessons/test_hostile.py::test_bytes",
    "tests/lessons/test_hostile.py::test_it_is_graded_in_its_time[bytes-",
    "tests/lessons/test_hostile.py::test_it_is_graded_in_its_time[pretends-",
    "tests/lessons/test_hostile.py::test_it_is_graded_in_its_time[shell-",
    "tests/lessons/test_hostile.py::test_pretender",
    "tests/lessons/test_router.py::test_the_lesson_proves_itself",
    "tests/lessons/test_solutions.py::test_spelling",
)
"""Of those what runs once all the same: it is about the tutor's words and what they are told by, the line editor, what
bash itself does with a line, our own tools, packages, documents and pictures. `[-` and the like begin the names of many
tests of one kind; their nested, killed or other forms run twice."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(arguments: Sequence[str]) -> int:
    """Run the tests once or twice; pytest's exit status."""
    strict = {"NSTUTOR_STRICT": "1"} if os.environ.get("CI") else {}
    environment = {**os.environ, **strict}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nstutor is started a thousand times
    if os.geteuid() != 0:
        return run_here(arguments, environment)
    again = () if any(map(is_place, arguments)) else (*map(left_out, ONCE), *AGAIN)
    with ThreadPoolExecutor(1) as beside, ExitStack() as stack:
        # The first run leaves some time of the processors for it, and it needs one of them at a time.
        ready = beside.submit(lambda: stack.enter_context(ready_for_nobody((*arguments, *again), environment)))
        statuses = [run_here(arguments, environment)]
        python, checkout, variables = ready.result()
        statuses.append(run_pytest(python, checkout, (*arguments, *again), variables, nobody=True))
    return max(statuses)


def run_here(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run them as this user, in this checkout; pytest's exit status."""
    collect(sys.executable, CHECKOUT, arguments, environment)
    return run_pytest(sys.executable, CHECKOUT, arguments, environment)


def left_out(place: str) -> str:
    """The option by which pytest leaves out a file or a test."""
    return f"--deselect={place}" if "::" in place else f"--ignore={place}"


def is_place(argument: str) -> bool:
    """Whether an argument for pytest names tests: a folder, a file or one of its tests."""
    return not argument.startswith("-") and (CHECKOUT / argument.partition("::")[0]).exists()


def run_pytest(
    python: str, checkout: Path, arguments: Sequence[str], environment: Mapping[str, str], *, nobody: bool = False
) -> int:
    """Run pytest there, as this user or as nobody; its exit status."""
    user = NOBODY if nobody else os.geteuid()
    side_by_side = ("-n", str(PER_PROCESSOR * len(os.sched_getaffinity(0))), "--dist", "loadfile", "--durations=25")
    print(f"\n=== The tests as uid {user}, in {checkout} ===", flush=True)
    return as_user((python, "-m", "pytest", *side_by_side, *arguments), user, cwd=checkout, env=environment)


def collect(
    python: str, checkout: Path, arguments: Sequence[str], environment: Mapping[str, str], *, nobody: bool = False
) -> None:
    """Have pytest rewrite each file with tests: by one process, or each would do it at the same time."""
    user = NOBODY if nobody else os.geteuid()
    command = (python, "-m", "pytest", "--collect-only", "-qq", *arguments)
    as_user(command, user, cwd=checkout, env=environment, stdout=subprocess.DEVNULL)


def as_user(command: Sequence[str], user: int, **place: object) -> int:
    """Run a command as this user, without any group or privilege of another; its exit status."""
    identity = {"user": user, "group": user, "extra_groups": ()} if user != os.geteuid() else {}
    return subprocess.run(command, check=False, **identity, **place).returncode  # type: ignore[call-overload,no-any-return]


@contextmanager
def ready_for_nobody(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> Iterator[tuple[str, Path, dict[str, str]]]:
    """All that nobody needs to run these tests at once: the Python, the checkout, all variables."""
    with copy_for_nobody() as (python, checkout, clean):
        variables = {**environment, **clean}
        collect(python, checkout, arguments, variables, nobody=True)
        yield python, checkout, variables


@contextmanager
def copy_for_nobody() -> Iterator[tuple[str, Path, dict[str, str]]]:
    """A checkout, its environment and a home that belong to nobody: the Python, the checkout, their variables."""
    folder = Path(tempfile.mkdtemp(prefix="nstutor-"))
    try:
        checkout, home = folder / "nstutor", folder / "home"
        home.mkdir()
        shutil.copytree(CHECKOUT, checkout, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        base = reachable_python(folder)
        variables = {"HOME": str(home), "PATH": PATH, **library_path(base)}
        yield copy_environment(base, folder, checkout, variables), checkout, variables
    finally:
        shutil.rmtree(folder)


def copy_environment(base: Path, folder: Path, checkout: Path, variables: Mapping[str, str]) -> str:
    """Make an environment with the same packages, and this copy of nstutor, in the folder; its Python."""
    environment = folder / "environment"
    checked((str(base), "-m", "venv", "--without-pip", str(environment)))
    ours, theirs = (Path(prefix, "lib", base.name, "site-packages") for prefix in (sys.prefix, environment))
    shutil.copytree(ours, theirs, ignore=shutil.ignore_patterns(UNFINISHED), symlinks=True, dirs_exist_ok=True)
    hand_over(folder)
    python = str(environment / "bin" / "python")
    pip = ("install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable")
    checked((python, "-m", "pip", *pip, str(checkout)), user=NOBODY, cwd="/", env=variables)
    return python


def reachable_python(folder: Path) -> Path:
    """The interpreter below our environment, or a copy of its whole installation if nobody cannot run it."""
    base = Path(sys.base_prefix)
    python = Path("bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    if runs_for_nobody(base / python):
        return base / python
    shutil.copytree(base, folder / "python", symlinks=True)
    return folder / "python" / python


def library_path(python: Path) -> dict[str, str]:
    """The variable that leads a copied interpreter to its own shared library, where the original is not in reach."""
    return {} if python.is_relative_to(sys.base_prefix) else {"LD_LIBRARY_PATH": str(python.parents[1] / "lib")}


def runs_for_nobody(python: Path) -> bool:
    """Whether a user without privileges can run this interpreter."""
    try:
        return as_user((str(python), "-c", ""), NOBODY, cwd="/") == 0
    except PermissionError:
        return False


def hand_over(folder: Path) -> None:
    """Make nobody the owner of everything in the folder."""
    os.chown(folder, NOBODY, NOBODY)
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(place, name), NOBODY, NOBODY, follow_symlinks=False)


def checked(command: Sequence[str], user: int = 0, **place: object) -> None:
    """Run a command that must succeed."""
    status = as_user(command, user, **place)
    if status:
        sys.exit(f"{' '.join(command)}: exit status {status}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
