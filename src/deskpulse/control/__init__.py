"""The control database: workspaces, runs, the journal, jobs, mappings and preferences; no analytical rows."""

from deskpulse.control.store import Control

__all__ = ["Control"]
