"""Where the learner's record, history and lab home are kept."""

from __future__ import annotations

import os
from pathlib import Path

from nstutor.errors import UsageError
from nstutor.text.i18n import _


def data_folder() -> Path:
    """Where the learner's things are: $XDG_DATA_HOME/nstutor (XDG base directory specification)."""
    base = os.environ.get("XDG_DATA_HOME", "")
    # A relative path is to be ignored, says the specification; the folder would be another one at each start.
    return (Path(base) if os.path.isabs(base) else _home() / ".local/share") / "nstutor"


def _home() -> Path:
    """$HOME, and nothing else: in the judge's place whoever started us has another number. Raises UsageError."""
    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        raise UsageError(
            _("you have no home folder to keep your progress in"),
            _("Set HOME or XDG_DATA_HOME to a folder that you may write to."),
        )
    return Path(home)
