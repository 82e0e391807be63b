"""The pictures of a lesson, drawn from a real lab."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from lab_harness import in_child

from nstutor.checks.registry import compile_lesson
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.parse import parse
from nstutor.proof.step_pictures import START, draw_steps
from nstutor.session.steps import Plan

ROOT = Path(__file__).resolve().parents[2]
LESSON = """\
---
format: 1
id: given
title: A street with a router
---
```setup
ip link add eth0 type veth peer name uplink
ip link set eth0 up
ip link set uplink up
ip addr add 192.0.2.5/24 dev eth0
ip route add default via 192.0.2.1
```

## Look {#look}

```check
ran -- ip route
```

```solution
ip route
```

```hint
Look.
```

## Build {#build}

```check
netns eden
link ladder netns host up carrier on
```

```solution
ip netns add eden
ip link add ladder type veth peer name step netns eden
ip link set ladder up
ip -n eden link set step up
```

```hint
Build.
```

## A second look {#again}

```check
ran -- ip link
```

```solution
ip link
```

```hint
Look.
```

## Take it away {#away}

```check
not netns eden
```

```solution
ip netns delete eden
```

```hint
Delete.
```
"""


def texts(svg: str) -> set[str]:
    """What stands in a drawing."""
    return {element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_each_step_that_changes_something_is_drawn() -> None:
    """What the setup gave, with its default route; each step that changed the picture; none for a step that looks."""

    def body() -> None:
        become_supervisor()
        lesson = parse(LESSON, "given.md")
        with WorldFactory() as factory:
            pictures = asyncio.run(draw_steps(Plan(lesson, compile_lesson(lesson)), factory))
        assert list(pictures) == [START, "build", "away"], list(pictures)
        given = {"host", "lo", "eth0", "uplink", "192.0.2.5/24", "default via 192.0.2.1 dev eth0"}
        assert texts(pictures[START]) == texts(pictures["away"]) == given
        assert texts(pictures["build"]) == given | {"eden", "ladder", "step"}
        assert [svg.count('nst-carrier-line" fill') for svg in pictures.values()] == [1, 2, 1]

    in_child(body)


def test_the_pictures_in_assets_are_those_of_the_lessons(tmp_path: Path) -> None:
    """Drawn anew from the lessons' own labs they are the files in assets/, byte for byte."""
    program = (sys.executable, ROOT / "tools" / "draw_lab.py", tmp_path)
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    drawn = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.svg")}
    assert set(drawn) == {"ladder.svg", "wangpo-ports.svg", "wangpo.svg"}
    for name, text in drawn.items():
        kept = (ROOT / "assets" / name).read_text(encoding="utf-8")
        assert kept == text, f"{name} is not what the lesson makes; `make pictures` draws it anew"
