"""Plans: what they choose, what they count, and what they say when they are wrong."""

from __future__ import annotations

import random

import pytest

from harness.contract.behaviour import Quota
from harness.errors import FileError
from harness.faults.plan import Plan, build_plan, parse_plan
from harness.faults.progress import Progress
from harness.faults.rule import Presented
from tests.fakes import FixedLuck


def plan(text: str) -> Plan:
    return parse_plan(text, path="plan.yaml")


class Playing:
    """A plan in play, with a request told in a few words."""

    def __init__(self, text: str, *, luck: float = 0.0) -> None:
        self.progress = Progress(plan(text), began_s=100.0)
        self.luck = FixedLuck(luck)

    def get(
        self,
        operation: str = "read",
        *,
        method: str = "GET",
        call: str = "1",
        at_s: float = 100.0,
        headers: tuple[tuple[str, str], ...] = (),
        asked: str = "",
        shown: Presented | None = None,
    ) -> str:
        chosen = self.progress.pick(
            operation=operation,
            method=method,
            headers=headers,
            call=call,
            at_s=at_s,
            rng=self.luck,
            asked=asked,
            shown=shown,
        )
        return "+".join(str(use.parameters.get("status", use.fault)) for use in chosen) or "healthy"


def test_a_rule_without_filters_strikes_every_request() -> None:
    playing = Playing("rules: [{fault: status.error, with: {status: 503}}]")
    assert [playing.get(), playing.get("other", method="POST")] == ["503", "503"]


@pytest.mark.parametrize(
    ("nth", "struck"),
    [("2", [2]), ("1-3", [1, 2, 3]), ("every 3", [3, 6]), ("1", [1])],
)
def test_nth_counts_matching_requests(nth: str, struck: list[int]) -> None:
    playing = Playing(f"rules: [{{fault: timing.hung, method: GET, nth: '{nth}'}}]")
    seen = []
    for number in range(1, 7):
        playing.get(method="POST")
        if playing.get() == "timing.hung":
            seen.append(number)
    assert seen == struck


def test_per_call_counts_each_call_afresh() -> None:
    playing = Playing("rules: [{fault: connection.lost_answer, nth: 1, per: call}]")
    assert [playing.get(call=call) for call in ("a", "a", "b", "a", "b")] == [
        "connection.lost_answer",
        "healthy",
        "connection.lost_answer",
        "healthy",
        "healthy",
    ]


def test_repeats_of_a_request_may_count_as_one() -> None:
    playing = Playing("rules: [{fault: timing.hung, nth: 1, per: call, repeats: alike}]")
    pages = [playing.get(asked=asked) for asked in ("1", "1", "2", "1", "2")]
    assert pages == ["timing.hung", "timing.hung", "healthy", "timing.hung", "healthy"]
    assert playing.get(call="2", asked="2") == "timing.hung"


def test_a_script_drains_per_call_and_then_is_healthy() -> None:
    playing = Playing("rules: [{script: [503, pass, 500]}]")
    assert [playing.get(call="a") for _ in range(4)] == ["503", "healthy", "500", "healthy"]
    assert playing.get(call="b") == "503"


def test_a_429_in_a_script_is_the_providers_own() -> None:
    assert Playing("rules: [{script: [429]}]").get() == "status.rate_limited"


def test_operations_are_chosen_by_id_or_glob() -> None:
    playing = Playing("rules: [{fault: timing.hung, operation: ['PostCharges', 'Get*']}]")
    assert playing.get("GetCharges") == playing.get("PostCharges") == "timing.hung"
    assert playing.get("PostRefunds") == "healthy"


def test_headers_must_match_wholly() -> None:
    playing = Playing("rules: [{fault: timing.hung, header: {X-Team: 'blue.*'}}]")
    assert playing.get(headers=(("x-team", "blue-2"),)) == "timing.hung"
    assert playing.get(headers=(("x-team", "dark-blue"),)) == "healthy"


def test_share_strikes_by_luck() -> None:
    text = "rules: [{fault: timing.hung, share: 0.25}]"
    assert Playing(text, luck=0.2).get() == "timing.hung"
    assert Playing(text, luck=0.3).get() == "healthy"


def test_share_is_about_right_over_many() -> None:
    progress = Progress(plan("rules: [{fault: timing.hung, share: 0.3}]"), began_s=0)
    rng = random.Random(7)
    struck = sum(
        bool(progress.pick(operation="x", method="GET", headers=(), call=str(n), at_s=0, rng=rng))
        for n in range(2000)
    )
    assert 520 < struck < 680


def test_a_window_opens_and_closes() -> None:
    playing = Playing("rules: [{fault: timing.hung, between_s: [5, 10]}]")
    assert [playing.get(at_s=at_s) for at_s in (104.9, 105.0, 109.9, 110.0)] == [
        "healthy",
        "timing.hung",
        "timing.hung",
        "healthy",
    ]


def test_the_first_rule_that_strikes_is_played_and_all_rules_count() -> None:
    playing = Playing(
        "rules:\n"
        "  - {fault: status.error, with: {status: 500}, nth: 1}\n"
        "  - {fault: status.error, with: {status: 502}, nth: 2}\n"
    )
    assert [playing.get(), playing.get(), playing.get()] == ["500", "502", "healthy"]


def test_faults_of_one_rule_are_played_together() -> None:
    text = "rules: [{faults: [{fault: timing.late, with: {delay_s: 1}}, {fault: status.error, with: {status: 503}}]}]"
    assert Playing(text).get() == "timing.late+503"


def test_a_refusal_holds_for_its_window_only() -> None:
    progress = Progress(plan("rules: [{fault: connection.refused, between_s: [0, 3]}]"), began_s=50)
    assert progress.refuses(51)
    assert not progress.refuses(53)
    assert progress.refusal_edges() == (50, 53)


def test_connections_are_counted_on_their_own() -> None:
    progress = Progress(plan("rules: [{fault: connection.reset_on_accept, nth: 2}]"), began_s=0)
    luck = FixedLuck()
    assert [bool(progress.pick_connection(at_s=1, rng=luck)) for _ in range(3)] == [False, True, False]
    assert not progress.pick(operation="x", method="GET", headers=(), call="", at_s=1, rng=luck)


def test_at_binds_only_rules_that_name_no_operation() -> None:
    bound = plan(
        "rules: [{fault: timing.hung}, {fault: timing.hung, operation: b}, {fault: connection.refused}]"
    ).at("a")
    assert [rule.operations for rule in bound.rules] == [("a",), ("b",), ()]


def test_a_plan_names_its_faults_once() -> None:
    text = "rules: [{script: [503, timing.hung]}, {fault: timing.hung}]"
    assert plan(text).faults == ("status.error", "timing.hung")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "rules:\n  - fault: timing.lat\n",
            "plan.yaml:2: no fault 'timing.lat'; did you mean 'timing.late'?",
        ),
        (
            "rules:\n  - fault: timing.late\n    with:\n      delay: 2\n",
            "plan.yaml:4: timing.late has no parameter 'delay'; did you mean 'delay_s'?",
        ),
        ("rules:\n  - fault: timing.late\n", "plan.yaml:2: timing.late needs a value for 'delay_s'"),
        (
            "rules:\n  - fault: timing.late\n    with: {delay_s: soon}\n",
            "plan.yaml:3: timing.late: delay_s: expected a number, found a text",
        ),
        (
            "rules:\n  - fault: timing.late\n    with: {delay_s: -1}\n",
            "plan.yaml:3: timing.late: delay_s is -1",
        ),
        ("rules:\n  - fault: timing.hung\n    nth: soon\n", "plan.yaml:3: nth is 'soon'"),
        ("rules:\n  - fault: timing.hung\n    nth: 0\n", "plan.yaml:3: nth is 0"),
        ("rules:\n  - fault: timing.hung\n    share: 2\n", "plan.yaml:3: share is 2.0"),
        ("rules:\n  - fault: timing.hung\n    between_s: [3, 1]\n", "plan.yaml:3: between_s is"),
        ("rules:\n  - fault: timing.hung\n    header: {a: '('}\n", "plan.yaml:3: no regular expression"),
        ("rules:\n  - script: [503, 999]\n", "plan.yaml:2: 999 is no HTTP status"),
        ("rules:\n  - nth: 1\n", "plan.yaml:2: a rule has one of fault, faults, script and quota"),
        (
            "rules:\n  - fault: connection.refused\n    method: GET\n",
            "plan.yaml:3: connection.refused strikes before",
        ),
        (
            "rules:\n  - fault: connection.refused\n    nth: 1\n",
            "plan.yaml:3: connection.refused closes the listener",
        ),
        ("rules:\n  - faults: [connection.refused, timing.hung]\n", "faults of one rule strike at one stage"),
        ("rules:\n  - script: [connection.refused]\n", "strikes before there is a request"),
        ("rule: []\n", "did you mean 'rules'?"),
        ("rules:\n  - {fault: timing.hung, metod: GET}\n", "did you mean 'method'?"),
    ],
)
def test_a_mistake_names_place_fault_and_remedy(text: str, complaint: str) -> None:
    with pytest.raises(FileError) as caught:
        plan(text)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        ("{fault: timing.late, with: {delay_s: 1}}", False),
        ("{fault: timing.late, with: {delay_s: 1}, operation: read, method: GET, between_s: [1, 2]}", False),
        ("{fault: timing.late, with: {delay_s: 1}, nth: 2}", True),
        ("{fault: timing.late, with: {delay_s: 1}, nth: every 2}", True),
        ("{fault: timing.late, with: {delay_s: 1}, share: 0.5}", True),
        ("{script: [503, pass]}", True),
        ("{fault: connection.refused}", True),
    ],
)
def test_a_plan_knows_whether_it_counts(rule: str, counts: bool) -> None:
    assert plan(f"rules: [{rule}]").counts is counts


# What is to come before the plan has its say.


def coming(playing: Playing, status: int, times: int = 1, **filters: object) -> None:
    (rule,) = build_plan(
        [{"fault": "status.error", "with": {"status": status}, **filters}], name="next", path="next"
    ).rules
    playing.progress = playing.progress.with_coming(rule, times)


def test_what_is_to_come_strikes_first_and_in_order_and_then_the_plan_goes_on() -> None:
    playing = Playing("rules: [{script: [429]}]")
    coming(playing, 500)
    coming(playing, 502, times=2)
    assert [playing.get() for _ in range(5)] == ["500", "502", "502", "status.rate_limited", "healthy"]


def test_what_is_to_come_waits_for_a_request_that_it_concerns() -> None:
    playing = Playing("rules: []")
    coming(playing, 503, operation="write")
    assert [playing.get("read"), playing.get("write"), playing.get("write")] == ["healthy", "503", "healthy"]


def test_what_has_struck_nothing_is_told() -> None:
    playing = Playing("rules: []")
    coming(playing, 503, times=3, operation="write")
    assert [rule.operations for rule in playing.progress.unplayed] == [("write",)]
    playing.get("write")
    assert playing.progress.unplayed == ()


def test_a_plan_in_play_counts_on_when_something_is_put_before_it() -> None:
    playing = Playing("rules: [{fault: timing.hung, nth: 2}]")
    playing.get()
    coming(playing, 503)
    assert [playing.get(), playing.get(), playing.get()] == ["503", "timing.hung", "healthy"]


def test_a_request_that_something_is_to_come_for_is_a_concern_until_it_came() -> None:
    playing = Playing("rules: []")
    coming(playing, 503, operation="write")

    def concerned(operation: str) -> bool:
        return playing.progress.concerns(operation=operation, method="GET", headers=())

    assert (concerned("write"), concerned("read")) == (True, False)
    playing.get("write")
    assert not concerned("write")


@pytest.mark.parametrize(
    ("credential", "shown", "said"),
    [
        ("issued", Presented(age_s=31.0), "401"),
        ("issued", Presented(age_s=29.0), "healthy"),
        ("issued", Presented(), "healthy"),
        ("issued", None, "healthy"),
        ("lasting", Presented(), "401"),
        ("lasting", Presented(age_s=31.0), "healthy"),
        ("lasting", None, "healthy"),
    ],
)
def test_a_rule_may_strike_tokens_that_were_given_out_before_it_began(
    credential: str, shown: Presented | None, said: str
) -> None:
    playing = Playing(
        f"rules: [{{fault: status.error, with: {{status: 401}}, credential: {credential}, between_s: [20, null]}}]"
    )
    assert playing.get(at_s=150.0, shown=shown) == said
    assert playing.get(at_s=119.0, shown=shown) == "healthy"


def test_a_quota_holds_for_its_time_and_strikes_nothing() -> None:
    playing = Playing("rules: [{quota: {requests: 5, window_s: 2}, between_s: [10, 20]}]")
    progress = playing.progress
    assert [progress.quota(at_s) for at_s in (109.9, 120.0)] == [None, None]
    assert progress.quota(110.0) == Quota(requests=5, window_s=2, name="planned")
    assert playing.get(at_s=115.0) == "healthy"
    assert progress.concerns(operation="read", method="GET", headers=())


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("quota: {requests: 0}", "expected a whole number >= 1"),
        ("quota: {requests: 5}, fault: timing.hung", "a rule has one of fault, faults, script and quota"),
        ("quota: {requests: 5}, method: GET", "plan.yaml:1: a quota holds for all requests.* no method"),
        ("quota: {requests: 5}, with: {a: 1}", "no with"),
        ("fault: timing.hung, credential: isued", "did you mean 'issued'"),
        ("fault: connection.reset_on_accept, credential: issued", "it cannot choose by credential"),
    ],
)
def test_what_a_quota_or_a_credential_cannot_be(rule: str, message: str) -> None:
    with pytest.raises(FileError, match=message):
        plan(f"rules: [{{{rule}}}]")
