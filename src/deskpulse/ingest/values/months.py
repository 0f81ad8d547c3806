"""Month names and abbreviations of the languages that help desks export in."""

from __future__ import annotations

import polars as pl

_NAMES = """
1 january jan januar jän jän. jänner janvier janv enero ene janeiro gennaio gen januari
2 february feb februar febr février fevrier févr fevr febrero fevereiro fev febbraio februari
3 march mar märz maerz mrz mär mars marzo março marco maart mrt
4 april apr avril avr abril abr aprile
5 may mai mayo maio maggio mag mei
6 june jun juni juin junio junho giugno giu
7 july jul juli juillet juil julio julho luglio lug
8 august aug août aout agosto ago augustus
9 september sep sept septembre septiembre setiembre setembro set settembre
10 october oct oktober okt octobre octubre outubro out ottobre ott
11 november nov novembre noviembre novembro
12 december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre
"""

MONTHS: dict[str, int] = {
    name: int(number) for number, *names in (line.split() for line in _NAMES.strip().splitlines()) for name in names
}


def month_number(name: pl.Expr) -> pl.Expr:
    """Return the month (1 to 12) that a lower-case name means, null where it is none."""
    return name.replace_strict(list(MONTHS), list(MONTHS.values()), default=None, return_dtype=pl.Int32)
