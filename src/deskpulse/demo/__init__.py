"""The sample world: eighteen months of a lamp maker's support, made up from a seed.

It knows nothing of what the product knows: its sentences were written without the lexicons and the taxonomy.
"""

from deskpulse.demo.hours import service_levels, working_hours
from deskpulse.demo.incidents import Incident
from deskpulse.demo.known import known_events
from deskpulse.demo.traps import Trap
from deskpulse.demo.world import describe, today, trap_table, world

__all__ = [
    "Incident", "Trap", "describe", "known_events", "service_levels", "today", "trap_table", "working_hours", "world",
]  # fmt: skip
