"""Who writes in the sample world: customers and their companies, more of them from month to month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from deskpulse.demo.arrays import DAY, NEVER, Bools, Ints, dice, micros, picked, times, worded
from deskpulse.demo.calendar import REGIONS
from deskpulse.demo.cast import FIRST, LAST
from deskpulse.demo.incidents import Timeline
from deskpulse.demo.phrases import LANGUAGES

_COMPANY = (
    "Northwind", "Alder", "Bluefin", "Copperleaf", "Driftwood", "Ember", "Foxglove", "Granite", "Harbor", "Ironbark",
    "Juniper", "Kestrel", "Larkspur", "Meridian", "Nimbus", "Orchard", "Pinecone", "Quarry", "Riverbend", "Sandpiper",
    "Thistle", "Umber", "Velvet", "Willow", "Yarrow", "Zephyr", "Amber", "Birch", "Cobalt", "Dune",
)  # fmt: skip
_TRADE = {
    "Bakery": "Food", "Logistics": "Transport", "Dental": "Health", "Books": "Retail", "Outdoor": "Retail",
    "Studio": "Design", "Foods": "Food", "Textiles": "Industry", "Labs": "Health", "Motors": "Industry",
    "Hotels": "Hospitality", "Gardens": "Hospitality", "School": "Education", "Theater": "Arts",
}  # fmt: skip
TIERS = ("basic", "plus", "enterprise")
PLANS = ("Starter", "Home", "Studio", "Business")
MONTHLY_PRICE = (9.0, 19.0, 49.0, 129.0)
_ZONES = (
    ("Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/London", "Europe/Rome"),
    ("America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo"),
    ("Asia/Singapore", "Asia/Tokyo", "Australia/Sydney"),
)
_LANGUAGES = (
    {"en": 0.56, "es": 0.07, "fr": 0.10, "de": 0.15, "pt": 0.02, "it": 0.05, "nl": 0.05},
    {"en": 0.93, "es": 0.05, "fr": 0.01, "de": 0.0, "pt": 0.01, "it": 0.0, "nl": 0.0},
    {"en": 1.0, "es": 0.0, "fr": 0.0, "de": 0.0, "pt": 0.0, "it": 0.0, "nl": 0.0},
)
"""Share of each language among the customers of each region."""
LOST = 0.05
"""Share of the customers who leave for reasons that support knows nothing of."""
TROUBLED = 0.07
"""Share of the customers who leave after trouble, more of those who write much; in a quiet world nobody does.

In the `TROUBLE_DAYS` before they leave, `TROUBLE_TICKETS` of all tickets are theirs on top of their own, and of all
they write `TROUBLE_BAD` is in a bad mood and `TROUBLE_ESCALATED` is escalated besides what would be so anyway.
"""
TROUBLE_DAYS = 90
TROUBLE_TICKETS = 0.03
TROUBLE_BAD = 0.6
TROUBLE_ESCALATED = 0.15


@dataclass(frozen=True)
class Customers:
    """All customers and companies as arrays, customers in the order of their coming; times are microseconds.

    `company` is -1 for private people; `start` and `end` are the world's.
    """

    region: Ints
    language: Ints
    company: Ints
    created: Ints
    lost: Ints
    first_name: Ints
    last_name: Ints
    plan: Ints
    tier: Ints
    company_plan: Ints
    company_tier: Ints
    company_created: Ints
    company_revenue: Ints
    by_region: tuple[Ints, ...]
    before: tuple[Ints, ...]
    is_troubled: Bools

    @property
    def count(self) -> int:
        """Return how many customers there are."""
        return self.region.size

    def writing(self, region: Ints, moments: Ints, random: np.random.Generator) -> Ints:
        """Return who writes at each moment: a customer of the region, there already and not lost; few write much."""
        chosen = np.zeros(region.size, dtype=np.int64)
        for number, (members, since) in enumerate(zip(self.by_region, self.before, strict=True)):
            rows = np.flatnonzero(region == number)
            known = np.searchsorted(since, moments[rows], side="right").clip(min=1)
            at = (random.random(rows.size) ** 1.8 * known).astype(np.int64)
            for _ in range(6):
                at = np.where(self.lost[members[at]] <= moments[rows], np.maximum(at - 1, 0), at)
            chosen[rows] = members[at]
        return chosen

    def in_trouble(self, who: Ints, moments: Ints) -> Bools:
        """Return whether each of `who` is about to leave after trouble at that moment."""
        lost = self.lost[who]
        return self.is_troubled[who] & (lost > moments) & (lost - TROUBLE_DAYS * DAY <= moments)

    def troubled_writing(self, who: Ints, region: Ints, moments: Ints, random: np.random.Generator) -> Ints:
        """Return who writes when some tickets come from customers of the region in trouble instead of from `who`."""
        found, aim = who.copy(), random.random(who.size)
        for number, members in enumerate(self.by_region):
            ill = members[self.is_troubled[members]]
            ill = ill[np.argsort(self.lost[ill], kind="stable")]
            rows = np.flatnonzero((region == number) & (aim < TROUBLE_TICKETS))
            # Those in trouble at a moment are neighbours in the order of leaving.
            first = np.searchsorted(self.lost[ill], moments[rows], side="right")
            after = np.searchsorted(self.lost[ill], moments[rows] + TROUBLE_DAYS * DAY, side="right")
            place = first + (random.random(rows.size) * (after - first)).astype(np.int64)
            other = ill[np.minimum(place, ill.size - 1)] if ill.size else found[rows]
            is_there = (after > first) & (self.created[other] <= moments[rows])
            found[rows[is_there]] = other[is_there]
        return found


@lru_cache(maxsize=2)
def customers(line: Timeline, tickets: int, seed: int) -> Customers:
    """Return the customers of a world: one to about six tickets, 200,000 at most."""
    count = int(np.clip(tickets * 0.16, 60, 200_000))
    firms = max(12, count * 3 // 20)
    random = dice(seed, 31)
    start, end = micros(line.start), micros(line.end)
    fraction = np.sort(random.random(count))
    old = fraction < 0.7
    created = np.where(
        old, start - ((0.7 - fraction) / 0.7 * 3 * 365 * DAY), start + (fraction - 0.7) / 0.3 * (end - start) * 0.97
    ).astype(np.int64)
    region = picked(random, {r.name: r.share for r in REGIONS}, count)
    # Each region has somebody from the first day on.
    region[: len(REGIONS) * 2] = np.arange(len(REGIONS) * 2) % len(REGIONS)
    language = np.zeros(count, dtype=np.int64)
    for number, shares in enumerate(_LANGUAGES):
        rows = np.flatnonzero(region == number)
        language[rows] = picked(random, shares, rows.size)
    company = np.where(random.random(count) < 0.72, (random.random(count) ** 1.6 * firms).astype(np.int64), -1)
    is_lost = (random.random(count) < LOST) & (np.arange(count) >= len(REGIONS) * 2)
    lost = np.maximum(created, start) + (random.random(count) * (end - np.maximum(created, start))).astype(np.int64)
    lost, is_troubled = _troubled(line, np.where(is_lost, lost, NEVER), created, dice(seed, 32))
    company_tier = picked(random, {"basic": 0.62, "plus": 0.28, "enterprise": 0.10}, firms)
    company_plan = np.minimum(company_tier + random.integers(0, 2, firms) + (company_tier > 0), 3)
    company_created = np.full(firms, end, dtype=np.int64)
    np.minimum.at(company_created, company[company >= 0], created[company >= 0])
    company_created = np.where(company_created == end, start - 300 * DAY, company_created - 10 * DAY)
    by_region = tuple(np.flatnonzero(region == n) for n in range(len(REGIONS)))
    return Customers(
        region=region, language=language, company=company, created=created,
        lost=lost, is_troubled=is_troubled, first_name=random.integers(0, len(FIRST), count),
        last_name=random.integers(0, len(LAST), count),
        plan=np.where(company >= 0, company_plan[company], picked(random, {"Starter": 0.6, "Home": 0.4}, count)),
        tier=np.where(company >= 0, company_tier[company], 0),
        company_plan=company_plan, company_tier=company_tier, company_created=company_created,
        company_revenue=(np.asarray(MONTHLY_PRICE)[company_plan] * 12 * random.integers(1, 30, firms)).astype(np.int64),
        by_region=by_region, before=tuple(created[members] for members in by_region),
    )  # fmt: skip


def _troubled(line: Timeline, lost: Ints, created: Ints, random: np.random.Generator) -> tuple[Ints, Bools]:
    """Return when customers leave, those who do so after trouble among them, and who these are."""
    count, start, end = lost.size, micros(line.start), micros(line.end)
    # The first to come write most (see `Customers.writing`): of them more have trouble.
    share = TROUBLED * (np.arange(count) + 1) ** -0.44 / np.mean((np.arange(count) + 1) ** -0.44)
    troubled = (random.random(count) < share) & (lost >= NEVER) & (np.arange(count) >= len(REGIONS) * 2)
    begun = np.maximum(created, start) + TROUBLE_DAYS * DAY // 2
    # Some are still in trouble when the world ends.
    leaves = begun + (random.random(count) * (end + TROUBLE_DAYS * DAY - begun)).astype(np.int64)
    troubled &= (begun < end) & (line.outage is not None)
    return np.where(troubled, leaves, lost), troubled


def first_names(people: Customers, who: Ints) -> pl.Series:
    """Return the first name of each customer."""
    return worded("first", FIRST, people.first_name[who])


def full_names(people: Customers, who: Ints) -> pl.Series:
    """Return the name of each customer, as shown."""
    frame = pl.DataFrame({"f": first_names(people, who), "l": worded("l", LAST, people.last_name[who])})
    return frame.select(pl.concat_str("f", "l", separator=" ")).to_series()


def company_names(number: Ints, known: Bools | None = None) -> pl.Series:
    """Return the name of each company."""
    trades = tuple(_TRADE)
    round_ = number // (len(_COMPANY) * len(trades))
    frame = pl.DataFrame(
        {
            "a": worded("a", _COMPANY, number % len(_COMPANY)),
            "b": worded("b", trades, number // len(_COMPANY) % len(trades)),
            "c": pl.Series(round_ + 1).cast(pl.String).set(pl.Series(round_ == 0), None),
        }
    )
    names = frame.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    return names if known is None else names.set(pl.Series(~known), None)


def ids(prefix: str, number: Ints, known: Bools | None = None) -> pl.Series:
    """Return the source's ids of numbered things, such as c17."""
    series = pl.Series("id", number + 1).cast(pl.String)
    named = pl.DataFrame({"id": series}).select(pl.concat_str(pl.lit(prefix), "id")).to_series()
    return named if known is None else named.set(pl.Series(~known), None)


def customer_frame(people: Customers, first: int, count: int, end: int) -> pl.DataFrame:
    """Return the rows of `customers` from number `first` on; ends after `end` are not known yet."""
    who = np.arange(first, min(first + count, people.count))
    company = people.company[who]
    works = company >= 0
    zones = np.zeros(who.size, dtype=np.int64)
    flat = [zone for zones_ in _ZONES for zone in zones_]
    offset = 0
    for number, own in enumerate(_ZONES):
        zones = np.where(people.region[who] == number, offset + who % len(own), zones)
        offset += len(own)
    domains = company_names(np.maximum(company, 0)).str.to_lowercase().str.replace_all(" ", "-", literal=True)
    frame = pl.DataFrame(
        {
            "customer_id": ids("c", who),
            "name": full_names(people, who),
            "company_id": ids("o", np.maximum(company, 0), works),
            "company": company_names(np.maximum(company, 0), works),
            "tier": worded("tier", TIERS, people.tier[who]),
            "plan": worded("plan", PLANS, people.plan[who]),
            "language": worded("language", LANGUAGES, people.language[who]),
            "timezone": worded("timezone", flat, zones),
            "created_at": times("created_at", people.created[who]),
            "churned_at": times("churned_at", people.lost[who], people.lost[who] < end),
            "domain": domains.set(pl.Series(~works), "mail"),
            "number": who,
        }
    )
    email = pl.format(
        "{}{}@{}.example", pl.col("name").str.to_lowercase().str.replace(" ", ".", literal=True), "number", "domain"
    )
    return frame.with_columns(email=email, phone=pl.format("+1555{}", pl.col("number") % 10_000_000 + 1_000_000)).drop(
        "domain", "number"
    )


def company_frame(people: Customers) -> pl.DataFrame:
    """Return the rows of `companies`."""
    number = np.arange(people.company_plan.size)
    name = company_names(number)
    trades = tuple(_TRADE)
    return pl.DataFrame(
        {
            "company_id": ids("o", number),
            "name": name,
            "domain": name.str.to_lowercase().str.replace_all(" ", "-", literal=True) + ".example",
            "industry": worded("industry", [_TRADE[t] for t in trades], number // len(_COMPANY) % len(trades)),
            "tier": worded("tier", TIERS, people.company_tier),
            "plan": worded("plan", PLANS, people.company_plan),
            "revenue": people.company_revenue.astype(np.float64),
            "created_at": times("created_at", people.company_created),
        }
    )
