"""`harness drift --against live`: a provider that is asked, beside its contract and beside cassettes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Response

from harness.cassette.format import parse, written
from harness.cassette.journal import from_journal
from harness.cassette.recorded import Cassette, Facts
from harness.conformance.pace import Pace
from harness.drift.seen.shape import implied
from tests.cli.conftest import Ask
from tests.drift.pretend import DOCUMENT, Online, Reply, Shop, healthy, night
from tests.drift.test_drifting import CASES

Night = Callable[..., tuple[int, str, str]]


@pytest.fixture
def online(httpserver: HTTPServer) -> Online:
    return Online(httpserver)


@pytest.fixture
def nightly(tmp_path: Path, ask: Ask, online: Online, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A team with a contract and cassettes of the shop, and a night's question. Nobody rests before a retry."""
    monkeypatch.setattr(Pace, "rest", lambda pace, for_s: None)
    (tmp_path / "shop.json").write_text(json.dumps(DOCUMENT))
    recorded, _ = from_journal(
        night(0), origin="https://shop.example", moment=lambda at: "2026-01-01T00:00:00Z", kept_bytes=1 << 20
    )
    tape = written(Cassette(tuple(recorded)), path="tape.yaml")
    (tmp_path / "tape.yaml").write_text(tape)

    def asking(*words: str) -> tuple[int, str, str]:
        where = ("--against", "live", "--base-url", online.url, "--cassettes", "tape.yaml")
        return ask("drift", "shop.json", *where, "--max-examples", "15", *words)

    return asking


def drifts(online: Online, name: str) -> None:
    online.shop = Shop(1, CASES[name][0])


def test_a_healthy_night_is_a_pass(nightly: Night) -> None:
    code, out, _ = nightly()
    assert (code, "no drift" in out) == (0, True), out
    assert not Path(".hypothesis").exists()


def test_what_the_client_met_and_is_otherwise_now_fails(nightly: Night, online: Online) -> None:
    drifts(online, "an enumeration grows")
    code, out, _ = nightly()
    assert code == 1
    assert "✘ seen.enum.undeclared" in out
    assert "seen in this answer" in out


def test_what_is_proposed_makes_the_same_night_silent(nightly: Night, online: Online, tmp_path: Path) -> None:
    drifts(online, "an enumeration grows")
    _, out, _ = nightly("--propose", "proposed")
    assert "wrote proposed/shop.json" in out
    assert (tmp_path / "proposed" / "cassettes.txt").read_text() == "tape.yaml\n"
    assert yaml.safe_load((tmp_path / "proposed" / "overlay.yaml").read_text())["actions"]
    (tmp_path / "shop.json").write_text((tmp_path / "proposed" / "shop.json").read_text())
    assert nightly()[0] == 0


@pytest.mark.parametrize("status", [401, 503])
def test_a_provider_that_says_nothing_is_inconclusive(
    nightly: Night, httpserver: HTTPServer, status: int
) -> None:
    httpserver.clear()
    httpserver.expect_request(re.compile(".*")).respond_with_handler(lambda request: Response("", status))
    code, out, _ = nightly("--state", "state.json")
    assert code == 3
    assert "Could not be checked" in out


def test_an_outage_makes_nothing_gone(nightly: Night, online: Online, httpserver: HTTPServer) -> None:
    drifts(online, "an enumeration grows")
    nightly("--state", "state.json")
    httpserver.clear()
    httpserver.expect_request(re.compile(".*")).respond_with_handler(lambda request: Response("", 503))
    assert "gone" not in nightly("--state", "state.json")[1]
    httpserver.clear()
    Online(httpserver, drift=CASES["an enumeration grows"][0])
    assert "0 new" in nightly("--state", "state.json")[1]


def test_an_operation_of_which_nothing_is_known_to_exist_is_told_and_no_alarm(nightly: Night) -> None:
    Path("tape.yaml").write_text(re.sub(r"/v1/customers/[^\n]*", "/v1/rates", Path("tape.yaml").read_text()))
    code, out, _ = nightly("--operations", "getCustomer,getRates")
    assert code == 0, out
    assert "--example customer=ID names one that is there" in " ".join(out.split())
    assert "names one that is there" not in nightly("--example", "customer=cus_3")[1]


def test_the_credential_is_in_nothing_that_is_written(
    nightly: Night, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk_live_51HarnessSecretValue")
    httpserver.clear()
    told = json.dumps({"message": "no key sk_live_51HarnessSecretValue"})
    httpserver.expect_request(re.compile(".*")).respond_with_data(told, status=418)
    flags = [word for ending in ("html", "json", "xml", "md") for word in ("--report", f"out/d.{ending}")]
    files = ("--issue", "out/issue.md", "--state", "out/state.json", "--propose", "out")
    _, out, err = nightly("--auth", "env:SHOP_KEY", *files, *flags)
    written_texts = [path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written_texts) >= 6
    assert not any("HarnessSecretValue" in text for text in (out, err, *written_texts))


def test_the_shape_of_what_was_recorded_is_a_contract(ask: Ask, nightly: Night) -> None:
    code, out, _ = ask("drift", "--shape", "tape.yaml")
    assert code == 0
    assert yaml.safe_load(out)["paths"].keys() >= {"/v1/orders", "/v1/rates"}
    by_contract = ask("drift", "shop.json", "--shape", "--cassettes", "tape.yaml")[1]
    assert "/v1/orders/{order}" in yaml.safe_load(by_contract)["paths"]
    assert implied(night(0))["openapi"] == yaml.safe_load(out)["openapi"]


def test_what_a_mock_answered_is_no_baseline(nightly: Night, tmp_path: Path, online: Online) -> None:
    drifts(online, "an optional member is gone")
    assert "seen.property.gone" in nightly("-v")[1]
    tape = (tmp_path / "tape.yaml").read_text()
    cassette = parse(tape, path="tape.yaml")
    ours = msgspec.structs.replace(cassette, facts=Facts(recorded_by="mock"))
    (tmp_path / "tape.yaml").write_text(written(ours, path="tape.yaml"))
    code, out, _ = nightly("-v")
    assert (code, "seen.property.gone" in out) == (0, False), out
    assert "/v1/orders/ord_0000x0" in {request.path for request in online.requests}


def test_what_answers_lack_is_told_after_some_nights_though_nothing_was_recorded(
    nightly: Night, tmp_path: Path, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = parse((tmp_path / "tape.yaml").read_text(), path="tape.yaml")
    mocked = msgspec.structs.replace(tape, facts=Facts(recorded_by="mock"))
    (tmp_path / "tape.yaml").write_text(written(mocked, path="tape.yaml"))
    told = []
    for number in range(4):
        online.shop = Shop(number, CASES["an optional member is gone"][0] if number else healthy)
        night_of = datetime(2026, 3, 1 + number, tzinfo=UTC)
        monkeypatch.setattr("harness.cli.drift.datetime", SimpleNamespace(now=lambda _, at=night_of: at))
        code, out, _ = nightly(
            "--state", "s.json", "--report", "d.json", "--operations", "listOrders", "--max-examples", "4"
        )
        assert code == 0, out
        changes = json.loads((tmp_path / "d.json").read_text())["changes"]
        told.append([(each["change"]["rule"], each["change"]["places"][0]["value"]) for each in changes])
    assert told == [[], [], [], [("seen.property.gone", "/data/*/weight")]]
    assert "more than 99.9% sure" in " ".join(out.split())


def test_a_quota_that_is_used_up_ends_the_night_whoever_uses_what(nightly: Night, online: Online) -> None:
    came: list[str] = []

    def limited(reply: Reply) -> None:
        came.append(reply.path)
        reply.headers |= {"x-ratelimit-remaining": str(max(0, 9 - len(came))), "x-ratelimit-reset": "3600"}

    online.shop = Shop(1, limited)
    code, out, _ = nightly("--used-by", "tape.yaml")
    assert (code, len(came)) == (3, 9)
    assert "the provider's quota is used up for 3600 s" in " ".join(out.split())


def test_what_another_run_of_the_same_question_counted_is_not_lost(
    nightly: Night, online: Online, tmp_path: Path
) -> None:
    words = ("--operations", "listOrders", "--state")
    nightly(*words, "other.json")
    meanwhile = re.sub(r'"(last|date)": "[-\d]+"', r'"\1": "2026-01-02"', Path("other.json").read_text())
    meanwhile = meanwhile.replace("2026-01-02", (datetime.now(UTC) - timedelta(days=1)).date().isoformat())

    def meets(reply: Reply) -> None:
        (tmp_path / "s.json").write_text(meanwhile)

    online.shop = Shop(2, meets)
    nightly(*words, "s.json")
    assert _nights("s.json") == _nights("other.json") + 1


def _nights(path: str) -> int:
    [question] = json.loads(Path(path).read_text())["questions"].values()
    spots = question["pool"]["GET /v1/orders"]["spots"]
    return int(spots["200/data/*"]["nights"])
