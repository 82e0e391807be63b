"""A real terminal for tests: tmux with a server of its own, typed into and read like a person would."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

CONFIGURATION = """\
set -g default-terminal screen-256color
set -g default-shell /bin/sh
set -g history-limit 50000
set -g status off
set -s escape-time 0
"""
POLL, LONGEST_POLL = 0.02, 0.1
"""Seconds between two looks, at first and later."""
CONTROL = ("-C", "attach-session", "-f", "no-output")
"""A client that takes commands, one a line, and says nothing of what programs print (tmux(1), CONTROL MODE)."""

# tmux itself loses the status, or the last line, of a program that ends quickly: a shell stays behind for them. It does
# not listen to the keys that are meant for the program.
KEEPER = """\
trap '' INT QUIT TSTP
(trap - INT QUIT TSTP; exec {command})
echo $? > {status}.new
mv {status}.new {status}
exec cat > /dev/null
"""

Wanted = str | re.Pattern[str]


class Terminal:
    """A command in a terminal of its own; a context manager that ends it.

    `environment` is added to that of this process. All waiting has a deadline in seconds and raises AssertionError with
    the screen in it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 100,
        rows: int = 30,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="nst-"))
        self._socket = self._home / "tmux"
        configuration = self._home / "tmux.conf"
        configuration.write_text(CONFIGURATION)
        inherited = {key: value for key, value in os.environ.items() if key not in {"TMUX", "TMUX_PANE"}}
        self._environment = {
            **inherited,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TMUX_TMPDIR": str(self._home),
            **(environment or {}),
        }
        where = ("-c", str(folder)) if folder else ()
        size = ("-x", str(columns), "-y", str(rows))
        self._status = self._home / "status"
        keeper = KEEPER.format(command=shlex.join(command), status=self._status)
        self._tmux("-f", str(configuration), "new-session", "-d", *size, *where, keeper)
        self._server = os.pidfd_open(int(self._ask("#{pid}")))
        self._client = subprocess.Popen(
            ("tmux", "-u", "-S", str(self._socket), *CONTROL),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
        )
        self._answer()  # that it is attached

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _tmux(self, *words: str) -> str:
        """Run one tmux command on this terminal's own server; its output."""
        command = ("tmux", "-u", "-S", str(self._socket), *words)
        answer = subprocess.run(command, capture_output=True, text=True, env=self._environment, check=False)
        assert answer.returncode == 0, f"{shlex.join(command)}: {answer.stderr}"
        return answer.stdout

    def _captured(self, *words: str) -> str:
        """What `capture-pane` prints, asked of the client that is there: a process for each look would cost more."""
        assert self._client.stdin is not None
        self._client.stdin.write(" ".join(("capture-pane -p -J", *words, "\n")).encode())
        self._client.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        """What comes next between a line `%begin …` and its `%end …`, which has the same words behind it."""
        assert self._client.stdout is not None
        lines, words = list[bytes](), b""
        for line in self._client.stdout:
            kind, _, rest = line.partition(b" ")
            if not words:
                words = rest if kind == b"%begin" else b""
            elif rest == words and kind in {b"%end", b"%error"}:
                text = b"".join(lines).decode(errors="replace")
                assert kind == b"%end", text
                return text
            else:
                lines.append(line)
        raise AssertionError("the tmux server has ended")

    def _ask(self, template: str) -> str:
        return self._tmux("display-message", "-p", template).strip()

    def type(self, text: str) -> None:
        """Type the text, as it is; it has no Enter at its end."""
        # A semicolon at the end would end the tmux command.
        safe = f"{text[:-1]}\\;" if text.endswith(";") else text
        self._tmux("send-keys", "-l", "--", safe)

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: `Enter`, `C-c`, `F1`, `Up`."""
        self._tmux("send-keys", *names)

    def line(self, text: str) -> None:
        """Type the text and press Enter."""
        self.type(text)
        self.keys("Enter")

    def screen(self) -> str:
        """What the terminal shows now; a wrapped line is one line."""
        return self._captured()

    def history(self) -> str:
        """What it shows and everything that was scrolled out at the top."""
        return self._captured("-S", "-")

    def wait(self, wanted: Wanted, timeout: float = 30) -> str:
        """Wait until the text, or a match of the pattern, is on the screen; the screen then."""
        return self._wait(wanted, timeout, present=True)

    def wait_gone(self, unwanted: Wanted, timeout: float = 30) -> str:
        """Wait until it is no longer on the screen; the screen then."""
        return self._wait(unwanted, timeout, present=False)

    def _wait(self, wanted: Wanted, timeout: float, *, present: bool) -> str:
        pattern = re.compile(re.escape(wanted)) if isinstance(wanted, str) else wanted
        deadline, pause = time.monotonic() + timeout, POLL
        while True:
            # The clock is read first: the last look is at the deadline, never before it.
            late = time.monotonic() >= deadline
            screen = self.screen()
            if (pattern.search(screen) is not None) is present:
                return screen
            assert not late, f"{pattern.pattern!r} {'never came' if present else 'stayed'}; the screen:\n{screen}"
            time.sleep(pause)
            pause = min(1.25 * pause, LONGEST_POLL)

    def wait_exit(self, timeout: float = 30) -> int:
        """Wait until the command has ended; its exit status, or 128 and the signal that ended it."""
        deadline = time.monotonic() + timeout
        while not self._status.exists():
            assert time.monotonic() < deadline, f"it still runs; the screen:\n{self.screen()}"
            time.sleep(POLL)
        return int(self._status.read_text())

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        """End the command and the terminal, and wait until its server is gone; a second call does nothing."""
        if self._server < 0:
            return
        self._client.communicate()  # the server would wait for it
        self._tmux("kill-server")
        poll = select.poll()
        poll.register(self._server, select.POLLIN)
        gone = poll.poll(5000)
        os.close(self._server)
        self._server = -1
        shutil.rmtree(self._home, ignore_errors=True)
        assert gone, "the tmux server outlived its kill-server"
