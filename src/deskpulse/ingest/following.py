"""Brings the warehouse up to what people said since the last time: from a number that is kept with what was written."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.ingest.context import ImportContext
from deskpulse.warehouse import Transaction


def follow(
    context: ImportContext,
    cursor: str,
    last: Callable[[str], int],
    apply: Callable[[ImportContext, Transaction], int],
    *,
    again: bool = False,
) -> int:
    """Call `apply` until the number under `cursor` is the `last` of the workspace; return what it returned, added up.

    `apply` keeps the number in its transaction, so that what a crash left is applied by the next opening. With `again`
    everything is applied anew.
    """
    changed = 0
    if again:
        context.warehouse.write(lambda transaction: transaction.set_cursor(cursor, "0"))
    while int(context.warehouse.cursor(cursor) or 0) < last(context.workspace):
        changed += context.warehouse.write(lambda transaction: apply(context, transaction))
    return changed
