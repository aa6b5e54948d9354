"""The drifting provider on the wire: what was recorded is asked again, and each drift is caught."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from harness.conformance.question import Question, choose
from harness.conformance.watching import Seen, watch
from harness.drift.seen.observe import against_contract
from harness.drift.seen.taped import against_recording
from tests.drift.pretend import Drift, Online, Shop, healthy, night, provider
from tests.drift.test_drifting import CASES, RECORDED, found

KNOWN = provider()


def watched(online: Online) -> Seen:
    operations = choose(KNOWN, (), writes=False)
    question = Question(base_url=online.url, operations=operations, examples=30)
    return watch(KNOWN, question, recorded=RECORDED, draws=False)


def told(httpserver: HTTPServer, drift: Drift, name: str) -> set[tuple[str, str, str, str]]:
    seen = watched(Online(httpserver, drift=drift))
    assert seen.untold == (), name
    contract = KNOWN.contract
    one = against_contract(contract, seen.exchanges, RECORDED)
    return found((*one, *against_recording(contract, RECORDED, seen.exchanges)))


@pytest.mark.parametrize("name", CASES)
def test_each_drift_is_caught(name: str, httpserver: HTTPServer) -> None:
    drift, by_contract, _ = CASES[name]
    assert by_contract - told(httpserver, drift, name) == set()


@pytest.mark.slow
def test_a_healthy_provider_tells_nothing_in_a_hundred_nights(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    for number in range(1, 101):
        online.shop = Shop(number, healthy)
        seen = watched(online)
        assert seen.untold == ()
        assert against_contract(KNOWN.contract, seen.exchanges, RECORDED) == ()
        assert against_recording(KNOWN.contract, RECORDED, seen.exchanges) == ()
        assert against_recording(None, RECORDED, seen.exchanges) == ()
    assert len(seen.exchanges) == len(night(0))
