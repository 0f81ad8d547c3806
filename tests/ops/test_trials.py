"""The table of public data: goals, baselines on the same texts, and what a folder must hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deskpulse.ops.evaluation.baselines import substring_baseline, textblob_baseline, vader_baseline
from deskpulse.ops.evaluation.evaluate import Order
from deskpulse.ops.evaluation.labelled import Columns
from deskpulse.ops.evaluation.trials import Trial, carry_out, trials


@pytest.fixture(scope="module")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Order:
    path = tmp_path_factory.mktemp("moods") / "moods.csv"
    rows = [
        ("I love it, it works great", "positive"), ("thank you, wonderful", "positive"),
        ("terrible, it is broken again", "negative"), ("still waiting, worst service", "negative"),
    ]  # fmt: skip
    path.write_text("t,l\n" + "".join(f'"{text} {i}",{label}\n' for i in range(5) for text, label in rows), "utf-8")
    return Order(task="sentiment", test=path, columns=Columns(text="t", label="l"))


def test_a_goal_is_a_figure_a_baseline_and_more_or_times_the_majority(moods: Order) -> None:
    plain = Trial(name="a", label="a", order=moods, figure="accuracy", goal=0.9, baselines={"VADER": vader_baseline})
    done = carry_out(plain)
    assert (done.figure, done.goal, done.is_reached) == (1.0, 0.9, True)
    assert 0.5 <= done.baselines["VADER"] <= 1.0
    twice = carry_out(replace(plain, goal=None, of=2.0, figure="macro_f1", baselines=None))
    assert twice.goal == pytest.approx(2 * (2 / 3) / 2)  # one label right half of the time: F1 2/3 and 0
    above = carry_out(replace(plain, goal=None, above=0.05, order=replace(moods, folds=2, repeats=2), baselines=None))
    assert above.goal == pytest.approx(above.baselines["TF-IDF + linear SVM"] + 0.05)
    assert above.spread is not None
    assert above.row()["reached"] in {"yes", "no"}


def test_baselines_by_hand() -> None:
    assert substring_baseline(["My REFUND, please", "x"], ["Refund", "Delivery"]) == [{"Refund"}, set()]
    texts = ["I love this, wonderful", "horrible, awful", "the table"]
    for baseline in (vader_baseline, textblob_baseline):
        assert baseline(texts, ["negative", "neutral", "positive"]) == ["positive", "negative", "neutral"]
        assert baseline(texts, ["negative", "positive"])[2] == "negative"


@pytest.mark.data
def test_every_trial_names_a_file_that_is_there(real_data: Path) -> None:
    found = trials(real_data)
    assert len({trial.name for trial in found}) == len(found) >= 13
    for trial in found:
        assert trial.order.test.is_file()
        assert sum(goal is not None for goal in (trial.goal, trial.above, trial.of)) == 1
