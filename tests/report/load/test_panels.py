"""What is drawn of a run, and how it is told to those who cannot see it."""

from __future__ import annotations

import msgspec

from harness.model.load_report import BreakerSight, Distribution, Series, Timeline
from harness.report.load.panels import histograms, panels, shades, span
from tests.report.load.factory import report, timeline


def test_figures_of_one_kind_share_a_panel() -> None:
    drawn = {panel.title: [line.name for line in panel.lines] for panel in panels(report())}
    assert drawn == {
        "Calls and attempts a second": ["calls", "attempts at the provider"],
        "Calls that succeed": ["calls that succeed"],
        "Duration of a call": ["p50", "p95", "p99"],
        "Circuit breakers, where open": [],
        "Users and connections": ["users", "connections open"],
    }


def test_what_was_never_seen_has_no_panel() -> None:
    unseen = Timeline(0.0, 1.0, (Series("p50", "p50", "s", (None, None)),))
    assert panels(report(timeline=unseen, breakers=())) == ()
    assert panels(report(timeline=Timeline(0.0, 1.0), breakers=())) == ()


def test_a_panel_is_told_in_words() -> None:
    told = next(panel.told for panel in panels(report()) if panel.title.startswith("Calls and"))
    assert told == (
        "Calls and attempts a second over time. calls: 210/s to 216/s. "
        "attempts at the provider: 210/s to 650/s."
    )


def test_a_part_of_the_time_tells_all_of_its_figures() -> None:
    durations = next(panel for panel in panels(report()) if panel.title == "Duration of a call")
    first, down = durations.columns[0], durations.columns[50]
    assert first.told == "0.0 s: p50 8 ms, p95 14 ms, p99 21 ms"
    assert down.told == "25.0 s: p50 -, p95 1.9 s, p99 2.4 s"


def test_each_breaker_has_a_row_and_is_drawn_where_it_was_open() -> None:
    drawn = next(panel for panel in panels(report()) if panel.rows)
    assert drawn.rows == ("read, process 0", "read, process 1")
    first, second = drawn.strips
    assert (first.left, first.width) == (353.3, 248.4)
    assert second.left + second.width == 1000
    assert "1,400 calls refused, 5 probes" in first.told


def test_many_breakers_are_not_all_drawn() -> None:
    sights = tuple(
        BreakerSight(worker, "read", "outage", 21.0, 1.0, 5, worker, 1, 1, 36.0, 1.0) for worker in range(40)
    )
    drawn = next(panel for panel in panels(report(breakers=sights)) if panel.rows)
    assert len(drawn.rows) == len(drawn.strips) == 12
    assert drawn.title == "Circuit breakers, where open (28 more not drawn)"
    assert "read, process 39" in drawn.rows


def test_windows_outside_of_the_time_line_are_not_shaded() -> None:
    shown = span(timeline())
    assert [shade.name for shade in shades(report().windows, shown)] == ["outage", "slow"]
    late = msgspec.structs.replace(report().windows[0], from_s=70.0, to_s=80.0)
    assert shades((late,), shown) == ()


def test_a_distribution_begins_and_ends_where_something_is() -> None:
    shown = Distribution("latency", "duration", "s", (0.001, 0.01, 0.1, 1.0, 10.0), (0, 3, 1, 0))
    (drawn,) = histograms(report(distributions=(shown,)))
    assert [(bar.left, bar.height) for bar in drawn.bars] == [(0, 100), (500, 33.3)]
    assert drawn.bars[0].told == "10 ms to 100 ms: 3 times, 75.0 %"
    assert [tick.label for tick in drawn.ticks] == ["10 ms", "100 ms", "1 s"]


def test_an_empty_distribution_is_left_out() -> None:
    assert histograms(report(distributions=(Distribution("l", "l", "s", (0.0, 1.0), (0,)),))) == ()


def test_what_there_was_nothing_of_is_not_drawn_beside_calls_and_attempts() -> None:
    shown = Timeline(
        0.0,
        1.0,
        (
            Series("calls", "calls asked for", "per_s", (5.0, 5.0)),
            Series("attempts", "attempts at the provider", "per_s", (0.0, 0.0)),
            Series("retries", "of these retries", "per_s", (0.0, 0.0)),
            Series("refused", "calls refused by a breaker", "per_s", (0.0, 3.0)),
            Series("success", "calls that succeed", "ratio", (0.0, 0.0)),
        ),
    )
    drawn = [[line.name for line in panel.lines] for panel in panels(report(timeline=shown, breakers=()))]
    assert drawn[0] == ["calls asked for", "attempts at the provider", "calls refused by a breaker"]
    assert drawn[1] == ["calls that succeed"]


def test_breakers_are_drawn_one_by_one_and_not_as_a_share_of_calls() -> None:
    share = Timeline(0.0, 1.0, (Series("breaker_open", "breakers open", "ratio", (0.0, 1.0)),))
    assert [panel.title for panel in panels(report(timeline=share))] == ["Circuit breakers, where open"]
