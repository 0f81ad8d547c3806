"""Scorecards: agents and teams against targets, on the same kinds of tickets, as surely as their rows allow."""
