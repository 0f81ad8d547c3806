"""Settings: every knob and every limit, named, with help; DESKPULSE_* variables or a .env file."""

from __future__ import annotations

import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskpulse.core.errors import InputError
from deskpulse.core.principal import roles_of

DEFAULT_SECRET = "deskpulse-local-only"  # noqa: S105  a marker, refused beyond loopback
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """All settings. Each is read from DESKPULSE_<NAME>, then from `.env`, then the default."""

    model_config = SettingsConfigDict(env_prefix="DESKPULSE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("deskpulse-data"), description="Folder that holds everything Deskpulse stores.")
    workspace: str = Field("default", description="Workspace used when none is named.")
    timezone: str = Field("UTC", description="IANA time zone of a new workspace; days and hours are local to it.")
    control_url: str = Field("", description="SQLAlchemy URL of the control database; empty: SQLite in data_dir.")
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that `serve` listens on; 0 takes a free one.")
    secret: str = Field(DEFAULT_SECRET, description="Signs sessions; must be set (32+ characters) beyond loopback.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_json: bool = Field(True, description="Logs as JSON lines; false: plain text.")

    personal_data_roles: str = Field(
        "agent,manager,admin,owner",
        description="Roles that see personal data as it was written; all others see masked copies. Empty: nobody.",
    )
    workers: int = Field(2, ge=1, le=256, description="Processes that text enrichment may use.")
    enrich_in_process_texts: int = Field(
        400, ge=0, description="Fewer texts than this are enriched without starting worker processes."
    )
    enrich_chunk_texts: int = Field(3_000, ge=1, description="Most texts a worker process is given at a time.")
    import_batch_rows: int = Field(
        20_000, ge=100, le=1_000_000,
        description="Rows an import commits at a time; of messages twice, of events four times as many.",
    )  # fmt: skip
    preview_count_rows: int = Field(
        100_000, ge=1, description="Rows a preview counts per part of a file before it estimates, or says 'more than'."
    )
    import_max_cell_chars: int = Field(200_000, ge=1_000, description="Longest text cell; longer rejects its row.")
    import_max_row_bytes: int = Field(
        16_000_000,
        ge=10_000,
        description="Longest row of a text file in bytes; longer is rejected, its beginning kept.",
    )
    import_max_columns: int = Field(2_000, ge=10, description="Most columns a file may have.")
    import_max_rejected: int = Field(1_000_000, ge=1, description="Rejected rows kept per import; then it stops.")
    archive_after_months: int | None = Field(
        None, ge=1, le=1_200,
        description="A server moves months older than this into Parquet files, once a day; unset: never by itself.",
    )  # fmt: skip
    archive_max_bytes: int = Field(20_000_000_000, ge=1, description="Most bytes an archive may unpack to.")
    archive_max_ratio: int = Field(200, ge=2, description="Most times a member may grow when unpacked (past 1 MiB).")
    archive_max_entries: int = Field(10_000, ge=1, description="Most members an archive may have.")
    upload_max_bytes: int = Field(5_000_000_000, ge=1, description="Largest file taken by upload.")
    earliest_year: int = Field(1990, description="Dates before this year are taken for mistakes.")
    future_days: int = Field(366, ge=0, description="Dates further ahead than this many days are taken for mistakes.")
    fcr_days: int = Field(
        7, ge=1, le=365, description="Days that a ticket must stay solved to count as resolved at first contact."
    )
    top_tiers: list[str] = Field(
        ["vip", "platinum"], description="Tiers of customers and companies whose tickets are a step more urgent."
    )
    journal_batch: int = Field(1_000, ge=1, le=100_000, description="Journal entries written at a time.")
    journal_batch_bytes: int = Field(
        64_000_000, ge=1, description="Journal bytes taken at a time, so that large pushes do not fill the memory."
    )
    journal_idle_seconds: float = Field(
        5.0, gt=0, description="How often the journal is looked at for pushes that another process took."
    )
    journal_retry_seconds: float = Field(
        1.0, gt=0, description="Pause after a journal write that failed; it doubles, up to twelve idle pauses."
    )
    journal_keep_keys_days: int = Field(
        7, ge=0, description="Days that the idempotency key of a written push is remembered."
    )
    push_max_rows: int = Field(10_000, ge=1, description="Most rows one API push may carry.")
    push_max_bytes: int = Field(64_000_000, ge=1, description="Most bytes one API push may carry.")
    control_busy_seconds: float = Field(
        10.0, gt=0, description="How long a write waits for its turn on the control database before it gives up."
    )
    control_pool_size: int = Field(5, ge=1, description="Connections to the control database kept open.")
    lease_seconds: float = Field(
        120.0, gt=0, description="A worker unheard of for this long is taken for dead, and its work given on."
    )
    job_backoff_seconds: float = Field(
        5.0, ge=0, description="Pause before a failed job's second attempt; it doubles with each further one."
    )
    bench_data_dir: Path = Field(
        Path("../shared/data"), description="Folder of public data that `bench text` measures on."
    )
    text_encoder: str = Field(
        "", description="An encoder that learned models read beside words: a folder with model.onnx and tokenizer.json "
        "(needs deskpulse[encoder]), or the address of a server with OpenAI's embeddings protocol; empty: none.",
    )  # fmt: skip
    text_encoder_model: str = Field("", description="The model that such a server is asked for.")
    text_encoder_key: str = Field("", repr=False, description="The key that such a server wants.")
    text_encoder_pooling: Literal["mean", "first"] = Field(
        "mean", description="How an ONNX encoder's vectors of tokens become one: their mean, or the first."
    )
    text_encoder_tokens: int = Field(256, ge=8, le=8_192, description="Most tokens of a text an ONNX encoder reads.")
    text_labeller: str = Field(
        "", description="A better model for labels: the address of a server with OpenAI's chat protocol, or `encoder` "
        "(labels by the likeness of their names, by the encoder set); empty: none.",
    )  # fmt: skip
    text_labeller_model: str = Field("", description="The model that such a server is asked for.")
    text_labeller_key: str = Field("", repr=False, description="The key that such a server wants.")
    text_labeller_tasks: list[Literal["category", "sentiment", "urgency", "emotion"]] = Field(
        ["category"], description="What the labeller tells, where no learned model is active, as JSON."
    )
    text_labeller_masked: bool = Field(
        True, description="Whether personal data is taken out of what the labeller is sent."
    )
    learn_least_texts: int = Field(50, ge=10, description="Fewest labelled texts that a model is learned from.")
    learn_least_each: int = Field(5, ge=2, description="Labels with fewer texts are left out of what is learned.")
    learn_max_texts: int = Field(50_000, ge=100, description="Most labelled texts that a model is learned from.")
    learn_refresh_days: float = Field(
        30.0, ge=0, description="A running server learns active models of texts anew when they are older; 0: never."
    )
    learn_refresh_tickets: int = Field(
        500, ge=1, description="New tickets that it takes for models of texts to be learned anew."
    )
    learn_look_seconds: float = Field(
        300.0, gt=0, description="How often a running server looks for models of texts to learn anew."
    )
    reenrich_batch_tickets: int = Field(
        1_000,
        ge=1,
        description="Tickets whose texts are read anew in one write, when steps or models changed.",
    )
    predict_max_moments: int = Field(
        20_000,
        ge=100,
        description="Most past moments that a prediction is learned from: the latest; of customers an even draw.",
    )
    predict_max_open: int = Field(2_000, ge=1, description="Most open tickets that are ranked by a prediction.")
    predict_max_customers: int = Field(
        5_000,
        ge=1,
        description="Most customers that are ranked by how probable it is that they leave: the latest contacts.",
    )
    predict_refresh_days: float = Field(
        7.0, ge=0, description="A running server learns predictions anew when they are older than this; 0: never."
    )
    predict_refresh_tickets: int = Field(
        100, ge=1, description="New tickets that it takes for predictions to be learned anew."
    )
    predict_check_hours: float = Field(
        24.0, gt=0, description="How often a running server measures predictions on what came since they were learned."
    )
    predict_look_seconds: float = Field(
        300.0, gt=0, description="How often a running server looks for predictions to learn anew or to measure."
    )
    review_max_tickets: int = Field(
        50_000, ge=1, description="Most solved tickets of a period that a sample of quality reviews is drawn from."
    )
    learned_least_confidence: float = Field(
        0.3, ge=0, lt=1, description="A learned category that is less probable than this is told as unknown."
    )
    schedule_max_versions: int = Field(500, ge=1, description="Most versions one schedule of working hours may have.")
    policy_max_versions: int = Field(500, ge=1, description="Most versions one service-level policy may have.")
    schedule_max_holidays: int = Field(5_000, ge=1, description="Most holidays one version of a schedule may have.")
    holiday_years_ahead: int = Field(
        5, ge=0, le=100, description="Years from now for which yearly holidays of a calendar are written out."
    )
    working_time_batch: int = Field(
        20_000, ge=1, le=1_000_000, description="Tickets whose working time is recomputed at a time."
    )
    reconcile_max_tickets: int = Field(
        500_000, ge=1, description="Most tickets whose numbers are compared with the vendor's at a time."
    )
    reconcile_least_support: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Another definition explains a difference only when, of all tickets where it gives another number "
        "than ours, at least this share has the vendor's.",
    )
    reconcile_least_alike: int = Field(
        5, ge=2, description="Fewest tickets off by the same time that make it a shift of the clock."
    )

    query_max_rows: int = Field(100_000, ge=1, description="Most rows one query may return; more is refused, not cut.")
    query_max_periods: int = Field(20_000, ge=1, description="Most periods one query may span at its grain.")
    query_max_metrics: int = Field(50, ge=1, description="Most metrics one query may ask for.")
    filter_max_chars: int = Field(20_000, ge=100, description="Most characters the filters of one query may have.")
    filter_max_terms: int = Field(200, ge=1, description="Most conditions the filters of one query may have.")
    filter_max_depth: int = Field(20, ge=1, le=100, description="Most brackets within brackets in a filter.")
    filter_max_values: int = Field(10_000, ge=1, description="Most values one condition of a filter may list.")
    query_threads: int = Field(
        2, ge=1, le=64, description="Threads on which one question's scans run side by side; 1: one after the other."
    )
    query_timeout_seconds: float = Field(30.0, gt=0, description="A query that takes longer is stopped and said so.")
    query_max_batch: int = Field(50, ge=1, description="Most queries one call may ask at once.")
    query_confidence: float = Field(
        0.95, gt=0.5, lt=1, description="How sure intervals and tests of a difference are to be."
    )
    churn_after_days: int = Field(
        90, ge=1, description="A paying customer without a known end is lost after so many days without revenue."
    )
    currency: str = Field(
        "", pattern="^([A-Z]{3})?$",
        description="Currency (ISO 4217, such as EUR) that money is counted in; the one of most entries when empty.",
    )  # fmt: skip
    contact_again_days: int = Field(
        7,
        ge=1,
        description="A customer who writes again within so many days was not helped by the assistant, or is back.",
    )
    lifetime_period_days: float = Field(
        30.0, gt=0, description="Length of the period of margin, retention and discount in the lifetime value."
    )
    lifetime_discount_rate: float = Field(
        0.1, ge=0, description="Yearly discount on later margins in the lifetime value: 0.1 is 10 % a year."
    )
    forecast_windows: int = Field(
        6, ge=1, description="Windows of the past on which a forecast's error is measured and told."
    )
    forecast_choice_windows: int = Field(
        12, ge=1, description="Windows before those, by which the forecast's method is chosen."
    )
    forecast_calibration_windows: int = Field(
        20, ge=1, description="Most windows before the reported ones that set how wide a forecast's interval is."
    )
    forecast_slow_points: int = Field(
        20_000, ge=1, description="Longest series on which slow forecast methods are tried, in steps."
    )
    forecast_history_days: int = Field(1_095, ge=1, description="Days of a metric's past that a forecast rests on.")
    forecast_hour_days: int = Field(365, ge=1, description="The same for a forecast by the hour.")
    forecast_refresh_hours: float = Field(
        24.0, ge=0, description="A running server makes kept forecasts anew when they are older than this; 0: never."
    )
    forecast_look_seconds: float = Field(
        60.0, gt=0, description="How often a running server looks for kept forecasts to make anew or to compare."
    )
    forecast_keep_most: int = Field(
        100, ge=1, description="Most kept forecasts of one question; the oldest go when there are more."
    )
    forecast_max_points: int = Field(200_000, ge=1, description="Longest series that is forecast, in steps.")
    forecast_max_horizon: int = Field(5_000, ge=1, description="Longest horizon of a forecast, in steps.")
    anomaly_false_alarms_per_week: float = Field(
        1.0, gt=0, le=100, description="Anomalies: false alarms a week, over all series together, that are put up with."
    )
    anomaly_history_days: int = Field(540, ge=56, description="Days of the past that anomalies are looked for in.")
    anomaly_max_series: int = Field(3_000, ge=1, description="Most series (metric by slice) that are watched.")
    anomaly_max_slices: int = Field(
        200, ge=1, description="Most slices of one dimension that are watched of a metric, the largest first."
    )
    anomaly_look_seconds: float = Field(
        60.0, gt=0, description="How often a running server sees whether data came in which to look for anomalies."
    )
    anomaly_refresh_hours: float = Field(
        1.0,
        ge=0,
        description="Anomalies are looked for again when so many hours of the data, or by the clock, are over.",
    )
    staffing_max_agents: int = Field(10_000, ge=1, le=100_000, description="Most people that a staffing answer needs.")
    staffing_plan_seconds: float = Field(
        10.0, gt=0, description="How long a plan of shifts is searched for, for each day of the week."
    )
    known_events_most: int = Field(5_000, ge=1, description="Most known events that a workspace keeps.")
    scenario_max_changes: int = Field(100, ge=1, description="Most changes one what-if scenario may have.")
    scenario_max_days: int = Field(92, ge=1, description="Longest horizon of a what-if scenario, in days.")
    analytics_least_n: int = Field(
        10, ge=1, description="Fewest rows behind a value for it to lead a leaderboard or to be named as a peak."
    )
    analytics_list_rows: int = Field(
        20, ge=1, le=1_000, description="Rows that a list within a composition shows; its address leads to the rest."
    )
    analytics_max_batch: int = Field(20, ge=1, description="Most compositions that one call may ask at once.")
    analytics_negative_sentiment: float = Field(
        -0.6, ge=-1, le=1, description="Problem areas: a ticket's words are very negative from here down (-1 to 1)."
    )
    analytics_long_resolution_seconds: float = Field(
        259_200.0, gt=0, description="Problem areas: a ticket that took longer than this was solved late."
    )
    analytics_repeat_tickets: int = Field(
        3, ge=2, description="Problem areas: a customer with so many tickets about one topic writes again and again."
    )
    analytics_pingpong_handoffs: int = Field(
        3, ge=1, description="Problem areas: a ticket that changed agents so often was passed to and fro."
    )
    analytics_stuck_seconds: float = Field(
        259_200.0, gt=0, description="Problem areas: an unsolved ticket that nothing changed on for so long is stuck."
    )
    analytics_risk_seconds: float = Field(
        3_600.0, gt=0, description="Problem areas: a service-level target due within this time is at risk."
    )
    live_seconds: float = Field(
        3.0,
        gt=0,
        description="While data keeps changing, open pages show it anew this often; the first change at once.",
    )
    warm_pages: bool = Field(
        True, description="Visit the pages once at the start, so that the first visitor finds them quick."
    )
    service_level_seconds: float = Field(
        20.0, gt=0, description="A call answered within this time counts towards the calls' service level."
    )
    short_abandon_seconds: float = Field(
        5.0, ge=0, description="A call abandoned before this time does not count against the calls' service level."
    )
    page_max_rows: int = Field(1_000, ge=1, description="Most rows one page of a list may hold.")
    cache_entries: int = Field(512, ge=0, description="Query results kept in memory; 0 turns the cache off.")
    cache_rows: int = Field(500_000, ge=0, description="Rows that the query results kept in memory may have together.")
    rollup_least_rows: int = Field(
        100_000, ge=0, description="Facts with fewer rows are not rolled up: their rows answer fast enough."
    )
    rollup_least_compression: float = Field(
        5.0, ge=0, description="A rollup with fewer than this many rows a cell is not kept."
    )
    rollup_wide_rows: int = Field(
        10_000,
        ge=0,
        description="Periods with fewer rows are answered from the rows; wider ones from what should cost less "
        "(0: from a rollup wherever one can tell).",
    )
    rollup_piece_rows: int = Field(500_000, ge=1, description="About how many rows are counted at a time for rollups.")
    rollup_share: float = Field(
        0.1, gt=0, le=1, description="Most of the time that bringing rollups up to date takes while rows come in."
    )
    rollup_most_cuts: int = Field(
        64, ge=0, description="Most combinations of dimensions that one rollup is kept by; more are read from the rows."
    )
    background_quiet_seconds: float = Field(
        0.3, ge=0, description="Work in the background waits until no question has come for so long; 20 times at most."
    )
    rollup_idle_seconds: float = Field(2.0, gt=0, description="How often stale rollups are looked for.")
    warehouse_url: str = Field(
        "", description="Where the warehouses are: clickhouse://user:password@host:8123 (clickhouses:// for TLS) or "
        "chdb:///folder, ClickHouse's engine in this process; empty: DuckDB files in data_dir.",
    )  # fmt: skip
    clickhouse_memory: int = Field(0, ge=0, description="Most bytes one ClickHouse query may use; 0: its own default.")
    clickhouse_sweep_rows: int = Field(
        50_000, ge=1, description="Replaced rows of a ClickHouse table after which they are removed from the disk."
    )
    clickhouse_fsync: bool = Field(
        True,
        description="New ClickHouse tables write through to the disk: a power cut loses nothing committed.",
    )
    duckdb_memory: str = Field("", description="DuckDB's memory limit, e.g. 4GB; empty: its own default.")
    duckdb_threads: int = Field(0, ge=0, description="DuckDB's threads; 0: its own default.")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("personal_data_roles")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        roles_of(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from deskpulse.core.clock import known_timezones

        if value not in known_timezones():
            raise ValueError(f"{value!r} is no IANA time zone (such as Europe/Berlin)")
        return value

    @cached_property
    def control_database_url(self) -> str:
        """The control database's URL: as set, or the SQLite file in the data folder."""
        return self.control_url or f"sqlite:///{(self.data_dir / 'control.sqlite3').as_posix()}"

    def workspace_dir(self, workspace: str) -> Path:
        """Return the folder that holds a workspace's warehouse and files."""
        return self.data_dir / "workspaces" / workspace

    def refuse_unsafe_serving(self) -> None:
        """Raise InputError when serving beyond loopback with the default or a short secret."""
        if self.host in LOOPBACK:
            return
        if self.secret == DEFAULT_SECRET or len(self.secret) < 32:
            raise InputError(
                f"Refusing to serve on {self.host} with the default or a short secret.",
                hint=f"Set DESKPULSE_SECRET to 32 characters or more, for example {secrets.token_urlsafe(32)}.",
            )
