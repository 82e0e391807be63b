"""Which words of a script are commands for certain, and where `//` begins a remark for certain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from nstutor.cmdline.quoting import MOST_WORDS

TOOLS = frozenset(
    (
        "ip",
        "bridge",
        "ping",
        "ping4",
        "ping6",
        "traceroute",
        "traceroute6",
        "tracepath",
        "route",
        "ifconfig",
        "iptables",
        "ip6tables",
        "nft",
        "arp",
        "arping",
        "brctl",
        "ss",
        "netstat",
        "sysctl",
        "tcpdump",
        "ethtool",
        "hostname",
    )
)
"""Programs that are about the network."""
OTHERS = frozenset(
    (
        "alias",
        "apt",
        "apt-get",
        "awk",
        "bash",
        "bg",
        "bind",
        "break",
        "builtin",
        "caller",
        "cat",
        "cd",
        "chmod",
        "chown",
        "clear",
        "command",
        "compgen",
        "complete",
        "compopt",
        "continue",
        "coproc",
        "cp",
        "curl",
        "cut",
        "dash",
        "date",
        "declare",
        "dig",
        "dirs",
        "disown",
        "dnf",
        "docker",
        "echo",
        "enable",
        "env",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "fc",
        "fg",
        "find",
        "getopts",
        "grep",
        "hash",
        "head",
        "help",
        "history",
        "id",
        "jobs",
        "kill",
        "killall",
        "kubectl",
        "less",
        "let",
        "ln",
        "logout",
        "ls",
        "man",
        "mapfile",
        "mkdir",
        "mktemp",
        "modprobe",
        "mount",
        "mv",
        "nano",
        "nc",
        "nohup",
        "nsenter",
        "perl",
        "pkill",
        "popd",
        "printf",
        "ps",
        "pushd",
        "pwd",
        "python",
        "python3",
        "read",
        "readarray",
        "readonly",
        "return",
        "rm",
        "rmdir",
        "sed",
        "seq",
        "set",
        "setsid",
        "sh",
        "shift",
        "shopt",
        "sleep",
        "sort",
        "source",
        "stat",
        "su",
        "sudo",
        "suspend",
        "systemctl",
        "tail",
        "tc",
        "tee",
        "test",
        "time",
        "timeout",
        "times",
        "top",
        "touch",
        "tr",
        "trap",
        "true",
        "type",
        "typeset",
        "ulimit",
        "umask",
        "umount",
        "unalias",
        "uname",
        "uniq",
        "unset",
        "unshare",
        "vi",
        "vim",
        "wait",
        "watch",
        "wc",
        "wget",
        "which",
        "whoami",
        "xargs",
        "yum",
        ".",
        ":",
        "[",
        "[[",
        "((",
    )
)
RESERVED = frozenset(
    (
        "case",
        "do",
        "done",
        "elif",
        "else",
        "esac",
        "fi",
        "for",
        "function",
        "if",
        "select",
        "then",
        "until",
        "while",
        "{",
        "}",
        "(",
        "!",
    )
)
SHELLS = frozenset(("bash", "sh", "dash", "exit", "logout", "cd", "ls"))
"""They take a path, but `//` alone is none that anybody means."""
WRAPPERS = frozenset(("sudo", "exec", "command", "env", "nohup", "time", "timeout"))
BEFORE_A_FILE = frozenset(("<", ">", "-b", "-batch", "-r", "-w", "-p", "-f", "-F"))
FIRST_WORD = re.compile(r"\s*\\?(?P<quote>['\"]?)(?P<word>[^\s;&|()<>'\"`\\]+|\(\(?|[&;|])(?P=quote)")
DEFINED = re.compile(
    r"\s*(?:\S*[$#❯%>]\s+)?(?:function\s+(?P<function>[^\s()]+)|(?P<name>[^\s()]+)\s*\(\)|alias\s+(?P<alias>[^\s=]+)=)"
)


def is_command(text: str, defined: frozenset[str] = frozenset()) -> bool:
    """Whether a line begins with what is a command for certain; `defined` are functions and aliases of the script."""
    match = FIRST_WORD.match(text)
    word = match["word"] if match else ""
    known = word in TOOLS or word in OTHERS or word in RESERVED or word in defined
    return known or word.startswith(("./", "/", "~/", "$")) or re.match(r"[A-Za-z_]\w*\+?=", word) is not None


def runs_tool(text: str) -> bool:
    """Whether a line is a command about the network with words behind it: `> route` alone may write into a file."""
    match = FIRST_WORD.match(text)
    return match is not None and match["word"] in TOOLS | {"sudo"} and bool(text[match.end() :].strip())


def defined_in(lines: Sequence[str]) -> frozenset[str]:
    """The functions and aliases that a script defines."""
    found = (DEFINED.match(line) for line in lines)
    return frozenset(name for match in found if match for name in match.groups() if name)


def is_remark(words: Sequence[str], first: str) -> bool:
    """Whether with this word, which begins with `//`, a remark begins behind these words of a command.

    Certain where the command can make nothing of it: `ip` has no argument that begins so. `cd //tmp`, `echo a // b` and
    `//usr/bin/ip` mean what they say.
    """
    if not words:
        # `//*)` is a pattern of a `case`.
        return first == "//" or not ("/" in first[2:] or (")" in first and "(" not in first))
    if words[-1] in BEFORE_A_FILE:
        return False
    program = _program(words)
    return program in TOOLS or (program in SHELLS and (first == "//" or not first[2].isascii()))


def may_be_remark(words: Sequence[str], line: str, at: int) -> bool:
    """Whether a `//` that stands there may have been meant as a remark all the same: behind a tab, or not in ASCII."""
    text = line[at + 2 :].lstrip()
    looks = line[at - 1 : at] == "\t" or not text[:1].isascii()
    return bool(text) and looks and _program(words) not in {"echo", "printf"}


def _program(words: Sequence[str]) -> str:
    """What runs in the end: behind `sudo`, and behind `ip netns exec NAME`."""
    return _program_in(tuple(words[:MOST_WORDS]))


@lru_cache(maxsize=64)
def _program_in(words: tuple[str, ...]) -> str:
    # It is asked at each `//` of a command.
    left = list(words)
    while left:
        name = left[0].rpartition("/")[2]
        if name in WRAPPERS:
            left = _behind_options(left[1:])
        elif name == "ip" and "exec" in left[1:4] and left[1].startswith("net"):
            left = left[left.index("exec") + 2 :]
        else:
            return name
    return ""


def _behind_options(words: list[str]) -> list[str]:
    """Without the options, numbers and assignments that stand before a wrapped command."""
    while words and (words[0].startswith("-") or "=" in words[0] or words[0][:1].isdigit()):
        words = words[1:]
    return words
