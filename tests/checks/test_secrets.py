"""Canary credentials: in no URL, in no output."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest

from harness.contract.behaviour import Authentication, Behaviour
from tests.evidence import KEY, attempt, call, deviation, evidence, findings, only, sights

IN_HEADER = Behaviour(authentication=Authentication(source="docs"))
IN_QUERY = Behaviour(authentication=Authentication(source="docs", accepts=("query",), name="key"))
BASIC = b64encode(f"{KEY}:".encode()).decode()
BASIC_PASSWORD = b64encode(f"ab:{KEY}".encode()).decode()


class TestNotInUrl:
    def test_kept(self) -> None:
        assert only(findings("secrets.not_in_url", evidence(call(200, 200)))).observed == "none in 2 URLs"

    @pytest.mark.parametrize("form", [KEY, quote(KEY.replace("_", "%5F"), safe="%"), BASIC, BASIC_PASSWORD])
    def test_broken_and_masked(self, form: str) -> None:
        exposed = attempt(200, query=f"api_key={form}")
        found = only(findings("secrets.not_in_url", evidence(call(exposed), behaviour=IN_HEADER)))
        assert found.sight == "broken"
        assert form not in found.observed
        assert KEY not in found.observed

    def test_it_says_where(self) -> None:
        exposed = attempt(200, query=f"api_key={KEY}&limit=1")
        found = only(findings("secrets.not_in_url", evidence(call(exposed), behaviour=IN_HEADER)))
        assert found.observed == "1 of 1 URLs hold it: GET /v1/items/1?api_key=<credential>&limit=1"

    def test_broken_in_any_operation(self) -> None:
        elsewhere = attempt(200, path=f"/track/{KEY}", operation=None)
        seen = evidence(call(200, elsewhere), operation="GetItem", behaviour=IN_HEADER)
        assert sights("secrets.not_in_url", seen) == ["broken"]

    def test_nothing_where_the_provider_asks_for_it_there(self) -> None:
        exposed = attempt(200, query=f"key={KEY}")
        assert sights("secrets.not_in_url", evidence(call(exposed), behaviour=IN_QUERY)) == []

    def test_without_behaviour_the_contract_may_ask_for_it(self) -> None:
        only_there = attempt(200, query=f"key={KEY}", request={"authorization": ""})
        assert sights("secrets.not_in_url", evidence(call(only_there))) == ["short"]

    def test_without_behaviour_it_is_broken_where_the_contract_wants_it_elsewhere(self) -> None:
        missed = attempt(
            401, query=f"key={KEY}", request={"authorization": ""}, deviations=(deviation(where="security"),)
        )
        assert sights("secrets.not_in_url", evidence(call(missed))) == ["broken"]
        assert sights("secrets.not_in_url", evidence(call(attempt(200, query=f"key={KEY}")))) == ["broken"]

    def test_short_without_a_request(self) -> None:
        assert sights("secrets.not_in_url", evidence(call())) == ["short"]

    def test_short_where_the_client_brought_its_own(self) -> None:
        own = attempt(200, request={"authorization": "Bearer sk_live_of_its_own"})
        found = only(findings("secrets.not_in_url", evidence(call(own))))
        assert found.observed == "the client never used the credential that it was given"


class TestNotInOutput:
    def test_kept(self) -> None:
        assert sights("secrets.not_in_output", evidence(call(200, stdout="12 items\n"))) == ["kept"]

    @pytest.mark.parametrize("form", [KEY, BASIC, BASIC_PASSWORD])
    def test_broken_and_masked(self, form: str) -> None:
        found = only(
            findings("secrets.not_in_output", evidence(call(200, stderr=f"fine\nGET with {form} sent\n")))
        )
        assert (found.sight, found.observed[:27]) == ("broken", "stderr holds it: 'GET with ")
        assert form not in found.observed
        assert "<credential>" in found.observed

    def test_broken_in_the_error_message(self) -> None:
        seen = evidence(call(503, error=f"HTTPError: Authorization: Bearer {KEY}"))
        assert only(findings("secrets.not_in_output", seen)).observed.startswith("the error message holds it")

    def test_broken_even_without_a_request(self) -> None:
        assert sights("secrets.not_in_output", evidence(call(stdout=f"key {KEY}"))) == ["broken"]

    def test_short_where_the_client_never_had_it(self) -> None:
        own = attempt(200, request={"authorization": "Bearer mine"})
        assert sights("secrets.not_in_output", evidence(call(own))) == ["short"]
        assert sights("secrets.not_in_output", evidence(call())) == ["short"]

    def test_a_client_with_basic_credentials_had_it(self) -> None:
        basic = attempt(200, request={"authorization": f"Basic {BASIC}"})
        assert sights("secrets.not_in_output", evidence(call(basic))) == ["kept"]


@pytest.mark.parametrize("check", ["secrets.not_in_url", "secrets.not_in_output"])
class TestNothing:
    def test_where_the_provider_asks_for_no_credential(self, check: str) -> None:
        assert sights(check, evidence(call(attempt(200, request={"authorization": ""})))) == []

    def test_but_it_is_short_where_one_is_missed(self, check: str) -> None:
        missed = attempt(401, request={"authorization": ""}, deviations=(deviation(where="security"),))
        assert sights(check, evidence(call(missed))) == ["short"]
        assert sights(check, evidence(call(missed), behaviour=IN_HEADER)) == ["short"]
