"""Figures against scikit-learn's, and against cases worked by hand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.models.measures import expected_calibration_error, measure, measure_several
from deskpulse.models.splits import few_of_each, folds

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=60)


@given(LABELS)
def test_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    from sklearn.metrics import accuracy_score, f1_score

    actual, said = [a for a, _ in pairs], [s for _, s in pairs]
    found = measure(actual, said)
    assert found.accuracy == pytest.approx(accuracy_score(actual, said))
    true = sorted(set(actual))
    assert found.macro_f1 == pytest.approx(f1_score(actual, said, labels=true, average="macro", zero_division=0))
    assert found.micro_f1 == pytest.approx(found.accuracy)
    assert found.majority == pytest.approx(max(actual.count(a) for a in actual) / len(actual))
    assert sum(sum(row.values()) for row in found.confusion.values()) == len(actual)


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc"))), min_size=1, max_size=40))
def test_several_labels_are_counted_as_scikit_learn_does(pairs: list[tuple[set[str], set[str]]]) -> None:
    from sklearn.metrics import f1_score
    from sklearn.preprocessing import MultiLabelBinarizer

    coder = MultiLabelBinarizer(classes=list("abc"))
    actual, said = coder.fit_transform([a for a, _ in pairs]), coder.fit_transform([s for _, s in pairs])
    found = measure_several([a for a, _ in pairs], [s for _, s in pairs])
    assert found.micro_f1 == pytest.approx(f1_score(actual, said, average="micro", zero_division=0))
    assert found.accuracy == pytest.approx(sum(a == s for a, s in pairs) / len(pairs))


def test_no_answer_is_a_wrong_one() -> None:
    found = measure(["a", "a", "b"], ["a", None, "b"])
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.labels["a"].recall == 0.5
    assert found.confusion["a"] == {"": 1, "a": 1}


def test_calibration_error_by_hand() -> None:
    # Two bins: three texts at 0.9 of which two are right, one at 0.3 that is wrong.
    error = expected_calibration_error([True, True, False, False], [0.9, 0.9, 0.9, 0.3])
    assert error == pytest.approx((3 * abs(2 / 3 - 0.9) + 0.3) / 4)
    draw = random.Random(1)
    sure = [draw.random() for _ in range(20_000)]
    assert expected_calibration_error([draw.random() < one for one in sure], sure) < 0.02


@given(st.lists(st.sampled_from("abc"), min_size=6, max_size=50), st.integers(2, 5), st.integers(0, 9))
def test_folds_test_every_text_once_and_spread_labels(labels: list[str], count: int, seed: int) -> None:
    parts = folds(labels, count, seed=seed)
    assert sorted(place for _, outside in parts for place in outside.tolist()) == list(range(len(labels)))
    for inside, outside in parts:
        assert not set(inside.tolist()) & set(outside.tolist())
        for label in set(labels):
            share = sum(labels[i] == label for i in outside)
            assert abs(share - labels.count(label) / count) < 1
    assert [o.tolist() for _, o in parts] == [o.tolist() for _, o in folds(labels, count, seed=seed)]


def test_a_few_of_each_label() -> None:
    labels = ["a"] * 20 + ["b"] * 3
    places = few_of_each(labels, 5, seed=2).tolist()
    assert sorted(labels[i] for i in places) == ["a"] * 5 + ["b"] * 3
    assert places != few_of_each(labels, 5, seed=3).tolist()
