"""`!!` and `!$` stand for the command before; no other exclamation mark is touched."""

from __future__ import annotations

import pytest

from nstutor.errors import UsageError
from nstutor.shell.history_expansion import expand

BEFORE = "ip link set 'wang po' up; cat /tmp/some\\ file"

EXPANDED = {
    "!!": BEFORE,
    "sudo !!": f"sudo {BEFORE}",
    "!! | head": f"{BEFORE} | head",
    "(!!) && echo !$": f"({BEFORE}) && echo /tmp/some\\ file",
    "ls !$": "ls /tmp/some\\ file",
    "ls !$.bak !$": "ls /tmp/some\\ file.bak /tmp/some\\ file",
    "true;!!": f"true;{BEFORE}",
}


@pytest.mark.parametrize("line", EXPANDED)
def test_expanded(line: str) -> None:
    """Where a word begins."""
    assert expand(line, BEFORE) == EXPANDED[line]


ORDINARY = [
    "echo hi!",
    "echo hi!!",
    "echo wow!!!",
    'echo "wow!"',
    'echo "wow !!"',
    "echo '!!' '!x'",
    "[ ! -e x ]",
    "! true",
    "[[ a != b ]]",
    "kill $!",
    "echo $!$!",
    "echo \\!!",
    "echo \\!$",
    "((x != 1))",
    "if !$x; then",
    "echo !x !1 !-1",
    "echo ok # !! and !$",
    "echo !!!",
    "x=!!",
    'echo "it\'s !!"',
    "wangpo!$",
    "echo ${!name} ${!x@}",
]


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_exclamation_marks(line: str) -> None:
    """Text, tests, indirect variables, what is quoted: they need no command before, either."""
    assert expand(line, None) == expand(line, BEFORE) == line


LAST_WORDS = {
    "ls > file": "file",
    "echo a\"b c\"'d'": "a\"b c\"'d'",
    "x $y": "$y",
    "echo $(date) `date`": "`date`",
    "diff a <(sort b (c d))": "<(sort b (c d))",
    "echo": "echo",
    "ls 2>&1 | wc &": "wc",
    "((x++))": "x++",
    ";;": "",
}


@pytest.mark.parametrize(("before", "word"), LAST_WORDS.items())
def test_last_word(before: str, word: str) -> None:
    """As it was typed, with its quotes."""
    assert expand("echo !$", before) == f"echo {word}"


@pytest.mark.parametrize("before", [None, "for i in 1 2; do\necho $i\ndone"])
def test_what_cannot_be_expanded_is_said(before: str | None) -> None:
    """Nothing before it; or a command of several lines, of which a line editor cannot make one."""
    with pytest.raises(UsageError, match=r"^!!: "):
        expand("sudo !!", before)
