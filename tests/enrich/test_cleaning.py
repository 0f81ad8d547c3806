"""What counts as the writer's own words."""

from __future__ import annotations

from time import process_time

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


HEADERS = {
    "en": "From: Ann\nSent: Monday\nTo: Support\nSubject: broken",
    "en by date": "From: Ann <ann@example.com>\nTo: Support\nSubject: broken\nDate: Monday",
    "stars": "*From:* Ann\n*Sent:* Monday\n*To:* Support\n*Subject:* broken",
    "two stars": "**From:** Ann\n\n**Sent:** Monday\n\n**To:** Support",
    "de": "Von: Ann\nGesendet: Montag\nAn: Support\nBetreff: kaputt",
    "fr": "De : Ann\nEnvoyé : lundi\nÀ : Support\nObjet : cassé",
    "es": "De: Ann\nEnviado el: lunes\nPara: Soporte\nAsunto: roto",
    "pt": "De: Ann\nEnviada em: segunda\nPara: Suporte\nAssunto: quebrado",
    "it": "Da: Ann\nInviato: lunedì\nA: Assistenza\nOggetto: rotto",
    "nl": "Van: Ann\nVerzonden: maandag\nAan: Support\nOnderwerp: kapot",
    "subject first": "Subject: broken\nFrom: Ann\nDate: Monday",
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("before", ["", "________________________________\n", "  "])
def test_an_earlier_mail_goes_from_its_headers_on(headers: str, before: str) -> None:
    assert own_text(f"Works now.\n\n{before}{headers}\n\nIt is terrible and broken") == "Works now."


@pytest.mark.parametrize(
    "text",
    [
        "My flight\nFrom: Berlin\nTo: Paris\nDate: Monday\nwas cancelled",
        "Two things:\nDe: nada\nSubject: none",
        "if x<y then z>w, a<b and c>d, x<p or q>y",
        "<error>timeout</error> from <server>",
        "My regards go to Ann.\nShe solved it",
        "Best regards,\nAnn Lee\nIt still does not work!",
        "Best regards\nPS The report that you sent is confidential",
    ],
)
def test_what_only_looks_like_mail_stays(text: str) -> None:
    kept = own_text(text)
    assert kept.split()[-3:] == text.split()[-3:]
    assert "Ann Lee" in kept or len(kept.split()) == len(text.split()) or "It still" in kept


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Works now, thank you<blockquote type=cite>terrible<blockquote>broken</blockquote></blockquote>",
         "Works now, thank you"),
        ('<div dir="ltr">Works now</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Ann &lt;<a '
         'href="mailto:a@example.com">'
         'a@example.com</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
         'style="margin:0">terrible</blockquote></div>',
         "Works now"),
        ('<div>One</div><div class="gmail_quote">On Mon, Ann wrote:<blockquote '
         'class="gmail_quote">terrible</blockquote>Two</div>',
         "One Two"),
        ('Works<div class="gmail_quote">terrible</div>', "Works"),
        ('Works<div class="yahoo_quoted"><div>On Mon, Ann wrote:</div><div>terrible</div></div>', "Works"),
        ('Works<div><div data-smartmail="gmail_signature" class="gmail_signature"><div>Ann</div>Terrible '
         'Ltd</div></div>',
         "Works"),
        ('Works<div id="x_Signature"><p>Terrible Ltd</p></div>', "Works"),
        ('Works<hr><div id="divRplyFwdMsg"><b>From:</b> Ann</div><div>terrible</div>', "Works"),
        ("<p>Works</p><p><b>From:</b> Ann<br>\n<b>Sent:</b> Monday<br>\n<b>To:</b> Help<br><b>Subject:</b> "
         "x</p><p>terrible</p>",
         "Works"),
        ("<div><b>Von:</b> Ann</div><p>Geht</p><div><b>Von:</b> Ann</div><div><b>An:</b> "
         "Hilfe</div><div><b>Betreff:</b> x</div>kaputt",
         "Von: Ann Geht"),
        ('<blockquote style="margin:0 0 0 40px;border:none">Indented, not quoted</blockquote>', "Indented, not quoted"),
        ("<td nowrap>a</td><o:p></o:p><br/>b<!-- c --><?xml x?>", "a b"),
        ("Geht nicht.\nGesendet von meinem iPhone", "Geht nicht."),
        ("Marche pas.\nEnvoyé depuis mon iPhone\nterrible", "Marche pas."),
        ("No va.\nObtener Outlook para Android", "No va."),
        ("Please call.\n\nBest regards,\nAnn Lee\nHead of Sales\n+49 30 4015985\n\nThis message is "
         "confidential; if you received it in error, "
         "tell the sender and delete it at once.", "Please call. Best regards,"),
        ("Bitte rufen Sie an.\nMit freundlichen Grüßen\n\nKarl Moor\nFehler GmbH",
         "Bitte rufen Sie an. Mit freundlichen Grüßen"),
    ],
)  # fmt: skip
def test_mail_programs_marks_are_read(text: str, own: str) -> None:
    assert own_text(text).split() == own.split()


@pytest.mark.parametrize(
    "piece",
    ["<blockquote>", "<blockquote><div>", '<div class="gmail_quote">', "<div id=divRplyFwdMsg>", "<p =", "a\nFrom: x\n",
     "From: x\n\n", "a\nBest regards,\nA\n", "<b then ", "confidential in error recipient \n",
     "Sent from my \n", "\n> \nOn x wrote:\n"],
)  # fmt: skip
def test_cleaning_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        start = process_time()
        own_text(text)
        return process_time() - start

    assert min(seconds(160_000) for _ in range(3)) < 10 * max(min(seconds(40_000) for _ in range(3)), 0.002)


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
