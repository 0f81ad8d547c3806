"""What customers say in surveys: CSAT, NPS, CES, who answers, and who changes their mind."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.declare import check, counted, share, statistics
from deskpulse.metrics.facts import SURVEYS, TICKETS
from deskpulse.metrics.model import Metric

CSAT = Metric(
    name="csat",
    label="CSAT",
    about="Share of answered satisfaction surveys with a good score: 4 or 5 of 5. On other scales, a score of at "
    "least four fifths of the top (8 of 10, 6 of 7, 1 of 1).",
    formula="answers with score ≥ 0.8 × scale_max ÷ answers, by responded_at; an unknown scale is taken for 5",
    fact=SURVEYS,
    unit="ratio",
    better="up",
    where=lambda s: (s.kind == "csat") & s.score.notnull(),
    numerator=lambda s: (s.score * 5 >= s.scale_max.fill_null(5.0) * 4).sum(),
    denominator=lambda s: s.count(),
    check_sql="SELECT avg(CASE WHEN score / coalesce(scale_max, 5) < 0.8 THEN 0 ELSE 1 END), count(score) "
    "FROM surveys AS s WHERE kind = 'csat' AND score IS NOT NULL "
    "AND responded_at BETWEEN $start AND $end AND responded_at <> $end "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = s.ticket_id AND t.is_spam)",
)

CSAT_SCORE = statistics(
    "csat_score", "CSAT score",
    "score of satisfaction surveys answered in the period, on its own scale: cut it by survey_scale where scales "
    "differ",
    "score", fact=SURVEYS, of=("mean",), unit="score", better="up",
    where=lambda s: s.kind == "csat", check_where="r.kind IN ('csat')",
)  # fmt: skip


def _is_nps(s: Any) -> Any:
    return (s.kind == "nps") & s.score.notnull() & (s.scale_max.fill_null(10.0) == 10)


_NPS_CHECK = "r.kind IN ('nps') AND r.score IS NOT NULL AND (r.scale_max IS NULL OR r.scale_max = 10)"
_NPS_POINTS = "CASE WHEN r.score > 8 THEN 100 WHEN r.score < 7 THEN -100 ELSE 0 END"

NPS = Metric(
    name="nps",
    label="NPS",
    about="Share of promoters (9 or 10) less that of detractors (0 to 6) among the NPS surveys answered in the period, "
    "from -100 to 100. Scores of 7 and 8 count among the answers.",
    formula="100 × (answers ≥ 9 − answers ≤ 6) ÷ answers, by responded_at; surveys on a scale to 10 or an unknown one",
    fact=SURVEYS,
    unit="score",
    better="up",
    where=_is_nps,
    numerator=lambda s: ((s.score >= 9).ifelse(100.0, 0.0) - (s.score <= 6).ifelse(100.0, 0.0)).sum(),
    denominator=lambda s: s.count(),
    check_sql=check(SURVEYS, f"avg({_NPS_POINTS}), count(*)", where=_NPS_CHECK),
)


def _margin(s: Any) -> Any:
    promoters, detractors = (s.score >= 9).mean(), (s.score <= 6).mean()
    difference = promoters - detractors
    return ((promoters + detractors - difference * difference) / s.count()).sqrt() * 196.0


NPS_MARGIN = Metric(
    name="nps_margin",
    label="NPS margin",
    about="How far the NPS may lie from that of all customers: in 95 of 100 such periods it is within this many points "
    "on either side. With few answers, or answers all alike, it says too little.",
    formula="1.96 × 100 × √((p + d − (p − d)²) ÷ answers) with the shares p of promoters and d of detractors, by "
    "responded_at",
    fact=SURVEYS,
    unit="score",
    better="down",
    where=_is_nps,
    value=_margin,
    check_sql=check(SURVEYS, f"1.96 * stddev_pop({_NPS_POINTS}) / sqrt(nullif(count(*), 0)), count(*)",
                    where=_NPS_CHECK),
)  # fmt: skip

CES_SCORE = statistics(
    "ces_score", "CES",
    "effort score of surveys answered in the period, on its own scale (7 is usual): cut it by survey_scale where "
    "scales differ",
    "score", fact=SURVEYS, of=("mean",), unit="score", better="up",
    where=lambda s: s.kind == "ces", check_where="r.kind IN ('ces')",
)  # fmt: skip

SURVEYS_OFFERED = counted(
    "surveys_offered", "Surveys offered", "Surveys sent in the period.", fact=SURVEYS, time="offered_at",
)  # fmt: skip

SURVEYS_ANSWERED = counted(
    "surveys_answered", "Surveys answered", "Surveys answered with a score in the period.", fact=SURVEYS, better="up",
    where=lambda s: s.score.notnull(), check_where="r.score IS NOT NULL", formula="a score",
)  # fmt: skip

SURVEY_RESPONSE_RATE = share(
    "survey_response_rate", "Survey response rate",
    "Share of surveys sent in the period that were answered with a score. It can still grow for recent periods.",
    fact=SURVEYS, time="offered_at", hit=lambda s: s.score.notnull(), check_hit="r.score IS NOT NULL",
    formula="surveys with a score ÷ surveys",
)  # fmt: skip

_RATED = "r.first_csat_score BETWEEN 0 AND 5 AND r.csat_score BETWEEN 0 AND 5"
_RATED_DRILL = ("ticket_id", "subject", "channel", "team", "agent", "created_at", "first_csat_score", "csat_score")


def _is_rated(t: Any) -> Any:
    return t.first_csat_score.between(0, 5) & t.csat_score.between(0, 5)


GOOD_TO_BAD_RATE = share(
    "good_to_bad_rate", "Good to bad",
    "Share of tickets opened in the period whose customer rated them well (4 or 5 of 5) first and less well last. "
    "Scores above 5 are on another scale and have no say.",
    where=lambda t: _is_rated(t) & (t.first_csat_score >= 4), check_where=f"{_RATED} AND NOT r.first_csat_score < 4",
    hit=lambda t: t.csat_score < 4, check_hit="NOT r.csat_score >= 4", better="down", drill=_RATED_DRILL,
    formula="tickets with csat_score < 4 ÷ tickets with first_csat_score ≥ 4, both known and at most 5",
)  # fmt: skip

BAD_TO_GOOD_RATE = share(
    "bad_to_good_rate", "Bad to good",
    "Share of tickets opened in the period whose customer rated them badly (below 4 of 5) first and well last. "
    "Scores above 5 are on another scale and have no say.",
    where=lambda t: _is_rated(t) & (t.first_csat_score < 4), check_where=f"{_RATED} AND NOT r.first_csat_score >= 4",
    hit=lambda t: t.csat_score >= 4, check_hit="NOT r.csat_score < 4", drill=_RATED_DRILL,
    formula="tickets with csat_score ≥ 4 ÷ tickets with first_csat_score < 4, both known and at most 5",
)  # fmt: skip

TICKETS_RATED = counted(
    "tickets_rated", "Tickets rated", "Tickets opened in the period that have a satisfaction score.",
    fact=TICKETS, where=lambda t: t.csat_score.notnull(), check_where="r.csat_score IS NOT NULL",
    formula="a csat_score", better="up",
)  # fmt: skip
