"""The one colour that each namespace has everywhere: in the prompt, in the map, in the line as it is typed."""

from __future__ import annotations

import zlib

from nstutor.text.names import HOST

HOST_COLOUR = "#767676"
PALETTE = ("#af5faf", "#008700", "#d75f00", "#0087af", "#d7005f", "#878700", "#875fff", "#00875f", "#af5f00", "#5f87af")
"""Of the 256 colours of xterm, those with a contrast of 3.7 and more against black and against white (WCAG 2)."""


def colour_of(netns: str) -> str:
    """A namespace's colour, `#rrggbb`: always the same for the same name; host has a calm one of its own."""
    if netns == HOST:
        return HOST_COLOUR
    # Bytes of a name that are no UTF-8 are surrogates in it (os.fsdecode).
    return PALETTE[zlib.crc32(netns.encode(errors="surrogatepass")) % len(PALETTE)]
