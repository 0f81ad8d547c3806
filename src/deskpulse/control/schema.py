"""The control database's tables, alike on SQLite and PostgreSQL; `migrations/` brings a file to this state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import DateTime as AnyDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from deskpulse.core.errors import InputError

SLUG_CHARS = 60
NAME_CHARS = 200
KEY_CHARS = 500
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def printable(text: str) -> str:
    """Return `text` with what no database can keep (NUL, bytes of a file name that is not UTF-8) written out."""
    return UNSTORABLE.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite, which has no such type, keeps it as UTC text."""

    impl = AnyDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; drop the zone of UTC where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise InputError(f"The moment {value.isoformat()} has no time zone.", hint="Give it in UTC.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[str]):
    """A name, key or id of limited length, compared as written; what no database can keep is refused."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the value; InputError when it holds NUL or half a surrogate pair."""
        if value is not None and UNSTORABLE.search(value):
            raise InputError(f"{printable(value[:80])!r} holds NUL or half a surrogate pair.", hint="Take it out.")
        return value


class Json(TypeDecorator[Any]):
    """A JSON value kept as text: both engines then take the same values (PostgreSQL's jsonb refuses \\u0000)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the value as JSON text; InputError when it has none."""
        try:
            return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError as error:
            raise InputError(f"A value cannot be stored as JSON: {error}.") from error

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:
        """Return the value read back."""
        return None if value is None else orjson.loads(value)


class Base(DeclarativeBase):
    """Base of all tables; constraints are named so that migrations can reach them on every engine."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment()}  # noqa: RUF012  SQLAlchemy reads it from the class


def _workspace(*, primary_key: bool = True) -> Mapped[str]:
    owner = ForeignKey("workspaces.slug", ondelete="CASCADE")
    return mapped_column(Word(SLUG_CHARS), owner, primary_key=primary_key, index=not primary_key)


class WorkspaceTable(Base):
    """One row per workspace."""

    __tablename__ = "workspaces"

    slug: Mapped[str] = mapped_column(Word(SLUG_CHARS), primary_key=True)
    name: Mapped[str] = mapped_column(Word(NAME_CHARS))
    timezone: Mapped[str] = mapped_column(Word(NAME_CHARS))
    kind: Mapped[str] = mapped_column(Word(20))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PreferenceTable(Base):
    """One row per preference of a workspace."""

    __tablename__ = "preferences"

    workspace: Mapped[str] = _workspace()
    key: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    value: Mapped[Any] = mapped_column(Json, nullable=False)
    updated_at: Mapped[datetime]


class SegmentTable(Base):
    """One row per segment of a workspace: a filter with a name."""

    __tablename__ = "segments"

    workspace: Mapped[str] = _workspace()
    name: Mapped[str] = mapped_column(Word(NAME_CHARS), primary_key=True)
    filter: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]


class TargetTable(Base):
    """One row per metric that a workspace has a target for."""

    __tablename__ = "targets"

    workspace: Mapped[str] = _workspace()
    metric: Mapped[str] = mapped_column(Word(NAME_CHARS), primary_key=True)
    value: Mapped[float]
    updated_at: Mapped[datetime]


class ScenarioTable(Base):
    """One row per what-if scenario of a workspace, as it was written."""

    __tablename__ = "scenarios"

    workspace: Mapped[str] = _workspace()
    name: Mapped[str] = mapped_column(Word(NAME_CHARS), primary_key=True)
    spec: Mapped[Any] = mapped_column(Json, nullable=False)
    saved_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    updated_at: Mapped[datetime]


class AnomalyTable(Base):
    """One row per anomaly that the last look found; `why` is what drove it, once that was looked for."""

    __tablename__ = "anomalies"

    workspace: Mapped[str] = _workspace()
    anomaly_id: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    found_at: Mapped[datetime]
    body: Mapped[Any] = mapped_column(Json, nullable=False)
    why: Mapped[Any | None] = mapped_column(Json)


class AnomalyMarkTable(Base):
    """One row per anomaly of which somebody said what it is; it outlives the anomaly itself."""

    __tablename__ = "anomaly_marks"

    workspace: Mapped[str] = _workspace()
    anomaly_id: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    verdict: Mapped[str] = mapped_column(Word(20))
    note: Mapped[str] = mapped_column(Text)
    shape: Mapped[Any] = mapped_column(Json, nullable=False)
    marked_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    marked_at: Mapped[datetime]


class AnomalyLookTable(Base):
    """One row per workspace: when anomalies were looked for last, in what, and how."""

    __tablename__ = "anomaly_looks"

    workspace: Mapped[str] = _workspace()
    looked_at: Mapped[datetime]
    body: Mapped[Any] = mapped_column(Json, nullable=False)


class ForecastTable(Base):
    """One row per kept forecast; what was forecast is the result of the job of the same id."""

    __tablename__ = "forecasts"
    __table_args__ = (Index("ix_forecasts_question", "workspace", "question_key", "made_at"),)

    workspace: Mapped[str] = _workspace()
    forecast_id: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    question_key: Mapped[str] = mapped_column(Word(32))
    question: Mapped[Any] = mapped_column(Json, nullable=False)
    made_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    made_at: Mapped[datetime]
    whole_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Word(20))
    figures: Mapped[Any] = mapped_column(Json, nullable=False)
    checked_at: Mapped[datetime | None]


class MappingTable(Base):
    """One row per saved mapping: how a source's files with one fingerprint are read."""

    __tablename__ = "mappings"

    workspace: Mapped[str] = _workspace()
    source: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    mapping: Mapped[Any] = mapped_column(Json, nullable=False)
    updated_at: Mapped[datetime]


class RunTable(Base):
    """One row per import run. `host`, `pid` and `process_started` say which process carries it."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_newest", "workspace", "created_at", "run_id"),)

    workspace: Mapped[str] = _workspace()
    run_id: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    kind: Mapped[str] = mapped_column(Word(20))
    source: Mapped[str] = mapped_column(Word(KEY_CHARS))
    label: Mapped[str] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(Text)
    options: Mapped[Any] = mapped_column(Json, nullable=False)
    status: Mapped[str] = mapped_column(Word(20))
    progress: Mapped[Any] = mapped_column(Json, nullable=False)
    result: Mapped[Any] = mapped_column(Json, nullable=False)
    error: Mapped[str | None] = mapped_column(Text)
    is_cancel_requested: Mapped[bool]
    host: Mapped[str] = mapped_column(Word(KEY_CHARS))
    pid: Mapped[int] = mapped_column(BigInteger)
    process_started: Mapped[float]
    created_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class JournalTable(Base):
    """One row per acknowledged push. A spent entry keeps its key for a while, but no longer its rows."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("workspace", "source", "idempotency_key"),
        Index("ix_journal_workspace_entry_id", "workspace", "entry_id"),
        # AUTOINCREMENT: an id is never given twice, even after the newest entries are pruned.
        {"sqlite_autoincrement": True},
    )

    entry_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    workspace: Mapped[str] = mapped_column(Word(SLUG_CHARS), ForeignKey("workspaces.slug", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(Word(KEY_CHARS))
    shape: Mapped[str] = mapped_column(Word(KEY_CHARS))
    idempotency_key: Mapped[str | None] = mapped_column(Word(KEY_CHARS))
    rows: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class JobTable(Base):
    """One row per background job. Who holds `lease` works on it until `lease_until`."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "workspace", "status", "run_after"),
        Index("ix_jobs_newest", "workspace", "created_at", "job_id"),
    )

    workspace: Mapped[str] = _workspace()
    job_id: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    kind: Mapped[str] = mapped_column(Word(KEY_CHARS))
    payload: Mapped[Any] = mapped_column(Json, nullable=False)
    status: Mapped[str] = mapped_column(Word(20))
    attempts: Mapped[int]
    max_attempts: Mapped[int]
    run_after: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(Word(KEY_CHARS))
    lease_until: Mapped[datetime | None]
    is_cancel_requested: Mapped[bool]
    fraction: Mapped[float | None]
    text: Mapped[str] = mapped_column(Text)
    result: Mapped[Any] = mapped_column(Json, nullable=False)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ScheduleVersionTable(Base):
    """One row per wording of a version of a schedule; of those replaced, `replaced_at` says when."""

    __tablename__ = "schedule_versions"

    workspace: Mapped[str] = _workspace()
    name: Mapped[str] = mapped_column(Word(NAME_CHARS), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    wording: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    weekly: Mapped[Any] = mapped_column(Json, nullable=False)
    timezone: Mapped[str] = mapped_column(Word(NAME_CHARS))
    holidays: Mapped[Any] = mapped_column(Json, nullable=False)
    valid_from: Mapped[datetime | None]
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    replaced_at: Mapped[datetime | None]
    replaced_by: Mapped[str | None] = mapped_column(Word(NAME_CHARS))


class ScheduleAssignmentTable(Base):
    """One row per assignment of a schedule to a team, a brand or the whole workspace (then `target` is empty)."""

    __tablename__ = "schedule_assignments"

    workspace: Mapped[str] = _workspace()
    scope: Mapped[str] = mapped_column(Word(20), primary_key=True)
    target: Mapped[str] = mapped_column(Word(KEY_CHARS), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    schedule: Mapped[str] = mapped_column(Word(NAME_CHARS))
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Word(NAME_CHARS))


class PolicyVersionTable(Base):
    """One row per version of a service-level policy; it holds for what begins in [valid_from, valid_until)."""

    __tablename__ = "policy_versions"

    workspace: Mapped[str] = _workspace()
    name: Mapped[str] = mapped_column(Word(NAME_CHARS), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int]
    conditions: Mapped[Any] = mapped_column(Json, nullable=False)
    targets: Mapped[Any] = mapped_column(Json, nullable=False)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    changed_at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(Word(NAME_CHARS))


class ModelTable(Base):
    """One row per version of a learned model of a workspace; at most one of a task is active."""

    __tablename__ = "models"

    workspace: Mapped[str] = _workspace()
    task: Mapped[str] = mapped_column(Word(SLUG_CHARS), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    file: Mapped[str] = mapped_column(Word(NAME_CHARS))
    data_hash: Mapped[str] = mapped_column(Word(64))
    features: Mapped[Any] = mapped_column(Json, nullable=False)
    metrics: Mapped[Any] = mapped_column(Json, nullable=False)
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None] = mapped_column(Word(NAME_CHARS))


class CorrectionTable(Base):
    """One row per act of a person on a ticket's label: corrected, confirmed, or taken back (no value)."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index("ix_corrections_ticket", "workspace", "ticket_id", "number"),
        Index("ix_corrections_order", "workspace", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    workspace: Mapped[str] = mapped_column(Word(SLUG_CHARS), ForeignKey("workspaces.slug", ondelete="CASCADE"))
    ticket_id: Mapped[str] = mapped_column(Word(KEY_CHARS))
    label: Mapped[str] = mapped_column(Word(SLUG_CHARS))
    value: Mapped[str | None] = mapped_column(Word(NAME_CHARS))
    finer: Mapped[str | None] = mapped_column(Word(NAME_CHARS))
    old_value: Mapped[str | None] = mapped_column(Word(KEY_CHARS))
    old_by: Mapped[str | None] = mapped_column(Word(NAME_CHARS))
    corrected_at: Mapped[datetime]
    corrected_by: Mapped[str] = mapped_column(Word(NAME_CHARS))


class TaxonomyTable(Base):
    """One row per version of a workspace's categories; `wording` null: the shipped ones."""

    __tablename__ = "taxonomies"

    workspace: Mapped[str] = _workspace()
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    wording: Mapped[Any] = mapped_column(Json, nullable=False)
    note: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(Word(NAME_CHARS))


class RecommendationTable(Base):
    """One row per recommendation that somebody decided about, as it was then."""

    __tablename__ = "recommendations"

    workspace: Mapped[str] = _workspace()
    recommendation_id: Mapped[str] = mapped_column(Word(SLUG_CHARS), primary_key=True)
    status: Mapped[str] = mapped_column(Word(20))
    decided_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    decided_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Word(KEY_CHARS))
    told: Mapped[Any] = mapped_column(Json, nullable=False)


class KnownEventTable(Base):
    """One row per event that a workspace knows of; start and end as local days or moments."""

    __tablename__ = "known_events"
    __table_args__ = (UniqueConstraint("workspace", "name", "start"),)

    workspace: Mapped[str] = _workspace()
    event_id: Mapped[str] = mapped_column(Word(SLUG_CHARS), primary_key=True)
    name: Mapped[str] = mapped_column(Word(NAME_CHARS))
    kind: Mapped[str] = mapped_column(Word(20))
    start: Mapped[str] = mapped_column(Word(30))
    end: Mapped[str | None] = mapped_column(Word(30))
    where: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    repeats_yearly: Mapped[bool]
    ignore: Mapped[bool]
    written_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
    written_at: Mapped[datetime]


class ReviewTable(Base):
    """One row per act on a quality review: made, corrected, answered or removed; `body` is the review after it."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_review", "workspace", "review_id", "number"),
        Index("ix_reviews_ticket", "workspace", "ticket_id", "number"),
        Index("ix_reviews_order", "workspace", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    workspace: Mapped[str] = mapped_column(Word(SLUG_CHARS), ForeignKey("workspaces.slug", ondelete="CASCADE"))
    review_id: Mapped[str] = mapped_column(Word(SLUG_CHARS))
    ticket_id: Mapped[str] = mapped_column(Word(KEY_CHARS))
    agent: Mapped[str] = mapped_column(Word(KEY_CHARS))
    reviewer: Mapped[str] = mapped_column(Word(NAME_CHARS))
    is_latest: Mapped[bool]
    is_removed: Mapped[bool]
    body: Mapped[Any] = mapped_column(Json, nullable=False)
    act: Mapped[str] = mapped_column(Word(20))
    acted_at: Mapped[datetime]
    acted_by: Mapped[str] = mapped_column(Word(NAME_CHARS))
