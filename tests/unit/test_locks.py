"""What `make` installs: the releases of constraints.txt, each file of them with its hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
ELSEWHERE = {"colorama", "win-inet-pton"}
"""Only for Windows, where nobody runs nstutor; their markers say so."""


def pins(text: str) -> dict[str, str]:
    """Each release by the normalized name of its package."""
    return {name.lower().replace("_", "-"): release for name, release in PIN.findall(text)}


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_lock_has_the_releases_of_the_constraints(name: str) -> None:
    """The same ones, each with hashes, and nothing else; one that asks for more than the project does is stale."""
    text = (ROOT / "locks" / f"{name}.txt").read_text()
    wanted = pins((ROOT / "constraints.txt").read_text())
    locked = {package: release for package, release in pins(text).items() if package not in ELSEWHERE}
    assert locked == {package: wanted[package] for package in locked}
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(pins(text))
    assert not [entry for entry in entries if not HASH.search(entry)]
    if name == "dev":
        assert locked == wanted


def test_the_lock_of_a_start_has_what_the_project_needs() -> None:
    """What nstutor imports, and what builds it: it is installed without a look at an index."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {*project["project"]["dependencies"], *project["build-system"]["requires"]}
    names = {re.split(r"[<>=\[ ]", need)[0].lower().replace("_", "-") for need in needed}
    assert names <= set(pins((ROOT / "locks" / "run.txt").read_text()))
