"""Damage to a lesson file, one case each: where it is reported, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstutor.checks.registry import compile_lesson
from nstutor.errors import Fault, LessonError
from nstutor.lesson.parse import load, parse

DATA = Path(__file__).parent.parent / "data" / "lessons"
WHOLE = (DATA / "whole.md").read_text(encoding="utf-8")
SOLUTION, HINT = "```solution\nip netns ls\n```\n", "```hint\nList.\n```\n"


def faults_in(text: str) -> tuple[Fault, ...]:
    """The faults of a lesson and of its checks, if there are any."""
    try:
        compile_lesson(parse(text, "x.md"))
    except LessonError as error:
        return error.faults
    return ()


def faults_of(text: str) -> tuple[Fault, ...]:
    """The faults of a lesson and of its checks, of which there must be some."""
    faults = faults_in(text)
    assert faults
    return faults


# What is replaced, by what, and where the fault is: the text of its line, its column, words of its message.
DAMAGE: list[tuple[str, str, str, int, str]] = [
    # front matter
    ("---\nformat: 1", "format: 1", "format: 1", 1, "a lesson file begins with `---`"),
    ("minutes: 20\n---\n", "minutes: 20\n", "---", 1, "the front matter is not closed by a second `---`"),
    ("format: 1\n", "", "---", 1, "the front matter has no `format`"),
    ("format: 1", "format: 2", "format: 2", 9, "format 2 is newer: upgrade nstutor"),
    ("format: 1", "format: 0", "format: 0", 9, "format 0 is older than this nstutor reads: bring the lesson up"),
    ("format: 1", "format: one", "format: one", 9, "must be a whole number"),
    ("id: whole\n", "", "---", 1, "the front matter has no `id`"),
    ("id: whole", "id: The Whole", "id: The Whole", 5, "`id` must be small letters"),
    ("id: whole", "id: [a]", "id: [a]", 5, "`id` must be a text"),
    ("id: whole", "id: whole\nid: again", "id: again", 1, "`id` is given twice"),
    ("title: ", "titel: ", 'titel: "A lesson: with everything"', 1, "unknown key `titel`; did you mean `title`?"),
    ('"A lesson: with everything"', "A lesson: with", "title: A lesson: with", 16, "not YAML: mapping values"),
    ('"A lesson: with everything"', '""', 'title: ""', 8, "`title` must be a text"),
    ("[veth, loopback]", "veth", "requires: veth", 11, "`requires` must be a list"),
    ("[veth, loopback]", "[veth, The Loop]", "requires: [veth, The Loop]", 18, "`requires` lists ids of lessons"),
    ("[veth, loopback]", "[veth, whole]", "---", 1, "the lesson `requires` itself"),
    ("[ip, ping, tcpdump]", "[ip, {a: b}]", "tools: [ip, {a: b}]", 13, "`tools` lists names of programs"),
    ("minutes: 20", "minutes: soon", "minutes: soon", 10, "a whole number from 1 to 600"),
    ("minutes: 20", "minutes: 0", "minutes: 0", 10, "a whole number from 1 to 600"),
    ("minutes: 20", "minutes: *x", "minutes: *x", 10, "not YAML: found undefined alias"),
    ("minutes: 20", "minutes:\n\t- 20", "\t- 20", 1, "the front matter is not YAML"),
    # a check that may hold already
    ("```check\n", "```check alredy: x\n", "```check alredy: x", 1, "did you mean `already: REASON`?"),
    ("```check\n", "```check already:\n", "```check already:", 1, "words must follow `already:`"),
    ("```check\n", "```check netns\n", "```check netns", 1, "write ```check or ```check already: REASON"),
    # headings
    ("## Found a house {#found}", "## Found a house", "## Found a house", 1, "needs one id: write `{#found-a}`"),
    ("## Found a house {#found}", "## Found a house {#a #b}", "## Found a house {#a #b}", 1, "needs one id"),
    ("## Found a house {#found}", "## Found a house {#Found}", "## Found a house {#Found}", 1, "`#Found`: an id is"),
    ("## Found a house {#found}", "## {#found}", "## {#found}", 1, "this step has no title"),
    ("## Found a house {#found}", "## 王婆", "## 王婆", 1, "write `{#id}`"),
    ("## Found a house", "##Found a house", "##Found a house {#found}", 1, "needs a space behind `##`"),
    ("## Found a house", "### Found a house", "### Found a house {#found}", 1, "a step is a heading of level 2"),
    (
        ".required",
        ".required point=2",
        "Look {#look .required point=2}",
        1,
        "unknown attribute `point=2`; did you mean `points=2`?",
    ),
    (".required", ".bonnus", "Look {#look .bonnus}", 1, "did you mean `.bonus`?"),
    (".required", "xyz", "Look {#look xyz}", 1, "there are: #id, .required, .bonus, points=N"),
    (".required", "points=two", "Look {#look points=two}", 1, "points are a whole number from 1 to 100"),
    (".required", "points=0", "Look {#look points=0}", 1, "points are a whole number from 1 to 100"),
    (".required", "points=2 points=3", "Look {#look points=2 points=3}", 1, "the points of a step stand once"),
    ("minutes: 20", "pass: 80 % or so", "pass: 80 % or so", 7, "`pass` must be per cent of the points, `80 %`"),
    ("minutes: 20", "pass: 101 %", "pass: 101 %", 7, "`pass` must be per cent of the points"),
    ("minutes: 20", "pass: 0", "pass: 0", 7, "`pass` must be per cent of the points"),
    ("minutes: 20", "pass: [1]", "pass: [1]", 7, "`pass` must be per cent of the points"),
    ("minutes: 20", "minutes: 20\npass: 3 points", "pass: 3 points", 1, "`pass` asks for 3 points; the steps have 2"),
    (".required", ".requird", "Look {#look .requird}", 1, "unknown attribute `.requird`; did you mean `.required`?"),
    ("{#look .required}", "{#found}", "Look {#found}", 1, "the id `found` is taken by the step in line 26"),
    # what a step must have
    (
        "```check\n# a comment\nnetns eden\n\n  not netns Eden   within 3s\n```\n",
        "",
        "## Found a house {#found}",
        1,
        "has no check and no question",
    ),
    ("netns eden\n\n  not netns Eden   within 3s\n", "", "## Found a house {#found}", 1, "no check and no question"),
    (SOLUTION, "", "Look {#look .required}", 1, "has no solution"),
    (HINT, "", "Look {#look .required}", 1, "has no hint"),
    # fences
    ("```check", "```chek", "```chek", 4, "unknown fence `chek`; did you mean `check`?"),
    ("```check", "```Check", "```Check", 4, "did you mean `check`?"),
    ("```check", "```{check}", "```{check}", 4, "did you mean `check`?"),
    ("```check", "```check all", "```check all", 1, "unexpected `all`; write ```check"),
    ("```check", "- x\n\n  ```check", "  ```check", 6, "stands at the left margin"),
    ("```check", "text\n\n    ```check", "    ```check", 5, "indented by three spaces at most"),
    (HINT, "```hint\nList.\n", "```hint", 1, "this fence is never closed; end it with a line `"),
    (HINT, "```hint\n\n```\n", "```hint", 1, "the `hint` fence is empty"),
    (HINT, "```hint\n```\n", "```hint", 1, "the `hint` fence is empty"),
    (HINT, "```hint", "```hint", 1, "the `hint` fence is empty"),
    ("  not netns Eden   within 3s\n```", "  not netns Eden", "```check", 1, "not closed before the next one opens"),
    ("```why", "```why\nOne.\n```\n\n```why", "```why", 1, "a step has one `why`"),
    # which fence stands where
    ("```setup", "```check", "```check", 1, "a `check` fence belongs in a step"),
    ("```solution all", "```solution", "```solution", 1, "unexpected ``; write ```solution all"),
    ("```solution\nip netns ls", "```solution all\nip netns ls", "```solution all", 1, "unexpected `all`"),
    ("```solution\nip netns ls", "```setup\nip netns ls", "```setup", 1, "`setup` belongs in the introduction"),
    ("```solution all", "```setup", "```setup", 1, "a lesson has one `setup`; the first stands in line 15"),
    # wrong attempts
    ("```wrong a capital letter", "```wrong", "```wrong", 1, "a wrong attempt has a name"),
    ("```wrong a capital letter", "```wrong from empty", "```wrong from empty", 1, "a wrong attempt has a name"),
    ("```wrong a capital letter", "```wrong nothing at all", "```wrong nothing at all", 1, "attempts of this step are"),
    ("=> the name is Eden\n", "", "```wrong a capital letter", 1, "ends with a line `=> WORDS"),
    ("=> the name is Eden\n", "=> the name is Eden\ntrue\n", "```wrong a capital letter", 1, "ends with a line"),
    ("=> the name is Eden", "=>", "=>", 1, "words must follow `=>`"),
    ("=> the name is Eden", "=> a\n=> b", "=> a", 1, "has one line `=> WORDS`"),
    ("ip netns add Eden\n", "", "```wrong a capital letter", 1, "at least one command"),
    ("ip netns add Eden\n", "from empty\ntrue\n", "from empty", 1, "stands in the fence's first line"),
    # questions
    ("answer: link lo netns eden operstate\n", "", "```ask", 1, "the question has no `answer:`"),
    ("answer: link", "anwser: link", "anwser: link lo netns eden operstate", 1, "did you mean `answer:`?"),
    ("answer: link lo netns eden operstate", "answer:", "answer:", 1, "an expression (`link lo operstate`) or"),
    ("answer: link lo netns eden operstate", "answer: =", "answer: =", 1, "words must follow `=`"),
    ("answer: = no", "answer: = maybe", "answer: = maybe", 1, "not one of the choices"),
    ("answer: = no", "answer: = no\nanswer: = yes", "answer: = yes", 1, "a question has one `answer:`"),
    ("answer: = no", "answer: = no\nmore", "more", 1, "expected nothing behind `answer:` here"),
    ("- no\n", "no\n", "no", 1, "expected `- CHOICE` or `answer:` here"),
    ("What state is lo in?\nIn eden, I mean.\n", "", "```ask", 1, "the question has no text"),
    ("operstate", "operstat", "answer: link lo netns eden operstat", 28, "did you mean `operstate`?"),
    # checks
    ("netns eden\n\n", "netsn eden\n\n", "netsn eden", 1, "unknown check `netsn`; did you mean `netns`?"),
    ("not netns Eden   within", "not netns Eden   witin", "  not netns Eden   witin 3s", 20, "unknown keyword `witin`"),
    ("netns eden\n\n", "netns eden\nnetns eden\n\n", "netns eden", 1, "this check stands in line 36 already"),
    # bytes
    ("Because.", "Be\x1bcause.", "Be\ufffdcause.", 3, "control character U+001B"),
    ("Because.", "Be\0cause.", "Be\ufffdcause.", 3, "control character U+0000"),
]


@pytest.mark.parametrize(("old", "new", "line", "column", "message"), DAMAGE)
def test_damage_is_located(old: str, new: str, line: str, column: int, message: str) -> None:
    """Every kind of damage is reported at its line and column, with the line itself."""
    assert old in WHOLE
    found = faults_of(WHOLE.replace(old, new, 1))
    fault = next((fault for fault in found if message in fault.message), None)
    assert fault is not None, [str(fault) for fault in found]
    assert (fault.source, fault.column) == (line, column)
    text = WHOLE.replace(old, new, 1).replace("\x1b", "\ufffd").replace("\0", "\ufffd").split("\n")
    assert text[fault.line - 1] == line
    assert column + fault.length - 1 <= len(line)


def test_the_table_has_rows() -> None:
    """The table holds what it is meant to hold, and the undamaged lesson has no fault."""
    assert len(DAMAGE) > 60
    assert not faults_in(WHOLE)


def test_every_line_left_out_is_met_calmly() -> None:
    """Whichever line is missing: a lesson, or located faults in order, and nothing else."""
    lines = WHOLE.split("\n")
    found = [faults_in("\n".join(lines[:index] + lines[index + 1 :])) for index in range(len(lines))]
    assert sum(bool(faults) for faults in found) > 30
    assert all(list(faults) == sorted(faults) for faults in found)
    assert all(0 < fault.line <= len(lines) and fault.column > 0 for faults in found for fault in faults)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "---",
        "---\n---",
        "---\n---\n## {#}",
        "---\n- a\n---\n",
        "---\n" + "[" * 5000 + "\n---\n",
        "---\n? {a: b}\n: c\n---\n",
        "---\nformat: 1\n...\n",
        ">" * 5000,
        "`" * 5000,
        "---\n\ufffe: 1\n---\n",
        "---\na: !!python/object/apply:os.system [true]\n---\n",
        "---\n--- a\n--- b\n---\n",
    ],
)
def test_rubbish_has_faults_and_no_traceback(text: str) -> None:
    """What is no lesson at all is still met with faults."""
    assert faults_of(text)


def test_faults_of_every_part_come_together_in_order() -> None:
    """One run shows the faults of front matter, headings, fences and questions, in the order of their lines."""
    text = WHOLE.replace("title:", "titel:").replace("```check", "```chek").replace("=> the name is Eden\n", "")
    lines = [fault.line for fault in faults_of(text.replace("answer: = no", "answer: = maybe"))]
    assert len(lines) >= 5
    assert lines == sorted(lines)


def test_faults_of_all_checks_come_together() -> None:
    """One run shows the faults of every check line and every answer."""
    text = WHOLE.replace("netns eden\n\n", "netsn eden\n\n").replace("Eden   within", "Eden   witin")
    assert len(faults_of(text.replace("operstate", "opstate"))) == 3


def test_bytes_that_are_not_utf8_are_located(tmp_path: Path) -> None:
    """Each line with a byte that is not UTF-8 is named, with the column in characters."""
    path = tmp_path / "latin.md"
    path.write_bytes(WHOLE.replace("Because.", "Wäre").encode("latin-1") + "王\xe4".encode()[:-1])
    with pytest.raises(LessonError) as caught:
        load(path)
    first, second = caught.value.faults
    assert (first.column, second.column) == (2, 2)
    assert "byte 0xe4 is not UTF-8" in first.message
    assert WHOLE.split("\n")[first.line - 1] == "Because."


def test_a_fault_shows_its_line_and_a_caret() -> None:
    """An author sees file, line, column, the line itself and what is meant."""
    (fault,) = faults_of(WHOLE.replace("operstate", "operstat"))
    assert str(fault) == (
        "x.md:87:28: the last word says which value is asked for; did you mean `operstate`?\n"
        "  87 │ answer: link lo netns eden operstat\n"
        "     │                            ^^^^^^^^"
    )
