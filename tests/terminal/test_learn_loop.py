"""A loop of bridges while somebody learns: it is calmed, and told, at once; and taken back once the loop is gone."""

from __future__ import annotations

from pathlib import Path

from conftest import OpenTerminal
from learner import begin

LOOP = (
    "ip link add wangpo type bridge; ip link set wangpo up",
    "ip link add wp2xmq type veth peer name xmq2wp",
)
PLUG = "for d in wp2xmq xmq2wp; do ip link set $d master wangpo; ip link set $d up; done"


def test_a_loop_is_calmed_and_told(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Above the prompt, or while a program is in front; with why, and which ports."""
    learner = begin(terminal, tmp_path, "bridge", columns=170)
    for line in LOOP:
        learner.line(line)
    learner.start(PLUG)
    learner.terminal.wait("A loop: frames circled for ever through wangpo; this is what STP is for.")
    learner.terminal.wait("nstutor keeps from forwarding: xmq2wp")
    assert "state disabled" in learner.line("bridge link | grep xmq2wp", "state disabled")
    learner.line("ip link set wp2xmq nomaster", "The loop is gone: xmq2wp may forward again")
    learner.line("bridge link | grep xmq2wp", "state forwarding")


def test_a_loop_is_told_between_the_lines_of_a_program(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The one that is in front goes on."""
    learner = begin(terminal, tmp_path, "bridge", columns=170)
    for line in LOOP:
        learner.line(line)
    learner.start(f"(sleep 0.5; {PLUG}) & ping 127.0.0.1")
    learner.terminal.wait("A loop: frames circled for ever through wangpo")
    learner.terminal.keys("C-c")
    learner.at_prompt()
