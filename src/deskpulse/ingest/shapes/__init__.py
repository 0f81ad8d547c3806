"""The shapes that files come in, one file a group; `SHAPES` holds them by name."""

from __future__ import annotations

from functools import cache

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.ingest.shapes.model import Shape, Target

__all__ = ["Shape", "Target", "shape_named", "shapes"]


@cache
def shapes() -> dict[str, Shape]:
    """Return every shape by name."""
    import deskpulse.ingest.shapes as catalogue

    return collect(catalogue, Shape)


def shape_named(name: str) -> Shape:
    """Return the shape called `name`; UnknownNameError when there is none."""
    found = shapes().get(name)
    if found is None:
        raise UnknownNameError("shape", name, set(shapes()))
    return found
