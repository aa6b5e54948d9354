"""Targets: what is said later counts more, and mistakes name their line and the nearest name."""

from __future__ import annotations

import pytest

from harness.errors import FileError
from harness.load.promises import PROMISES
from harness.load.targets import Given, Targets, combined, parse_targets


def parse(text: str) -> object:
    return parse_targets(text, path="thresholds.yaml", promises=PROMISES.ids())


def test_what_a_scenario_says_counts_more_than_the_thresholds_and_those_more_than_the_defaults() -> None:
    thresholds = parse("p95_s: 1\nrecovery_s: 30\n")
    targets = combined(thresholds, Given(recovery_s=10.0))
    assert (targets.p95_s, targets.recovery_s, targets.average_s) == (1.0, 10.0, 2.0)


def test_a_target_can_be_taken_away() -> None:
    assert combined(parse("p95_s: null\n")).p95_s is None


def test_nothing_said_is_the_defaults() -> None:
    assert combined(parse("")) == combined() == Targets()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("average_s: 1\np96_s: 3\n", "thresholds.yaml:2: unknown field 'p96_s'; did you mean 'p99_s'?"),
        ("success_ratio: 99.5\n", "thresholds.yaml:1: success_ratio: expected a number <= 1.0"),
        ("amplification: 0.1\n", "thresholds.yaml:1: amplification: expected a number >= 1.0"),
        ("jitter: sometimes\n", "thresholds.yaml:1: jitter: expected true or false, found a text"),
        (
            "abort_on_fail:\n  - success\n  - latency\n  - recoverry\n",
            "thresholds.yaml:3: abort_on_fail: no promise 'latency'; there are",
        ),
        (
            "abort_on_fail: [recoverry]\n",
            "thresholds.yaml:1: abort_on_fail: no promise 'recoverry'; did you mean 'recovery'?",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(FileError) as raised:
        parse(text)
    assert str(raised.value).startswith(said)


def test_a_promise_may_be_named_with_its_family_or_without() -> None:
    assert combined(parse("abort_on_fail: [load.success, errors]\n")).abort_on_fail == (
        "load.success",
        "errors",
    )
