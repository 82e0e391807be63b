"""What stands in another process's memory: strings and vectors, as a system call's arguments name them."""

from __future__ import annotations

import os
import struct
from types import TracebackType

_CHUNK = 512
_AT_ONCE = 1 << 16
_POINTER = struct.calcsize("P")


class Memory:
    """The memory of a process or thread (/proc/PID/mem). OSError if it is gone, or an address is not mapped."""

    def __init__(self, pid: int) -> None:
        self._fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._fd)

    def read(self, address: int, length: int) -> bytes:
        """At most `length` bytes; fewer where the mapping ends. OSError if there is none."""
        if address >= 1 << 63:
            return b""
        return os.pread(self._fd, length, address)

    def string(self, address: int, limit: int) -> bytes:
        """The bytes up to the first NUL, at most `limit` of them."""
        parts: list[bytes] = []
        left = limit
        while left > 0:
            part = self.read(address, min(_CHUNK, left))
            text, end, _ = part.partition(b"\0")
            parts.append(text)
            if end or not part:
                break
            address += len(part)
            left -= len(part)
        return b"".join(parts)

    def strings(self, vector: int, most: int, limit: int) -> tuple[bytes, ...]:
        """The strings of a vector that ends with NULL, as execve(2) takes it: at most `most`, `limit` bytes in all."""
        found: list[bytes] = []
        for address in self._pointers(vector, most):
            text = self.string(address, limit)
            found.append(text)
            limit -= len(text) + 1
            if limit <= 0:
                break
        return tuple(found)

    def begins(self, vector: int, most: int, prefix: bytes) -> bool:
        """Whether a string of such a vector begins with `prefix`, or there are more than `most` strings."""
        pointers = self._pointers(vector, most)
        if len(pointers) >= most:
            return True
        start, end = min(pointers, default=0), max(pointers, default=0)
        if end - start > _AT_ONCE:
            return any(self.read(pointer, len(prefix)) == prefix for pointer in pointers)
        text = self.read(start, end - start + len(prefix)) if pointers else b""
        return any(text.startswith(prefix, pointer - start) for pointer in pointers)

    def _pointers(self, vector: int, most: int) -> list[int]:
        if not vector:
            return []
        raw = self.read(vector, most * _POINTER)
        pointers = struct.unpack(f"={len(raw) // 8}Q", raw[: len(raw) // 8 * 8])
        return list(pointers[: pointers.index(0)]) if 0 in pointers else list(pointers)
