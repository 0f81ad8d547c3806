"""`deskpulse evaluate text`: files of every kind, zero set-up and learned, and wrong orders."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.models.encoders import json_server
from typer.testing import CliRunner

from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, NotFoundError, UnknownNameError, UnreadableFileError
from deskpulse.ops.evaluation.evaluate import Order, evaluate_text
from deskpulse.ops.evaluation.label_maps import label_map
from deskpulse.ops.evaluation.labelled import Columns, Labelled, read_labelled

ROWS = [
    {"text": "I love it, works great", "mood": "4", "length": 5},
    {"text": 'Terrible, broken "again"', "mood": "0", "length": 3},
    {"text": "It is a table", "mood": "2", "length": 4},
    {"text": "Worst service, ever", "mood": "0", "length": 3},
]
MAP = {"4": "positive", "0": "negative"}
NAMED = Columns(text="text", label="mood", label_map=MAP)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("labelled")
    frame = pl.DataFrame(ROWS)
    found = {kind: folder / f"rows.{kind}" for kind in ("csv", "csv.gz", "tsv", "jsonl", "parquet")}
    frame.write_csv(found["csv"])
    found["csv.gz"].write_bytes(gzip.compress(found["csv"].read_bytes()))
    found["tsv"].write_text("".join(f"{row['text']}\t{row['mood']}\t{row['length']}\n" for row in ROWS), "utf-8")
    frame.write_ndjson(found["jsonl"])
    frame.write_parquet(found["parquet"])
    return found


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "parquet", "tsv"])
def test_every_kind_of_file_holds_the_same(files: dict[str, Path], kind: str) -> None:
    columns = Columns(text="1", label="2", label_map=MAP) if kind == "tsv" else NAMED
    found = read_labelled(files[kind], columns)
    wanted = [(row["text"], MAP[str(row["mood"])]) for row in ROWS if row["mood"] in MAP]
    assert list(zip(found.texts, found.labels, strict=True)) == wanted
    assert found.left_out == 1


def test_conditions_name_columns_as_the_others_do(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("bad thing\t1\ta or b\ngood thing\t2\tc\nfine thing\t3\td and e\n", encoding="utf-8")

    def texts(where: str, text: str = "1", label: str = "2") -> list[str]:
        return read_labelled(path, Columns(text=text, label=label, where=[where])).texts

    assert texts("2 >= 2") == ["good thing", "fine thing"]
    assert texts("1 >= 2", "0", "1") == ["good thing", "fine thing"]  # counted from 0, as the others
    assert texts("3 = 'a or b'") == ["bad thing"]
    assert texts('3 = "d and e" and 2 > 1') == ["fine thing"]
    for wrong in ("2 = 1 or 2 = 3", "3 = 'c' or 2 = 0"):
        with pytest.raises(InputError, match="not one condition"):
            texts(wrong)
    with pytest.raises(InputError, match="columns are counted"):
        texts("mood = 2")
    with pytest.raises(InputError, match="There is no column 4"):
        texts("4 = 2")


def test_columns_count_from_nought_where_one_is_nought(files: dict[str, Path]) -> None:
    found = read_labelled(files["tsv"], Columns(text="0", label="2"))
    assert found.labels == ["5", "3", "4", "3"]


def test_conditions_and_rare_labels(files: dict[str, Path]) -> None:
    where = Columns(text="text", label="mood", where=["length >= 4 and mood != 2"])
    assert read_labelled(files["csv"], where).texts == [ROWS[0]["text"]]
    assert read_labelled(files["csv"], Columns(text="text", label="mood", least=2)).labels == ["0", "0"]
    joined = read_labelled(files["csv"], Columns(text="text,mood", label="mood"))
    assert joined.texts[0] == "I love it, works great\n\n4"


def test_several_labels_from_text_and_from_lists(tmp_path: Path) -> None:
    lists = tmp_path / "lists.jsonl"
    lists.write_text('{"t": "a", "l": ["x", "y"]}\n{"t": "b", "l": []}\n', "utf-8")
    texts = tmp_path / "texts.csv"
    texts.write_text("t,l\na,x; y\nb,\n", "utf-8")
    for path in (lists, texts):
        assert read_labelled(path, Columns(text="t", label="l", several=";")).several == [{"x", "y"}, set()]


def test_what_cannot_be_read_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no file"):
        read_labelled(tmp_path / "none.csv", NAMED)
    with pytest.raises(UnknownNameError, match="column"):
        read_labelled(files["csv"], Columns(text="text", label="moods"))
    with pytest.raises(InputError, match="no condition"):
        read_labelled(files["csv"], Columns(text="text", label="mood", where=["mood is good"]))
    with pytest.raises(InputError, match="There is no column 9"):
        read_labelled(files["tsv"], Columns(text="1", label="9"))
    with pytest.raises(InputError, match="left to measure"):
        read_labelled(files["csv"], Columns(text="text", label="mood", least=99))
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(b"\x1f\x8b\x08not gzip")
    with pytest.raises(UnreadableFileError):
        read_labelled(torn, NAMED)
    with pytest.raises(UnreadableFileError, match="labelled file"):
        read_labelled(_empty(tmp_path / "rows.docx"), NAMED)


def _empty(path: Path) -> Path:
    path.touch()
    return path


def test_maps_of_labels() -> None:
    assert label_map("positive=4,negative=0|1") == {"4": "positive", "0": "negative", "1": "negative"}
    assert label_map("goemotions")["15"] == label_map("goemotions")["gratitude"] == "grateful"
    assert "26" not in label_map("goemotions")
    with pytest.raises(InputError, match="maps no label"):
        label_map("positive")


def run(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["evaluate", "text", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    told: dict[str, Any] = json.loads(done.stdout)
    return told


KEYS = {
    "n", "accuracy", "macro_f1", "micro_f1", "majority", "labels", "confusion", "calibration_error",
    "texts_per_second", "step", "trained",
}  # fmt: skip


def test_the_shipped_step_is_measured(files: dict[str, Path]) -> None:
    told = run(
        "--task", "sentiment", "--test", str(files["tsv"]), "--text", "1", "--label", "2",
        "--labels", "positive=4,negative=0",
    )  # fmt: skip
    assert set(told) >= KEYS
    assert (told["n"], told["accuracy"], told["trained"], told["calibration_error"]) == (3, 1.0, None, None)
    assert told["confusion"] == {"negative": {"negative": 2}, "positive": {"positive": 1}}
    assert told["label_map"] == MAP


def test_topics_are_found_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "topics.jsonl"
    rows = [
        {"t": "Please refund the parcel that never arrived", "l": ["Refund", "Delivery"]},
        {"t": "See https://help.example/x and we are sorry", "l": ["Provide URL", "Apologize"]},
        {"t": "Hello there", "l": []},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    told = run("--task", "topics", "--test", str(path), "--text", "t", "--label", "l", "--multi-label", ",")
    assert told["accuracy"] == 1.0
    assert told["labels"]["Provide URL"]["n"] == 1


@pytest.fixture(scope="module")
def learnable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two labels told apart by one word each, in texts of which no two are equal."""
    path = tmp_path_factory.mktemp("learnable") / "rows.csv"
    told = {"money": ("refund my order", "charged too much"), "post": ("parcel is late", "where is the courier")}
    rows = [(f"please {texts[i % 2]} number {i}", label) for label, texts in told.items() for i in range(12)]
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), "utf-8")
    return path


@pytest.mark.parametrize("way", [("--folds", "3", "--repeats", "2"), ("--shots", "4", "--train")])
def test_what_would_be_learned_is_measured(learnable: Path, way: tuple[str, ...]) -> None:
    way = (*way, str(learnable)) if way[-1] == "--train" else way
    told = run("--task", "category", "--test", str(learnable), "--text", "text", "--label", "label", *way)
    assert (told["n"], told["accuracy"], told["macro_f1"]) == (24, 1.0, 1.0)
    assert told["trained"]["texts"] == (16 if "--folds" in way else 8)
    assert told["trained"]["unlabelled"] == (0 if "--folds" in way else 16)
    assert 0 <= told["calibration_error"] <= 1
    assert ("spread" in told) == ("--repeats" in way)


def test_a_labeller_is_measured_as_the_steps_are(learnable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: int, body: dict[str, Any]) -> bytes:
        asked = json.loads(body["messages"][1]["content"])
        assert asked["lists"] == {"category": ["money", "post"]}
        labels = [{"id": m["id"], "category": "post" if "parcel" in m["text"] else "money"} for m in asked["messages"]]
        labels[0]["category"] = "neither"
        said = {"choices": [{"message": {"content": json.dumps({"labels": labels})}}]}
        return json.dumps(said).encode()

    words = ["--task", "category", "--test", str(learnable), "--text", "text", "--label", "label", "--step", "labeller"]
    with pytest.raises(InputError, match="No labeller is set"):
        CliRunner().invoke(app, ["evaluate", "text", *words], catch_exceptions=False)
    with json_server(answer) as (address, asked):
        monkeypatch.setenv("DESKPULSE_TEXT_LABELLER", address)
        monkeypatch.setenv("DESKPULSE_TEXT_LABELLER_MODEL", "small")
        told = run(*words)
        assert len(asked) == 3
        with pytest.raises(InputError, match="without training"):
            CliRunner().invoke(app, ["evaluate", "text", *words, "--folds", "2"], catch_exceptions=False)
    assert set(told) >= KEYS
    assert told["step"] == f"labeller {address} small"
    assert (told["n"], told["trained"]) == (24, None)
    rows = [line.split(",") for line in learnable.read_text("utf-8").splitlines()[1:]]
    right = [
        place % 10 and label == ("post" if "parcel" in text else "money") for place, (text, label) in enumerate(rows)
    ]
    assert told["accuracy"] == pytest.approx(sum(map(bool, right)) / 24)
    assert sum(row.get("", 0) for row in told["confusion"].values()) == 3


def test_people_get_a_table(learnable: Path) -> None:
    words = ["evaluate", "text", "--task", "category", "--test", str(learnable), "--text", "text", "--label", "label"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "macro-F1" in done.stdout
    assert "money" in done.stdout


def test_orders_that_contradict_themselves(files: dict[str, Path]) -> None:
    test = files["csv"]
    with pytest.raises(UnknownNameError, match="task"):
        evaluate_text(Order(task="moods", test=test, columns=NAMED))
    with pytest.raises(InputError, match="exclude"):
        evaluate_text(Order(task="sentiment", test=test, columns=NAMED, train=test, folds=2))
    with pytest.raises(InputError, match="needs"):
        evaluate_text(Order(task="sentiment", test=test, columns=NAMED, shots=2))
    assert len(Labelled(texts=["a"], labels=["b"])) == 1
