"""The lab as a picture of characters, and as sentences.

▲ up, ▽ down; ━ carrier, ╍ none. Each cable is drawn once, from the namespace that comes first; addresses that nobody
gave (IPv6 link-local) and lo's own are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.text import Text

from nstutor.kernel.model import Link, Namespace, Snapshot
from nstutor.picture.sentences import sentences
from nstutor.text.colours import colour_of
from nstutor.text.i18n import _, in_row
from nstutor.text.width import printable

_WIRE, _SHORTEST_WIRE = 10, 2
_MARGIN = "  "
_UP, _DOWN = "▲", "▽"


@dataclass(frozen=True)
class Row:
    """A line of the picture: a device, and what its cable leads to."""

    left: Text
    """The device, behind its branch."""
    addresses: Text = field(default_factory=Text)
    carrier: bool = False
    far: Text | None = None
    """The other end; None for a device without a cable."""
    far_addresses: Text | None = None
    far_netns: Text | None = None

    def cells(self) -> tuple[int, int, int, int]:
        """The widths of the four columns, in cells of the terminal."""
        if self.far is None:
            return 0, 0, 0, 0
        return self.whole.cell_len, self.far.cell_len, _cells(self.far_addresses), _cells(self.far_netns)

    @property
    def whole(self) -> Text:
        """The device with its addresses beside it."""
        return Text("  ").join([self.left, self.addresses]) if self.addresses else self.left.copy()

    @property
    def trunk(self) -> str:
        """The branches that go on below this line."""
        stem = self.left.plain[: len(self.left.plain) - len(self.left.plain.lstrip(" │├└─"))]
        return "".join("│" if char in "│├" else " " for char in stem)


def draw(snapshot: Snapshot, wanted: Sequence[str] = (), width: int = 80) -> Text:
    """The picture, no line of it wider than `width` cells; `wanted` are labels of what is still missing."""
    picture = Text()
    for block in _blocks(snapshot):
        head, rows = block
        picture.append_text(_cut(Text.assemble(_MARGIN, head), width))
        for line in _laid_out(rows, width):
            picture.append_text(_cut(line, width))
    for line in _footnotes(snapshot, wanted, width):
        picture.append_text(_cut(line, width))
    picture.rstrip()
    return picture


def plain(snapshot: Snapshot, wanted: Sequence[str] = ()) -> str:
    """The same as sentences, one a line."""
    return "\n".join(sentences(snapshot, wanted))


def _blocks(snapshot: Snapshot) -> Iterator[tuple[Text, list[Row]]]:
    """Every namespace with what has not been drawn as somebody's other end."""
    drawn: set[tuple[str, str]] = set()
    for space in snapshot.namespaces.values():
        rows = list(_rows(snapshot, space, drawn))
        bound = any(not link.loopback for link in space.links) and not rows
        if not bound:
            yield _head(space), rows


def _head(space: Namespace) -> Text:
    head = Text(space.name, f"bold {colour_of(space.name)}")
    return head.append_text(_lo(space))


def _lo(space: Namespace) -> Text:
    lo = space.by_name.get("lo")
    return Text(f"  lo {_UP}", "dim") if lo and lo.up else Text()


def _rows(snapshot: Snapshot, space: Namespace, drawn: set[tuple[str, str]]) -> Iterator[Row]:
    own = [link for link in space.links if not link.loopback and (link.netns, link.name) not in drawn]
    bridges = [link for link in own if any(port.master == link.name for port in own) or link.type == "bridge"]
    alone = [link for link in own if link not in bridges and link.master not in {bridge.name for bridge in bridges}]
    tops = bridges + alone
    for link in tops:
        if (link.netns, link.name) in drawn:
            continue
        rest = [other for other in tops[tops.index(link) + 1 :] if _key(other) != _peer_key(link)]
        yield _row(snapshot, link, " └─ " if not rest else " ├─ ", drawn)
        ports = [port for port in own if port.master == link.name]
        for number, port in enumerate(ports, 1):
            trunk = " │   " if rest else "     "
            yield _row(snapshot, port, f"{trunk}{'└─ ' if number == len(ports) else '├─ '}", drawn)


def _row(snapshot: Snapshot, link: Link, branch: str, drawn: set[tuple[str, str]]) -> Row:
    drawn.add(_key(link))
    left = Text(f"{_MARGIN}{branch}", "dim").append_text(_device(link))
    own = _addresses(snapshot, link)
    peer = snapshot.link(*_peer_key(link))
    if peer is None:
        return Row(left, own) if link.peer is None else Row(left, own, link.carrier, Text("?", "dim"))
    drawn.add(_key(peer))
    return Row(left, own, link.carrier, _far(peer), _addresses(snapshot, peer), _far_netns(snapshot, link, peer))


def _key(link: Link) -> tuple[str, str]:
    return link.netns, link.name


def _peer_key(link: Link) -> tuple[str, str]:
    return link.peernetns or link.netns, link.peer or ""


def _device(link: Link) -> Text:
    text = Text(link.name)
    if link.type not in ("veth", None):
        text.append(f"  {link.type}", "dim")
    return text.append(f" {_sign(link)}", "green" if link.up else "yellow")


def _far(link: Link) -> Text:
    text = Text(f"{_sign(link)} ", "green" if link.up else "yellow").append(link.name, "default")
    return text.append(f" master {link.master}", "dim") if link.master else text


def _far_netns(snapshot: Snapshot, link: Link, peer: Link) -> Text:
    if peer.netns == link.netns:
        return Text()
    return Text(peer.netns, colour_of(peer.netns)).append_text(_lo(snapshot.namespaces[peer.netns]))


def _sign(link: Link) -> str:
    return _UP if link.up else _DOWN


def _addresses(snapshot: Snapshot, link: Link) -> Text:
    space = snapshot.namespaces[link.netns]
    own = [a.interface for a in space.addresses if a.dev == link.name and not a.interface.ip.is_link_local]
    return Text(", ".join(map(str, own)), "cyan") if own else Text()


def _laid_out(rows: list[Row], width: int) -> Iterator[Text]:
    """The rows in columns; where they do not fit, the wire shrinks first, then addresses go below their device."""
    left, far, addresses, netns = (max((row.cells()[i] for row in rows), default=0) for i in range(4))
    wire = min(_WIRE, width - left - far - addresses - netns - 2 - 2 * bool(addresses) - 3 * bool(netns))
    if wire < _SHORTEST_WIRE:
        yield from _folded(rows, width)
        return
    for row in rows:
        line = row.whole
        if row.far is not None:
            _pad(line, left)
            line.append_text(_wire(row, wire)).append_text(row.far)
            _append_column(line, row.far_addresses, left + wire + 2 + far + 2)
            _append_column(line, row.far_netns, left + wire + 2 + far + 2 * bool(addresses) + addresses + 3)
        yield line


def _folded(rows: list[Row], width: int) -> Iterator[Text]:
    """The cable on one line, where it leads on the next, for narrow terminals; its own addresses too if they must."""
    far = max((row.cells()[1] for row in rows), default=0)
    apart = max((row.cells()[0] for row in rows), default=0) + _SHORTEST_WIRE + 2 + far > width
    left = max(((row.left if apart else row.whole).cell_len for row in rows if row.far is not None), default=0)
    wire = max(_SHORTEST_WIRE, min(_WIRE, width - left - far - 2))
    for row in rows:
        line = row.left.copy() if apart else row.whole
        if row.far is not None:
            _pad(line, left)
            line.append_text(_wire(row, wire)).append_text(row.far)
        yield line
        if apart and row.addresses:
            yield _below(row, row.addresses, row.left.cell_len - len(row.left.plain.lstrip(" │├└─")), width)
        more = [text for text in (row.far_addresses, row.far_netns) if text]
        together = Text("  ").join(more)
        for text in more if not more or together.cell_len + len(row.trunk) > width else [together]:
            yield _below(row, text, left + wire + 4, width)


def _below(row: Row, text: Text, at: int, width: int) -> Text:
    """A line below a device's own."""
    below = Text(row.trunk, "dim")
    _pad(below, min(at, width - text.cell_len))
    return below.append_text(text)


def _wire(row: Row, length: int) -> Text:
    return Text(f" {('━' if row.carrier else '╍') * length} ", "green" if row.carrier else "dim")


def _cells(text: Text | None) -> int:
    return text.cell_len if text else 0


def _pad(line: Text, to: int) -> None:
    line.append(" " * max(0, to - line.cell_len))


def _append_column(line: Text, column: Text | None, at: int) -> None:
    if column:
        _pad(line, at)
        line.append_text(column)


def _footnotes(snapshot: Snapshot, wanted: Sequence[str], width: int) -> Iterator[Text]:
    down = [link.name for link in snapshot.links() if not link.up and not link.loopback]
    if down:
        yield from _wrapped(f"{_DOWN} " + _("down: "), down, width)
    if snapshot.dead:
        yield from _wrapped(_("dead files in /run/netns: "), sorted(snapshot.dead), width)
    if wanted:
        yield from _wrapped(_("still wanted: "), wanted, width)


def _wrapped(head: str, words: Sequence[str], width: int) -> Iterator[Text]:
    indent = "     "
    line = f"{indent}{head}{words[0]}"
    for word in words[1:]:
        longer = in_row((line, word))
        if cell_len(longer) >= width:
            yield Text(longer.removesuffix(word).rstrip(), "dim")
            longer = f"{indent}{' ' * cell_len(head)}{word}"
        line = longer
    yield Text(line, "dim")


def _cut(line: Text, width: int) -> Text:
    # A namespace may be called by an escape sequence.
    line.plain = printable(line.plain)
    line.truncate(width, overflow="ellipsis")
    return line.append("\n")
