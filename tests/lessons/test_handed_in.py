"""Scripts as students hand them in are graded as they were meant, and the report tells what was taken for what."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping

import pytest
from check_runs import Graded, grade, lost, stored

Change = Callable[[list[str]], bytes]
LINES = [line for line in stored("right/veth/plain").decode().splitlines() if line]
OUTPUT = ["1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN", "    link/loopback 00:00:00:00:00:00", "it isn't there"]


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _between(lines: list[str], *forms: str) -> bytes:
    """For each line these lines, with it in the place of `{}`."""
    return _lines([form.replace("{}", line) for line in lines for form in forms])


def _half(before: list[str]) -> bytes:
    """Only the first lines have a prompt: that proves nothing, so they are typed with it."""
    return _lines([f"$ {line}" if number < 2 else line for number, line in enumerate(before)])


WHOLE: Mapping[str, tuple[Change, str]] = {
    "dollars.sh": (lambda lines: _between(lines, "$ {}"), "typed without the prompt in lines 1-9; line 1 as"),
    "number-signs.sh": (lambda lines: _between(lines, "# {}"), "typed without the prompt"),
    "root.sh": (lambda lines: _between(lines, "[root@localhost ~]# {}"), "typed without the prompt"),
    "ours.sh": (lambda lines: _lines([f"host ❯ {line}" for line in lines]), "typed without the prompt"),
    "output.sh": (lambda lines: _between(lines, "\t$ {}", *OUTPUT), "looks like output"),
    "remarks.sh": (lambda lines: _lines([f"{line}\t\t//it's 查看" for line in lines]), "without the remark behind //"),
    "titles.sh": (lambda lines: _between(lines, "\t// next", "{}"), "behind // in lines 1, 3"),
    "sudo.sh": (lambda lines: _lines([f"stu@box:~$ sudo {line}" for line in lines]), "typed without the prompt"),
    "utf-16.sh": (lambda lines: codecs.BOM_UTF16_LE + "\r\n".join(lines).encode("utf-16-le"), "the file is UTF-16"),
    "gbk.sh": (lambda lines: "\r\n".join(f"{line} # 查看" for line in lines).encode("gbk"), "of GBK perhaps"),
    "mac.sh": (lambda lines: "\r".join(lines).encode(), ""),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """Every script, graded in one go."""
    scripts = {name: change(LINES) for name, (change, _) in WHOLE.items()} | {"half.sh": _half(LINES)}
    return grade("veth", tmp_path_factory.mktemp("handed-in"), scripts)


@pytest.mark.parametrize("name", WHOLE)
def test_is_graded_as_it_was_meant(name: str, reports: dict[str, Graded]) -> None:
    """It passes, and the notes say what was not typed as it stands."""
    assert lost(reports[name]) == []
    assert reports[name]["commands"] == len(LINES)
    assert WHOLE[name][1] in " ".join(reports[name]["notes"])
    assert bool(reports[name]["notes"]) == bool(WHOLE[name][1])


def test_what_is_not_certain_stays(reports: dict[str, Graded]) -> None:
    """Two prompts among lines without any are typed, and told with their lines."""
    assert not reports["half.sh"]["passed"]
    assert "lines 1-2; line 1 is `$ " in reports["half.sh"]["notes"][0]
