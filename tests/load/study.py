"""How often the judge is wrong: clients of which everything is known, each played with many seeds and judged.

    python -m tests.load.study --seeds 500 [--only WORD] [--without WORD]

A fail of a promise that the client keeps is a false fail, a pass of one that it breaks is a false pass.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.load.columns import QuotaWindow
from harness.load.targets import Targets
from harness.load.verdict import judge
from harness.model.finding import VerdictName
from tests.load.simulate import BUSY, QUIET, Client, Machine, Trouble, World

TARGETS = Targets(recovery_s=15, breaker_open_s=10)
THREE = ("read", "write", "list")

OUTAGE = (Trouble(30, 50),)
SHORT = (Trouble(30, 36),)
HALF = (Trouble(30, 50, share=0.5),)
THIRD = (Trouble(30, 50, share=0.33),)
ONE_FAILS = (Trouble(30, 50, operation="write"),)
FLAPPING = tuple(Trouble(30 + 10 * i, 35 + 10 * i, name=f"flap {i + 1}") for i in range(3))
COMMON_WAIT = (Trouble(30, 34, "429", again_s=40.0, name="limited"),)

QUOTA = (QuotaWindow(100, 1.0),)

CAREFUL = Client(budget="aws", breaker_failures=5)
NAIVE = Client()


@dataclass(frozen=True)
class Case:
    """A client in a scenario. `breaks`: the promises that it breaks; `may_break`: those that suffer with them in some
    runs; of all others a fail is false."""

    id: str
    client: Client
    troubles: tuple[Trouble, ...] = OUTAGE
    breaks: frozenset[str] = frozenset()
    may_break: frozenset[str] = frozenset()
    how: Mapping[str, Any] = field(default_factory=dict)
    machine: Machine = QUIET


def _case(id: str, client: Client, troubles: tuple[Trouble, ...] = OUTAGE, *breaks: str, **more: Any) -> Case:
    may_break = frozenset(more.pop("may_break", ()))
    machine = more.pop("machine", QUIET)
    return Case(id, client, troubles, frozenset(breaks), may_break, more, machine)


def _cases() -> Iterator[Case]:
    for word, machine in (("", QUIET), (", busy machine", BUSY)):
        for case in (*_sound(machine), *_flawed(machine), *_edges(machine)):
            yield Case(
                case.id + word,
                case.client,
                case.troubles,
                case.breaks,
                case.may_break,
                case.how,
                case.machine,
            )


def _sound(m: Machine) -> Iterator[Case]:
    yield _case("nothing fails", NAIVE, (), machine=m)
    yield _case("careful, outage", CAREFUL, machine=m)
    yield _case("careful, outage, 12 calls a second", CAREFUL, rate_per_s=12, workers=1, machine=m)
    yield _case("careful, outage, users wait", CAREFUL, users=60, machine=m)
    inside = Client(budget="aws", breaker_failures=5, breaker_inside=True)
    yield _case("breaker inside of retries", inside, machine=m)
    yield _case("several probes at once", Client(budget="aws", breaker_failures=5, probes=0), machine=m)
    yield _case("careful, hanging", CAREFUL, (Trouble(30, 50, "hang"),), machine=m)
    yield _case("careful, refused", CAREFUL, (Trouble(30, 50, "refused"),), machine=m)
    yield _case("careful, brown-out", CAREFUL, (Trouble(30, 50, "slow"),), machine=m)
    yield _case("careful, half of requests fail", CAREFUL, HALF, machine=m)
    yield _case("careful, a third fails", CAREFUL, THIRD, machine=m)
    budget = Client(budget="aws", retries=2)
    yield _case("a budget, half of requests fail", budget, HALF, may_break=("breaker_opens",), machine=m)
    yield _case("careful, flapping", CAREFUL, FLAPPING, machine=m)
    yield _case("careful, one operation", CAREFUL, ONE_FAILS, names=THREE, rate_per_s=60, machine=m)
    a6 = Client(budget="a6", breaker_failures=5, backoff="a6")
    yield _case("gRPC A6", a6, machine=m)
    for kind in ("equal", "added"):
        yield _case(f"{kind} jitter", Client(budget="aws", breaker_failures=5, backoff=kind), machine=m)
    spread = Client(spread_s=20.0)
    yield _case("common Retry-After, spread", spread, COMMON_WAIT, may_break=("recovery",), machine=m)
    yield _case("half of the quota", CAREFUL, (), rate_per_s=50, quotas=QUOTA, machine=m)
    refused = (Trouble(30, 50, "429", retry_after_s=1.0, share=0.6),)
    yield _case("careful, limited", Client(budget="aws"), refused, may_break=("herd",), machine=m)
    stalled = (Trouble(20, 50, "stall", share=0.02),)
    yield _case("careful, stalled answers", CAREFUL, stalled, rate_per_s=16, machine=m)
    yield _case("spike", CAREFUL, (), spike=(40.0, 50.0, 3.0), machine=m)


def _flawed(m: Machine) -> Iterator[Case]:
    fixed = Client(budget="aws", breaker_failures=5, backoff="fixed")
    yield _case("no jitter", fixed, OUTAGE, "jitter", machine=m)
    yield _case("no breaker", Client(budget="aws", retries=2), OUTAGE, "breaker_opens", machine=m)
    yield _case("naive", NAIVE, OUTAGE, "amplification", "breaker_opens", machine=m)
    yield _case(
        "naive, a process for each user",
        NAIVE,
        SHORT,
        "amplification",
        "breaker_opens",
        workers=20,
        machine=m,
    )
    stiff = Client(backoff="fixed", retries=5)
    both = ("amplification", "breaker_opens", "jitter")
    yield _case("naive, no jitter", stiff, OUTAGE, *both, may_break=("herd",), machine=m)
    never = Client(budget="aws", breaker_failures=5, never_closes=True)
    yield _case("never closes", never, OUTAGE, "breaker_closes", "recovery", machine=m)
    shared = Client(budget="aws", breaker_failures=5, shared_breaker=True)
    also = ("breaker_opens", "amplification")
    how: dict[str, Any] = {"names": THREE, "rate_per_s": 60}
    yield _case("shared breaker", shared, ONE_FAILS, "breaker_apart", may_break=also, machine=m, **how)
    none = Client(budget="aws", retries=2)
    yield _case("no breaker, one operation", none, ONE_FAILS, "breaker_opens", machine=m, **how)
    how = {"names": ("read", "write"), "rate_per_s": 16}
    also = ("breaker_opens", "amplification")
    yield _case("shared breaker, two", shared, ONE_FAILS, "breaker_apart", may_break=also, machine=m, **how)
    leak = Client(budget="aws", breaker_failures=5, leak_every=40)
    yield _case("leak", leak, OUTAGE, "connections", machine=m)
    stalled = (Trouble(20, 50, "stall", share=0.02),)
    drops = Client(budget="aws", breaker_failures=5, drops_stalled=True)
    yield _case("drops stalled answers", drops, stalled, "connections", rate_per_s=16, machine=m)
    yield _case("all of the quota", CAREFUL, (), "quota", rate_per_s=100, quotas=QUOTA, machine=m)
    yield _case("common Retry-After, all at once", NAIVE, COMMON_WAIT, "herd", machine=m)
    slow_leak = Client(budget="aws", breaker_failures=5, leak_every=100)
    yield _case("slow leak", slow_leak, OUTAGE, "connections", machine=m)
    unfair = Client(unfair_user=7, budget="aws", breaker_failures=5)
    yield _case("one user starves", unfair, (), may_break=("success", "errors", "fairness"), machine=m)


def _edges(m: Machine) -> Iterator[Case]:
    """Where nobody can say what is right, or there is little to see: what is said should not flip all the same."""
    for rate in (60, 70, 75, 80, 85, 90):
        how: dict[str, Any] = {"rate_per_s": rate, "quotas": QUOTA}
        yield _case(f"edge: {rate} % of the quota", CAREFUL, (), may_break=("quota",), machine=m, **how)
    for spread_s in (2.0, 4.0, 6.0, 10.0):
        yield _case(
            f"edge: common Retry-After over {spread_s:g} s",
            Client(spread_s=spread_s),
            COMMON_WAIT,
            may_break=("herd", "recovery"),
            machine=m,
        )
    five = Client(budget="aws", breaker_failures=5, backoff="five")
    yield _case("edge: jitter of 5 %", five, may_break=("jitter",), machine=m)
    all_of_it = ("amplification", "breaker_opens", "herd")
    yield _case("edge: naive, 4 calls a second", NAIVE, may_break=all_of_it, rate_per_s=4, machine=m)
    stiff = Client(backoff="fixed", retries=5)
    how = {"rate_per_s": 4, "may_break": (*all_of_it, "jitter")}
    yield _case("edge: naive, no jitter, 4 calls a second", stiff, machine=m, **how)


CASES = tuple(_cases())


def words_of(case: Case, seed: int) -> dict[str, VerdictName]:
    """What is said of each promise in one run."""
    run, _ = World(
        case.client, case.troubles, seed=seed, duration_s=90, machine=case.machine, **case.how
    ).play()
    report = judge(run, TARGETS)
    return {verdict.check.removeprefix("load."): verdict.verdict for verdict in report.verdicts}


@dataclass
class Tally:
    """What was said of a case in all its runs."""

    runs: int = 0
    false_fails: Counter[str] = field(default_factory=Counter)
    false_passes: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    words: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def flips(self) -> list[str]:
        """Promises of which some runs of this case say pass and some fail."""
        return [promise for promise, words in self.words.items() if words["pass"] and words["fail"]]

    def add(self, case: Case, words: Mapping[str, VerdictName]) -> None:
        self.runs += 1
        for promise, word in words.items():
            self.words.setdefault(promise, Counter())[word] += 1
            if word == "fail" and promise not in case.breaks | case.may_break:
                self.false_fails[promise] += 1
            elif word == "inconclusive":
                self.unclear[promise] += 1
        for promise in case.breaks:
            if words.get(promise, "not_applicable") in ("pass", "not_applicable"):
                self.false_passes[promise] += 1


def tally(case: Case, seeds: Iterable[int]) -> Tally:
    """All runs of a case."""
    told = Tally()
    for seed in seeds:
        told.add(case, words_of(case, seed))
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--without", default="no such case")
    chosen = parser.parse_args()
    wrong = 0
    print(f"{'case':50} {'runs':>5}  false fail, false pass, inconclusive")
    for case in CASES:
        if chosen.only not in case.id or chosen.without in case.id:
            continue
        told = tally(case, range(chosen.first, chosen.first + chosen.seeds))
        wrong += sum(told.false_fails.values()) + sum(told.false_passes.values())
        print(
            f"{case.id:50} {told.runs:5}  "
            f"{_told(told.false_fails)} | {_told(told.false_passes)} | {_told(told.unclear)}"
            + "".join(f"  FLIPS {promise} {dict(told.words[promise])}" for promise in told.flips),
            flush=True,
        )
    print(f"{wrong} false verdicts")
    return 1 if wrong else 0


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{promise} {number}" for promise, number in counts.most_common()) or "-"


if __name__ == "__main__":
    sys.exit(main())
