"""Numbers that stand for something else: moments as seconds or days, and codes of status and priority."""

from __future__ import annotations

from deskpulse.core.clock import now
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.values.numbers import read_numbers

EARLIEST = 631_152_000  # 1990-01-01
_DAY = 86_400

FRESHDESK_STATUS = {"2": "open", "3": "pending", "4": "solved", "5": "closed", "6": "pending", "7": "on_hold"}
SERVICENOW_STATUS = {
    "1": "new", "2": "open", "3": "on_hold", "4": "pending", "5": "pending", "6": "solved", "7": "closed",
    "8": "closed",
}  # fmt: skip
_PRIORITIES = ("urgent", "high", "normal", "low", "low")
_URGENCIES = ("critical", "high", "medium", "low", "low")
FRESHDESK_PRIORITY = {"1": "low", "2": "normal", "3": "high", "4": "urgent"}
FRESHDESK_CHANNEL = {"1": "email", "2": "web_form", "3": "phone", "7": "chat", "9": "web_form", "10": "email"}


def codes_of(profile: Profile) -> str | None:
    """Return what the numbers of a column may be as moments: epoch_s, epoch_ms, epoch_us or excel; None: nothing."""
    numbers = read_numbers(profile.cells).drop_nulls()
    if not len(numbers):
        return None
    low, high = float(numbers.quantile(0.02) or 0), float(numbers.quantile(0.98) or 0)
    latest = now().timestamp() + 366 * _DAY
    for parse, unit in (("epoch_s", 1.0), ("epoch_ms", 1e3), ("epoch_us", 1e6)):
        if EARLIEST * unit <= low and high <= latest * unit:
            return parse
    if low >= 32_874 and high <= latest / _DAY + 25_569:
        return "excel"
    return None


def status_codes(words: tuple[str, ...]) -> tuple[dict[str, str], str]:
    """Return what numbers mean as a status, and whose codes they are taken for."""
    plain = {w.removesuffix(".0"): w for w in words}
    for table, whose in ((FRESHDESK_STATUS, "Freshdesk"), (SERVICENOW_STATUS, "ServiceNow")):
        if plain.keys() <= table.keys():
            return {plain[c].lower(): table[c] for c in plain}, whose
    return {}, ""


def ranks(words: tuple[str, ...], *, is_urgency: bool, is_rising: bool) -> dict[str, str]:
    """Return what numbers mean as a priority (or urgency): the lowest is the highest, unless `is_rising`."""
    numbers = sorted({int(float(w)) for w in words if w.replace(".", "", 1).isdigit()})
    if not numbers or numbers[-1] > 5:
        return {}
    names = _URGENCIES if is_urgency else _PRIORITIES
    first = 0 if numbers[0] == 0 else 1
    meaning = {n: names[min(n - first, 4)] for n in range(first, 6)}
    if is_rising:
        top = max(numbers[-1], first + 3)
        meaning = {n: names[min(top - n, 4)] for n in range(first, top + 1)}
    return {
        form: name for n, name in meaning.items() for form in (str(n), f"{n}.0") if form in words or "." not in form
    }
