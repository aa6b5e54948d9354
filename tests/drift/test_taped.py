"""The same calls again, beside a recording."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest

from harness.drift.seen.taped import against_recording, unsure
from harness.model.exchange import Exchange
from tests.drift.pretend import DOCUMENT, contract, night
from tests.drift.test_drifting import drops


def call(value: Any, path: str = "/things", status: int = 200, query: str = "", **headers: str) -> Exchange:
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Exchange(
        1,
        1,
        0.0,
        outcome="sent",
        method="GET",
        path=path,
        query=query,
        status=status,
        response_headers=(("content-type", "application/json"), *named),
        response_body=json.dumps(value).encode(),
    )


def rules(old: list[Exchange], new: list[Exchange]) -> list[str]:
    return [change.rule for change in against_recording(None, old, new)]


def things(number: int, **more: Any) -> dict[str, Any]:
    return {"data": [{"id": f"t_{n}", "size": n, **more} for n in range(number)]}


class TestWhatIsNoise:
    @pytest.mark.parametrize(
        ("was", "comes"),
        [
            (
                {"id": "t_1", "at": "2026-01-01T00:00:00Z"},
                {"id": "t_2", "at": "2027-05-01T10:00:00.123+02:00"},
            ),
            ({"token": "<redacted:token-1>"}, {"token": "abc"}),
            ({"amount": "<redacted:random-1>"}, {"amount": 12}),
            ({"price": 12.5}, {"price": 12}),
            ({"price": 12.0}, {"price": 13}),
            ({"price": 12}, {"price": 13.0}),
            ({"next": None}, {"next": "/things?page=2"}),
            ({"data": [1, 2]}, {"data": []}),
            ({"data": []}, {"data": [{"id": 1}]}),
            ({"extra": {"a": 1}}, {"extra": []}),
            ({"name": "Plan"}, {"name": "Tarif"}),
            ({"metadata": {"a": "1", "b": "2"}}, {"metadata": {"c": "3", "d": "4"}}),
            ({"2026-01-01": 1, "2026-01-02": 2}, {"2026-02-01": 1}),
            ({"cus_12": {"n": 1}, "cus_13": {"n": 2}}, {"cus_99": {"n": 7}}),
            ({"coupon": "X"}, {}),
            ({}, {"coupon": "X"}),
        ],
    )
    def test_tells_nothing(self, was: Any, comes: Any) -> None:
        assert rules([call(was)], [call(comes)]) == []

    def test_the_same_thing_asked_for_ten_times_counts_once(self) -> None:
        assert rules([call({"id": "a", "x": 1})] * 10, [call({"id": "a"})] * 10) == []

    def test_what_is_no_longer_there_tells_nothing(self) -> None:
        assert (
            rules([call({"id": "t_1"}, "/things/t_1")], [call({"message": "no"}, "/things/t_1", 404)]) == []
        )

    @pytest.mark.parametrize("query", ["after=t_12", "since=2026-01-01", "cursor=bGFzdF9pZDoxMjM0NTY3"])
    def test_a_refused_call_that_names_what_passes_tells_nothing(self, query: str) -> None:
        assert rules([call(things(3), query=query)], [call({}, query=query, status=400)]) == []

    def test_a_refused_call_that_nobody_recorded_tells_nothing(self) -> None:
        now = [call(things(3)), call({}, query="status=odd", status=400)]
        assert rules([call(things(3))], now) == []

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    def test_refusals_and_outages_tell_nothing(self, status: int) -> None:
        assert rules([call(things(3))], [call({"message": "no"}, status=status)]) == []

    def test_what_was_not_asked_again_tells_nothing(self) -> None:
        assert rules([call(things(3))], [call(things(3), "/others")]) == []

    def test_an_answer_with_a_fault_tells_nothing(self) -> None:
        from harness.model.exchange import Fired

        spoiled = Exchange(
            1,
            1,
            0.0,
            outcome="sent",
            method="GET",
            path="/things",
            status=200,
            faults=(Fired("body.malformed"),),
        )
        assert rules([call(things(3))], [spoiled]) == []


class TestWhatMoved:
    def test_a_member_of_many_things_is_gone_with_confidence(self) -> None:
        changes = against_recording(None, [call(things(12, name="n"))], [call(things(15))])
        assert [(c.rule, c.level, c.place.value) for c in changes] == [
            ("seen.property.gone", "breaking", "/data/*/name")
        ]
        assert changes[0].confidence is not None
        assert 1e-5 > 1 - changes[0].confidence > 1e-8

    def test_a_member_of_few_things_is_not_gone_for_sure_and_that_is_said(self) -> None:
        old, new = [call(things(5, name="n"))], [call(things(6))]
        assert rules(old, new) == []
        assert unsure(None, old, new) == (
            "GET /things 200: /data/*/name came in all of 5 before and in none of 6 now: too few to be sure that it"
            " is gone (99.8%)",
        )

    def test_what_is_not_sure_is_never_told_with_a_hundred_percent(self) -> None:
        [said] = unsure(None, [call(things(9, name="n"))], [call(things(9))])
        assert said.endswith("too few to be sure that it is gone (99.9%)")

    def test_a_header_that_turned_pages_is_gone(self) -> None:
        old = [call({"id": f"{n}"}, link='</things?page=2>; rel="next"') for n in range(12)]
        assert rules(old, [call({"id": f"{n}"}) for n in range(12)]) == ["seen.header.gone"]

    def test_a_header_names_another_version(self) -> None:
        old, new = call({"id": 1}, api_version="2024-01-01"), call({"id": 1}, api_version="2026-01-01")
        assert rules([old], [new]) == ["seen.version.new"]

    def test_what_was_deprecated_when_recorded_is_no_news(self) -> None:
        assert rules([call({}, deprecation="@1764547200")], [call({}, deprecation="@1764547200")]) == []

    def test_an_operation_that_no_document_declares_is_compared_too(self) -> None:
        changes = against_recording(
            contract(), [call({"n": 1}, "/v0/count")], [call({"n": "1"}, "/v0/count")]
        )
        assert [(c.rule, c.level, c.place.operation, c.place.value) for c in changes] == [
            ("seen.type.new", "breaking", "GET /v0/count", "/n")
        ]

    def test_what_a_document_does_not_know_of_its_own_operation_was_promised_to_nobody(self) -> None:
        old, new = ([call({"EUR": 1, "extra": value}, "/v1/rates")] for value in ("a", ["a"]))
        document = copy.deepcopy(DOCUMENT)
        rates = document["paths"]["/v1/rates"]["get"]["responses"]["200"]["content"]["application/json"]
        rates["schema"] = {"type": "object", "properties": {"EUR": {"type": "number"}}}
        changes = against_recording(contract(document), old, new)
        assert [(c.rule, c.level, c.place.value) for c in changes] == [("seen.type.new", "risky", "/extra")]

    def test_a_witness_tells_no_secret(self) -> None:
        old = [call({"n": 1, "api_key": "sk_live_abcdefgh12345678"}, query="token=hunter2hunter2")]
        new = [
            call(
                {"n": "1", "api_key": "sk_live_abcdefgh12345678", "password": "correct horse"},
                query="token=hunter2hunter2",
            )
        ]
        (change,) = against_recording(None, old, new)
        assert change.witness is not None
        for secret in ("sk_live", "hunter2", "correct horse"):
            assert secret not in change.witness.text
        assert '"api_key": "<redacted>"' in change.witness.text


def test_with_a_contract_what_it_declares_is_left_to_its_own_comparison() -> None:
    assert against_recording(contract(), night(0), night(1, drops("weight"))) == ()


def test_a_write_that_is_refused_the_second_time_is_only_a_risk() -> None:
    old = msgspec.structs.replace(
        call({"id": "a"}, status=201), method="POST", request_body=b'{"email": "a@b.example"}'
    )
    new = msgspec.structs.replace(old, status=422, response_body=b'{"message": "there is one already"}')
    assert [(c.rule, c.level) for c in against_recording(None, [old], [new])] == [
        ("seen.request.refused", "risky")
    ]


@pytest.mark.parametrize("query", ["limit=20", "per_page=50&status=open"])
def test_a_call_that_wants_many_is_refused(query: str) -> None:
    now = [call(things(3)), call({}, query=query, status=400)]
    assert rules([call(things(3)), call(things(3), query=query)], now) == ["seen.request.refused"]


def test_every_recorded_call_is_refused_whatever_else_was_asked() -> None:
    now = [call({}, status=400), call({}, query="after=t_12", status=400)]
    assert rules([call(things(3))], now) == ["seen.request.refused"]


def test_of_several_recorded_calls_that_are_refused_the_one_that_names_nothing_tells() -> None:
    was = [call(things(3), query="after=t_12"), call(things(3), query="sort=size")]
    now = [call({}, query="after=t_12", status=400), call({}, query="sort=size", status=400)]
    [change] = against_recording(None, was, now)
    assert (change.rule, "sort=size" in change.message) == ("seen.request.refused", True)
