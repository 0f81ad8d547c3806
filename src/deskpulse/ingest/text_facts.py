"""How a ticket reads as a whole: its customer's messages first, its subject and description where there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from deskpulse.enrich.sentiment import NEGATIVE, POSITIVE
from deskpulse.ingest.urgency import level, urgency_of

UNSURE = "und"


@dataclass(frozen=True, kw_only=True)
class SentimentCuts:
    """From which score a text is called positive, and to which it is called negative: as enrichment does."""

    negative: float = NEGATIVE
    positive: float = POSITIVE

    def label(self, score: pl.Expr) -> pl.Expr:
        """Return negative, neutral or positive for a score; null for null."""
        return (
            pl.when(score <= self.negative)
            .then(pl.lit("negative"))
            .when(score >= self.positive)
            .then(pl.lit("positive"))
            .when(score.is_not_null())
            .then(pl.lit("neutral"))
        )


def text_facts(messages: pl.DataFrame) -> pl.DataFrame:
    """Return, per ticket with messages by its customer, what these say as a whole (columns end `_said`).

    Sentiment and subjectivity are means; language is the most frequent sure one, the earlier
    at a tie; the emotion is that of the message with the strongest sentiment; urgency is the highest; the
    category is the first message's that has one.
    """
    said = messages.filter((pl.col("author_kind") == "customer") & pl.col("is_public").fill_null(True)).sort(
        "ticket_id", "sent_at", "message_id", nulls_last=True
    )
    felt = pl.col("emotion").is_not_null() & (pl.col("emotion") != "neutral")
    strength = pl.col("sentiment").abs().fill_null(0.0)
    categorised = pl.col("category").is_not_null()
    facts = said.group_by("ticket_id", maintain_order=True).agg(
        sentiment_said=pl.col("sentiment").mean(),
        subjectivity_said=pl.col("subjectivity").mean(),
        emotion_said=pl.coalesce(
            pl.col("emotion").filter(felt).sort_by(strength.filter(felt), descending=True, maintain_order=True).first(),
            pl.col("emotion").drop_nulls().first(),
        ),
        emotion_intensity_said=pl.col("emotion_intensity").max(),
        question_count_said=pl.col("question_count").sum(),
        is_question_known=pl.col("question_count").is_not_null().any(),
        escalation_said=pl.col("escalation").explode(empty_as_null=True).drop_nulls().unique().sort(),
        is_escalation_known=pl.col("escalation").is_not_null().any(),
        urgency_said=level("urgency").max(),
        indicators_said=pl.col("indicators").explode(empty_as_null=True).drop_nulls().unique().sort(),
        category_said=pl.col("category").filter(categorised).first(),
        subcategory_said=pl.col("subcategory").filter(categorised).first(),
        confidence_said=pl.col("category_confidence").filter(categorised).first(),
    )
    return facts.join(_language(said), on="ticket_id", how="left")


def _language(said: pl.DataFrame) -> pl.DataFrame:
    counted = (
        said.filter(pl.col("language").is_not_null())
        .with_columns(place=pl.int_range(pl.len()).over("ticket_id"))
        .group_by("ticket_id", "language")
        .agg(times=pl.len(), place=pl.col("place").min())
    )
    sure_first = pl.col("language") == UNSURE
    return (
        counted.sort("ticket_id", sure_first, -pl.col("times").cast(pl.Int64), "place")
        .group_by("ticket_id", maintain_order=True)
        .agg(language_said=pl.col("language").first())
    )


def whole_text(
    base: pl.DataFrame, said: pl.DataFrame, cuts: SentimentCuts, given: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Return `base` with its text columns as the ticket's own text and its customer's messages say together.

    `base` holds what the source gave, or what subject and description say where it gave nothing, and `is_top`: whether
    the customer is of a top tier. `given`: the columns that sources gave, with these sources; they go first.
    """
    both = base.join(said, on="ticket_id", how="left")
    source = pl.col("ticket_id").str.splitn(":", 2).struct.field("field_0")

    def is_given(name: str) -> pl.Expr:
        return source.is_in(list(given.get(name, ()))) & pl.col(name).is_not_null()

    by_messages = pl.col("sentiment_said").is_not_null() & ~is_given("sentiment")
    sentiment = pl.when(by_messages).then("sentiment_said").otherwise("sentiment")
    level_said = pl.max_horizontal(level("urgency"), "urgency_said")
    own_by, own_sure, said_sure = pl.col("category_by"), pl.col("category_confidence"), pl.col("confidence_said")
    is_decided = pl.col("category").is_not_null() & own_by.fill_null("source").is_in(["source", "person", "model"])
    by_message = (
        pl.col("category_said").is_not_null()
        & ~is_decided
        & (pl.col("category").is_null() | (~pl.col("has_description") & (said_sure > own_sure).fill_null(False)))
    )
    indicators, none_known = _joined("indicators")
    escalation, none_judged = _joined("escalation")
    none_judged = none_judged | (pl.col("escalation").is_null() & ~pl.col("is_escalation_known"))
    asked = pl.when("is_question_known").then("question_count_said")
    return both.with_columns(
        sentiment=sentiment,
        sentiment_label=pl.when(by_messages).then(cuts.label(pl.col("sentiment_said"))).otherwise("sentiment_label"),
        subjectivity=pl.coalesce("subjectivity_said", "subjectivity"),
        emotion=pl.when(is_given("emotion")).then("emotion").otherwise(pl.coalesce("emotion_said", "emotion")),
        language=pl.coalesce("language_said", "language"),
        urgency=urgency_of(level_said, sentiment, is_given=is_given("urgency")),
        emotion_intensity=pl.max_horizontal("emotion_intensity_said", "emotion_intensity"),
        question_count=pl.coalesce(asked, "question_count"),
        indicators=pl.when(~none_known).then(indicators.list.unique().list.sort()),
        escalation=pl.when(~none_judged).then(escalation.list.unique().list.sort()),
        category=pl.when(by_message).then("category_said").otherwise("category"),
        subcategory=pl.when(by_message).then("subcategory_said").otherwise("subcategory"),
        category_confidence=pl.when(by_message).then("confidence_said").otherwise("category_confidence"),
        category_by=pl.when(by_message).then(pl.lit("taxonomy")).otherwise("category_by"),
    ).drop(*said.drop("ticket_id").columns, "is_top")


def _joined(name: str) -> tuple[pl.Expr, pl.Expr]:
    """Return a list of the ticket's own text with that of its messages, and whether neither is known."""
    own, said = pl.col(name), pl.col(f"{name}_said")
    return pl.concat_list(own.fill_null([]), said.fill_null([])), own.is_null() & said.is_null()
