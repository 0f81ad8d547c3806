"""Money and assistants: revenue and cost entries, rates of currencies, and the turns of a bot."""

from deskpulse.ingest.shapes.model import shape

MONEY = shape(
    "money",
    "One row per revenue or cost entry.",
    """
entry_id    key    entry id, id, transaction id, invoice id, payment id, charge id, order id, booking id,
    invoice number, invoice, transaction, rechnungsnummer, belegnummer, receipt number, reference, txn id,
    posting id
booked_at   time   booked at, date, booking date, transaction date, invoice date, payment date, posted at, posted,
    created at, created, paid at, timestamp, posting date, value date, entry date, buchungsdatum, datum,
    rechnungsdatum, date de facture, fecha, data, period, month, order date, datetime
kind        money_kind kind, type, entry type, category, transaction type, direction, revenue or cost, debit credit,
    art, typ, tipo, soort, flow
amount      number amount, value, total, sum, net amount, gross amount, price, amount paid, amount usd, amount eur,
    revenue, cost, betrag, summe, montant, importe, monto, valor, importo, bedrag, total amount, net, gross,
    order total, line total
currency    label  currency, currency code, iso currency, wahrung, devise, moneda, moeda, valuta
reason      label  reason, description, category, memo, account, item, product, details, note, purpose, cost type,
    grund, verwendungszweck, motif, concepto, motivo, causale, omschrijving, line item, subcategory
ticket_id   ref    ticket id, ticket, case id, case number, ticket number
customer_id ref    customer id, client id, account id, contact id, customer number, kundennummer
customers.name name   customer, customer name, client, client name, kunde, cliente, klant
agent_id    ref    agent id, employee id, user id
agent       name   agent, agent name, employee, employee name, mitarbeiter, sales rep
team        name   team, department, cost center, cost centre, group, sector, kostenstelle, abteilung
""",
    hints="money revenue cost costs payment payments invoice invoices transaction transactions ledger expenses billing",
    proof="amount booked_at|kind|currency|entry_id",
)

EXCHANGE_RATES = shape(
    "exchange_rates",
    "One row per currency and month: what one unit of it is worth in the workspace's own.",
    """
rate_id     key    rate id
currency!   label  currency, currency code, iso currency, from currency, source currency, wahrung, devise, moneda,
    moeda, valuta
valid_on!   time   valid on, month, valid from, date, rate date, period, as of, monat, mois, mes, mese, maand, datum
rate!       number rate, exchange rate, fx rate, conversion rate, units per currency, kurs, wechselkurs, taux,
    taux de change, tipo de cambio, taxa de cambio, tasso di cambio, wisselkoers
""",
    hints="rate rates fx exchange currencies kurse wechselkurse",
    proof="rate currency valid_on",
)

BOT_TURNS = shape(
    "bot_turns",
    "One row per question to an assistant and its answer.",
    """
turn_id         key    turn id, id, message id, request id, trace id, completion id, generation id, interaction id
conversation_id ref    conversation id, session id, thread id, chat id, dialog id
ticket_id       ref    ticket id, ticket, case id
customer_id     ref    customer id, user id, visitor id, contact id
asked_at        time   asked at, created at, timestamp, start time, request time, question time, started at, date,
    time, created, datetime
answered_at     time   answered at, end time, response at, finished at, completed at, answer time, ended at
response_seconds duration response seconds, latency, response time, latency ms, response time ms, duration,
    duration ms, latency seconds, response time seconds, elapsed, time to answer
model           label  model, model name, engine, llm, deployment
tokens_in       count  tokens in, prompt tokens, input tokens, tokens prompt, prompt token count
tokens_out      count  tokens out, completion tokens, output tokens, tokens completion, response tokens,
    completion token count
cost            number cost, price, total cost, cost usd
is_error        bool   is error, error, failed, has error
is_handed_over  bool   is handed over, handed over, handoff, escalated, handover, transferred to agent,
    human handoff, escalated to human, handed off, needs human
question        prose  question, prompt, user message, query, input, user input, utterance, request, customer message
answer          prose  answer, response, completion, bot response, output, assistant message, reply, bot answer,
    assistant response
""",
    hints="bot assistant chatbot llm turns completions ai prompts copilot",
    proof="tokens_in|tokens_out|model|is_handed_over|answer question|response_seconds|conversation_id|tokens_out",
)
