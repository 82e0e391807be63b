"""Attacks that want all of the machine: processes, memory, files, output, time."""

from __future__ import annotations

from attacks import SLEEP, Attack, Rest, python

_MEMORY = "it used more than 256 MiB of memory"
_PROCESSES = "it ran as many processes as it may: 64"
_ENDED = "was ended after 2 s"
_OUTPUT = "was ended after 2 MiB of output"
_OWN = "mkdir /tmp/m; mount -t tmpfs -o size=2G a /tmp/m"
_FILL = "for i in {1..60}; do head -c 7M /dev/zero > $i; done"
_OVER = "mount -t tmpfs -o size=1M b /tmp/m"

ATTACKS = (
    Attack("fork-bomb", ":(){ :|:& };:", Rest.EITHER, _PROCESSES),
    Attack("fork-bomb-by-another-name", "b(){ b|b& b|b; }; b", Rest.EITHER, _PROCESSES),
    Attack(
        "fork-bomb-in-python",
        python("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"),
        Rest.EITHER,
        _PROCESSES,
    ),
    Attack("many-jobs", f"for i in {{1..400}}; do sleep {SLEEP} & done", Rest.LOST, _PROCESSES, endless=True),
    Attack(
        "many-jobs-that-are-ended",
        f"for i in {{1..400}}; do sleep {SLEEP} & done; kill $(jobs -p)",
        Rest.EITHER,
        _PROCESSES,
    ),
    Attack(
        "threads",
        python(
            "import threading, time\nthreading.stack_size(65536)\ntry:\n  while True:\n"
            "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
            "except RuntimeError:\n  time.sleep(0.7)"
        ),
        note=_PROCESSES,
    ),
    Attack("busy-jobs", "for i in 1 2 3 4; do while :; do :; done & done"),
    Attack(
        "busy-and-nice",
        "for i in 1 2; do nice -n -20 bash -c 'while :; do :; done' & done; renice -n 19 $$",
        noted=False,
    ),
    Attack("string-that-doubles", "x=y; while :; do x=$x$x; done", Rest.LOST, _MEMORY),
    Attack(
        "memory-of-python",
        python("import time\nx = bytearray(300 << 20)\nx[::4096] = x[1::4096]\ntime.sleep(9)"),
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "memory-of-many",
        "for i in {1..12}; do "
        + python(f"import time\nx = bytearray(40 << 20)\nx[::4096] = x[1::4096]\ntime.sleep({SLEEP})")
        + " & done; sleep 9",
        Rest.LOST,
        _MEMORY,
    ),
    Attack("memory-all-at-once", python("x = bytearray(4 << 30)")),
    Attack(
        "memory-as-fast-as-can-be", python("x = []\nwhile True: x.append(bytearray(1 << 20))"), Rest.EITHER, noted=False
    ),
    Attack(
        "shared-memory",
        python(
            "import mmap, time\nm = mmap.mmap(-1, 400 << 20)\n"
            "for i in range(0, 400 << 20, 4096): m[i] = 1\ntime.sleep(9)"
        ),
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "memory-files",
        python(
            "import os, time\nfor i in range(60):\n  f = os.memfd_create(str(i))\n"
            "  os.write(f, bytes(7 << 20))\ntime.sleep(9)"
        ),
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "tmpfs-of-its-own",
        "mkdir /tmp/m; mount -t tmpfs -o size=8G m /tmp/m\n"
        "for i in {1..100}; do head -c 7M /dev/zero > /tmp/m/$i; done; sleep 9",
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "tmpfs-that-nobody-has-mounted",
        "mount -t tmpfs -o size=8G m /mnt; cd /mnt; umount -l /mnt\n"
        "for i in {1..100}; do head -c 7M /dev/zero > $i; done; sleep 9",
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "tmpfs-in-a-mount-namespace",
        "unshare -m bash -c 'mount -t tmpfs -o size=8G m /mnt; "
        f"for i in {{1..100}}; do head -c 7M /dev/zero > /mnt/$i; done; sleep {SLEEP}' & sleep 19",
        Rest.LOST,
        _MEMORY,
    ),
    Attack("ramfs", "mount -t ramfs r /mnt; sleep 9", Rest.LOST, _MEMORY),
    Attack("tmpfs-under-a-tmpfs", f"{_OWN}; cd /tmp/m; {_OVER}; {_FILL}; sleep 9", Rest.LOST, _MEMORY),
    Attack(
        "tmpfs-under-a-tmpfs-that-nobody-is-in",
        f"{_OWN}; cd /tmp/m; {_OVER}; ({_FILL}); cd /; sleep 9",
        Rest.LOST,
        _MEMORY,
    ),
    Attack("tmpfs-twice-at-one-place", f"mkdir /tmp/m; {_OVER}; {_OVER}"),
    Attack(
        "tmpfs-behind-a-long-path",
        python(
            'import ctypes, os, time\nos.mkdir("/tmp/m")\nos.chdir("/tmp/m")\nlong = "d" * 200\nfor i in range(30):\n'
            '  os.mkdir(long)\n  os.chdir(long)\nctypes.CDLL(None).mount(b"m", b".", b"tmpfs", 0, b"size=8G")\n'
            'os.chdir("../" + long)\nfor i in range(60):\n  with open(str(i), "wb") as f: f.write(bytes(7 << 20))\n'
            'os.chdir("/")\ntime.sleep(9)'
        ),
        Rest.LOST,
        _MEMORY,
    ),
    Attack("tmpfs-without-bounds", "mount -t tmpfs -o size=0 m /mnt; sleep 9", Rest.LOST, _MEMORY),
    Attack(
        "tmpfs-in-a-mount-namespace-without-a-process",
        "mkdir /tmp/k; mount --bind /tmp/k /tmp/k; mount --make-private /tmp/k; touch /tmp/k/n\n"
        "unshare --mount=/tmp/k/n bash -c 'mount -t tmpfs -o size=8G m /mnt; "
        "for i in {1..60}; do head -c 7M /dev/zero > /mnt/$i; done'; sleep 9",
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "memory-files-in-flight",
        python(
            "import array, os, socket, time\na, b = socket.socketpair()\nfor i in range(60):\n"
            "  f = os.memfd_create(str(i))\n  os.write(f, bytes(7 << 20))\n"
            '  a.sendmsg([b"x"], [(1, 1, array.array("i", [f]))])\n  os.close(f)\ntime.sleep(9)'
        ),
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "memory-files-that-are-only-mapped",
        python(
            "import ctypes, os, time\nc = ctypes.CDLL(None)\nfor i in range(60):\n  f = os.memfd_create(str(i))\n"
            "  os.write(f, bytes(7 << 20))\n  c.mmap(None, ctypes.c_size_t(7 << 20), 1, 1, f, ctypes.c_long(0))\n"
            "  os.close(f)\ntime.sleep(9)"
        ),
        Rest.LOST,
        _MEMORY,
    ),
    Attack(
        "terminals-of-its-own",
        "mkdir /tmp/p; mount -t devpts -o newinstance,ptmxmode=666 p /tmp/p\n"
        + python(
            'import os, time\nx = []\nfor i in range(300): x.append(os.open("/tmp/p/ptmx", os.O_RDWR | os.O_NOCTTY))\n'
            "time.sleep(9)"
        ),
        Rest.LOST,
        "it opened more than 128 terminals",
    ),
    Attack(
        "open-files-without-end",
        "ulimit -Sn hard; for i in {1..40}; do "
        + python(f"import os, time\nx = [os.dup(0) for i in range(900)]\ntime.sleep({SLEEP})")
        + " & done; sleep 9",
        Rest.LOST,
        "it had more open files or mounts than can be watched",
    ),
    Attack("names-without-end", "for i in {1..10000}; do : > /run/netns/n$i; done", Rest.EITHER, noted=False),
    Attack(
        "names-of-one-namespace-without-end",
        python(
            'import ctypes\nc = ctypes.CDLL(None)\nfor i in range(10000):\n  p = "/run/netns/n%d" % i\n'
            '  open(p, "w").close()\n  c.mount(b"/proc/self/ns/net", p.encode(), None, 4096, None)'
        ),
        Rest.EITHER,
        noted=False,
    ),
    Attack(
        "arguments-without-end",
        "x=$(head -c 65000 /dev/zero | tr '\\0' x); for i in {1..500}; do /bin/true $x; done",
        Rest.EITHER,
        noted=False,
    ),
    Attack(
        "processes-as-other-users",
        python(
            "import os, time\nfor user in range(1, 13):\n  if os.fork() == 0:\n    os.setuid(user)\n"
            "    for i in range(80):\n"
            "      try: os.fork() or time.sleep(9)\n      except OSError: pass\n    os._exit(0)\ntime.sleep(9)"
        ),
        Rest.EITHER,
        _PROCESSES,
    ),
    Attack(
        "what-the-kernel-counts-for-all",
        python(
            "import ctypes, socket\nc = ctypes.CDLL(None)\n"
            'calls = (206, 240, 68, 64, 29, 300) if hasattr(c, "iopl") else (0, 180, 186, 190, 194, 262)\n'
            "assert all(c.syscall(n, 0, 0, 0) == -1 for n in calls)\ns = socket.socket()\nfor option in (32, 33):\n"
            "  try: s.setsockopt(1, option, 1 << 30)\n  except PermissionError: continue\n"
            "  raise SystemExit(1)"
        )
        + " || exit",
    ),
    Attack("control-groups", "unshare -C true && exit; mkdir /tmp/g; mount -t cgroup2 g /tmp/g && exit"),
    Attack("larger-dev-shm", "mount -o remount,size=8G /dev/shm && exit"),
    Attack("large-file", "head -c 100M /dev/zero > /tmp/f", note="wrote a file of more than 8 MiB: head"),
    Attack("sparse-file", "truncate -s 1T /tmp/f", note="wrote a file of more than 8 MiB: truncate"),
    Attack("full-tmp", "for i in {1..9}; do head -c 7M /dev/zero > /tmp/$i; done", note="write to in /tmp"),
    Attack("full-home", "for i in {1..9}; do head -c 7M /dev/zero > ~/$i; done", note="write to in /root"),
    Attack("full-home-of-empty-files", "cd; for i in {1..200}; do touch $i-{1..100}; done", note="write to in /root"),
    Attack("full-dev-shm", "for i in {1..9}; do head -c 7M /dev/zero > /dev/shm/$i; done", note="write to in /dev/shm"),
    Attack(
        "full-run-and-etc",
        "for i in {1..9}; do head -c 7M /dev/zero > /run/$i; cp /run/$i /etc/; done",
        note="write to in /run, /etc",
    ),
    Attack("endless-output", "yes", note=_OUTPUT),
    Attack("endless-zeroes", "cat /dev/zero", note=_OUTPUT),
    Attack("endless-noise", "cat /dev/urandom", note=_OUTPUT),
    Attack("endless-lines-of-the-shell", "while :; do echo x; done", noted=False, endless=True),
    Attack("endless-output-behind-it", "yes &", Rest.EITHER, noted=False),
    Attack("endless-output-that-ignores-signals", "(trap '' INT QUIT TERM HUP TSTP PIPE; yes)", note=_OUTPUT),
    Attack("endless-output-on-the-terminal-by-name", "yes > /dev/tty 2>&1 </dev/null", note=_OUTPUT),
    Attack("endless-loop", "while :; do :; done", note=_ENDED),
    Attack("endless-loop-that-ignores-signals", "(trap '' INT TERM HUP TSTP QUIT; while :; do :; done)", note=_ENDED),
    Attack(
        "endless-loop-of-the-shell-that-ignores-signals",
        "trap '' INT TERM HUP TSTP QUIT; while :; do :; done",
        Rest.LOST,
        _ENDED,
    ),
    Attack(
        "endless-sleep-that-ignores-signals",
        python(
            "import signal, time\nfor n in (1, 2, 3, 15, 18, 20, 21, 22): signal.signal(n, signal.SIG_IGN)\n"
            f"time.sleep({SLEEP})"
        ),
        note=_ENDED,
    ),
    Attack("endless-sleeps-in-a-pipe", f"sleep {SLEEP} | sleep {SLEEP} | sleep {SLEEP}", note=_ENDED),
    Attack("endless-wait", f"sleep {SLEEP} & wait", note=_ENDED),
    Attack("endless-prompt", "PROMPT_COMMAND='while :; do :; done'", Rest.EITHER, _ENDED),
    Attack("slow-alias", f"alias ip='sleep {SLEEP} #'", Rest.LOST, _ENDED),
    Attack("forks-in-its-own-session", f"setsid bash -c 'while :; do sleep {SLEEP} & done' &", Rest.EITHER, _PROCESSES),
    Attack("no-open-files", "ulimit -n 0", Rest.LOST),
    Attack("no-file-size", "ulimit -f 0"),
    Attack("no-processes", "ulimit -u 0", Rest.LOST, noted=False, endless=True),
    Attack("no-memory", "ulimit -v 1000", Rest.LOST, noted=False),
    Attack("no-stack", "ulimit -s 1", Rest.EITHER, noted=False),
    Attack("more-than-it-may", "ulimit -u 100000 && exit; ulimit -n 100000 && exit; ulimit -f unlimited && exit"),
)
