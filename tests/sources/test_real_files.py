"""Every public data set beside the checkout opens, with the rows that its description tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sources.reading import bad_of, rows_of

from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path

pytestmark = pytest.mark.data

ROWS = {
    "intent_banking77/train.csv.gz": 10_003, "intent_banking77/test.csv.gz": 3_080,
    "sentiment_airline_tweets/tweets.csv.gz": 7_326, "emotion_goemotions/train.tsv.gz": 43_410,
    "emotion_goemotions/dev.tsv.gz": 5_426, "feedback_uci_reviews/amazon_cells.csv": 1_000,
    "conversations_twcs/tweets.csv.gz": 2_355, "resolution_helpdesk_italy/events.csv.gz": 21_348,
    "resolution_nyc311_jan2020/requests.csv.gz": 17_418, "sla_servicenow_incidents/events.csv.gz": 3_027,
    "calls_us_bank_5min/calls.csv.gz": 27_716, "rag_stackfaq/docs.jsonl": 125, "rag_stackfaq/queries.jsonl": 1_249,
    "topics_twcs_labelled/AmazonHelp_inbound.jsonl": 200, "topics_twcs_labelled/AppleSupport_outbound.jsonl": 100,
    "conversations_abcd/abcd_sample.json": 3, "intent_banking77/categories.json": 77,
    "emotion_goemotions/labels.txt": 28,
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_data_set_arrives_whole(real_data: Path, settings: Settings, name: str) -> None:
    (part,) = open_path(real_data / name, settings).parts
    assert len(rows_of(part, 5_000)) == ROWS[name]
    assert bad_of(part, 5_000) == []


def test_the_whole_folder_of_series_opens(real_data: Path, settings: Settings) -> None:
    found = open_path(real_data / "anomaly_nab" / "data", settings)
    assert found.kind == "folder"
    assert len(found.parts) == 25
    assert all(next(part.chunks(10)).frame.columns == ["timestamp", "value"] for part in found.parts)
