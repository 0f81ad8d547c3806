"""How a text is written, as named numbers for learned models: shouting, asking, links, who and what is tagged."""

from __future__ import annotations

import re

_LINK = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(?<!\w)@\w{1,40}")
_HASHTAG = re.compile(r"(?<!\w)#(\w{1,40})")
_CAPITALS = re.compile(r"\b[^\W\d_]{3,}\b")
_FACE = re.compile(r"[:;=]-?[)(DPp/]")
_PICTURE = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_DIGIT = re.compile(r"\d")
_LONG, _SHORT = 140, 40
_MOST = 5
_READ = 4_000
"""Characters of a text that are looked at."""


def surface_of(text: str | None) -> dict[str, float]:
    """Return signs of one text, each 0–1 and only those above 0.

    Accounts in a public post are no words, but who is spoken to says something of the mood; so do hashtags.
    """
    read = (text or "")[:_READ]
    mentions = _MENTION.findall(read)
    bare = _LINK.sub(" ", _MENTION.sub(" ", read))
    found = {
        "written: link": float("http" in read),
        "written: exclaims": _share(bare.count("!"), 3),
        "written: asks": _share(bare.count("?"), 2),
        "written: digits": float(_DIGIT.search(bare) is not None),
        "written: trails off": float("..." in bare or "…" in bare),
        "written: quotes": float('"' in bare or "“" in bare),
        "written: capitals": _share(sum(word.isupper() for word in _CAPITALS.findall(bare)), 3),
        "written: accounts": _share(len(mentions), 3),
        "written: length": _share(len(bare), _LONG),
        "written: short": float(len(bare) < _SHORT),
    }
    found |= {f"mention: {name.lower()}": 1.0 for name in mentions[:_MOST]}
    found |= {f"tag: {name.lower()}": 1.0 for name in _HASHTAG.findall(bare)[:_MOST]}
    found |= {f"face: {face}": 1.0 for face in _FACE.findall(bare)[:_MOST]}
    found |= {f"picture: {picture}": 1.0 for picture in _PICTURE.findall(bare)[:_MOST]}
    return {name: value for name, value in found.items() if value}


def _share(count: int, full: int) -> float:
    return min(count, full) / full
