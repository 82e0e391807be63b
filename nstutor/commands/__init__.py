"""One file a verb."""

from __future__ import annotations

import sys


def import_asyncio() -> None:
    """Import asyncio as on a Python without OpenSSL, for which it has its way: nobody in a lab speaks TLS."""
    if "asyncio" in sys.modules or "ssl" in sys.modules:
        return
    sys.modules["ssl"] = None  # type: ignore[assignment]  # so an import says that there is none
    try:
        import asyncio  # noqa: F401
    finally:
        del sys.modules["ssl"]
