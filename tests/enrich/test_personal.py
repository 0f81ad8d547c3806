"""Personal data is found by form and checksum, and what only looks like it stays."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskpulse.enrich.personal import (
    KINDS,
    Span,
    mask,
    mask_all,
    masked_copy,
    name_spans,
    read_spans,
    spans_of,
    within,
    without_marks,
    write_spans,
)

FOUND = {
    "email": ["ann.lee+x@mail.example.co.uk", "ann@example.com", "o'neil@example.org"],
    "phone": [
        "+49 30 4015985", "(415) 555-0132", "415-555-0132", "1-800-555-0199", "06 12 34 56 78", "030 4015985",
        "+1 (415) 555 0132", "612 345 678", "(11) 91234-5678",
    ],
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "6011000990139424"],
    "iban": ["DE89 3704 0044 0532 0130 00", "gb82west12345698765432", "NL91ABNA0417164300",
             "FR14 2004 1010 0505 0001 3M02 606"],
    "national_id": ["536-22-1234", "529.982.247-25", "12345678Z", "X1234567L", "RSSMRA85T10A562S", "AB123456C",
                    "AB 12 34 56 C", "1 85 05 78 006 084 91"],
    "ip_address": ["10.20.30.40", "2001:db8::8a2e:370:7334"],
    "address": [
        "221B Baker Street", "1600 Pennsylvania Avenue, Washington, DC 20500", "Hauptstraße 5, 10115 Berlin",
        "Keizersgracht 12", "12 rue de la Paix, 75002 Paris", "Calle Mayor 3", "Via Roma 12, 00184 Roma",
        "PO Box 42, Austin TX 78701", "Av. Paulista 1000", "Am Markt 4, 50667 Köln", "Postfach 12, 10115 Berlin",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500", "In der Au 12a, 81541 München",
    ],
}  # fmt: skip
NOT_FOUND = [
    "It costs 1,234,567.89 since 2024-01-05 12:30 or 05.01.2024, at 12:30:45.",
    "My order 123456789 and order #4155550132 with invoice 2024-000-1234",
    "card 4111 1111 1111 1112, account DE89 3704 0044 0532 0130 01, 12345678A, 000-22-1234, 529.982.247-26",
    "version 1.2.3.4 of std::string, 127.0.0.1 and 300.1.1.1, chapter 1.2.3",
    "In 5 minutes I am on my way; 12 people still wait. 100 000 000 customers!",
    "Hi Team, Thanks! Great service. Best regards, Thanks in advance",
    "am Montag 4 Uhr, 12 Leute, im Juli 2 Tage; the post box 3; LG TV, Samsung",
    "The best, Apple, is here. It is a --\nGreat product",
    "user@localhost, @handle, a @ b, 3@4",
    "It failed 1234567 times, error 80070005, 99.9999999%",
]
NAMED = {
    "Please help.\n\nKind regards,\nAnn Lee\nSenior buyer": "Ann Lee",
    "Mit freundlichen Grüßen<br>Karl von Moor<br>": "Karl von Moor",
    "Thanks, Julia": "Julia",
    "Dear Mr. Smith, we are sorry": "Smith",
    "Order late\n\nHi Anna, where is it?": "Anna",
    "Betreff\r\n\r\nHallo Frau Müller,\r\nes geht nicht": "Müller",
    "Hallo Frau Müller-Lüdenscheidt, danke": "Müller-Lüdenscheidt",
    "Hello, my name is Anna Maria Schmidt and I": "Anna Maria Schmidt",
    "ok\n\nOn Mon, Ann Lee wrote:\n> hi": "Ann Lee",
    "fine\nFrom: Bob Hope\nSent: Monday": "Bob Hope",
    "Best regards, Emeka from Austin": "Emeka",
    "Help.\n\nSincerely,\nDr. Emily Watson, PhD": "Emily Watson",
    "x\nBest,\nProf. Dr. Emily Watson, PhD": "Emily Watson",
    "x\nRegards,\nMs. Ann Lee": "Ann Lee",
    "x\n-- \nJohn Smith\nSales": "John Smith",
    "ok\n\nBest,\nJ. Smith": "J. Smith",
    "ok\nBR,\nTom": "Tom",
    "ok\nLG, Max": "Max",
    "ok\nGruß\nMax": "Max",
    "ok\nHochachtungsvoll\nKarl Moor": "Karl Moor",
    "x\nGroeten,\nPiet": "Piet",
    "x\nAbraços,\nJoão": "João",
    "x\nHoogachtend,\nP. de Boer": "P. de Boer",
    "Sehr geehrter Herr Prof. Dr. Müller, es geht nicht": "Müller",
}


@pytest.mark.parametrize(("kind", "written"), [(kind, one) for kind, ones in FOUND.items() for one in ones])
@pytest.mark.parametrize("around", ["{}", "It is {}, please note.", "See ({}).", "ü {}\nnext line"])
def test_what_has_the_form_and_the_checksum_is_found(kind: str, written: str, around: str) -> None:
    text = around.format(written)
    assert f"[{kind.replace('_', ' ')}]" in masked_copy(text)
    assert written not in masked_copy(text)
    assert around.split("{}")[1].strip("().") in masked_copy(text)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert masked_copy(text) == text


@pytest.mark.parametrize(("text", "name"), NAMED.items())
def test_names_are_found_where_mail_puts_them(text: str, name: str) -> None:
    assert [text[s.start : s.end] for s in spans_of(text) if s.kind == "name"] == [name]


CARDS = [
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111111111111111",
    "3782 822463 10005",
    "6011\u00a00009\u00a09013\u00a09424",
]
IN_A_ROW = [*CARDS, "536-22-1234", "529.982.247-25", "415-555-0132", "(415) 555-0132", "1 85 05 78 006 084 91"]
GAPS = [" ", "  ", " - ", " / ", ", ", "\u00a0", "\t", "\n", " and ", "; "]


@given(
    card=st.sampled_from(CARDS), gaps=st.tuples(*[st.sampled_from([*GAPS, "/", "|"])] * 3),
    before=st.sampled_from(["my card is", "order 12345", "99"]),
    expiry=st.sampled_from(["12/27", "1/27", "12/2027", "12-27", "exp 12/27", "1227", "0127", ""]),
    code=st.sampled_from(["123", "cvv 123", "CVC: 1234", ""]),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_a_card_is_masked_whatever_is_written_beside_it(
    card: str, gaps: tuple[str, str, str], before: str, expiry: str, code: str
) -> None:
    copy = masked_copy(before + gaps[0] + card + gaps[1] + expiry + gaps[2] + code)
    assert "[card]" in copy
    assert card not in copy
    assert not {card[-4:], card[:4], card[5:9]} & {*copy.replace("-", " ").split()}


@given(parts=st.lists(st.sampled_from(IN_A_ROW), min_size=2, max_size=5), gap=st.sampled_from(GAPS))
@settings(max_examples=300, deadline=None)
def test_numbers_in_a_row_are_masked_each(parts: list[str], gap: str) -> None:
    copy = masked_copy(gap.join(parts))
    assert not any(character.isdigit() for character in copy)
    assert copy.count("[") == len(parts)


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("my card is 4111 1111 1111 1111 12/27 cvv 123, thanks", "my card is [card], thanks"),
        ("4111 1111 1111 1111 100 euros", "[card] 100 euros"),
        ("415-555-0132 10/12", "[phone] 10/12"),
        ("030 4015985 12/2027", "[phone] 12/2027"),
        ("+49 30 4015985 4111 1111 1111 1111", "[phone] [card]"),
        ("my number is 07911 123456", "my number is [phone]"),
        ("call 4155550132", "call [phone]"),
        ("order 123-4567890-1234567 and 302-1234567-7654321", "order 123-4567890-1234567 and 302-1234567-7654321"),
        ("tracking 9400 1000 0000 0000 0000 00", "tracking 9400 1000 0000 0000 0000 00"),
        ("3-415-555-0132-77 and 2024 536 22 1234 5678", "3-415-555-0132-77 and 2024 536 22 1234 5678"),
        ("2019 2020 2021 2022 2023 2024 2025", "2019 2020 2021 2022 2023 2024 2025"),
        ("invoice 2024 415 555 0132", "invoice 2024 415 555 0132"),
        ("05.01.2024 10.20.30.40", "05.01.2024 [ip address]"),
    ],
)  # fmt: skip
def test_what_stands_beside_a_number_is_judged_for_itself(text: str, copy: str) -> None:
    assert masked_copy(text) == copy


@pytest.mark.parametrize(
    "piece", ["1 ", "4111 ", "1-1/1.1 ", "(11) ", "4", "415-555-0132 ", "+1 ", "12.34.5 ", "#1 1 "]
)
def test_long_series_of_digits_take_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        start = process_time()
        spans_of(text)
        return process_time() - start

    assert min(seconds(80_000) for _ in range(3)) < 12 * max(min(seconds(20_000) for _ in range(3)), 0.002)


def test_words_beside_a_number_say_what_it_is() -> None:
    assert masked_copy("Call me at 4155550132 please") == "Call me at [phone] please"
    assert masked_copy("tel. 3015985") == "tel. [phone]"
    assert masked_copy("my order 415-555-0132 is late") == "my order 415-555-0132 is late"
    assert masked_copy("my passport number is 12345678") == "my passport number is [national id]"
    assert masked_copy("It happened 4155550132 times") == "It happened 4155550132 times"


def test_the_writers_own_name_is_masked_wherever_it_stands() -> None:
    text = "I am Emeka and Obinna said EMEKA, not Emekas"
    assert mask(text, name_spans(text, "Emeka Obi")) == "I am [name] and Obinna said EMEKA, not Emekas"
    assert name_spans("Support is good", "Support Team") == name_spans(text, "emeka@example.com") == []


@given(text=st.text(alphabet="aZ1 @.:-+(){}<>\n\ud800é[]#0945DE89", max_size=120))
@settings(max_examples=200, deadline=None)
def test_spans_are_in_order_apart_and_can_be_written(text: str) -> None:
    spans = spans_of(text)
    assert all(0 <= s.start < s.end <= len(text) and s.kind in KINDS for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert read_spans(write_spans(spans)) == spans
    assert len(mask(text, spans)) == len(text) + sum(len(s.kind) + 2 - (s.end - s.start) for s in spans)


def test_parts_of_a_text_take_their_share_of_the_spans() -> None:
    spans = [Span("email", 2, 6), Span("name", 8, 12)]
    assert within(spans, 0, 5) == [Span("email", 2, 5)]
    assert within(spans, 5, 20) == [Span("email", 0, 1), Span("name", 3, 7)]


def test_nested_answers_are_masked_whole_and_marks_can_be_left_out() -> None:
    told = {"a@example.com is no date": [1, None, {"x": "call +49 30 4015985"}]}
    assert mask_all(told) == {"[email] is no date": [1, None, {"x": "call [phone]"}]}
    assert without_marks("a [email] b [ip address] [other]").split() == ["a", "b", "[other]"]
