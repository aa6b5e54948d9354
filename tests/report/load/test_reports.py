"""A run under load as a terminal, Markdown, JUnit, JSON and a page show it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import msgspec
import pytest

from harness.errors import UsageError
from harness.model.load_report import Honesty, LoadReport, ProcessReport, Series, Timeline
from harness.report.load import REPORTERS, by_ending, html, json, junit, markdown, terminal
from tests.report.load.factory import AGAIN, FAILED, PASSED, TARGETS, UNSURE, report

STARVED = Honesty(
    bottleneck="generator",
    why="worker 1 used 98 % of its core",
    processes=(ProcessReport("generator", "worker 1", 0.97, 0.98),),
)


class TestEverywhere:
    @pytest.mark.parametrize("ending", sorted(REPORTERS))
    def test_what_failed_is_told_with_evidence_and_how_to_see_it_again(self, ending: str) -> None:
        told = re.sub(r"\s+", " ", REPORTERS[ending](report()))
        assert "load.amplification" in told
        assert "3.05 attempts a call while it failed" in told
        assert AGAIN in told

    @pytest.mark.parametrize("ending", sorted(REPORTERS))
    def test_a_bottleneck_is_told(self, ending: str) -> None:
        told = re.sub(r"\s+", " ", REPORTERS[ending](report(UNSURE, honesty=STARVED)))
        assert "worker 1 used 98 % of its core" in told

    @pytest.mark.parametrize("ending", sorted(REPORTERS))
    def test_a_worker_that_died_is_told(self, ending: str) -> None:
        assert "Worker 2 was gone at 41.5 s" in REPORTERS[ending](report())

    @pytest.mark.parametrize("ending", sorted(REPORTERS))
    def test_a_run_of_nothing_is_told(self, ending: str) -> None:
        empty = LoadReport(
            "1.0",
            "inconclusive",
            "",
            "stripe",
            "",
            1,
            0.0,
            report().counts.__class__(),
            (),
            (),
            (UNSURE,),
            (),
            Timeline(0.0, 1.0),
        )
        assert "load.jitter" in REPORTERS[ending](empty)

    @pytest.mark.parametrize("ending", sorted(REPORTERS))
    def test_what_a_client_wrote_is_harmless(self, ending: str) -> None:
        evil = msgspec.structs.replace(FAILED, observed="\x1b[2J<script>alert(1)</script>\u202e")
        told = REPORTERS[ending](report(evil))
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert "<script>" not in told or ending in (".json", ".txt")

    def test_an_unknown_ending_is_a_mistake(self) -> None:
        with pytest.raises(UsageError, match="did you mean"):
            by_ending("load.htm")


class TestTerminal:
    def test_the_time_line_shows_the_outage_and_who_made_it_worse(self) -> None:
        told = terminal.timeline(report(), 80)
        lines = {line.split(" ")[0]: line for line in reversed(told.splitlines())}
        assert lines["provider"].startswith("provider               [outage--]           #")
        assert lines["calls"].count("▃") == 41
        assert lines["attempts"].count("█") == 10
        assert lines["success"].endswith("down to 2 %")
        assert lines["breaker"].endswith("open where drawn, 2 of them")

    @pytest.mark.parametrize("width", [80, 120])
    @pytest.mark.parametrize("verbose", [False, True])
    def test_lines_are_no_wider_than_the_terminal(self, width: int, verbose: bool) -> None:
        for line in terminal.render(report(), width=width, verbose=verbose).splitlines():
            assert len(line) <= width or AGAIN in line, line

    def test_an_encoding_without_blocks_has_a_time_line_too(self) -> None:
        told = terminal.render(report(), width=80, ascii_only=True)
        assert told.isascii()
        assert re.search(r"^attempts  :{14}#{10}:{17}  210/s to 650/s$", told, re.MULTILINE)

    def test_passes_are_shown_on_demand(self) -> None:
        assert "PASS load.success" not in terminal.render(report())
        assert "PASS load.success: 99.98 % of calls succeeded" in terminal.render(report(), verbose=True)

    def test_what_stayed_the_same_is_counted(self) -> None:
        told = terminal.render(report())
        assert re.search(r"p95 of a call +normal running +12 ms +16 ms +worse by 33.3 %", told)
        assert "average" not in told
        assert "1 worse, 1 better, 1 the same within noise, 1 cannot be told" in told
        assert re.search(r"average +normal running", terminal.render(report(), verbose=True))

    def test_a_page_that_is_written_is_not_recommended(self) -> None:
        assert "--report load.html" in terminal.render(report())
        assert "--report load.html" not in terminal.render(report(), has_page=True)

    def test_unmeasured_processes_are_never_called_idle(self) -> None:
        told = terminal.render(report(honesty=Honesty()))
        assert "It was not measured whether" in told
        assert "Neither" not in told


class TestPage:
    def test_it_needs_nothing_else_and_runs_no_script(self) -> None:
        page = html.render(report())
        assert "<script" not in page
        assert "default-src 'none'" in page
        assert not re.search(r"(src|href)=\"(?!https?://|#)", page)
        assert 'style="' not in page

    def test_it_is_well_formed_where_a_reader_looks(self) -> None:
        page = html.render(report())
        for drawn in re.findall(r"<svg class=\"chart\".*?</figure>", page, re.DOTALL):
            ElementTree.fromstring(drawn.removesuffix("</figure>"))

    def test_the_worst_comes_first(self) -> None:
        page = html.render(report())
        assert page.index("load.amplification") < page.index("load.jitter") < page.index("load.success")

    def test_it_stays_small_whatever_the_run(self) -> None:
        wild = tuple(abs((number * 7919) % 1000 - 0.123) for number in range(600))
        series = tuple(Series(f"p{name}", f"p{name}", "s", wild) for name in range(14))
        page = html.render(report(timeline=Timeline(0.0, 1.0, series)))
        assert len(page) < 500_000

    def test_better_and_worse_are_told_apart(self) -> None:
        page = html.render(report())
        assert '<td class="worse">worse by 33.3 %</td>' in page
        assert '<td class="better">better by 1.0 %</td>' in page
        assert '<td class="soft">same (2.5 % apart, within noise)</td>' in page


class TestJson:
    def test_it_is_the_report_itself(self) -> None:
        assert msgspec.json.decode(json.render(report()), type=LoadReport) == report()

    def test_a_series_is_a_line(self) -> None:
        users = next(line for line in json.render(report()).splitlines() if "[ 50.0, 50.0" in line)
        assert users.count("50.0") == 120

    def test_texts_that_look_like_arrays_stay_as_they_are(self) -> None:
        odd = report(msgspec.structs.replace(PASSED, observed="[\n  1,\n  2\n]"))
        assert msgspec.json.decode(json.render(odd), type=LoadReport) == odd


class TestJunit:
    def test_a_case_for_each_promise(self) -> None:
        suite = ElementTree.fromstring(junit.render(report())).find("testsuite")
        assert suite is not None
        assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "2")
        names = [case.get("name") for case in suite.findall("testcase")]
        assert names[0] == "load.success in shop against stripe: outage"
        skipped = [case.get("message", "") for case in suite.iter("skipped")]
        assert skipped[0].startswith("inconclusive: saw 12 retries")


class TestMarkdown:
    def test_the_time_line_is_a_block(self) -> None:
        told = markdown.render(report())
        assert "```text\nprovider" in told
        assert "| attempts a call in outage | at most 1.10 | 3.05 | ❌ fail |" in told

    def test_a_bar_in_a_name_does_not_break_a_table(self) -> None:
        odd = msgspec.structs.replace(TARGETS[0], label="a|b")
        assert "| a\\|b | at most 1.10 |" in markdown.render(report(targets=(odd,)))
