"""Runs under load for the reporters' tests: an outage from 20 s to 35 s of 60, met by 50 users."""

from __future__ import annotations

from harness.model.finding import Verdict
from harness.model.load_report import (
    BreakerSight,
    Compared,
    Comparison,
    Distribution,
    Figure,
    Honesty,
    LoadCounts,
    LoadReport,
    ProcessReport,
    Series,
    TargetRow,
    Timeline,
    WindowReport,
    outcome_of,
)

AGAIN = "harness load shop --scenario outage --users 50 --duration 1m --seed 7"
POLICY = "the team's policy"
SRE = "Google SRE book, Handling Overload, https://sre.google/sre-book/handling-overload/"


def timeline(steps: int = 120) -> Timeline:
    moments = [number * 60 / steps for number in range(steps)]
    down = [20 <= moment < 35 for moment in moments]
    return Timeline(
        0.0,
        60 / steps,
        (
            Series("calls", "calls", "per_s", tuple(210.0 + n % 7 for n in range(steps))),
            Series(
                "attempts",
                "attempts at the provider",
                "per_s",
                tuple(640.0 + n % 11 if d else 210.0 + n % 7 for n, d in enumerate(down)),
            ),
            Series("success", "calls that succeed", "ratio", tuple(0.02 if d else 1.0 for d in down)),
            Series("p50_s", "p50 duration of a call", "s", tuple(None if d else 0.008 for d in down)),
            Series(
                "p95_s",
                "p95 duration of a call",
                "s",
                tuple(1.9 if d else 0.014 + n % 3 / 1e3 for n, d in enumerate(down)),
            ),
            Series("p99_s", "p99 duration of a call", "s", tuple(2.4 if d else 0.021 for d in down)),
            Series("users", "users", "count", (50.0,) * steps),
            Series("connections", "connections open", "count", tuple(50.0 + n % 2 for n in range(steps))),
        ),
    )


FAILED = Verdict(
    "load.amplification",
    "fail",
    "3.05 attempts a call while it failed (9,610 of 3,150 calls)",
    "at most 1.1 attempts a call",
    SRE,
    AGAIN,
)
UNSURE = Verdict(
    "load.jitter", "inconclusive", "saw 12 retries", "at least 200 retries to judge their spread", SRE, AGAIN
)
PASSED = Verdict(
    "load.success", "pass", "99.98 % of calls succeeded", "above 99.5 %", "the team's policy", AGAIN
)
APART = Verdict("load.refresh", "not_applicable", "no token was refreshed", "", "RFC 6749", AGAIN)

TARGETS = (
    TargetRow(
        "amplification",
        "attempts a call in outage",
        "times",
        "window",
        "at_most",
        1.1,
        3.05,
        "fail",
        "load.amplification",
        SRE,
    ),
    TargetRow(
        "success",
        "success",
        "ratio",
        "outside",
        "at_least",
        0.995,
        0.9998,
        "pass",
        "load.success",
        "the team's policy",
    ),
    TargetRow(
        "p95", "p95 of a call", "s", "outside", "at_most", 5.0, 0.016, "pass", "load.p95", "the team's policy"
    ),
    TargetRow(
        "jitter", "spread", "ratio", "overall", "at_least", 0.2, None, "inconclusive", "load.jitter", SRE
    ),
)

COMPARISON = Comparison(
    "baseline.json",
    (
        Compared("p95", "p95 of a call", "s", "outside", 0.012, 0.016, 1 / 3, "worse", True),
        Compared("success", "success", "ratio", "outside", 0.99, 0.9998, 0.0099, "better", True),
        Compared("mean", "average", "s", "outside", 0.0081, 0.0083, 0.0247, "same", False),
        Compared("herd", "peak after healing", "times", "overall", None, 1.2, None, "unknown", False),
    ),
    ("The earlier run had 40 users.",),
)

HONESTY = Honesty(
    processes=(
        ProcessReport("generator", "worker 1", 0.41, 0.62),
        ProcessReport("generator", "worker 2", 0.4, 0.58, gone_s=41.5),
        ProcessReport("mock", "mock", 0.22, 0.3),
    ),
    lag_p95_s=0.0012,
    served_p99_s=0.00034,
    grouped=0.998,
    overhead_s=4.1e-6,
    notes=("Worker 2 was gone at 41.5 s: up to 2 s of its calls are not counted.",),
)


def report(*verdicts: Verdict, **changes: object) -> LoadReport:
    """A run with these verdicts; all kinds of them where none is named."""
    shown = verdicts or (PASSED, UNSURE, APART, FAILED)
    given: dict[str, object] = {
        "harness": "1.0",
        "outcome": outcome_of(shown),
        "client": "shop",
        "provider": "stripe",
        "scenario": "outage",
        "seed": 7,
        "duration_s": 60.0,
        "counts": LoadCounts(calls=12_730, attempts=19_190, connections=52, users=50, workers=2),
        "windows": (
            WindowReport("outage", 20.0, 35.0, 3_150, 9_610, 2.4),
            WindowReport("slow", 50.0, 52.0, 420, 420, None, "the run ended 8 s later"),
        ),
        "targets": TARGETS,
        "verdicts": shown,
        "figures": (
            Figure("success", "success", "ratio", "overall", 0.76, 0.01, 12_730, "higher"),
            Figure("success", "success", "ratio", "outside", 0.9998, 0.0001, 9_580, "higher"),
            Figure("success", "success", "ratio", "window", 0.02, 0.003, 3_150, "higher"),
            Figure("p95", "p95 of a call", "s", "outside", 0.016, 0.0004, 9_580, "lower"),
            Figure("p95", "p95 of a call", "s", "window", 1.9, 0.1, 3_150, "lower"),
            Figure("amplification", "attempts a call", "times", "window", 3.05, 0.02, 3_150, "lower"),
        ),
        "timeline": timeline(),
        "distributions": (
            Distribution(
                "latency_outside",
                "duration of a call, normal running",
                "s",
                (0.004, 0.008, 0.016, 0.032, 0.064),
                (2_000, 6_000, 1_500, 80),
            ),
            Distribution(
                "latency_window",
                "duration of a call, while it failed",
                "s",
                (0.5, 1.0, 2.0, 4.0),
                (50, 2_900, 200),
            ),
        ),
        "breakers": (
            BreakerSight(0, "read", "outage", 21.2, 1.2, 7, 1_400, 5, 9, 36.1, 1.1),
            BreakerSight(1, "read", "outage", 21.6, 1.6, 6, 1_380, 5, 5, None, None),
        ),
        "comparison": COMPARISON,
        "honesty": HONESTY,
        "facts": {"locust": "2.40", "shape": "steady"},
        "notes": ("The run was stopped after 60 s.",),
        "again": AGAIN,
    }
    return LoadReport(**{**given, **changes})  # type: ignore[arg-type]
