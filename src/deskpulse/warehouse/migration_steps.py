"""What a migration of the warehouse may do: columns and tables that came new, or a statement."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse.warehouse.schema import Kind


@dataclass(frozen=True)
class AddColumn:
    """A column that a table gained; its kept previous rows gain it too."""

    table: str
    name: str
    kind: Kind


@dataclass(frozen=True)
class CreateTable:
    """A table that came new, with its columns as they were then."""

    table: str
    columns: tuple[tuple[str, Kind], ...]
    is_entity: bool = True


@dataclass(frozen=True)
class Sql:
    """Any other change, as one statement."""

    statement: str


Step = AddColumn | CreateTable | Sql


@dataclass(frozen=True)
class Migration:
    """The steps from version `version - 1` to `version`."""

    version: int
    about: str
    steps: tuple[Step, ...]
