"""What counts as the writer's own words."""

from __future__ import annotations

import pytest

from deskpulse.enrich.cleaning import own_text, plain_text
from deskpulse.enrich.tokens import pad, tokenize


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("It works.\n\nOn Mon, 3 Feb 2025, Ann Lee <ann@example.com> wrote:\n> It is broken\n> again", "It works."),
        ("It works.\n\nOn Monday, Ann Lee\n<ann@example.com> wrote:\n> It is broken", "It works."),
        ("It works.\n\nOn Monday, Ann wrote:\nIt is broken", "It works."),
        ("Ja, danke.\n\nAm 3.2.2025 um 10:00 schrieb Ann:\n> Geht es?", "Ja, danke."),
        ("Merci.\nLe lun. 3 févr. 2025, Ann a écrit :\n> Alors ?", "Merci."),
        ("> Is it fixed?\nYes.\n> And the second one?\nNo.", "Yes.\nNo."),
        ("On Monday, Ann wrote:\n> Is it fixed?\n\nYes, thanks.", "Yes, thanks."),
        ("Done.\n-----Original Message-----\nFrom: Ann\nIt is broken", "Done."),
        ("Done.\n\nFrom: Ann\nSent: Monday\nTo: Support\nSubject: broken\n\nIt is broken", "Done."),
        ("Please call.\n-- \nAnn Lee\nHead of terrible ideas", "Please call."),
        ("Please call.\nSent from my iPhone", "Please call."),
        ("<p>Hello&nbsp;<b>there</b></p><style>p {color: red}</style><br>Bye", "Hello\u00a0 there \n\n \nBye"),
        ("1 < 2 and 3 > 2, I <3 it", "1 < 2 and 3 > 2, I <3 it"),
        ("Write to Ann <ann@example.com> please", "Write to Ann <ann@example.com> please"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("First line:\nOn time delivery is a lie", "First line:\nOn time delivery is a lie"),
        ("- one\n- two", "- one\n- two"),
    ],
)
def test_history_signature_and_markup_go(text: str, own: str) -> None:
    cleaned = own_text(text)
    assert cleaned.split() == own.split()


def test_a_text_that_is_only_history_has_no_words_of_its_own() -> None:
    assert own_text("> It is broken\n> again") == ""


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("@acme your site www.acme.com/x?y=1 is down", "your site is down"),
        ("See <https://example.com/terrible|this> please", "See please"),
        ("Mail bad.guy@terrible.com or <@U123>", "Mail or"),
        ("It’s “fine”", 'It\'s "fine"'),
        ("5@6", "5@6"),
    ],
)
def test_links_addresses_and_mentions_do_not_count(body: str, plain: str) -> None:
    assert plain_text(body).split() == plain.split()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't WAIT!!! :)", ["don't", "wait", "!!!", ":)"]),
        ("Où est-ce? Größe ÉTÉ", ["ou", "est", "ce", "?", "grosse", "ete"]),
        ("cafe\u0301", ["cafe"]),
        ("#WorstServiceEver 👍🏽", ["worst", "service", "ever", "👍", "🏽"]),
        ("a\n\nb\nc", ["a", "\n\n", "b", "c"]),
        ("", []),
    ],
)
def test_words_and_marks(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_padding_gives_every_token_its_own_spaces() -> None:
    assert pad(["a", "b"]) == " a  b "
