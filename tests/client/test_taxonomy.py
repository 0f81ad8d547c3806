"""Categories of one's own: named, described, tried, kept by version; tickets that are stored follow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.client.models import trained
from deskpulse.core.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.enrich.lexicon import read_data
from deskpulse.enrich.reasons import reasons_of
from deskpulse.enrich.taxonomy import Taxonomy, default_taxonomy
from deskpulse.ingest.taxonomy_room import read_toml, to_toml

CSV = """ticket_id,subject,created_at,category
a,"My parcel is late, it was promised for Monday",2026-03-02T09:00:00Z,
b,I was charged twice,2026-03-02T10:00:00Z,
c,My parcel is late,2026-03-02T10:00:00Z,given
"""
LATE = "parcel comes later than promised"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[dp.Workspace]:
    with opened_in(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dp.Workspace]:
    """The same for tests of what is refused, which change nothing."""
    with opened_in(tmp_path_factory.mktemp("unchanged")) as opened:
        yield opened


@contextmanager
def opened_in(folder: Path) -> Iterator[dp.Workspace]:
    with dp.open(folder / "data") as opened:
        (folder / "t.csv").write_text(CSV)
        opened.ingest(folder / "t.csv", source="desk")
        yield opened


def settle(workspace: dp.Workspace, answer: dict[str, object]) -> None:
    job = answer["job"]
    assert isinstance(job, dict)
    assert trained(workspace.models, workspace.models.job(job["job_id"]))["status"] == "done"


def categories(workspace: dp.Workspace) -> list[str]:
    return [workspace.ticket(f"desk:{name}")["category"] for name in "abc"]


def test_a_category_that_is_typed_works_on_tickets_that_are_there(workspace: dp.Workspace) -> None:
    assert categories(workspace) == ["shipping", "billing", "given"]
    answer = workspace.taxonomy.add("Late delivery", LATE)
    assert answer["version"] == 1
    settle(workspace, answer)
    assert categories(workspace) == ["Late delivery", "billing", "given"]
    why = workspace.labels.reasons("desk:a")["labels"][0]
    assert {"late", "parcel"} <= {word["text"] for word in why["words"]}
    assert workspace.labels.explain("parcel later than promised")["labels"][0]["value"] == "Late delivery"
    settle(workspace, workspace.taxonomy.reset())
    assert categories(workspace) == ["shipping", "billing", "given"]
    assert [v["version"] for v in workspace.taxonomy.versions()["versions"]] == [2, 1]
    assert workspace.taxonomy.show(1)["is_own"]
    assert workspace.taxonomy.show()["toml"] == to_toml(read_data("taxonomy"))


def test_what_would_change_is_told_before(workspace: dp.Workspace) -> None:
    toml = workspace.taxonomy.show()["toml"] + f'\n["Late delivery"]\ndescription = "{LATE}"\n'
    told = workspace.taxonomy.preview(toml)
    assert (told["tickets"], told["changes"], told["decided_otherwise"]) == (3, 1, 1)
    assert told["moves"] == [{"old": "shipping", "new": "Late delivery", "tickets": 1}]
    assert told["examples"][0]["ticket_id"] == "desk:a"
    assert categories(workspace) == ["shipping", "billing", "given"]
    assert workspace.taxonomy.versions()["versions"] == []


def test_toml_goes_round() -> None:
    shipped = read_data("taxonomy")
    back = Taxonomy.from_mapping(read_toml(to_toml(shipped)))
    assert back.categories == default_taxonomy().categories
    assert sorted(back.terms, key=repr) == sorted(default_taxonomy().terms, key=repr)
    odd = {'a "b"\\': {"description": "x\ny\x7f", "terms": {"strong": ["p, q", "r"]}, "s.t": {"weak": "ü"}}}
    again = read_toml(to_toml(odd))
    assert again['a "b"\\']["description"] == "x\ny\x7f"
    assert again['a "b"\\']["s.t"]["weak"] == "ü"


@pytest.mark.parametrize(
    "toml",
    ["", "x", "a = 1", '["a"]\ndescription = 3', '["a".terms]\nstrongest = "x"', '["a".terms]\nstrong = 1',
     '["\\u0000"]', f'["{"a" * 101}"]', "#" * 1_000_001],
)  # fmt: skip
def test_what_says_no_categories_is_refused(unchanged: dp.Workspace, toml: str) -> None:
    with pytest.raises(InputError):
        unchanged.taxonomy.save(toml)
    with pytest.raises(InputError):
        unchanged.taxonomy.preview(toml)
    assert unchanged.taxonomy.versions()["versions"] == []


def test_names_are_checked(tmp_path: Path, workspace: dp.Workspace) -> None:
    with pytest.raises(ConflictError):
        workspace.taxonomy.add("billing")
    with pytest.raises(NotFoundError):
        workspace.taxonomy.add("x", under="nothing")
    with pytest.raises(NotFoundError):
        workspace.taxonomy.remove("nothing")
    with pytest.raises(NotFoundError):
        workspace.taxonomy.show(9)
    with pytest.raises(InputError):
        workspace.taxonomy.add(" ")
    settle(workspace, workspace.taxonomy.add("vat", "wrong vat number", under="billing"))
    found = {one["name"]: one for one in workspace.taxonomy.show()["categories"]}
    assert "vat" in found["billing"]["subcategories"]


def test_a_name_alone_and_hostile_descriptions() -> None:
    made = Taxonomy.from_mapping({"Broken screen": {}, "odd": {"description": "( [ * ,,, ;; \x07 " + "z" * 5_000}})
    found = reasons_of(["the screen of my phone is broken", "( [ *", "", "screen"], taxonomy=made)
    assert found[0]["category"].value == "Broken screen"
    assert found[3]["category"].value != "Broken screen"


def test_in_the_terminal_and_by_role(tmp_path: Path) -> None:
    folder, runner = ["--data-dir", str(tmp_path / "data")], CliRunner()
    (tmp_path / "t.csv").write_text(CSV)
    with dp.open(tmp_path / "data") as opened:
        opened.ingest(tmp_path / "t.csv", source="desk")
    told = runner.invoke(app, ["taxonomy", "add", "Late delivery", LATE, *folder])
    assert "1 tickets are not" in told.output
    assert runner.invoke(app, ["taxonomy", "export", str(tmp_path / "x.toml"), *folder]).exit_code == 0
    assert "0 of 3" in runner.invoke(app, ["taxonomy", "preview", str(tmp_path / "x.toml"), *folder]).output
    done = runner.invoke(app, ["taxonomy", "import", str(tmp_path / "x.toml"), "--note", "same", *folder, "--json"])
    assert json.loads(done.output)["version"] == 2
    assert "same" in runner.invoke(app, ["taxonomy", "history", *folder]).output
    assert "Late delivery" in runner.invoke(app, ["taxonomy", *folder]).output
    with Desk(Settings(_env_file=None, data_dir=tmp_path / "data", workers=1)) as desk:
        viewer = desk.taxonomy(Principal(workspace="default", user="v", role="agent"))
        assert viewer.show()["version"] == 2
        with pytest.raises(ForbiddenError):
            viewer.add("mine")
