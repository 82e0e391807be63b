"""Our own netlink sockets (netlink(7)): requests, dumps, and the few bytes around a message."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from types import TracebackType

NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 0x1, 0x4, 0x10, 0x300
SOL_NETLINK, NETLINK_GET_STRICT_CHK, SO_NETNS_COOKIE = 270, 12, 71

HEADER = struct.Struct("=IHHII")
ATTRIBUTE = struct.Struct("=HH")
NLA_TYPE_MASK = 0x3FFF

_DUMP_REPEATS = 4
_DONE_SIZE = HEADER.size + 4
_BUFFER = 1 << 16  # the kernel never builds a larger part of a dump (net/netlink/af_netlink.c, netlink_dump)
_MOST = 10_000
_PATIENCE = struct.pack("@ll", 2, 0)


def attribute(kind: int, payload: bytes) -> bytes:
    """One netlink attribute, padded to four bytes."""
    return ATTRIBUTE.pack(4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def u32(kind: int, value: int) -> bytes:
    """An attribute that holds an unsigned 32-bit number."""
    return attribute(kind, struct.pack("=I", value))


def s32(kind: int, value: int) -> bytes:
    """An attribute that holds a signed 32-bit number."""
    return attribute(kind, struct.pack("=i", value))


def attributes(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Kind and payload of each attribute in `data` from `start` on."""
    end = len(data)
    while start + 4 <= end:
        length, kind = ATTRIBUTE.unpack_from(data, start)
        if length < 4:
            return
        yield kind & NLA_TYPE_MASK, data[start + 4 : start + length]
        start += (length + 3) & ~3


class RequestSocket:
    """A netlink socket for requests, in the network namespace of the thread that makes it."""

    def __init__(self, protocol: int = socket.NETLINK_ROUTE, port: int = 0) -> None:
        """`port` is its port id, which events that it causes bear; 0 for one of the kernel's choice."""
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self._sequence = 0
        self.most = _MOST
        """Payloads that a dump gives at most; what is more than that is thrown away as it comes."""
        self.cut = False
        """Whether there was more."""
        try:
            # The kernel answers within the request; the time limit is for a bug, so that it cannot hang the learner.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
            self._socket.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
            self._socket.bind((port, 0))
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> RequestSocket:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def netns_cookie(self) -> int:
        """A number that no other namespace ever has; 0 before Linux 5.14."""
        try:
            return int.from_bytes(self._socket.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), sys.byteorder)
        except OSError:
            return 0

    def get(self, kind: int, body: bytes, flags: int = 0) -> bytes:
        """The payload of the one answer to a request; empty for a plain acknowledgement. OSError as the kernel says."""
        self._send(kind, flags, body)
        while True:
            for answer, _, payload in self._receive():
                if answer == NLMSG_ERROR:
                    _raise_if_error(payload)
                    return b""
                return payload

    @contextlib.contextmanager
    def noting_cut(self, cut: set[str], part: str) -> Iterator[None]:
        """Add this part to `cut` if the dumps of the body had more than `most`."""
        self.cut = False
        yield
        if self.cut:
            cut.add(part)

    def dump(self, kind: int, body: bytes) -> list[bytes]:
        """The payloads of a dump.

        A dump that changes fell into (NLM_F_DUMP_INTR) is asked for again; the last of five is taken as it is, for the
        event of the next change makes the caller look again anyway.
        """
        payloads, interrupted = self._dump_once(kind, body)
        for _ in range(_DUMP_REPEATS):
            if not interrupted:
                break
            payloads, interrupted = self._dump_once(kind, body)
        return payloads

    def _dump_once(self, kind: int, body: bytes) -> tuple[list[bytes], bool]:
        self._send(kind, NLM_F_DUMP, body)
        payloads: list[bytes] = []
        interrupted = False
        while len(payloads) < self.most:
            for answer, flags, payload in self._receive():
                interrupted = interrupted or bool(flags & NLM_F_DUMP_INTR)
                if answer in (NLMSG_DONE, NLMSG_ERROR):
                    _raise_if_error(payload)
                    return payloads, interrupted
                payloads.append(payload)
        self.cut = True
        self._skip_rest()
        del payloads[self.most :]
        return payloads, False

    def _skip_rest(self) -> None:
        """Receive what is left of a dump, and look only for its end: a message with nothing but a number."""
        while True:
            data = self._socket.recv(_BUFFER)
            for start in (0, max(0, len(data) - _DONE_SIZE)):
                length, kind, _, sequence, _ = HEADER.unpack_from(data, start)
                if sequence == self._sequence and length <= len(data) and kind in (NLMSG_DONE, NLMSG_ERROR):
                    return

    def _send(self, kind: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        self._socket.send(HEADER.pack(16 + len(body), kind, flags | NLM_F_REQUEST, self._sequence, 0) + body)

    def _receive(self) -> Iterator[tuple[int, int, bytes]]:
        """Type, flags and payload of each message in the next datagram that answers the last request."""
        data = self._socket.recv(_BUFFER)
        start = 0
        while start + 16 <= len(data):
            length, kind, flags, sequence, _ = HEADER.unpack_from(data, start)
            if sequence == self._sequence:
                yield kind, flags, data[start + 16 : start + length]
            start += (length + 3) & ~3


def _raise_if_error(payload: bytes) -> None:
    (code,) = struct.unpack_from("=i", payload) if len(payload) >= 4 else (0,)
    if code < 0:
        raise OSError(-code, os.strerror(-code))
