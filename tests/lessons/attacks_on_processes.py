"""Attacks by signals, by tracing and filtering, by what stays behind, and on clocks, users and the terminal's owner."""

from __future__ import annotations

from attacks import SLEEP, Attack, Rest, python

_ENDED = "was ended after 2 s"
_TIOCSTI = 'import fcntl, termios\nfor c in b"{text}\\n": fcntl.ioctl({fd}, termios.TIOCSTI, bytes([c]))'

ATTACKS = (
    Attack("kill-all", "kill -9 -1"),
    Attack("kill-all-by-a-program", "/bin/kill -9 -1", Rest.LOST),
    Attack("kill-all-for-ever", "(while :; do kill -9 -1; done) &", Rest.LOST),
    Attack("kill-the-keeper", "kill -9 1; kill -STOP 1; kill -INT 1; kill -9 $PPID; /bin/kill -9 1"),
    Attack("kill-the-group", "kill -9 0", Rest.LOST),
    Attack("kill-the-shell", "kill -9 $$", Rest.LOST),
    Attack("crash-the-shell", "kill -SEGV $$", Rest.LOST),
    Attack("hang-up-the-shell", "kill -HUP $$", Rest.LOST),
    Attack("ask-the-shell-to-end", "kill -TERM $$; kill -QUIT $$; kill -TSTP $$; kill -INT $$"),
    Attack("end-the-shell", "kill -USR1 $$", Rest.LOST),
    Attack("stop-all", "kill -STOP -1"),
    Attack("stop-the-shell", "kill -STOP $$", Rest.LOST, _ENDED),
    Attack("suspend-the-shell", "suspend -f", Rest.LOST, _ENDED),
    Attack("stop-the-shell-later", "(sleep 0.3; kill -STOP $$) & sleep 0.6", Rest.LOST, _ENDED),
    Attack(
        "stop-and-continue",
        "(while :; do kill -STOP $$; sleep 0.01; kill -CONT $$; sleep 0.01; done) &",
        Rest.EITHER,
        noted=False,
    ),
    Attack("terminal-exclusive", python("import fcntl, termios\nfcntl.ioctl(0, termios.TIOCEXCL)")),
    Attack("terminal-given-up", python("import fcntl, termios\nfcntl.ioctl(0, termios.TIOCNOTTY)"), noted=False),
    Attack("keys-pushed-into-the-terminal", python(_TIOCSTI.format(text="exit", fd=0)), Rest.EITHER, noted=False),
    Attack(
        "keys-pushed-by-name",
        python('t = open("/dev/tty")\n' + _TIOCSTI.format(text="exit", fd="t")),
        Rest.EITHER,
        noted=False,
    ),
    Attack("thief-of-lines", "setsid cat < $(tty) > /tmp/stolen & sleep 0.2", Rest.EITHER, noted=False),
    Attack("other-time", "date -s @0 && exit; hwclock --set --date=2000-01-01 && exit; faketime x true && exit"),
    Attack("daemon", f"setsid sleep {SLEEP} & disown; nohup sleep {SLEEP} > /dev/null 2>&1 & disown -a"),
    Attack("daemon-that-holds-the-terminal", "setsid sh -c 'while :; do echo x; done' &\nexit", Rest.LOST),
    Attack(
        "daemon-of-two-forks",
        python(
            "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    for f in (0, 1, 2): "
            "os.close(f)\n"
            f"    time.sleep({SLEEP})\n  os._exit(0)"
        ),
    ),
    Attack("daemon-that-ignores-signals", f"(trap '' HUP INT TERM TSTP; setsid sleep {SLEEP}) &"),
    Attack("daemon-that-comes-again", f"(while :; do setsid bash -c 'exec sleep {SLEEP}'; done) & disown"),
    Attack("daemon-in-its-own-pid-namespace", f"unshare -pf --mount-proc sleep {SLEEP} & sleep 0.2"),
    Attack(
        "at-and-cron", f"echo 'sleep {SLEEP}' | at now; echo '* * * * * sleep {SLEEP}' | crontab -; systemd-run true"
    ),
    Attack(
        "other-users",
        "sudo -n true; su -c true nobody </dev/null; runuser -u nobody true; sudo -u nobody id",
        noted=False,
    ),
    Attack(
        "traced-shell",
        "command -v strace > /dev/null && { strace -qq -o /dev/null -p $$ & sleep 0.2; }",
        Rest.EITHER,
        noted=False,
    ),
    Attack(
        "traced-and-left",
        python("import ctypes, os\nc = ctypes.CDLL(None)\nc.ptrace(16, os.getppid(), 0, 0)\nos._exit(0)"),
        Rest.EITHER,
        noted=False,
    ),
    Attack(
        "traced-keeper",
        python(
            "import ctypes, sys\nc = ctypes.CDLL(None)\n"
            "sys.exit(c.ptrace(16, 1, 0, 0) != 0 and c.ptrace(0x4206, 1, 0, 0) != 0)"
        )
        + " && exit",
    ),
    Attack(
        "filter-of-its-own",
        python(
            "import ctypes, struct\nc = ctypes.CDLL(None)\nc.prctl(38, 1, 0, 0, 0)\n"
            'b = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7FC00000))\n'
            'p = ctypes.create_string_buffer(struct.pack("@HP", 1, ctypes.addressof(b)))\n'
            "print(c.syscall(317, 1, 8, p))"
        ),
        noted=False,
    ),
    Attack(
        "filter-that-denies-all",
        python(
            "import ctypes, struct\nc = ctypes.CDLL(None)\nc.prctl(38, 1, 0, 0, 0)\n"
            'b = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x00050001))\n'
            'p = ctypes.create_string_buffer(struct.pack("@HP", 1, ctypes.addressof(b)))\n'
            "c.prctl(22, 2, p, 0, 0)"
        ),
        noted=False,
    ),
)
