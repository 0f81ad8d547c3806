"""How long something still takes: hazards over spans of time, so that what has not ended yet teaches as well.

Time is cut in spans; for each span, boosted trees learn how probable it is to end there when it has not before
(discrete-time survival, Singer and Willett 1993). A row that has not ended tells of the spans it has passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.models.tables.encode import Encoder
from deskpulse.models.tables.reasons import Reason, ablated, references
from deskpulse.models.tables.trees import Trees, fit_trees

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SPANS = 20
LEAST = 30
"""Fewest ended rows to learn from."""
HalfLives = tuple[float | None, ...]
HALF_LIVES: HalfLives = (None, 365.0, 90.0)
"""Days after which a row counts half, tried on the latest part of what is learned from."""
LATE = 0.2
"""Share of the rows, the latest, that half-lives and intervals are chosen on."""
CHANCE = 0.01
"""A shorter half-life is taken when it makes the latest rows so much more likely (log, per row)."""
_ROUNDS, _LEAVES, _LEAF_ROWS = 60, 8, 60
CALENDAR, WEEKS_DAYS = ("weekday", "day"), 14.0
"""Features left out of what is learned from fewer days than this: they would stand for single days."""
_TAIL = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class DurationModel:
    """The spans' beginnings (seconds), the trees over features and span, and levels that hold on the latest rows.

    `levels` maps a wanted level of the distribution to the one to read, by steps of 0.05.
    """

    encoder: Encoder
    trees: Trees
    edges: Floats
    top: float
    half_life: float | None
    levels: Floats
    references: Floats
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the features it looks at."""
        return self.encoder.names

    def survival(self, frame: pl.DataFrame) -> Floats:
        """Return the probability of lasting beyond each span: rows × spans."""
        return self._survival(self.encoder.tree_matrix(frame))

    def _survival(self, matrix: Floats) -> Floats:
        spans = len(self.edges)
        wide = np.column_stack([np.repeat(matrix, spans, axis=0), np.tile(np.arange(spans), len(matrix))])
        hazard = 1.0 / (1.0 + np.exp(-self.trees.scores(wide)))
        return np.asarray(np.cumprod(1.0 - hazard.reshape(len(matrix), spans), axis=1))

    def median(self, frame: pl.DataFrame) -> Floats:
        """Return the time that half of the like need less than, in seconds."""
        return quantile(self.survival(frame), self.edges, self.top, 0.5)

    def interval(self, frame: pl.DataFrame, share: float = 0.8) -> tuple[Floats, Floats]:
        """Return from where to where `share` of the like fall, in seconds, as it held on the latest rows."""
        lasting = self.survival(frame)
        ends = [float(np.interp(level, _GRID, self.levels)) for level in ((1 - share) / 2, (1 + share) / 2)]
        low, high = (quantile(lasting, self.edges, self.top, end) for end in ends)
        middle = quantile(lasting, self.edges, self.top, 0.5)
        return np.minimum(low, middle), np.maximum(high, middle)

    def over(self, frame: pl.DataFrame, seconds: Floats) -> Floats:
        """Return the probability that each row lasts longer than so many seconds."""
        return 1.0 - _reached(self.survival(frame), self.edges, self.top, seconds)

    def reasons(self, frame: pl.DataFrame, most: int = 6) -> list[list[Reason]]:
        """Return what makes each row's median longer (above 0) or shorter, as logarithm of the ratio."""

        def score(matrix: Floats) -> Floats:
            return np.log(np.maximum(quantile(self._survival(matrix), self.edges, self.top, 0.5), 1.0))

        return ablated(score, self.encoder, frame, self.references, most)


_GRID = np.linspace(0.05, 0.95, 19)


def learn_duration(
    frame: pl.DataFrame, seconds: Floats, is_ended: Flags, days: Floats, *, half_lives: HalfLives = HALF_LIVES
) -> DurationModel:
    """Learn from rows: features, the seconds until the end (or until it was last looked at), and whether it ended.

    `days` says when each row was (any origin); how fast older rows fade is chosen on the latest ones. Raises
    InputError with fewer than `LEAST` ended rows.
    """
    if int(is_ended.sum()) < LEAST:
        raise InputError(f"Only {int(is_ended.sum())} have ended: {LEAST} are needed to say how long it takes.")
    if days.max() - days.min() < WEEKS_DAYS:
        frame = frame.drop(CALENDAR, strict=False)
    line = float(np.quantile(days, 1 - LATE))
    early, late = days < line, days >= line
    levels, chosen, figures = _GRID.copy(), half_lives[0], {}
    # Rows that were still running at the line are known as they were then.
    then = np.minimum(seconds, np.maximum((line - days) * 86_400, 0.0))
    then_ended = is_ended & (seconds <= (line - days) * 86_400)
    if int((then_ended & early).sum()) >= LEAST and late.sum() >= LEAST:
        best = -np.inf
        lately = frame.filter(pl.Series(late))
        for half_life in half_lives:
            model = _fit(frame.filter(pl.Series(early)), then[early], then_ended[early], days[early], half_life)
            likely = _likelihood(model, lately, seconds[late], is_ended[late])
            figures[str(half_life)] = round(likely, 4)
            if likely > best + (CHANCE if np.isfinite(best) else 0.0):
                best, chosen = likely, half_life
                levels = _levels(model, lately, seconds[late], is_ended[late])
    fitted = _fit(frame, seconds, is_ended, days, chosen)
    return DurationModel(
        encoder=fitted.encoder, trees=fitted.trees, edges=fitted.edges, top=fitted.top, half_life=chosen,
        levels=levels, references=fitted.references, figures={"likelihood_by_half_life": figures},
    )  # fmt: skip


def _fit(frame: pl.DataFrame, seconds: Floats, is_ended: Flags, days: Floats, half_life: float | None) -> DurationModel:
    weights = np.ones(len(days)) if half_life is None else 0.5 ** ((days.max() - days) / half_life)
    kept = weights > 1e-3
    if int((is_ended & kept).sum()) < LEAST:
        kept = np.ones(len(days), bool)
    frame, seconds, is_ended, weights = frame.filter(pl.Series(kept)), seconds[kept], is_ended[kept], weights[kept]
    seconds = np.maximum(seconds, 0.0)
    inner = np.unique(np.quantile(seconds[is_ended], np.linspace(0, 1, SPANS + 1))[1:-1])
    edges = np.concatenate([[0.0], inner[inner > 0]])
    top = float(max(seconds.max(), edges[-1] * 1.5, 1.0))
    encoder = Encoder.learn(frame, np.log1p(seconds), weights)
    matrix = encoder.tree_matrix(frame)
    place = np.searchsorted(edges, seconds, side="right") - 1
    # What was last looked at within a span tells nothing of that span.
    passed = place + is_ended
    row = np.repeat(np.arange(len(seconds)), passed)
    begins = np.cumsum(passed) - passed
    span = np.arange(len(row)) - begins[row]
    hit = (span == place[row]) & is_ended[row]
    wide = np.column_stack([matrix[row], span])
    trees = fit_trees(wide, hit, weights[row], rounds=_ROUNDS, leaves=_LEAVES, least=_LEAF_ROWS)
    return DurationModel(encoder=encoder, trees=trees, edges=edges, top=top, half_life=half_life,
                         levels=_GRID.copy(), references=references(matrix))  # fmt: skip


def quantile(lasting: Floats, edges: Floats, top: float, level: float) -> Floats:
    """Return the time by which `level` have ended, per row: linear within a span, at an even rate after the last."""
    is_past = lasting <= 1 - level
    rows, spans = np.arange(len(lasting)), lasting.shape[1]
    place = np.where(is_past.any(axis=1), is_past.argmax(axis=1), spans - 1)
    before = np.where(place > 0, lasting[rows, np.maximum(place - 1, 0)], 1.0)
    after = lasting[rows, place]
    ends = np.append(edges[1:], top)
    part = np.clip((before - (1 - level)) / np.maximum(before - after, 1e-12), 0.0, 1.0)
    inside = edges[place] + part * (ends[place] - edges[place])
    rate = -np.log(np.maximum(after / np.maximum(before, 1e-12), 1e-9)) / max(top - edges[-1], 1.0)
    beyond = top + np.log(np.maximum(after, 1e-12) / (1 - level)).clip(0) / np.maximum(rate, 1e-12)
    return np.asarray(np.where(is_past.any(axis=1), inside, np.minimum(beyond, _TAIL * top)))


def _reached(lasting: Floats, edges: Floats, top: float, seconds: Floats) -> Floats:
    """Return the share that has ended by `seconds`, per row."""
    ends, rows = np.append(edges[1:], top), np.arange(len(lasting))
    place = np.clip(np.searchsorted(edges, seconds, side="right") - 1, 0, len(edges) - 1)
    before = np.where(place > 0, lasting[rows, np.maximum(place - 1, 0)], 1.0)
    after = lasting[rows, place]
    part = np.clip((seconds - edges[place]) / np.maximum(ends[place] - edges[place], 1e-9), 0.0, 1.0)
    return np.asarray(1.0 - (before - part * (before - after)))


def _likelihood(model: DurationModel, frame: pl.DataFrame, seconds: Floats, is_ended: Flags) -> float:
    """Return the mean log-likelihood of rows: of ending about when they did, or of lasting as long as they have."""
    lasting, rows = model.survival(frame), np.arange(frame.height)
    ends = np.append(model.edges[1:], model.top)
    place = np.clip(np.searchsorted(model.edges, seconds, side="right") - 1, 0, len(model.edges) - 1)
    before = np.where(place > 0, lasting[rows, np.maximum(place - 1, 0)], 1.0)
    # Density, not mass: models with other spans compare.
    density = (before - lasting[rows, place]) / (ends[place] - model.edges[place])
    likely = np.where(is_ended, density, 1.0 - _reached(lasting, model.edges, model.top, seconds))
    return float(np.log(np.maximum(likely, 1e-9)).mean())


def _levels(model: DurationModel, frame: pl.DataFrame, seconds: Floats, is_ended: Flags) -> Floats:
    """Return which level to read for each wanted one, from where the latest rows fell (Kuleshov and others 2018).

    What has not ended counts by the Kaplan-Meier estimate; levels that nothing reached stay as they are.
    """
    fell = _reached(model.survival(frame), model.edges, model.top, seconds)
    order = np.argsort(fell, kind="stable")
    ended, at_risk = is_ended[order], np.arange(len(order), 0, -1)
    share = 1.0 - np.cumprod(1.0 - ended / at_risk)
    found = np.array([fell[order][np.argmax(share >= level)] if (share >= level).any() else np.nan for level in _GRID])
    # Few have ended where many are still running: intervals get wider by what was seen, never narrower.
    found = np.where(np.isnan(found), _GRID, found)
    wider = np.where(_GRID < 0.5, np.minimum(found, _GRID), np.maximum(found, _GRID))
    return np.maximum.accumulate(np.clip(wider, 0.005, 0.995))
