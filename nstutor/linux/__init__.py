"""The one layer that knows the kernel's numbers: system calls, netlink sockets, seccomp, process memory."""
