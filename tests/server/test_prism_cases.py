"""What users of another mock server expect: the cases of Prism's own test harness, asked of a lane.

Each passes, or stands in `OTHERWISE` with the reason why ours is right, and then that is what is checked.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import pytest

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.contract.provider import Card, Provider
from harness.errors import FileError
from harness.model.message import Response
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from tests.server.prism import CASES, Came, Case, differences, read_cases
from tests.server.talk import talk_to

pytestmark = pytest.mark.anyio

READ = read_cases()
PLAYED = [case for case in READ if not case.is_proxied and not case.is_postman]

with_cases = pytest.mark.skipif(not READ, reason=f"no cases at {CASES} (set HARNESS_CORPUS)")


@pytest.fixture
def anyio_backend() -> str:
    """What is answered does not depend on the event loop."""
    return "asyncio"


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    lanes = Lanes()
    yield lanes
    await lanes.close_all()


class Outcome(NamedTuple):
    """What came of a case: the answer, how it differs from the case, and how from the document."""

    case: Case
    came: Came
    wrong: list[str]
    deviations: list[str]


class Reason(NamedTuple):
    """Why an answer of ours is another and is right, and what must then be so."""

    why: str
    holds: Callable[[Outcome], bool]


def is_valid(outcome: Outcome) -> bool:
    """Another body, or another status than an error of that server's own, and true to the document."""
    return outcome.wrong in (["body"], ["status"]) and not outcome.deviations


def has_same_elements(outcome: Outcome) -> bool:
    """XML of the same elements within the outermost one."""
    ours, theirs = (
        re.findall(r"<(\w+)>", re.sub(r"<\?.*?\?>", "", text))[1:]
        for text in (outcome.came.body.decode(), outcome.case.body)
    )
    return outcome.wrong == ["body"] and ours == theirs and not outcome.deviations


def is_json(outcome: Outcome) -> bool:
    return outcome.came.headers["content-type"] == "application/json" and not outcome.deviations


def lacks_only(*headers: str) -> Callable[[Outcome], bool]:
    return lambda outcome: set(outcome.wrong) <= set(headers)


SAMPLED = Reason("the document leaves the value open: ours is made up, theirs is `string` or 0", is_valid)
ROOT = Reason(
    "OpenAPI calls the outermost element after its schema; where that has no name, any will do, and names that "
    "begin with xml are reserved (XML 1.0 section 2.3)",
    has_same_elements,
)
JSON_FIRST = Reason(
    "who accepts anything gets JSON where it is declared, whatever stands first: that is what providers send, and "
    "what a client reads that does not say",
    is_json,
)
CORS = Reason(
    "headers that let other origins in are the provider's to send: a page that works only with a mock is no proof",
    lambda outcome: outcome.came.status == 200 and not outcome.deviations,
)
NOT_TOO_COMPLEX = Reason("ours can make an answer of that schema", is_valid)
OBJECT_AS_TEXT = Reason("a provider does not fail because its document says little of a text", is_valid)
STAYS_VALID = Reason(
    "an example that breaks its own schema is not served, so there is nothing to report", is_valid
)
NO_SUCH_HEADER = Reason(
    "what is wrong with a request is told in the answer and in the journal, not in a header of that server's own",
    lacks_only("sl-violations"),
)
ONLY_A_WARNING = Reason(
    "an example that breaks its own schema is not served, so there is nothing to report",
    lambda outcome: outcome.wrong == ["sl-violations", "body"] and not outcome.deviations,
)

OTHERWISE = {
    "content-negotiation/E2E-Accept-Content-Negotiation-AC-14.oas2": JSON_FIRST,
    "content-negotiation/E2E-Accept-Content-Negotiation-AC-15.oas3": SAMPLED,
    "content-negotiation/E2E-Accept-Content-Negotiation-Xml-AC-1.oas3": ROOT,
    "content-negotiation/E2E-Accept-Content-Negotiation-Xml-AC-4.oas2": ROOT,
    "content-negotiation/E2E-Accept-Content-Negotiation-Xml-AC-5.oas2": ROOT,
    "content-negotiation/E2E-Accept-Content-Negotiation.empty.oas3": SAMPLED,
    "cors/cors-headers-in-response": CORS,
    "cors/cors-headers-precedence": CORS,
    "dynamic-responses/dynamic_json_responses-AC-3.dynamic-response.only_oas3": SAMPLED,
    "dynamic-responses/dynamic_xml_responses-AC-1.dynamic-response.oas2": ROOT,
    "dynamic-responses/dynamic_xml_responses-AC-1.dynamic-response.oas3": ROOT,
    "dynamic-responses/dynamic_xml_responses-AC-2.dynamic-response.oas3": ROOT,
    "generated-responses/too_complex-AC-1.oas3": NOT_TOO_COMPLEX,
    "references/E2E-Multiple-Refs-Handling.oas3": SAMPLED,
    "references/E2E-Recursive-Array-Handling.oas3.1": SAMPLED,
    "routing/prefer-colon-path.oas3": SAMPLED,
    "routing/select-correct-method.oas3": SAMPLED,
    "security/security-scheme-validation-AC-21.oas2": SAMPLED,
    "serialization/E2E-text-html-complex-serialisation.oas3": OBJECT_AS_TEXT,
    "serialization/E2E-text-plain-complex-serialisation.oas3": OBJECT_AS_TEXT,
    "static-examples/static_examples-AC-1.oas3_1": SAMPLED,
    "static-examples/static_examples-AC-2.oas2": SAMPLED,
    "static-examples/static_examples-AC-2.oas3": SAMPLED,
    "validate-body-params/allow-empty-value.oas2": SAMPLED,
    "violations/array-min-contains.httpResponse": STAYS_VALID,
    "violations/array-prefix-items.httpResponse": STAYS_VALID,
    "violations/ignoring-example-key-for-invalid-body": NO_SUCH_HEADER,
    "violations/input-only-no-500": NO_SUCH_HEADER,
    "violations/print-as-http-header": ONLY_A_WARNING,
    "violations/print-as-http-response": STAYS_VALID,
}


def contract_of(case: Case) -> Contract:
    return Contract(parse(case.document, name=case.name))


async def ask(lane: Lane, request: bytes) -> Came:
    async with talk_to(int(lane.url.rsplit(":", 1)[1])) as talk:
        talk.say(request)
        if request.startswith(b"HEAD "):
            head = (await talk.hear_head()).decode().strip()
            first, *lines = head.split("\r\n")
            return Came(int(first.split()[1]), dict(line.split(": ", 1) for line in lines), b"")
        status, headers, body = await talk.hear()
        return Came(int(status.split()[1]), headers, body)


def deviations(contract: Contract, case: Case, came: Came) -> list[str]:
    """How the answer differs from what the document declares."""
    method, target = case.request.split(b" ", 2)[:2]
    match = contract.match(method.decode(), target.decode().partition("?")[0])
    if not isinstance(match, Match):
        return []
    response = Response(came.status, tuple(came.headers.items()), came.body)
    return [deviation.message for deviation in contract.deviations(match.operation, response)]


@with_cases
@pytest.mark.parametrize("case", PLAYED, ids=lambda case: case.name)
async def test_a_case_is_answered_as_its_users_expect_or_for_a_reason_otherwise(
    case: Case, lanes: Lanes
) -> None:
    contract = contract_of(case)
    card = Card(name="case", title="Case", kind="case", docs="", document=case.name)
    lane = await lanes.open(Provider(card, contract, UNKNOWN), seed=1)
    came = await ask(lane, case.request)

    outcome = Outcome(case, came, differences(case, came), deviations(contract, case, came))
    reason = OTHERWISE.get(case.name)
    if reason is None:
        assert outcome.wrong == [], outcome
    else:
        assert outcome.wrong, f"the reason is no longer needed: {reason.why}"
        assert reason.holds(outcome), f"the reason does not hold: {reason.why}: {outcome}"


@with_cases
@pytest.mark.parametrize("case", [case for case in READ if case.is_postman], ids=lambda case: case.name)
def test_a_postman_collection_is_no_openapi_document_and_says_so(case: Case) -> None:
    with pytest.raises(FileError, match="not an OpenAPI document"):
        contract_of(case)


@with_cases
def test_what_is_not_played_is_about_a_proxy_or_of_postman() -> None:
    """A lane passes nothing on to a live server."""
    left_out = [case for case in READ if case not in PLAYED]

    assert len(READ) == 202
    assert len([case for case in left_out if case.is_proxied]) == 9
    assert all(case.is_postman for case in left_out if not case.is_proxied)
    assert set(OTHERWISE) <= {case.name for case in PLAYED}
