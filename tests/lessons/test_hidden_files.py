"""Lessons, submissions and reports are seen by no submission, also where the world shows the machine's directories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LESSON = """---
format: 1
id: spy
title: Spy
tools: [ip]
minutes: 5
---
Look.

## See something {#seen}

```check
netns seen
```

```hint
Look.
```

```solution
ip netns add seen
```
"""
PLACES = {
    "a folder below /usr/local/share": "/usr/local/share/course",
    "a folder of /etc": "/etc/course",
    "/etc itself": "/etc",
    "a folder of programs": "/usr/local/bin",
}
STAGE = """
set -e
mount -t tmpfs t /mnt
cp -a "$1/." /mnt 2>/dev/null || :
mount --bind /mnt "$1"
mkdir -p "$2/inbox" "$2/out" "$1/alias"
cp "$3"/exam* "$2"; cp "$3"/*.sh "$2/inbox"
echo '#!/bin/sh' > "$2/a-tool"; chmod +x "$2/a-tool"
mount --bind "$2/inbox" "$1/alias"; ln "$2/exam.md" "$1/linked.md"
out=$2/out/spy.sh.json
shift 3
"$@" >&2 || :
cat "$out"
"""
"""Laid in a mount namespace of its own: nothing of it is on the machine."""


def spy(place: str, *, kept: bool) -> str:
    """A submission that adds the namespace where it sees anything, or misses what it should still see."""
    roots = f"{place} /.etc /etc /usr/local /mnt"
    above, name = place.replace("/etc", "/.etc").rsplit("/", 1)
    looks = [
        f"find {roots} -name 'exam*' -o -name bob.sh -o -name linked.md -o -name spy.sh.json | grep .",
        f"find {roots} -type f -exec grep -l 'id: spy' {{}} + 2>/dev/null | grep .",
        f"ls -A {place}/inbox {place}/out 2>/dev/null | grep -v :$ | grep .",
        f"mount --bind {above} /srv && find /srv -name 'exam*' | grep .",
        f"mount --rbind {above} /srv && umount -l /srv/{name}; find /srv -name 'exam*' | grep .",
        f"mkdir /run/o; mount -t overlay -o lowerdir={above}:/run/o o /run/o && find /run/o -name 'exam*' | grep .",
        f"umount -l {place} && ls {place} | grep exam",
        "ls /proc/*/root/usr/local/share/course /proc/*/cwd/exam.md 2>/dev/null | grep .",
        "for fd in /proc/[0-9]*/fd/*; do readlink $fd; done 2>/dev/null | grep -E 'exam|bob|inbox'",
    ]
    if kept:
        looks.append(f"! test -x {place}/a-tool")
    return "".join(f"({look}) && ip netns add seen\n" for look in looks)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_what_is_graded_is_invisible(place: str, tmp_path: Path) -> None:
    """The lesson and its translation, the other submissions and the reports, at each name that they have."""
    (tmp_path / "exam.md").write_text(LESSON)
    (tmp_path / "exam.zh.md").write_text("---\ntitle: 看\n---\n看。\n")
    (tmp_path / "bob.sh").write_text("ip netns add seen\n")
    (tmp_path / "spy.sh").write_text(spy(place, kept=place == "/usr/local/bin"))
    os.chmod(tmp_path, 0o755)
    top = "/etc" if place.startswith("/etc") else "/usr/local/share" if "share" in place else place
    unshare = ("unshare", "-m") if os.getuid() == 0 else ("unshare", "-rm")
    check = (
        sys.executable,
        "-m",
        "nstutor",
        "check",
        f"{place}/exam.md",
        f"{place}/inbox",
        "--format",
        "json",
        "--output",
        f"{place}/out/",
    )
    command = (*unshare, "sh", "-c", STAGE, "sh", top, place, tmp_path, *check)
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout, run.stderr
    report = json.loads(run.stdout)
    assert report["error"] is None, report
    typed = len(spy(place, kept=place == "/usr/local/bin").splitlines())
    assert (report["commands"], report["score"]) == (typed, 0), report["notes"]
