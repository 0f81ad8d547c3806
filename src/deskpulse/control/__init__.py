"""The control database: workspaces, mappings, runs, journal, jobs. No analytical rows."""
