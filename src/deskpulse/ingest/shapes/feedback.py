"""What people think of the service: surveys and quality reviews."""

from deskpulse.ingest.shapes.model import shape

SURVEYS = shape(
    "surveys",
    "One row per survey offered; answered when it has a score.",
    """
survey_id    key    survey id, id, response id, rating id, survey response id, feedback id, answer id,
    respondent id, satisfaction rating id, antwort id, id reponse, id respuesta
ticket_id    ref    ticket id, ticket, case id, case number, ticket number, conversation id, issue key, ticket no,
    request id, incident number, ticketnummer, id ticket, numero de ticket, ticket key, related ticket, ticketid
kind         survey_kind kind, survey type, survey kind, survey, survey name, type, metric, question type, umfrage,
    umfrageart, enquete, encuesta, pesquisa, sondaggio, enquete naam
offered_at   time   offered at, sent at, survey sent, survey sent at, date sent, requested at, invited at,
    survey date sent, gesendet am, envoye le, enviado, inviato il, survey sent date, created at
responded_at time   responded at, response date, answered at, submitted at, responded, completed at, survey date,
    date, timestamp, rated at, submission date, response time, survey response date, date submitted, received at,
    end date, date responded, recorded date, beantwortet am, datum, repondu le, respondido, fecha, respondido em,
    data, risposto il, ingevuld op, time, rating date, updated at, date de reponse, survey completed at
score        score  score, rating, csat, nps, ces, csat score, nps score, ces score, satisfaction,
    satisfaction rating, satisfaction score, answer, response, value, stars, star rating, likelihood to recommend,
    how likely, result, survey score, bewertung, note, punktzahl, zufriedenheit, puntuacion, valoracion,
    calificacion, pontuacao, avaliacao, nota, punteggio, valutazione, voto, score waarde, beoordeling, cijfer,
    customer rating, effort score, rating score, ratings, q1
scale_max    number scale max, scale, max score, scale top, out of, maximum, max rating
comment      prose  comment, comments, feedback, verbatim, reason, why, remark, remarks, additional comments, text,
    open text, suggestion, kommentar, commentaire, comentario, commento, opmerking, toelichting, explanation,
    free text, customer comment, rating comment, feedback text, review
customer_id  ref    customer id, requester id, contact id, user id, respondent id, client id, kundennummer
customers.name name   customer, customer name, respondent, requester, contact, contact name, name, client, kunde,
    cliente, klant, requester name, user name
customers.email email customer email, email, respondent email, requester email, contact email, email address,
    recipient email
agent_id     ref    agent id, assignee id, agent number
agent        name   agent, agent name, assignee, rated agent, assignee name, owner, mitarbeiter, agente, operatore,
    medewerker, rep, handled by, assigned agent, agent assigned, rated agent name, assigned to
team         name   team, group, group name, department, team name, gruppe, equipe, equipo, assigned group
channel      channel channel, survey channel, source, via, kanal, canal, canale
""",
    hints="survey surveys csat nps ces satisfaction feedback ratings rating",
    proof="score responded_at|ticket_id|comment|kind|customers.email|agent",
)

REVIEWS = shape(
    "reviews",
    "One row per quality review of a ticket or call.",
    """
review_id   key    review id, id, evaluation id, scorecard id, audit id, qa id
ticket_id   ref    ticket id, ticket, case id, conversation id, ticket number, case number
call_id     ref    call id, call, interaction id, recording id
agent_id    ref    agent id, employee id, reviewee id
agent       name   agent, agent name, reviewee, evaluated agent, agent reviewed, employee, mitarbeiter, agente
team        name   team, group, department, team name
reviewer    name   reviewer, evaluator, reviewed by, auditor, scored by, qa analyst, evaluated by, graded by,
    reviewer name, quality analyst, prufer
reviewed_at time   reviewed at, review date, evaluation date, evaluated at, date, scored at, created at, audit date,
    timestamp, graded at, date reviewed
score       quality score, quality score, qa score, total score, overall score, final score, evaluation score, grade,
    iqs, rating, review score
form        label  form, scorecard, criteria, form scores, scores, answers
comment     prose  comment, comments, feedback, notes, remarks, coaching notes, kommentar, comentario, review comment
chosen      review_choice chosen, how chosen, sampling, sampling method, sample type, selection, selection method
""",
    hints="review reviews quality qa evaluation evaluations scorecard scorecards audit iqs",
    proof="score reviewer|reviewed_at agent|agent_id|ticket_id|call_id",
)
