"""Names that prompts, lessons and messages share."""

from __future__ import annotations

HOST = "host"
"""The lab's first network namespace. Reserved: `ip netns add host` makes another one, which a lesson cannot mean."""
