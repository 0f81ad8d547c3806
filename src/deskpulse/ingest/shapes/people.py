"""People and groups: customers, companies, agents, teams."""

from deskpulse.ingest.shapes.model import shape

CUSTOMERS = shape(
    "customers",
    "One row per customer.",
    """
customer_id  key    customer id, id, user id, contact id, requester id, client id, person id, customer number,
    kundennummer, kunden id, id client, id cliente, klantnummer, external id, record id, lead id, end user id,
    sys id, customerid, subscriber id, numero client
name         name   name, full name, customer name, contact name, customer, user name, display name, client name,
    kunde, nom, nombre, nome, naam, first name last name, contact, nom complet, nombre completo, nome completo,
    kundenname
email        email  email, email address, e mail, primary email, customer email, mail, contact email, work email,
    user email, correo, correo electronico, courriel, e mail adresse
phone        label  phone, phone number, telephone, mobile, mobile phone, work phone, contact phone, telefon,
    telefono, telefone, telefoon, mobile number
company_id   ref    company id, organization id, organisation id, account id, org id, associated company id
company      name   company, organization, company name, account, account name, organisation, organization name,
    firma, unternehmen, entreprise, societe, empresa, azienda, bedrijf, associated company, company account name
tier         label  tier, customer tier, segment, level, customer segment, stufe, niveau, nivel, livello,
    account tier, support tier
plan         label  plan, plan name, subscription, subscription plan, product plan, package, subscription type,
    tarif, abo, abonnement, contract type, contract
language     label  language, locale, preferred language, lang, sprache, langue, idioma, lingua, taal
timezone     label  timezone, time zone, tz, zeitzone, fuseau horaire, zona horaria, fuso horario, fuso orario,
    tijdzone
created_at   time   created at, created, customer since, signup date, signed up at, created date, create date,
    joined, registered at, registration date, member since, date created, sign up date, first seen, kunde seit,
    erstellt am, cree le, creado, criado em, creato il, aangemaakt, subscription start, tenure start, start date,
    cliente desde
churned_at   time   churned at, churn date, cancelled at, canceled at, lost at, cancellation date, end date,
    gekundigt am, subscription end, left at, date de resiliation, fecha de baja
""",
    hints="customer customers contact contacts user users requester requesters client clients kunden clientes crm "
    "end_users endusers leads subscribers accounts",
    proof="name|email|phone|plan|tier customer_id|email|name",
)

COMPANIES = shape(
    "companies",
    "One row per company (the customers' organization).",
    """
company_id  key    company id, organization id, organisation id, account id, id, org id, record id, external id,
    company number
name        name   company name, name, company, organization name, organization, account name, account,
    organisation, firma, unternehmen, entreprise, empresa, azienda, bedrijf, nom, nombre, nome, naam,
    organisation name
domain      label  domain, domains, website, company domain name, email domain, web site, url, domain name,
    domain names, homepage
industry    label  industry, sector, vertical, branche, secteur, sector industrial, setor, settore, business type
tier        label  tier, account tier, health score tier, segment, level, customer tier, support tier
plan        label  plan, plan name, subscription, subscription plan, package, contract
revenue     number revenue, annual revenue, arr, mrr, yearly revenue, monthly spend, annual recurring revenue,
    total revenue, umsatz, jahresumsatz, chiffre d affaires, ingresos, receita, fatturato, omzet, acv, spend
created_at  time   created at, created, created date, create date, customer since, since, signup date,
    renewal start, start date, erstellt am
churned_at  time   churned at, churn date, cancelled at, lost at, cancellation date
""",
    hints="company companies organization organizations organisation organisations account accounts firmen entreprises",
    proof="name company_id|domain|industry|revenue|tier|plan",
)

AGENTS = shape(
    "agents",
    "One row per agent, leavers included.",
    """
agent_id     key    agent id, id, user id, employee id, admin id, assignee id, staff id, personnel number,
    personalnummer, operator id, external id, id agente, sys id, agentid
name         name   name, agent name, full name, agent, display name, employee name, user name, employee,
    mitarbeiter, nom, nombre, nome, naam, real name, username
email        email  email, email address, agent email, e mail, work email, mail, user email, correo
team_id      ref    team id, group id, default group id, department id
team         name   team, team name, group, group name, department, squad, groups, gruppe, abteilung, equipe,
    equipo, squadra, afdeling, default group
role         label  role, user role, job title, title, position, type, agent type, rolle, rol, ruolo, funktion,
    profile, seniority
is_bot       bool   is bot, bot, is automation, automation
timezone     label  timezone, time zone, tz, zeitzone
hourly_cost  number hourly cost, cost per hour, hourly rate, rate, loaded hourly cost, stundensatz, stundenlohn,
    taux horaire, coste por hora, wage, hourly wage
joined_at    time   joined at, joined, hire date, start date, started at, created at, created, date joined,
    hired at, employed since, eintritt, eintrittsdatum, date d embauche, fecha de ingreso
left_at      time   left at, leave date, end date, termination date, terminated at, deactivated at, date left,
    austritt, austrittsdatum, fecha de baja
""",
    hints="agent agents staff employee employees admins operators assignees mitarbeiter team_members teammates",
    proof="name|email agent_id|email|name team|team_id|role|hourly_cost|joined_at|is_bot|agent_id",
)

TEAMS = shape(
    "teams",
    "One row per team.",
    """
team_id   key    team id, group id, id, department id, queue id, sys id
name      name   team name, group name, name, team, group, department, queue, gruppe, abteilung, equipe, equipo,
    afdeling, nom, nombre, nome, naam
timezone  label  timezone, time zone, tz, zeitzone
""",
    hints="team teams group groups department departments queues squads gruppen equipes",
    proof="name team_id",
)

ARTICLES = shape(
    "articles",
    "One row per help article.",
    """
article_id key    article id, id, doc id, document id, kb id, faq id, number, article number
title      title  title, question, name, article title, headline, subject, titel, titre, titulo, titolo, heading
body       prose  body, content, text, answer, article body, html, description, inhalt, contenu, contenido,
    conteudo, contenuto, inhoud, articlebody, markdown
category   label  category, section, folder, topic, section name, category name, kategorie, categorie, categoria,
    sezione, seccion
language   label  language, locale, lang, sprache, langue, idioma, lingua, taal
url        label  url, html url, link, address, permalink, web url, slug
views      count  views, view count, page views, hits, pageviews, aufrufe, vues, vistas, visualizacoes,
    visualizzazioni, weergaven
created_at time   created at, created, published at, created date, date created, publish date, erstellt am, cree le
updated_at time   updated at, updated, last modified, edited at, modified at, last updated, updated date, geandert am
""",
    hints="article articles kb knowledge faq help guide docs documents solutions helpcenter",
    proof="title body url|views|category|updated_at|article_id",
)
