"""Keys of the line editor that are bash's, and not prompt_toolkit's."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import emacs_insert_mode, vi_navigation_mode
from prompt_toolkit.key_binding import (
    DynamicKeyBindings,
    KeyBindings,
    KeyBindingsBase,
    KeyPressEvent,
    defaults,
)


class EditorWanted(Exception):  # noqa: N818 - it is a wish, and no error
    """Ends the prompt: this text is to be edited in the learner's own editor."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@contextlib.contextmanager
def vi_keys_late() -> Iterator[None]:
    """An editor that is made in the body gets vi's keys when it is first to be vi: they take a twentieth of a start.

    prompt_toolkit makes all of them for each editor, and asks for those of vi only in its mode.
    """
    loads = {name: getattr(defaults, name) for name in ("load_vi_bindings", "load_vi_search_bindings")}
    vars(defaults).update({name: _when_vi(load) for name, load in loads.items()})
    try:
        yield
    finally:
        vars(defaults).update(loads)


def _when_vi(load: Callable[[], KeyBindingsBase]) -> Callable[[], KeyBindingsBase]:
    loaded = functools.cache(load)

    def wanted() -> KeyBindingsBase | None:
        return loaded() if get_app().editing_mode is EditingMode.VI else None

    return lambda: DynamicKeyBindings(wanted)


def line_keys() -> KeyBindings:
    """Ctrl-V quotes a key, Ctrl-Z does nothing, Ctrl-X Ctrl-E (`v` in vi's command mode) asks for an editor."""
    bindings = KeyBindings()
    bindings.add("c-v", filter=emacs_insert_mode)(_quote)
    bindings.add("c-z")(_ignore)
    bindings.add("c-x", "c-e")(_edit)
    bindings.add("v", filter=vi_navigation_mode)(_edit)
    return bindings


def _quote(event: KeyPressEvent) -> None:
    event.app.quoted_insert = True


def _ignore(_event: KeyPressEvent) -> None:
    """There is nothing in front that could be stopped."""


def _edit(event: KeyPressEvent) -> None:
    # The editor draws on a clean screen, and the line comes back with the next prompt.
    event.app.erase_when_done = True
    event.app.exit(exception=EditorWanted(event.current_buffer.text))
