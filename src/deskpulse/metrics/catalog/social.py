"""Social channels: what is posted, how far it reaches, and what it sets off."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.declare import check, counted, statistics, summed
from deskpulse.metrics.facts import MESSAGES, POSTS
from deskpulse.metrics.model import Metric

_DRILL = ("message_id", "ticket_id", "subject", "author", "author_kind", "body", "likes", "shares", "replies",
          "impressions", "hashtags", "place", "sent_at")  # fmt: skip
_SOCIAL_SQL = "r.channel IN ('social') AND r.is_public IS DISTINCT FROM false"
_ENGAGED_SQL = "coalesce(r.likes, 0) + coalesce(r.shares, 0) + coalesce(r.replies, 0)"
_KNOWN_SQL = "coalesce(r.likes, r.shares, r.replies) IS NOT NULL"


def _social(m: Any) -> Any:
    return (m.channel == "social") & m.is_public.fill_null(True)


def _engaged(m: Any) -> Any:
    return m.likes.fill_null(0) + m.shares.fill_null(0) + m.replies.fill_null(0)


def _is_known(m: Any) -> Any:
    return _social(m) & (m.likes.notnull() | m.shares.notnull() | m.replies.notnull())


SOCIAL_POSTS = counted(
    "social_posts", "Social posts", "Public posts on social channels in the period, ours and the customers': cut them "
    "by author_kind, hashtag or place.",
    fact=MESSAGES, where=_social, check_where=_SOCIAL_SQL, formula="channel social", drill=_DRILL,
)  # fmt: skip

COUNTS = tuple(
    summed(name, label, about, column, fact=MESSAGES, where=_social, check_where=_SOCIAL_SQL, better="up",
           drill=_DRILL)
    for name, label, about, column in (
        ("social_impressions", "Reach", "How often the social posts of the period were shown.", "impressions"),
        ("social_likes", "Likes", "Likes of the social posts of the period.", "likes"),
        ("social_shares", "Shares", "Shares of the social posts of the period.", "shares"),
        ("social_replies", "Replies to posts", "Replies to the social posts of the period.", "replies"),
    )
)  # fmt: skip

SOCIAL_ENGAGEMENT = Metric(
    name="social_engagement",
    label="Engagement",
    about="Likes, shares and replies of the social posts of the period. Of a post with one of the three the others "
    "count as none.",
    formula="sum of likes + shares + replies of posts with one of them, by sent_at",
    fact=POSTS,
    unit="count",
    better="up",
    over_time="sum",
    where=lambda p: _social(p) & p.engagement.notnull(),
    value=lambda p: p.engagement.sum(),
    drill=(*_DRILL, "engagement"),
    check_sql=check(
        MESSAGES,
        "coalesce(sum(r.likes), 0) + coalesce(sum(r.shares), 0) + coalesce(sum(r.replies), 0), count(*)",
        where=f"{_SOCIAL_SQL} AND {_KNOWN_SQL}",
    ),
)

SOCIAL_ENGAGEMENT_PER_POST = Metric(
    name="social_engagement_per_post",
    label="Engagement per post",
    about="Likes, shares and replies per social post of the period that has one of the three numbers.",
    formula="sum of likes + shares + replies ÷ posts with one of them, by sent_at",
    fact=MESSAGES,
    unit="score",
    better="up",
    where=_is_known,
    numerator=lambda m: _engaged(m).sum(),
    denominator=lambda m: m.count(),
    drill=_DRILL,
    check_sql=check(MESSAGES, f"avg({_ENGAGED_SQL}), count(*)", where=f"{_SOCIAL_SQL} AND {_KNOWN_SQL}"),
)

SOCIAL_ENGAGEMENT_RATE = Metric(
    name="social_engagement_rate",
    label="Engagement rate",
    about="Likes, shares and replies per time shown, over the social posts of the period that were shown.",
    formula="sum of likes + shares + replies ÷ sum of impressions, of posts with impressions and one of the three, by "
    "sent_at",
    fact=MESSAGES,
    unit="ratio",
    better="up",
    where=lambda m: _is_known(m) & (m.impressions > 0),
    value=lambda m: _engaged(m).sum() / m.impressions.sum(),
    drill=_DRILL,
    check_sql=check(
        MESSAGES,
        "(coalesce(sum(r.likes), 0) + coalesce(sum(r.shares), 0) + coalesce(sum(r.replies), 0)) "
        "/ nullif(sum(r.impressions), 0), count(*)",
        where=f"{_SOCIAL_SQL} AND {_KNOWN_SQL} AND r.impressions >= 1",
    ),
)

SOCIAL_SENTIMENT = statistics(
    "social_sentiment", "Sentiment of posts", "sentiment of customers' social posts of the period, from -1 to 1",
    "sentiment", fact=MESSAGES, of=("mean",), unit="score", better="up", drill=(*_DRILL, "sentiment"),
    where=lambda m: _social(m) & (m.author_kind == "customer"),
    check_where=f"{_SOCIAL_SQL} AND r.author_kind IN ('customer')",
)  # fmt: skip
