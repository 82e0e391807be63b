"""Completion of the learner's line: the tutor's words, `ip`'s grammar with what the lab holds, commands, paths.

It offers what is there, never what the step wants: no name for a new thing, no address that nobody has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from nstutor.cmdline.words import Typed, typed
from nstutor.shell.complete_files import Folder, Programs, paths
from nstutor.shell.complete_lab import Candidate, Candidates, Live, beginning
from nstutor.shell.complete_names import Names, TypedVariable, typed_variable
from nstutor.shell.complete_tools import TOOLS, Place, arguments, inner
from nstutor.text.i18n import N_

_LONGEST_LINE = 10_000
_MOST_OFFERED = 500
_FOLDERS_ONLY = frozenset(("cd", "pushd", "rmdir"))
_BUILTINS = dict.fromkeys(("cd", "echo", "exit", "export", "fg", "bg", "jobs", "kill", "for", "while", "type"), "")
_TO_ESCAPE = re.compile(r"([\s\\'\"`$&|;<>()*?\[\]#~!{}])")


class LabCompleter(Completer):
    """Completes from live state that it is given: it opens nothing but folders of the world, and never raises.

    `live` gives the newest snapshot (None before the first), `where` the namespace in which the shell stands, `root` a
    path to the world's root (/proc/self/fd/N), `cwd` a path to the shell's folder (/proc/PID/cwd), `names` what the
    shell knows by name; `tutor_words` are the colon commands with their meanings.
    """

    def __init__(
        self,
        live: Live,
        where: Callable[[], str],
        root: Folder = lambda: None,
        cwd: Folder = lambda: None,
        *,
        names: Callable[[], Names] = Names,
        tutor_words: Mapping[str, str] | None = None,
    ) -> None:
        self._live = live
        self._where = where
        self._root = root
        self._cwd = cwd
        self._names = names
        self._programs = Programs(root)
        self._tutor_words = {f":{word.removeprefix(':')}": text for word, text in (tutor_words or {}).items()}

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> Iterable[Completion]:
        """Completions for the word before the cursor."""
        text = document.text_before_cursor
        if len(text) > _LONGEST_LINE:
            return
        if text.startswith(":") and not re.search(r"\s", text):
            for candidate in beginning(self._tutor_words, text):
                yield Completion(candidate.text, -len(text), display_meta=candidate.meta)
            return
        at = typed(text)
        if not at.quiet and at.quote != "'" and (variable := typed_variable(text)):
            yield from self._variables(variable)
            return
        for candidate, _number in zip(self._candidates(at), range(_MOST_OFFERED), strict=False):
            yield _completion(at, candidate)

    def _variables(self, at: TypedVariable) -> Iterable[Completion]:
        found = [name for name in self._names().variables if name.startswith(at.name)]
        for name in found[:_MOST_OFFERED]:
            yield Completion(f"{name}}}" if at.in_brace else name, -len(at.name), display=name)

    def _candidates(self, at: Typed) -> Candidates:
        if at.quiet or "$" in at.word.text:
            return iter(())
        if at.redirected:
            return self._paths(at.word.text)
        place = Place(self._live(), self._where(), at.before, at.word.text)
        while within := inner(place):
            place = within
        return self._begin(at.word.text) if not place.words else self._continue(place)

    def _begin(self, prefix: str) -> Candidates:
        """A command begins here."""
        if "/" in prefix:
            return self._paths(prefix)
        found = {candidate.text: candidate for candidate in self._programs.beginning(prefix)}
        tools = [tool for tool in beginning(TOOLS, prefix) if not found or tool.text in found or tool.text in _BUILTINS]
        named = {tool.text for tool in tools}
        own = dict.fromkeys(self._names().commands, N_("function or alias")) if prefix else {}
        rest = (*beginning(_BUILTINS, prefix), *found.values()) if prefix else ()
        others = {other.text: other for other in (*rest, *beginning(own, prefix)) if other.text not in named}
        return iter((*tools, *others.values()))

    def _continue(self, place: Place) -> Candidates:
        known = arguments(place)
        if known is None:
            return self._paths(place.prefix, folders_only=place.words[0] in _FOLDERS_ONLY)
        return known

    def _paths(self, prefix: str, *, folders_only: bool = False) -> Candidates:
        return paths(self._root(), self._cwd(), prefix, folders_only=folders_only)


def _completion(at: Typed, candidate: Candidate) -> Completion:
    length = at.word.end - at.word.start
    return Completion(_quoted(at, candidate), -length, display=candidate.text, display_meta=candidate.meta)


def _quoted(at: Typed, candidate: Candidate) -> str:
    """The word as it has to be typed: in the quotes that are open, else with backslashes."""
    if at.quote == "'":
        return f"'{candidate.text}".replace("\n", "") + ("" if candidate.unfinished else "'")
    if at.quote == '"':
        text = re.sub(r'([\\"$`])', r"\\\1", candidate.text)
        return f'"{text}' + ("" if candidate.unfinished else '"')
    return _TO_ESCAPE.sub(r"\\\1", candidate.text)
