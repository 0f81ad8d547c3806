"""A comparison with a vendor's numbers as a document for the people who have to trust ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from deskpulse.charts.formats import NO_DATA, NUMBERS, duration
from deskpulse.core.errors import UnknownNameError
from deskpulse.reports import writers
from deskpulse.reports.model import Document

FORMATS = ("json", "md", "csv")
_CLASSES = {
    "equal": "agree", "definition": "differ by definition: the vendor's number, computed here by its definition",
    "data": "differ by data: something is missing, late or broken", "unexplained": "are not explained",
}  # fmt: skip
_TAKEN_OVER = (
    "Of those that agree, {taken} were taken over from the vendor, because there is no history here to compute them "
    "from: they prove nothing."
)
_TESTED = (
    "Every definition was tested: our own engine computed our number anew by it, from the ticket's events and "
    "messages, and gave the vendor's number."
)
_HEADINGS = {"definition": "another definition", "data": "data", "unexplained": "not explained", "equal": "equal"}


def reconciliation(answer: dict[str, Any], rows: Iterable[bytes], format: str) -> Document:
    """Return a comparison as json or md (`answer`, as the comparison tells it), or csv (`rows`, each number of each
    ticket); UnknownNameError for another format."""
    if format == "json":
        return Document(content=orjson.dumps(answer), media_type="application/json")
    if format == "md":
        return Document(content=_markdown(answer).encode(), media_type="text/markdown; charset=utf-8")
    if format == "csv":
        return Document(content=b"".join(rows), media_type="text/csv; charset=utf-8")
    raise UnknownNameError("format of a comparison", format, FORMATS)


def plain(text: str) -> str:
    """Return `text` so that Markdown shows it as it is; an underscore within a name needs no sign before it."""
    return writers.plain(text).replace("\\_", "_")


def _markdown(answer: dict[str, Any]) -> str:
    lines = [f"# Our numbers against those of {plain(answer['label'])}", "", *_summary(answer), ""]
    lines += ["| | numbers | share |", "|---|---:|---:|"]
    whole = answer["compared"]
    for name, told in _CLASSES.items():
        count = answer["by_class"][name]
        lines.append(f"| {told} | {count:,} | {_percent(count, whole)} |")
    taken = _taken_over(answer)
    if taken:
        lines += ["", _TAKEN_OVER.format(taken=f"{taken:,}")]
    lines += ["", _TESTED]
    for measure in answer["measures"]:
        lines += ["", *_measure(measure)]
    if answer["alone"]:
        lines += ["", "## Tickets that only one side has", ""]
        lines += [_alone(group) for group in answer["alone"]]
    if answer["notes"]:
        lines += ["", "## Notes", "", *(f"- {plain(note)}" for note in answer["notes"])]
    return "\n".join(lines) + "\n"


def _summary(answer: dict[str, Any]) -> list[str]:
    tickets, classes, whole = answer["tickets"], answer["by_class"], answer["compared"]
    vendor = f", with the numbers of {answer['vendor']}" if answer["vendor"] != answer["label"] else ""
    explained = whole - classes["unexplained"]
    return [
        f"{plain(answer['label'])}{plain(vendor)}: {tickets['compared']:,} tickets of the source "
        f"{plain(answer['source'])}, {whole:,} numbers.",
        "",
        f"**{_percent(explained, whole)} of the numbers agree or differ for a reason that was tested; "
        f"{_percent(classes['unexplained'], whole)} ({classes['unexplained']:,}) are not explained.**",
    ]


def _taken_over(answer: dict[str, Any]) -> int:
    causes = (cause for measure in answer["measures"] for cause in measure["causes"])
    return sum(cause["tickets"] for cause in causes if cause["cause"] == "taken_over")


def _measure(measure: dict[str, Any]) -> list[str]:
    equal, compared = measure["by_class"]["equal"], measure["compared"]
    within = {60.0: " to the minute", 1.0: " to the second"}.get(measure["within"], "")
    within = within if measure["unit"] in ("seconds", "time") else ""
    lines = [
        f"## {plain(measure['label'])}: {equal:,} of {compared:,} agree{within}",
        "",
        f"The vendor's field: {plain(measure['field'])}.",
    ]
    for cause in measure["causes"]:
        if cause["cause"] == "equal":
            continue
        lines += ["", _cause(cause, measure["unit"])]
    return lines


def _cause(cause: dict[str, Any], unit: str) -> str:
    """Return a cause as a paragraph: how many, why, how far apart, what was tested, and where to look."""
    kind = f" ({_HEADINGS[cause['class']]})" if cause["label"] != _HEADINGS[cause["class"]] else ""
    name = f"**{plain(cause['label'])[:1].upper()}{plain(cause['label'])[1:]}**{kind}"
    said = [
        f"{name}: {cause['tickets']:,} {_tickets(cause['tickets'])}, {_percent(cause['share'], 1)}.",
        plain(cause["why"]),
    ]
    if cause["median_difference"]:
        median, largest = _number(cause["median_difference"], unit), cause["largest_difference"]
        more = "more" if unit != "time" else "later"
        less = "less" if unit != "time" else "earlier"
        way = more if largest > 0 else less
        said.append(f"Apart by {median} in the median; at most ours is {_number(abs(largest), unit)} {way}.")
    if tested := cause["tested"]:
        said.append(_tested(tested, cause["class"]))
    shown = [_example(example, unit) for example in cause["examples"]]
    if shown and cause["class"] != "equal":
        said.append(f"Look at: {'; '.join(shown)}.")
    return "- " + " ".join(said)


def _tested(tested: dict[str, int], verdict: str) -> str:
    held, of = tested["held"], tested["of"]
    if verdict == "data":
        return ""
    return f"Tested on {of:,} {_tickets(of)} where this gives another number than ours: the vendor has it in {held:,}."


def _example(example: dict[str, Any], unit: str) -> str:
    sides = f"ours {_value(example['ours'], unit)}, theirs {_value(example['vendors'], unit)}"
    return f"{plain(str(example['external_id']))} ({sides})"


def _alone(group: dict[str, Any]) -> str:
    shown = ", ".join(plain(str(id_)) for id_ in group["examples"])
    label = f"{plain(group['label'])[:1].upper()}{plain(group['label'])[1:]}"
    return (f"- **{label}** ({_HEADINGS[group['class']]}): {group['tickets']:,} {_tickets(group['tickets'])}. "
            f"{plain(group['why'])} Look at: {shown}.")  # fmt: skip


def _tickets(count: int) -> str:
    return "ticket" if count == 1 else "tickets"


def _percent(part: float, whole: float) -> str:
    return NUMBERS["percent"](part / whole) if whole else NO_DATA


def _number(value: float, unit: str) -> str:
    return duration(value) if unit in ("seconds", "time") else f"{value:g}"


def _value(value: Any, unit: str) -> str:
    if value is None:
        return "none"
    if unit == "time":
        return str(value)[:19].replace("T", " ")
    if unit == "yes_no":
        return "yes" if value else "no"
    return _number(float(value), unit)
