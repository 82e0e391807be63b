"""How to leave a program that does not end by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nstutor.text.i18n import N_, _


def running_hint(argv: tuple[str, ...]) -> str | None:
    """One line on how to leave a program that has run for a while; None where it needs none.

    `argv` is what the foreground process was executed with, its name with or without the folder.
    """
    argv = _inner(argv)
    program = argv[0].rpartition("/")[2].lstrip("-") if argv else ""
    if program.startswith("python"):
        program = "python"
    if program not in _LEAVE or _ends_by_itself(program, argv[1:]):
        return None
    return _(_LEAVE[program]).format(program=program)


def _inner(argv: tuple[str, ...]) -> tuple[str, ...]:
    while argv[:1] == ("sudo",) or (argv[:3] == ("ip", "netns", "exec") and len(argv) > 4):
        argv = argv[4:] if argv[0] == "ip" else argv[1:]
    return argv


def _ends_by_itself(program: str, arguments: Sequence[str]) -> bool:
    ends = _ENDS.get(program)
    return ends is not None and ends(arguments)


def _has(*options: str) -> Callable[[Sequence[str]], bool]:
    return lambda arguments: any(word.startswith(options) for word in arguments)


def _names_files(at_least: int) -> Callable[[Sequence[str]], bool]:
    """Whether it reads files: else it reads the terminal."""
    return lambda arguments: sum(not word.startswith("-") for word in arguments) >= at_least


def _runs_script(arguments: Sequence[str]) -> bool:
    return any(not word.startswith("-") or word in ("-c", "-m") for word in arguments)


_INTERRUPT = N_("Ctrl-C ends {program}.")
_QUIT = N_("q leaves {program}.")
_VI = N_("Esc, then :q! and Enter leave {program} without saving.")
_READER = N_("{program} reads what you type; Ctrl-D ends the input.")
_LEAVE: dict[str, str] = {
    **dict.fromkeys(("ping", "ping6"), N_("Ctrl-C ends {program}; with `-c 3` it stops by itself.")),
    **dict.fromkeys(("tcpdump", "tail", "watch", "yes", "sleep", "nc", "ncat", "tshark", "arping"), _INTERRUPT),
    **dict.fromkeys(("ip", "bridge"), N_("Ctrl-C ends `{program} monitor`.")),
    **dict.fromkeys(("top", "htop", "less", "more", "man", "mtr"), _QUIT),
    **dict.fromkeys(("vi", "vim", "view", "nvim", "vim.basic", "vim.tiny"), _VI),
    **dict.fromkeys(("cat", "grep", "sed", "awk", "wc", "sort", "tee"), _READER),
    "nano": N_("Ctrl-X leaves nano."),
    "emacs": N_("Ctrl-X Ctrl-C leaves emacs."),
    "python": N_("Ctrl-D leaves Python."),
}

_ENDS: dict[str, Callable[[Sequence[str]], bool]] = {
    **dict.fromkeys(("ping", "ping6"), _has("-c", "-w")),
    **dict.fromkeys(("tcpdump", "arping"), _has("-c")),
    **dict.fromkeys(("ip", "bridge"), lambda arguments: not _has("mon")(arguments)),
    **dict.fromkeys(("cat", "wc", "sort"), _names_files(1)),
    **dict.fromkeys(("grep", "sed", "awk"), _names_files(2)),
    "tail": lambda arguments: not _has("-f", "-F", "--follow")(arguments),
    "python": _runs_script,
}
