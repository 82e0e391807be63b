"""The `vars:` of a lesson's front matter: which variables it declares, or what is wrong with them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence

import yaml

from nstutor.lesson.faults import did_you_mean
from nstutor.lesson.variables import Host, Names, Network, Numbers, Subnet, Variable
from nstutor.text.i18n import _

Refuse = Callable[[yaml.Node, str], None]
"""Notes a fault at a node."""
Options = Mapping[str, yaml.Node]

NAME_RE = re.compile(r"[a-z][a-z0-9_]*\Z")
WORD_RE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
NUMBERS_RE = re.compile(r"(?P<low>[0-9]{1,9})\s*-\s*(?P<high>[0-9]{1,9})\Z")


def declared(node: yaml.Node | None, refuse: Refuse) -> tuple[Variable, ...] | None:
    """Read the variables, in their order; None, with the faults noted, where not all of them can be drawn."""
    if node is None:
        return ()
    if not isinstance(node, yaml.MappingNode):
        refuse(node, _("`vars` must be lines `name: {kind: values}`"))
        return None
    found: dict[str, Variable] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if not NAME_RE.match(name):
            refuse(key, _("a variable is called by small letters, digits and _"))
        elif name in found:
            refuse(key, _("`{word}` is given twice").format(word=name))
        elif (variable := _variable(name, value, found, refuse)) is not None and _has_room(
            variable, tuple(found.values()), value, refuse
        ):
            found[name] = variable
    return tuple(found.values()) if len(found) == len(node.value) else None


def _variable(name: str, node: yaml.Node, earlier: Mapping[str, Variable], refuse: Refuse) -> Variable | None:
    if not isinstance(node, yaml.MappingNode):
        refuse(node, _("say what `{name}` may be: {kinds}").format(name=name, kinds=FORMS))
        return None
    options: dict[str, yaml.Node] = {}
    for key, value in node.value:
        word = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if word not in (*KINDS, "length"):
            meant = did_you_mean(word, (*KINDS, "length"))
            refuse(key, _("unknown word `{word}`{meant}").format(word=word, meant=meant))
            return None
        options[word] = value
    kinds = [word for word in options if word in KINDS]
    if len(kinds) != 1 or ("length" in options and kinds != ["subnet"]):
        refuse(node, _("say what `{name}` may be: {kinds}").format(name=name, kinds=FORMS))
        return None
    return KINDS[kinds[0]](name, options, earlier, refuse)


def _names(name: str, options: Options, _earlier: Mapping[str, Variable], refuse: Refuse) -> Variable | None:
    node = options["names"]
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    words = [str(item.value) for item in items if isinstance(item, yaml.ScalarNode) and WORD_RE.match(item.value)]
    if not items or len(set(words)) != len(items):
        message = _("`names` lists different words of letters, digits, `.`, `_` and `-`: {example}")
        refuse(node, message.format(example="[greenland, iceland]"))
        return None
    return Names(name, tuple(words))


def _numbers(name: str, options: Options, _earlier: Mapping[str, Variable], refuse: Refuse) -> Variable | None:
    match = NUMBERS_RE.match(_text(options["numbers"]))
    if match is None or int(match["low"]) > int(match["high"]):
        refuse(options["numbers"], _("`numbers` is a range, the lower one first: 1300-1500"))
        return None
    return Numbers(name, int(match["low"]), int(match["high"]))


def _subnet(name: str, options: Options, _earlier: Mapping[str, Variable], refuse: Refuse) -> Variable | None:
    pool, length = _network(options["subnet"], refuse), _text(options["length"]) if "length" in options else ""
    if pool is None:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", length) or not pool.prefixlen <= int(length) <= pool.max_prefixlen:
        message = _("`length` must say how long the subnet's prefix is, from {least} to {most}")
        refuse(options.get("length", options["subnet"]), message.format(least=pool.prefixlen, most=pool.max_prefixlen))
        return None
    return Subnet(name, pool, int(length))


def _network(node: yaml.Node, refuse: Refuse) -> Network | None:
    try:
        return ipaddress.ip_network(_text(node) if "/" in _text(node) else "")
    except ValueError:
        refuse(node, _("`subnet` is a prefix to choose from: 10.0.0.0/8"))
        return None


def _host(name: str, options: Options, earlier: Mapping[str, Variable], refuse: Refuse) -> Variable | None:
    other = _text(options["host"])
    subnet = earlier.get(other)
    if isinstance(subnet, Subnet):
        return Host(name, subnet)
    subnets = [known for known, variable in earlier.items() if isinstance(variable, Subnet)]
    if subnets:
        meant = did_you_mean(other, subnets)
    else:
        meant = _("; write one before it: net: {subnet: 10.0.0.0/8, length: 24}")
    refuse(
        options["host"],
        _("`host` names a subnet among the variables before; `{name}` is none{meant}").format(name=other, meant=meant),
    )
    return None


def _text(node: yaml.Node) -> str:
    return str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""


def _has_room(variable: Variable, earlier: Sequence[Variable], node: yaml.Node, refuse: Refuse) -> bool:
    """Two variables of a kind never have the same value: whatever the seed, one must be left."""
    taken, size = variable.crowded_by(earlier), variable.size()
    if taken >= size:
        message = _("`{name}` may be left without a value: of its {size} the variables before may take {taken}")
        refuse(node, message.format(name=variable.name, size=size, taken=taken))
    return taken < size


KINDS: Mapping[str, Callable[[str, Options, Mapping[str, Variable], Refuse], Variable | None]] = {
    "names": _names,
    "numbers": _numbers,
    "subnet": _subnet,
    "host": _host,
}
FORMS = "{names: [a, b]}, {numbers: 1-9}, {subnet: 10.0.0.0/8, length: 24} or {host: SUBNET}"
