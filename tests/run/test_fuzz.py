"""Clients with one intolerance each, under answers that are drawn: it is found, and shrunk to one difference."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from harness.contract.files import load_provider
from harness.model.finding import Verdict
from harness.model.report import Report
from harness.run.callspec import CallSpec, parse_call
from harness.run.fuzz.calls import fuzz
from harness.run.fuzz.known import KnownFailures
from harness.server.lanes import Lanes

FOLDER = Path(__file__).parent.parent / "tolerance"
SHOP = load_provider(str(FOLDER / "openapi.yaml"))

ALLOWED, BROKEN = "tolerance.accepts_what_is_allowed", "tolerance.refuses_what_is_broken"


def played(
    call: str | CallSpec,
    folder: Path,
    *,
    examples: int = 120,
    raises: tuple[str, ...] = ("ShopError",),
    seed: int = 1,
) -> Report:
    """The client of `tests/tolerance/clients.py` of that name, or a command, under so many answers."""

    async def play() -> Report:
        lanes = Lanes()
        try:
            return await fuzz(
                SHOP,
                [call if isinstance(call, CallSpec) else _spec(call)],
                examples=examples,
                lanes=lanes,
                known=lambda name: KnownFailures(folder, name),
                seed=seed,
                raises=raises,
                named="openapi.yaml",
                hang_s=1.0,
            )
        finally:
            await lanes.close_all()

    return asyncio.run(play())


def _spec(call: str) -> CallSpec:
    return parse_call("call", call if " " in call else f"tests.tolerance.clients:{call}")


def failures(report: Report) -> list[Verdict]:
    return [v for run in report.scenarios for v in run.verdicts if v.verdict == "fail"]


@pytest.mark.parametrize(
    ("client", "observed"),
    [
        ("needs_optional", "where /email is left out, the call crashed: KeyError"),
        ("needs_phone", 'where /phone is null instead of "123", the call crashed: TypeError'),
        ("needs_a_tag", "where /tags is [], the call crashed: IndexError"),
        ("only_ascii", 'where /name is "é" instead of "Ada", the call crashed: UnicodeEncodeError'),
        ("short_names", "where /name is a text of 300 characters, the call crashed: AssertionError"),
        ("small_balance", "where /balance is 2147483648 instead of 250, the call crashed: OverflowError"),
        ("rate_with_a_point", "where /rate is 0 instead of 1.5, the call crashed: IndexError"),
        ("strict_model", "where /a_new_field is there, a field that nobody has declared, the call crashed"),
        ("closed_enum", 'where /status is "a_new_value" instead of "active", the call crashed: ValueError'),
        ("only_200", "where the status is 202, the call crashed: KeyError: 'name'"),
        ("only_cards", 'where /source is {"kind": "bank", "iban": "DE02"}, the call crashed: KeyError'),
        ("one_date_form", 'where /created is "2026-01-02T03:04:05+00:00" instead of'),
        ("needs_request_id", "where header x-request-id is left out, the call crashed: AttributeError"),
        (
            "exact_content_type",
            "where header content-type is 'application/json; charset=utf-8', the call failed",
        ),
        ("error_codes", "where the status is 404 and /code is left out, the call crashed: KeyError: 'code'"),
        ("first_of_some", "where /data is [], the call crashed: IndexError"),
        ("only_one_order", "where /data has 2 items, the call crashed: ValueError"),
        ("fifty_at_most", "where /data has 100 items, the call crashed: IndexError"),
        ("waits_for_an_order", "where /data is [], the call went on without end"),
        ("names_as_written", "where the names of headers are in Title-Case, the call crashed: KeyError"),
        ("stops_thinking", "where /data is [], the call hung"),
    ],
)
def test_an_intolerance_of_what_is_allowed_is_found_and_is_one_difference(
    client: str, observed: str, tmp_path: Path
) -> None:
    (failure,) = failures(played(client, tmp_path))
    assert failure.check == ALLOWED
    assert failure.observed.startswith(observed)


@pytest.mark.parametrize(
    ("client", "observed"),
    [
        ("half_is_enough", "where the body breaks off in the middle, the call took it for success"),
        ("takes_html", "where the body is HTML, the call took it for success"),
        ("believes_types", 'where /name is 12345 instead of "Ada", the call took it for success, and gave'),
    ],
)
def test_who_takes_a_broken_answer_for_success_is_found(client: str, observed: str, tmp_path: Path) -> None:
    (failure,) = failures(played(client, tmp_path))
    assert failure.check == BROKEN
    assert failure.observed.startswith(observed)


@pytest.mark.parametrize(
    "client",
    [
        *("careful", "newest_order", "all_pages", "no_orders_is_an_error", "with_breaker"),
        *("leaves_bounds_to_others", "falls_back"),
    ],
)
def test_a_careful_client_passes(client: str, tmp_path: Path) -> None:
    report = played(client, tmp_path)
    assert report.outcome == "pass", [v.observed for run in report.scenarios for v in run.verdicts]


def test_a_failure_in_words_of_its_own_is_no_verdict_until_it_is_declared(tmp_path: Path) -> None:
    report = played("no_orders_is_an_error", tmp_path, raises=())
    assert not failures(report)
    (word,) = (v for run in report.scenarios for v in run.verdicts if v.verdict == "inconclusive")
    assert "where /data is [], the call failed in words of its own" in word.observed
    assert "--raises" in word.observed


def test_a_client_that_does_not_need_the_body_is_not_held_to_it(tmp_path: Path) -> None:
    report = played("ignores_the_answer", tmp_path)
    assert not failures(report)
    assert [v.verdict for run in report.scenarios for v in run.verdicts] == ["pass", "inconclusive"]


def test_several_intolerances_are_told_apart(tmp_path: Path) -> None:
    observed = sorted(failure.observed for failure in failures(played("three_things", tmp_path)))
    assert [each.partition(",")[0] for each in observed] == [
        "where /email is left out",
        'where /phone is null instead of "123"',
        "where /tags is []",
    ]


def test_a_value_made_up_for_what_is_missing_is_no_pass(tmp_path: Path) -> None:
    report = played("makes_up_balances", tmp_path)
    assert report.outcome == "inconclusive"
    (told,) = [v for run in report.scenarios for v in run.verdicts if v.check == BROKEN]
    assert told.verdict == "inconclusive"
    assert "where /balance is left out" in told.observed


def test_an_error_that_repeats_the_value_is_one_intolerance_shown_at_its_smallest(tmp_path: Path) -> None:
    (failure,) = failures(played("looks_up_names", tmp_path))
    assert failure.observed.startswith('where /name is "" instead of "Ada", the call crashed: KeyError')


def test_what_failed_comes_first_the_next_time_even_where_there_is_hardly_an_example(tmp_path: Path) -> None:
    assert not failures(played("needs_optional", tmp_path / "other", examples=2, seed=3))
    played("needs_optional", tmp_path)
    (failure,) = failures(played("needs_optional", tmp_path, examples=2, seed=3))
    assert failure.observed.startswith("where /email is left out")
    assert not failures(played("careful", tmp_path)), "it is another client now"
    assert not failures(played("needs_optional", tmp_path, examples=2, seed=3)), "and so it was forgotten"


def test_the_answer_shown_is_as_lean_as_the_client_lets_it_be(tmp_path: Path) -> None:
    (failure,) = failures(played("only_ascii", tmp_path))
    shown, _, pasted = failure.exhibit.partition("as a test to paste:")
    assert '"name": "é",    <-- /name' in shown
    assert "tags" not in failure.exhibit
    assert "email" not in failure.exhibit
    assert "only_ascii(base_url=provider.url)" in pasted
    compile(pasted.replace("\n  ", "\n"), "pasted.py", "exec")


def test_a_command_gets_a_scenario_to_paste(tmp_path: Path) -> None:
    text = (
        "import json, os, urllib.request as u; "
        "print(len(json.load(u.urlopen(os.environ['HARNESS_BASE_URL'] + '/orders'))['data'][0]['id']))"
    )
    command = f'{os.sys.executable} -c "{text}"'  # type: ignore[attr-defined]
    report = played(command, tmp_path, examples=8, raises=())
    failure = failures(report)[0]
    assert "scenarios:" in failure.exhibit
    assert "expect: [{check: tolerance." in failure.exhibit


def test_a_call_that_fails_while_all_is_well_gets_no_verdict(tmp_path: Path) -> None:
    report = played("fails_always", tmp_path)
    assert report.outcome == "inconclusive"
    assert (
        "the call fails while nothing is wrong: ShopError: never" in report.scenarios[0].verdicts[0].observed
    )


def test_a_client_that_crashes_at_a_normal_answer_is_told_so_at_once(tmp_path: Path) -> None:
    failed, unknown = (
        v for run in played("needs_what_no_answer_has", tmp_path).scenarios for v in run.verdicts
    )
    assert failed.verdict == "fail"
    assert failed.observed == "where nothing is unusual, the call crashed: KeyError: 'none'"
    assert "HTTP 200, application/json" in failed.exhibit
    assert unknown.verdict == "inconclusive"


def test_a_call_that_asks_for_nothing_is_told_of(tmp_path: Path) -> None:
    report = played("asks_nothing", tmp_path)
    assert report.outcome == "inconclusive"
    assert "asked for nothing that the contract knows" in report.notes[0]


def test_a_call_of_harness_toml_may_declare_its_errors(tmp_path: Path) -> None:
    assert played("careful", tmp_path, raises=(), examples=20).outcome == "pass"
    spec = msgspec.structs.replace(
        parse_call("call", "tests.tolerance.clients:ends_in_words"), raises=("ShopError",)
    )
    assert played(spec, tmp_path, raises=()).outcome == "pass"


def test_a_model_that_a_normal_answer_does_not_fit_is_told_of(tmp_path: Path) -> None:
    failure, *_ = failures(played("model_of_another_answer", tmp_path))
    assert "the call took it for no valid answer: ValidationError" in failure.observed
