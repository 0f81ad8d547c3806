"""Checks that Arrow rows fit a table before an engine writes them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.errors import InputError
from deskpulse.warehouse.schema import ARROW_TYPES, Column, Kind, Table


def conform(table: Table, rows: pa.Table) -> pa.Table:
    """Return `rows` with the columns of `table` that it has, each in the table's Arrow type.

    Casts that lose nothing are made (int to float, large or dictionary text to text, finer times to
    microseconds, NaN to null); anything else raises InputError and names the column. Keys must be
    there, not null, and not repeat.
    """
    if len(set(rows.column_names)) < rows.num_columns:
        raise InputError(f"Rows for {table.name} name a column twice.", table=table.name)
    unknown = sorted(set(rows.column_names) - set(table.column_names))
    if unknown:
        raise InputError(
            f"Table {table.name} has no column {unknown[0]!r}.",
            hint="Columns without a place belong into extra.", table=table.name, columns=unknown,
        )  # fmt: skip
    missing = [k for k in table.key if k not in rows.column_names]
    if missing:
        raise InputError(f"Rows for {table.name} lack their key {missing[0]!r}.", table=table.name, columns=missing)
    columns = [c for c in table.columns if c.name in rows.column_names]
    conformed = pa.table([_column(table, c, rows.column(c.name)) for c in columns], names=[c.name for c in columns])
    _check_keys(table, conformed)
    return conformed


def _check_keys(table: Table, rows: pa.Table) -> None:
    for name in table.key:
        if rows.column(name).null_count:
            raise InputError(f"Rows for {table.name} have no {name} in {rows.column(name).null_count} of them.")
    keys = rows.select(list(table.key))
    if keys.num_columns == 1 and pc.count_distinct(keys.column(0)).as_py() == keys.num_rows:
        return
    groups = keys.group_by(list(table.key)).aggregate([([], "count_all")])
    if groups.num_rows < rows.num_rows:
        repeated = groups.filter(pc.greater(groups.column("count_all"), 1))
        example = ", ".join(str(repeated.column(k)[0].as_py()) for k in table.key)
        raise InputError(
            f"Rows for {table.name} repeat {repeated.num_rows} keys, such as {example!r}.",
            hint="Keep one row per key.", table=table.name,
        )  # fmt: skip


def _column(table: Table, column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    wanted = ARROW_TYPES[column.kind]
    if not _allowed(column.kind, values.type):
        if column.kind == "time" and pa.types.is_timestamp(values.type):
            raise InputError(
                f"Column {column.name} of {table.name} holds times without a time zone.",
                hint="Give every time its zone; times are stored in UTC.", table=table.name, column=column.name,
            )  # fmt: skip
        raise InputError(
            f"Column {column.name} of {table.name} holds {values.type}, not {column.kind} ({wanted}).",
            table=table.name, column=column.name,
        )  # fmt: skip
    if pa.types.is_null(values.type):
        return pa.chunked_array([pa.nulls(len(values), wanted)])
    try:
        # Finer times are cut to microseconds; every other cast must lose nothing.
        cast = values if values.type == wanted else pc.cast(values, wanted, safe=column.kind not in ("time", "float"))
    except pa.ArrowInvalid as error:
        raise InputError(f"Column {column.name} of {table.name} cannot be kept as {column.kind}: {error}") from error
    return _finite(table, column, cast) if column.kind == "float" else cast


def _finite(table: Table, column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pc.any(pc.is_inf(values)).as_py():
        raise InputError(f"Column {column.name} of {table.name} holds an infinite number.", column=column.name)
    if pc.any(pc.is_nan(values)).as_py():
        return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    return values


def _allowed(kind: Kind, given: pa.DataType) -> bool:
    if pa.types.is_dictionary(given):
        given = given.value_type
    if pa.types.is_null(given):
        return True
    if kind in ("text", "json"):
        return _is_text(given)
    if kind == "texts":
        is_list = pa.types.is_list(given) or pa.types.is_large_list(given) or pa.types.is_fixed_size_list(given)
        return is_list and (_is_text(given.value_type) or pa.types.is_null(given.value_type))
    if kind == "int":
        return bool(pa.types.is_integer(given))
    if kind == "float":
        return bool(pa.types.is_integer(given) or pa.types.is_floating(given) or pa.types.is_decimal(given))
    if kind == "bool":
        return bool(pa.types.is_boolean(given))
    if kind == "time":
        return bool(pa.types.is_timestamp(given) and given.tz is not None)
    return bool(pa.types.is_date(given))


def _is_text(given: pa.DataType) -> bool:
    return bool(pa.types.is_string(given) or pa.types.is_large_string(given) or pa.types.is_string_view(given))
