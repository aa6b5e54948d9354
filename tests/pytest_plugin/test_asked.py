"""What a test may ask for, and what it is told where there is no such thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.errors import FileError, HarnessError, UnknownName, UsageError
from harness.faults.rule import Rule
from harness.pytest_plugin.asked import PlanAsked, find_plan, find_provider, next_failure

DOCUMENT = Path(__file__).parent.parent / "examples" / "openapi.yaml"


@pytest.fixture(scope="module")
def stripe() -> Provider:
    return load_provider("stripe")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a document beside its tests and a provider's folder of its own."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "parcels.yaml").write_bytes(DOCUMENT.read_bytes())
    (tmp_path / "contracts" / "parcels").mkdir(parents=True)
    (tmp_path / "contracts" / "parcels" / "provider.yaml").write_text("name: parcels")
    return tmp_path


def found(project: Path, name: str | Path) -> str:
    return find_provider(name, near=project / "tests", root=project)


def test_a_path_leads_from_the_tests_folder_or_from_the_root(project: Path) -> None:
    assert found(project, "parcels.yaml") == str(project / "tests" / "parcels.yaml")
    assert found(project, "tests/parcels.yaml") == str(project / "tests" / "parcels.yaml")
    assert found(project, Path("contracts")) == str(project / "contracts")


def test_a_name_is_the_projects_own_before_it_is_a_bundled_one(project: Path) -> None:
    assert found(project, "parcels") == str(project / "contracts" / "parcels")
    assert found(project, "stripe") == "stripe"
    own = project / "contracts" / "stripe"
    own.mkdir()
    (own / "provider.yaml").write_text("name: stripe")
    assert found(project, "stripe") == str(own)


def test_what_there_is_not_is_told_with_what_comes_nearest(project: Path) -> None:
    with pytest.raises(UnknownName, match="no provider 'parcel'; did you mean 'parcels'"):
        found(project, "parcel")
    with pytest.raises(FileError, match=r"parcel\.yaml: no such file or folder; looked for .*tests"):
        found(project, "parcel.yaml")


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ("outage", ("status.error",)),
        ([{"fault": "timing.hung", "nth": 1}], ("timing.hung",)),
        ({"rules": [{"fault": "body.empty"}]}, ("body.empty",)),
        ([503, "connection.closed", "pass"], ("status.error", "connection.closed")),
        ([{"fault": "timing.late", "with": {"delay_s": 1}}, "pass"], ("timing.late",)),
    ],
)
def test_a_plan_is_a_name_data_rules_or_a_script(
    stripe: Provider, asked: PlanAsked, faults: tuple[str, ...]
) -> None:
    plan = find_plan(stripe, asked, near=Path(), root=Path())
    assert plan is not None
    assert plan.faults == faults


def test_a_plan_is_a_file_beside_the_test(stripe: Provider, tmp_path: Path) -> None:
    (tmp_path / "slow.yaml").write_text("rules: [{fault: timing.hung}]")
    plan = find_plan(stripe, "slow.yaml", near=tmp_path, root=Path())
    assert plan is not None
    assert (plan.name, plan.faults) == ("slow", ("timing.hung",))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("outag", "no plan 'outag'; did you mean 'outage'"),
        ([{"fault": "timing.lat"}], "did you mean 'timing.late'"),
        ([999], "999 is no HTTP status"),
        ({"rule": []}, "rule"),
        ([], "an empty plan"),
        (["pass", {"faults": []}], "unknown field .faults"),
    ],
)
def test_a_plan_that_is_none_is_told(stripe: Provider, asked: PlanAsked, says: str) -> None:
    with pytest.raises(HarnessError, match=says):
        find_plan(stripe, asked, near=Path(), root=Path())


def failure(stripe: Provider, fault: object = None, **more: object) -> Rule:
    asked: dict[str, object] = {
        "status": None,
        "times": 1,
        "operation": None,
        "method": None,
        "parameters": {},
    }
    return next_failure(stripe, fault, **(asked | more))  # type: ignore[arg-type]


def test_the_next_failure_is_a_status_or_a_fault(stripe: Provider) -> None:
    assert failure(stripe, 503).uses == failure(stripe, status=503).uses
    assert failure(stripe, 503).uses[0].parameters == {"status": 503}
    assert failure(stripe, 429, parameters={"wait_s": 1}).uses[0].fault == "status.rate_limited"
    late = failure(stripe, "timing.late", parameters={"delay_s": 2}, operation="PostCharges", method="post")
    assert (late.operations, late.methods) == (("PostCharges",), ("POST",))
    assert late.name == "fail_next(timing.late, operation='PostCharges', method='post')"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "fail how"),
        ({"fault": "timing.lat"}, "did you mean 'timing.late'"),
        ({"fault": "timing.late"}, "needs a value for 'delay_s'"),
        ({"fault": 503, "times": 0}, "expected 1 or more"),
        ({"fault": 503, "operation": "PostCharge"}, "did you mean 'PostCharges'"),
        ({"fault": "connection.refused"}, "cannot count"),
        ({"fault": 503, "parameters": {"delay": 1}}, "no parameter 'delay'"),
    ],
)
def test_a_failure_that_there_is_not_is_told(stripe: Provider, asked: dict[str, object], says: str) -> None:
    with pytest.raises(HarnessError, match=says):
        failure(stripe, **asked)


def test_a_plan_of_things_that_are_no_json_is_told(stripe: Provider) -> None:
    with pytest.raises(UsageError, match="no plan"):
        find_plan(stripe, {"rules": [object()]}, near=Path(), root=Path())
