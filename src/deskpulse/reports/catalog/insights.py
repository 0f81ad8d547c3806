"""The insights report: what came in, how it was handled, where it hurts, who did what, and what to do."""

from __future__ import annotations

from deskpulse.charts.formats import duration, value_text
from deskpulse.charts.model import ChartData, Series
from deskpulse.metrics.model import QueryResult
from deskpulse.reports.advice import advise
from deskpulse.reports.asking import Asking, ticket_row
from deskpulse.reports.model import AdviceList, Block, Grid, Heading, Numbers, Paragraph, Picture, Report

HEADLINE = (
    "tickets_created", "tickets_solved", "backlog", "first_reply_time_seconds_median",
    "full_resolution_time_seconds_median", "csat", "reopen_rate", "sentiment_mean", "one_touch_rate",
)  # fmt: skip
CUTS = ("channel", "category", "priority", "team", "sentiment_label", "language")
MOST_ROWS = 8
MOST_AGENTS = 15
TICKET_COLUMNS = ("ticket", "created", "team", "agent", "subject")
SLOWEST = "full_resolution_time_seconds_median"
OPEN = "status in new,open,pending,on_hold"


def build(asking: Asking) -> tuple[Block, ...]:
    """Ask for everything and return the blocks."""
    headline = asking.query(*HEADLINE, compare=True)
    if not headline.totals["tickets_created"].value and not headline.totals["tickets_solved"].value:
        return (Paragraph(text=f"No ticket was created or solved from {asking.period_text()}. Import a file, or name "
                               "another period."),)  # fmt: skip
    return (
        Paragraph(text=_summary(headline)),
        Numbers(items=tuple(asking.number(headline, metric) for metric in HEADLINE)),
        *_volume(asking),
        *_distributions(asking),
        *_problem_areas(asking),
        *_agents(asking),
        Heading(text="What to do"),
        AdviceList(items=advise(asking)),
    )


def _summary(headline: QueryResult) -> str:
    created, solved, backlog = (headline.totals[m] for m in ("tickets_created", "tickets_solved", "backlog"))
    told = f"{value_text(created.value, 'count')} tickets came in and {value_text(solved.value, 'count')} were solved"
    if backlog.value is not None:
        told += f"; {value_text(backlog.value, 'count')} were unsolved at the end"
        if backlog.compared is not None:
            told += f", {value_text(backlog.compared, 'count')} at the end of the period before"
    return told + "."


def _volume(asking: Asking) -> tuple[Block, ...]:
    grain = asking.grain()
    result = asking.query("tickets_created", "tickets_solved", grain=grain)
    periods = tuple(row.period or "" for row in result.rows)
    lines = tuple(
        Series(name=label, values=tuple(row.values[metric].value for row in result.rows))
        for metric, label in (("tickets_created", "Created"), ("tickets_solved", "Solved"))
    )
    counted = [(row.values["tickets_created"].value or 0, row.period) for row in result.rows]
    most, when = max(counted)
    data = ChartData(title="Tickets created and solved", categories=periods, series=lines, axis=grain, legend=True)
    caption = f"Tickets created and solved by {grain}; the most, {most:,.0f}, on {when}."
    return Heading(text="Volume"), Picture(kind="line", data=data, caption=caption)


def _distributions(asking: Asking) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading(text="What it was about")]
    for dimension in CUTS:
        found = asking.slices(dimension, "tickets_created", "full_resolution_time_seconds_median", "csat")
        total = sum(s.values["tickets_created"][0] or 0 for s in found)
        if len(found) < 2 or not total:
            continue
        rows = []
        for cut in found[:MOST_ROWS]:
            count = cut.values["tickets_created"][0] or 0
            resolution, score = cut.values["full_resolution_time_seconds_median"], cut.values["csat"]
            share, typical = f"{count / total * 100:.1f} %", value_text(resolution[0], "seconds")
            rows.append((cut.name, f"{count:,.0f}", share, typical, value_text(score[0], "ratio"), f"{score[1]:,}"))
        rest = len(found) - len(rows)
        name = dimension.removesuffix("_label").replace("_", " ")
        blocks.append(Grid(
            columns=(name, "tickets", "share", "resolution (median)", "CSAT", "answers"), rows=tuple(rows),
            numeric=frozenset(range(1, 6)), note=f"{rest} smaller ones not shown." if rest else "",
        ))  # fmt: skip
    return tuple(blocks) if len(blocks) > 1 else ()


def _problem_areas(asking: Asking) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading(text="Problem areas")]
    lists = (
        ("Very negative", ("sentiment_label=negative",), None, "sentiment", False, "most negative first"),
        ("Escalated", ("is_escalated=true",), None, "created_at", True, "newest first"),
        ("Urgent and unsolved", ("urgency in critical,high", OPEN), None, "created_at", False, "oldest first"),
        ("Slowest to resolve", (), SLOWEST, "full_resolution_seconds", True, "longest first"),
    )
    for title, where, metric, sort, descending, how in lists:
        page = asking.tickets(*where, metric=metric, sort=sort, descending=descending, limit=5)
        if not page.rows:
            continue
        rows = tuple(ticket_row(row) for row in page.rows)
        if metric:
            rows = tuple(
                (*row[:-1], f"{row[-1]} ({duration(found[sort])})") for row, found in zip(rows, page.rows, strict=True)
            )
        blocks.append(Paragraph(text=f"{title}: {page.total:,} tickets; {how}."))
        blocks.append(Grid(columns=TICKET_COLUMNS, rows=rows))
    blocks.extend(_repeat_customers(asking))
    return tuple(blocks) if len(blocks) > 1 else ()


def _repeat_customers(asking: Asking) -> tuple[Block, ...]:
    found = asking.slices("customer", "tickets_created", "sentiment_mean", "reopen_rate", top=6)
    often = [s for s in found if s.name != "other" and (s.values["tickets_created"][0] or 0) >= 3]
    if not often:
        return ()
    rows = tuple(
        (s.name, f"{s.values['tickets_created'][0]:,.0f}", value_text(s.values["sentiment_mean"][0], "score"),
         value_text(s.values["reopen_rate"][0], "ratio")) for s in often
    )  # fmt: skip
    return (
        Paragraph(text="Customers who wrote most often:"),
        Grid(columns=("customer", "tickets", "sentiment", "reopened"), rows=rows, numeric=frozenset({1, 2, 3})),
    )


def _agents(asking: Asking) -> tuple[Block, ...]:
    metrics = ("tickets_solved", "first_reply_time_seconds_median", "full_resolution_time_seconds_median", "csat",
               "reopen_rate", "one_touch_rate")  # fmt: skip
    found = asking.slices("agent", *metrics)
    if not found:
        return ()
    rows = tuple(
        (s.name, value_text(s.values["tickets_solved"][0], "count"), value_text(s.values[metrics[1]][0], "seconds"),
         value_text(s.values[metrics[2]][0], "seconds"), value_text(s.values["csat"][0], "ratio"),
         f"{s.values['csat'][1]:,}", value_text(s.values["reopen_rate"][0], "ratio"),
         value_text(s.values["one_touch_rate"][0], "ratio")) for s in found[:MOST_AGENTS]
    )  # fmt: skip
    rest = len(found) - len(rows)
    note = f"{rest} agents with fewer solved tickets not shown. " if rest else ""
    note += "A CSAT of few answers says little: mind the column beside it."
    columns = ("agent", "solved", "first reply", "resolution", "CSAT", "answers", "reopened", "one-touch")
    return (Heading(text="Agents"), Grid(columns=columns, rows=rows, numeric=frozenset(range(1, 8)), note=note))


INSIGHTS = Report(
    name="insights", label="Support insights", build=build,
    about="Volume, distributions, problem areas, agents and recommendations, with the numbers behind them.",
)  # fmt: skip
