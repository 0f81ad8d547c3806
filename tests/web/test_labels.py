"""The Labels page: what its cards tell."""

from deskpulse.web.labels import cards


def test_categories_tell_their_words_or_what_they_are_about() -> None:
    found = {"version": 2, "is_own": True, "toml": "x", "categories": [
        {"name": "Late delivery", "description": "parcel comes later", "terms": 0, "subcategories": []},
        {"name": "billing", "description": "", "terms": 1200, "subcategories": ["refund_request"]}]}  # fmt: skip
    shown = cards.categories(found)
    assert shown["about"] == "Version 2 of your own"
    assert [one["words"] for one in shown["categories"]] == ["by its name", "1,200 words and phrases"]
    assert shown["categories"][1]["finer"] == "Refund request"


def test_a_preview_leads_to_its_tickets() -> None:
    found = {"tickets": 1000, "changes": 2, "decided_otherwise": 5,
             "moves": [{"old": None, "new": "x / y", "tickets": 2}],
             "examples": [{"ticket_id": "desk:1", "subject": None, "old": "a", "new": None}]}  # fmt: skip
    shown = cards.preview(found, "demo")
    assert shown["lead"].startswith("2 of the latest 1,000 tickets would change; 5 have")
    assert (shown["moves"][0]["old"], shown["moves"][0]["new"]) == ("nothing", "X / Y")
    assert shown["examples"][0]["subject"] == "desk:1"
    assert "ticket=desk%3A1" in shown["examples"][0]["href"]


def test_a_job_is_told_while_it_runs_and_when_it_ended() -> None:
    running = {"status": "running", "task": None, "fraction": 0.5, "text": "5 of 10 tickets", "result": None}
    assert cards.job(running) == {"percent": 50, "text": "Reading texts anew: 5 of 10 tickets"}
    assert cards.job({**running, "status": "done"}) is None
    assert "3 tickets" in cards.outcome({**running, "status": "done", "result": {"changed": 3}})
    assert cards.outcome({**running, "status": "failed", "error": "boom"}) == "It did not work: boom"
    learned = {"version": 2, "is_active": False, "held_out": {"macro_f1": 0.5}}
    assert "no better" in cards.outcome({**running, "task": "category", "status": "done", "result": learned})


def test_rightness_is_told_or_asked_for() -> None:
    share = {"n": 4, "right": 3, "share": 0.75}
    nobody = {"n": 0, "right": 0, "share": None}
    found = {"labels": {"sentiment": {"judged": [{"by": "words", **share}], "now": share, "now_held_out": nobody}}}
    (row,) = cards.rightness(found, {})["rows"]
    assert row["cells"] == ["Sentiment", "words", "4", "75%", "75%", "–"]
    assert cards.rightness({"labels": {"sentiment": {"judged": []}}}, {})["state"] == "empty"
