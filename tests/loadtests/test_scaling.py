"""What is made of the measurements of one worker and of several."""

from __future__ import annotations

from loadtests.bench.scaling import Sample, table_lines


def test_workers_that_cost_no_more_a_request_would_bring_as_much_again_on_cores_of_their_own() -> None:
    one, two = table_lines("GET one", {1: [Sample(1000, 10)] * 3, 2: [Sample(1200, 10)] * 3})
    assert one == ("GET one", "1", "1,000", "10.0", "1.00", "1.00")
    assert two == ("GET one", "2", "1,200", "10.0", "1.20", "2.00")


def test_workers_that_stand_in_each_others_way_bring_less() -> None:
    _, two = table_lines("GET one", {1: [Sample(1000, 10)], 2: [Sample(900, 20)]})
    assert two[-2:] == ("0.90", "1.00")
