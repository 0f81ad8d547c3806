"""Nearest neighbours by words: alike rows are found, never the asker's own, and a file says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from deskpulse.models.files import save_arrays
from deskpulse.models.tables.nearest import LEAST, NEIGHBOURS, PULL, learn_nearest, opened_nearest

KEY = b"k" * 32
WORDS = ("refund of a double charge", "parcel is lost at the carrier")
COUNT = 200
TEXTS = [WORDS[i % 2] for i in range(COUNT)]
FRAME = pl.DataFrame({"channel": ["chat", "email"] * (COUNT // 2), "age": [0.0] * COUNT})
KEYS = [f"t{i}" for i in range(COUNT)]


def test_a_share_is_that_of_alike_rows_drawn_toward_all() -> None:
    hits = np.array([1.0, 0.0] * (COUNT // 2))
    model = learn_nearest(TEXTS, FRAME, hits, KEYS, is_share=True)
    assert model is not None
    told = model.answers(list(WORDS), FRAME[:2])
    most = (NEIGHBOURS + PULL * 0.5) / (NEIGHBOURS + PULL)
    np.testing.assert_allclose(told, [most, 1 - most])


def test_a_time_is_the_median_of_alike_rows() -> None:
    seconds = np.array([3600.0, 60.0] * (COUNT // 2))
    model = learn_nearest(TEXTS, FRAME, seconds, KEYS, is_share=False)
    assert model is not None
    np.testing.assert_allclose(model.answers(list(WORDS), FRAME[:2]), [3600.0, 60.0])


def test_its_own_row_is_never_among_the_alike() -> None:
    model = learn_nearest(TEXTS, FRAME, np.arange(COUNT, dtype=float), KEYS, is_share=False)
    assert model is not None
    value, alike = model.alike(WORDS[0], FRAME[:1], "t0")
    assert "t0" not in dict(alike)
    assert all(int(name[1:]) % 2 == 0 for name, _ in alike)
    assert alike[0][1] == pytest.approx(1.0, abs=1e-3)
    assert value % 2 in (0.0, 1.0)
    assert model.alike(None, pl.DataFrame({"channel": [None], "age": [None]}, schema=FRAME.schema), "t0")[0] >= 0


def test_too_few_rows_are_no_answer() -> None:
    few = LEAST - 1
    assert learn_nearest(TEXTS[:few], FRAME[:few], np.ones(few), KEYS[:few], is_share=True) is None


def test_a_kept_one_says_the_same(tmp_path: Path) -> None:
    model = learn_nearest(TEXTS, FRAME, np.arange(COUNT, dtype=float), KEYS, is_share=False)
    assert model is not None
    save_arrays(tmp_path / "near.npz", model.arrays(), {"task": "x"}, key=KEY)
    again = opened_nearest(tmp_path / "near.npz", KEY)
    np.testing.assert_array_equal(again.answers(TEXTS[:9], FRAME[:9]), model.answers(TEXTS[:9], FRAME[:9]))
    assert again.alike(TEXTS[1], FRAME[1:2], "t1") == model.alike(TEXTS[1], FRAME[1:2], "t1")
