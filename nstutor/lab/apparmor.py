"""The AppArmor profile that lets nstutor, and nothing else, make user namespaces.

Ubuntu (23.10 and later) takes the capabilities from an ordinary user's user namespace unless the program's profile has
the `userns` permission: https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
A profile is attached by the path of the executed file (apparmor.d(5)), so it must name nstutor's own script: a profile
for the python interpreter would open the door for every Python program.
"""

from __future__ import annotations

import os
import sys

RESTRICTION = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
PROFILE_PATH = "/etc/apparmor.d/nstutor"
PACKAGE = "apparmor"

_PROFILE = """\
# Lets nstutor make the user namespaces of its lab; it restricts nothing else.
# Remove it with: apparmor_parser --remove {profile_path} && rm {profile_path}
abi <abi/4.0>,
include <tunables/global>

profile nstutor "{executable}" flags=(unconfined) {{
  userns,
  include if exists <local/nstutor>
}}
"""


def restricted() -> bool:
    """Whether this machine keeps ordinary users' user namespaces without capabilities."""
    try:
        with open(RESTRICTION, encoding="ascii") as file:
            return file.read().strip() == "1"
    except FileNotFoundError:
        return False


def executable() -> str | None:
    """The nstutor script that a profile can name; None when nstutor runs as `python -m nstutor` without one."""
    checkout = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folders = (sys.prefix, os.path.join(checkout, ".venv"))
    candidates = (sys.argv[0], *(os.path.join(folder, "bin", "nstutor") for folder in folders))
    scripts = (os.path.realpath(path) for path in candidates if os.path.basename(path) == "nstutor")
    return next((path for path in scripts if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def profile(path: str) -> str:
    """The profile's text for the script at this path, with the path's own pattern characters escaped."""
    escaped = "".join(f"\\{char}" if char in '*?[]{}^,"\\' else char for char in path)
    return _PROFILE.format(executable=escaped, profile_path=PROFILE_PATH)
