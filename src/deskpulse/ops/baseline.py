"""What the usual script does to one text after another: TextBlob's polarity and a loop over keywords."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.util import find_spec

KEYWORDS: dict[str, tuple[str, ...]] = {
    "billing": ("invoice", "charged", "refund", "payment", "bank", "price", "plan", "amount"),
    "delivery": ("parcel", "shipment", "tracking", "delivered", "package", "damaged", "address"),
    "login": ("log in", "password", "account", "locked", "second factor", "code", "link"),
    "bug": ("crash", "error", "freeze", "lost", "broken", "does not work", "empty page"),
    "how_to": ("how to", "where can i", "is there a way", "could you tell me", "change"),
    "cancellation": ("cancel", "return", "close our account", "expensive", "another provider"),
    "praise": ("thank", "great", "happy", "solved my problem"),
    "urgent": ("urgent", "asap", "immediately", "as soon as possible", "every hour", "waiting"),
}


def texts_per_second(texts: Sequence[str]) -> float | None:
    """Return how many texts a second the script reads on one core; None when TextBlob is not installed."""
    if find_spec("textblob") is None:
        return None
    from textblob import TextBlob

    def read(text: str) -> tuple[float, list[str]]:
        lowered = text.lower()
        found = [name for name, words in KEYWORDS.items() if any(word in lowered for word in words)]
        return TextBlob(text).sentiment.polarity, found

    read(texts[0])  # its lexicon is loaded by the first text, which is not what is compared
    began = time.perf_counter()
    for text in texts:
        read(text)
    return len(texts) / (time.perf_counter() - began)
