"""nstutor: a guided lab for Linux network namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    class _Fields(type):
        """Makes a named tuple of a class whose annotations are its fields.

        typing's own does the same, and first compiles each annotation, which takes twice as long as all the rest; every
        start waits for some sixty of them.
        """

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = body.get("__annotations__", {})
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body.pop("__module__"))
            for member, value in body.items():
                setattr(made, member, value)
            return made

    class NamedTuple(metaclass=_Fields):
        """typing.NamedTuple, defined faster."""
