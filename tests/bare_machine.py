"""Runs `nstutor doctor` on a machine that lacks things: in a mount namespace in which they are hidden."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
# -S: without site-packages, doctor can only use the standard library.
DOCTOR = (sys.executable, "-S", "-m", "nstutor", "doctor")
HIDE = """
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mount -t tmpfs none "$1"; else mount --bind /dev/null "$1"; fi
    shift
done
shift
exec "$@"
"""

STAND_IN = """\
#!/bin/sh
# Notes what it was called with, and puts one program into the place where packages put theirs.
echo "$DEBIAN_FRONTEND: $*" >> {log}
case "$*" in *install*) printf '#!/bin/sh\\n' > /usr/sbin/iptables; chmod 755 /usr/sbin/iptables;; esac
exit {status}
"""


def doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run doctor on this machine as it is, without a terminal."""
    return _run((*DOCTOR, *arguments), environment)


def run_bare(
    hidden: Sequence[str],
    arguments: Sequence[str],
    *,
    as_root: bool = True,
    command: Sequence[str] = DOCTOR,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run doctor where these folders are empty and these files no programs, as root of a user namespace or not."""
    return _run((*bare_command(hidden, as_root=as_root), *command, *arguments), environment)


def bare_command(hidden: Sequence[str], *, as_root: bool = True) -> tuple[str, ...]:
    """What to put before a command to run it where these are hidden."""
    identity = ("--map-root-user",) if as_root else ("--map-user=1000", "--keep-caps")
    return ("unshare", "--user", *identity, "--mount", "sh", "-ec", HIDE, "sh", *hidden, "--")


def stand_in_for_apt(folder: Path, log: Path, status: int = 0) -> str:
    """A PATH in which apt-get is a script that notes its arguments and brings iptables."""
    script = folder / "apt-get"
    script.write_text(STAND_IN.format(log=log, status=status))
    script.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def _run(command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
