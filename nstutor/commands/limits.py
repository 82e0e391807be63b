"""The options of `nstutor check` that bound what one submission may use."""

from __future__ import annotations

import argparse

from nstutor.grading.limits import MIB, GradingLimits
from nstutor.text.i18n import _

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_LEAST_MEMORY = 64 * MIB
"""Below that bash and ip do not run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    usual = GradingLimits()
    group = parser.add_argument_group(_("limits for each submission"))
    group.add_argument(
        "--command-limit",
        metavar=_("SECONDS"),
        type=_seconds,
        default=usual.command_seconds,
        help=_("time for each command (default: 30)"),
    )
    group.add_argument(
        "--limit",
        metavar=_("SECONDS"),
        type=_seconds,
        default=usual.total_seconds,
        help=_("time for the whole submission (default: 120)"),
    )
    group.add_argument(
        "--output-limit",
        metavar=_("SIZE"),
        type=_size,
        default=usual.output_bytes,
        help=_("output of each command (default: 16M)"),
    )
    group.add_argument(
        "--memory",
        metavar=_("SIZE"),
        type=_memory,
        default=usual.memory_bytes,
        help=_("memory of all its processes and files in memory (default: 1G)"),
    )
    group.add_argument(
        "--processes",
        metavar="N",
        type=_number,
        default=usual.world.processes,
        help=_("processes at a time (default: %(default)d)"),
    )
    group.add_argument(
        "--namespaces",
        metavar="N",
        type=_number,
        default=usual.world.namespaces,
        help=_("network namespaces besides host (default: %(default)d)"),
    )
    group.add_argument(
        "--file-size",
        metavar=_("SIZE"),
        type=_size,
        default=usual.world.file_size,
        help=_("size of a file (default: 64M)"),
    )
    group.add_argument(
        "--home-size",
        metavar=_("SIZE"),
        type=_size,
        default=usual.world.tmp_bytes,
        help=_("size of its home, and of /tmp (default: 64M)"),
    )


def limits_of(arguments: argparse.Namespace) -> GradingLimits:
    """The bounds that the options ask for."""
    usual = GradingLimits()
    world = usual.world._replace(
        processes=arguments.processes,
        namespaces=arguments.namespaces,
        file_size=arguments.file_size,
        tmp_bytes=arguments.home_size,
    )
    limits = GradingLimits(arguments.command_limit, arguments.limit, arguments.output_limit, world=world)
    return limits.with_memory(arguments.memory)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(_("must be a number of seconds above 0"))
    return value


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 20):
        raise argparse.ArgumentTypeError(_("must be a number above 0"))
    return int(text)


def _size(text: str) -> int:
    """Bytes, or with a unit that counts by 1,024: 512K, 64M, 2G."""
    digits = text.rstrip("KMGkmg")
    unit = _UNITS.get(text[len(digits) :].upper())
    if unit is None or not (digits.isascii() and digits.isdigit() and 0 < int(digits) * unit < 1 << 50):
        raise argparse.ArgumentTypeError(_("must be a size such as 512K, 64M or 2G"))
    return int(digits) * unit


def _memory(text: str) -> int:
    size = _size(text)
    if size < _LEAST_MEMORY:
        least = _("must be at least {size}: bash itself needs some").format(size=f"{_LEAST_MEMORY // MIB}M")
        raise argparse.ArgumentTypeError(least)
    return size
