"""Attacks on the shell that the lines are typed into, on its terminal, and on what paces the typing."""

from __future__ import annotations

from attacks import SLEEP, Attack, Rest, python

_ENDED = "was ended after 2 s"
_TIOCSTI = "import fcntl, termios\nfor c in b\"{text}\\n\": fcntl.ioctl({fd}, termios.TIOCSTI, bytes([c]))"

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
    Attack("stop-and-continue", "(while :; do kill -STOP $$; sleep 0.01; kill -CONT $$; sleep 0.01; done) &",
           Rest.EITHER, noted=False),

    Attack("trap-interrupts", "trap '' INT QUIT TERM HUP TSTP TTIN TTOU CHLD"),
    Attack("trap-everything", "trap 'echo trapped' EXIT DEBUG ERR RETURN INT TERM HUP CHLD"),
    Attack("trap-that-exits", "trap 'exit 0' DEBUG", Rest.LOST),
    Attack("trap-that-kills", "trap 'kill -9 $$' DEBUG", Rest.LOST),
    Attack("trap-that-does-not-let-exit", f"trap 'sleep {SLEEP}' EXIT; exit", Rest.LOST, _ENDED),
    Attack("trap-that-skips-commands", "shopt -s extdebug; trap false DEBUG", Rest.LOST),
    Attack("trap-that-prints", "trap 'echo; printf \"${PS0@P}${PS1@P}\"' DEBUG", noted=False),

    Attack("exit-early", "exit 0", Rest.LOST),
    Attack("logout", "logout; exit 3", Rest.LOST),
    Attack("set-e", "set -e; false", Rest.LOST),
    Attack("set-n", "set -n"),
    Attack("set-options", "set -o noexec; set -o nounset; set -o posix; set -fmhBHkptvCP; set +fkptvC"),
    Attack("set-u", "set -u; echo $nothing; echo ${nothing:?none}"),
    Attack("set-editing", "set -o vi; set -o emacs; bind '\"i\": \"exit\\n\"'", Rest.EITHER, noted=False),
    Attack("set-x", "set -x; PS4='$(echo; printf \"%s\" \"${PS0@P}\")'"),
    Attack("execute-a-bash", "exec bash --norc"),
    Attack("execute-a-bare-bash", "exec env -i PATH=$PATH bash --norc --noprofile --noediting"),
    Attack("execute-a-bash-with-readline", "exec env -i PATH=$PATH TERM=xterm bash --norc --noprofile"),
    Attack("execute-a-dash", "exec sh"),
    Attack("execute-python", "exec python3 -q", Rest.LOST),
    Attack("execute-a-sleep", f"exec sleep {SLEEP}", Rest.LOST, _ENDED),
    Attack("execute-a-sleep-that-cannot-be-ended", f"exec bash -c \"trap '' INT TERM HUP; exec sleep {SLEEP}\"",
           Rest.LOST, _ENDED),
    Attack("execute-nothing", "exec /nonexistent; exec -a x true", Rest.LOST),
    Attack("execute-a-cat", "exec cat", Rest.LOST),
    Attack("execute-yes", "exec yes", Rest.LOST, "was ended after 2 MiB of output"),
    Attack("restricted-shell", "exec bash --norc -r", noted=False),

    Attack("no-input", "exec 0<&-", Rest.LOST),
    Attack("input-of-zeroes", "exec < /dev/zero", Rest.LOST, noted=False, endless=True),
    Attack("input-of-nothing", "exec < /dev/null", Rest.LOST),
    Attack("input-from-a-fifo", "mkfifo /tmp/f; exec < /tmp/f", note=_ENDED),
    Attack("terminal-hung-up", "exec 0<&- 1>&- 2>&-\nip link", Rest.LOST),
    Attack("no-output", "exec > /dev/null 2>&1"),
    Attack("no-output-at-all", "exec 1>&- 2>&-"),
    Attack("full-output", "exec > /dev/full 2>&1"),
    Attack("output-to-a-reader-that-waits", f"exec > >(sleep {SLEEP}) 2>&1", Rest.EITHER, noted=False),
    Attack("another-terminal", "script -q /dev/null", Rest.EITHER, noted=False),
    Attack("another-terminal-by-tmux", "tmux", Rest.EITHER, noted=False),
    Attack("terminal-raw", "stty raw -echo"),
    Attack("terminal-not-canonical", "stty -icanon min 255 time 0", Rest.EITHER, noted=False),
    Attack("terminal-erases", "stty erase i", Rest.LOST, noted=False),
    Attack("terminal-interrupts", "stty intr p", Rest.LOST, noted=False),
    Attack("terminal-suspends", "stty susp p dsusp n", Rest.EITHER, noted=False),
    Attack("terminal-ends", "stty eof n", Rest.EITHER, noted=False),
    Attack("terminal-without-keys", "stty -isig -ixon -iexten intr undef susp undef quit undef eof undef"),
    Attack("terminal-without-keys-and-a-loop", "stty -isig intr undef; while :; do sleep 1; done", Rest.EITHER, _ENDED),
    Attack("terminal-slow", "stty 50 cols 1 rows 1; stty 0", Rest.EITHER, noted=False),
    Attack("terminal-upper-case", "stty iuclc olcuc xcase", Rest.EITHER, noted=False),
    Attack("terminal-stopped", python("import fcntl, termios\nfcntl.ioctl(0, termios.TCXONC, termios.TCOOFF)"),
           Rest.EITHER, noted=False),
    Attack("terminal-exclusive", python("import fcntl, termios\nfcntl.ioctl(0, termios.TIOCEXCL)")),
    Attack("terminal-given-up", python("import fcntl, termios\nfcntl.ioctl(0, termios.TIOCNOTTY)"), noted=False),
    Attack("terminal-in-packet-mode", "printf '\\e[5i\\e[4i\\e#8\\ec\\e[20h\\e[12l'"),
    Attack("keys-pushed-into-the-terminal", python(_TIOCSTI.format(text="exit", fd=0)), Rest.EITHER, noted=False),
    Attack("keys-pushed-by-name", python("t = open(\"/dev/tty\")\n" + _TIOCSTI.format(text="exit", fd="t")),
           Rest.EITHER, noted=False),
    Attack("thief-of-lines", "setsid cat < $(tty) > /tmp/stolen & sleep 0.2", Rest.EITHER, noted=False),
    Attack("reader-behind-it", "cat & (trap '' TTIN TTOU; cat < /dev/tty; stty raw) &", noted=False),
    Attack("foreground-that-is-gone", python(
        "import os, signal, time\nsignal.signal(signal.SIGTTOU, signal.SIG_IGN)\np = os.fork()\n"
        "if p == 0:\n  os.setpgid(0, 0)\n  os.tcsetpgrp(0, os.getpid())\n  os._exit(0)\nos.waitpid(p, 0)")),

    Attack("no-marks-and-no-builtins", "unset PROMPT_COMMAND PS0 PS1 PS2; enable -n printf builtin command echo true"),
    Attack("builtins-are-functions", "builtin() { :; }; command() { :; }; printf() { :; }; true() { false; }; "
                                     "exec() { :; }; eval() { :; }; set() { :; }; trap() { :; }"),
    Attack("ip-is-a-function", "ip() { echo done; }; ping() { echo 64 bytes; }", Rest.LOST),
    Attack("ip-is-an-alias", "alias ip=echo ping=true", Rest.LOST),
    Attack("ip-is-something-else", "hash -p /bin/true ip", Rest.LOST),
    Attack("ip-is-not-found", "PATH=/nonexistent", Rest.LOST),
    Attack("ip-of-its-own", "printf '#!/bin/sh\\nexit 0' > /tmp/ip; chmod +x /tmp/ip; PATH=/tmp:$PATH", Rest.LOST),
    Attack("ip-with-a-library", "export LD_PRELOAD=/tmp/none.so LD_DEBUG=all LD_LIBRARY_PATH=/tmp LD_BIND_NOW=1"),
    Attack("words-are-cut-elsewhere", "IFS=abcdefg", noted=False),
    Attack("other-locale", "export LANG=zh_CN.UTF-8 LC_ALL=tr_TR LANGUAGE=zh TZ=:/dev/zero", noted=False),
    Attack("other-time", "date -s @0 && exit; hwclock --set --date=2000-01-01 && exit; faketime x true && exit"),
    Attack("readonly-all", "readonly PROMPT_COMMAND PS0 PS1 PS2 PATH IFS HOME histchars; declare -r BASH_ENV=x"),
    Attack("long-prompt", "PS1=$(printf '%100000s' x); PS2=$PS1; PS0=$PS1"),
    Attack("prompt-that-kills", "PS0='$(kill -9 $$)'", Rest.LOST),
    Attack("prompt-that-exits", "PROMPT_COMMAND=exit", Rest.LOST),
    Attack("prompt-that-forges", "PROMPT_COMMAND='for i in {1..50}; do printf %s \"${PS1@P}\"; done'", noted=False),
    Attack("forged-marks-behind-it", "(while sleep 0.01; do printf '%s' \"${PS0@P}\" \"${PS1@P}\"; done) &",
           noted=False),
    Attack("forged-marks-and-a-sleep", "echo \"${PS1@P}\"; sleep 0.5"),
    Attack("forged-marks-of-a-reader", "while read -r x; do echo \"${PS1@P}\"; done", Rest.LOST),
    Attack("forged-ready-of-a-cat", "echo \"${PS1@P}\"; cat > /dev/null", Rest.LOST),
    Attack("half-a-mark", r"printf '\e]133;D;0'; printf '\e]133;'; printf '\e]'; printf '\e'"),
    Attack("long-mark", "printf '\\e]133;'; head -c 100K /dev/zero"),
    Attack("nonce-of-the-environment", "n=${PS0##*;}; n=${n%??}; for m in C 'P;1' 'D;0;2;vi' 'D;999;;' 'D;;;' B; do "
                                       "printf '\\e]133;%s;%s\\a' \"$m\" \"$n\"; done", noted=False),
    Attack("titles-and-queries", r"printf '\e[c\e[6n\e]0;x\a\e[21t\e]52;c;YQ==\a\eP+q544e\e\\\e[?1049h\e[?1000h\e[2J'"),
    Attack("recursion", "f() { f; }; f", Rest.EITHER, noted=False),
    Attack("recursion-to-the-end-of-the-stack", "ulimit -s 256; f() { f; }; f", Rest.LOST, noted=False),
    Attack("recursive-alias-and-source", "echo '. /tmp/s' > /tmp/s; . /tmp/s", Rest.LOST, noted=False),
    Attack("history", "history -s exit; !!; fc -s; history -c; HISTFILE=/etc/passwd; history -w", noted=False),
    Attack("shell-functions-exported", "export -f f 2>/dev/null; export 'BASH_FUNC_ip%%=() { exit; }'; bash -c 'ip' "
                                       "2>/dev/null; export BASH_ENV=/tmp/x ENV=/tmp/x SHELLOPTS 2>/dev/null"),
    Attack("quote-that-never-ends", "echo 'open", Rest.LOST, "the last command is not complete"),
    Attack("here-document-that-never-ends", "cat <<NEVER", Rest.LOST, "the last command is not complete"),
    Attack("loop-that-never-ends", "while true; do", Rest.LOST, "the last command is not complete"),
    Attack("substitution-that-never-ends", "echo $(", Rest.LOST, noted=False),
    Attack("braces-without-end", "echo {1..100000} > /dev/null", noted=False),
    Attack("braces-that-explode", "echo {a..z}{a..z}{a..z}{a..z}{a..z}{a..z}{a..z}", Rest.LOST, noted=False),
    Attack("pattern-that-explodes", "shopt -s extglob; x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab; "
                                    "[[ $x == +(+(+(a)))c ]]", Rest.EITHER, noted=False),

    Attack("daemon", f"setsid sleep {SLEEP} & disown; nohup sleep {SLEEP} > /dev/null 2>&1 & disown -a"),
    Attack("daemon-that-holds-the-terminal", "setsid sh -c 'while :; do echo x; done' &\nexit", Rest.LOST),
    Attack("daemon-of-two-forks", python(
        "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    for f in (0, 1, 2): "
        "os.close(f)\n"
        f"    time.sleep({SLEEP})\n  os._exit(0)")),
    Attack("daemon-that-ignores-signals", f"(trap '' HUP INT TERM TSTP; setsid sleep {SLEEP}) &"),
    Attack("daemon-that-comes-again", f"(while :; do setsid bash -c 'exec sleep {SLEEP}'; done) & disown"),
    Attack("daemon-in-its-own-pid-namespace", f"unshare -pf --mount-proc sleep {SLEEP} & sleep 0.2"),
    Attack("coprocess", f"coproc sleep {SLEEP}; coproc C2 {{ sleep {SLEEP}; }}", noted=False),
    Attack("at-and-cron", f"echo 'sleep {SLEEP}' | at now; echo '* * * * * sleep {SLEEP}' | crontab -; systemd-run "
                          f"true"),
    Attack("other-users", "sudo -n true; su -c true nobody </dev/null; runuser -u nobody true; sudo -u nobody id",
           noted=False),
    Attack("traced-shell", "command -v strace > /dev/null && { strace -qq -o /dev/null -p $$ & sleep 0.2; }",
           Rest.EITHER,
           noted=False),
    Attack("traced-and-left", python("import ctypes, os\nc = ctypes.CDLL(None)\nc.ptrace(16, os.getppid(), 0, 0)\n"
                                     "os._exit(0)"), Rest.EITHER, noted=False),
    Attack("traced-keeper", python("import ctypes, sys\nc = ctypes.CDLL(None)\n"
                                   "sys.exit(c.ptrace(16, 1, 0, 0) != 0 and c.ptrace(0x4206, 1, 0, 0) != 0)")
           + " && exit"),
    Attack("filter-of-its-own", python(
        "import ctypes, struct\nc = ctypes.CDLL(None)\nc.prctl(38, 1, 0, 0, 0)\n"
        "b = ctypes.create_string_buffer(struct.pack(\"=HBBI\", 6, 0, 0, 0x7FC00000))\n"
        "p = ctypes.create_string_buffer(struct.pack(\"@HP\", 1, ctypes.addressof(b)))\n"
        "print(c.syscall(317, 1, 8, p))"), noted=False),
    Attack("filter-that-denies-all", python(
        "import ctypes, struct\nc = ctypes.CDLL(None)\nc.prctl(38, 1, 0, 0, 0)\n"
        "b = ctypes.create_string_buffer(struct.pack(\"=HBBI\", 6, 0, 0, 0x00050001))\n"
        "p = ctypes.create_string_buffer(struct.pack(\"@HP\", 1, ctypes.addressof(b)))\n"
        "c.prctl(22, 2, p, 0, 0)"), noted=False),
)  # fmt: skip

