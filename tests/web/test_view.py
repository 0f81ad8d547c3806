from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.core.errors import InputError
from deskpulse.metrics.model import Filter
from deskpulse.web.view import NOTHING, View, asked, counted, days_text, grain_of, shown_value, tickets_address

WORKSPACE = {"slug": "default", "timezone": "Europe/Berlin", "first_at": "2025-01-01T00:00:00+00:00",
             "last_at": "2026-06-30T15:00:00+00:00", "tickets": 10}  # fmt: skip
NAMES = st.sampled_from(["channel", "team", "agent", "tag"])
SIGNS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"))
VALUES = st.text(SIGNS, min_size=1, max_size=20)
CHOSEN = st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=4, unique=True))


@given(CHOSEN, st.sampled_from(["7d", "30d", "12m"]), st.sampled_from(["previous", "year", None]))
def test_an_address_says_the_whole_view(chosen: dict[str, list[str]], period: str, compare: str | None) -> None:
    view = View(period=period, compare=compare)  # type: ignore[arg-type]
    for dimension, values in chosen.items():
        view = view.with_values(dimension, values)
    assert View.read(view.query("acme")) == view


def test_a_plain_view_has_a_plain_address() -> None:
    assert View().query("default") == "workspace=default"
    assert View(start="2026-01-01", end="2026-02-01", period="").query("a", by="team") == (
        "workspace=a&from=2026-01-01&to=2026-02-01&by=team"
    )


@pytest.mark.parametrize("query", ["compare=sideways", "where=nonsense", "from=yesterday"])
def test_nonsense_in_an_address_is_refused_with_a_hint(query: str) -> None:
    with pytest.raises(InputError) as caught:
        View.read(query)
    assert caught.value.hint


def test_values_are_toggled_and_a_missing_value_stands_alone() -> None:
    view = View().toggled("channel", "email").toggled("channel", "chat")
    assert view.selected("channel") == {"email", "chat"}
    assert view.toggled("channel", "email").selected("channel") == {"chat"}
    assert view.toggled("channel", NOTHING).filters == (Filter(dimension="channel", operator="is_null"),)
    assert view.toggled("channel", NOTHING).toggled("channel", "email").filters == (
        Filter(dimension="channel", values=("email",)),
    )
    assert view.toggled("channel", "email").toggled("channel", "chat").filters == ()


def test_a_card_leaves_out_the_filter_of_its_own_cut() -> None:
    view = View().with_values("channel", ["email"]).with_values("team", ["A"])
    query = asked(view, WORKSPACE, "tickets_created", by=("channel",))
    assert [condition.dimension for condition in query.where] == ["team"]
    assert [condition.dimension for condition in asked(view, WORKSPACE, "csat").where] == ["channel", "team"]


def test_a_period_ends_with_the_last_day_that_has_data() -> None:
    window = View(period="7d").window(WORKSPACE)
    assert days_text(window, ZoneInfo("Europe/Berlin")) == "Jun 24 – Jun 30, 2026"
    assert grain_of(window) == "day"
    assert grain_of(View(period="12m").window(WORKSPACE)) == "week"


def test_days_are_written_short() -> None:
    zone = ZoneInfo("Europe/Berlin")
    one = View(period="", start="2026-06-03", end="2026-06-04").window(WORKSPACE)
    two = View(period="", start="2025-12-30", end="2026-01-03").window(WORKSPACE)
    assert days_text(one, zone) == "Jun 3, 2026"
    assert days_text(two, zone) == "Dec 30, 2025 – Jan 2, 2026"


def test_one_is_singular() -> None:
    assert [counted(n, "ticket") for n in (0, 1, 1204)] == ["0 tickets", "1 ticket", "1,204 tickets"]


def test_a_number_leads_to_its_tickets() -> None:
    view = View(period="7d").with_values("team", ["A"])
    extra = (Filter(dimension="agent", values=("Ann",)),)
    assert tickets_address(view, "acme", metric="csat", extra=extra) == (
        "/tickets?workspace=acme&period=7d&where=team+%3D+A&where=agent+%3D+Ann&metric=csat"
    )


@pytest.mark.parametrize(
    ("dimension", "value", "shown"),
    [("channel", "web_form", "Web form"), ("team", "tier_1", "tier_1"), ("category", "VIP only", "VIP only"),
     ("channel", None, NOTHING), ("status", "on_hold", "On hold"), ("subcategory", "api_issue", "API issue")],
)  # fmt: skip
def test_our_own_codes_are_shown_as_words(dimension: str, value: str | None, shown: str) -> None:
    assert shown_value(dimension, value) == shown
