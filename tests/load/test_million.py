"""A million calls are judged in seconds, in the memory of a small machine."""

from __future__ import annotations

import time
import tracemalloc

import msgspec
import numpy as np
import pytest

from harness.load.columns import Connections, Process, Run, Window
from harness.load.targets import Targets
from harness.load.verdict import judge
from tests.load.runs import attempts, calls, run

MILLION = 1_000_000


def million() -> Run:
    """Ten minutes with an outage of one, in which breakers refuse nearly all calls and the rest is tried twice."""
    luck = np.random.default_rng(1)
    began = np.sort(luck.random(MILLION) * 600)
    within = (began > 200) & (began < 260)
    refused = within & (luck.random(MILLION) < 0.95)
    lasted = np.where(refused, 0.0002, luck.lognormal(-3, 0.4, MILLION))
    owner = np.repeat(np.arange(MILLION), np.where(refused, 0, np.where(within, 2, 1)))
    again = np.concatenate(([False], owner[1:] == owner[:-1]))
    at_s = began[owner] + np.where(again, lasted[owner] * 0.6, 0.0005)
    order = np.argsort(at_s, kind="stable")
    owner, at_s = owner[order], at_s[order]
    of = run(
        calls(
            began,
            lasted,
            ~within,
            name=luck.integers(0, 3, MILLION),
            user=luck.integers(0, 200, MILLION),
            worker=luck.integers(0, 8, MILLION),
            names=("read", "write", "list"),
        ),
        attempts(
            at_s, lasted[owner] * 0.3, np.where(within[owner], 503, 200), call=owner, connection=owner % 400
        ),
        windows=(Window("outage", 200, 260),),
        processes=(Process("generator", "worker 1", (0.3,) * 600),),
        duration_s=600.0,
    )
    requests = np.full(400, MILLION // 400, np.int32)
    return msgspec.structs.replace(of, connections=Connections(np.zeros(400), np.full(400, np.nan), requests))


@pytest.mark.slow
def test_a_million_calls() -> None:
    of = million()
    began_s = time.process_time()
    report = judge(of, Targets())
    took_s = time.process_time() - began_s
    tracemalloc.start()
    judge(of, Targets())
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.counts.calls == MILLION
    assert took_s < 5
    assert peak_bytes < 200e6, "beside the columns, which take a hundred"
    assert len(msgspec.json.encode(report)) < 500_000
