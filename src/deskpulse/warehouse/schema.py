"""The analytical tables: each with its grain, key and columns.

Times are UTC and end `_at`; durations are seconds and end `_seconds`; booleans begin `is_` or
`has_`; ids end `_id` and are `source:vendor's id`. Unknown is null, never 0.
"""

from __future__ import annotations

from deskpulse.warehouse.table import ARROW_TYPES, DUCKDB_TYPES, Column, Kind, Table, columns_of
from deskpulse.warehouse.table import entity_table as _table

__all__ = ["ARROW_TYPES", "DUCKDB_TYPES", "ENTITIES", "TABLES", "Column", "Kind", "Table"]

_UNDERSTOOD = """
language         text   ISO 639-1 code, "und" when unsure
sentiment        float  -1 (very negative) to 1 (very positive)
sentiment_label  text   negative, neutral or positive
subjectivity     float  0 (factual) to 1 (opinion)
emotion          text   angry, frustrated, confused, worried, disappointed, happy, grateful or neutral
indicators       texts  signs found in the text, such as error_text, url, question, order_number
"""


TICKETS = _table(
    "tickets",
    "One row per ticket: its current state and the facts computed from its history.",
    """
ticket_id        text   our id
subject          text   subject line
description      text   the customer's opening text
channel          text   email, chat, phone, social, web_form, in_app, survey, review or api
status           text   new, open, pending, on_hold, solved or closed
priority         text   low, normal, high or urgent
ticket_type      text   the source's type, such as incident or question
category         text   what it is about: given by the source, else by the taxonomy
subcategory      text   finer than category
category_by      text   who decided the category: source, taxonomy, model or person
category_confidence float 0 to 1, null when given by the source
tags             texts  tags that people wrote
customer_id      text   customer
customer         text   customer's name or address, as shown
company_id       text   company of the customer
company          text   company's name
agent_id         text   agent assigned now
agent            text   agent's name, unique within the workspace
team_id          text   team assigned now
team             text   team's name
brand            text   brand
created_at       time   when it was opened
updated_at       time   the source's last change
first_replied_at time   first public reply by a human agent
first_solved_at  time   first time it became solved or closed
solved_at        time   latest time it became solved; null while unsolved
closed_at        time   when it was closed for good
reopened_at      time   latest reopening
due_at           time   when the source wants it done
first_reply_seconds       float created_at to first_replied_at
first_resolution_seconds  float created_at to first_solved_at
full_resolution_seconds   float created_at to solved_at (last solution, reopenings included)
requester_wait_seconds    float time in new, open and on_hold until solved
agent_wait_seconds        float time in pending until solved
on_hold_seconds           float time in on_hold
agent_reply_count         int   public messages by human agents, without the opening one of an agent-created ticket
customer_message_count    int   messages by the customer
message_count             int   public messages by anybody
note_count                int   internal notes
reopen_count              int   times it went from solved back to unsolved
handoff_count             int   times it passed from one agent to another
team_handoff_count        int   times it passed from one team to another
is_one_touch     bool   solved after exactly one public agent reply and never reopened
is_escalated     bool   escalated, by the source's own field or by an event
is_spam          bool   spam or deleted in the source
is_agent_created bool   opened by an agent, not by the customer
is_sla_met       bool   the source's own verdict on its service level
time_problem     text   why its times are left out of time metrics, e.g. "solved before created"
urgency          text   critical, high, medium or low
csat_score       float  latest satisfaction score, on its own scale
revenue          float  revenue linked to it
cost             float  cost linked to it
"""
    + _UNDERSTOOD,
    time="created_at",
)

_ROW_ALONE_SETS = "subject description ticket_type tags company_id company brand due_at is_spam is_sla_met revenue cost"
TICKET_BASIS = Table(
    "ticket_basis",
    "One row per ticket that a source gave: its values, or its own text's, of the columns that history may overrule.",
    ("ticket_id",),
    tuple(c for c in TICKETS.columns if c.name not in _ROW_ALONE_SETS.split()),
)

TICKET_GAPS = _table(
    "ticket_gaps",
    "One row per stretch between a solution and the reopening that ended it.",
    """
gap_id       text  ticket and number of the reopening
ticket_id    text  ticket
gap_from_at  time  solved
gap_until_at time  reopened
""",
    time="gap_from_at",
)

TICKET_EVENTS = _table(
    "ticket_events",
    "One row per change of one field of one ticket; append-only.",
    """
event_id     text  our id
ticket_id    text  ticket
happened_at  time  when
field        text  created, status, agent, team, priority, category, tag, escalated or the source's name
old_value    text  before
new_value    text  after
actor_id     text  who did it
actor        text  who, as shown
actor_kind   text  customer, agent, bot or system
""",
    time="happened_at",
)

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
    + _UNDERSTOOD,
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
amount       float in the workspace's currency, positive
currency     text  ISO 4217
reason       text  subscription, refund, salary, tool, …
ticket_id    text  ticket it belongs to
customer_id  text  customer
agent_id     text  agent
agent        text  agent's name
team         text  team
""",
    time="booked_at",
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
""",
    time="reviewed_at",
)

TICKET_LINKS = _table(
    "ticket_links",
    "One row per link between two tickets.",
    """
link_id         text  our id
ticket_id       text  from
other_ticket_id text  to
kind            text  related, merged, follow_up or problem
""",
)

SLA_EVENTS = _table(
    "sla_events",
    "One row per change of one service-level target of one ticket.",
    """
sla_event_id   text  our id
ticket_id      text  ticket
happened_at    time  when
metric         text  first_reply, next_reply, periodic_update, requester_wait, agent_work or resolution
kind           text  applied, paused, resumed, met, breached or cancelled
policy         text  policy
target_seconds float target as it was then
is_business    bool  counted in business time
""",
    time="happened_at",
)

ENTITIES: dict[str, Table] = {
    t.name: t
    for t in (
        TICKETS, TICKET_BASIS, TICKET_GAPS, TICKET_EVENTS, MESSAGES, CALLS, SURVEYS, AGENT_STATES, ROSTER, MONEY,
        CUSTOMERS, COMPANIES, AGENTS, TEAMS, BRANDS, BOT_TURNS, ARTICLES, REVIEWS, TICKET_LINKS, SLA_EVENTS,
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

TABLES: dict[str, Table] = {**ENTITIES, REJECTED.name: REJECTED, CURSORS.name: CURSORS}
