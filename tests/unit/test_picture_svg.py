"""A drawing as a file: valid, harmless, the same each time, and said in words."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_network
from xml.etree import ElementTree as ET

import pytest
from snapshots import BRIDGE, snapshot
from test_picture_layout import cable, random_lab

from nstutor.kernel.model import Route, Snapshot
from nstutor.picture.svg import draw
from nstutor.text.colours import HOST_COLOUR, colour_of

SVG = "{http://www.w3.org/2000/svg}"
STRANGE = ("<&\">'", "\x1b[31m\u202e", "]]>", "a\x00b\x85", "\ufffe\ud800", "--><script>", "西门庆的家", "🏠")


def parsed(text: str) -> ET.Element:
    """The drawing as an XML parser reads it."""
    return ET.fromstring(text)


def texts(text: str) -> list[str]:
    """What stands in the drawing."""
    return [element.text or "" for element in parsed(text).iter(f"{SVG}text")]


def described(text: str) -> str:
    """What is said of it."""
    return parsed(text).findtext(f"{SVG}desc") or ""


def with_route(lab: Snapshot, netns: str, via: str, dev: str) -> Snapshot:
    """The lab with a default route there."""
    space = lab.namespaces[netns]
    route = Route(netns, ip_network("0.0.0.0/0"), via, dev, None, None, "unicast")
    return replace(lab, namespaces={**lab.namespaces, netns: replace(space, routes=(route,))})


def test_bridge_in_full() -> None:
    """Every name, address and note of the lab is in it, a house for each namespace, in its colour."""
    svg = draw(snapshot(*BRIDGE), title="Wang Po's bridge", wanted=["pjl2wp up"])
    names = {"host", "ximenqing-ns", "panjinlian-ns", "lo", "wangpo", "bridge", "wp2xmq", "wp2pjl", "xmq2wp", "pjl2wp"}
    notes = {"Wang Po's bridge", "192.168.188.96/24", "192.168.188.69/24", "still wanted: pjl2wp up"}
    assert set(texts(svg)) == names | notes
    houses = [group for group in parsed(svg).iter(f"{SVG}g") if group.get("class") == "nst-house"]
    roofs = [path.get("fill") for house in houses for path in house.iter(f"{SVG}path")]
    assert sorted(map(str, roofs)) == sorted([HOST_COLOUR, colour_of("ximenqing-ns"), colour_of("panjinlian-ns")])


def test_state_is_seen() -> None:
    """A full triangle for each device that is up, an empty one for the others; dashes where there is no carrier."""
    root = parsed(draw(snapshot(*BRIDGE)))
    marks = [polygon.get("class") for polygon in root.iter(f"{SVG}polygon")]
    # Up: lo of host, wangpo, both ports and xmq2wp.
    assert (marks.count("nst-up"), marks.count("nst-down-line")) == (5, 3)
    wires = {
        path.get("class"): path.get("stroke-dasharray")
        for path in root.iter(f"{SVG}path")
        if str(path.get("class")).endswith("-line")
    }
    assert wires == {"nst-carrier-line": None, "nst-dead-line": "6 5"}


def test_screen_reader_is_told_the_same() -> None:
    """It is an image with a name, and with a sentence for each namespace and device."""
    svg = draw(snapshot(*BRIDGE, dead=("inner",)), title="Wang Po", wanted=["pjl2wp up"])
    assert parsed(svg).get("role") == "img"
    assert parsed(svg).findtext(f"{SVG}title") == "Wang Po"
    said = described(svg)
    assert said.startswith("host: 3 devices, lo is up.\n")
    assert "  pjl2wp is a veth, down, leads to wp2pjl in host, has 192.168.188.69/24.\n" in said
    assert said.endswith("Dead files in /run/netns: inner.\nStill wanted: pjl2wp up.")
    assert parsed(draw(snapshot())).findtext(f"{SVG}title") == "The network of the lab"
    assert parsed(draw(snapshot(), name="An empty lab")).findtext(f"{SVG}title") == "An empty lab"


@pytest.mark.parametrize("seed", range(60, 75))
def test_same_lab_gives_the_same_file(seed: int) -> None:
    """Every lab gives valid XML, twice the same, of finite numbers."""
    svg = draw(random_lab(seed), title="A lab")
    assert svg == draw(random_lab(seed), title="A lab")
    assert parsed(svg).tag == f"{SVG}svg"
    assert not re.search(r"\b(?:nan|inf)\b|e[+-]\d", re.sub(r"<(title|desc|text)\b.*?</\1>", "", svg, flags=re.DOTALL))


def test_what_differs_from_run_to_run_is_not_drawn() -> None:
    """MAC addresses, numbers of devices, link-local addresses and a lagging operational state leave no trace."""
    lab = snapshot(*BRIDGE)
    spaces = {
        name: replace(
            space,
            identity=(4, 99),
            links=tuple(
                link._replace(address="02:aa:bb:cc:dd:ee", index=link.index + 40, operstate="UNKNOWN")
                for link in space.links
            ),
        )
        for name, space in snapshot(*BRIDGE, "host wp2xmq fe80::1/64").namespaces.items()
    }
    assert draw(Snapshot(spaces)) == draw(lab)


@pytest.mark.parametrize("name", STRANGE)
def test_names_are_only_text(name: str) -> None:
    """Whatever a namespace, a device or a title is called: no markup comes of it, and no character that XML forbids."""
    svg = draw(renamed(snapshot("x-ns lo loopback", *cable("host DEV", "x-ns DEV")), name), title=name, wanted=[name])
    shown = "".join(char if char.isprintable() else "\ufffd" for char in name)
    assert texts(svg).count(shown) == 4
    assert shown in described(svg)
    svg.encode()
    assert "<script" not in svg
    assert not [char for char in svg if not char.isprintable() and char != "\n"]


def renamed(lab: Snapshot, name: str) -> Snapshot:
    """The lab with this name for the house and for both ends of its cable."""
    names = {"x-ns": name, "DEV": name}
    spaces = {}
    for space in lab.namespaces.values():
        links = tuple(
            link._replace(
                netns=names.get(link.netns, link.netns),
                name=names.get(link.name, link.name),
                peer=names.get(link.peer or ""),
                peernetns=names.get(link.peernetns or "", link.peernetns),
            )
            for link in space.links
        )
        there = names.get(space.name, space.name)
        spaces[there] = replace(space, name=there, links=links)
    return Snapshot(spaces)


def test_needs_nothing_from_elsewhere() -> None:
    """No script, no reference, no font that is fetched; the fonts end with one that can write Chinese and a generic."""
    svg = draw(random_lab(3))
    assert {element.tag.removeprefix(SVG) for element in parsed(svg).iter()} <= {
        "svg",
        "title",
        "desc",
        "style",
        "rect",
        "g",
        "path",
        "polygon",
        "text",
        "circle",
    }
    assert "url(" not in svg
    assert "@import" not in svg
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    families = {element.get("font-family", "") for element in parsed(svg).iter(f"{SVG}text")}
    assert families
    assert all("CJK SC" in family and family.endswith(("monospace", "sans-serif")) for family in families)


def test_right_with_and_without_a_dark_scheme() -> None:
    """The drawing has paper of its own; each colour stands as an attribute, and each has another one in the dark."""
    svg = draw(snapshot(*BRIDGE))
    root = parsed(svg)
    paper = next(root.iter(f"{SVG}rect"))
    assert paper.get("class") == "nst-paper"
    assert [float(paper.get(key, 0)) for key in ("x", "y")] == [0, 0]
    style = root.findtext(f"{SVG}style") or ""
    assert style.strip().startswith("@media (prefers-color-scheme: dark) {")
    for text in root.iter(f"{SVG}text"):
        assert text.get("fill")
        assert f".{text.get('class')} {{ fill: #" in style


def test_default_routes_and_unusual_addresses_of_lo() -> None:
    """The way out of a house stands at its foot; so does an address of lo that it does not have by itself."""
    lab = snapshot("a lo loopback up carrier", "a lo 127.0.0.1/8", "a lo 10.9.9.9/32", "a eth0 dummy up carrier")
    svg = draw(with_route(lab, "a", "10.0.0.1", "eth0"))
    assert {"default via 10.0.0.1 dev eth0", "10.9.9.9/32"} <= set(texts(svg))
    assert "127.0.0.1/8" not in texts(svg)
    assert "a: 1 device, lo is up, default route via 10.0.0.1." in described(svg)


def test_long_names_are_whole() -> None:
    """Sixty characters of a namespace go over several lines; fifteen of a device stand in one."""
    name = "a-namespace-with-a-name-of-sixty-characters-as-some-may-like"
    svg = draw(snapshot(*cable("host abcdefghijklmno", f"{name} abcdefghijklmnp")))
    assert name in "".join(texts(svg))
    assert {"abcdefghijklmno", "abcdefghijklmnp"} <= set(texts(svg))
