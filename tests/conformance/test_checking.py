"""Pretended providers, good and broken in one place each, checked over loopback."""

from __future__ import annotations

import json as json_module
import socket
import time
from collections.abc import Callable

import pytest
from werkzeug import Request, Response

from harness.conformance.credential import Credential
from harness.contract.behaviour import Behaviour, Quota, RateLimit, Template
from harness.contract.files import load_provider
from harness.report import html, json, junit, markdown, terminal
from harness.server.background import Background
from harness.server.lanes import Lanes
from tests.conformance.pretend import (
    DOCUMENT,
    Orders,
    checked,
    jsoned,
    order,
    orders,
    provider,
    told,
    verdicts,
)


class TestAGoodProvider:
    def test_passes(self, pretended: Orders) -> None:
        report = checked(pretended.url)
        assert report.outcome == "pass", (told(report), told(report, "inconclusive"))
        assert [run.id for run in report.scenarios] == ["listOrders", "getOrder"]

    def test_passes_with_writes_and_openapi_core(self, pretended: Orders) -> None:
        report = checked(pretended.url, "listOrders", "createOrder", "getOrder", strict=True)
        assert report.outcome == "pass", (told(report), told(report, "inconclusive"))
        assert any("openapi_core_agrees" in each for each in told(report, "pass"))

    def test_is_only_read(self, pretended: Orders) -> None:
        checked(pretended.url)
        assert {request.method for request in pretended.requests} == {"GET"}

    def test_is_asked_for_what_exists(self, pretended: Orders) -> None:
        checked(pretended.url)
        asked = [request.path for request in pretended.requests if request.path != "/orders"]
        assert asked.count("/orders/o_1") == len(asked) > 0

    def test_is_asked_the_same_again_with_the_same_seed(self, pretended: Orders) -> None:
        seen = []
        for seed in (3, 3, 4):
            pretended.requests.clear()
            checked(pretended.url, seed=seed)
            seen.append([request.full_path for request in pretended.requests])
        assert seen[0] == seen[1] != seen[2]


BREACHES: dict[str, tuple[Callable[[Request], Response], str]] = {
    "an undeclared status": (
        lambda request: jsoned({"message": "teapot"}, 418),
        "conformance.status_declared: status 418 is not declared for GET /orders; declared are 200, 400",
    ),
    "a wrong type": (
        lambda request: orders(order(total="12")),
        'conformance.body_fits: /data/0/total: "12" is not of type "integer" (type), in a 200',
    ),
    "a missing member": (
        lambda request: orders({"id": "o_1", "status": "open"}),
        "conformance.body_fits: /data/0/total: 'total' is required (required), in a 200",
    ),
    "a value that is not in the enum": (
        lambda request: orders(order(), order(status="refunded")),
        'conformance.body_fits: /data/1/status: "refunded" is not one of',
    ),
    "another media type": (
        lambda request: Response("<html></html>", 200, {"x-total": "1"}, content_type="text/html"),
        "conformance.content_type_declared: /content-type: content type 'text/html'; declared are application/json",
    ),
    "a body that is no JSON": (
        lambda request: Response("{", 200, {"x-total": "1"}, content_type="application/json"),
        "conformance.body_fits: ",
    ),
    "a header of another type": (
        lambda request: jsoned({"data": [order()]}, x_total="many"),
        "conformance.headers_fit: /x-total: ",
    ),
    "a missing header": (
        lambda request: jsoned({"data": [order()]}),
        "conformance.headers_fit: /x-total: header 'x-total' is required (required), in a 200",
    ),
}


class TestAProviderBrokenInOnePlace:
    def test_by_an_operation_that_is_gone(self, pretended: Orders) -> None:
        pretended.list = lambda request: jsoned({"message": "gone"}, 404)
        report = checked(pretended.url, "listOrders", "getOrder", told={"order_id": "o_1"})
        (found,) = told(report)
        assert found.startswith("conformance.status_declared: status 404 is not declared for GET /orders")

    @pytest.mark.parametrize("breach", BREACHES)
    def test_is_caught_there_and_nowhere_else(self, pretended: Orders, breach: str) -> None:
        pretended.list, expected = BREACHES[breach]
        report = checked(pretended.url, "listOrders", "getOrder", told={"order_id": "o_1"}, examples=8)
        assert report.outcome == "fail"
        (found,) = told(report)
        assert found.startswith(expected)

    def test_by_odd_input_is_caught_with_the_smallest_request(self, pretended: Orders) -> None:
        good = pretended.list

        def fails_on_large_limits(request: Request) -> Response:
            limit = request.args.get("limit", "0")
            if limit.isascii() and limit.isdigit() and 40 <= int(limit) <= 100:
                return Response("oops", 500)
            return good(request)

        pretended.list = fails_on_large_limits
        (found,) = verdicts(checked(pretended.url, "listOrders", examples=30))
        assert found.check == "conformance.no_server_error"
        assert found.observed.startswith("500 Internal Server Error for a request that fits the contract")
        curl, command = found.again.splitlines()
        assert curl == f"curl -i '{pretended.url}/orders?limit=40'"
        assert command == f"harness check orders --base-url {pretended.url} --operations listOrders"

    def test_shows_each_kind_of_breach_once(self, pretended: Orders) -> None:
        pretended.list = lambda request: orders(order(total="1"), order(total="2"), order(status="lost"))
        report = checked(pretended.url, "listOrders")
        first, second = told(report)
        good = [call for call in report.scenarios[0].calls if call.attempts[0].status == 200]
        assert first.endswith(
            f'/data/0/total: "1" is not of type "integer" (type), in a 200, in {len(good)} answers'
        )
        assert "/data/2/status" in second

    def test_is_told_in_every_report(self, pretended: Orders) -> None:
        pretended.list = lambda request: orders(order(total="12"))
        report = checked(pretended.url)
        for reporter in (terminal, json, junit, markdown, html):
            text = reporter.render(report)
            assert "conformance.body_fits" in text
            assert "/data/0/total" in text
        assert "not tested" not in terminal.render(report)


class TestNoEvidence:
    def test_of_a_provider_that_is_down(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        report = checked(f"http://127.0.0.1:{port}", sleep=lambda for_s: None)
        assert report.outcome == "inconclusive"
        assert not told(report) + told(report, "pass")
        assert any("got no answer: no connection: " in note for note in report.notes)

    @pytest.mark.parametrize("status", [401, 403])
    def test_of_a_provider_that_refuses_the_credential(self, pretended: Orders, status: int) -> None:
        pretended.list = pretended.get = lambda request: Response("no", status)
        report = checked(pretended.url)
        assert report.outcome == "inconclusive"
        assert not told(report)
        assert f"every answer was {status}: the credential is missing, expired" in report.notes[0]

    def test_of_an_outage(self, pretended: Orders) -> None:
        pretended.list = pretended.get = lambda request: Response("down", 503)
        report = checked(pretended.url, sleep=lambda for_s: None)
        assert report.outcome == "inconclusive"
        assert not told(report)
        assert len(pretended.requests) == 2 * 3, "two requests without an answer, each tried three times"

    def test_where_everything_is_a_500(self, pretended: Orders) -> None:
        pretended.list = pretended.get = lambda request: Response("oops", 500)
        report = checked(pretended.url)
        assert report.outcome == "inconclusive"
        assert "the provider is out of order" in report.notes[0]

    def test_of_another_address(self, pretended: Orders) -> None:
        pretended.list = pretended.get = lambda request: Response("no such page", 404)
        report = checked(pretended.url)
        assert report.outcome == "inconclusive"
        assert "every answer was 404: is the base URL right" in report.notes[0]

    def test_of_an_address_that_only_leads_elsewhere(self, pretended: Orders) -> None:
        pretended.list = pretended.get = lambda request: Response(
            "", 301, {"location": "https://orders.test/"}
        )
        report = checked(pretended.url)
        assert report.outcome == "inconclusive"
        assert "the first to https://orders.test/: is that the base URL?" in report.notes[0]

    def test_of_a_write_that_may_have_been_done(self, pretended: Orders) -> None:
        pretended.create = lambda request: Response("", 503)
        report = checked(pretended.url, "createOrder", sleep=lambda for_s: None)
        assert report.outcome == "inconclusive"
        bodies = [request.get_data() for request in pretended.requests]
        assert len(bodies) == 2, "each is sent once"

    def test_in_a_404_for_a_query_that_names_what_there_is_not(self, pretended: Orders) -> None:
        good = pretended.list
        pretended.list = lambda request: (
            jsoned({"message": "no page"}, 404) if request.args else good(request)
        )
        report = checked(pretended.url, "listOrders")
        assert report.outcome == "pass", told(report)

    def test_in_an_undeclared_404_for_a_made_up_id(self, pretended: Orders) -> None:
        document = {**DOCUMENT, "paths": {**DOCUMENT["paths"]}}
        item = DOCUMENT["paths"]["/orders/{order_id}"]
        answers = {"200": item["get"]["responses"]["200"]}
        document["paths"]["/orders/{order_id}"] = {**item, "get": {**item["get"], "responses": answers}}
        pretended.list = lambda request: jsoned({"data": []}, x_total="0")
        report = checked(pretended.url, of=provider(document))
        assert not told(report)
        assert report.outcome == "inconclusive"
        (unsure,) = told(report, "inconclusive")
        assert "nothing is known to exist for order_id" in unsure
        assert "--example order_id=ID" in report.notes[0]

    def test_in_what_is_answered_to_an_idempotency_key_that_came_before(self, pretended: Orders) -> None:
        document = json_module.loads(json_module.dumps(DOCUMENT))
        key = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}
        document["paths"]["/orders"]["post"]["parameters"] = [key]
        seen: set[str] = set()

        def refuses_known_keys(request: Request) -> Response:
            sent = request.headers.get("Idempotency-Key")
            if not sent:
                return jsoned({"message": "key"}, 400)
            known = sent in seen
            seen.add(sent)
            return jsoned({"message": "mismatch"}, 422) if known else jsoned(order(), 201)

        pretended.create = refuses_known_keys
        report = checked(pretended.url, "createOrder", of=provider(document))
        assert not told(report)
        assert len(seen) > 3


class TestAThrottlingProvider:
    def limit(self, quota: Quota) -> Behaviour:
        exceeded = (Template(status=429, headers={"retry-after": "{reset_s}"}),)
        return Behaviour(rate_limit=RateLimit(source="docs", exceeded=exceeded, quotas=(quota,)))

    def test_is_asked_within_its_quota(self, pretended: Orders) -> None:
        times: list[float] = []
        good = pretended.list

        def counts(request: Request) -> Response:
            now_s = time.monotonic()
            times.append(now_s)
            if len([at_s for at_s in times if at_s > now_s - 0.5]) > 10:
                return Response("slow down", 429, {"retry-after": "1"})
            return good(request)

        pretended.list = counts
        known = provider(behaviour=self.limit(Quota(requests=10, window_s=0.5)))
        report = checked(pretended.url, "listOrders", of=known, examples=20)
        assert report.outcome == "pass"
        attempts = [a for run in report.scenarios for call in run.calls for a in call.attempts]
        assert len(attempts) > 12
        assert all(attempt.status != 429 for attempt in attempts)

    def test_is_left_alone_for_as_long_as_it_asks(self, pretended: Orders) -> None:
        waits: list[float] = []
        good, refused = pretended.list, iter([True])

        def refuses_once(request: Request) -> Response:
            return Response("", 429, {"retry-after": "7"}) if next(refused, False) else good(request)

        pretended.list = refuses_once
        report = checked(pretended.url, "listOrders", sleep=waits.append)
        assert report.outcome == "pass"
        assert waits == [7.0]

    def test_that_never_stops_is_no_evidence(self, pretended: Orders) -> None:
        pretended.list = lambda request: Response("", 429, {"retry-after": "3600"})
        report = checked(pretended.url, "listOrders", sleep=lambda for_s: None)
        assert report.outcome == "inconclusive"
        assert "asked to wait 3600 s" in report.notes[0]
        assert len(pretended.requests) == 1

    def test_and_stops_in_the_middle_is_asked_no_more(self, pretended: Orders) -> None:
        good = pretended.list

        def goes_down(request: Request) -> Response:
            return good(request) if len(pretended.requests) < 4 else Response("", 503)

        pretended.list = goes_down
        report = checked(pretended.url, "listOrders", sleep=lambda for_s: None, examples=20)
        assert not told(report)
        assert "5 requests in a row got no answer" in report.notes[0]
        assert len(pretended.requests) == 3 + 5 * 3


class TestTheCredential:
    SECRET = "sk_test_4242+secret/text"

    def test_is_sent_and_told_to_nobody(self, pretended: Orders) -> None:
        def echoes(request: Request) -> Response:
            return orders(order(total=request.headers["Authorization"]))

        pretended.list = echoes
        credential = Credential(self.SECRET, "$ORDERS_KEY")
        report = checked(pretended.url, "listOrders", credential=credential)
        assert {r.headers["Authorization"] for r in pretended.requests} == {f"Bearer {self.SECRET}"}
        (found,) = verdicts(report)
        assert 'curl -i -H "authorization: Bearer $ORDERS_KEY"' in found.again
        for reporter in (terminal, json, junit, markdown, html):
            assert self.SECRET not in reporter.render(report)
            assert "4242" not in reporter.render(report)


class TestOurMock:
    @pytest.mark.parametrize("name", ["loadtests/bench/petstore.yaml", "github", "stripe"])
    def test_keeps_its_contract(self, name: str) -> None:
        known = load_provider(name)
        lanes = Lanes()
        with Background() as background:
            lane = background.run(lanes.open(known))
            key = lane.credentials.get("API_KEY", "") or next(iter(lane.credentials.values()), "")
            operations = [o.id for o in known.contract.operations.values() if o.method in ("GET", "POST")]
            report = checked(
                lane.url,
                *operations[:14],
                of=known,
                examples=4,
                credential=Credential(key, "$KEY") if key else None,
            )
            background.run(lanes.close_all())
        assert not told(report)
        assert len(told(report, "pass")) > len(told(report, "inconclusive"))
