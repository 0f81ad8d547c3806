"""Event logs: one row per thing that happened to a ticket, in any of the three ways that logs are kept."""

from deskpulse.ingest.shapes.model import Target, shape, with_targets
from deskpulse.ingest.shapes.tickets import TICKETS


def _of_the_ticket(target: Target) -> Target:
    name = target.name if "." in target.name else f"tickets.{target.name}"
    return Target(name, target.expects, target.synonyms)


_OF_TICKETS = tuple(
    _of_the_ticket(t)
    for t in TICKETS.targets
    if t.name not in ("ticket_id", "updated_at", *TICKETS.beside) and not t.name.startswith("surveys.")
)

EVENT_LOG = with_targets(
    shape(
        "event_log",
        "One row per update of a ticket: an activity, a change of one field, or the whole ticket after the update.",
        """
event_id      key      event id, audit id, history id, log id, update id, activity id, change id, entry id,
    transition id, journal id
ticket_id!    ref      ticket id, case id, case, number, incident number, issue key, ticket, ticket number,
    case number, issue id, request id, caseid, case concept name, concept name, trace id, sr number, incident,
    ticketnummer, fallnummer, id ticket, numero, case key, parent id, record id, document key, task number,
    ticket key, instance id, key, incident id, ticket no, work order
happened_at!  time     happened at, timestamp, time timestamp, sys updated at, sys updated on, updated at, updated,
    complete timestamp, event time, change start date and time, changed at, change time, change date, created at,
    created, date, time, datetime, event timestamp, occurred at, modified at, end timestamp, start timestamp,
    event date, created date, field change time, zeitstempel, zeitpunkt, geandert am, horodatage, fecha, data,
    tijdstip, edit date, update time, log time, history date, transition date, last updated, complete time,
    start time, event created at, date time, event datetime
field         label    field, field name, changed field, property, property name, attribute, attribute name,
    column name, column changed, feld, champ, campo, veld, fieldname, field changed
old_value     label    old value, from, previous value, from value, before, original value, old, from string,
    alter wert, ancienne valeur, valor anterior, valore precedente, oude waarde, fromstring, value from
new_value     label    activity, event, action, event type, activity name, new value, value, to, to value, after,
    new, to string, event name, concept name, operation, step, transition, incident activity, incidentactivity type,
    change type, aktivitat, neuer wert, activite, nouvelle valeur, actividad, nuevo valor, atividade, novo valor,
    attivita, nuovo valore, activiteit, nieuwe waarde, tostring, task, stage, status change, log action, value to,
    activity type, event label, event action
actor_id      ref      actor id, user id, updater id, changed by id, author id, user, agent id, updated by id
actor         name     actor, resource, org resource, user, changed by, updated by, sys updated by, author,
    performed by, user name, edited by, modified by, by, created by, agent, owner first name, benutzer,
    geandert von, utilisateur, usuario, utente, gebruiker, actor name, author name, executed by, employee, operator,
    staff, org group, performed by name
actor_kind    author_kind actor type, actor kind, author type, user type, role, performed by type
""",
        table="ticket_events",
        hints="event events log history audit audits changelog activity activities journal updates field",
        proof="ticket_id happened_at new_value|tickets.status",
    ),
    _OF_TICKETS,
)
