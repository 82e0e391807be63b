"""What `nstutor doctor` finds and says, as a program of its own."""

from __future__ import annotations

import ensurepip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bare_machine import doctor, run_bare

from nstutor.lab.tools import TOOLS, Need, find, look, package_manager, venv_package


def report(*arguments: str, **environment: str) -> dict[str, Any]:
    """Doctor's report as JSON, read."""
    answer = doctor("--format", "json", *arguments, **environment)
    assert answer.stdout, answer.stderr
    parsed: dict[str, Any] = json.loads(answer.stdout)
    return parsed


def test_report_names_programs_that_exist() -> None:
    """Each program that doctor says is there can be executed at the path that it names."""
    programs = [tool for tool in report()["tools"] if tool["path"]]
    assert {"ip", "ping", "bash"} <= {tool["name"] for tool in programs}
    assert all(os.access(tool["path"], os.X_OK) for tool in programs)


def test_exit_status_says_what_the_report_says() -> None:
    """Doctor ends with 0 if nothing is lacking and with 4 otherwise."""
    answer = doctor("--format", "json")
    assert answer.returncode == (0 if json.loads(answer.stdout)["ok"] else 4)


def test_programs_outside_the_users_path_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that lies where only root's PATH looks is found with an ordinary user's PATH."""
    everywhere = find("ip")
    assert everywhere is not None
    monkeypatch.setenv("PATH", "/nowhere")
    folders = ("/usr/sbin", "/sbin", "/usr/local/sbin")
    assert (find("ip") is not None) is any(os.path.exists(f"{folder}/ip") for folder in folders)


def test_busybox_is_no_ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `ip` that is busybox counts as missing, for it knows no namespaces, while its `ping` is good enough."""
    (tmp_path / "busybox").write_text("#!/bin/sh\n")
    (tmp_path / "busybox").chmod(0o755)
    for name in ("ip", "ping"):
        (tmp_path / name).symlink_to("busybox")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {tool.name: look(tool, None) for tool in TOOLS}
    assert found["ip"].path is None
    assert found["ping"].path == str(tmp_path / "ping")


def test_packages_bring_the_programs_of_this_machine() -> None:
    """On a Debian, the package in the table is the one that the program was installed from."""
    manager = package_manager()
    if manager is None or manager.name != "apt-get":
        pytest.skip("the package manager is not apt-get")
    found = [look(tool, manager) for tool in TOOLS]
    owners = {item.name: _debian_package(item.path) for item in found if item.path}
    assert owners == {item.name: item.package for item in found if item.path}


def _debian_package(path: str) -> str:
    """The package that a program came from, by dpkg's records."""
    real = os.path.realpath(path)
    for candidate in (real, real.removeprefix("/usr")):
        answer = subprocess.run(("dpkg", "--search", candidate), capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return answer.stdout.partition(":")[0]
    return f"nothing owns {real}"


def test_every_need_of_an_environment_is_looked_for() -> None:
    """With `--for venv`, doctor looks at Python's own modules and at nothing of the lab's."""
    answer = report("--for", "venv")
    assert [tool["need"] for tool in answer["tools"]] == [Need.VENV.value]
    assert answer["lab"] is None


def test_venv_package_is_this_pythons_own() -> None:
    """The package that Debian keeps ensurepip in carries this interpreter's version."""
    manager = package_manager()
    if manager is None or manager.name != "apt-get":
        pytest.skip("the package manager is not apt-get")
    major, minor = sys.version_info[:2]
    expected = f"python{major}.{minor}-venv" if sys.base_prefix == "/usr" else None
    assert venv_package(manager) == expected


def test_python_without_ensurepip_is_noticed() -> None:
    """A Python whose ensurepip is not there, as bare Debian's, lacks what an environment needs."""
    answer = run_bare(hidden=[os.path.dirname(ensurepip.__file__)], arguments=["--for", "venv"])
    assert answer.returncode == 4, answer.stderr
    assert "✗ python venv" in answer.stdout
