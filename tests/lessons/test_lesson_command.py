"""`nstutor lesson`: what is wrong with a lesson is reported at its line."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from proof_runs import LessonJson, everything_held_against, prove, run

from nstutor.lesson.catalog import find
from nstutor.lesson.parse import load

FORM, PLAY = 2, 1
"""Exit codes: the file has faults; the plays found something."""
TO_MOVE, TO_LOOK = "## Put each half", "## See that host"
MOVED, OTHER_MOVED = (
    "link ximenqing netns ximenqing-ns peer panjinlian peernetns panjinlian-ns",
    "link panjinlian netns panjinlian-ns",
)
MOVE = "ip link set ximenqing netns ximenqing-ns"
HOUSES = "ip netns add ximenqing-ns\nip netns add panjinlian-ns\nip netns ls\n```\n"
HOUSES_CHECK = "netns ximenqing-ns\nnetns panjinlian-ns\n"
WRONG = re.compile(r"```wrong (?!one house is missing|not a veth|only one half).*?\n```\n\n", re.DOTALL)
HINT = "Greenland was made by a single command."

# What is damaged in the lesson `veth`: up to which heading it is kept, what is replaced by what; the exit code, the
# text of the line where that is reported, and words of the message.
DAMAGE: dict[str, tuple[str, str, str, int, str, str]] = {
    "an early hint gives the solution away": (
        TO_MOVE,
        HINT,
        "Type ip netns add ximenqing-ns.",
        FORM,
        "Type ip netns add ximenqing-ns. Now there are two.",
        "only the last hint may hold a whole line of the solution: `ip netns add ximenqing-ns`",
    ),
    "a solution that leaves half of it out": (
        TO_LOOK,
        HOUSES,
        "ip netns add ximenqing-ns\n```\n",
        PLAY,
        "netns panjinlian-ns",
        "the step is not passed by the solution in line",
    ),
    "a wrong alternative": (
        TO_MOVE,
        "ip netns add $name-ns",
        "ip netns add $name",
        PLAY,
        "netns ximenqing-ns",
        "the step is not passed by the solution in line",
    ),
    "a wrong attempt that is right": (
        TO_MOVE,
        "ip link add ximenqing type bridge",
        "ip link add panjinlian type veth peer name ximenqing",
        PLAY,
        "```wrong not a veth",
        "the wrong attempt `not a veth` passes its step",
    ),
    "a slip that no check notices": (
        TO_LOOK,
        f"{MOVED}\n{OTHER_MOVED}\n",
        f"{OTHER_MOVED}\n",
        PLAY,
        MOVE,
        'leaving out "ip link set ximenqing netns ximenqing-ns" is not noticed',
    ),
}


def beginning(upto: str) -> str:
    """The lesson `veth` up to a heading, with few of its wrong attempts: each of them is played."""
    text, left_out = WRONG.subn("", find("veth").read_text(encoding="utf-8"))
    assert upto in text
    assert left_out > 5
    return text[: text.index(upto)]


def damaged(folder: Path, upto: str, old: str, new: str) -> Path:
    """A copy of the lesson with something replaced."""
    text = beginning(upto)
    assert old in text
    path = folder / "veth.md"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def at_lines(lesson: LessonJson, path: Path) -> list[tuple[str, str]]:
    """What is held against a lesson: the text of each line with the message."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(lines[found["line"] - 1], found["message"]) for found in everything_held_against(lesson)]


@functools.cache
def undamaged() -> tuple[int, LessonJson]:
    """The proof of the beginning that the damage is done to."""
    code, report = prove_text(beginning(TO_LOOK))
    return code, report


def prove_text(text: str) -> tuple[int, LessonJson]:
    """Prove a lesson from its text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.md"
        path.write_text(text, encoding="utf-8")
        code, report = prove(path)
    (lesson,) = report["lessons"]
    return code, lesson


def test_the_table_has_rows() -> None:
    """There is damage of both kinds, and none is found in the lesson as it stands."""
    assert {code for _, _, _, code, _, _ in DAMAGE.values()} == {FORM, PLAY}
    assert len(DAMAGE) >= 5
    code, lesson = undamaged()
    assert (code, everything_held_against(lesson)) == (0, [])
    assert lesson["strength"]["mutants"] == lesson["strength"]["noticed"] > 5


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_reported_at_its_line(case: str, tmp_path: Path) -> None:
    """A damaged copy of a lesson is not proved, and its author is led to the line."""
    upto, old, new, expected, source, words = DAMAGE[case]
    path = damaged(tmp_path, upto, old, new)
    code, report = prove(path)
    found = at_lines(report["lessons"][0], path)
    assert code == expected, found
    assert any(line == source and words in message for line, message in found), found


def test_all_faults_of_form_come_at_once(tmp_path: Path) -> None:
    """Faults of the Markdown, of the checks and of the hints stand in one report, in the order of their lines."""
    path = damaged(tmp_path, TO_MOVE, HINT, "Type ip netns add ximenqing-ns.")
    text = path.read_text(encoding="utf-8").replace("{#pair}", "{#houses}").replace("netns any type", "netns any tpye")
    path.write_text(text, encoding="utf-8")
    done = run("test", path)
    assert done.returncode == FORM
    places = [done.stdout.index(words) for words in ("only the last hint", "is taken by the step", "`type`?")]
    assert places == sorted(places)


def test_text_report_leads_to_the_line(tmp_path: Path) -> None:
    """A person reads one line for each step, the place of what is wrong, the line itself, and the strength."""
    upto, old, new, *_ = DAMAGE["a slip that no check notices"]
    path = damaged(tmp_path, upto, old, new)
    done = run("test", path)
    assert done.returncode == PLAY
    assert " ✓ houses  fails before · passes after · 1 alternative · 1 wrong attempt · noticed 4/4" in done.stdout
    number = path.read_text(encoding="utf-8").split("\n").index("ip link set ximenqing netns ximenqing-ns") + 1
    assert f"{path}:{number}:1" in done.stdout
    assert f"{number} │ ip link set ximenqing netns ximenqing-ns" in done.stdout
    assert "check strength " in done.stdout


def test_junit_has_a_case_for_each_step(tmp_path: Path) -> None:
    """JUnit XML names each step, and fails those that something is held against."""
    upto, old, new, *_ = DAMAGE["a wrong attempt that is right"]
    done = run("test", damaged(tmp_path, upto, old, new), "--format", "junit")
    cases = {case.get("name"): case.find("failure") for case in ET.fromstring(done.stdout).iter("testcase")}
    assert cases.keys() == {"lesson", "houses", "pair"}
    assert cases["houses"] is None
    failure = cases["pair"]
    assert failure is not None
    assert "the wrong attempt `not a veth` passes its step" in str(failure.get("message"))


def test_repeated_proofs_say_how_long_checks_took(tmp_path: Path) -> None:
    """`--times` plays all again, and tells for each check how long it took in each run."""
    path = damaged(tmp_path, "## Make one ladder", "minutes: 20\n", "")
    code, report = prove(path, "--times", "3")
    (lesson,) = report["lessons"]
    assert code == 0
    assert lesson["runs"] == 3
    assert [(times["check"], len(times["seconds"])) for times in lesson["times"]] == [
        ("netns ximenqing-ns", 3),
        ("netns panjinlian-ns", 3),
    ]
    assert all(0 <= seconds < 30 for times in lesson["times"] for seconds in times["seconds"])


def test_a_marked_line_is_not_counted(tmp_path: Path) -> None:
    """Slips in a line that is marked with a reason are neither tried nor held against the lesson."""
    upto, old, new, *_ = DAMAGE["a slip that no check notices"]
    path = damaged(tmp_path, upto, old, new)
    marked = "ip link set ximenqing netns ximenqing-ns  # mutation: equivalent said in the next lesson"
    solution = "```solution\nip link set ximenqing netns ximenqing-ns"
    text = path.read_text(encoding="utf-8")
    assert solution in text
    path.write_text(text.replace(solution, f"```solution\n{marked}"), encoding="utf-8")
    _, report = prove(path)
    assert not any("netns ximenqing-ns" in message for _, message in at_lines(report["lessons"][0], path))


def test_a_folder_stands_for_its_lessons(tmp_path: Path) -> None:
    """The lessons of a folder are proved in the order of their names, without translations; a bad file costs none."""
    (tmp_path / "02-b.md").write_text(beginning("## Make one ladder"), encoding="utf-8")
    (tmp_path / "02-b.zh.md").write_text("---\nformat: 1\nid: veth\nlang: zh\n---\n", encoding="utf-8")
    (tmp_path / "01-a.md").write_text("no lesson", encoding="utf-8")
    code, report = prove(tmp_path)
    assert [Path(lesson["path"]).name for lesson in report["lessons"]] == ["01-a.md", "02-b.md"]
    assert [lesson["proved"] for lesson in report["lessons"]] == [False, True]
    assert code == FORM


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """A missing file and an empty folder are words and exit code 2."""
    missing, empty = run("test", tmp_path / "none.md"), run("test", tmp_path)
    assert (missing.returncode, empty.returncode) == (FORM, FORM)
    assert "none.md" in missing.stdout
    assert "has no lesson" in empty.stderr


SCRIPT = """\
# two houses
ip netns add a
ip netns add b

A=10.0.0.1

ip link add x type veth peer name y
ip link set x netns a
ip link set y netns b

ip -n a addr add $A/24 dev x
for n in a b; do
ip -n $n link set lo up
done

ip -n a link set x up
ip -n b link set y up
ip -n a route add default via 10.0.0.2

ip netns exec a ping -c 1 -W 1 10.0.0.1
ip -n b link

ip netns del b
"""
DERIVED = [
    ("netns a", "netns b"),
    ("link x netns a type veth peer y peernetns b", "link y netns b type veth peer x peernetns a"),
    ("link lo netns a up", "link lo netns b up", "addr 10.0.0.1/24 dev x netns a"),
    (
        "link x netns a type veth peer y peernetns b up",
        "link y netns b type veth peer x peernetns a up",
        "route 0.0.0.0/0 via 10.0.0.2 dev x netns a",
    ),
    ("ran netns a -- ping -c 1 -W 1 10.0.0.1", "ran netns b -- ip link"),
    ("not netns b", "not link x netns a"),
]


def test_a_new_lesson_is_proved_as_it_is(tmp_path: Path) -> None:
    """`lesson new` writes a lesson named after its file, which passes its own proof at full strength."""
    path = tmp_path / "05-my-cellar.md"
    assert run("new", path).returncode == 0
    code, report = prove(path)
    assert (code, everything_held_against(report["lessons"][0])) == (0, [])
    assert report["lessons"][0]["strength"]["mutants"] >= 5
    assert load(path).id == "my-cellar"


def test_a_script_becomes_a_lesson(tmp_path: Path) -> None:
    """`--from-commands` makes a step of each group, its checks from what the group left, and they pass after it."""
    script, path = tmp_path / "work.sh", tmp_path / "ladder.md"
    script.write_text(SCRIPT, encoding="utf-8")
    assert run("new", path, "--from-commands", script).returncode == 0
    lesson = load(path)
    assert [tuple(line.text for line in step.checks) for step in lesson.steps] == DERIVED
    assert lesson.steps[1].solutions[0].lines[0].text == "A=10.0.0.1"
    _, report = prove(path)
    found = [message for _, message in at_lines(report["lessons"][0], path)]
    assert not any("the step is not passed by" in message or "holds before" in message for message in found), found


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    """`lesson new` leaves a file alone that is there already, and takes one name that is a lesson's."""
    path = tmp_path / "mine.md"
    path.write_text("precious", encoding="utf-8")
    done = run("new", path)
    assert (done.returncode, path.read_text(encoding="utf-8")) == (FORM, "precious")
    assert "File exists" in done.stderr
    assert run("new", tmp_path / "mine.txt").returncode == FORM
    assert run("new", tmp_path / "a.md", tmp_path / "b.md").returncode == FORM


def test_a_script_that_does_nothing(tmp_path: Path) -> None:
    """A script without effect gives no lesson, and says so."""
    script = tmp_path / "nothing.sh"
    script.write_text("# only words\n\nA=1\n", encoding="utf-8")
    done = run("new", tmp_path / "none.md", "--from-commands", script)
    assert done.returncode == FORM
    assert "nothing in" in done.stderr
    assert not (tmp_path / "none.md").exists()


GIVEN = """\
---
format: 1
id: given
title: A lesson with surroundings
---
The device eth0 is given.

```setup
ip link add eth0 type veth peer name uplink
```

```solution all
ip netns add cellar
ip link set eth0 netns cellar up
```

## Carry it down {#down}

```check
link eth0 netns cellar
```

```solution
ip netns add cellar
ip link set eth0 netns cellar
```

```hint
Move it.
```

## Raise it {#up}

```check
link eth0 netns cellar up
```

```solution
ip -n cellar link set eth0 up
```

```hint
Up.
```
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "", ""),
        ("eth0 netns cellar up\n", "eth0 netns cellar\n", "this step is not passed by the `solution all` in line 13"),
        (
            "```check\nlink eth0 netns cellar\n",
            "```check\nlink eth0 netns cellar\nran -- ip -V\n",
            "the step is not passed by the solution in line",
        ),
    ],
)
def test_setup_and_another_way_through(tmp_path: Path, old: str, new: str, words: str) -> None:
    """What the setup gives is there in every play, and each `solution all` must pass every step of doing."""
    path = tmp_path / "given.md"
    assert old in GIVEN
    path.write_text(GIVEN.replace(old, new, 1), encoding="utf-8")
    code, report = prove(path)
    messages = [message for _, message in at_lines(report["lessons"][0], path)]
    assert code == (PLAY if words else 0), messages
    assert not words or any(words in message for message in messages), messages


ASKING = """\
---
format: 1
id: asking
title: A lesson that asks
---
## Dig a cellar {#cellar}

```check
netns cellar
```

```solution
ip netns add cellar
```

```hint
Add it.
```

## Dig a well {#well}

```check
netns well
```

```ask
In which state is its device?
answer: link lo netns well operstate
```

```solution
ip netns add well
```

```hint
Add it.
```
"""


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("lo", []),
        ("eth0", ["the kernel has no answer to this question after the solution"]),
    ],
)
def test_a_question_has_its_answer_after_the_solution_of_its_own_step(
    tmp_path: Path, device: str, words: list[str]
) -> None:
    """What a step asks of the kernel must be there once that step is solved; it need not be there any earlier."""
    path = tmp_path / "asking.md"
    path.write_text(ASKING.replace("link lo", f"link {device}"), encoding="utf-8")
    _, report = prove(path)
    assert [message for _, message in at_lines(report["lessons"][0], path)] == words


def test_a_machine_without_labs() -> None:
    """Where no world can be made the proof says why, once, and ends with 4."""
    proof = shlex.join([sys.executable, "-m", "nstutor", "lesson", "test", str(find("veth")), "--jobs", "6"])
    nowhere = ["unshare", "-Ur", "sh", "-c", f"echo 0 > /proc/sys/user/max_user_namespaces && exec {proof}"]
    done = subprocess.run(nowhere, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.count("nstutor: ") == 1


# --- a step whose solution fails --------------------------------------------------------------------------------------


def test_the_steps_before_one_whose_solution_fails_are_measured(tmp_path: Path) -> None:
    """Their slips are played, and none of the rest; what a later step would have noticed is not held against them."""
    text = beginning(TO_LOOK)
    broken = text.replace("```solution\nip link set ximenqing netns ximenqing-ns\n", "```solution\n", 1)
    assert broken != text
    path = tmp_path / "veth.md"
    path.write_text(broken, encoding="utf-8")
    code, report = prove(path)
    (lesson,) = report["lessons"]
    steps = {step["id"]: step for step in lesson["steps"]}
    assert code == 1
    assert steps["move"]["findings"]
    assert steps["move"]["mutants"] == 0
    for name in ("houses", "pair"):
        assert steps[name]["mutants"] == steps[name]["noticed"] > 0, steps[name]
        assert steps[name]["findings"] == []
