"""Who works here: the name that a lesson's variant is drawn from unless another seed is given."""

from __future__ import annotations

import os
import pwd


def default_seed_name() -> str:
    """The user's name; with sudo, that of whoever called it. To be asked before the process moves into a lab."""
    if os.getuid() == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("USER") or str(os.getuid())
