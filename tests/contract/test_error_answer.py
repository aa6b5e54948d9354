"""Error answers in the provider's shape, and refusals of one request too many in their four forms."""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from harness.contract.behaviour import UNKNOWN, Behaviour, Errors, Quota, RateLimit, Template
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.error_answer import Form, error_answer, rate_limit_answer
from harness.model.message import Response

NOW_S = 1_750_000_000.4

DOCUMENT = """
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /x:
    get:
      operationId: x
      security: [{basic: []}]
      responses:
        "200": {description: fine}
        "404":
          description: flat
          content:
            application/json:
              schema:
                type: object
                required: [message, status]
                properties: {message: {type: string}, status: {type: integer}}
        "409":
          description: nested
          content:
            application/json:
              schema:
                type: object
                required: [errors]
                properties:
                  errors:
                    type: array
                    minItems: 1
                    items: {type: object, required: [detail], properties: {detail: {type: string}}}
        "410":
          description: only these words
          content:
            application/json:
              schema: {type: object, required: [error], properties: {error: {enum: [gone]}}}
        "429":
          description: with a header of its own
          headers: {Retry-After: {required: true, schema: {type: integer, minimum: 700, maximum: 900}}}
          content:
            application/json: {schema: {type: object, required: [detail], properties: {detail: {type: string}}}}
        4XX:
          description: any other
          content:
            application/problem+json:
              schema:
                type: object
                required: [title, detail, status]
                properties: {title: {type: string}, detail: {type: string}, status: {type: integer}}
components: {securitySchemes: {basic: {type: http, scheme: basic}}}
"""

CONTRACT = Contract(parse(DOCUMENT.encode(), name="t.yaml"))
OPERATION = CONTRACT.operation("x")

WORDED = Behaviour(
    errors=Errors(
        source="",
        default=Template(status=500, body={"oops": "{message}", "code": "{code}"}),
        statuses={
            "4xx": Template(status=400, body={"wrong": "{param}", "status": "{status}"}),
            "404": Template(status=404, body={"no": "{id}"}, headers={"X-Why": "{message}"}),
        },
        every_answer={"X-Request": "{request_id}"},
    )
)


def answered(status: int, behaviour: Behaviour = UNKNOWN, **more: Any) -> Response:
    operation = more.pop("operation", OPERATION)
    return error_answer(CONTRACT, behaviour, operation, status, rng=random.Random(1), now_s=NOW_S, **more)


def body(response: Response) -> Any:
    return msgspec.json.decode(response.body)


def test_the_providers_own_wording_comes_first() -> None:
    found = answered(404, WORDED, message="not here", fill={"id": "7"})

    assert found.status == 404
    assert body(found) == {"no": "7"}
    assert found.header("x-why") == "not here"
    assert len(found.header("x-request") or "") == 14


def test_then_that_of_its_class_then_the_default_one() -> None:
    assert body(answered(422, WORDED, param="p")) == {"wrong": "p", "status": 422}
    assert body(answered(503, WORDED)) == {"oops": "Service Unavailable"}
    assert body(answered(503, WORDED, message="m", code="c")) == {"oops": "m", "code": "c"}


def test_a_template_may_be_given() -> None:
    found = answered(418, WORDED, template=Template(status=418, body="short", media_type="text/x"))

    assert (found.status, body(found), found.header("content-type")) == (418, "short", "text/x")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, {"message": "m", "status": 404}),
        (409, {"errors": [{"detail": "m"}]}),
        (423, {"title": "Locked", "detail": "m", "status": 423}),
    ],
)
def test_else_the_message_goes_where_the_contract_has_a_place_for_it(status: int, expected: object) -> None:
    found = answered(status, message="m")

    assert body(found) == expected
    assert CONTRACT.deviations(OPERATION, found) == ()


def test_a_place_that_allows_other_words_only_keeps_them() -> None:
    assert body(answered(410, message="m")) == {"error": "gone"}


def test_a_template_without_a_body_takes_the_contracts_shape_and_its_own_headers() -> None:
    found = answered(404, template=Template(status=404, headers={"x-a": "b"}), message="m")

    assert body(found)["message"] == "m"
    assert found.header("x-a") == "b"


def test_what_nobody_declares_is_a_problem_document() -> None:
    found = answered(503, message="m")

    assert found.header("content-type") == "application/problem+json"
    assert body(found) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "m",
    }
    assert body(answered(404, operation=None))["title"] == "Not Found"
    assert body(answered(599))["title"] == "Error"


@pytest.mark.parametrize("name", ["message", "msg", "errorMessage", "error_message", "errorDescription"])
def test_the_place_for_a_message_has_many_names(name: str) -> None:
    text = DOCUMENT.replace("[message, status]", f"[{name}]").replace("{message: ", f"{{{name}: ")
    found = Contract(parse(text.encode(), name="t.yaml"))
    answer = error_answer(
        found, UNKNOWN, found.operation("x"), 404, rng=random.Random(1), now_s=NOW_S, message="m"
    )
    assert body(answer)[name] == "m"


def test_a_digest_is_challenged_as_one() -> None:
    found = Contract(parse(DOCUMENT.replace("scheme: basic", "scheme: digest").encode(), name="t.yaml"))
    answer = error_answer(found, UNKNOWN, found.operation("x"), 401, rng=random.Random(1), now_s=NOW_S)
    assert str(answer.header("www-authenticate")).startswith('Digest realm="api", ')


def test_401_always_carries_a_challenge() -> None:
    assert answered(401).header("www-authenticate") == 'Basic realm="api"'
    assert answered(401, operation=None).header("www-authenticate") == 'Bearer realm="api"'
    own = Template(status=401, headers={"WWW-Authenticate": "Own"})
    assert answered(401, template=own).header("www-authenticate") == "Own"


def test_the_same_luck_gives_the_same_answer() -> None:
    assert answered(409) == answered(409)


LIMITS = RateLimit(
    source="",
    exceeded=(
        Template(
            status=403, body={"m": "first"}, headers={"X-Reset": "{reset_epoch_s}", "X-Left": "{remaining}"}
        ),
        Template(status=429, body={"m": "second"}, headers={"Retry-After": "{reset_s}"}),
    ),
    quotas=(Quota(requests=60, window_s=3600),),
    every_answer={"X-Limit": "{limit}", "X-Left": "{remaining}", "X-Reset": "{reset_epoch_s}"},
    reset_header="X-Reset",
    reset_unit="epoch_s",
)


def refused(
    form: Form, limits: RateLimit | None = LIMITS, *, wait_s: float = 2.0, status: int = 0
) -> Response:
    behaviour = Behaviour(rate_limit=limits)
    return rate_limit_answer(
        CONTRACT,
        behaviour,
        OPERATION,
        form=form,
        wait_s=wait_s,
        status=status,
        rng=random.Random(1),
        now_s=NOW_S,
    )


def waits(response: Response) -> dict[str, str]:
    names = ("retry-after", "x-reset", "x-ratelimit-reset")
    return {name: value for name, value in response.headers if name in names}


def test_the_providers_form_is_its_first_documented_answer() -> None:
    found = refused("provider")

    assert (found.status, body(found)) == (403, {"m": "first"})
    assert waits(found) == {"x-reset": "1750000003"}
    assert (found.header("x-limit"), found.header("x-left")) == ("60", "0")


def test_a_status_may_be_asked_for() -> None:
    second = refused("provider", status=429)

    assert body(second) == {"m": "second"}
    assert waits(second)["retry-after"] == "2"
    assert refused("provider", status=503).status == 503


def test_the_providers_reset_header_is_added_where_its_answer_tells_no_wait() -> None:
    untold = msgspec.structs.replace(LIMITS, exceeded=(Template(status=429, body={}),), every_answer={})

    assert waits(refused("provider", untold)) == {"x-reset": "1750000003"}


def test_a_retry_after_that_the_contract_wants_tells_the_wait() -> None:
    silent = RateLimit(source="", exceeded=(Template(status=429),))

    assert waits(refused("provider", silent)) == {"retry-after": "2"}
    assert waits(refused("none", silent)) == {}


def test_a_provider_that_tells_no_wait_is_played_so() -> None:
    silent = RateLimit(source="", exceeded=(Template(status=429, body={}),))

    assert waits(refused("provider", silent)) == {}


def test_where_nothing_is_known_it_is_retry_after_in_seconds() -> None:
    found = refused("provider", None)

    assert found.status == 429
    assert waits(found) == {"retry-after": "2"}


def test_the_four_forms_tell_the_wait_in_one_way_each() -> None:
    assert waits(refused("seconds")) == {"retry-after": "2"}
    assert waits(refused("reset")) == {"x-reset": "1750000003"}
    assert waits(refused("none")) == {}
    (date,) = waits(refused("date")).values()
    assert parsedate_to_datetime(date).timestamp() == 1_750_000_003


def test_where_no_reset_header_is_known_the_usual_one_stands_in() -> None:
    assert waits(refused("reset", None)) == {"x-ratelimit-reset": "1750000003"}


@pytest.mark.parametrize(
    ("unit", "value"),
    [("epoch_s", "1750000003"), ("delta_s", "2"), ("http_date", "Sun, 15 Jun 2025 15:06:43 GMT")],
)
def test_the_reset_header_counts_as_the_provider_does(unit: str, value: str) -> None:
    limits = msgspec.structs.replace(LIMITS, reset_unit=unit)

    assert waits(refused("reset", limits)) == {"x-reset": value}


def test_waits_are_rounded_up_so_that_nobody_is_early() -> None:
    assert waits(refused("seconds", wait_s=0.2)) == {"retry-after": "1"}
    assert waits(refused("reset", wait_s=0.7)) == {"x-reset": "1750000002"}


def test_a_request_id_is_drawn_once_and_only_where_one_is_mentioned() -> None:
    luck = random.Random(1)
    twice = Template(status=400, body={"id": "{request_id}"}, headers={"x-id": "{request_id}"})
    error_answer(CONTRACT, UNKNOWN, None, 400, rng=luck, now_s=NOW_S)

    assert luck.getstate() == random.Random(1).getstate()
    found = error_answer(CONTRACT, UNKNOWN, None, 400, rng=luck, now_s=NOW_S, template=twice)
    assert body(found)["id"] == found.header("x-id") != ""


def test_who_is_answered_in_xml_is_refused_in_xml() -> None:
    root = """
openapi: 3.1.0
info: {title: T, version: "1"}
paths: {/x: {get: {operationId: x, responses: {"200": {description: fine, content: {text/xml: {}}}}}}}
"""
    contract = Contract(parse(root.encode(), name="t.yaml"))
    found = error_answer(
        contract, UNKNOWN, contract.operation("x"), 422, rng=random.Random(1), now_s=NOW_S, message="a < b"
    )
    told = ElementTree.fromstring(found.body)
    assert found.header("content-type") == "application/problem+xml"
    assert told.tag == "{urn:ietf:rfc:7807}problem"
    assert told.findtext("{*}detail") == "a < b"
    assert told.findtext("{*}status") == "422"
