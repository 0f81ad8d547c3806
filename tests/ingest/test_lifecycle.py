"""Each fact of a ticket, on histories small enough to check by eye."""

from __future__ import annotations

import pytest
from tests.ingest.histories import at, event, facts, message, one

CLOSED_COURSE = [
    event(0, "status", "new"), event(10, "status", "open", "new"), event(30, "status", "pending", "open"),
    event(90, "status", "open", "pending"), event(100, "status", "on_hold", "open"),
    event(160, "status", "solved", "on_hold"), event(500, "status", "closed", "solved"),
]  # fmt: skip


def test_a_plain_course_gives_solution_closing_and_waits() -> None:
    found = one(events=CLOSED_COURSE)
    assert found["status"] == "closed"
    assert found["first_solved_at"] == found["solved_at"] == at(160)
    assert found["closed_at"] == at(500)
    assert found["reopen_count"] == 0
    assert found["reopened_at"] is None
    assert found["first_resolution_seconds"] == found["full_resolution_seconds"] == 160 * 60
    assert found["requester_wait_seconds"] == (30 + 10 + 60) * 60
    assert found["agent_wait_seconds"] == 60 * 60
    assert found["on_hold_seconds"] == 60 * 60
    assert found["gaps"] == []


def test_an_unsolved_ticket_has_no_solution_and_no_waits_yet() -> None:
    found = one(events=CLOSED_COURSE[:3])
    assert found["status"] == "pending"
    assert found["solved_at"] is found["first_solved_at"] is found["full_resolution_seconds"] is None
    assert found["requester_wait_seconds"] is found["agent_wait_seconds"] is found["on_hold_seconds"] is None
    assert found["reopen_count"] == 0


def test_handoffs_are_from_agent_to_agent_only() -> None:
    events = [
        event(1, "agent", "ana"), event(2, "agent", None, "ana"), event(3, "agent", "ben"),
        event(4, "agent", "ben", "ana"), event(5, "agent", "ana", "ben"), event(6, "team", "mail"),
        event(7, "team", "phone", "mail"),
    ]  # fmt: skip
    found = one(events=events)
    assert found["handoff_count"] == 2
    assert found["team_handoff_count"] == 1
    assert (found["agent"], found["team"]) == ("ana", "phone")
    assert one(events=[event(1, "agent", "ben", "ana")])["handoff_count"] == 1
    assert one(events=[event(1, "agent", None, "ana"), event(2, "agent", "ana", "")])["handoff_count"] == 0


def test_messages_are_counted_by_kind() -> None:
    messages = [
        message(0, "customer"), message(1, "bot"), message(2, "agent", is_public=False), message(5, "agent"),
        message(7, "customer"), message(9, "agent"), message(10, "system"),
    ]  # fmt: skip
    found = one(messages=messages)
    assert found["agent_reply_count"] == 2
    assert found["customer_message_count"] == 2
    assert found["message_count"] == 6
    assert found["note_count"] == 1
    assert found["first_replied_at"] == at(5)
    assert found["first_reply_seconds"] == 300
    assert found["is_agent_created"] is False


def test_one_touch_needs_exactly_one_reply_a_solution_and_no_reopening() -> None:
    solved = [event(20, "status", "solved", "open")]
    one_reply = [message(0, "customer"), message(5, "agent")]
    assert one(events=solved, messages=one_reply)["is_one_touch"] is True
    assert one(events=solved, messages=[message(0, "customer")])["is_one_touch"] is False
    assert one(events=solved, messages=[*one_reply, message(6, "agent")])["is_one_touch"] is False
    assert one(messages=one_reply)["is_one_touch"] is False
    reopened = [*solved, event(30, "status", "open", "solved"), event(40, "status", "solved", "open")]
    assert one(events=reopened, messages=one_reply)["is_one_touch"] is False
    assert one()["is_one_touch"] is None


def test_given_columns_stay_where_history_is_silent() -> None:
    given = {
        "status": "solved", "first_replied_at": at(5), "solved_at": at(60), "reopen_count": 2, "handoff_count": 3,
        "agent_reply_count": 1, "requester_wait_seconds": 7.0, "is_escalated": False, "csat_score": 4.0,
    }  # fmt: skip
    found = one(given)
    assert {name: found[name] for name in given} == given
    assert found["first_reply_seconds"] == 300
    assert found["full_resolution_seconds"] == 3600
    assert found["first_solved_at"] is None  # reopened twice: when it was first solved is not known
    assert found["is_one_touch"] is False


def test_history_overrules_given_columns() -> None:
    given = {"first_replied_at": at(50), "solved_at": at(55), "reopen_count": 9, "handoff_count": 9, "csat_score": 1.0}
    events = [event(20, "status", "solved", "open"), event(4, "agent", "ana")]
    surveys = [
        {"survey_id": "s1", "ticket_id": "t1", "kind": "csat", "responded_at": at(30), "score": 2.0},
        {"survey_id": "s2", "ticket_id": "t1", "kind": "csat", "responded_at": at(40), "score": 5.0},
        {"survey_id": "s3", "ticket_id": "t1", "kind": "nps", "responded_at": at(50), "score": 9.0},
    ]
    found = one(given, events, [message(3, "agent")], surveys=surveys)
    assert found["first_replied_at"] == at(3)
    assert found["solved_at"] == at(20)
    assert found["reopen_count"] == found["handoff_count"] == 0
    assert found["csat_score"] == 5.0


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"solved_at": at(-5)}, "solved before created"),
        ({"closed_at": at(-5)}, "closed before created"),
        ({"first_replied_at": at(-5)}, "replied before created"),
        ({"time_problem": "unreadable solved_at", "solved_at": at(5)}, "unreadable solved_at"),
    ],
)
def test_impossible_times_are_named_and_give_no_durations(given: dict[str, object], problem: str) -> None:
    found = one({"status": "closed", "on_hold_seconds": 5.0, **given})
    assert found["time_problem"] == problem
    assert found["first_reply_seconds"] is found["full_resolution_seconds"] is found["on_hold_seconds"] is None
    kept = next(name for name in ("solved_at", "closed_at", "first_replied_at") if name in given)
    assert found[kept] == given[kept]


def test_a_closing_alone_is_the_solution() -> None:
    found = one({"closed_at": at(60)})
    assert found["solved_at"] == found["first_solved_at"] == at(60)
    assert found["full_resolution_seconds"] == 3600


def test_a_given_duration_stands_for_the_time_it_ends_at() -> None:
    found = one({"status": "solved", "first_reply_seconds": 30.0, "full_resolution_seconds": 90.5})
    assert found["first_replied_at"] == at(0.5)
    assert found["solved_at"] == at(90.5 / 60)
    assert found["full_resolution_seconds"] == 90.5
    open_still = one({"status": "open", "full_resolution_seconds": 90.5})
    assert open_still["solved_at"] is None
    assert open_still["full_resolution_seconds"] is None


def test_a_row_newer_than_its_history_counts_as_one_more_change() -> None:
    events = [event(20, "status", "solved", "open"), event(30, "status", "open", "solved")]
    newer = one({"status": "closed", "updated_at": at(50), "solved_at": at(45)}, events)
    assert (newer["status"], newer["solved_at"], newer["reopen_count"]) == ("closed", at(45), 1)
    assert one({"status": "solved", "updated_at": at(50)}, events)["solved_at"] == at(50)
    older = one({"status": "solved", "updated_at": at(25), "solved_at": at(20)}, events)
    assert (older["status"], older["solved_at"]) == ("open", None)
    undated = one({"status": "solved", "solved_at": at(20)}, events)
    assert (undated["status"], undated["solved_at"]) == ("open", None)


def test_a_ticket_known_only_by_its_history_still_gets_facts() -> None:
    events = [event(5, "created", None, actor_kind="customer"), event(20, "status", "solved", "open")]
    messages = [
        message(5, "customer", author_id="c", author="Cara", channel="chat"),
        message(8, "agent", author_id="x:1", author="Ana"),
    ]
    found = one({"created_at": None}, events, messages)
    assert found["created_at"] == at(5)
    assert (found["customer_id"], found["customer"], found["channel"]) == ("c", "Cara", "chat")
    assert (found["agent_id"], found["agent"]) == ("x:1", "Ana")
    assert found["first_reply_seconds"] == 180
    assert found["full_resolution_seconds"] == 900
    assert found["updated_at"] == at(20)


def test_the_agent_is_the_newest_known() -> None:
    agents = [{"agent_id": "x:7", "external_id": "7", "name": "Ben", "label": "Ben (7)"}]
    row = {"agent_id": "x:1", "agent": "Ana", "updated_at": at(10)}
    later = one(row, [event(20, "agent", "7", "1")], agents=agents)
    assert (later["agent_id"], later["agent"]) == ("x:7", "Ben (7)")
    earlier = one(row, [event(5, "agent", "7", "1")], agents=agents)
    assert (earlier["agent_id"], earlier["agent"]) == ("x:1", "Ana")
    unassigned = one(row, [event(20, "agent", None, "1")], agents=agents)
    assert (unassigned["agent_id"], unassigned["agent"]) == (None, None)
    undated = one({"agent": "Ana"}, [event(20, "agent", "7", "1")], agents=agents)
    assert undated["agent"] == "Ana"


def test_escalation_by_field_or_event() -> None:
    assert one(events=[event(5, "escalated", "true")])["is_escalated"] is True
    assert one({"is_escalated": True}, [event(5, "escalated", "false")])["is_escalated"] is True
    assert one(events=[event(5, "escalated", "no")])["is_escalated"] is False
    assert one(events=[event(5, "escalated", "true"), event(6, "escalated", "false")])["is_escalated"] is True
    assert one()["is_escalated"] is None


def test_the_text_facts_come_from_the_customers_messages() -> None:
    own = {"sentiment": 0.9, "language": "fr", "emotion": "happy", "urgency": "high", "category": "billing",
           "category_by": "taxonomy", "category_confidence": 0.4, "indicators": ["url"]}  # fmt: skip
    messages = [
        message(0, "customer", sentiment=-0.8, language="en", emotion="angry", urgency="low", indicators=["question"]),
        message(1, "customer", sentiment=0.2, language="en", emotion="grateful", urgency="critical"),
        message(2, "customer", sentiment=None, language="und", emotion=None),
        message(3, "agent", sentiment=1.0, language="de", emotion="happy", urgency="critical"),
        message(4, "customer", sentiment=1.0, is_public=False),
    ]
    found = one(own, messages=messages)
    assert found["sentiment"] == pytest.approx(-0.3)
    assert found["sentiment_label"] == "negative"
    assert found["language"] == "en"
    assert found["emotion"] == "angry"
    assert found["urgency"] == "critical"
    assert found["indicators"] == ["question", "url"]
    assert found["category"] == "billing"
    alone = one(own)
    assert (alone["sentiment"], alone["language"], alone["urgency"]) == (0.9, "fr", "high")


def test_volatility_and_change_as_worked_by_hand() -> None:
    # -0.89, 0.14, 0.92: the mean is 0.0567, squares of what each lies off it add up to 1.6485; of three, 1.6485 ÷ 2.
    messages = [message(i, "customer", sentiment=score) for i, score in enumerate([-0.89, 0.14, 0.92])]
    messages += [message(9, "agent", sentiment=-1.0), message(10, "customer", sentiment=-1.0, is_public=False)]
    found = one(messages=messages)
    assert (found["sentiment_first"], found["sentiment_last"]) == (-0.89, 0.92)
    assert found["sentiment_last"] - found["sentiment_first"] == pytest.approx(1.81)
    assert found["sentiment_volatility"] == pytest.approx((1.64847 / 2) ** 0.5, abs=1e-4)
    assert one(messages=messages[:1])["sentiment_volatility"] is None


def test_what_its_source_says_of_a_ticket_goes_first() -> None:
    own = {"ticket_id": "desk:1", "sentiment": 0.9, "sentiment_label": "positive", "emotion": "happy", "urgency": "low",
           "priority": "urgent"}  # fmt: skip
    said = [message(0, "customer", ticket_id="desk:1", sentiment=-0.9, emotion="angry", urgency="critical")]
    given = {key: ["desk"] for key in ("sentiment", "emotion", "urgency")}
    found = one(own, messages=said, given=given)
    assert (found["sentiment"], found["sentiment_label"]) == (0.9, "positive")
    assert (found["emotion"], found["urgency"]) == ("happy", "low")
    other = one(own, messages=said, given={key: ["crm"] for key in given})
    assert (other["sentiment"], other["sentiment_label"]) == (-0.9, "negative")
    assert (other["emotion"], other["urgency"]) == ("angry", "critical")
    silent = one({**own, "sentiment": None, "emotion": None, "urgency": None}, messages=said, given=given)
    assert (silent["sentiment"], silent["emotion"]) == (-0.9, "angry")


@pytest.mark.parametrize(
    ("words", "sentiment", "urgency"),
    [("medium", -0.6, "high"), ("medium", -0.59, "medium"), ("high", -1.0, "high"), ("low", -1.0, "low"),
     (None, -1.0, None), ("medium", None, "medium")],
)  # fmt: skip
def test_a_strongly_negative_mood_raises_no_more_than_a_medium_urgency(
    words: str | None, sentiment: float | None, urgency: str | None
) -> None:
    assert one({"urgency": words, "sentiment": sentiment})["urgency"] == urgency


def test_the_category_comes_from_the_subject_or_the_first_words() -> None:
    said = [message(0, "customer", category="login", subcategory="password", category_confidence=0.7)]
    assert one(messages=said)["category"] == "login"
    assert one(messages=said)["category_by"] == "taxonomy"
    weak = {"category": "billing", "category_by": "taxonomy", "category_confidence": 0.3}
    assert one(weak, messages=said)["subcategory"] == "password"
    assert one({**weak, "description": "My bill"}, messages=said)["category"] == "billing"
    assert one({"category": "given", "category_by": "source"}, messages=said)["category"] == "given"
    assert one({"category": "given"}, messages=said)["category"] == "given"


def test_no_tickets_no_facts() -> None:
    empty = facts([])
    assert empty.tickets.height == empty.derived["ticket_gaps"].height == 0
