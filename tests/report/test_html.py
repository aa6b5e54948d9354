"""The HTML page: one file, nothing fetched, nothing run, everything escaped, everything reachable."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

import msgspec
import pytest

from harness.model.report import Report
from harness.report.html import linked, render
from tests.report.factory import attempt, battery, call, report, run, verdict

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
VOID = {"meta"}


class Page(HTMLParser):
    """The elements of a page, and whether they are well nested."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.words.append(text)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def careless() -> Page:
    return Page(render(battery(careful=False)))


def poisoned(value: object) -> object:
    """The same data with every free text in it replaced by something that must not run."""
    if isinstance(value, str):
        return EVIL
    if isinstance(value, dict):
        return {key: poisoned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(inner) for inner in value]
    return value


def test_nothing_is_fetched_and_nothing_runs(careless: Page) -> None:
    names = {name for name, _ in careless.elements}
    assert names.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form"})
    for name, attributes in careless.elements:
        assert not any(key.startswith("on") or key in ("src", "style") for key in attributes), name


def test_the_policy_in_the_head_allows_this_style_and_nothing_else() -> None:
    text = render(report())
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = Page(text).all("meta")[2]
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style


def test_whatever_a_report_holds_is_only_text() -> None:
    whole = msgspec.structs.replace(battery(careful=False), notes=("a note",))
    data = msgspec.to_builtins(whole)
    for one in data["scenarios"]:
        for each in one["verdicts"]:
            each.update(dict.fromkeys(("check", "observed", "expected", "source", "again"), EVIL))
        one.update(id=EVIL, call=EVIL, title=EVIL, calls=poisoned(one["calls"]))
    data.update(dict.fromkeys(("harness", "provider", "client", "again"), EVIL), notes=[EVIL])
    data["measured"] = {EVIL: {EVIL: EVIL, "attempts": {EVIL: {"attempts": EVIL}}}}
    page = Page(render(msgspec.convert(data, Report)))
    assert not page.all("script")
    assert not page.all("img")
    assert any(EVIL in words for words in page.words)
    assert not any("49" in words and "*" not in words and "alert" in words for words in page.words)


def test_only_web_addresses_become_links() -> None:
    assert linked("javascript:alert(1)") == "javascript:alert(1)"
    assert linked('see https://a.b/c"><b>') == (
        'see <a href="https://a.b/c" rel="noreferrer noopener">https://a.b/c</a>&#34;&gt;&lt;b&gt;'
    )


def test_a_source_is_a_link_that_tells_the_other_side_nothing() -> None:
    one = run(
        verdicts=[verdict(word="fail", source="RFC 9110, https://www.rfc-editor.org/rfc/rfc9110.html#a")]
    )
    links = [a for a in Page(render(report(one))).all("a") if str(a["href"]).startswith("http")]
    assert links
    assert all(a["rel"] == "noreferrer noopener" for a in links)


def test_failed_runs_come_first_and_only_they_are_open(careless: Page) -> None:
    runs = [attributes for attributes in careless.all("details") if attributes.get("class") == "run"]
    opened = ["open" in attributes for attributes in runs]
    assert len(runs) == 56
    assert 0 < sum(opened) < 56
    assert opened == sorted(opened, reverse=True)


def test_every_link_within_the_page_leads_somewhere(careless: Page) -> None:
    ids = [str(attributes["id"]) for _, attributes in careless.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    within = [str(a["href"]) for a in careless.all("a") if str(a["href"]).startswith("#")]
    assert len(within) >= 56
    assert {target[1:] for target in within} <= set(ids)


def test_every_timeline_has_a_title_and_a_description(careless: Page) -> None:
    drawings = [svg for svg in careless.all("svg") if svg.get("class") == "timeline"]
    ids = {attributes.get("id") for _, attributes in careless.elements}
    assert len(drawings) == 56
    for svg in drawings:
        assert svg["role"] == "img"
        assert set(str(svg["aria-labelledby"]).split()) <= ids


def test_an_attempt_is_a_bar_and_a_long_one_is_as_wide_as_it_took() -> None:
    one = run(calls=[call(attempt(0.0, 503, took_s=0.001), attempt(5.0, 200, took_s=5.0))])
    bars = [
        r
        for r in Page(render(report(one))).all("rect")
        if "y" in r and str(r["class"]).startswith("bar") and "%" in str(r["x"])
    ]
    assert [(bar["class"], bar["width"]) for bar in bars] == [("bar error", "4"), ("bar success", "42.0%")]


def test_what_the_client_printed_is_folded_away() -> None:
    text = render(report(run(calls=[call(stdout="12 customers", stderr="a <warning>")])))
    assert "<pre>12 customers</pre>" in text
    assert "<pre>a &lt;warning&gt;</pre>" in text


def test_a_client_that_prints_without_end_does_not_swell_the_page() -> None:
    assert len(render(report(run(calls=[call(stdout="x" * 262144)])))) < 40_000


def test_a_fault_that_never_reached_the_client_is_said() -> None:
    assert "never reached the client" in render(report(run(fault_fired=False)))
    assert "never reached the client" not in render(report(run()))


def test_the_command_stands_once_for_a_run_and_is_selected_by_a_click() -> None:
    text = render(report(run(verdicts=[verdict(word="fail"), verdict("backoff.grows", "fail")])))
    assert text.count('<code class="copy">harness verify --provider') == 1


def test_a_call_without_an_attempt_has_a_row_too() -> None:
    assert "no attempt: failed: Open" in render(report(run(calls=[call(ok=False, error="Open")])))


def test_what_does_not_apply_is_folded_away_but_there() -> None:
    text = render(
        report(run(verdicts=[verdict(), verdict("backoff.grows", "not_applicable", observed="no retry")]))
    )
    assert "<summary>1 not applicable</summary>" in text
    assert "<strong>backoff.grows</strong>: no retry" in text
