"""`python -m nstutor.grading FD`: the workers of a process that has threads, at the other end of this socket."""

from __future__ import annotations

import socket
import sys

from nstutor.grading.task import judging, load_all
from nstutor.lab.workers import serve

if __name__ == "__main__":
    load_all()
    serve(socket.socket(fileno=int(sys.argv[1])), judging)
