"""What the flags name: providers, scenarios, plans and reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.cli.loading import find_provider
from harness.cli.scenarios import find_scenarios
from harness.cli.writing import require_writable, write_text
from harness.errors import FileError, UnknownName, UsageError

OWN = """
scenarios:
  - {id: brief_503, title: one, plan: [{fault: status.error, with: {status: 503}, nth: 1}], expect: [retry.bounded]}
  - {id: brief_500, title: two, plan: [{fault: status.error, with: {status: 500}, nth: 1}], expect: [retry.bounded]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(OWN)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("own.yaml",), ["brief_503", "brief_500"]),
        (("own.yaml::brief_500",), ["brief_500"]),
        (("own.yaml::brief_*", "healthy"), ["healthy", "brief_503", "brief_500"]),
        (("status_40*",), ["status_400", "status_403", "status_404", "status_401", "status_409"]),
    ],
)
def test_scenarios_are_chosen_by_id_glob_file_and_place_in_a_file(
    wanted: tuple[str, ...], found: list[str]
) -> None:
    assert [scenario.id for scenario in find_scenarios(find_provider("stripe"), wanted)] == found


@pytest.mark.usefixtures("folder")
def test_a_scenario_of_a_file_knows_how_it_is_asked_for_again() -> None:
    (one,) = find_scenarios(find_provider("stripe"), ("own.yaml::*503",))
    assert one.asked_as == "own.yaml::brief_503"


@pytest.mark.usefixtures("folder")
def test_a_scenario_that_is_not_in_the_file_is_a_mistake() -> None:
    with pytest.raises(UnknownName, match="no scenario 'brief_502'; did you mean"):
        find_scenarios(find_provider("stripe"), ("own.yaml::brief_502",))


def test_a_document_without_operations_is_a_mistake(folder: Path) -> None:
    (folder / "empty.yaml").write_text('openapi: 3.1.0\ninfo: {title: Empty, version: "1"}\npaths: {}\n')
    with pytest.raises(FileError, match=r"^empty\.yaml: an OpenAPI document without operations"):
        find_provider("empty.yaml")


def test_a_document_of_webhooks_alone_suffices_where_they_can_be_sent(folder: Path) -> None:
    (folder / "hooks.yaml").write_text(
        'openapi: 3.1.0\ninfo: {title: Hooks, version: "1"}\n'
        "webhooks: {paid: {post: {responses: {'200': {description: ''}}}}}\n"
    )
    assert find_provider("hooks.yaml", or_webhooks=True).contract.outgoing.names
    with pytest.raises(FileError, match=r"without operations.*webhooks are sent by `harness serve`"):
        find_provider("hooks.yaml")


def test_no_name_at_all_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="there are github, stripe, and any OpenAPI document"):
        find_provider("")


def test_a_report_is_written_whole_and_its_folder_made(folder: Path) -> None:
    write_text(folder / "new" / "r.html", "whole")
    assert (folder / "new" / "r.html").read_text() == "whole"
    assert os.listdir(folder / "new") == ["r.html"]


def test_trying_leaves_no_file_and_touches_none(folder: Path) -> None:
    require_writable(folder / "new" / "r.html")
    assert os.listdir(folder / "new") == []
    (folder / "old.html").write_text("old")
    require_writable(folder / "old.html")
    assert (folder / "old.html").read_text() == "old"


@pytest.mark.parametrize(
    ("path", "message"),
    [("new.html", "a folder, where a file is to be written"), ("own.yaml/r.html", "cannot be written: ")],
)
def test_where_no_report_can_be_is_told_before_the_run(folder: Path, path: str, message: str) -> None:
    (folder / "new.html").mkdir()
    with pytest.raises(FileError, match=message):
        require_writable(Path(path))


def test_a_write_that_is_interrupted_leaves_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    (folder / "r.html").write_text("old")
    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(folder / "r.html", "new")
    assert (folder / "r.html").read_text() == "old"
    assert sorted(os.listdir(folder)) == ["own.yaml", "r.html"]
