"""The built wheel, installed into an empty environment away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from nstutor.lesson.catalog import course
from nstutor.picture.inline import svg_of
from nstutor.text.i18n import LANGUAGES

CHECKOUT = Path(__file__).parents[2]
PIP_OFFLINE = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")

LOOPBACK = """\
ip netns add eden
ip netns add greenland
ip netns delete eden
ip netns exec greenland ip link set lo up
"""


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder, with nothing of the checkout in its environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def checked(command: Sequence[str | Path], folder: Path) -> str:
    """Run a command that must succeed; its output."""
    answer = run(command, folder)
    assert answer.returncode == 0, f"{command}:\n{answer.stdout}{answer.stderr}"
    return answer.stdout


def build_wheel(source: Path, folder: Path) -> Path:
    """The wheel of this source tree."""
    checked((sys.executable, "-m", "pip", "wheel", *PIP_OFFLINE, "--wheel-dir", folder, source), folder.parent)
    (wheel,) = folder.glob("nstutor-*.whl")
    return wheel


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout to build from, since building leaves files behind."""
    copy = tmp_path_factory.mktemp("source") / "nstutor"
    left_out = shutil.ignore_patterns(".git", ".venv", "build", "dist", "__pycache__", ".*_cache")
    shutil.copytree(CHECKOUT, copy, ignore=left_out)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    return build_wheel(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nstutor of an environment that has the wheel, and the dependencies of this one behind it."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    checked((sys.executable, "-m", "venv", "--without-pip", environment), environment.parent)
    (packages,) = environment.glob("lib/python*/site-packages")
    # Plain entries of sys.path come after the environment's own packages, and no .pth file in them is read: an
    # editable nstutor among them stays unseen.
    (packages / "dependencies.pth").write_text("".join(f"{folder}\n" for folder in site.getsitepackages()))
    target = ("--python", environment / "bin" / "python")
    checked((sys.executable, "-m", "pip", *target, "install", *PIP_OFFLINE, wheel), environment.parent)
    return environment / "bin" / "nstutor"


def contents(path: Path) -> dict[str, bytes]:
    """The files in a wheel apart from its own list of them."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def test_wheel_carries_the_lessons(wheel: Path) -> None:
    """Each lesson of the checkout is in the wheel, inside the package, unchanged."""
    lessons = {f"nstutor/_lessons/{path.name}": path.read_bytes() for path in (CHECKOUT / "lessons").glob("*.md")}
    assert lessons
    assert lessons.items() <= contents(wheel).items()


def test_wheel_carries_the_lessons_as_they_were_parsed(wheel: Path) -> None:
    """Each of them, in each language, as JSON."""
    names = {f"nstutor/_compiled/{path.stem}.json" for path in (CHECKOUT / "lessons").glob("*.md")}
    assert names == {name for name in contents(wheel) if name.startswith("nstutor/_compiled/")}


def test_wheel_carries_the_pictures_where_the_lessons_look(wheel: Path, tmp_path: Path) -> None:
    """`../assets/NAME.svg` of a lesson leads to the same picture in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    pictures = sorted(path.name for path in (CHECKOUT / "assets").glob("*.svg"))
    assert pictures
    for name in pictures:
        packed = tmp_path / "nstutor" / "_lessons" / ".." / "assets" / name
        assert packed.read_bytes() == (CHECKOUT / "assets" / name).read_bytes()
        assert svg_of(tmp_path / "nstutor" / "_lessons" / "03-bridge.md", f"../assets/{name}").startswith("<svg ")


def test_wheel_carries_the_translations(wheel: Path, program: Path, tmp_path: Path) -> None:
    """Each language's texts are in the wheel, compiled and nothing else of them; the installed program speaks them."""
    inside = {name for name in contents(wheel) if name.startswith("nstutor/locale/")}
    sources = {path.relative_to(CHECKOUT) for path in CHECKOUT.glob("nstutor/locale/*/LC_MESSAGES/*.po")}
    assert sources
    assert inside == {str(path.with_suffix(".mo")) for path in sources}
    assert "显示这条帮助并退出" in checked((program, "--lang", "zh", "--help"), tmp_path)


def test_wheel_carries_no_tests(wheel: Path) -> None:
    """Only the package and its metadata are in the wheel."""
    tops = {name.split("/")[0] for name in contents(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"nstutor"}


def test_source_distribution_builds_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    """The wheel that is built from the source distribution has the same files as that from the checkout."""
    build = "import hatchling.build as backend, sys; print(backend.build_sdist(sys.argv[1]))"
    checked((sys.executable, "-c", build, tmp_path), source)
    (archive,) = tmp_path.glob("nstutor-*.tar.gz")
    checked(("tar", "-xf", archive), tmp_path)
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    assert contents(build_wheel(unpacked, tmp_path / "again")) == contents(wheel)


def test_installed_program_lists_the_course(program: Path, tmp_path: Path) -> None:
    """Away from the checkout, the installed program knows the lessons, and reads them from its own environment."""
    lessons = json.loads(checked((program, "list", "--format", "json"), tmp_path))["lessons"]
    assert {lesson["id"] for lesson in lessons} >= {"first-look", "loopback", "veth", "bridge"}
    assert all(Path(lesson["path"]).is_relative_to(program.parents[1]) for lesson in lessons)


@pytest.mark.parametrize("language", LANGUAGES)
def test_installed_program_parses_no_lesson(program: Path, tmp_path: Path, language: str) -> None:
    """It reads what was parsed when it was built, and does without the parsers."""
    script = (
        f"import sys; from nstutor.lesson.catalog import course; from nstutor.lesson.parse import load\n"
        f"print(len([load(path, {language!r}) for path in course()]))\n"
        f"print({{'yaml', 'markdown_it', 'nstutor.lesson.build'}} & {{*sys.modules}})"
    )
    assert checked((program.with_name("python"), "-c", script), tmp_path) == f"{len(course())}\nset()\n"


def test_installed_program_parses_a_lesson_that_was_changed(program: Path, tmp_path: Path) -> None:
    """Whoever edits it where it is installed gets what they wrote, and not what was compiled."""
    (lesson,) = program.parents[1].glob("lib/python*/site-packages/nstutor/_lessons/01-loopback.md")
    text = lesson.read_text(encoding="utf-8")
    try:
        lesson.write_text(text.replace("\ntitle: ", "\ntitle: My own ", 1), encoding="utf-8")
        lessons = json.loads(checked((program, "list", "--format", "json"), tmp_path))["lessons"]
    finally:
        lesson.write_text(text, encoding="utf-8")
    assert [one["id"] for one in lessons if one["title"].startswith("My own ")] == ["loopback"]


def test_installed_program_runs_a_lesson(program: Path, tmp_path: Path) -> None:
    """Away from the checkout, the installed program passes a right submission and does not pass an empty one."""
    right, empty = tmp_path / "right.sh", tmp_path / "empty.sh"
    right.write_text(LOOPBACK)
    empty.write_text("true\n")
    passed, failed = (run((program, "check", "loopback", script), tmp_path) for script in (right, empty))
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert failed.returncode == 1, failed.stdout + failed.stderr
