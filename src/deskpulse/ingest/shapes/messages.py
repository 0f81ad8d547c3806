"""Messages: one row each, with the conversation they belong to or the message they answer."""

from deskpulse.ingest.shapes.model import shape

MESSAGES = shape(
    "messages",
    "One row per message of a conversation: chats, comments, e-mails, posts.",
    """
message_id     key       message id, comment id, id, tweet id, post id, msg id, mail id, email id, part id,
    conversation part id, article id, ts, guid, uuid, note id, reply id, sms id, entry id, status id, nachricht id,
    id mensaje, id du message
ticket_id      ref       conversation id, ticket id, thread id, case id, chat id, conversation, thread, ticket,
    ticket number, case number, issue id, issue key, request id, session id, dialogue id, dialog id, main tweet id,
    thread ts, room id, channel id, parent id, ticket no, interaction id, convo id, discussion id, chat session id,
    incident number, conversation key, hs thread id, chat, gesprach id, id conversacion, id conversa
sent_at        time      sent at, created at, created, timestamp, sent, date, time, datetime, tweet created,
    posted at, post date, message date, message time, sent time, sent date, date sent, created time, created date,
    received at, received, time sent, ts, event time, publish date, published at, gesendet am, zeitpunkt, datum,
    envoye le, date d envoi, enviado, fecha de envio, fecha, enviado em, data de envio, data, inviato il,
    verzonden op, message created at, comment created at, date time
author_kind    author_kind author kind, author type, sender type, role, sender role, from type, user type, inbound,
    direction, is inbound, incoming, type, message type, actor type, speaker, sender kind, participant type,
    from role, sent by, message direction, is agent, autor typ, type d auteur, tipo de autor, party,
    participant role, who, is customer
author_id      ref       author id, user id, sender id, from id, actor id, commenter id, creator id, participant id,
    person id, autor id, sender user id
author         name      author, sender, from, user, username, user name, author name, sender name, from name, name,
    screen name, handle, commenter, created by, nick, nickname, display name, participant, real name, absender,
    autor, verfasser, expediteur, auteur, remitente, remetente, mittente, autore, afzender, user handle, agent name,
    person, posted by
author_email   email     author email, sender email, from email, from address, email, mail from, user email,
    email address
is_public      bool      is public, public, visibility, is internal, internal, private, is private, internal note,
    is note, note, public comment, offentlich, visible to customer, jsd public
channel        channel   channel, via, source, medium, message channel, platform, service, network, via channel,
    kanal, canal, canale, kanaal, social network
body           prose     body, text, message, content, comment, message body, message text, comment body, html body,
    plain body, plain text body, tweet, post, post text, full text, tweet text, email body, utterance, transcript,
    reply, note, description, msg, line, nachricht, inhalt, mensaje, contenido, texto, mensagem, conteudo,
    messaggio, testo, contenuto, bericht, inhoud, contenu, texte, message content, comment text, chat message,
    body text, snippet
attachments    list      attachments, attachment, files, file names, attachment names, media, anhange,
    pieces jointes, adjuntos, anexos, allegati, bijlagen
in_reply_to    ref       in reply to, in response to tweet id, in reply to id, reply to, reply to id,
    parent message id, in reply to status id, in response to, parent comment id, replied to, in reply to message id,
    references, in reply to tweet id, parent tweet id, response to, quoted message id
likes          count     likes, like count, favorites, favorite count, favourites, favourite count, reactions,
    reaction count, hearts, upvotes, favs
shares         count     shares, share count, retweets, retweet count, reposts, repost count
replies        count     replies, reply count, comments count, comment count, response count
impressions    count     impressions, impression count, views, view count, reach
hashtags       list      hashtags, hash tags
place          label     place, location, tweet location, user location, city, country, geo, ort, lieu, lugar,
    local, luogo, plaats
tickets.subject title    subject, ticket subject, title, conversation subject, thread subject, betreff, objet,
    asunto, assunto, oggetto, onderwerp
tickets.status status    ticket status, conversation status, conversation state, thread status, case status
tickets.priority priority priority, ticket priority, conversation priority
tickets.category label   category, topic, reason, contact reason, negative reason, negativereason, intent, flow,
    ticket category, conversation topic
tickets.tags   list      ticket tags, conversation tags, conversation labels
tickets.brand  name      brand, company, airline, brand name, account, page, page name, handle of brand, store
tickets.team   name      team, group, department, queue, inbox, inbox name, assigned group
tickets.agent  name      assignee, assigned agent, ticket owner, agent assigned, conversation assignee
tickets.customer name    customer, customer name, requester, contact name, visitor name, client name
customers.email email    customer email, requester email, visitor email, contact email
replied_by     list      response tweet id, response ids, reply ids, replied by, answered by
""",
    hints="message messages comment comments conversation conversations chat chats tweet tweets transcript post posts "
    "reply replies mail thread threads dialogue mentions",
    beside="author_email replied_by",
    proof="body ticket_id|in_reply_to|author_kind|author|author_id|sent_at|likes|shares",
)
