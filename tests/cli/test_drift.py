"""`harness drift`, as somebody types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from harness.drift.nights.overlay import applied
from harness.drift.nights.state import Remembered, State, parse_state, written
from tests.cli.conftest import Ask
from tests.cli.nightly.shop import NEW, OLD, TAPE, open_shop


@pytest.fixture
def shop(tmp_path: Path, ask: Ask) -> Ask:
    open_shop(tmp_path, with_client=True)
    return ask


def test_two_documents_that_say_the_same_are_a_pass(shop: Ask) -> None:
    code, out, _ = shop("drift", "old.yaml", "old.yaml")
    assert (code, "no drift" in out) == (0, True)


def test_a_breaking_change_fails_where_nothing_tells_who_is_hurt(shop: Ask) -> None:
    code, out, _ = shop("drift", "old.yaml", "new.yaml")
    assert code == 1
    assert "✘ request.parameter.became-required  query parameter limit is now required" in out
    assert "old.yaml:9" in out


def test_a_client_is_judged_by_its_own_cassettes(shop: Ask) -> None:
    code, out, _ = shop("drift", "web", "--against", "new.yaml")
    assert code == 1
    assert "drift of old as web uses it" in out
    assert "used: GET /charges was asked once" in out


def test_what_breaks_elsewhere_warns(shop: Ask, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(OLD[: OLD.index("  /refunds")])
    code, out, _ = shop("drift", "old.yaml", "new.yaml", "--used-by", "tapes/list.yaml")
    assert code == 0
    assert "1 breaking elsewhere" in out
    assert shop("drift", "old.yaml", "new.yaml")[0] == 1


def test_use_that_tells_nothing_of_the_provider_is_a_mistake(shop: Ask, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(TAPE.replace("/charges", "/elsewhere"))
    code, _, err = shop("drift", "old.yaml", "new.yaml", "--used-by", "other.yaml")
    assert code == 2
    assert "no request in other.yaml is for an operation of old" in err


def test_a_report_of_verify_and_a_journal_tell_what_is_used(shop: Ask, tmp_path: Path) -> None:
    attempt = {"operation": "ListRefunds", "method": "GET"}
    verified = {"scenarios": [{"calls": [{"attempts": [attempt]}]}]}
    (tmp_path / "verify.json").write_text(json.dumps(verified))
    assert shop("drift", "old.yaml", "new.yaml", "--used-by", "verify.json")[0] == 0
    journal = {"exchanges": [{"number": 1, "connection": 1, "at_s": 0, "method": "GET", "path": "/charges"}]}
    (tmp_path / "journal.json").write_text(json.dumps(journal))
    assert shop("drift", "old.yaml", "new.yaml", "--used-by", "journal.json")[0] == 1


def test_what_is_accepted_does_not_fail_until_its_last_day(shop: Ask, tmp_path: Path) -> None:
    entry = "accepted:\n- rule: request.parameter.*\n  reason: we send it\n  until: {}\n"
    (tmp_path / "accepted.yaml").write_text(entry.format("2999-01-01"))
    code, out, _ = shop("drift", "old.yaml", "new.yaml", "--accept", "accepted.yaml")
    assert (code, "accepted until 2999-01-01: we send it (accepted.yaml:2)" in out) == (0, True)
    (tmp_path / "accepted.yaml").write_text(entry.format("2020-01-01"))
    code, out, _ = shop("drift", "old.yaml", "new.yaml", "--accept", "accepted.yaml")
    assert (code, "it counts again" in out) == (1, True)


def test_a_rule_that_there_is_not_cannot_be_accepted(shop: Ask, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "accepted:\n- rule: request.parameter.became-requird\n  reason: x\n  until: 2999-01-01\n"
    )
    code, _, err = shop("drift", "old.yaml", "new.yaml", "--accept", "a.yaml")
    assert code == 2
    assert err.startswith("harness: a.yaml:2: no rule 'request.parameter.became-requird'; did you mean")


def test_a_state_tells_what_is_new_there_still_and_gone(shop: Ask) -> None:
    def night(new: str) -> str:
        return shop("drift", "old.yaml", new, "--state", "state.json")[1]

    assert "1 new, 0 still there" in night("new.yaml")
    assert "0 new, 1 still there" in night("new.yaml")
    assert "1 gone" in night("old.yaml")
    assert night("old.yaml").splitlines()[2] == "  no drift"


def test_a_spoiled_state_is_told_before_anything_is_asked(shop: Ask, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}}")
    code, _, err = shop("drift", "old.yaml", "new.yaml", "--state", "state.json")
    assert (code, "remove it to begin anew" in err) == (2, True)


def test_a_folder_that_is_a_file_is_told_before_anything_is_asked(shop: Ask) -> None:
    code, out, err = shop("drift", "old.yaml", "new.yaml", "--propose", "old.yaml")
    assert (code, out) == (2, "")
    assert "--propose old.yaml: a file; it takes a folder" in err


def test_what_another_run_remembers_meanwhile_is_kept(
    shop: Ask, tmp_path: Path, httpserver: HTTPServer
) -> None:
    def meanwhile(request: Request) -> Response:
        shop_state = State(questions={"another, against live": Remembered("2026-11-20", "fail")})
        (tmp_path / "s.json").write_text(written(shop_state))
        return Response("ok")

    httpserver.expect_request("/hook").respond_with_handler(meanwhile)
    shop("drift", "old.yaml", "new.yaml", "--state", "s.json", "--notify", httpserver.url_for("/hook"))
    known = parse_state((tmp_path / "s.json").read_text(), path="s.json").questions
    assert known.keys() == {"another, against live", "old, against a document"}


def test_the_issue_is_the_same_text_for_the_same_state_of_affairs(shop: Ask, tmp_path: Path) -> None:
    def body() -> str:
        shop("drift", "old.yaml", "new.yaml", "--issue", "issue.md")
        return (tmp_path / "issue.md").read_text()

    first = body()
    assert first.startswith("<!-- harness drift: old -->\n## ❌ fail")
    assert body() == first


def test_every_report_is_written_by_its_ending(shop: Ask, tmp_path: Path) -> None:
    endings = ("html", "json", "xml", "md", "sarif", "txt")
    flags = [word for ending in endings for word in ("--report", f"r/drift.{ending}")]
    code, out, _ = shop("drift", "old.yaml", "new.yaml", *flags)
    assert code == 1
    for ending in endings:
        assert (tmp_path / "r" / f"drift.{ending}").stat().st_size > 100
        assert f"wrote r/drift.{ending}" in out
    sarif = json.loads((tmp_path / "r" / "drift.sarif").read_text())
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("old.yaml", 9)


def test_what_is_proposed_makes_drift_silent(shop: Ask, tmp_path: Path) -> None:
    assert shop("drift", "old.yaml", "new.yaml", "--propose", "proposed", "--used-by", "tapes")[0] == 1
    assert (tmp_path / "proposed" / "cassettes.txt").read_text() == "tapes/list.yaml\n"
    assert shop("drift", "proposed/openapi.yaml", "new.yaml")[0] == 0
    overlay = yaml.safe_load((tmp_path / "proposed" / "overlay.yaml").read_text())
    assert overlay["extends"] == "../old.yaml"
    assert applied(yaml.safe_load(OLD), overlay) == yaml.safe_load(NEW)


def test_the_published_document_is_where_ours_came_from(shop: Ask, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/openapi.yaml").respond_with_data(OLD)
    url = httpserver.url_for("/openapi.yaml")
    assert shop("contract", "add", "acme", "--from", url)[0] == 0
    assert shop("drift", "./contracts/acme")[0] == 0
    httpserver.clear()
    httpserver.expect_request("/openapi.yaml").respond_with_data(NEW)
    assert shop("drift", "./contracts/acme")[0] == 1


def _html(httpserver: HTTPServer) -> str:
    httpserver.expect_request("/page").respond_with_data("<html>log in</html>")
    return httpserver.url_for("/page")


def _refusing(httpserver: HTTPServer) -> str:
    httpserver.expect_request("/secret").respond_with_data("", status=401)
    return httpserver.url_for("/secret")


def _nobody(httpserver: HTTPServer) -> str:
    return "http://127.0.0.1:1/openapi.yaml"


@pytest.mark.parametrize("where", [_html, _refusing, _nobody])
def test_what_cannot_be_fetched_is_neither_drift_nor_silence(
    shop: Ask, httpserver: HTTPServer, where: Callable[[HTTPServer], str]
) -> None:
    url = where(httpserver)
    code, out, _ = shop("drift", "old.yaml", "--against", url, "--state", "state.json")
    assert code == 3
    assert "Could not be checked  1" in out
    assert shop("drift", url, "new.yaml")[0] == 3


def test_a_night_without_an_answer_forgets_nothing(shop: Ask) -> None:
    shop("drift", "old.yaml", "new.yaml", "--state", "state.json")
    out = shop("drift", "old.yaml", "--against", "http://127.0.0.1:1/x", "--state", "state.json")[1]
    assert "gone" not in out
    assert "0 new, 1 still there" in shop("drift", "old.yaml", "new.yaml", "--state", "state.json")[1]


def test_a_webhook_is_told_once_of_the_same(
    shop: Ask, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []

    def take(request: Request) -> Response:
        told.append(json.loads(request.data))
        return Response("ok")

    httpserver.expect_request("/hook/T0PS3CRET").respond_with_handler(take)
    monkeypatch.setenv("HOOK", httpserver.url_for("/hook/T0PS3CRET"))
    words = ("drift", "old.yaml", "new.yaml", "--state", "s.json", "--notify", "env:HOOK")
    first = shop(*words)
    shop(*words)
    assert len(told) == 1
    assert told[0]["outcome"] == "fail"
    assert "T0PS3CRET" not in "".join(map(str, first))
    shop(*words, "--notify-format", "slack")
    shop("drift", "old.yaml", "old.yaml", *words[3:], "--notify-format", "slack")
    assert "gone, no longer so: GET /charges" in str(told[1]["text"])


def test_an_outage_of_two_nights_is_told_once(shop: Ask, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/openapi.yaml").respond_with_data("", 503)
    httpserver.expect_request("/hook").respond_with_data("ok")
    for _ in range(2):
        gone = ("--against", httpserver.url_for("/openapi.yaml"), "--notify", httpserver.url_for("/hook"))
        assert shop("drift", "old.yaml", *gone, "--state", "s.json")[0] == 3
    assert [request.path for request, _ in httpserver.log].count("/hook") == 1


@pytest.fixture
def own_text(tmp_path: Path, httpserver: HTTPServer) -> Callable[[str], None]:
    """Publishes a document; of the shop there is a text of our own, which has one operation and is stricter."""
    folder = tmp_path / "contracts" / "acme"
    folder.mkdir(parents=True)
    url = httpserver.url_for("/openapi.yaml")
    own = yaml.safe_load(OLD)
    del own["paths"]["/refunds"]
    answer = own["paths"]["/charges"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer["required"] = ["data"]
    (folder / "openapi.yaml").write_text(yaml.safe_dump(own))
    card = f"{{name: acme, title: Acme, kind: shop, docs: '', document: '{url}'}}"
    (folder / "provider.yaml").write_text(card)

    def publish(text: str) -> None:
        httpserver.clear()
        httpserver.expect_request("/openapi.yaml").respond_with_data(text)

    return publish


def test_what_a_text_of_our_own_says_otherwise_is_no_drift(
    shop: Ask, own_text: Callable[[str], None], httpserver: HTTPServer
) -> None:
    own_text(OLD)
    httpserver.expect_request("/hook").respond_with_data("ok")
    code, out, _ = shop("drift", "./contracts/acme", "--notify", httpserver.url_for("/hook"))
    said = " ".join(out.split())
    assert code == 0
    assert "no drift; our own text differs from the published one in 1 thing" in said
    assert "Who keeps to our text may fail 1 1 response.property.became-optional" in said
    assert "is our own text, no copy of the published document: what differs has not drifted" in said
    assert "/hook" not in [request.path for request, _ in httpserver.log]


def test_from_the_second_night_on_what_is_published_is_held_against_what_was(
    shop: Ask, own_text: Callable[[str], None], tmp_path: Path
) -> None:
    def night(text: str, *more: str) -> tuple[int, str]:
        own_text(text)
        code, out, _ = shop("drift", "./contracts/acme", "--state", "s.json", *more)
        return code, " ".join(out.split())

    assert night(OLD)[0] == 0
    assert "no drift" in night(OLD)[1]
    code, said = night(NEW)
    assert (code, "1 breaking change; 1 new, 0 still there" in said) == (1, True)
    assert "query parameter limit is now required" in said
    assert "--state s.json --report drift.html" in said
    # What the text does not have is no business of whoever keeps to it.
    code, said = night(OLD.replace("/refunds", "/returns"))
    assert (code, "1 gone" in said, "returns" in said) == (0, True, False)
    assert night(NEW)[0] == 1
    assert "own text" in night(NEW, "--anew")[1]
    assert "no drift" in night(NEW)[1]


def test_what_moved_in_the_published_document_is_proposed_as_an_overlay_of_that(
    shop: Ask, own_text: Callable[[str], None], tmp_path: Path
) -> None:
    for text in (OLD, NEW):
        own_text(text)
        shop("drift", "./contracts/acme", "--state", "s.json", "--propose", "p")
        assert (tmp_path / "p" / "openapi.yaml").read_text() == text
        assert (tmp_path / "p" / "overlay.yaml").exists() == (text == NEW)
    told = yaml.safe_load((tmp_path / "p" / "overlay.yaml").read_text())
    assert applied(yaml.safe_load(OLD), told) == yaml.safe_load(NEW)


def test_an_outage_does_not_forget_what_was_published(
    shop: Ask, own_text: Callable[[str], None], httpserver: HTTPServer
) -> None:
    own_text(OLD)
    words = ("drift", "./contracts/acme", "--state", "s.json")
    assert shop(*words)[0] == 0
    httpserver.clear()
    httpserver.expect_request("/openapi.yaml").respond_with_data("down", status=503)
    assert shop(*words)[0] == 3
    own_text(NEW)
    assert shop(*words)[0] == 1


def test_a_copy_of_the_published_document_has_drifted_when_that_moved(
    shop: Ask, own_text: Callable[[str], None], tmp_path: Path
) -> None:
    own_text(NEW)
    card = tmp_path / "contracts" / "acme" / "provider.yaml"
    card.write_text(card.read_text().replace("}", ", sha256: 'ab'}"))
    assert shop("drift", "./contracts/acme")[0] == 1


def test_nothing_can_begin_anew_where_nothing_is_remembered(shop: Ask) -> None:
    code, _, err = shop("drift", "old.yaml", "new.yaml", "--anew")
    assert (code, "--anew is for --state" in err) == (2, True)


def test_who_could_not_be_told_is_told_the_next_night(shop: Ask, httpserver: HTTPServer) -> None:
    words = ("drift", "old.yaml", "new.yaml", "--state", "s.json", "--report", "r.json", "--notify")
    code, _, err = shop(*words, "http://127.0.0.1:1/T0PS3CRET")
    assert code == 1
    assert "harness: the webhook at 127.0.0.1 could not be told: ConnectError" in err
    assert "T0PS3CRET" not in err + Path("r.json").read_text() + Path("s.json").read_text()
    httpserver.expect_ordered_request("/hook").respond_with_data("ok")
    assert shop(*words, httpserver.url_for("/hook"))[0] == 1
    httpserver.check_assertions()
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("old.yaml",), "--against says what old is held against"),
        (("old.yaml", "new.yaml", "--against", "live"), "new.yaml and --against live: one of them"),
        (("old.yaml", "--against", "live"), "--base-url says where old is to be asked"),
        (("old.yaml", "new.yaml", "--auth", "env:KEY"), "--auth is for --against live"),
        (("old.yaml", "--against", "life"), "to be held against, as 'life'; did you mean 'live'?"),
        (("old.yaml", "--against", "stripee"), "did you mean 'stripe'?"),
        (("wep",), "no client or provider 'wep'; did you mean 'web'?"),
        (("old.yaml", "new.yaml", "--report", "x.pdf"), "no report format for the ending '.pdf'"),
        (("old.yaml", "new.yaml", "--notify", "hooks"), "--notify takes a URL, or the name"),
        (("old.yaml", "new.yaml", "--notify", "http://example.com/x"), "only https is posted to"),
        (("old.yaml", "new.yaml", "--notify", "env:NOT_SET"), "NOT_SET is not set"),
        (("old.yaml", "nwe.yaml"), "nwe.yaml: no such file; did you mean 'new.yaml'?"),
        (("old.yaml", "new.yaml", "--used-by", "wep"), "no file and no client 'wep'; did you mean 'web'?"),
    ],
)
def test_a_mistake_in_the_question_is_told(shop: Ask, words: tuple[str, ...], complaint: str) -> None:
    code, _, err = shop("drift", *words)
    assert code == 2
    assert complaint in err


def test_a_client_of_whom_nothing_tells_what_it_uses_is_told_so(shop: Ask, tmp_path: Path) -> None:
    settings = tmp_path / "harness.toml"
    settings.write_text(settings.read_text().replace('cassettes = ["tapes"]\n', ""))
    code, out, _ = shop("drift", "web", "--against", "new.yaml")
    assert code == 1
    assert "nothing tells what web uses, so every operation counts" in " ".join(out.split())


def test_a_team_says_what_recordings_do_not_show(shop: Ask, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(OLD[: OLD.index("  /refunds")])
    settings = (tmp_path / "harness.toml").read_text()
    assert shop("drift", "web", "--against", "new.yaml")[0] == 0
    (tmp_path / "harness.toml").write_text(settings + '[drift]\nuses = ["ListRefunds"]\n')
    assert shop("drift", "web", "--against", "new.yaml")[0] == 1
    (tmp_path / "harness.toml").write_text(settings + '[drift]\nuse = ["ListRefunds"]\n')
    code, _, err = shop("drift", "web", "--against", "new.yaml")
    assert (code, "did you mean 'uses'?" in err) == (2, True)


def test_the_settings_name_the_files_of_every_night(shop: Ask, tmp_path: Path) -> None:
    settings = (tmp_path / "harness.toml").read_text()
    (tmp_path / "harness.toml").write_text(f'{settings}[drift]\naccept = "ok.yaml"\nstate = "state.json"\n')
    (tmp_path / "ok.yaml").write_text(
        "accepted:\n- rule: request.parameter.became-required\n  reason: we send it\n  until: 2999-01-01\n"
    )
    assert shop("drift", "web", "--against", "new.yaml")[0] == 0
    assert (tmp_path / "state.json").exists()
