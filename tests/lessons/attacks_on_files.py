"""Attacks on files, mounts and processes that are not the submission's, and on its own file system."""

from __future__ import annotations

from attacks import MARK, REST, UP, Attack, Rest, python

_ROOTS = "/usr /usr/bin /usr/lib /etc /boot /home /root /srv /opt /var /tmp /mnt /media /sys /dev /lib"

ATTACKS = (
    Attack(
        "deletes-everything",
        "rm -rf --no-preserve-root / 2>/dev/null; rm -rf ~ /etc/* /run/* /tmp/* /var/*",
        noted=False,
    ),
    Attack("deletes-everything-by-find", "find / -xdev -delete 2>/dev/null; find /run /etc /tmp -delete 2>/dev/null"),
    Attack("deletes-programs", "rm -f /usr/bin/ip /bin/ip /sbin/ip /usr/sbin/ip /usr/bin/env && exit"),
    Attack(
        "overwrites-programs", "for f in $(command -v ip) /bin/sh /usr/bin/env; do : 2>/dev/null > $f && exit; done"
    ),
    Attack(
        "writes-to-etc",
        f"echo {MARK} | tee /etc/passwd /etc/hosts /etc/profile /etc/bash.bashrc /etc/{MARK} "
        "/etc/inputrc /etc/nsswitch.conf /etc/resolv.conf > /dev/null; chmod 0 /etc/bash.bashrc",
    ),
    Attack("writes-to-the-machines-etc", f"echo {MARK} > /.etc/{MARK} && exit; echo >> /.etc/passwd && exit"),
    Attack(
        "writes-everywhere",
        f"for d in {_ROOTS}; do echo > $d/{MARK}; done; [ -e /usr/{MARK} ] && exit; [ -e /boot/{MARK} ] && exit",
    ),
    Attack("finds-the-lesson", "find / -xdev -name '*bridge*.md' 2>/dev/null | grep . && exit"),
    Attack(
        "finds-the-grader",
        "find / -name nstutor -not -path '/opt/nstutor' -not -path '/proc/*' 2>/dev/null | "
        "xargs -r -I{} find {} -type f | grep . && exit",
    ),
    Attack(
        "finds-other-submissions",
        "find / -xdev -name '*zz-solution*' 2>/dev/null | grep . && exit; ls -d /tmp/* "
        "/root/* /home/* /mnt/* 2>/dev/null | grep . && exit",
    ),
    Attack("finds-homes", "ls -A /home /root /srv | grep -v ':$' | grep . && exit"),
    Attack("finds-open-files", "ls -l /proc/[0-9]*/fd/ 2>/dev/null | grep -E 'zz-solution|[.]md|nstutor' && exit"),
    Attack(
        "finds-the-graders-environment",
        "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -E '^(PYTEST|XDG_DATA_HOME|VIRTUAL_ENV)' && exit",
    ),
    Attack(
        "finds-the-graders-processes",
        "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -xE 'nstutor|check' && exit",
    ),
    Attack("finds-mounts-of-the-machine", "grep -E 'pytest|/work|/home/[a-z]' /proc/self/mountinfo && exit"),
    Attack(
        "pid-1",
        "cat /proc/1/environ && exit; ls /proc/1/fd/ && exit; ls /proc/1/root/ && exit; cat /proc/1/mem && "
        "exit; echo x > /proc/1/comm && exit; echo 0 > /proc/1/oom_score_adj && exit; ls /proc/1/cwd/ && "
        "exit; cat /proc/1/maps | grep . && exit",
    ),
    Attack(
        "enters-pid-1",
        "nsenter -t 1 -m true && exit; nsenter -t 1 -n true && exit; nsenter -t 1 -U true && exit; "
        "nsenter -t 1 -a true && exit; chroot /proc/1/root true && exit",
    ),
    Attack(
        "enters-by-pidfd",
        python(
            "import os, ctypes, sys\nf = os.pidfd_open(1)\nc = ctypes.CDLL(None)\n"
            "ok = any(c.setns(f, n) == 0 for n in (0x20000, 0x10000000, 0x40000000))\n"
            "sys.exit(not (ok or c.syscall(438, f, 0, 0) >= 0))"
        )
        + " && exit",
    ),
    Attack(
        "sysrq",
        "echo c > /proc/sysrq-trigger && exit; echo b > /proc/sysrq-trigger && exit; "
        "echo 1 > /proc/sys/kernel/sysrq && exit",
    ),
    Attack(
        "kernel-settings",
        "for k in panic core_pattern modprobe sysrq randomize_va_space threads-max printk; do "
        "echo 1 2> /dev/null > /proc/sys/kernel/$k && exit; done; "
        "echo 1 > /proc/sys/vm/drop_caches && exit; echo 9 > /proc/sys/fs/file-max && exit",
    ),
    Attack(
        "every-writable-setting",
        "find /proc/sys/kernel /proc/sys/vm /proc/sys/fs /proc/sys/dev -type f -perm -200 "
        "2>/dev/null | while read -r f; do x=$(cat $f 2>/dev/null) && "
        'echo "$x" 2>/dev/null > $f; done',
        noted=False,
    ),
    Attack("oom-score", "echo -1000 > /proc/self/oom_score_adj && exit; echo -1 > /proc/$$/oom_score_adj && exit"),
    Attack("cgroups", f"mkdir /sys/fs/cgroup/{MARK} && exit; mount -t cgroup2 c /mnt && mkdir /mnt/{MARK} && exit"),
    Attack(
        "sys",
        "for f in /sys/power/state /sys/kernel/mm/ksm/run /sys/module/*/parameters/* "
        "/sys/block/*/queue/*; do "
        "[ -w $f ] && exit; done",
    ),
    Attack(
        "sys-of-devices",
        "for f in /sys/bus/*/uevent /sys/devices/system/cpu/*/online /sys/kernel/profiling; do [ -w $f ] && exit; done",
    ),
    Attack(
        "devices",
        "mknod /tmp/d b 254 0 && head -c 1 /tmp/d && exit; mknod /tmp/m c 1 1 && head -c 1 /tmp/m && "
        "exit; "
        "head -c 1 /dev/mem && exit; head -c 1 /dev/kmsg && exit; dmesg && exit",
    ),
    Attack(
        "reboot",
        "reboot -f && exit; poweroff -f && exit; "
        + python("import ctypes, sys\nsys.exit(ctypes.CDLL(None).reboot(0) != 0)")
        + " && exit",
    ),
    Attack("modules", "insmod /tmp/x.ko && exit; modprobe -r nf_tables && exit; modprobe dummy && exit", noted=False),
    Attack("hostname", "hostname other; domainname other; sysctl -qw kernel.hostname=another"),
    Attack(
        "remounts",
        f"mount -o remount,rw / && exit; for d in {_ROOTS}; do mount -o remount,rw,bind $d && "
        f"echo 2>/dev/null > $d/{MARK} && [ $d = /usr ] && exit; done",
    ),
    Attack(
        "unmounts",
        "umount -l /usr && exit; umount -l /etc && exit; umount -l /root && exit; umount -l /proc && "
        "exit; "
        "umount -l /sys/fs/cgroup && exit; umount -l /.etc && exit; umount -l /dev/pts && exit",
    ),
    Attack("unmounts-all", "umount -a -l 2>/dev/null; umount -R -l / 2>/dev/null", Rest.LOST),
    Attack(
        "binds",
        f"mount --rbind / /mnt && echo > /mnt/usr/{MARK} && exit; mount --rbind /usr /media && "
        f"mount -o remount,rw,bind /media && echo > /media/{MARK} && exit",
    ),
    Attack(
        "overlays",
        "mkdir /tmp/u /tmp/w; mount -t overlay -o lowerdir=/usr/bin,upperdir=/tmp/u,workdir=/tmp/w o "
        f"/usr/bin; touch /usr/bin/{MARK}",
    ),
    Attack("covers-its-programs", "mount -t tmpfs none /usr", Rest.LOST),
    Attack("covers-proc-and-sys", "mount -t tmpfs none /proc; mount -t tmpfs none /sys"),
    Attack(
        "covers-its-terminal",
        "mount -t tmpfs none /dev; rm -rf /dev/*; mknod /dev/tty c 5 0; ln -s /nothing /dev/tty",
        noted=False,
    ),
    Attack("covers-its-home", "mount -t tmpfs none /root; cd /root; umount -l /root; rm -rf /tmp/*"),
    Attack("covers-bash", "mount --bind /bin/true /bin/bash; cp /bin/false /tmp/f; mount --bind /tmp/f /bin/sh"),
    Attack("covers-ip", "mount --bind /bin/true $(readlink -f $(command -v ip))", Rest.LOST),
    Attack("covers-the-shells-file", "echo 'exit' > /tmp/rc; mount --bind /tmp/rc /etc/bash.bashrc; bash"),
    Attack("covers-netns", "mount --bind /tmp /run/netns", Rest.LOST),
    Attack("covers-run", "mount -t tmpfs t /run", Rest.LOST),
    Attack("covers-one-netns", ": > /tmp/f; mount --bind /tmp/f /run/netns/ximenqing-ns", Rest.LOST),
    Attack("unmounts-netns", "umount -l /run/netns/*; umount -l /run/netns; rm -rf /run/netns", Rest.LOST),
    Attack("detaches-one-netns", "umount -l /run/netns/panjinlian-ns", Rest.LOST),
    Attack("proc-in-place-of-run", "umount -l /run/netns; mount -t proc p /run", Rest.LOST),
    Attack("many-mounts", "for i in {1..3000}; do mount --bind /tmp /mnt || break; done", Rest.EITHER, noted=False),
    Attack("mounts-upon-mounts", "for i in {1..16}; do mount --rbind / /mnt || break; done", Rest.EITHER, noted=False),
    Attack(
        "mount-with-a-strange-name",
        'd=$\'/tmp/a b\\tc\\nd\\\\e\\xff - tmpfs\'; mkdir "$d"; mount -t tmpfs t "$d"; echo > "$d/x"',
    ),
    Attack(
        "changes-its-root", "mkdir -p /tmp/r/old; mount --bind /tmp/r /tmp/r; cd /tmp/r; pivot_root . old", Rest.EITHER
    ),
    Attack("changes-its-root-for-a-child", "chroot /tmp /x; mkdir -p /tmp/r; unshare -m chroot /tmp/r /x"),
    Attack("shell-in-another-root", "mkdir /tmp/r; mount --rbind / /tmp/r; exec chroot /tmp/r /bin/bash --norc"),
    Attack("shell-in-another-network", "exec unshare -n bash --norc", lost=(UP,)),
    Attack("shell-in-other-mounts", "exec unshare -m bash --norc"),
    Attack("shell-in-other-processes", "exec unshare -pf --mount-proc bash --norc", noted=False),
    Attack(
        "further-user-namespaces",
        "unshare -U true && exit; unshare -Ur true && exit; unshare -Urnmp true && exit; "
        "echo 9 > /proc/sys/user/max_user_namespaces; unshare -Ur true && exit",
    ),
    Attack(
        "links-to-pid-1",
        "ln -sf /proc/1/ns/net /run/netns/keeper; ln -sf /proc/1/root /tmp/r; ls /tmp/r/ && exit; "
        "ln -s /run/netns /run/netns/again; ln -s loop /run/netns/loop",
    ),
    Attack("rename-of-run", "mv /run/netns /run/other; mkdir /run/netns", Rest.EITHER, lost=REST),
    Attack(
        "link-in-place-of-netns",
        "mount -t tmpfs t /run; ln -s /proc/1/root /run/netns; ln -s /etc /run/lock",
        Rest.LOST,
    ),
    Attack(
        "fifos-in-netns",
        "mkfifo /run/netns/fifo /run/netns/ff; mkdir /run/netns/dir; ln -s fifo /run/netns/link",
        note="was ended after 2 s: ip -n ximenqing-ns link",
    ),
    Attack("files-in-netns", "cd /run/netns; for i in {1..50}; do touch f$i-{1..100}; done; cd", noted=False),
    Attack(
        "other-namespaces-in-netns",
        "for k in mnt uts ipc pid user; do touch /run/netns/$k; mount --bind /proc/self/ns/$k /run/netns/$k; done",
    ),
    Attack(
        "descriptors-in-netns", "ip netns add x; exec 7</run/netns/x; ip netns del x; ls -l /proc/self/fd > /dev/null"
    ),
    Attack(
        "many-descriptors",
        python('import os, time\nl = [os.open("/dev/null", 0) for _ in range(1000)]\ntime.sleep(0.3)'),
    ),
    Attack("deep-folders", "cd /tmp; for i in {1..60}; do mkdir dddddddddddddddddddddddddddddddd; cd d*; done; cd"),
    Attack(
        "strange-file-names",
        r"touch $'/tmp/\e[31m' $'/tmp/a\nb' $'/tmp/\xff\xfe' /tmp/-rf '/tmp/*' "
        r"'/tmp/$(exit)'",
    ),
    Attack(
        "files-behind-descriptors",
        "mkdir /tmp/m; mount -t tmpfs t /tmp/m; exec 8>/tmp/m/x; umount -l /tmp/m; head -c 1M /dev/zero >&8",
    ),
)
