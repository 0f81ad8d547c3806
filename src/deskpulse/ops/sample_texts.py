"""Plausible ticket texts of about sixty words, the same for the same seed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

_GREETINGS = ("Hello,", "Hi there,", "Good morning,", "Dear support team,", "Hey,", "To whom it may concern,", "")
_CONTEXTS = (
    "I have been a customer of yours since {year} and never had trouble before.",
    "We use your {product} every day in our {department} department with {count} people.",
    "My colleague {name} already wrote about this on {weekday}, but nobody answered.",
    "I bought the {product} on {weekday} and it arrived two days later.",
    "This is about my order {order}, which I placed last {weekday}.",
    "After the update to version {version} last night several things changed for us.",
)  # fmt: skip
_PROBLEMS = {
    "billing": (
        "I was charged twice for invoice {order}; the bank shows {amount} on both days.",
        "The refund of {amount} that you promised on {weekday} has not reached my account.",
        "Our invoice shows the old plan although we moved to the smaller one in {month}.",
    ),
    "delivery": (
        "The parcel with order {order} is marked as delivered but nothing came to our door in {city}.",
        "The box arrived damaged, one corner is open and the {product} inside is scratched.",
        "Tracking has not moved since {weekday}; it still says the shipment left {city}.",
    ),
    "login": (
        "I cannot log in any more: the page says that my password is wrong, and the reset mail never comes.",
        "Since {weekday} the second factor code is refused every time and my account is locked now.",
        "The link in the invitation for {name} has expired before anybody could open it.",
    ),
    "bug": (
        "The {product} crashes with error {code} as soon as I press save, and everything typed is lost.",
        "The export to Excel stops at {count} rows and then shows an empty page with error {code}.",
        "On my phone the app freezes on the start screen; I have to restart it {small} times a day.",
    ),
    "how_to": (
        "Could you tell me how to add a second user to our {product} without paying for a new plan?",
        "Where can I change the language of the mails that our customers in {city} get?",
        "Is there a way to import the contacts from our old system, about {count} of them?",
    ),
    "cancellation": (
        "Please cancel my subscription at the end of {month} and confirm it in writing.",
        "We decided to close our account because the {product} is too expensive for {count} users.",
        "I want to return the {product} within the fourteen days and get the {amount} back.",
    ),
    "praise": (
        "I only wanted to say thank you: {name} solved my problem with the {product} within minutes.",
        "The new version {version} is great, the reports are much faster and easy to read.",
    ),
}  # fmt: skip
_MOODS = (
    "This is really frustrating and has cost us half a day already.",
    "I am very disappointed with how slow the answers are this time.",
    "It is urgent: our customers are waiting and we lose money every hour.",
    "No rush, but it would be nice to know when this will be fixed.",
    "Apart from that I am quite happy with the service, so thanks for looking into it.",
    "I have tried another browser and a second computer, and it makes no difference at all.",
    "If this is not solved by {weekday} I will have to look for another provider.",
    "Maybe I am missing something simple, I am not very technical.",
    "You can see it on the attached screenshot that I made on {weekday}.",
    "Please call me back at {phone} or write to {mail}, whichever is quicker for you.",
)  # fmt: skip
_CLOSINGS = ("Thanks, {name}", "Best regards, {name}", "Kind regards, {name} from {city}", "Regards", "{name}")
_OTHER_LANGUAGES = (
    "Guten Tag, meine Bestellung {order} ist am {weekday} nicht angekommen, obwohl die Sendung laut Verfolgung in "
    "{city} zugestellt wurde. Ich habe schon bei den Nachbarn gefragt, aber niemand hat ein Paket angenommen. Bitte "
    "prüfen Sie das und schicken Sie mir entweder Ersatz oder den Betrag von {amount} zurück. Vielen Dank und "
    "freundliche Grüße, {name}",
    "Bonjour, je ne peux plus me connecter à mon compte depuis la mise à jour {version}. Le site me dit que le mot de "
    "passe est incorrect et le message pour le changer ne vient jamais. C'est très gênant parce que toute notre équipe "
    "de {count} personnes attend les rapports. Pouvez-vous nous aider rapidement s'il vous plaît? Merci, {name}",
    "Hola, me han cobrado dos veces la factura {order} y en el banco aparecen dos cargos de {amount}. Ya escribí hace "
    "una semana y todavía no tengo ninguna respuesta. Quiero que me devuelvan el dinero lo antes posible o tendré que "
    "cancelar la suscripción y buscar otra empresa. Gracias por su ayuda, {name} desde {city}",
)  # fmt: skip
_WORDS: dict[str, tuple[str, ...]] = {
    "product": ("dashboard", "mobile app", "router", "headphones", "coffee machine", "planner", "web shop", "scanner"),
    "department": ("sales", "finance", "warehouse", "marketing", "research", "service"),
    "name": ("Anna", "Bilal", "Chen", "Daria", "Emeka", "Fatima", "Georg", "Hana", "Ivo", "Julia", "Kofi", "Lena"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": ("January", "March", "May", "July", "September", "November"),
    "city": ("Berlin", "Leeds", "Lyon", "Austin", "Porto", "Osaka", "Toronto", "Nairobi"),
}  # fmt: skip
_CHANNELS = ("email", "chat", "web_form", "phone", "social")
_STATUSES = ("new", "open", "pending", "solved", "closed")
_PRIORITIES = ("low", "normal", "normal", "normal", "high", "urgent")
HEADER = (
    "Ticket ID", "Subject", "Description", "Status", "Priority", "Channel", "Customer", "Agent", "Team", "Created At",
    "Solved At", "Tags",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SampleText:
    """A subject, and the text below it."""

    subject: str
    text: str


def sample_texts(count: int, *, seed: int = 7) -> Iterator[SampleText]:
    """Yield `count` texts; nine in ten are English, the rest German, French or Spanish."""
    random = Random(seed)  # noqa: S311  repeatable on purpose
    for _ in range(count):
        slots = _Slots(random)
        topic = random.choice(tuple(_PROBLEMS))
        problem = random.choice(_PROBLEMS[topic]).format_map(slots)
        subject = " ".join(problem.split()[: random.randint(4, 9)]).strip(",.:;")
        if random.random() < 0.1:
            yield SampleText(subject=subject, text=random.choice(_OTHER_LANGUAGES).format_map(slots))
            continue
        parts = [random.choice(_GREETINGS), random.choice(_CONTEXTS), problem, *random.sample(_MOODS, 2)]
        parts.append(random.choice(_CLOSINGS))
        text = " ".join(part.format_map(slots) for part in parts if part)
        yield SampleText(subject=subject, text=_mistyped(text, random))


def write_csv(path: Path, count: int, *, end: datetime, days: float = 548, seed: int = 7) -> None:
    """Write `count` tickets over the `days` (eighteen months) before `end` as a help desk would export them."""
    random = Random(seed + 1)  # noqa: S311
    span = timedelta(days=days)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for number, sample in enumerate(sample_texts(count, seed=seed), start=1):
            created = end - span * random.random()
            status = random.choice(_STATUSES)
            solved = created + timedelta(minutes=random.lognormvariate(6, 1.5)) if status in _STATUSES[3:] else None
            agent = random.randrange(60)
            rows.writerow((
                f"T-{number}", sample.subject, sample.text, status, random.choice(_PRIORITIES),
                random.choice(_CHANNELS), f"customer{random.randrange(max(1, count // 4))}@example.com",
                f"Agent {agent:02d}", f"Team {agent % 8}", _iso(created), _iso(solved) if solved else "",
                random.choice(("", "vip", "beta", "vip;beta")),
            ))  # fmt: skip


def _mistyped(text: str, random: Random) -> str:
    """Return `text` with two letters swapped in one to three words, as people mistype."""
    words = text.split(" ")
    for position in random.sample(range(len(words)), random.randint(1, 3)):
        word = words[position]
        if len(word) > 3:
            at = random.randrange(1, len(word) - 2)
            words[position] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


class _Slots(dict[str, str]):
    """The words of one text: chosen when first asked for, then the same throughout."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, slot: str) -> str:
        self[slot] = self._choose(slot)
        return self[slot]

    def _choose(self, slot: str) -> str:
        random = self._random
        if slot in _WORDS:
            return random.choice(_WORDS[slot])
        numbers = {
            "order": lambda: f"#{random.randrange(10**5, 10**6)}",
            "amount": lambda: f"{random.randrange(500, 90000) / 100:.2f} EUR",
            "code": lambda: f"E{random.randrange(100, 600)}",
            "version": lambda: f"{random.randrange(1, 9)}.{random.randrange(20)}.{random.randrange(10)}",
            "count": lambda: str(random.randrange(5, 5000)),
            "small": lambda: str(random.randrange(2, 9)),
            "year": lambda: str(random.randrange(2012, 2025)),
            "phone": lambda: f"+49 30 {random.randrange(10**6, 10**7)}",
            "mail": lambda: f"{self['name'].lower()}{random.randrange(1000)}@example.com",
        }
        return numbers[slot]()
