"""Recommendations by rules over measured evidence: said only when the difference is more than chance."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.charts.formats import duration
from deskpulse.reports.asking import Asking
from deskpulse.reports.model import Advice, Slice
from deskpulse.reports.significance import SURE, rate_deviate, rest_rate, share_deviate

LEAST_ROWS = 30
"""A part with fewer rows is not judged."""
SLOWER = 1.5
"""How many times slower than all together counts as slow."""
BACKLOG_GROWTH = 0.2
MOST_ADVICE = 8
Weighted = tuple[float, Advice]


def advise(asking: Asking) -> tuple[Advice, ...]:
    """Return the recommendations, the one that touches most tickets first."""
    rules: tuple[Callable[[Asking], list[Weighted]], ...] = (
        _dissatisfied, _reopened, _slow_to_reply, _growing_topics, _growing_backlog,
    )  # fmt: skip
    found = [advice for rule in rules for advice in rule(asking)]
    return tuple(advice for _, advice in sorted(found, key=lambda item: -item[0])[:MOST_ADVICE])


def _rate_outliers(asking: Asking, metric: str, dimension: str, sign: int) -> list[tuple[Slice, float, int, float]]:
    """Return slices whose rate differs from all others' beyond chance: slice, rate, n, others' rate."""
    total = asking.query(metric).totals[metric]
    if total.value is None:
        return []
    found = []
    for cut in asking.slices(dimension, metric):
        rate, n = cut.values[metric]
        if rate is None or n < LEAST_ROWS:
            continue
        others, others_n = rest_rate(rate, n, total.value, total.n)
        if others_n >= LEAST_ROWS and sign * rate_deviate(rate, n, others, others_n) > SURE:
            found.append((cut, rate, n, others))
    return found


def _dissatisfied(asking: Asking) -> list[Weighted]:
    advice = []
    for dimension, act in (("team", "Read its low-scored tickets together and agree on what to change."),
                           ("category", "Find the two or three causes behind the low scores and fix or explain them."),
                           ("channel", "Compare its replies with those of the better channels.")):  # fmt: skip
        for cut, rate, n, others in _rate_outliers(asking, "csat", dimension, -1):
            said = f"CSAT is {rate:.0%} from {n:,} answers, against {others:.0%} elsewhere."
            lost = (others - rate) * n
            title = f"Customers of {cut.name} ({dimension}) are less satisfied"
            advice.append((lost, Advice(title=title, evidence=said, action=act, where=(f"{dimension}={cut.name}",))))
    return advice


def _reopened(asking: Asking) -> list[Weighted]:
    advice = []
    for dimension in ("category", "team"):
        for cut, rate, n, others in _rate_outliers(asking, "reopen_rate", dimension, 1):
            said = f"{rate:.1%} of {n:,} solved tickets were reopened, against {others:.1%} elsewhere."
            act = "Check what the first answers missed; a checklist or an article usually helps."
            advice.append(((rate - others) * n, Advice(title=f"{cut.name} ({dimension}) is reopened more often",
                                                       evidence=said, action=act,
                                                       where=(f"{dimension}={cut.name}",))))  # fmt: skip
    return advice


def _slow_to_reply(asking: Asking) -> list[Weighted]:
    metric = "first_reply_time_seconds_median"
    usual = asking.query(metric).totals[metric].value
    advice = []
    for cut in asking.slices("team", metric) if usual else ():
        value, n = cut.values[metric]
        if usual and value is not None and n >= LEAST_ROWS and value > SLOWER * usual:
            said = f"Half of its {n:,} first replies took longer than {duration(value)}; over all teams it is "
            said += f"{duration(usual)}."
            act = "Compare its staffing with its hours of arrival, or route part of its tickets elsewhere."
            advice.append((n * (1 - usual / value), Advice(title=f"{cut.name} replies late", evidence=said, action=act,
                                                           where=(f"team={cut.name}",))))  # fmt: skip
    return advice


def _growing_topics(asking: Asking) -> list[Weighted]:
    result = asking.query("tickets_created", by=("category",), compare=True)
    total = sum(row.values["tickets_created"].value or 0 for row in result.rows)
    before = sum(row.values["tickets_created"].compared or 0 for row in result.rows)
    advice = []
    for row in result.rows:
        name, now_count = row.by[0], row.values["tickets_created"].value or 0
        was = row.values["tickets_created"].compared or 0
        if name is None or now_count < LEAST_ROWS or share_deviate(now_count, total, was, before) <= SURE:
            continue
        said = (
            f"{now_count:,.0f} tickets, {now_count / total:.1%} of all, against {was:,.0f} ({was / before:.1%}) in the "
        )
        said += "period before."
        act = "Read the newest of them for the cause, and answer it once where all can see it."
        grown = now_count - was / before * total
        advice.append(
            (grown, Advice(title=f"{name} is growing", evidence=said, action=act, where=(f"category={name}",)))
        )
    return advice


def _growing_backlog(asking: Asking) -> list[Weighted]:
    backlog = asking.query("backlog", compare=True).totals["backlog"]
    if not backlog.value or not backlog.compared or backlog.value < LEAST_ROWS:
        return []
    growth = backlog.value / backlog.compared - 1
    if growth < BACKLOG_GROWTH:
        return []
    said = (
        f"{backlog.value:,.0f} tickets were unsolved at the end, {growth:+.0%} against {backlog.compared:,.0f} before."
    )
    act = "Plan hours for the oldest ones first; more comes in than is solved."
    where = ("status in new,open,pending,on_hold",)
    return [
        (backlog.value - backlog.compared, Advice(title="The backlog grows", evidence=said, action=act, where=where))
    ]
