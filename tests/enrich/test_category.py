"""Categories by taxonomy: the one that comes with Deskpulse, and a workspace's own."""

from __future__ import annotations

import pytest

from deskpulse.core.errors import InputError
from deskpulse.enrich.catalog import explain, run_steps
from deskpulse.enrich.taxonomy import Taxonomy, default_taxonomy

EXAMPLES = [
    ("billing", "duplicate_charge", "I was charged twice for March."),
    ("billing", "refund_request", "Please refund the last payment."),
    ("billing", "invoice", "Where can I download my invoice for March?"),
    ("account", "login", "I am locked out and cannot log in."),
    ("account", "password_reset", "I forgot my password and the reset link does not come."),
    ("cancellation", None, "Please cancel my subscription."),
    ("technical", "bug", "The app crashes with an error when I press save."),
    ("technical", "performance", "The site is so slow today, pages time out."),
    ("technical", "data_loss", "All my files disappeared after the update."),
    ("integration", "api_issue", "The API answers 429 although we are below the rate limit."),
    ("integration", "webhook", "Our webhook is not called."),
    ("feature_request", "customization", "It would be great if there was a dark mode."),
    ("shipping", "delivery_delay", "My package has not arrived yet."),
    ("shipping", "damaged_item", "The chair arrived damaged."),
    ("returns", "exchange", "I need a replacement in a different size."),
    ("security", "suspicious_activity", "There was a suspicious login from an unknown device."),
    ("service", "rude_staff", "Your agent was rude to me."),
    ("billing", "duplicate_charge", "Mir wurde doppelt abgebucht."),
    ("billing", "refund_request", "Je veux un remboursement."),
    ("shipping", "delivery_delay", "Mi pedido no ha llegado."),
    ("account", "password_reset", "Ho dimenticato la password."),
    ("shipping", "delivery_delay", "Minha encomenda não chegou."),
    ("technical", None, "Het werkt niet."),
]
OWN = Taxonomy.from_mapping(
    {
        "bicycles": {"terms": {"weak": "bike*, bicycle"}, "wheels": {"strong": ["spoke*", "flat tire"]}},
        "boats": {"terms": {"medium": "boat, 船"}},
    }
)


@pytest.mark.parametrize(("category", "subcategory", "text"), EXAMPLES)
def test_names_category_and_subcategory(category: str, subcategory: str | None, text: str) -> None:
    columns = run_steps([text], ["category"])
    assert (columns["category"], columns["subcategory"]) == ([category], [subcategory])
    assert 0.4 <= columns["category_confidence"][0] <= 1


def test_nothing_found_is_other_and_an_uncovered_language_is_unknown() -> None:
    columns = run_steps(["The weather is lovely.", "Где мой кот?"], ["category"])
    assert columns["category"] == ["other", None]
    assert columns["category_confidence"] == [0.0, None]
    assert columns["subcategory"] == [None, None]


def test_more_words_for_one_category_give_more_confidence_and_words_for_another_less() -> None:
    texts = ["bike", "bike with broken spokes", "bike boat"]
    weak, strong, mixed = run_steps(texts, ["category"], taxonomy=OWN)["category_confidence"]
    assert mixed < weak < strong


def test_a_workspaces_own_taxonomy_replaces_ours() -> None:
    columns = run_steps(["Flat tire on my bikes", "私の船", "I want a refund"], ["category"], taxonomy=OWN)
    assert columns["category"] == ["bicycles", "boats", "other"]
    assert columns["subcategory"] == ["wheels", None, None]


def test_many_general_words_do_not_outweigh_a_clear_one() -> None:
    own = Taxonomy.from_mapping(
        {"general": {"terms": {"medium": "a1, a2, a3, a4, a5"}}, "clear": {"x": {"strong": "b"}}}
    )
    assert run_steps(["b a1 a2 a3 a4 a5"], ["category"], taxonomy=own)["category"] == ["clear"]


def test_reasons_are_for_and_against() -> None:
    reasons = dict(explain("Flat tire on my boat", "category", taxonomy=OWN))
    assert reasons == {"flat tire": 3.0, "boat": -2.0}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "no categories"),
        ({"a": {"description": 5}}, "must be a text"),
        ({"": {}}, "no name"),
        ({"a": "refund"}, "no table"),
        ({"a": {"b": "refund"}}, "lists of terms"),
        ({"a": {"b": {"huge": "refund"}}}, "lists of terms"),
        ({"a": {"b": {"strong": 5}}}, "list of words"),
        ({"a": {"b": {"strong": ["x", 5]}}}, "list of words"),
    ],
)
def test_a_taxonomy_of_another_shape_is_refused(data: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Taxonomy.from_mapping(data)


def test_our_taxonomy_gives_no_term_to_one_place_twice() -> None:
    places = [(term.text, term.category, term.subcategory) for term in default_taxonomy().terms]
    assert sorted({place for place in places if places.count(place) > 1}) == []
