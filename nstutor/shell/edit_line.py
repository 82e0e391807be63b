"""The line that is typed, in the learner's own editor: a program of the lab, started by the lab's bash."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from nstutor.shell.complete_files import read_small, resolve

FILE = "/run/shells/line.sh"
_NONE = b"\0"
"""In front of the name of an editor that there is not."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of it: the text; or the name of the editor that there is not."""

    text: str = ""
    missing: str = ""


def editing_command(text: str) -> str:
    """The command that has a shell open its editor with this text.

    A subshell, which ends with the status of the command before: nothing of the learner's shell is changed. In front
    is a blank, so that the history does not keep it. An editor that fails leaves no text behind.
    """
    return (
        f' (s=$?; f={FILE} e=${{VISUAL:-${{EDITOR:-vi}}}}; printf "%s\\n" {shlex.quote(text)} >|"$f"; '
        'if type "${e%% *}" >/dev/null 2>&1; then eval "$e \\"\\$f\\"" || : >|"$f"; '
        'else printf "\\0%s" "$e" >|"$f"; fi; exit "$s")'
    )


def edited(root: str) -> Edited | None:
    """What the editor left behind in the world with this root; None if that cannot be read."""
    path = resolve(root, FILE)
    content = read_small(path) if path is not None else None
    if content is None:
        return None
    if content.startswith(_NONE):
        return Edited(missing=content[1:].decode(errors="replace"))
    return Edited(content.decode(errors="surrogateescape").rstrip("\n"))
