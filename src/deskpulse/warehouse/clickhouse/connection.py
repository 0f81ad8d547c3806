"""Connections to a ClickHouse server, or to its engine inside this process, and single statements on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.errors import BusyError, DeskpulseError, InputError, LimitError, StorageError
from deskpulse.core.ids import new_id
from deskpulse.core.settings import Settings
from deskpulse.warehouse.clickhouse.tables import GIVEN
from deskpulse.warehouse.clickhouse.translate import VERSION, Change, Names, Query, alive_rows, translate
from deskpulse.warehouse.engine import Given, Params

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

EMBEDDED = "chdb"
SCHEMES = (EMBEDDED, "clickhouse", "clickhouses")
# With these ClickHouse means what the warehouse's SQL means: unknown is null, not 0 or an empty text.
_MEANING: dict[str, Any] = {
    "join_use_nulls": 1, "aggregate_functions_null_for_empty": 1, "prefer_column_name_to_alias": 1,
    "cast_keep_nullable": 1, "joined_subquery_requires_alias": 0, "union_default_mode": "DISTINCT",
    "max_partitions_per_insert_block": 0, "lightweight_deletes_sync": 2, "mutations_sync": 2,
    "insert_null_as_default": 0,
    "date_time_input_format": "best_effort",
}  # fmt: skip
MOST_BOUND = 2_000  # up to so many keys are bound as a list, more are placed in a table
_TIMEOUT, _MEMORY, _NO_SPACE, _DENIED, _ABSENT = 159, 241, (243, 1001), (193, 516, 497), (209, 210, 279)


class Connections:
    """The connections of one warehouse: borrowed for a reader or the writer, kept for the next."""

    def __init__(self, url: str, settings: Settings) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in SCHEMES:
            raise InputError(
                f"A warehouse URL begins with {', '.join(s + '://' for s in SCHEMES)}, not {self._url.scheme!r}.",
                hint="Leave DESKPULSE_WAREHOUSE_URL empty for DuckDB files in the data folder.",
            )
        self.is_embedded = self._url.scheme == EMBEDDED
        self._settings = settings
        self._idle: list[Client] = []
        self._all: list[Client] = []
        self._lock = threading.Lock()
        self._is_closed = False

    @contextmanager
    def borrow(self) -> Iterator[Client]:
        """Give a connection that nobody else uses meanwhile."""
        with self._lock:
            client = self._idle.pop() if self._idle else None
        if client is None:
            client = self._connect()
            with self._lock:
                self._all.append(client)
        try:
            yield client
        finally:
            with self._lock:
                self._idle.append(client)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            clients, self._all, self._idle = self._all, [], []
        for client in clients:
            client.close()

    def _connect(self) -> Client:
        try:
            import clickhouse_connect
            from clickhouse_connect.driver.exceptions import Error
        except ImportError as error:
            raise InputError(
                "A ClickHouse warehouse needs the libraries clickhouse-connect and, for chdb://, chdb.",
                hint="Install them: pip install 'deskpulse[clickhouse]'.",
            ) from error
        wanted = dict(_MEANING)
        if self._settings.clickhouse_memory:
            wanted["max_memory_usage"] = self._settings.clickhouse_memory
        url = self._url
        try:
            if self.is_embedded:
                return clickhouse_connect.get_client(interface=EMBEDDED, path=url.path or None, settings=wanted)
            return clickhouse_connect.get_client(
                host=url.hostname or "localhost", port=url.port or 0, secure=url.scheme == "clickhouses",
                username=unquote(url.username or "default"), password=unquote(url.password or ""),
                settings=wanted, autogenerate_session_id=False, form_encode_query_params=True,
                connect_timeout=10, send_receive_timeout=self._settings.query_timeout_seconds + 300,
            )  # fmt: skip
        except ImportError as error:
            raise InputError(
                "A chdb:// warehouse needs the library chdb.", hint="Install it: pip install 'deskpulse[clickhouse]'."
            ) from error
        except Error as error:
            raise translated(error) from error


class Statements:
    """Statements on one connection, in one database, that see one version of the rows."""

    def __init__(
        self, client: Client, database: str, version: int, dead: frozenset[str], *, timeout_seconds: float | None = None
    ) -> None:
        self.client = client
        self.database = database
        self.version = version
        self.dead = dead
        self._timeout_seconds = timeout_seconds

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> pa.Table:
        """Return the result of a question in the warehouse's SQL as an Arrow table."""
        with self._placed(given) as tables:
            found, values = self.translated(sql, params, tables)
            if not isinstance(found, Query):
                raise DeskpulseError("The warehouse refused a statement: a reader does not change rows.")
            return self.native(found.sql, values)

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Return the result as tuples."""
        result = self.arrow(sql, params)
        frame = pl.from_arrow(result.rename_columns([str(i) for i in range(result.num_columns)]))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  narrows the type
        return frame.rows()

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def translated(
        self, sql: str, params: Params, tables: Mapping[str, str] | None = None
    ) -> tuple[Query | Change, dict[str, Any]]:
        """Return a statement in ClickHouse's form, and the values it binds."""
        values = _values(params)
        types = tuple((name, _type_of(value)) for name, value in values.items())
        names = Names(self.database, tuple((tables or {}).items()), self.dead)
        return translate(sql, types, names), values

    def native(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the result of a question in ClickHouse's own SQL as an Arrow table of plain types."""
        settings = {"max_execution_time": self._timeout_seconds} if self._timeout_seconds else {}
        with self._running():
            found = self.client.query_arrow(sql, parameters=self._bound(sql, values), settings=settings)
        return plain(found)

    def found(self, table: str, columns: str, keys: str, wanted: pa.Table) -> pa.Table:
        """Return `columns` of the rows of `table` whose `keys` are among those `wanted`."""
        alive = alive_rows(table, Names(self.database, (), self.dead))
        rows = f"SELECT {columns} FROM {self.database}.{table} WHERE {alive}"
        if wanted.num_columns == 1 and wanted.num_rows <= MOST_BOUND:
            values = {"keys": wanted.column(0).to_pylist()}
            among = "{keys:Array(String)}"
            return self.native(
                f"SELECT {columns} FROM {self.database}.{table} WHERE {alive} AND {keys} IN {among}", values
            )
        with self._placed({"wanted": wanted}) as placed:
            among = f"(SELECT {keys} FROM {self.database}.{placed['wanted']})"
            return self.native(f"{rows} AND ({keys}) IN {among}")

    def command(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement in ClickHouse's own SQL to its end."""
        with self._running():
            self.client.command(sql, parameters=self._bound(sql, values))

    def _bound(self, sql: str, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return the values that `sql` has places for; None when there are none.

        Values without a place would make the client write them into the text itself.
        """
        every = {**(values or {}), VERSION: self.version}
        return {name: value for name, value in every.items() if f"{{{name}:" in sql} or None

    def insert(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table, as they are."""
        if rows.num_rows:
            with self._running():
                self.client.insert_arrow(f"{self.database}.{table}", rows)

    @contextmanager
    def _placed(self, given: Given) -> Iterator[dict[str, str]]:
        """Make Arrow tables readable as tables for as long as a statement needs them."""
        placed: dict[str, str] = {}
        try:
            for name, rows in (given or {}).items():
                placed[name] = new_id(GIVEN)
                columns = ", ".join(f"`{f.name}` {_column_type(f.type)}" for f in rows.schema)
                self.command(f"CREATE TABLE {self.database}.{placed[name]} ({columns}) ENGINE = Memory")
                self.insert(placed[name], rows)
            yield placed
        finally:
            for name in placed.values():
                self.command(f"DROP TABLE IF EXISTS {self.database}.{name}")

    @contextmanager
    def _running(self) -> Iterator[None]:
        from clickhouse_connect.driver.exceptions import Error

        try:
            yield
        except Error as error:
            if self._timeout_seconds and getattr(error, "code", None) == _TIMEOUT:
                raise LimitError(
                    f"The query was stopped after {self._timeout_seconds:g} seconds.", setting="query_timeout_seconds"
                ) from error
            raise translated(error) from error


def translated(error: Exception) -> DeskpulseError:
    """Return the error of our tree that says what ClickHouse's `error` means."""
    text = str(error).split("\n", 1)[0]
    code = getattr(error, "code", None)
    if code == _MEMORY:
        return LimitError(f"The query needs more memory than it may use: {text}", setting="clickhouse_memory")
    if code in _NO_SPACE and "space" in text:
        return StorageError(f"ClickHouse's disk is full: {text}", hint="Free some space; committed data is safe.")
    if code in _DENIED:
        return StorageError(
            f"ClickHouse refused the user: {text}", hint="Check the user and password in DESKPULSE_WAREHOUSE_URL."
        )
    if "engine" in text and ("path" in text or "lock" in text.lower()):
        return BusyError(
            f"ClickHouse's engine cannot be opened here: {text}",
            hint="One process holds a chdb folder at a time, and one folder only.",
        )
    if code is None or code in _ABSENT:
        return StorageError(
            f"ClickHouse cannot be reached: {text}", hint="Check DESKPULSE_WAREHOUSE_URL and that the server runs."
        )
    return DeskpulseError(f"The warehouse refused a statement: {text}")


def _values(params: Params) -> dict[str, Any]:
    named = params if isinstance(params, Mapping) else {f"p{i}": value for i, value in enumerate(params or ())}
    found = {}
    for name, value in named.items():
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise InputError(f"The time {value} has no time zone.", hint="Give times in UTC, with their zone.")
            value = value.astimezone(UTC)  # noqa: PLW2901  the same moment
        found[name] = list(value) if isinstance(value, tuple | set | frozenset) else value
    return found


def _type_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return f"Array({_type_of(value[0]) if value else 'String'})"
    for kind, name in ((bool, "Bool"), (int, "Int64"), (float, "Float64"), (datetime, "DateTime64(6, 'UTC')"),
                       (date, "Date32"), (str, "String")):  # fmt: skip
        if isinstance(value, kind):
            return name
    raise InputError(f"A value of type {type(value).__name__} cannot be bound.")


def _column_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "Nullable(DateTime64(6, 'UTC'))"
    if pa.types.is_integer(kind):
        return "Nullable(Int64)"
    if pa.types.is_floating(kind):
        return "Nullable(Float64)"
    if pa.types.is_boolean(kind):
        return "Nullable(Bool)"
    if pa.types.is_date(kind):
        return "Nullable(Date32)"
    return "Nullable(String)"


def plain(result: pa.Table) -> pa.Table:
    """Return a result with the types that the warehouse promises: int64, float64, and lists that may be unknown."""
    for index, field in enumerate(result.schema):
        column, kind = result.column(index), field.type
        if pa.types.is_decimal(kind) or (pa.types.is_integer(kind) and kind != pa.int64()):
            wanted = pa.float64() if pa.types.is_decimal(kind) and kind.scale else pa.int64()
            column = pc.cast(column, wanted)
        elif pa.types.is_floating(kind) and kind != pa.float64():
            column = pc.cast(column, pa.float64())
        elif pa.types.is_list(kind):
            column = _lists(column)
        elif pa.types.is_null(kind):
            column = pc.cast(column, pa.string())
        else:
            continue
        result = result.set_column(index, field.name, column)
    return result


def _lists(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return lists as they were given: a list of one unknown text is an unknown list."""
    lists = pl.Series("x", column)
    if lists.dtype == pl.List(pl.String):
        unknown = (lists.list.len() == 1) & lists.list.first().is_null()
        lists = pl.select(pl.when(~unknown).then(lists)).to_series()
    return pa.chunked_array([lists.to_arrow().cast(pa.list_(pa.string()))])
