"""What was promised: service-level targets met, breached, running and due."""

from __future__ import annotations

from deskpulse.metrics.declare import check, counted, flagged, share, statistics
from deskpulse.metrics.facts import SLA_TARGETS, TICKETS
from deskpulse.metrics.model import Direction, Expr, Metric

_DRILL = ("sla_target_id", "ticket_id", "subject", "metric", "policy", "priority", "agent", "team", "target_seconds",
          "elapsed_seconds", "applied_at", "due_at", "breached_at", "state")  # fmt: skip

SLA_MET_RATE = share(
    "sla_met_rate", "SLA met", "Share of service-level targets applied in the period that were met, of those met or "
    "breached. Cut it by sla_target for first reply, next reply, resolution and the rest.",
    fact=SLA_TARGETS, hit=lambda s: s.state == "met", check_hit="r.state IN ('met')",
    where=lambda s: (s.state == "met") | (s.state == "breached"), check_where="r.state IN ('met', 'breached')",
    formula="targets met ÷ targets met or breached", drill=_DRILL,
)  # fmt: skip

SLA_TICKETS_MET_RATE = share(
    "sla_tickets_met_rate", "SLA met (tickets)", "Share of tickets solved in the period that met all of their "
    "service-level targets, of those that met or breached one.",
    time="solved_at", hit=lambda t: t.sla_state == "met", check_hit="r.sla_state IN ('met')",
    where=lambda t: (t.sla_state == "met") | (t.sla_state == "breached"),
    check_where="r.sla_state IN ('met', 'breached')",
    formula="tickets with sla_state met ÷ tickets with sla_state met or breached",
)  # fmt: skip

SOURCE_SLA_MET_RATE = flagged(
    "source_sla_met_rate", "SLA met by the source's word", "Share of tickets opened in the period that met their "
    "service level by the source's own verdict, of those with one.", "is_sla_met", fact=TICKETS,
)  # fmt: skip


def _is_false(column: str) -> Expr:
    return lambda rows: ~rows[column]


SOURCE_VERDICTS = tuple(
    flagged(
        f"source_{name}_sla_met_rate", f"{label} SLA met by the source's word",
        f"Share of tickets opened in the period whose {about} was in time by the source's own verdict, of those with "
        "one. Beside it: sla_met_rate by sla_target.", f"is_{name}_sla_met", fact=TICKETS,
    )
    for name, label, about in (("first_reply", "First reply", "first reply"), ("resolution", "Resolution", "solution"))
)  # fmt: skip

SOURCE_BREACHES = tuple(
    counted(
        f"source_{name}_sla_breaches", f"{label} SLA breached by the source's word",
        f"Tickets opened in the period whose {about} was late by the source's own verdict.", better="down",
        where=_is_false(f"is_{name}_sla_met"), check_where=f"r.is_{name}_sla_met = false",
        formula=f"is_{name}_sla_met false",
    )
    for name, label, about in (("first_reply", "First reply", "first reply"), ("resolution", "Resolution", "solution"))
)  # fmt: skip


def _targets(name: str, label: str, about: str, *, state: str, time: str = "", better: Direction = "none") -> Metric:
    return counted(
        name, label, about, fact=SLA_TARGETS, time=time, where=lambda s: s.state == state,
        check_where=f"r.state IN ('{state}')", formula=f"state {state}", better=better, drill=_DRILL,
    )  # fmt: skip


SLA_TARGETS_APPLIED = counted(
    "sla_targets_applied", "SLA targets applied", "Service-level targets that began to count in the period.",
    fact=SLA_TARGETS, drill=_DRILL,
)  # fmt: skip

STATES = (
    _targets("sla_targets_met", "SLA targets met", "Service-level targets met in the period.",
             state="met", time="fulfilled_at", better="up"),
    _targets("sla_targets_breached", "SLA targets breached", "Service-level targets breached in the period.",
             state="breached", time="breached_at", better="down"),
    _targets("sla_targets_active", "SLA targets running", "Service-level targets applied in the period that still "
             "run.", state="active"),
    _targets("sla_targets_paused", "SLA targets paused", "Service-level targets applied in the period that stand "
             "still.", state="paused"),
    _targets("sla_targets_due", "SLA targets due", "Running service-level targets by the moment at which they are "
             "due: those of the next hour are about to be breached.", state="active", time="due_at", better="down"),
)  # fmt: skip

SLA_ELAPSED = statistics(
    "sla_elapsed_seconds", "Time used of SLA targets",
    "time used, pauses apart and in the target's own kind of time, of targets applied in the period",
    "elapsed_seconds", fact=SLA_TARGETS, of=("mean", "median", "p90"), drill=_DRILL,
)  # fmt: skip

SLA_USED = Metric(
    name="sla_used_ratio_mean",
    label="Share of the SLA used",
    about="Mean share of the promised time that targets applied in the period used; above 1 is too late.",
    formula="sum of elapsed_seconds ÷ target_seconds ÷ targets with both, by applied_at",
    fact=SLA_TARGETS,
    unit="ratio",
    better="down",
    where=lambda s: s.elapsed_seconds.notnull() & (s.target_seconds > 0),
    numerator=lambda s: (s.elapsed_seconds / s.target_seconds).sum(),
    denominator=lambda s: s.count(),
    drill=_DRILL,
    check_sql=check(
        SLA_TARGETS,
        "avg(r.elapsed_seconds / nullif(r.target_seconds, 0)), count(r.elapsed_seconds / nullif(r.target_seconds, 0))",
        where="NOT r.target_seconds < 0",
    ),
)
