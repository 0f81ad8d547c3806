"""The analytical tables: each with its grain, key and columns.

Times are UTC and end `_at`; durations are seconds and end `_seconds`; booleans begin `is_` or
`has_`; ids end `_id` and are `source:vendor's id`. Unknown is null, never 0.
"""

from __future__ import annotations

from deskpulse.warehouse.table import ARROW_TYPES, DUCKDB_TYPES, POLARS_TYPES, Column, Kind, Table, columns_of
from deskpulse.warehouse.table import entity_table as _table
from deskpulse.warehouse.ticket_tables import (
    COMPUTED,
    REPLY_WAITS,
    SLA_EVENTS,
    SLA_TARGETS,
    TICKET_BASIS,
    TICKET_EVENTS,
    TICKET_GAPS,
    TICKET_LINKS,
    TICKET_STAYS,
    TICKETS,
    UNDERSTOOD,
)

__all__ = [
    "ARROW_TYPES", "COMPUTED", "DUCKDB_TYPES", "ENTITIES", "POLARS_TYPES", "REPLY_WAITS", "SLA_EVENTS",
    "SLA_TARGETS", "TABLES", "TICKETS", "TICKET_BASIS", "TICKET_EVENTS", "TICKET_GAPS", "TICKET_LINKS",
    "TICKET_STAYS", "Column", "Kind", "Table",
]  # fmt: skip

MESSAGES = _table(
    "messages",
    "One row per message of a ticket: customer's, agent's, bot's or system's; public or internal.",
    """
message_id    text  our id
ticket_id     text  ticket
sent_at       time  when
author_kind   text  customer, agent, bot or system
author_id     text  who
author        text  who, as shown
is_public     bool  false for an internal note
channel       text  channel it came by
body          text  text as written
body_masked   text  body with personal data masked; "" when it holds none
attachments   texts names of attached files
in_reply_to   text  message it answers
likes         int   social: likes
shares        int   social: shares
replies       int   social: replies
impressions   int   social: times shown
hashtags      texts social: hashtags
place         text  social: place
urgency       text  critical, high, medium or low
category      text  what it is about, by the taxonomy
subcategory   text  finer than category
category_confidence float 0 to 1
"""
    + UNDERSTOOD,
    time="sent_at",
)

CALLS = _table(
    "calls",
    "One row per call leg.",
    """
call_id          text  our id
ticket_id        text  ticket it belongs to
started_at       time  when it was offered
answered_at      time  when an agent answered
ended_at         time  when it ended
direction        text  inbound or outbound
queue            text  queue
customer_id      text  customer
agent_id         text  agent
agent            text  agent's name
team             text  team at that time
wait_seconds     float from offer to answer or abandonment
talk_seconds     float talking
hold_seconds     float on hold
wrap_up_seconds  float after-call work
outcome          text  completed, abandoned, voicemail, transferred, callback or missed
quality_score    float 1 to 5
sentiment        float -1 to 1
cost             float cost
revenue          float revenue linked to it
""",
    time="started_at",
)

SURVEYS = _table(
    "surveys",
    "One row per survey offered; answered when it has a score.",
    """
survey_id     text  our id
ticket_id     text  ticket it asks about
kind          text  csat, nps or ces
offered_at    time  when it was sent
responded_at  time  when it was answered
score         float on its own scale
scale_max     float top of the scale: 5 for csat, 10 for nps, 7 for ces
comment       text  what the customer wrote
comment_masked text comment with personal data masked; "" when it holds none
customer_id   text  customer
agent_id      text  agent at the time of rating
agent         text  agent's name
team          text  team at the time of rating
channel       text  channel of the ticket
sentiment     float of the comment, -1 to 1
""",
    time="responded_at",
)

AGENT_STATES = _table(
    "agent_states",
    "One row per interval an agent spent in one state.",
    """
state_id     text  our id
agent_id     text  agent
agent        text  agent's name
team         text  team
state        text  available, busy, away, offline or training
started_at   time  from
ended_at     time  until
""",
    time="started_at",
)

ROSTER = _table(
    "roster",
    "One row per planned stretch of an agent's shift.",
    """
shift_id     text  our id
agent_id     text  agent
agent        text  agent's name
team         text  team
activity     text  work, break, training, meeting or leave
started_at   time  from
ended_at     time  until
is_paid      bool  paid time
""",
    time="started_at",
)

MONEY = _table(
    "money",
    "One row per revenue or cost entry.",
    """
entry_id     text  our id
booked_at    time  when
kind         text  revenue or cost
amount       float as booked, positive
currency     text  ISO 4217; null: the workspace's own
reason       text  subscription, refund, salary, tool, …
ticket_id    text  ticket it belongs to
customer_id  text  customer
agent_id     text  agent
agent        text  agent's name
team         text  team
""",
    time="booked_at",
)

EXCHANGE_RATES = _table(
    "exchange_rates",
    "One row per currency and month: what the workspace counts one unit of it as.",
    """
rate_id      text  our id
currency     text  ISO 4217
valid_on     date  a day of the month (UTC) that it holds for
rate         float units of the workspace's own currency that one unit is worth
""",
)

CUSTOMERS = _table(
    "customers",
    "One row per customer.",
    """
customer_id  text  our id
name         text  name
email        text  e-mail
phone        text  telephone
company_id   text  company
company      text  company's name
tier         text  tier
plan         text  plan
language     text  preferred language
timezone     text  IANA zone
created_at   time  customer since
churned_at   time  lost at
""",
    time="created_at",
)

COMPANIES = _table(
    "companies",
    "One row per company (the customers' organization).",
    """
company_id   text  our id
name         text  name
domain       text  e-mail domain
industry     text  industry
tier         text  tier
plan         text  plan
revenue      float yearly revenue with us
created_at   time  since
churned_at   time  lost at
""",
    time="created_at",
)

AGENTS = _table(
    "agents",
    "One row per agent, leavers included.",
    """
agent_id      text  our id
name          text  name as the source has it
label         text  name as shown: unique within the workspace
email         text  e-mail
team_id       text  team now
team          text  team's name
role          text  role
is_bot        bool  a bot or automation
timezone      text  IANA zone
hourly_cost   float loaded cost of an hour
joined_at     time  from
left_at       time  until, for leavers
""",
)

TEAMS = _table(
    "teams",
    "One row per team.",
    """
team_id      text  our id
name         text  name
timezone     text  IANA zone
""",
)

BRANDS = _table("brands", "One row per brand.", "brand_id text our id\nname text name")

BOT_TURNS = _table(
    "bot_turns",
    "One row per question to an assistant and its answer.",
    """
turn_id          text  our id
conversation_id  text  conversation
ticket_id        text  ticket it became
customer_id      text  customer
asked_at         time  question
answered_at      time  answer
response_seconds float question to answer
model            text  model
tokens_in        int   tokens read
tokens_out       int   tokens written
cost             float as billed
is_error         bool  the turn failed
is_handed_over   bool  passed to a person
question         text  what was asked
answer           text  what was answered
""",
    time="asked_at",
)

ARTICLES = _table(
    "articles",
    "One row per help article.",
    """
article_id   text  our id
title        text  title
body         text  text
category     text  section
language     text  language
url          text  address
views        int   times read
created_at   time  written
updated_at   time  changed
""",
    time="created_at",
)

REVIEWS = _table(
    "reviews",
    "One row per quality review of a ticket or call.",
    """
review_id    text  our id
ticket_id    text  ticket
call_id      text  call
agent_id     text  agent reviewed
agent        text  agent's name
team         text  team
reviewer     text  who reviewed
reviewed_at  time  when
score        float 1 to 5, weighted by the form
form         json  score by criterion
comment      text  remarks
chosen       text  how its ticket was chosen: random, own, or the reason; null when not told
""",
    time="reviewed_at",
)

ENTITIES: dict[str, Table] = {
    t.name: t
    for t in (
        TICKETS, TICKET_BASIS, TICKET_GAPS, TICKET_STAYS, REPLY_WAITS, TICKET_EVENTS, MESSAGES, CALLS, SURVEYS,
        AGENT_STATES, ROSTER, MONEY, EXCHANGE_RATES,
        CUSTOMERS, COMPANIES, AGENTS, TEAMS, BRANDS, BOT_TURNS, ARTICLES, REVIEWS, TICKET_LINKS, SLA_EVENTS,
        SLA_TARGETS,
    )
}  # fmt: skip

REJECTED = Table(
    "rejected_rows", "One row per input row that could not be taken, kept as it came.", ("rejected_id",),
    tuple(columns_of("""
rejected_id  text  our id
run_id       text  the import or push
source       text  source
part         text  file or member
row_number   int   row in the part, 1-based
shape        text  what it was read as
reason       text  why, in a sentence
column_name  text  column to blame, when there is one
row_json     json  the row as it came
status       text  open, fixed or dismissed
rejected_at  time  when
""")),
)  # fmt: skip

CURSORS = Table(
    "cursors", "One row per reader of a source: how far its rows are in this warehouse.", ("name",),
    tuple(columns_of("""
name        text  what is read, e.g. a run, "journal" or a connector's stream
position    text  opaque place to go on from
updated_at  time  when
""")),
)  # fmt: skip

FORECAST_POINTS = Table(
    "forecast_points", "One row per period of a slice of a kept forecast, beside what came in it.", ("point_id",),
    tuple(columns_of("""
point_id         text  forecast, slice and period
forecast_id      text  the kept forecast
made_at          time  when it was made
from_at          time  when the period begins
to_at            time  when it ends
forecast_metric  text  metric that was forecast
forecast_slice   text  slice of it, such as team = Billing; "all" without one; null when it names people
forecast_grain   text  length of a period: hour, day, week …
forecast_method  text  method that made it
steps_ahead      int   which period of the forecast it is, from 1
expected         float what was forecast
naive            float what the same as last season would have been
low_80           float lower end of the 80 % interval
high_80          float upper end of it
low_95           float lower end of the 95 % interval
high_95          float upper end of it
actual           float what came
""")),
    "from_at",
)  # fmt: skip

TABLES: dict[str, Table] = {
    **ENTITIES, REJECTED.name: REJECTED, CURSORS.name: CURSORS, FORECAST_POINTS.name: FORECAST_POINTS,
}  # fmt: skip
