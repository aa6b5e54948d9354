"""`harness explain`: everything that has an id explains itself, in lines that fit."""

from __future__ import annotations

import functools

import pytest
from click.testing import CliRunner

from harness.checks.all import CHECKS
from harness.cli import explain_load
from harness.cli.explain import explain
from harness.conformance.promises import PROMISES
from harness.contract.files import load_provider, provider_names
from harness.drift.rules.catalogue import RULES
from harness.errors import UnknownName, UsageError
from harness.faults.registry import FAULTS
from harness.load.promises import PROMISES as LOAD_PROMISES
from harness.run.battery import scenarios_of

SCENARIOS = sorted({s.id for name in provider_names() for s in scenarios_of(load_provider(name))})
PLANS = [f"{name}/{plan}" for name in provider_names() for plan in load_provider(name).plans]
FAMILIES = sorted({check_id.split(".")[0] for check_id in CHECKS.ids()})


@pytest.fixture(autouse=True)
def _each_provider_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cli.explain.load_provider", once)


once = functools.cache(load_provider)


def told(name: str = "", *, columns: int = 80) -> str:
    done = CliRunner().invoke(
        explain, [name] if name else [], env={"COLUMNS": str(columns)}, standalone_mode=False
    )
    if done.exception:
        raise done.exception
    return done.output


@pytest.mark.parametrize(
    "name",
    [
        *CHECKS.ids(),
        *PROMISES.ids(),
        *FAULTS.ids(),
        *FAMILIES,
        *sorted(RULES)[::20],
        "drift",
        "response.header",
        "request-parameter-removed",
        "conformance",
        *SCENARIOS,
        *PLANS,
        *provider_names(),
    ],
)
def test_everything_that_has_an_id_explains_itself(name: str) -> None:
    text = told(name)
    title = load_provider(name).card.title if name in provider_names() else name
    assert text.splitlines()[1].split("  ")[0] == title
    assert len(text.splitlines()) > 2


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize(
    "name", ["", "stripe", "github", "retry", "timing.late", "error_503", "stripe/outage"]
)
def test_no_line_is_wider_than_the_terminal_or_ends_in_blanks(name: str, columns: int) -> None:
    for line in told(name, columns=columns).splitlines():
        assert len(line) <= columns
        assert line == line.rstrip()


def test_without_an_id_everything_is_listed() -> None:
    text = told(columns=110)
    for name in (*CHECKS.ids(), *FAULTS.ids(), *SCENARIOS, *provider_names()):
        assert f"  {name}  " in text


def test_a_check_says_what_it_promises_why_and_where_it_is_put_to_the_test() -> None:
    text = " ".join(told("retry.honours_retry_after").split())
    assert "the next attempt comes no sooner" in text
    assert "RFC 9110 section 10.2.3" in text
    assert "rate_limited_seconds, rate_limited_date" in text
    assert "harness verify CLIENT --scenario rate_limited_seconds" in text


def test_a_fault_says_how_it_stands_in_a_plan() -> None:
    assert "- {fault: timing.late, with: {delay_s: 2.0}, nth: 1}" in told("timing.late")


def test_a_provider_says_what_is_known_and_from_where() -> None:
    text = " ".join(told("stripe").split())
    assert "Idempotency https://docs.stripe.com/api/idempotent_requests" in text
    assert "key idempotency-key, heeded on POST" in text
    assert "after 429: repeat it" in text
    assert "quota 100 requests in 1 s for one account" in text
    assert "outage every request is answered 503" in text
    assert "POST PostCustomers" in text


def test_every_fact_of_a_provider_is_told_with_its_source() -> None:
    for name in provider_names():
        behaviour = load_provider(name).behaviour
        text = told(name, columns=110).replace("\n", "").replace(" ", "")
        groups = [getattr(behaviour, field) for field in behaviour.__struct_fields__ if field != "resources"]
        for fact in [*filter(None, groups), *behaviour.resources.values()]:
            assert fact.source in text


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'timing\.late'"):
        told("timing.lat")
    with pytest.raises(UnknownName, match="no plan of stripe 'outag'; did you mean 'outage'"):
        told("stripe/outag")


def in_words(name: str) -> str:
    """Without the line ends."""
    return " ".join(told(name).split())


@pytest.mark.parametrize("name", LOAD_PROMISES.ids())
def test_a_promise_under_load_is_told_with_its_source(name: str) -> None:
    assert "a check of a client under load" in in_words(name)
    assert " ".join(LOAD_PROMISES[name].facts["source"].split()) in in_words(name)


def test_all_promises_and_scenarios_of_load_are_listed() -> None:
    said = in_words("load")
    assert all(name in said for name in (*LOAD_PROMISES.ids(), "outage_refused", "token_expiry"))
    assert all(name in in_words("") for name in LOAD_PROMISES.ids())


def test_a_scenario_of_load_tells_what_happens_when() -> None:
    said = in_words("outage_refused")
    assert "nobody listens for half a minute" in said
    assert "from 30 s to 60 s" in said


def test_without_the_extra_of_load_all_else_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_load, "find_spec", lambda name: None)
    assert "pip install 'harness[load]'" in in_words("load")
    assert "retry.bounded" in in_words("retry.bounded")


def test_a_promise_of_load_without_the_extra_is_told_of_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_load, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"load\.jitter is not known here: not installed: pip install"):
        list(explain_load.explain_load("load.jitter"))
