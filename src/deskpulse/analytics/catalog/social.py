"""What is said of us in public: how much, how far it reaches, where, under which tags, and which posts set off most."""

from __future__ import annotations

from deskpulse.analytics.model import ASKED, Composition, Option
from deskpulse.analytics.sections.cut import Cut
from deskpulse.analytics.sections.listing import Listing

_REACH = ("social_posts", "social_impressions", "social_engagement", "social_engagement_per_post",
          "social_engagement_rate", "social_sentiment_mean")  # fmt: skip
_COLUMNS = ("message_id", "ticket_id", "subject", "author", "author_kind", "body", "engagement", "likes", "shares",
            "replies", "impressions", "hashtags", "place", "sent_at")  # fmt: skip

SOCIAL = Composition(
    name="social",
    label="Social",
    about="What is said in public: how much, how far it reaches, where, under which tags, and the posts that set off "
    "most.",
    by=("author_kind",),
    sections=(
        Cut(name="whole", label="All together", about="Posts, ours and the customers'.", by=ASKED, metrics=_REACH),
        Cut(name="hashtags", label="Hashtags", about="Posts by tag; one with two tags counts for both.",
            by=("hashtag",), metrics=_REACH),
        Cut(name="places", label="Places", about="Where posts come from, those that tell.", by=("place",),
            metrics=_REACH),
        Cut(name="over_time", label="Over time", about="Along the period.", grain="auto",
            metrics=("social_posts", "social_engagement", "social_sentiment_mean")),
        Listing(name="top_posts", label="Top posts", about="The posts that set off most likes, shares and replies.",
                where=lambda _settings, _moment: (), metric="social_engagement", sort="engagement", columns=_COLUMNS),
    ),
    options=(Option(name="limit", about="Most posts listed.", kind="whole", setting="analytics_list_rows"),),
    example=(("by", "place"), ("period", "90d")),
)  # fmt: skip
