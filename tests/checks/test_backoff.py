"""Backoff: what the two checks say of a few plain cases. Their thresholds: test_backoff_simulated.py."""

from __future__ import annotations

from harness.model.call import Call
from harness.model.noise import Noise
from harness.model.policy import BackoffPolicy, Policy
from tests.evidence import attempt, call, evidence, findings, given_up, only, sights


def pool(*waits: float, calls: int = 6, apart_s: float = 0.0) -> tuple[Call, ...]:
    """So many calls at once, which wait like this; each a little more than the one before."""
    made = []
    for index in range(calls):
        parts: list[int | float] = [503]
        for wait in waits:
            parts += [wait + index * apart_s, 503]
        made.append(call(*parts))
    return tuple(made)


class TestGrows:
    def test_kept(self) -> None:
        found = only(findings("backoff.grows", evidence(*pool(0.2, 0.4, 0.8, apart_s=0.001), parallel=True)))
        assert (found.sight, found.observed) == ("kept", "waits of 0.20, 0.40, 0.80 s (medians of 6 calls)")

    def test_kept_by_one_call_that_doubles(self) -> None:
        assert sights("backoff.grows", evidence(call(503, 1.005, 503, 2.01, 503, 4.004, 503))) == ["kept"]

    def test_kept_where_the_first_retry_comes_at_once(self) -> None:
        assert sights("backoff.grows", evidence(call(503, 0.001, 503, 0.603, 503, 1.202, 503))) == ["kept"]

    def test_broken_by_constant_waits(self) -> None:
        found = only(findings("backoff.grows", evidence(call(503, 0.5, 503, 0.503, 503, 0.501, 503))))
        assert (found.sight, found.observed) == ("broken", "waits of 0.50, 0.50, 0.50 s do not grow")

    def test_broken_by_no_waits(self) -> None:
        assert sights("backoff.grows", evidence(call(503, 503, 503, 503))) == ["broken"]
        assert sights("backoff.grows", evidence(*pool(0.001, 0.002, apart_s=0.001))) == ["broken"]

    def test_short_of_waits(self) -> None:
        assert sights("backoff.grows", evidence(call(503, 0.5, 503))) == ["short"]
        assert sights("backoff.grows", evidence(call(503, 0.7, 503, 0.12, 503, 3.9, 503))) == ["short"]

    def test_nothing_without_waits_of_its_own(self) -> None:
        asked = attempt(503, response={"retry-after": "1"})
        seen = evidence(
            call(503), call(200), call(asked, 1.0, asked, 1.0, asked), call(given_up(), 1.0, given_up())
        )
        assert sights("backoff.grows", seen) == []


class TestJitters:
    def test_kept(self) -> None:
        found = only(findings("backoff.jitters", evidence(*pool(0.5, 1.0, apart_s=0.1))))
        assert found.sight == "kept"
        assert found.observed.startswith(
            "before retry 1, 4 of 6 waits lie from 0.500 to 0.800 s; before retry 2, "
        )

    def test_broken(self) -> None:
        found = only(findings("backoff.jitters", evidence(*pool(0.5, 1.0, apart_s=0.001))))
        assert (found.sight, found.observed[-20:]) == ("broken", ": no more than noise")

    def test_short_of_calls(self) -> None:
        found = only(findings("backoff.jitters", evidence(*pool(0.5, 1.0, calls=5, apart_s=0.1))))
        assert (found.sight, found.observed) == ("short", "saw 5 waits at one retry, needs 6")

    def test_short_where_noise_may_explain_it(self) -> None:
        assert sights("backoff.jitters", evidence(*pool(0.5, 1.0, apart_s=0.008))) == ["short"]

    def test_short_where_the_clients_were_in_each_others_way(self) -> None:
        """Their starts, which are no matter of chance, differ as much."""
        calls = pool(1.0, apart_s=0.03)
        assert sights("backoff.jitters", evidence(*calls)) == ["kept"]
        unlike, alike = Noise((0.4, 0.5, 0.6, 0.7, 0.9, 1.2)), Noise((2.0, 2.0, 2.1, 2.1, 2.1, 2.3))
        assert sights("backoff.jitters", evidence(*calls, noise=unlike)) == ["short"]
        assert sights("backoff.jitters", evidence(*calls, noise=alike)) == ["kept"]

    def test_short_where_a_processor_was_long_to_be_had(self) -> None:
        calls = pool(1.0, apart_s=0.03)
        assert sights("backoff.jitters", evidence(*calls, noise=Noise(crowd=5.0))) == ["short"]
        assert sights("backoff.jitters", evidence(*calls, noise=Noise(crowd=1.0))) == ["kept"]

    def test_what_was_seen_late_does_not_count(self) -> None:
        calls = pool(1.0, apart_s=0.06, calls=8)
        assert sights("backoff.jitters", evidence(*calls, noise=Noise(stalls=((1.1, 1.3),)))) == ["short"]
        found = only(findings("backoff.jitters", evidence(*calls, noise=Noise(stalls=((1.42, 1.5),)))))
        assert (found.sight, found.observed[:29]) == ("kept", "before retry 1, 4 of 7 waits ")

    def test_nothing_where_the_policy_asks_for_none(self) -> None:
        relaxed = Policy(backoff=BackoffPolicy(jitter=False))
        assert sights("backoff.jitters", evidence(*pool(0.5, 1.0), policy=relaxed)) == []

    def test_nothing_without_waits(self) -> None:
        assert sights("backoff.jitters", evidence(call(503), call(200))) == []
