"""A lesson with a router, a filter and a server: proved as it is, and graded right and wrong from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from check_runs import ROOT, Graded, complaints, grade, lost
from proof_runs import ProofJson, run

from nstutor.lesson.parse import load

LESSON = Path(__file__).parents[1] / "data" / "lessons" / "router.md"
STEPS = {step.id: step for step in load(LESSON).steps}


def solution(**other: str) -> str:
    """The whole solution, with other lines for some steps."""
    return "".join(
        other.get(name, step.solutions[0].text.partition(" # mutation")[0] + "\n") for name, step in STEPS.items()
    )


SERVER = "socket(S,PF_INET,SOCK_STREAM,0); bind(S,sockaddr_in({port},{at})); {before}listen(S,9); sleep"


def served(netns: str = "wan", port: int = 80, at: str = "INADDR_ANY", before: str = "") -> str:
    """A server in the background."""
    return f"ip netns exec {netns} perl -MSocket -e '{SERVER.format(port=port, at=at, before=before)}' &\n"


def slow_to_start() -> str:
    """The server as on a busy machine: bash takes long to execute it, and then it takes long to come to its work."""
    server = served(before="1 while (times)[0] < 0.5; ").removesuffix("&\n")
    return f"{{ for i in {{1..200000}}; do :; done; exec {server}; }} &\n"


RIGHT = {
    "plain": solution(),
    "with-nft": solution(nat=STEPS["nat"].solutions[1].text),
    "with-the-older-iptables": solution(nat=STEPS["nat"].solutions[2].text),
    "by-proc": solution(forward=STEPS["forward"].solutions[1].text),
    "in-other-words": solution(
        open="""\
ip netns exec r iptables -A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT
ip netns exec r iptables -A FORWARD -m state --state ESTABLISHED -j ACCEPT
ip netns exec r iptables -I FORWARD -j ACCEPT -p tcp -m tcp --destination-port 80 --src 10.0.0.0/255.255.255.0
"""
    ),
    "a-slow-server-at-the-end": solution(serve=served(before="select(undef,undef,undef,1.2); "), look=""),
    "slow-to-start-and-ended": solution(serve=slow_to_start(), look="kill %1\n"),
    "undone-at-the-end": solution(look="ip netns exec r iptables -F FORWARD\nkill %1\nip -n lan rule flush\n"),
}

WEB = "ip netns exec wan iptables -A INPUT -p tcp --dport 80"
OTHER = "-s 10.0.9.0/24"
CLOSED = "no connection to 192.0.2.2 port 80"
WRONG: dict[str, tuple[str, str, str]] = {
    "forwarding-in-host": (
        solution(forward="sysctl -w net.ipv4.ip_forward=1\n"),
        "forward",
        "net.ipv4.ip_forward is 0 in r; it must be 1, as it is in host",
    ),
    "another-table": (
        solution(
            policy="ip -n lan rule add from 10.0.0.2 lookup 101\nip -n lan route add default via 10.0.0.1 table 101\n"
        ),
        "policy",
        "the rule from 10.0.0.2/32 lookup 101 in lan has lookup 101; it must be 100",
    ),
    "no-translation": (
        solution(nat=STEPS["nat"].solutions[0].lines[0].text + "\n"),
        "nat",
        "r has no rule -s 10.0.0.0/24 -o r-wan -j MASQUERADE in nat POSTROUTING",
    ),
    "translation-by-nft-of-another-net": (
        solution(nat=STEPS["nat"].solutions[1].text.replace("10.0.0.0/24", "10.0.9.0/24")),
        "nat",
        f"the rule {OTHER} -o r-wan -j MASQUERADE in nat POSTROUTING of r says {OTHER}; it must say -s 10.0.0.0/24",
    ),
    "policy-of-another-chain": (
        solution(drop="ip netns exec r iptables -P OUTPUT DROP\n"),
        "drop",
        "filter FORWARD in r has policy ACCEPT; it must be DROP",
    ),
    "rejected": (
        solution(open=STEPS["open"].solutions[0].text + f"{WEB} -j REJECT --reject-with tcp-reset\n"),
        "serve",
        f"{CLOSED}: it is refused, though tcp port 80 in wan is open; a filter rejects it",
    ),
    "dropped": (
        solution(open=STEPS["open"].solutions[0].text + f"{WEB} -j DROP\n"),
        "serve",
        f"{CLOSED}: nothing comes back",
    ),
    "nobody-listens": (solution(serve=""), "serve", "nothing listens on tcp port 80 in wan"),
    "another-port": (
        solution(serve=served(port=8080)),
        "serve",
        "nothing listens on tcp port 80 in wan; something does on 8080",
    ),
    "only-on-loopback": (
        solution(serve=served(at="INADDR_LOOPBACK")),
        "serve",
        f"{CLOSED}: tcp port 80 in wan is open on 127.0.0.1 only",
    ),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """All submissions of this file, graded."""
    scripts = {**RIGHT, **{name: script for name, (script, *_) in WRONG.items()}}
    folder = tmp_path_factory.mktemp("router")
    return grade(str(LESSON.relative_to(ROOT)), folder, {name: script.encode() for name, script in scripts.items()})


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_submission_passes(name: str, reports: dict[str, Graded]) -> None:
    """By either program, in other words, and where the server takes its time; what is undone later has been there."""
    assert complaints(reports[name]) == []
    assert reports[name]["passed"]
    assert reports[name]["notes"] == []


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_submission_is_told_why(name: str, reports: dict[str, Graded]) -> None:
    """The step that is lost first says what is wrong."""
    _, step, message = WRONG[name]
    assert lost(reports[name])[0] == step
    assert (step, message) in complaints(reports[name])


def test_the_lesson_proves_itself(tmp_path: Path) -> None:
    """At full strength: every check of every family fails before, passes after, and notices each slip."""
    lesson = tmp_path / "router.md"
    lesson.write_text(LESSON.read_text(encoding="utf-8"), encoding="utf-8")
    done = run("test", lesson, "--jobs", "4", "--format", "json")
    report: ProofJson = json.loads(done.stdout)
    (proof,) = report["lessons"]
    assert (done.returncode, proof["findings"], report["machine"]) == (0, [], [])
    assert proof["strength"]["noticed"] == proof["strength"]["mutants"] > 25


def test_the_lesson_has_every_family_that_it_is_for() -> None:
    """So that the proof is about all of them."""
    text = LESSON.read_text(encoding="utf-8")
    for family in ("connect", "listen", "sysctl", "netfilter", "rule", "route default .* table"):
        assert re.search(rf"^{family}\b", text, re.MULTILINE), family
    for family in ("netfilter", "rule", "listen", "sysctl"):
        assert re.search(rf"^answer: {family}\b", text, re.MULTILINE), family
