"""Why two numbers differ: each cause with its class and the sentence that a person reads (`docs/definitions.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["equal", "definition", "data", "unexplained"]
VERDICTS: tuple[Verdict, ...] = ("equal", "definition", "data", "unexplained")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One cause; causes of other definitions can come together."""

    name: str
    verdict: Verdict
    label: str
    why: str


def _of(verdict: Verdict, text: str) -> tuple[Cause, ...]:
    """Return the causes of one class, each written as "name: label" and, indented below, why."""
    found = []
    for block in text.strip().split("\n\n"):
        head, *why = block.splitlines()
        name, _, label = head.partition(": ")
        found.append(Cause(name=name, verdict=verdict, label=label, why=" ".join(line.strip() for line in why)))
    return tuple(found)


_ALL = (
    *_of("equal", """
equal: the same, computed here
    Both give the same number, and ours is computed from events and messages.

taken_over: the same, taken over
    We have no history to compute it from, so our number is the vendor's own: that they are equal proves
    nothing.
"""),
    *_of("definition", """
bots_counted: bots counted
    The vendor counts public messages by bots as replies. We leave bots out, because they hide how long
    people waited.

notes_counted: internal notes counted
    The vendor counts agents' internal notes as replies. We count public messages only: a note tells the
    customer nothing.

opening_counted: opening message counted
    The vendor counts the opening message of a ticket that an agent created as a reply. We begin with the
    second one, because nobody had asked yet.

business_hours: business hours
    The vendor's number is working time, ours is calendar time. Ours in working hours is the same.

calendar_hours: calendar time
    The vendor's number is calendar time, ours is working time. Ours in calendar time is the same.

last_schedule: one schedule for all
    The vendor counts all of it by the hours of the schedule that the ticket was under last. We count each
    part by the hours in force then (mode as_of).

as_of: schedules as they were
    The vendor counts each part by the hours in force then. We are set to count all of it by the last
    schedule (mode last_schedule).

old_solution_kept: old solution kept
    The ticket is open again and the vendor keeps its old solution. We empty it, or the ticket would be
    counted as solved and as backlog at once.

until_closed: until closed
    The vendor counts until the ticket was closed for good. We count until it was solved, because closing
    later changes nothing for the customer.

until_solved: closed when solved
    The vendor calls closed what we call solved.

first_solution: first solution
    The vendor's number ends with the first solution, ours with the last.

last_solution: last solution
    The vendor's number ends with the last solution, ours with the first.

while_unsolved: counts while unsolved
    The vendor gives the time so far while the ticket is unsolved. Ours waits for the solution, because a
    number that still grows cannot be compared.

on_hold_left_out: time on hold left out
    The vendor leaves time on hold out of the requester's wait. We count it, because the customer waits all
    the same.

solutions_less_one: solutions less one
    The vendor counts solutions less one as reopenings, so a ticket that is open again has none yet. We
    count each time it went from solved to unsolved.

first_counted: first holder counted
    The vendor counts the first holder too; we count changes from one to another.

every_takeover: every assignment
    The vendor counts each time the ticket was given to somebody, also back to the same one. We count
    changes from one to another.

every_takeover_but_first: every later assignment
    The vendor counts each time after the first that the ticket was given to somebody, also back to the same
    one. We count changes from one to another.

every_change: every change counted
    The vendor counts every change, also to nobody and from nobody. We count changes from one to another.

teams_counted: teams counted
    The vendor counts changes of team, not of agent. Ours of teams are the same.

agents_counted: agents counted
    The vendor counts changes of agent, not of team. Ours of agents are the same.

every_team_change: every change of team counted
    The vendor counts every change of team, also to nobody and from nobody; ours here are changes from one agent to
    another.

every_agent_change: every change of agent counted
    The vendor counts every change of agent, also to nobody and from nobody; ours here are changes from one team to
    another.

no_reply_counted: no reply counted
    The vendor counts tickets solved without any reply as solved by one touch. Solving without an answer is
    no service, so we do not.

reopened_counted: reopened ones counted
    The vendor counts tickets solved by one reply also when they were reopened. We do not.

none_is_empty: none is empty
    We count none (0) where the vendor leaves its field empty.

spam_left_out: spam left out
    The ticket is spam or deleted here, and the vendor's file leaves such tickets out. We keep them, marked.

merged_left_out: merged tickets left out
    The ticket was merged into another, and the vendor's file leaves such tickets out. We keep them.
"""),
    *_of("data", """
changed_since: changed since
    The ticket went on after the vendor wrote its number. What we knew at that moment gives the vendor's
    number.

time_problem: times that cannot be
    The ticket's times contradict each other (solved before it was created, for instance), so we leave its
    durations empty.

no_history: no history here
    The vendor has a number, and no event or message of the ticket is here to compute it from. Import the
    ticket's comments and audits.

messages_missing: more replies there than messages here
    The vendor counts more replies than there are messages by agents and bots here, notes included. Import the
    ticket's comments anew; if it stays so, the vendor's count is wrong.

events_missing: events missing here
    A change of status is missing here: an event names an old status that no event before it set, or the
    ticket's row has a status that no event tells. Import its audits anew.

clock_shift: clock shifted
    Many tickets are off by exactly the same time, as happens when times are read in another time zone. Say
    the zone at import: --timezone.

clock_skew: clock skewed
    Many tickets are off by the same few seconds or minutes: two clocks that do not agree.

vendor_silent: empty there
    The vendor gives no number for the ticket.

missing_here: not here
    The ticket is in the vendor's file and not in this workspace. Import it.

missing_there: not there
    The ticket is here and not in the vendor's file, though it was created within the file's period.
"""),
    *_of("unexplained", """
unexplained: not explained
    None of the known definitions and defects gives the vendor's number. Look at the examples.
"""),
)  # fmt: skip
CAUSES: dict[str, Cause] = {cause.name: cause for cause in _ALL}
"""Every cause, by name."""


def verdict_of(parts: tuple[str, ...]) -> Verdict:
    """Return the class of causes that come together: data when one of them is."""
    found = {CAUSES[part].verdict for part in parts}
    return next(verdict for verdict in reversed(VERDICTS) if verdict in found)
