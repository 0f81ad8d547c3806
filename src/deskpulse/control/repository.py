"""What the repositories share: the database under them, checked names, pages of a list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from deskpulse.control.database import Database
from deskpulse.control.schema import KEY_CHARS, printable
from deskpulse.core.errors import InputError, LimitError

T = TypeVar("T")


class Repository:
    """Access to one subject's tables; every method names the workspace it stays in."""

    def __init__(self, database: Database) -> None:
        self._database = database


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list; `cursor` asks for the next one, None after the last."""

    items: tuple[T, ...]
    cursor: str | None


def checked(kind: str, value: str, most: int = KEY_CHARS) -> str:
    """Return the name or key `value`, or raise InputError when it is empty or longer than `most` characters."""
    if not 1 <= len(value) <= most:
        raise InputError(f"{kind} {printable(value[:80])!r} must have 1 to {most} characters.", hint="Shorten it.")
    return value


def counts_by(database: Database, column: InstrumentedAttribute[str], where: ColumnElement[bool]) -> dict[str, int]:
    """Return how many rows that `where` keeps have each value of `column`."""
    statement = select(column, func.count()).where(where).group_by(column).order_by(column)
    with database.read() as connection:
        return {value: int(count) for value, count in connection.execute(statement)}


def newest_first(
    database: Database,
    statement: Select[*tuple[Any, ...]],
    make: Callable[..., T],
    *,
    order: tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[str]],
    limit: int,
    cursor: str | None,
    most: int,
) -> Page[T]:
    """Return a page of at most `limit` rows of `statement` as `make` makes them, from behind `cursor`.

    `order` are the columns of creation and id. InputError for a bad limit or cursor, LimitError above `most`.
    """
    if limit < 1:
        raise InputError(f"A page cannot hold {limit} rows.", hint="Ask for 1 or more.")
    if limit > most:
        raise LimitError(f"A page of {limit} rows is more than {most}.", setting="page_max_rows")
    created, key = order
    if cursor is not None:
        statement = statement.where(_behind(cursor, created, key))
    with database.read() as connection:
        rows = connection.execute(statement.order_by(created.desc(), key.desc()).limit(limit + 1)).all()
    items = tuple(make(**row._mapping) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(items=items, cursor=None)
    last = rows[limit - 1]._mapping
    return Page(items=items, cursor=_cursor_at(last[created.key], last[key.key]))


def _cursor_at(created: datetime, key: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([created.isoformat(), key])).decode().rstrip("=")


def _behind(
    cursor: str, created: InstrumentedAttribute[datetime], key: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    try:
        moment, last = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        when = datetime.fromisoformat(moment)
        if when.tzinfo is None or not isinstance(last, str):
            raise ValueError("not a cursor of ours")
    except (ValueError, TypeError, binascii.Error) as error:
        raise InputError("The list cannot go on from this cursor.", hint="Use one that a page gave.") from error
    return tuple_(created, key) < tuple_(when, last)
