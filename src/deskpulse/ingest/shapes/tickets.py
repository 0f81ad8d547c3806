"""Tickets: one row each, with their state as exported."""

from deskpulse.ingest.shapes.model import shape

TICKETS = shape(
    "tickets",
    "One row per ticket, as help desks export their lists.",
    """
ticket_id      key       ticket id, id, ticket, ticket number, ticket no, ticket nr, ticket key, case id,
    case number, case no, case, number, incident number, incident id, incident, issue key, issue id, key,
    request id, request number, service request number, sr number, conversation id, unique key, unique id,
    reference, reference number, ref, ticketid, display id, ticket ref, ticketnummer, fallnummer, vorgangsnummer,
    anfrage id, numero, numero de ticket, numero du ticket, numero ticket, id ticket, id du ticket, id de ticket,
    id do ticket, id del ticket, numero de caso, numero do chamado, chamado, id chamado, protocolo, folio, ticketnr,
    zaaknummer, meldingsnummer, tweet id, mention id, post id, record id, id ticket externo, request key,
    ticket reference, vorgang, vorgang nr, vorgangs nr, ticket nummer, fall, fall nr, anfragenummer, meldungsnummer
subject        title     subject, title, summary, short description, ticket subject, ticket name, case subject,
    issue summary, headline, betreff, titel, objet, sujet, titre, asunto, titulo, assunto, oggetto, titolo,
    onderwerp, kurzbeschreibung, subject line, ticket title, resume, resumo, riassunto, samenvatting,
    zusammenfassung
description    prose     description, body, text, content, ticket description, message, details, first message,
    initial message, comment, question, request, issue description, complaint, case description,
    problem description, beschreibung, nachricht, inhalt, message initial, contenu, descripcion, mensaje, contenido,
    descricao, mensagem, descrizione, messaggio, testo, omschrijving, bericht, inhoud, tweet, review text,
    ticket body, description text, ticket text, ticket body text, source body, conversation
channel        channel   channel, via, via channel, source, ticket source, origin, case origin, contact type,
    contact method, medium, submitted via, request channel, source type, source name, created via, kanal, quelle,
    canal, origen, origine, canale, origem, kanaal, bron, open data channel type, channel type, contact channel,
    ticket channel, intake channel, case source
status         status    status, state, ticket status, ticket state, incident state, case status, issue status,
    current status, pipeline stage, stage, ticket stage, etat, statut, estado, stato, estado do ticket,
    status des tickets, zustand, status name, hs pipeline stage, situacao, stand, bearbeitungsstand, ticketstatus,
    bearbeitungsstatus, avancement, situacion, situazione
priority       priority  priority, ticket priority, case priority, priority level, severity, prioritat, priorite,
    prioridad, prioridade, priorita, prioriteit, priority name, urgency level, importance, sev, dringlichkeitsstufe,
    wichtigkeit, dringlichkeit, importancia, importanza, importancia do ticket, urgence, urgencia, urgenza
ticket_type    label     ticket type, type, issue type, issuetype, case type, record type, request type,
    customer request type, tickettyp, typ, type de ticket, type de demande, tipo, tipo de ticket, tipo di ticket,
    tipo ticket, tipo de chamado, soort, tickettype, incident type
category       label     category, ticket category, topic, complaint type, case reason, reason, contact reason,
    request category, issue category, problem type, product category, kategorie, thema, categorie, categoria,
    categoria do ticket, onderwerp categorie, primary category, main category, theme, motif, motivo,
    motivo contatto, anliegen, intent, issue, query type, disposition
subcategory    label     subcategory, sub category, sub category1, sub category 1, category 2, category level 2,
    descriptor, sub reason, sub topic, subtopic, unterkategorie, sous categorie, subcategoria, sottocategoria,
    subcategorie, secondary category, detail, sub issue, item
tags           list      tags, labels, label, tag, ticket tags, keywords, schlagworte, stichworte, etiquettes,
    mots cles, etiquetas, marcadores, etichette, trefwoorden
customer_id    ref       customer id, requester id, contact id, client id, user id, end user id, caller id,
    account contact id, person id, kundennummer, kunden id, kundennr, id client, id cliente, klantnummer, klant id,
    customer number, reporter id, associated contact id, id du client, id do cliente, id del cliente, author id,
    customerid, requested by id
customer       name      customer, requester, customer name, requester name, contact, contact name, client,
    client name, reporter, caller, user, user name, end user, full name, contact full name, requester full name,
    opened for, requested for, associated contact, author, sender, kunde, kundenname, melder, anfragender,
    ansprechpartner, demandeur, nom du client, cliente, nombre del cliente, solicitante, nome do cliente,
    nome cliente, richiedente, klant, klantnaam, aanvrager, from, customer full name, caller id, submitter, name,
    username, created by, opened by, primary contact, affected user, wer, absender, einsender, anrufer, gemeldet von,
    erstellt von, cree par, creado por, criado por, creato da
customers.email email    requester email, customer email, email, contact email, e mail, email address, client email,
    user email, from email, sender email, reporter email, kunden e mail, e mail adresse, e mail du client, courriel,
    correo, correo electronico, email do cliente, email cliente, e mailadres, from address, email id,
    requester e mail, requester email address, contact email address, email des kunden, requester s email
customers.phone label    requester phone, customer phone, phone, phone number, contact phone, mobile, telephone,
    telefon, telefonnummer, telefono, telefone, telefoonnummer, work phone, mobile phone
company_id     ref       company id, organization id, organisation id, account id, client company id, org id,
    associated company id
company        name      company, organization, organisation, account, company name, account name,
    organization name, ticket organization name, requester organization, client company, customer organization,
    associated company, firma, unternehmen, organisationseinheit, entreprise, societe, organisation du client,
    empresa, compania, azienda, societa, bedrijf, organisatie, customer company, organizations
agent_id       ref       agent id, assignee id, assigned agent id, owner id, admin assignee id, assigned to id,
    responder id, operator id, hubspot owner id, id agent, id agente, agentid, user assigned id, responsible id,
    assigned agent number
agent          name      agent, assignee, assigned to, agent name, assignee name, assigned agent, owner,
    ticket owner, owner name, case owner, assigned user, responder, handled by, resolved by, technician, operator,
    teammate assigned, resource, resolver, bearbeiter, zugewiesen an, zugewiesener mitarbeiter, agent assigne,
    agent en charge, assigne a, agente, agente asignado, asignado a, atendente, responsavel, atribuido a,
    assegnato a, operatore, assegnatario, medewerker, toegewezen aan, behandelaar, support agent, representative,
    agent full name, contact owner, current assignee, assigned technician, zustandiger, sachbearbeiter
agents.email   email     agent email, assignee email, owner email, assigned to email, email agent, responder email
team_id        ref       team id, group id, assigned group id, assignment group id, department id, team assignee id,
    queue id
team           name      team, group, assigned group, assignment group, group name, team name, queue, department,
    support group, assigned team, team assigned, agency name, agency, owning group, inbox, squad, skill, gruppe,
    abteilung, zustandige gruppe, warteschlange, equipe, groupe, service, grupo, equipo, departamento, cola, setor,
    fila, gruppo, reparto, coda, afdeling, groep, wachtrij, responsible agency, assigned department, queue name,
    airline, hubspot team, support team, ticket group
brand          name      brand, brand name, brand id, store, marke, marque, marca, merk, shop, product brand,
    company brand, website brand
created_at     time      created at, created, created date, created time, creation date, creation time,
    date created, create date, opened at, opened, open date, opened date, date opened, open time, date time opened,
    submitted at, submitted date, submission date, reported at, reported date, reported, received at, received,
    date received, requested at, requested datetime, ticket created, ticket created at, created on, sys created on,
    start time, timestamp, date, datetime, time, log date, entry date, erstellt, erstellt am, erstellungsdatum,
    angelegt am, eroffnet am, eingang, datum, cree le, date de creation, ouvert le, date d ouverture, date, creado,
    creado el, fecha de creacion, fecha creacion, fecha, abierto el, criado em, data de criacao, data de abertura,
    aberto em, data, creato il, data creazione, data di creazione, data apertura, aperto il, aangemaakt,
    aangemaakt op, gemaakt op, aanmaakdatum, tweet created, conversation started at, creation timestamp,
    first message at, date submitted, created timestamp, created datetime, openedat, requested on, data di apertura,
    ticket created date, issue date, requested, ticket requested at, ticket created timestamp,
    ticket created datetime, conversation created at, angelegt, eroffnet, eingegangen, eingegangen am, gemeldet am,
    eingangsdatum, ouvert, abierto, aberto, aperto
updated_at     time      updated at, updated, last updated, last update, update date, last modified, modified,
    modified at, modified date, last modified date, date modified, last updated at, updated time, updated date,
    last update time, sys updated on, sys updated at, last activity, last activity date, last activity at,
    updated on, aktualisiert, aktualisiert am, letzte anderung, geandert am, mis a jour le, derniere modification,
    date de mise a jour, modifie le, actualizado, actualizado el, ultima actualizacion, fecha de actualizacion,
    atualizado em, ultima atualizacao, data de atualizacao, aggiornato il, ultimo aggiornamento, ultima modifica,
    bijgewerkt, bijgewerkt op, laatst gewijzigd, gewijzigd op, hs lastmodifieddate, last changed,
    resolution action updated date, ticket updated, last edited, ticket updated timestamp, ticket updated at
first_replied_at time    first replied at, first reply at, first response, first response at, first response date,
    first responded at, first reply, first reply time at, first response time at, initially responded at,
    first agent reply at, agent first reply date, initial response, first agent response date,
    first agent reply date, erste antwort, erste antwort am, erste reaktion, premiere reponse, premiere reponse le,
    date de premiere reponse, primera respuesta, fecha primera respuesta, primeira resposta,
    data da primeira resposta, prima risposta, data prima risposta, eerste reactie, eerste antwoord,
    first response sent at, first outbound response at, first contact at, first respond date, first reply date,
    responded at, first touch at, initial response time at, initial response time, first response time at
first_solved_at time     first solved at, first resolved at, initially solved at, first solved, first resolution at
solved_at      time      solved at, resolved at, resolved, resolved date, resolved time, resolution date,
    date resolved, solved, solved date, date solved, resolution at, completed at, completion date, completed date,
    resolved on, resolutiondate, last resolved at, ticket solved at, gelost am, gelost, losungsdatum, erledigt am,
    erledigt,
    resolu le, date de resolution, resuelto, resuelto el, fecha de resolucion, fecha resolucion, resolvido em,
    data de resolucao, data resolucao, risolto il, data risoluzione, data di risoluzione, opgelost, opgelost op,
    solution date, finished at, done at, end date, end time, actual end, fixed at, ticket solved timestamp,
    ticket resolved at, ticket solved date, solved timestamp
closed_at      time      closed at, closed, closed date, close date, date closed, closed time, closed on,
    closure date, date time closed, ticket closed, ticket closed at, geschlossen, geschlossen am, abgeschlossen am,
    abgeschlossen,
    schliessdatum, ferme le, date de fermeture, date de cloture, cloture le, cerrado, cerrado el, fecha de cierre,
    fecha cierre, fechado em, data de fechamento, encerrado em, data de encerramento, chiuso il, data chiusura,
    data di chiusura, gesloten, gesloten op, sluitdatum, hs closed date, closing date, last closed at,
    closed datetime, ticket closed timestamp, ticket closed date, conversation closed at
reopened_at    time      reopened at, reopened, reopen date, reopened date, last reopened at, reopened on,
    wiedereroffnet am, rouvert le, reabierto el, reaberto em, riaperto il, heropend op
due_at         time      due at, due date, due, due by, due by time, resolution due, resolution due by, deadline,
    sla due, sla due date, target date, expected resolution, due on, fallig, fallig am, falligkeitsdatum, frist,
    echeance, date d echeance, vencimiento, fecha de vencimiento, fecha limite, data de vencimento, vencimento,
    prazo, scadenza, data di scadenza, vervaldatum, deadline datum, duedate, resolve by
first_reply_seconds duration first reply time, first response time, time to first response, time to first reply,
    first reply time minutes, first reply time in minutes, first reply time hours, first response time in hrs,
    first response time minutes, frt, time to first agent reply, time to first human agent reply, response time,
    initial response time, time to first response hours, antwortzeit, temps de premiere reponse,
    tiempo de primera respuesta, tempo de primeira resposta, tempo prima risposta, reactietijd,
    first response time in mins, first response time hours, erstreaktionszeit
full_resolution_seconds duration full resolution time, resolution time, time to resolution, time to resolve,
    time to close, full resolution time minutes, full resolution time in minutes, resolution time in hrs,
    resolution time hours, resolution time minutes, ttr, time spent open, losungszeit, temps de resolution,
    tiempo de resolucion, tempo de resolucao, tempo risoluzione, tempo di risoluzione, oplostijd, handling duration,
    resolution time in mins, resolution time days, time to close hours, bearbeitungsdauer, resolution duration
first_resolution_seconds duration first resolution time, first resolution time minutes,
    first resolution time in minutes, first resolution time hours, time to first resolution
requester_wait_seconds duration requester wait time, requester wait time minutes, requester wait time in minutes,
    requester wait time hours, customer wait time, requester wait
agent_wait_seconds duration agent wait time, agent wait time minutes, agent wait time in minutes,
    agent wait time hours, time pending, time in pending, agent wait
on_hold_seconds duration on hold time, on hold time minutes, on hold time in minutes, on hold time hours,
    time on hold, on hold duration, hold time, on hold
handle_seconds duration  handle time, handling time, time spent, time tracked, time worked, worked time, work time,
    agent work time, agent handle time, time logged, logged time, total time spent, timespent, billable time,
    handle time minutes, handle time in minutes, handling time minutes, handle time seconds, handle time in seconds,
    time spent minutes, time spent in minutes, time spent hours, time spent in hours, time spent seconds,
    time spent in seconds, time spent mins, time tracked minutes, time tracked hours, time tracked seconds,
    time worked minutes, time worked hours, worked minutes, worked hours, minutes worked, hours worked, aht,
    total handle time, handle minutes, effort minutes, effort hours, bearbeitungszeit, bearbeitungszeit in minuten,
    aufgewendete zeit, erfasste zeit, arbeitszeit, arbeitszeit in minuten, temps passe, temps passe minutes,
    temps de traitement, temps consacre, tiempo dedicado, tiempo empleado, tiempo trabajado, tiempo de gestion,
    tempo gasto, tempo dedicado, tempo trabalhado, tempo de atendimento, tempo impiegato,
    tempo lavorato, tempo di gestione, bestede tijd, gewerkte tijd, gewerkte minuten, behandeltijd
agent_reply_count count  agent replies, agent reply count, replies, reply count, number of replies, outbound count,
    agent interactions, number of agent responses, times contacted, outgoing emails
customer_message_count count customer messages, customer replies, customer message count, inbound count,
    customer interactions, incoming emails
message_count  count     message count, messages, number of messages, comments, comment count, number of comments,
    conversation parts, total messages, interactions, conversation count
note_count     count     internal comments, internal notes, note count, notes count, private notes,
    internal comment count, internal note count, number of notes, private comments
reopen_count   count     reopen count, reopens, reopened count, number of reopens, times reopened, reopen number,
    count reopens
handoff_count  count     reassignment count, reassignments, assignee stations, handoffs, number of reassignments,
    transfers, transfer count, assignee changes, reassign count
team_handoff_count count group stations, team handoffs, group reassignments, group handoffs, team transfers
is_escalated   bool      is escalated, escalated, escalation, escalation flag, eskaliert, escalade, escalado,
    escalonado, geescaleerd, escalation status
is_spam        bool      is spam, spam, deleted, is deleted, junk
is_agent_created bool    is agent created, agent created, created by agent, opened by agent, outbound ticket,
    agent initiated
is_sla_met     bool      is sla met, sla met, made sla, within sla, sla achieved, sla status, sla, sla compliance,
    sla eingehalten, sla respecte, sla cumplido, sla cumprido,
    sla rispettato, sla behaald, met sla, sla result, sla outcome, sla compliant, sla breached, breached,
    is breached, has breached, sla breach, sla violated, sla missed, is sla breached
is_first_reply_sla_met bool first response sla met, first reply sla met, first response status,
    first response sla status, first response sla, first reply sla, first response breached, first reply breached,
    first response sla breached, time to first response breached, fr escalated, response sla met, response sla,
    first response violated, first response overdue, response breached, response sla breached, first response sla result
is_resolution_sla_met bool resolution sla met, resolution status, resolution sla status, resolution sla,
    resolution breached, resolution sla breached, time to resolution breached, resolution escalated,
    resolution violated, resolution overdue, resolve sla met, resolution sla result
merged_into    ref       merged into, merged into id, merged into ticket, merged to, merge target, duplicate of,
    parent of merge, merged in
follow_up_of   ref       follow up of, followup source id, follow up source, via followup source id, followup of,
    follow up of ticket, original ticket id
urgency        urgency   urgency, urgency level, dringlichkeit, urgence, urgencia, urgenza, urgentie
revenue        number    revenue, order value, order amount, deal value, umsatz, chiffre d affaires, ingresos,
    receita, ricavi, omzet, total spent, order total, revenue amount
cost           number    cost, ticket cost, handling cost, cost per ticket, kosten, cout, costo, coste, custo
language       label     language, ticket language, locale, detected language, sprache, langue, idioma, lingua,
    taal, requester language, requester locale, lang, conversation language
surveys.score  score     satisfaction rating, satisfaction score, csat, csat score, customer satisfaction,
    customer satisfaction score, survey score, rating, survey rating, survey result, survey results,
    conversation rating, satisfaction, feedback score, score, stars, bewertung, zufriedenheit, note de satisfaction,
    valoracion, satisfaccion, avaliacao, satisfacao, valutazione, soddisfazione, beoordeling, tevredenheid,
    happiness rating, csat rating, customer rating, satisfaction rating score, star rating,
    customer satisfaction rating
surveys.scale_max number  csat scale, rating scale, survey scale
surveys.comment prose    satisfaction comment, survey comment, csat comment, rating comment, customer feedback,
    feedback, feedback comment, rating remark, conversation rating remark, survey comments, satisfaction reason
surveys.responded_at time satisfaction rated at, survey responded at, rating date, rated at, csat responded at,
    survey date
""",
    hints="ticket tickets case cases incident incidents issue issues request requests export",
    beside="merged_into follow_up_of",
    proof="ticket_id|subject|description status|subject|description|closed_at|solved_at|priority|category|created_at",
)
