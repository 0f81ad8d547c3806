"""HTML becomes the text that a person would read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.sources.html_text import html_to_text, looks_like_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello</p><p>World</p>", "Hello\n\nWorld"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<ul><li>x</li><li>y</li></ul>", "- x\n- y"),
        ("  many \n\t blanks  ", "many blanks"),
        ("<b>bold</b> &amp; <i>so &lt;on&gt;</i>&nbsp;!", "bold & so <on> !"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<script>alert(1)</script><style>p{}</style>seen", "seen"),
        ('<a href="https://x.y">link</a> <img alt="logo" src="z">', "link logo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<p>broken <b>markup", "broken markup"),
        ("a < b and 5 > 3", "a < b and 5 > 3"),
        ("", None), (None, None), ("<p> </p>", None),
    ],
)  # fmt: skip
def test_text_of_html(html: str | None, text: str | None) -> None:
    assert html_to_text(html) == text


def test_what_looks_like_html() -> None:
    assert looks_like_html("<p>a</p>")
    assert looks_like_html("a &amp; b")
    assert not looks_like_html("a < b, c > d & e")


@given(st.text(st.sampled_from("<>/&;abp \n\"'=!-script")))
def test_any_text_is_taken(html: str) -> None:
    text = html_to_text(html)
    assert text is None or text == text.strip()
