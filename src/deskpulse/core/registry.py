"""Collect what the modules of a catalogue package declare: one thing, one file."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import Protocol, TypeVar


class Named(Protocol):
    """Anything with a name that is unique in its catalogue."""

    @property
    def name(self) -> str:
        """Return the name."""
        ...


T = TypeVar("T", bound=Named)


def collect(package: ModuleType, kind: type[T], *, plugins: str | None = None) -> dict[str, T]:
    """Return every `kind` declared at module level under `package`, by name.

    A declaration is a module-level value, or an item of a module-level tuple or list.
    `plugins` names an entry-point group whose objects join the catalogue.
    Two different declarations of one name raise ValueError.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            for item in value if isinstance(value, tuple | list) else (value,):
                if isinstance(item, kind):
                    _add(found, item, module.__name__)
    if plugins is not None:
        for point in sorted(entry_points(group=plugins), key=lambda p: p.name):
            item = point.load()
            if not isinstance(item, kind):
                raise TypeError(f"plugin {point.name!r} of {plugins!r} is no {kind.__name__}")
            _add(found, item, point.value)
    return found


def _add(found: dict[str, T], item: T, where: str) -> None:
    if found.setdefault(item.name, item) is not item:
        raise ValueError(f"two {type(item).__name__} named {item.name!r} (the second in {where})")
