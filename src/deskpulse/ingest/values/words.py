"""Vocabularies: the words of many help desks and languages for our few values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from deskpulse.ingest.values.lines import entries

_BETWEEN = re.compile(r"[\s_\-–—./:|]+")
_RANK = re.compile(r"^(?:\d{1,2}|p\d|sev\d|s\d) (?=[a-z])")


def normal(word: str) -> str:
    """Return `word` as vocabularies hold it: lower case, no accents, single spaces for any separator."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _BETWEEN.sub(" ", plain).strip(" .!*'\"()[]#")


@dataclass(frozen=True)
class Vocabulary:
    """Our values and the words for them; `rules` are patterns tried in order on phrases that are not listed."""

    name: str
    words: dict[str, str]
    rules: tuple[tuple[re.Pattern[str], str], ...] = field(default=())

    @property
    def values(self) -> tuple[str, ...]:
        """Return our values, each once, in order."""
        return tuple(dict.fromkeys(self.words.values()))

    def meaning(self, word: str) -> str | None:
        """Return our value for `word`, or None when it is not known."""
        plain = normal(word)
        for form in (plain, _RANK.sub("", plain)):
            if form in self.words:
                return self.words[form]
        return next((value for pattern, value in self.rules if pattern.search(plain)), None)

    def meanings(self, words: Iterable[str]) -> dict[str, str]:
        """Return our values for those of `words` that are known, keyed by the word in lower case."""
        return {w.lower(): m for w in words if (m := self.meaning(w)) is not None}


def _vocabulary(name: str, table: str, rules: str = "") -> Vocabulary:
    words: dict[str, str] = {}
    for line in entries(table):
        value, _, synonyms = line.partition(":")
        for word in (value, *synonyms.split(",")):
            if normal(word):
                words.setdefault(normal(word), value)
    patterns = [line.strip().partition(":")[::2] for line in rules.splitlines() if line.strip()]
    return Vocabulary(name, words, tuple((re.compile(p.strip()), v) for v, p in patterns))


STATUS = _vocabulary(
    "status",
    """
new: neu, ungelesen, nouveau, nouvelle, nuevo, nueva, novo, nova, nuovo, nieuw, submitted, received, logged, registered,
    to do, todo, unopened, triage, awaiting triage, needs triage, not started, unassigned, created, eingegangen,
    recibido, unread, insert ticket, ticket created, opened ticket
open: opened, active, in progress, work in progress, wip, assigned, accepted, acknowledged, in process, processing,
    working, under investigation, investigating, investigation, escalated, reopened, re opened, reopen,
    customer replied, customer responded, customer reply, waiting for support, waiting on us, waiting for agent,
    waiting on agent, unsolved, unresolved, in review, doing, started, ongoing, engaged, offen, in bearbeitung,
    bearbeitung, wiedereroffnet, wieder geoffnet, zugewiesen, ouvert, ouverte, en cours, en traitement, assigne,
    abierto, abierta, en curso, en progreso, en proceso, asignado, reabierto, aberto, aberta, em andamento,
    em atendimento, em progresso, atribuido, aperto, aperta, in corso, in lavorazione, in carico, assegnato,
    open staat, in behandeling, toegewezen, actief, take in charge, take in charge ticket, taken in charge,
    assign ticket, read, in arbeit, arbeit lauft, laufend, begonnen, angenommen, in prufung
pending: pending customer, pending user, pending client, waiting, waiting for customer, waiting on customer,
    waiting for client, waiting on client, waiting on contact, waiting for user, awaiting customer,
    awaiting user info, awaiting user, awaiting reply, awaiting response, awaiting your reply, awaiting caller,
    awaiting info, awaiting information, waiting for reply, pending reply, user info requested, need more info,
    needs info, more info required, info requested, snoozed, snooze, replied, wartend, warten, wartet,
    wartet auf kunde, warten auf kunde, wartet auf ruckmeldung, ausstehend, in wartestellung, en attente,
    en attente client, en attente du client, en attente de reponse, pendiente, pendiente de cliente,
    esperando cliente, esperando respuesta, pendente, aguardando cliente, aguardando resposta, aguardando,
    in attesa, in attesa cliente, in attesa del cliente, in attesa di risposta, in afwachting, wachten op klant,
    wacht op klant, wait
on_hold: hold, on hold, onhold, paused, suspended, deferred, postponed, blocked, parked, awaiting third party,
    waiting on third party, waiting for third party, awaiting vendor, pending vendor, awaiting problem,
    awaiting change, awaiting evidence, awaiting approval, waiting for approval, pending approval, scheduled,
    pending change, pending internal, waiting for parts, zuruckgestellt, angehalten, pausiert, suspendu, en pause,
    mis en attente, en espera, em espera, suspenso, pausado, sospeso, in sospeso, in pausa, in de wacht, gepauzeerd,
    stalled
solved: resolved, resolve, done, fixed, completed, complete, answered, finished, solve, solve ticket,
    resolve ticket, resolve case, ticket resolved, ticket solved, auto resolved, pending closure,
    awaiting confirmation, verified, gelost, erledigt, behoben, fertig, beantwortet, resolu, resolue, termine,
    traite, resuelto, resuelta, solucionado, completado, terminado, resolvido, resolvida, concluido, finalizado,
    risolto, risolta, completato, opgelost, afgerond, voltooid
closed: close, close ticket, close case, ticket closed, cancelled, canceled, deleted, spam, merged, archived,
    duplicate, invalid, rejected, zu, wont fix, won t fix, wontfix, wont do, won t do, declined, abandoned, withdrawn,
    auto closed, autoclosed, geschlossen, abgeschlossen, storniert, abgebrochen, abgelehnt, ferme, fermee, clos,
    cloture, annule, cerrado, cerrada, cancelado, fechado, fechada, encerrado, encerrada, chiuso, chiusa, annullato,
    gesloten, geannuleerd, solved permanently
""",
    """
on_hold: (?:wait|await|pend|hold).*(?:vendor|third party|3rd party|supplier|partner|approval|problem|change)
on_hold: (?:wait|await|pend|hold).*(?:part|internal|engineer|develop|release)
open: (?:wait|await|pend).*(?:support|agent|staff|our |us$)
pending: (?:wait|await|pend).*(?:customer|user|client|requester|caller|contact|repl|respon|info|feedback)
closed: ^(?:auto ?)?closed|cancel|reject|duplicat|merged|^geschlossen|^ferm|^cerrad|^fechad|^chius|^geslot
open: ^re ?open|in progress|under (?:review|investigation)|^work(?:ing)? |^open |^assigned|^active
solved: ^(?:auto )?(?:resolved|solved|completed|fixed)\\b
on_hold: \\bon hold\\b|paused|blocked|suspend|defer
new: ^new\\b
pending: ^(?:pending|waiting|awaiting)\\b
""",
)

PRIORITY = _vocabulary(
    "priority",
    """
urgent: critical, crit, emergency, highest, blocker, p0, p1, sev0, sev1, sev 1, s1, severity 1, show stopper,
    showstopper, immediate, very high, top, 1 critical, kritisch, dringend, sehr hoch, hochste, urgente, critique,
    tres haute, critico, critica, muy alta, muito alta, altissima, molto alta, spoed, hoogste, dringlich
high: major, important, p2, sev2, sev 2, s2, severity 2, hoch, haute, elevee, eleve, important, alta, alto, hoog,
    wichtig, importante, above normal
normal: medium, med, moderate, standard, default, average, p3, sev3, sev 3, s3, severity 3, mittel, moyenne, moyen,
    normale, media, medio, medie, normaal, gemiddeld, regular, mid
low: minor, lowest, trivial, minimal, p4, p5, sev4, sev 4, sev5, s4, severity 4, planning, very low, none, niedrig,
    gering, basse, faible, baja, bajo, baixa, baixo, bassa, basso, laag, below normal, cosmetic, no priority
""",
    """
urgent: critical|urgent|emergency|dringend
high: \\bhigh\\b|\\bhoch\\b|\\balta\\b
normal: \\b(?:medium|normal|moderate)\\b
low: \\b(?:low|minor)\\b
""",
)

URGENCY = _vocabulary(
    "urgency",
    """
critical: urgent, emergency, highest, very high, 1 critical, immediate, kritisch, critique, critico
high: major, hoch, haute, alta, hoog, alto
medium: normal, moderate, mittel, moyenne, media, gemiddeld, medio
low: minor, lowest, planning, niedrig, basse, faible, baja, baixa, bassa, laag
""",
)

CHANNEL = _vocabulary(
    "channel",
    """
email: e mail, mail, emails, inbox, correo, correo electronico, courriel, posta elettronica, e post, gmail, outlook,
    imap, smtp, any channel email
chat: live chat, livechat, chat widget, web chat, webchat, messaging, native messaging, messenger, web messenger,
    conversation, whatsapp, whats app, sms, text, text message, mms, line, wechat, viber, apple business chat,
    slack, teams, ms teams, microsoft teams, discord, sunshine conversations
phone: call, calls, voice, telephone, tel, telefon, telefoon, telefono, telefone, hotline, inbound call, phone call,
    phone call inbound, phone call outbound, anruf, appel, llamada, chamada, telephonie, aircall, talk, ivr
social: twitter, x, tweet, facebook, fb, facebook post, facebook messenger, instagram, instagram comment,
    instagram direct message, linkedin, youtube, reddit, tiktok, twitter dm, twitter direct message,
    twitter mention, twitter favorite, wall post, mention, social media, soziale medien, reseaux sociaux,
    redes sociales, telegram
web_form: web, form, web form, webform, portal, customer portal, website, web site, web widget, widget, web service,
    self service, selfservice, self service portal, help center, helpcenter, contact form, feedback widget, online,
    internet, formular, kontaktformular, webformular, formulaire, formulario, modulo, formulier, service catalog,
    catalog, help widget, jira, ui
in_app: in app, app, mobile, mobile sdk, sdk, mobile app, ios, android, in product, product, inapp
survey: csat survey, nps, feedback, umfrage, enquete, encuesta, sondaggio
review: reviews, app store, google play, play store, trustpilot, g2, google reviews, google business, yelp,
    bewertung, avis
api: webhook, integration, monitoring, system, event, event management, automation, automated, import, rule,
    trigger, zapier, batch
""",
    """
phone: \\b(?:phone|call|voice|telefon)
chat: \\bchat\\b|messag|whatsapp
email: \\be ?mail
social: twitter|facebook|instagram|social
web_form: \\bform\\b|portal|\\bweb\\b
review: review|app ?store|trustpilot
""",
)

AUTHOR_KIND = _vocabulary(
    "author kind",
    """
customer: end user, enduser, requester, contact, user, client, lead, visitor, inbound, incoming, in, consumer,
    guest, caller, subscriber, buyer, shopper, reporter, external, received, from customer, kunde, kundin, client e,
    cliente, klant, member, passenger, customer to agent
agent: admin, operator, staff, support, outbound, outgoing, out, representative, rep, employee, teammate, advisor,
    adviser, technician, support agent, human agent, internal, sent, to customer, from agent, mitarbeiter,
    mitarbeiterin, agente, operador, operatore, medewerker, conseiller, company, business, brand, owner, tier 1,
    supervisor, light agent, agent to customer, action agent
bot: assistant, ai, chatbot, virtual agent, virtual assistant, robot, answer bot, answerbot, automation,
    auto responder, autoresponder, fin, model, machine, ai agent, gpt
system: trigger, workflow, action, event, note event, automated, rule, macro, server, notification
""",
)

DIRECTION = _vocabulary(
    "direction",
    """
inbound: incoming, in, received, eingehend, entrant, entrante, entrada, in arrivo, inkomend, customer, from customer
outbound: outgoing, out, sent, dialed, dialled, ausgehend, sortant, saliente, saida, in uscita, uitgaand, agent
""",
)

OUTCOME = _vocabulary(
    "call outcome",
    """
completed: complete, answered, handled, connected, ok, success, successful, served, taken, accepted, finished,
    ended, angenommen, beantwortet, repondu, atendida, atendido, contestada, risposta, risposto, beantwoord, agent
abandoned: abandon, abandonned, hangup, hang up, hung up, caller hung up, dropped, lost, disconnected, user hangup,
    abandoned in queue, queue abandoned, abandoned in ivr, aufgelegt, abgebrochen, abandonne, abandonada,
    abandonado, abbandonata, abgegeben
voicemail: voice mail, vm, message left, left message, mailbox, anrufbeantworter, messagerie, buzon, correo de voz,
    segreteria, messaggio
transferred: transfer, transfered, forwarded, warm transfer, cold transfer, blind transfer, weitergeleitet,
    transfere, transferida, transferido, trasferita, doorverbonden
callback: call back, callback requested, requested callback, ruckruf, rappel, devolucion
missed: no answer, noanswer, unanswered, not answered, not connected, busy, failed, rejected, declined, canceled,
    cancelled, ring no answer, rona, verpasst, manque, perdida, perdido, persa, gemist, timeout
""",
    """
voicemail: voice ?mail
abandoned: abandon|hung ?up
transferred: transfer
callback: call ?back
missed: miss|no answer|unanswered
completed: answered|completed|connected
""",
)

SURVEY_KIND = _vocabulary(
    "survey kind",
    """
csat: c sat, customer satisfaction, satisfaction, satisfaction rating, satisfaction survey, ticket satisfaction,
    post ticket, zufriedenheit, kundenzufriedenheit, satisfaction client, satisfaccion, satisfacao, soddisfazione,
    tevredenheid, rating
nps: net promoter, net promoter score, promoter, recommendation, likelihood to recommend, relationship, enps
ces: customer effort, customer effort score, effort, ease, ease of use
""",
    """
nps: \\bnps\\b|promoter
ces: \\bces\\b|effort
csat: \\bcsat\\b|satisf
""",
)

AGENT_STATE = _vocabulary(
    "agent state",
    """
available: online, ready, idle, waiting, free, active, on queue, verfugbar, bereit, disponible, disponivel,
    disponibile, beschikbaar, signed in
busy: on call, in call, on a call, talking, handling, occupied, engaged, acw, after call work, wrap up, wrapup,
    on chat, in conversation, working, hold, ringing, besetzt, im gesprach, nachbearbeitung, occupe, ocupado,
    occupato, bezet, interacting, not responding, outbound
away: break, lunch, pause, not ready, afk, do not disturb, dnd, be right back, coffee, restroom, personal, abwesend,
    absent, en pause, ausente, assente, afwezig, mittagspause, meeting, unavailable, in meeting, transfers only,
    invisible
offline: logged out, log out, signed out, logout, off queue, off, out of office, unavailable offline, abgemeldet,
    hors ligne, desconectado, offline
training: coaching, learning, schulung, formation, formacion, capacitacion, treinamento, formazione, opleiding
""",
    """
busy: call|acw|wrap
away: break|lunch|meeting|away
training: train|coach
""",
)

ACTIVITY = _vocabulary(
    "roster activity",
    """
work: shift, working, on queue, phone, phones, chat, email, tickets, regular, scheduled, open time, arbeit, schicht,
    travail, trabajo, trabalho, lavoro, werk, overtime, productive, dienst
break: lunch, pause, rest, coffee, meal, pausa, mittagspause, pauze, descanso
training: coaching, learning, schulung, formation, formacion, treinamento, formazione, opleiding
meeting: team meeting, 1 1, one on one, huddle, besprechung, reunion, reuniao, riunione, vergadering
leave: vacation, holiday, pto, sick, sick leave, absence, absent, off, day off, time off, urlaub, krank, conge,
    vacances, vacaciones, baja, ferias, ferie, malattia, verlof, ziek, annual leave
""",
    """
leave: leave|vacation|holiday|sick|pto
break: break|lunch
training: train
meeting: meeting
""",
)

MONEY_KIND = _vocabulary(
    "money kind",
    """
revenue: income, sale, sales, credit, invoice, payment, subscription, order, inflow, in, einnahme, umsatz, ertrag,
    revenu, recette, chiffre d affaires, ingreso, receita, entrata, ricavo, omzet, opbrengst, upsell, renewal,
    earning
cost: expense, expenses, debit, spend, refund, salary, wage, payroll, outflow, out, charge, kosten, ausgabe,
    aufwand, cout, depense, gasto, costo, despesa, custo, spesa, uitgave, compensation, chargeback, license, tool
""",
)

LINK_KIND = _vocabulary(
    "link between tickets",
    """
merged: merge, merged into, is merged into, duplicate, duplicates, duplicate of, is duplicate of, duplicated,
    is duplicated by, zusammengefuhrt, fusionne, fusionado, unito, samengevoegd
follow_up: follow up, followup, follow up of, is follow up of, follows, continuation, folgeticket, suivi, seguimiento,
    opvolging
problem: caused by, is caused by, causes, problem of, incident of, cause, problem incident, has problem
related: relates, relates to, is related to, related to, link, linked, see also, blocks, is blocked by, parent, child,
    parent of, child of, is parent of, is child of, subtask, cloners, clones, is cloned by
""",
    "merged: merg|duplic\\nfollow_up: follow\\nrelated: relat",
)

SLA_METRIC = _vocabulary(
    "service-level target",
    """
first_reply: first reply time, reply time, first response, first response time, time to first response, response,
    response time, initial response, time to first reply
next_reply: next reply time, next response, every response, subsequent response, time to next response
periodic_update: periodic update time, update time, pausable update, pausable update time
requester_wait: requester wait time
agent_work: agent work time
resolution: resolution time, total resolution time, time to resolution, resolve, time to resolve, full resolution,
    time to close, close, resolved within, fix time, time to done
""",
    "first_reply: first|initial|respon\\nresolution: resol|clos",
)

SLA_KIND = _vocabulary(
    "end of a service-level target",
    """
applied: apply, apply sla, started, start, in progress, active, activated
paused: pause, on hold, stopped
resumed: resume, activate, restarted
met: fulfill, fulfilled, achieved, completed, success, within sla, in sla, no, false, not breached, hit
breached: breach, missed, violated, sla violated, overdue, yes, true, failed
cancelled: cancel, canceled, abandoned
""",
)

YES_NO = _vocabulary(
    "yes or no",
    """
true: yes, y, t, 1, on, ja, j, oui, o, si, s, sim, vero, verdadero, verdadeiro, vrai, wahr, waar, x, ✓, ✔, checked,
    enabled, met, achieved, within sla, in sla, active, public, inbound, incoming
false: no, n, f, 0, off, nein, non, nao, nee, falso, faux, falsch, onwaar, unchecked, disabled, not met, missed,
    breached, violated, sla violated, outside sla, inactive, private, internal, outbound, outgoing
""",
)

REVIEW_CHOICE = _vocabulary(
    "way to choose what is reviewed",
    """
random: random sample, randomly, at random, sample, sampled, stichprobe, zufallig, zufall, aleatorio, aleatoire, casuale
own: manual, manually, picked, hand picked, targeted, by reviewer, manuell, gezielt
""",
    "random: random|zufall|stichprob|aleat",
)

VOCABULARIES: dict[str, Vocabulary] = {
    "status": STATUS, "priority": PRIORITY, "urgency": URGENCY, "channel": CHANNEL, "author_kind": AUTHOR_KIND,
    "direction": DIRECTION, "outcome": OUTCOME, "survey_kind": SURVEY_KIND, "agent_state": AGENT_STATE,
    "link_kind": LINK_KIND, "review_choice": REVIEW_CHOICE, "sla_metric": SLA_METRIC, "sla_kind": SLA_KIND,
    "activity": ACTIVITY, "money_kind": MONEY_KIND, "bool": YES_NO,
}  # fmt: skip
"""The vocabularies by the name that shapes use for them."""
