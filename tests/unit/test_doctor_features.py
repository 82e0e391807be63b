"""What doctor asks the kernel, and that asking changes nothing."""

from __future__ import annotations

import os
import subprocess

from nstutor.lab.features import ask_in_child, kernel_features
from nstutor.lab.tools import find


def test_kernel_has_what_every_lesson_needs() -> None:
    """The kernel has veth and bridge, and says so when it is asked without privileges."""
    assert kernel_features().missing == ()
    assert kernel_features().links["veth"]


def test_unknown_kinds_are_denied() -> None:
    """A kind of link or qdisc that nobody wrote is told from one that only lacks its options."""
    answer = ask_in_child(["veth", "macvlan", "nonsense"], ["tbf", "nonsense"])
    assert answer["links"]["nonsense"] is False
    assert answer["qdiscs"]["nonsense"] is False
    assert answer["links"]["veth"] is True


def test_asking_agrees_with_ip() -> None:
    """For each kind of link that needs no options, ip in a namespace of its own comes to the same answer."""
    ip = find("ip")
    assert ip is not None
    for kind in ("veth", "bridge", "dummy"):
        command = ("unshare", "--user", "--map-root-user", "--net", ip, "link", "add", "tryit", "type", kind)
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
        assert ask_in_child([kind], [])["links"][kind] is made, kind


def test_asking_leaves_this_process_where_it_is() -> None:
    """The process that asks stays in its namespaces, and the child is gone."""
    places = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "user")]
    kernel_features()
    assert places == [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "user")]
