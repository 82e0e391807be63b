"""What a learner keeps is theirs alone, and what they typed unseen is kept nowhere."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from conftest import OpenTerminal
from learner import begin, open_learn
from short_lesson import lesson_text
from test_learn_resumed import flat, leave

SECRETS = {
    "read -sp 'Word: ' word; echo got ${#word}": ("Word:", "tiger6"),
    "read -sn 6 -p 'Pin: ' pin; echo got ${#pin}": ("Pin:", "puma77"),
    "stty -echo; echo Line:; head -n 1 | wc -c | sed 's/^/got /'; stty echo": ("Line:", "lynx8"),
    "python3 -c 'import getpass; print(\"got\", len(getpass.getpass()))'": ("Password:", "lion66"),
}
"""Commands, what they ask with, and what is typed then: six bytes."""


def files(folder: Path) -> Iterator[tuple[str, int]]:
    """Each file and folder of the data folder but the lab home, with its mode."""
    for path in (folder, *folder.iterdir()):
        if path.name != "home":
            yield path.name, stat.S_IMODE(path.stat().st_mode)


def test_what_is_typed_unseen_is_kept_nowhere(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Not in the record, nor in the export; a lab that is built again says what it could not type again."""
    (tmp_path / "own.md").write_text(lesson_text("eden: netns eden", "end: netns end"))
    data, runtime = tmp_path / "data/nstutor", tmp_path / "runtime/nstutor"
    for folder in (data, runtime):
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    (data / "history").touch()
    (data / "history").chmod(0o666)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(f"{runtime}/lab-{os.getpid()}.sock")  # of a process that is there, and is no lesson
    learner = open_learn(terminal, tmp_path, "./own.md", before=("sh", "-c", 'umask 0; exec "$@"', "sh"))
    learner.line("ip netns add eden", "Step 1")
    for line, (asks, secret) in SECRETS.items():
        learner.start(line)
        learner.terminal.wait(re.compile(f"^{asks}", re.MULTILINE))
        learner.terminal.type(secret)
        learner.terminal.keys("Enter")
        learner.terminal.wait("got 6")
    screen = learner.at_prompt()
    secrets = [secret for _asks, secret in SECRETS.values()]
    assert not [secret for secret in secrets if secret in screen]
    assert not [(name, oct(mode)) for name, mode in files(data) if mode not in {0o700, 0o600}]
    assert [path.name for path in runtime.iterdir()] == [f"lab-{learner.processes()[0]}.sock"]
    leave(learner, "killed")
    stored = b"".join(path.read_bytes() for path in data.iterdir() if path.is_file())
    assert not [secret for secret in secrets if secret.encode() in stored]
    environment = os.environ | {"XDG_DATA_HOME": f"{tmp_path}/data"}
    export = subprocess.run(
        [sys.executable, "-m", "nstutor", "export", "./own.md"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
        env=environment,
    )
    assert not [secret for secret in secrets if secret in export.stdout]
    assert export.stdout.count("unseen") == len(SECRETS), export.stdout
    again = begin(terminal, tmp_path, "./own.md")
    assert flat(again.terminal.screen()).count("unseen is not kept") == len(SECRETS), again.terminal.screen()
    assert len(list(runtime.iterdir())) == 1
