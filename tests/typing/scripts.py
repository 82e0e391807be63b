"""Scripts of every kind of command that bash reads over several lines, made at random; their tags come in order."""

from __future__ import annotations

import random
from collections.abc import Callable

from tags import Tags, printed

Block = Callable[[Tags], list[str]]


def _line(tags: Tags) -> list[str]:
    return [tags.command()]


def _network(tags: Tags) -> list[str]:
    command = tags.command()
    return [f"ip netns add s{tags.given[-1]} && \\", f"  {command}", ""]


def _document(tags: Tags) -> list[str]:
    return ["cat <<END", *(tags.command().removeprefix("echo ") for _ in range(3)), "", "END"]


def _quoted_document(tags: Tags) -> list[str]:
    rows = [f"Q{printed(tags.number())[1:]}" for _ in range(2)]
    return ["sed s/Q/T/ <<'END'", '$(no) `command` "here', *rows, "END"]


def _loop(tags: Tags) -> list[str]:
    numbers = [tags.number() for _ in range(3)]
    return [f"for i in {' '.join(map(str, numbers))}", "do", "  # a comment", "  echo T$i:$((1000+i))", "done"]


def _loop_over_a_document(tags: Tags) -> list[str]:
    rows = [printed(tags.number())[1:].replace(":", " ") for _ in range(3)]
    return ["while read a b; do", "    echo T$a:$b", "done <<END", *rows, "END"]


def _function(tags: Tags) -> list[str]:
    name = f"f{tags.number()}"
    return [f"{name} ()", "{", "  local n=${1#f}", "", "  echo T$n:$((1000+n))", "}", f"{name} {name}"]


def _function_with_a_document(tags: Tags) -> list[str]:
    first, second = tags.command().removeprefix("echo "), tags.command()
    return ["g() {", "cat <<END", first, "END", second, "}", "g"]


def _case(tags: Tags) -> list[str]:
    command = tags.command()
    return ["case $((40+2)) in", "  41) echo no;;", f"  42) {command}", "    ;;", "  *)", "    echo no", "esac"]


def _condition(tags: Tags) -> list[str]:
    return ["if [ $((1+1)) = 3 ]; then", "  echo no", "elif true; then", f"  {tags.command()}", "else", "  :", "fi"]


def _groups(tags: Tags) -> list[str]:
    return ["(", f"  {tags.command()}", f"  {{ {tags.command()}; }}", ")", "{", f"  {tags.command()}", "} |", "cat"]


def _quotes(tags: Tags) -> list[str]:
    number = tags.number()
    return ['x="one', "", '  two"', f'echo "T{number}:$(({number}+990+${{#x}}))"']


def _continued(tags: Tags) -> list[str]:
    return ["true && \\", tags.command().replace(" ", " \\\n"), "# nothing", "", "true ||", "false"]


def _job(tags: Tags) -> list[str]:
    return ["sleep 0.05 &", "wait", tags.command()]


def _read(tags: Tags) -> list[str]:
    return ["read x; echo T$x", printed(tags.number())[1:]]


def _reader(tags: Tags) -> list[str]:
    return ["head -n 2 | sed s/^/T/", *(printed(tags.number())[1:] for _ in range(2))]


BLOCKS: tuple[Block, ...] = (
    _line,
    _network,
    _document,
    _quoted_document,
    _loop,
    _loop_over_a_document,
    _function,
    _function_with_a_document,
    _case,
    _condition,
    _groups,
    _quotes,
    _continued,
    _job,
)
READING: tuple[Block, ...] = (_read, _reader)
"""They take lines that follow them."""


def script(tags: Tags, rng: random.Random, lines: int, *, reading: bool) -> list[str]:
    """At least so many lines, each kind of block among them."""
    text: list[str] = []
    kinds = BLOCKS + READING if reading else BLOCKS
    while len(text) < lines:
        for block in rng.sample(kinds, len(kinds)):
            text += "\n".join(block(tags)).split("\n")
    return text
