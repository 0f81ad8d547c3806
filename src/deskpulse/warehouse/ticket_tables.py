"""The tables of tickets: their state and facts, their history, and what is promised to their customers."""

from __future__ import annotations

from deskpulse.warehouse.table import Table
from deskpulse.warehouse.table import entity_table as _table

UNDERSTOOD = """
language         text   ISO 639-1 code, "und" when unsure
sentiment        float  -1 (very negative) to 1 (very positive)
sentiment_label  text   negative, neutral or positive
subjectivity     float  0 (factual) to 1 (opinion)
emotion          text   angry, frustrated, confused, worried, disappointed, happy, grateful or neutral
emotion_intensity float 0 (calm) to 1 (as strong as it gets)
escalation       texts  wish or threat to go further: manager, legal, cancel, chargeback, regulator, publicity
question_count   int    questions asked in the text
indicators       texts  signs found in the text, such as error_text, url, question, order_number
"""


TICKETS = _table(
    "tickets",
    "One row per ticket: its current state and the facts computed from its history.",
    """
ticket_id        text   our id
subject          text   subject line
description      text   the customer's opening text
subject_masked     text subject with personal data masked; "" when it holds none
description_masked text description with personal data masked; "" when it holds none
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
is_first_reply_told bool its row tells of first replies: without one nobody replied; null: not known
is_sla_met       bool   the source's own verdict on its service level
is_first_reply_sla_met bool the source's own verdict on the first reply
is_resolution_sla_met  bool the source's own verdict on the resolution
time_problem     text   why its times are left out of time metrics, e.g. "solved before created"
urgency          text   critical, high, medium or low
csat_score       float  latest satisfaction score, on its own scale
revenue          float  revenue linked to it
cost             float  cost linked to it
handle_seconds     float  time agents worked on it, as recorded
first_assigned_at  time   first time it had an agent
last_assigned_at   time   latest time it came to an agent
unassigned_seconds float  time unsolved without an agent
solution_count     int    times it became solved
agent_count        int    different agents that had it
team_count         int    different teams that had it
bot_reply_count    int    public messages by bots
last_customer_message_at time latest message by the customer
last_agent_message_at    time latest public message by a human agent
reopened_after_seconds   float first_solved_at to the first reopening
is_merged          bool   merged into another ticket, which counts in its place
is_follow_up       bool   follows up an earlier ticket, by the source's word
is_bot_resolved    bool   solved after a bot's answer, without any by a human agent
is_first_contact_resolved bool solved after one contact and not reopened within the days that the setting names
sentiment_first    float  sentiment of the customer's first message
sentiment_last     float  sentiment of the customer's last message
sentiment_volatility float deviation of the customer's sentiment over the messages
first_csat_score   float  earliest satisfaction score, on its own scale
schedule           text   working hours that its business times are counted by
schedule_version   int    version of those working hours in force at its creation
first_reply_business_seconds      float working time from created_at to first_replied_at
first_resolution_business_seconds float working time from created_at to first_solved_at
full_resolution_business_seconds  float working time from created_at to solved_at
requester_wait_business_seconds   float working time in new, open and on_hold until solved
agent_wait_business_seconds       float working time in pending until solved
on_hold_business_seconds          float working time in on_hold
sla_policy         text   service-level policy that it falls under
sla_state          text   met, breached, active, paused or cancelled: the worst of its targets
sla_due_at         time   when the next of its active targets is due
sla_breach_count   int    targets breached
"""
    + UNDERSTOOD,
    time="created_at",
)

_ROW_ALONE_SETS = (
    "subject", "description", "subject_masked", "description_masked",
    "ticket_type", "tags", "company_id", "company", "brand", "due_at", "is_spam",
    "revenue", "cost", "handle_seconds",
)  # fmt: skip
COMPUTED = (
    "first_assigned_at", "last_assigned_at", "unassigned_seconds", "solution_count", "agent_count", "team_count",
    "bot_reply_count", "last_customer_message_at", "last_agent_message_at", "reopened_after_seconds",
    "is_merged", "is_follow_up", "is_bot_resolved", "is_first_contact_resolved",
    "sentiment_first", "sentiment_last", "sentiment_volatility",
    "first_csat_score", "schedule", "schedule_version", "first_reply_business_seconds",
    "first_resolution_business_seconds", "full_resolution_business_seconds", "requester_wait_business_seconds",
    "agent_wait_business_seconds", "on_hold_business_seconds", "sla_policy", "sla_state", "sla_due_at",
    "sla_breach_count",
)  # fmt: skip
"""Columns of `tickets` that are always computed: no source gives them."""
TICKET_BASIS = Table(
    "ticket_basis",
    "One row per ticket that a source gave: its values, or its own text's, of the columns that history may overrule.",
    ("ticket_id",),
    tuple(c for c in TICKETS.columns if c.name not in (*_ROW_ALONE_SETS, *COMPUTED)),
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

TICKET_STAYS = _table(
    "ticket_stays",
    "One row per stretch of a ticket in one status with one agent and one team, as they were then.",
    """
stay_id       text  ticket and number of the stay, from 1
ticket_id     text  ticket
status        text  status in it
agent_id      text  agent who had it then
agent         text  agent's name
team          text  team that had it then
started_at    time  from
ended_at      time  until; null while it lasts
seconds       float started_at to ended_at
business_seconds float working time of it
""",
    time="started_at",
)

REPLY_WAITS = _table(
    "reply_waits",
    "One row per wait of a customer for a public answer: from the first message not yet answered to the reply.",
    """
wait_id      text  ticket and number of the wait, from 1
ticket_id    text  ticket
number       int   1 for the first reply, 2 and more for next replies
waited_from_at time the customer's first message without an answer (the ticket's creation for the first reply)
replied_at   time  first public reply by a human agent after it; null while nobody answered
agent_id     text  agent who replied
agent        text  agent's name
team         text  team that had the ticket then
seconds      float waited_from_at to replied_at
business_seconds float working time of it
""",
    time="replied_at",
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

TICKET_LINKS = _table(
    "ticket_links",
    "One row per link between two tickets.",
    """
link_id         text  our id
ticket_id       text  the ticket that was merged, that follows up, or that is related
other_ticket_id text  the one that it was merged into, that it follows up, or that it is related to
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
is_business    bool  counted in working time
decided_by     text  policy: of a policy here; null: as the source told it
""",
    time="happened_at",
)

SLA_TARGETS = _table(
    "sla_targets",
    "One row per service-level target of one ticket, each time it ran.",
    """
sla_target_id  text  ticket, target and number of its run
ticket_id      text  ticket
metric         text  first_reply, next_reply, periodic_update, requester_wait, agent_work or resolution
number         int   how many times this target has run on the ticket, from 1
policy         text  policy that set it, as it was when it applied
policy_version int   version of that policy
target_seconds float target as it was then
is_business    bool  counted in working time
applied_at     time  when it began to count
due_at         time  when it is, or was, due; null while paused
fulfilled_at   time  when it was met or given up
breached_at    time  when it was breached
elapsed_seconds float time used, pauses apart, in the target's own kind of time; null while it runs
state          text  met, breached, active, paused or cancelled
agent_id       text  agent who had the ticket when it ended
agent          text  agent's name
team           text  team that had the ticket when it ended
priority       text  priority that chose the target
""",
    time="applied_at",
)
