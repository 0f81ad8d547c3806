"""What belongs to tickets beside their course: links between them, and what became of a vendor's own promises."""

from deskpulse.ingest.shapes.model import shape

TICKET_LINKS = shape(
    "ticket_links",
    "One row per link between two tickets.",
    """
link_id           key       link id, issue link id, relation id, relationship id, id
ticket_id!        ref       ticket id, source ticket id, from ticket id, from ticket, source ticket, ticket, child id,
    child ticket id, merged ticket id, merged ticket, duplicate id, source issue key, issue key, secondary ticket id,
    secondary ticket, follow up id, from, from id, source key, closed ticket, inward issue key
other_ticket_id!  ref       other ticket id, linked ticket id, linked ticket, target ticket id, target ticket,
    to ticket id, to ticket, related ticket id, related ticket, merged into, merged into id, parent id,
    parent ticket id, primary ticket id, primary ticket, destination ticket id, linked issue key, target issue key,
    target key, original ticket id, original ticket, follow up of, to, to id, duplicate of, outward issue key
kind              link_kind kind, link type, relation, relationship, relation type, relationship type, type, link,
    link name, issue link type
""",
    hints="link links relations related merged merges merge duplicates followups follow ups linked",
    proof="ticket_id other_ticket_id",
)

SLA_EVENTS = shape(
    "sla_events",
    "One row per change of one service-level target of one ticket, as the source tells it.",
    """
sla_event_id    key       sla event id, event id, metric event id, id
ticket_id!      ref       ticket id, ticket, case id, case number, issue key, task, incident number, number
happened_at     time      happened at, time, timestamp, event time, occurred at, created at, stage changed at,
    breach time, stop time, end time, date
metric!         sla_metric metric, target, sla target, sla metric, goal, sla name, sla, metric name, sla definition
kind!           sla_kind  kind, event, status, stage, state, result, outcome, has breached, breached, event type, type
policy          label     policy, sla policy, policy name, sla policy name
target_seconds  duration  target seconds, target, target in seconds, target minutes, target in minutes, goal duration,
    target duration, sla duration
is_business     bool      is business, business hours, in business hours
""",
    hints="sla slas metric events targets breaches service levels",
    proof="ticket_id metric kind",
)
