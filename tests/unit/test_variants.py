"""What a lesson's variables may be, which values a seed draws, and how they stand in the lesson."""

from __future__ import annotations

import hashlib
import ipaddress
from itertools import combinations
from pathlib import Path

import pytest

from nstutor.checks.registry import compile_lesson
from nstutor.errors import LessonError
from nstutor.lesson.model import Lesson
from nstutor.lesson.parse import load, parse

WHOLE = Path(__file__).parent.parent / "data" / "lessons" / "variants.md"
TEXT = WHOLE.read_text(encoding="utf-8")
BODY = (
    "## Build {{ a }} {#a}\n\n```check\nnetns {{ a }}\n```\n```hint\nx\n```\n```solution\nip netns add {{ a }}\n```\n"
)


def lesson(variables: str, body: str = BODY, seed: str = "stu") -> Lesson:
    """A lesson with these variables."""
    return parse(f"---\nformat: 1\nid: short\ntitle: Short\nvars:\n{variables}\n---\n{body}", "short.md", seed)


def values(of: Lesson) -> dict[str, str]:
    """Its values by variable."""
    assert of.variant
    return of.variant.texts


def test_the_draw_is_the_documented_one() -> None:
    """SHA-256 of seed, lesson and name, as a number, modulo the size of the range."""
    digest = hashlib.sha256(b"stu\nshort\na").digest()
    expected = 1300 + int.from_bytes(digest, "big") % 200
    assert values(lesson("  a: {numbers: 1300-1499}")) == {"a": str(expected)}


def test_the_values_never_change() -> None:
    """Who was given these values last year gets them again, in every Python."""
    assert values(load(WHOLE, seed="alice")) == {
        "left": "lapland",
        "right": "greenland",
        "net": "10.12.243.0/24",
        "here": "10.12.243.148/24",
        "there": "10.12.243.64/24",
        "size": "1385",
    }


def test_values_of_a_kind_differ() -> None:
    """Whatever the seed: names, numbers and addresses are all different, and subnets do not overlap."""
    variables = (
        "  a: {names: [x, y, z]}\n  b: {names: [x, y, z]}\n  c: {names: [z, y, x]}\n"
        "  m: {numbers: 1-3}\n  n: {numbers: 2-4}\n  o: {numbers: 3-5}\n"
        "  big: {subnet: 10.0.0.0/20, length: 22}\n  net: {subnet: 10.0.0.0/20, length: 24}\n"
        "  lan: {subnet: 10.0.0.0/20, length: 29}\n  six: {subnet: 'fd00::/8', length: 64}\n"
        "  g: {host: lan}\n  h: {host: lan}\n  i: {host: lan}\n  j: {host: six}"
    )
    seen = set()
    for seed in range(300):
        drawn = values(lesson(variables, seed=str(seed)))
        seen.add(tuple(drawn.values()))
        assert len({drawn[name] for name in "abc"}) == 3
        assert len({drawn[name] for name in "mno"}) == 3
        nets = [ipaddress.ip_network(drawn[name]) for name in ("big", "net", "lan")]
        assert not any(one.overlaps(other) for one, other in combinations(nets, 2))
        hosts = [ipaddress.ip_interface(drawn[name]) for name in "ghi"]
        assert len(set(hosts)) == 3
        assert all(host.network == nets[2] and host.ip in set(host.network.hosts()) for host in hosts)
        assert ipaddress.ip_interface(drawn["j"]).network == ipaddress.ip_network(drawn["six"])
    assert len(seen) == 300


def test_a_value_stands_everywhere_and_lines_stay() -> None:
    """Title, prose, checks, hints, solutions, wrong attempts and questions have it; other braces stay."""
    alice = load(WHOLE, seed="alice")
    drawn = values(alice)
    assert alice.title == f"A ladder of {drawn['left']}'s own"
    assert f"in the subnet {drawn['net']}. Docker's `{{{{.Names}}}}`" in alice.introduction
    ladder = alice.steps[1]
    address = drawn["there"].partition("/")[0]
    assert ladder.title == f"Join them with {drawn['here']} and {drawn['there']}"
    assert f"addr {drawn['here']} dev top netns {drawn['left']}" in [line.text for line in ladder.checks]
    assert ladder.hints == ("The prefix is 24 bits long.",)
    assert f"ip -n {drawn['right']} addr add {address}/24 dev foot\n" in ladder.solutions[0].text
    assert ladder.wrongs[0].expected == f"{drawn['here']} is on foot"
    assert ladder.questions[0].fixed == drawn["size"]
    assert len(alice.source) == len(TEXT.split("\n"))
    assert all(TEXT.split("\n")[line.number - 1].startswith(line.text.split()[0]) for line in ladder.checks)
    assert load(WHOLE, seed="bob").sha256 == alice.sha256


def test_a_translation_has_the_same_values() -> None:
    """Also in its title; what it does not translate is the lesson's own."""
    alice = load(WHOLE, lang="zh", seed="alice")
    assert alice.title == "lapland 自己的梯子"
    assert alice.steps[0].title == "盖 lapland 和 greenland"
    assert alice.steps[1].title.startswith("Join them with 10.12.243.148/24")
    assert not alice.translation_faults


def test_without_variables_braces_are_text() -> None:
    """A lesson that declares none may show a template."""
    plain = parse(TEXT[: TEXT.index("vars:")] + "---\n" + BODY.replace("{{ a }}", "eden") + "\n{{ x }}", "short.md")
    assert plain.variant is None
    assert "{{ x }}" in plain.steps[0].prose


FAULTS = [
    ("[a]", "vars: [a]", 7, "`vars` must be lines"),
    ("  A: {names: [x]}", "  A: {names: [x]}", 3, "small letters, digits and _"),
    ("  a: {numbers: 1-2}\n  a: {numbers: 1-2}", "  a: {numbers: 1-2}", 3, "`a` is given twice"),
    ("  a: 5", "  a: 5", 6, "say what `a` may be: {names: [a, b]}"),
    ("  a: {}", "  a: {}", 6, "say what `a` may be"),
    ("  a: {name: [x]}", "  a: {name: [x]}", 7, "unknown word `name`; did you mean `names`?"),
    ("  a: {names: [x], numbers: 1-2}", "  a: {names: [x], numbers: 1-2}", 6, "say what `a` may be"),
    ("  a: {names: [x], length: 2}", "  a: {names: [x], length: 2}", 6, "say what `a` may be"),
    ("  a: {names: x}", "  a: {names: x}", 14, "`names` lists different words"),
    ("  a: {names: [x, x]}", "  a: {names: [x, x]}", 14, "`names` lists different words"),
    ("  a: {names: [x y]}", "  a: {names: [x y]}", 14, "`names` lists different words"),
    ("  a: {numbers: 9-1}", "  a: {numbers: 9-1}", 16, "`numbers` is a range"),
    ("  a: {numbers: few}", "  a: {numbers: few}", 16, "`numbers` is a range"),
    ("  a: {subnet: 10.0.0.1/8, length: 24}", "  a: {subnet: 10.0.0.1/8, length: 24}", 15, "`subnet` is a prefix"),
    ("  a: {subnet: 10.0.0.0, length: 24}", "  a: {subnet: 10.0.0.0, length: 24}", 15, "`subnet` is a prefix"),
    ("  a: {subnet: 10.0.0.0/8}", "  a: {subnet: 10.0.0.0/8}", 15, "from 8 to 32"),
    ("  a: {subnet: 10.0.0.0/8, length: 7}", "  a: {subnet: 10.0.0.0/8, length: 7}", 35, "from 8 to 32"),
    ("  a: {host: net}", "  a: {host: net}", 13, "`net` is none; write one before it"),
    ("  net: {subnet: 10.0.0.0/8, length: 24}\n  a: {host: nett}", "  a: {host: nett}", 13, "did you mean `net`?"),
    ("  b: {names: [x]}\n  a: {names: [x]}", "  a: {names: [x]}", 6, "of its 1 the variables before may take 1"),
    (
        "  b: {subnet: 10.0.0.0/8, length: 8}\n  a: {subnet: 10.0.0.0/8, length: 24}",
        "  a: {subnet: 10.0.0.0/8, length: 24}",
        6,
        "of its 65536 the variables before may take 65536",
    ),
]


@pytest.mark.parametrize(("variables", "line", "column", "words"), FAULTS)
def test_what_is_wrong_with_a_variable(variables: str, line: str, column: int, words: str) -> None:
    """It is told at its place, with what would be right."""
    text = f"vars: {variables}" if variables.startswith("[") else f"vars:\n{variables}"
    with pytest.raises(LessonError) as error:
        parse(f"---\nformat: 1\nid: short\ntitle: Short\n{text}\n---\n## A {{#a}}\n", "short.md")
    fault = next(fault for fault in error.value.faults if words in fault.message)
    assert (fault.source, fault.column) == (line, column)


def test_half_a_pool_leaves_room() -> None:
    """A subnet that takes half of a pool leaves the other half."""
    drawn = values(lesson("  b: {subnet: 10.0.0.0/8, length: 9}\n  a: {subnet: 10.0.0.0/8, length: 10}"))
    assert not ipaddress.ip_network(drawn["a"]).overlaps(ipaddress.ip_network(drawn["b"]))


def test_an_unknown_name_is_told_with_its_line() -> None:
    """All of them at once, as the line reads with the values, and with the name that may be meant."""
    body = BODY + "\nHouse {{ a }}, then {{ b }} and {{ net.ipp }}.\n"
    variables = "  a: {names: [iceland]}\n  net: {subnet: 10.0.0.0/8, length: 24}"
    with pytest.raises(LessonError) as error:
        lesson(variables, body)
    first, second = error.value.faults
    assert first.source == "House iceland, then {{ b }} and {{ net.ipp }}."
    assert (first.line, first.column, first.length) == (21, 21, 7)
    assert first.message.startswith("there is no variable `b`; ")
    assert second.message == "there is no variable `net.ipp`; did you mean `net.ip`?"
    assert second.column == 33


def test_a_fault_in_a_filled_line_has_its_caret_under_the_value() -> None:
    """A value that is no good where it stands is shown in its line."""
    body = BODY.replace("netns {{ a }}\n", "link lo netns {{ a }} mtuu 3\n", 1)
    with pytest.raises(LessonError) as error:
        compile_lesson(lesson("  a: {numbers: 5-5}", body))
    (fault,) = error.value.faults
    assert fault.source == "link lo netns 5 mtuu 3"
    assert fault.source[fault.column - 1 :].startswith("mtuu")
