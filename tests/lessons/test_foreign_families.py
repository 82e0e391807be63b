"""Families of checks that another package brings, installed as anybody would."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from check_runs import ROOT, check
from proof_runs import run

SAMPLE = ROOT / "tests" / "data" / "mtu-at-least"
LESSON = """\
---
format: 1
id: size
title: Larger packets
---
```setup
ip link add wp2xmq type veth peer name xmq2wp
```

## Make them larger {#larger}

```check
mtu-at-least wp2xmq 9000
not mtu-at-least xmq2wp 9000
```

```solution
ip link set wp2xmq mtu 9000
```

```hint
`ip link set DEV mtu N`
```

```wrong not enough
ip link set wp2xmq mtu 8999
=> wp2xmq has mtu 8999; it must be 9000 at least
```

```wrong both
ip link set xmq2wp mtu 9000
ip link set wp2xmq mtu 9000
=> xmq2wp has mtu 9000; it must be smaller
```
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample package, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("packages")
    source = folder / "source"  # a build leaves things beside the source
    shutil.copytree(SAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
    done = subprocess.run(
        (*pip, "--disable-pip-version-check", "--target", str(folder / "site"), str(source)),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture
def lesson(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lesson that uses the sample's family, where nstutor finds the package."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    file = tmp_path / "size.md"
    file.write_text(LESSON, encoding="utf-8")
    return file


def refused(lesson: Path, line: str) -> str:
    """What `lesson test` says to another first check in that lesson."""
    lesson.write_text(LESSON.replace("mtu-at-least wp2xmq 9000", line), encoding="utf-8")
    done = run("test", lesson)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_lesson_with_a_foreign_family_is_proved(lesson: Path) -> None:
    """It fails before, passes after, notices slips and has messages, as one of our own."""
    done = run("test", lesson)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_foreign_family_grades(lesson: Path, tmp_path: Path) -> None:
    """A right submission passes, and a wrong one is told why."""
    right, wrong = tmp_path / "right.sh", tmp_path / "wrong.sh"
    right.write_text("ip link set wp2xmq mtu 9216\n", encoding="utf-8")
    wrong.write_text("ip link set wp2xmq mtu 1501\n", encoding="utf-8")
    done = check(lesson, right, wrong, "--format", "json")
    assert done.returncode == 1
    first, second = json.loads(done.stdout)["submissions"]
    assert (first["passed"], second["passed"]) == (True, False)
    assert second["steps"][0]["checks"][0]["message"] == "wp2xmq has mtu 1501; it must be 9000 at least"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mtu-at-least wp2xmq much", "`much` is no mtu"),
        ("mtu-at-lest wp2xmq 9000", "unknown check `mtu-at-lest`; did you mean `mtu-at-least`?"),
        (
            "mtu-missing wp2xmq 9000",
            "the check family `mtu-missing` of the package nstutor-mtu-at-least 1.2 is broken: AttributeError",
        ),
        (
            "mtu-no-module wp2xmq 9000",
            "the check family `mtu-no-module` of the package nstutor-mtu-at-least 1.2 is broken: ModuleNotFoundError",
        ),
        ("mtu-wrong-needs wp2xmq 9000", "is broken: TypeError: the `needs` of its Fact is frozenset({'links'})"),
        ("mtu-no-fact wp2xmq 9000", "is broken: TypeError: its Fact has no label, goal, needs, probe, looks, judge"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(lesson: Path, line: str, said: str) -> None:
    """A wrong line, and a broken package by its name, with line and column."""
    told = refused(lesson, line)
    assert f"{lesson}:13:" in told
    assert said in " ".join(told.split())


@pytest.mark.parametrize(
    ("family", "error"),
    [
        ("mtu-falls", "RuntimeError: fell over wp2xmq, of 1"),
        ("mtu-no-verdict", "TypeError: it judges with True"),
    ],
)
def test_a_family_that_falls_when_it_is_judged_ends_nothing(
    lesson: Path, tmp_path: Path, family: str, error: str
) -> None:
    """The check is not checked, and its message names the package."""
    lesson.write_text(LESSON.replace("mtu-at-least wp2xmq", f"{family} wp2xmq"), encoding="utf-8")
    work = tmp_path / "work.sh"
    work.write_text("ip link set wp2xmq mtu 9000\n", encoding="utf-8")
    done = check(lesson, work, "--format", "json")
    assert done.returncode == 1
    (first, second) = json.loads(done.stdout)["steps"][0]["checks"]
    assert (first["status"], second["status"]) == ("not_checked", "passed")
    assert first["message"].endswith(f"nstutor-mtu-at-least 1.2 is broken: {error}")


def test_without_the_package_the_family_is_unknown(tmp_path: Path) -> None:
    """What is not installed is not there."""
    file = tmp_path / "size.md"
    file.write_text(LESSON, encoding="utf-8")
    done = run("test", file)
    assert done.returncode == 2
    assert "unknown check `mtu-at-least`; there are:" in " ".join((done.stdout + done.stderr).split())


def test_the_sample_uses_only_what_is_promised() -> None:
    """It imports nothing but the names that docs/checks.md lists as stable."""
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    promised = {
        module: set(re.findall(r"`(\w+)`", names))
        for module, names in re.findall(r"^\| `(nstutor[\w.]+)` \| (.*?) \|$", text, re.MULTILINE)
    }
    tree = ast.parse((SAMPLE / "nstutor_mtu" / "__init__.py").read_text(encoding="utf-8"))
    used = [
        (node.module, name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
        if node.module.startswith("nstutor")
    ]
    assert len(used) > 10
    for module, name in used:
        assert name in promised[module], (module, name)
