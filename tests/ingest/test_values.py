"""Reading cells: numbers, times, durations, lists, words; whatever is written comes back as what was meant."""

# ruff: noqa: DTZ001  naive times are what is read here
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.core.settings import Settings
from deskpulse.ingest.values.durations import read_durations
from deskpulse.ingest.values.lists import read_lists
from deskpulse.ingest.values.numbers import comma_evidence, read_numbers
from deskpulse.ingest.values.read import read_column
from deskpulse.ingest.values.text import NULL_WORDS, as_text, clean, clean_ids, clean_prose, clean_text
from deskpulse.ingest.values.times import ZONE_MINUTES, read_times
from deskpulse.ingest.values.words import VOCABULARIES, normal

SETTINGS = Settings(_env_file=None)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2068, 12, 31, 23, 59, 59))


def moment(text: str, parse: str = "iso", zone: str = "UTC") -> datetime | None:
    return read_times(pl.Series([text]), parse, zone).values[0]  # type: ignore[no-any-return]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_numbers_come_back_in_both_ways_of_writing(value: float) -> None:
    point = f"{value:,.4f}"
    comma = point.translate(str.maketrans(",.", ".,"))
    plain = f"{value:.4f}"
    meant = float(plain)
    written = pl.Series([point, plain, f"€ {point}", f"{plain} %", comma])
    assert read_numbers(written).to_list() == [meant] * 5
    assert read_numbers(pl.Series([comma, f"{comma} EUR"]), decimal_comma=True).to_list() == [meant] * 2


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1,234", 1234.0, 1.234), ("1.234", 1.234, 1234.0), ("12,50", 12.5, 12.5), ("1.234.567", 1234567.0, 1234567.0),
        ("12,34,567", 1234567.0, 1234567.0), ("(5)", -5.0, -5.0), ("5-", -5.0, -5.0), ("−3", -3.0, -3.0),
        ("1'234.50", 1234.5, 1234.5), ("1 234,50", 1234.5, 1234.5), ("USD 5", 5.0, 5.0), ("1e3", 1000.0, 1000.0),
        ("abc", None, None), ("1.2.3", None, None), ("inf", None, None), ("nan", None, None), ("1,2,3", None, None),
    ],
)  # fmt: skip
def test_numbers_that_can_be_read_in_two_ways(text: str, point: float | None, comma: float | None) -> None:
    assert read_numbers(pl.Series([text]))[0] == point
    assert read_numbers(pl.Series([text]), decimal_comma=True)[0] == comma


def test_the_decimal_comma_is_seen() -> None:
    assert comma_evidence(pl.Series(["12,5", "1.200", "3"]))
    assert not comma_evidence(pl.Series(["12.5", "1,200", "3"]))
    assert not comma_evidence(pl.Series(["1,200", "1.300"]))


FORMATS = {
    "iso": ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S",
            "%d %b %Y %H:%M:%S", "%d-%b-%y %I:%M:%S %p", "%B %d, %Y %I:%M:%S %p", "%A, %d %B %Y %H:%M:%S",
            "%b %d %Y %H:%M:%S", "%Y-%b-%d %H:%M:%S", "%d/%b/%y %I:%M:%S %p", "%a %b %d %H:%M:%S %Y"],
    "dmy": ["%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d-%m-%y %H:%M:%S", "%d/%m/%Y, %I:%M:%S %p",
            "%d.%m.%Y, %H:%M:%S Uhr", "%Y-%m-%d %H:%M:%S"],
    "mdy": ["%m/%d/%Y %H:%M:%S", "%m/%d/%y %I:%M:%S %p", "%m-%d-%Y %I:%M:%S%p", "%Y-%m-%d %H:%M:%S"],
    "ymd": ["%y-%m-%d %H:%M:%S", "%Y.%m.%d %H:%M:%S"],
}  # fmt: skip


@given(st.lists(MOMENTS, min_size=1, max_size=4))
def test_times_come_back_from_every_format(moments: list[datetime]) -> None:
    for parse, forms in FORMATS.items():
        written = [m.replace(microsecond=0).strftime(f) for f in forms for m in moments]
        meant = [m.replace(microsecond=0, tzinfo=UTC) for _ in forms for m in moments]
        assert read_times(pl.Series(written), parse, "UTC").values.to_list() == meant


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_offsets_are_taken_off(naive: datetime, minutes: int) -> None:
    aware = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    texts = [
        aware.isoformat(),
        aware.isoformat(" ")[:-6] + aware.strftime(" %z"),
        aware.strftime("%d %b %Y %H:%M:%S.%f %z"),
    ]
    got = read_times(pl.Series(texts), "iso", "Asia/Tokyo").values.to_list()
    assert got == [aware.astimezone(UTC)] * 3


@given(MOMENTS, st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]))
def test_local_times_are_those_of_the_zone(naive: datetime, zone: str) -> None:
    local = naive.replace(tzinfo=ZoneInfo(zone))  # fold 0: the first of two; in a gap the offset before it
    assert moment(naive.isoformat(), zone=zone) == local.astimezone(UTC)


def test_clock_changes_are_counted() -> None:
    read = read_times(pl.Series(["2024-03-31 02:30", "2024-10-27 02:30", "2024-07-01 12:00"]), "iso", "Europe/Berlin")
    assert read.values.to_list() == [
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC), datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
        datetime(2024, 7, 1, 10, 0, tzinfo=UTC),
    ]  # fmt: skip
    assert (read.in_gap, read.in_overlap) == (1, 1)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5. Januar 2024 10:11", "2024-01-05 10:11"), ("5 de enero de 2024", "2024-01-05 00:00"),
        ("1 févr. 2024 14h05", "2024-02-01 14:05"), ("3 março 2024", "2024-03-03 00:00"),
        ("12 luglio 2023 9:05", "2023-07-12 09:05"), ("7 mrt 2024", "2024-03-07 00:00"),
        ("Friday, January 5, 2024 at 10:11 AM", "2024-01-05 10:11"), ("Jan 5th, 2024", "2024-01-05 00:00"),
        ("2024-01-05T10:11:12+01:00[Europe/Berlin]", "2024-01-05 09:11:12"), ("20240105", "2024-01-05 00:00"),
        ("2024-01-05 12:00 AM", "2024-01-05 00:00"), ("2024-01-05 12:00 PM", "2024-01-05 12:00"),
        ("Fri Jan 05 10:11:12 +0000 2024", "2024-01-05 10:11:12"), ("2024-01-05 10:11 EST", "2024-01-05 15:11"),
        ("2024-01-05 10:11 CET", "2024-01-05 09:11"), ("Fri, 05 Jan 2024 10:11:12 GMT", "2024-01-05 10:11:12"),
        ("05-JAN-24 10.11.12.500000000 AM", "2024-01-05 10:11:12.5"),
        ("2024-01-05 10:11:12 +530", "2024-01-05 04:41:12"),
    ],
)  # fmt: skip
def test_times_as_systems_write_them(text: str, meant: str) -> None:
    assert moment(text) == datetime.fromisoformat(meant + ("00000" if meant.endswith(".5") else "")).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "parse"),
    [
        ("2024-02-30", "iso"), ("2023-02-29", "iso"), ("2024-13-01", "iso"), ("05/01/2024", "iso"),
        ("yesterday", "iso"),
        ("2024-01-05 25:00", "iso"), ("2024-01-05 13:00 PM", "iso"), ("25/12/2024", "mdy"), ("12/25/2024", "dmy"),
        ("1.2", "dmy"), ("2024", "iso"), ("12:30", "iso"), ("5 Foo 2024", "iso"), ("2024-01-05 10:11 IST", "iso"),
        ("2024-01-05 10", "iso"), ("1234567890", "iso"),
    ],
)  # fmt: skip
def test_what_is_no_time_or_has_two_readings_is_not_guessed(text: str, parse: str) -> None:
    assert moment(text, parse) is None


@given(MOMENTS)
def test_epochs_and_spreadsheet_days(naive: datetime) -> None:
    meant = naive.replace(microsecond=0, tzinfo=UTC)
    seconds = int(meant.timestamp())
    assert moment(str(seconds), "epoch_s") == meant
    assert moment(f"{seconds}.5", "epoch_s") == meant + timedelta(milliseconds=500)
    assert moment(str(seconds * 1000), "epoch_ms") == meant
    assert read_times(pl.Series([seconds * 1_000_000]), "epoch_us", "UTC").values[0] == meant
    days = (naive.replace(microsecond=0) - datetime(1899, 12, 30)) / timedelta(days=1)
    assert abs(read_times(pl.Series([days]), "excel", "UTC").values[0] - meant) < timedelta(milliseconds=10)


def test_typed_times_keep_their_moment() -> None:
    berlin = pl.Series([datetime(2024, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin")
    assert read_times(berlin, "iso", "Asia/Tokyo").values[0] == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert read_times(pl.Series([datetime(2024, 7, 1, 12)]), "iso", "Europe/Berlin").values[0] == datetime(
        2024, 7, 1, 10, tzinfo=UTC
    )
    assert read_times(pl.Series([date(2024, 7, 1)]), "iso", "UTC").values[0] == datetime(2024, 7, 1, tzinfo=UTC)


def test_every_zone_name_is_read_with_its_offset() -> None:
    for name, minutes in ZONE_MINUTES.items():
        got = moment(f"2024-01-05 12:00 {name.upper()}")
        assert got == datetime(2024, 1, 5, 12, tzinfo=timezone(timedelta(minutes=minutes))), name


@given(st.integers(0, 40), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_durations_come_back_from_every_way_of_writing(days: int, hours: int, minutes: int, seconds: int) -> None:
    total = float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    written = [
        f"{days}d {hours}h {minutes}m {seconds}s", f"{days * 24 + hours}:{minutes:02d}:{seconds:02d}",
        f"{days} days, {hours}:{minutes:02d}:{seconds:02d}", f"P{days}DT{hours}H{minutes}M{seconds}S",
        f"{days} days {hours} hours and {minutes} minutes, {seconds} seconds",
        f"{days}d{hours}h{minutes}min{seconds}sec", f"{days} Tage {hours} Std. {minutes} Min. {seconds} Sek.",
    ]  # fmt: skip
    for unit in ("seconds", "minutes", "hours"):
        assert read_durations(pl.Series(written), unit).to_list() == [total] * len(written)


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("90", "seconds", 90.0), ("90", "minutes", 5400.0), ("1.5", "hours", 5400.0), ("1,5", "hours", 5400.0),
        ("2", "days", 172800.0), ("1500", "milliseconds", 1.5), ("12:34", "minutes", 754.0),
        ("12:34", "hours", 45240.0),
        ("2h30", "seconds", 9000.0), ("1 month", "days", None), ("1 month 2 days", "days", None), ("PT", "hours", None),
        ("soon", "hours", None), ("1:99", "seconds", None), ("1.5 hours", "seconds", 5400.0),
    ],
)  # fmt: skip
def test_durations_in_the_units_of_their_column(text: str, unit: str, meant: float | None) -> None:
    assert read_durations(pl.Series([text]), unit)[0] == meant


def test_lists() -> None:
    cells = ["a, b", '["x","y, z"]', "['p', 'q']", "[]", None, "a;b,c", '[{"name":"n"},{"id":7}]', "one", "a|b", " , "]
    assert read_lists(pl.Series(cells)).to_list() == [
        ["a", "b"], ["x", "y, z"], ["p", "q"], None, None, ["a", "b,c"], ["n", "7"], ["one"], ["a", "b"], None,
    ]  # fmt: skip
    assert read_lists(pl.Series([["a", None, ""], None, []], dtype=pl.List(pl.String))).to_list() == [["a"], None, None]
    assert read_lists(pl.Series(["[" * 100_000 + "]" * 100_000])).len() == 1


@pytest.mark.parametrize("word", sorted(NULL_WORDS))
def test_words_for_nothing_are_null(word: str) -> None:
    assert clean(pl.Series([f" {word.upper()} "])).to_list() == [None]


def test_na_is_a_name_unless_numbers_or_times_are_meant() -> None:
    assert clean(pl.Series(["NA"])).to_list() == ["NA"]
    assert read_column(pl.Series(["NA", "3"]), "number", "float", settings=SETTINGS).problems is None


def test_prose_keeps_what_people_wrote() -> None:
    texts = pl.Series(["?", "  <b>hi</b>\n\x00there ", "", "N/A"])
    assert clean_prose(texts).to_list() == ["?", "<b>hi</b>\nthere", None, "N/A"]
    assert clean_text("a\ud800b\x00c\td") == "abc\td"


def test_ids_lose_the_mark_of_floating_point() -> None:
    assert clean_ids(pl.Series(["318645.0", "1.10", "x.0", None])).to_list() == ["318645", "1.10", "x.0", None]
    assert as_text(pl.Series([1.0, 2.5, None])).to_list() == ["1", "2.5", None]
    assert as_text(pl.Series([2**53 + 1])).to_list() == [str(2**53 + 1)]


def test_columns_of_any_type_become_text() -> None:
    assert as_text(pl.Series([[1, 2], None])).to_list() == ["[1,2]", None]
    assert as_text(pl.Series([{"a": 1}, None])).to_list() == ['{"a":1}', None]
    assert as_text(pl.Series([True, None])).to_list() == ["true", None]
    assert as_text(pl.Series([None, None])).to_list() == [None, None]
    assert as_text(pl.Series([date(2024, 1, 2)])).to_list() == ["2024-01-02"]


@pytest.mark.parametrize("name", sorted(VOCABULARIES))
def test_every_word_of_every_vocabulary_is_known_however_it_is_written(name: str) -> None:
    vocabulary = VOCABULARIES[name]
    for word, meant in vocabulary.words.items():
        assert normal(word) == word
        for form in (word, word.upper(), word.title(), word.replace(" ", "_"), f" {word.replace(' ', '-')} "):
            assert vocabulary.meaning(form) == meant, form
    for value in vocabulary.values:
        assert vocabulary.meaning(value) == value


@pytest.mark.parametrize(
    ("vocabulary", "word", "meant"),
    [
        ("status", "Waiting on 3rd party vendor", "on_hold"), ("status", "Waiting for our support team", "open"),
        ("status", "Awaiting customer's feedback", "pending"), ("status", "Closed - no answer", "closed"),
        ("status", "6 - Resolved", "solved"), ("status", "Unresolved", "open"), ("status", "Gelöst", "solved"),
        ("status", "Résolu", "solved"), ("status", "En attente du client", "pending"), ("status", "Cerrado", "closed"),
        ("status", "Em andamento", "open"), ("status", "In lavorazione", "open"), ("status", "Opgelost", "solved"),
        ("status", "Resolve SW anomaly", None), ("status", "Purple", None), ("status", "Reopened", "open"),
        ("priority", "1 - Critical", "urgent"), ("priority", "3 - Moderate", "normal"), ("priority", "P1", "urgent"),
        ("priority", "P3", "normal"), ("priority", "Sev 2", "high"), ("priority", "Blocker", "urgent"),
        ("priority", "Trivial", "low"), ("priority", "5 - Planning", "low"), ("priority", "7", None),
        ("channel", "Phone call (inbound)", "phone"), ("channel", "Twitter DM", "social"),
        ("channel", "E-Mail", "email"),
        ("channel", "walk-in", None), ("author_kind", "end-user", "customer"), ("author_kind", "admin", "agent"),
        ("outcome", "Caller hung up", "abandoned"), ("outcome", "No Answer", "missed"), ("bool", "Ja", "true"),
        ("bool", "nein", "false"), ("urgency", "2 - Medium", "medium"), ("urgency", "1 - High", "high"),
        ("survey_kind", "Post-chat CSAT survey", "csat"), ("agent_state", "After-call work", "busy"),
    ],
)  # fmt: skip
def test_words_of_help_desks(vocabulary: str, word: str, meant: str | None) -> None:
    assert VOCABULARIES[vocabulary].meaning(word) == meant


def test_a_column_says_what_could_not_be_read() -> None:
    read = read_column(pl.Series(["5", "five", None, "inf"]), "number", "int", settings=SETTINGS)
    assert read.values.to_list() == [5, None, None, None]
    assert read.problems is not None
    assert [p is not None for p in read.problems] == [False, True, False, True]
    bools = read_column(pl.Series(["Yes", "maybe", "0"]), "bool", "bool", settings=SETTINGS)
    assert bools.values.to_list() == [True, None, False]
    assert bools.problems is not None
    assert "maybe" in bools.problems[1]


def test_words_of_the_mapping_come_before_the_vocabulary() -> None:
    words = {"open": "pending", "purple": "closed", "ignored": ""}
    given_words = pl.Series(["OPEN", "Purple", "solved", "ignored", "blue"])
    read = read_column(given_words, "text", "text", settings=SETTINGS, words=words, vocabulary="status")
    assert read.values.to_list() == ["pending", "closed", "solved", None, None]
    assert read.unknown_words == {"blue": 1}


@given(st.lists(st.text(max_size=30), max_size=5), st.sampled_from(["number", "iso", "dmy", "bool", "duration_hours"]))
def test_no_cell_whatever_breaks_the_reading(cells: list[str], parse: str) -> None:
    kinds = {"iso": "time", "dmy": "time", "bool": "bool"}
    series = pl.Series([clean_text(c) for c in cells], dtype=pl.String)
    read = read_column(series, parse, kinds.get(parse, "float"), settings=SETTINGS)  # type: ignore[arg-type]
    assert len(read.values) == len(cells)
