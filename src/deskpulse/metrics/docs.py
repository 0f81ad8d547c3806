"""The page `docs/metrics.md`, written from the catalogue: `python -m deskpulse.metrics.docs` prints its text."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.facts import FACTS
from deskpulse.metrics.lookup import METRICS, dimensions_of
from deskpulse.metrics.model import Metric

_INTRODUCTION = """\
Every number on a page, in a report, in an answer of the API or on the command line is one of these. Each is declared
once, with a check: SQL written another way, which the tests hold against it on random data.

- No data is no value, never 0. A count is 0 where data could be, and has no value before the first and after the last
  moment of the data. `n`, the number of rows behind a value, stands beside every value.
- Spam and deleted tickets count nowhere. Tickets with impossible times (solved before created, for instance) are left
  out of times; `explain` says how many.
- A ratio over several groups or periods is computed from their rows, never as a mean of ratios. Percentiles likewise.
- Periods are half-open: a moment at the border belongs to the later period. Days, weeks and hours are those of the
  time zone asked for; a day on which the clock changes has 23 or 25 hours.
- A dimension of a survey that the survey itself lacks is read from its ticket.
- A number made of several others has no value where one of them has none, and only the dimensions that all have.
- Times that last (states of agents, shifts) are cut to each period: what lasts over midnight counts in both days, each
  its part. What has not ended lasts until the latest moment of the data.
"""

_UNITS = {
    "count": "a count",
    "ratio": "a share from 0 to 1",
    "seconds": "seconds",
    "score": "a score",
    "money": "money",
    "per_ticket": "per ticket",
}
_BETTER = {"up": "more is better", "down": "less is better", "none": "neither way is better"}
_OVER_TIME = {
    "sum": "Periods may be added.",
    "last": "A level: the value of a longer period is that of its end (or start), never a sum.",
    "none": "Periods are not added: a longer period is computed from its rows.",
}


def metrics_markdown() -> str:
    """Return the page: every metric's meaning, formula and check, and every dimension."""
    lines = ["# Metrics", "", *_INTRODUCTION.splitlines(), "", "| metric | label | unit |", "|---|---|---|"]
    lines += [f"| [`{m.name}`](#{m.name}) | {m.label} | {_UNITS[m.unit]} |" for m in METRICS.values()]
    for metric in METRICS.values():
        lines += ["", *_metric(metric)]
    lines += ["", "## Dimensions", "", "| dimension | meaning | values, in order | of |", "|---|---|---|---|"]
    for dimension in DIMENSIONS.values():
        facts = ", ".join(f.name for f in FACTS.values() if dimension.name in f.dimensions)
        lines.append(f"| `{dimension.name}` | {dimension.about} | {_listed(dimension.order)} | {facts} |")
    return "\n".join(lines) + "\n"


def _metric(metric: Metric) -> Iterable[str]:
    yield f"## {metric.name}"
    yield ""
    yield f"**{metric.label}.** {metric.about}"
    yield ""
    yield f"- Formula: {metric.formula}."
    yield f"- Unit: {_UNITS[metric.unit]}; {_BETTER[metric.better]}. {_OVER_TIME[metric.over_time]}"
    yield from _made_of(metric)
    if metric.settings:
        yield f"- Depends on the settings {', '.join(f'`{name}`' for name in metric.settings)}."
    yield ""
    yield "```sql"
    yield f"-- check, over [$start, $end)\n{metric.check_sql}"
    yield "```"


def _made_of(metric: Metric) -> Iterable[str]:
    if metric.parts:
        parts = [f"[`{name}`](#{name})" for name in metric.parts]
        yield f"- Made of {', '.join(parts)}; null where one is missing. `n` and its rows are those of {parts[-1]}."
        if metric.optional:
            names = ", ".join(f"`{name}`" for name in metric.optional)
            yield f"- Where the workspace has no data of it at all, 0 is taken for {names}, and the answer says so."
        yield f"- Dimensions: {', '.join(f'`{name}`' for name in dimensions_of(metric))}."
        return
    by = f"a row's period is that of `{metric.moment}`"
    if metric.is_interval:
        by = f"a row counts in every period that it touches from `{metric.moment}` to `{metric.fact.until}`, cut to it"
    elif metric.is_level:
        at = "start" if metric.is_start else "end"
        by = f"a row counts when the {at} of the period lies between its `{metric.opens}` and `{metric.closes}`"
    yield f"- Made of `{metric.fact.table}`, {metric.fact.grain}; {by}."


def _listed(values: tuple[str, ...]) -> str:
    shown = values if len(values) <= 12 else (*values[:2], "…", values[-1])
    return ", ".join(shown).replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(metrics_markdown())
