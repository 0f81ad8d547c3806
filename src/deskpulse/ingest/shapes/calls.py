"""Calls, and what people were planned to do and did: calls, agent states, roster."""

from deskpulse.ingest.shapes.model import shape

CALLS = shape(
    "calls",
    "One row per call leg.",
    """
call_id        key       call id, id, call sid, sid, call uuid, uuid, call number, call ref, interaction id,
    contact id, leg id, callid, unique id, linkedid, conversation id, anruf id, id appel, id llamada, id chiamada,
    id chiamata, session id, recording id, call key
ticket_id      ref       ticket id, ticket, case id, case number, ticket number, zendesk ticket id, related ticket,
    issue id, incident number
started_at     time      started at, start time, call start, start, call start time, call date, call time, date,
    timestamp, datetime, created at, created, date created, offered at, queued at, time, call started at,
    initiation timestamp, enqueue timestamp, call datetime, date time, beginn, anrufbeginn, anrufzeit, debut,
    date d appel, inicio, fecha, fecha de llamada, hora, inizio, data chiamata, data, starttijd,
    connected to system timestamp, date of call, timestamp of call
answered_at    time      answered at, answer time, answered time, connected at, connect time,
    connected to agent timestamp, pickup time, angenommen um, decroche le, contestada a, atendida em, risposta alle,
    time answered, answered on
ended_at       time      ended at, end time, call end, end, call end time, disconnect timestamp, disconnected at,
    completed at, hangup time, ended, ende, fin, fim, fine, einde, call ended at, finished at, hung up at
direction      direction direction, call direction, call type, type, inbound outbound, initiation method, richtung,
    sens, direccion, direcao, direzione, richting, typ
queue          name      queue, queue name, skill, skill group, hunt group, line, line name, ivr option,
    warteschlange, file d attente, cola, fila, coda, wachtrij, campaign, topic, number name
customer_id    ref       customer id, caller id, contact id, client id, user id, kundennummer, account id
customers.phone label    from, caller, caller number, phone, phone number, customer phone, from number,
    caller phone, ani, customer number, rufnummer, numero, telefono, telefone, number, customer endpoint address,
    contact phone number, raw digits
customers.name name      customer, customer name, caller name, contact name, contact, client, client name, kunde,
    cliente, klant, user name, contact full name
agent_id       ref       agent id, user id, operator id, employee id, agentid
agent          name      agent, agent name, user, answered by, handled by, operator, employee, agent username,
    user name, rep, representative, mitarbeiter, bearbeiter, agente, operador, operatore, medewerker,
    agent full name, agent connected, csr, call taker
agents.email   email     agent email, user email
team           name      team, team name, group, department, agent group, site, call center, center, callcenter,
    gruppe, abteilung, equipe, equipo, equipe name, squadra, office, teams
wait_seconds   duration  wait seconds, wait time, waiting time, queue time, time in queue, speed of answer,
    speed of answer in seconds, hold time in queue, asa, queue wait time, ring time, time to answer, queue duration,
    wartezeit, temps d attente, tiempo de espera, tempo de espera, tempo di attesa, wachttijd, wait duration,
    waiting duration, wait, seconds to answer, ringing time, wait time seconds, response time
talk_seconds   duration  talk seconds, talk time, avgtalkduration, talk duration, duration, call duration,
    handle time, conversation duration, agent interaction duration, call length, length, billsec, gesprachsdauer,
    dauer, duree, duree d appel, duracion, duracao, durata, gespreksduur, duur, in call duration, avg talk duration,
    talking time, call duration in minutes, duration seconds, duration in call, minutes, call minutes
hold_seconds   duration  hold seconds, hold time, hold duration, customer hold duration, on hold time, time on hold,
    haltezeit, duree de mise en attente, tiempo en espera, tempo em espera, tempo in attesa
wrap_up_seconds duration wrap up seconds, wrap up time, wrap up, wrapup time, after call work, acw,
    after call work time, after contact work duration, acw time, wrap time, nachbearbeitung, nachbearbeitungszeit,
    post traitement, afterwork, afterwork duration
outcome        outcome   outcome, call outcome, status, call status, disposition, result, call result, answered,
    answered y n, completion status, end reason, disconnect reason, ergebnis, statut, resultat, estado, resultado,
    stato, esito, uitkomst, missed call reason, resolution, call state, final status, is answered
is_answered    bool      is answered, call answered, answered yes no, was answered, picked up, connected, angenommen,
    decroche, contestada, atendida, risposto, answered
quality_score  quality   quality score, quality, qa score, call quality, satisfaction rating, rating, score,
    evaluation score, call score, customer rating
sentiment      number    sentiment, sentiment score
cost           number    cost, call cost, price, charge, kosten, cout, costo, custo
revenue        number    revenue, sale amount, sales amount, amount, order value, umsatz
""",
    hints="call calls phone telephony voice cdr callcenter calllog acd",
    beside="is_answered",
    proof="talk_seconds|wait_seconds|hold_seconds|wrap_up_seconds|answered_at|queue "
    "outcome|direction|talk_seconds|answered_at started_at|call_id",
)

AGENT_STATES = shape(
    "agent_states",
    "One row per interval an agent spent in one state.",
    """
state_id    key    state id, id, event id, status id, log id, record id
agent_id    ref    agent id, user id, employee id, operator id, agent number, agentid
agent       name   agent, agent name, user, user name, employee, name, operator, mitarbeiter, agente, operatore,
    medewerker, agent username, full name
team        name   team, group, department, team name, skill, gruppe, equipe, equipo
state       agent_state state, status, agent state, agent status, presence, availability, activity, reason,
    aux code, status name, zustand, etat, statut, estado, stato, presence status, aux, reason code, routing status,
    agent activity
started_at  time   started at, start time, start, from, state start, begin, timestamp, changed at, since,
    start timestamp, event time, beginn, von, debut, inicio, inizio, status start, start date, login time,
    state started at, time
ended_at    time   ended at, end time, end, to, until, state end, end timestamp, ende, bis, fin, fim, fine,
    status end, end date, logout time, state ended at
length_seconds duration duration, time in state, length, time in status, state duration, status duration, elapsed,
    seconds in state, total time, aux time, dauer, duree, duracion, duracao, durata, duur
""",
    beside="length_seconds",
    hints="agent state states status presence availability activity aux",
    proof="state agent|agent_id started_at ended_at|length_seconds|started_at",
)

ROSTER = shape(
    "roster",
    "One row per planned stretch of an agent's shift.",
    """
shift_id    key    shift id, id, roster id, schedule id, entry id, assignment id
agent_id    ref    agent id, user id, employee id, staff id, personnel number, personalnummer
agent       name   agent, agent name, employee, employee name, name, user, staff, worker, team member, mitarbeiter,
    empleado, funcionario, dipendente, medewerker, full name
team        name   team, group, department, location, schedule group, gruppe, equipe, equipo, site
activity    activity activity, activity type, shift type, type, task, shift, position, schedule type, label,
    aktivitat, schichtart, activite, actividad, atividade, attivita, activiteit, shift name, planned activity, role
started_at  time   started at, start time, shift start, start, from, scheduled start, begin, planned start,
    schichtbeginn, beginn, von, debut, inicio, inizio, starttijd, start date time, start datetime, clock in,
    shift start time
ended_at    time   ended at, end time, shift end, end, to, until, scheduled end, finish, planned end, schichtende,
    ende, bis, fin, fim, fine, eindtijd, end date time, end datetime, clock out, shift end time
length_seconds duration duration, length, shift length, hours, shift hours, scheduled hours, planned hours,
    paid hours, dauer, stunden, duree, heures, duracion, horas, duracao, durata, ore, duur, uren
is_paid     bool   is paid, paid, bezahlt, paye, pagado, pago, retribuito
""",
    beside="length_seconds",
    hints="roster shift shifts schedule schedules rota wfm planning schichtplan dienstplan",
    proof="agent|agent_id started_at ended_at|length_seconds",
)
