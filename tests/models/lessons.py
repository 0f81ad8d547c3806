"""Small texts to learn from: each label has words of its own."""

from __future__ import annotations

from random import Random

WORDS = {
    "billing": ["invoice", "charged", "refund", "payment", "price"],
    "delivery": ["parcel", "courier", "late", "address", "tracking"],
    "login": ["password", "locked", "code", "reset", "account"],
}
FILLER = ["please", "my", "the", "still", "help", "today", "since", "again", "and", "is"]


def lesson(each: int = 30, seed: int = 1) -> tuple[list[str], list[str]]:
    """Texts and labels; every text has two words of its label among four that say nothing."""
    draw = Random(seed)
    texts, labels = [], []
    for number in range(each):
        for label, words in WORDS.items():
            chosen = [*draw.sample(words, 2), *draw.sample(FILLER, 4)]
            draw.shuffle(chosen)
            texts.append(f"{' '.join(chosen)} {number}")
            labels.append(label)
    return texts, labels
