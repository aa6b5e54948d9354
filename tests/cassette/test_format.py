"""Cassettes are vcrpy's: it reads ours, we read its, and a hostile file does nothing."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import vcr
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.files import load_cassette
from harness.cassette.format import parse, written
from harness.cassette.recorded import Cassette, Facts, Recorded, request_to
from harness.errors import FileError
from harness.model.message import Response
from tests.cassette.planted import JSON, exchange

HEADER = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=100), st.text(max_size=100), st.lists(st.tuples(st.sampled_from(["a", "b"]), HEADER))
)
def test_what_is_written_is_read_again(octets: bytes, text: str, headers: list[tuple[str, str]]) -> None:
    origin, request = request_to(
        "POST", "https://a.test/x?y=1", (("a", "1"),), text.encode("utf-8", "replace")
    )
    known = tuple(sorted(headers, key=lambda pair: pair[0]))
    recorded = Recorded(request, Response(207, known, octets), origin, "Multi", "2026-11-21T15:00:00Z")
    cassette = Cassette((recorded,), Facts(provider="acme", recorded_by="mock"), {"other": {"tool": [1]}})
    assert parse(written(cassette, path="a.yaml"), path="a.yaml") == cassette


def test_json_too_unless_a_body_is_no_text(tmp_path: Path) -> None:
    cassette = Cassette((exchange(answer={"name": "Zoë 😀"}),))
    assert parse(written(cassette, path="a.json"), path="a.json") == cassette
    with pytest.raises(FileError, match=r"a\.json: JSON holds no body that is not text"):
        written(Cassette((exchange(octets=b"\xff"),)), path="a.json")


def test_vcrpy_plays_what_we_wrote(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    asked = exchange(method="GET", uri="https://api.acme.test/v1/things?page=2", answer={"things": ["ä"]})
    path.write_text(written(Cassette((asked,), Facts(provider="acme")), path=str(path)), "utf-8")
    with vcr.use_cassette(str(path), record_mode="none") as played:
        answer = httpx.get("https://api.acme.test/v1/things", params={"page": 2})
    assert answer.json() == {"things": ["ä"]}
    assert played.play_count == 1


def test_what_vcrpy_writes_again_keeps_our_facts(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    cassette = Cassette((exchange(answer={"a": 1}),), Facts(provider="acme", recorded_by="mock"))
    path.write_text(written(cassette, path=str(path)), "utf-8")
    with vcr.use_cassette(str(path), record_mode="new_episodes") as played:
        played._save(force=True)
    again = load_cassette(path)
    assert again.facts == cassette.facts
    assert again.exchanges[0].recorded_at == "2026-11-21T15:00:00Z"
    assert again.exchanges[0].response.body == cassette.exchanges[0].response.body


VCRPY = """\
interactions:
- request:
    body: !!binary |
      /wA=
    headers:
      Content-Type: [application/octet-stream]
      X-Number: ['1e5']
    method: put
    uri: http://a.test
  response:
    body: {string: !!python/unicode 'day'}
    headers:
      Date: [2026-11-21]
    status: {code: 200, message: null}
version: 1
"""


def test_the_ways_in_which_vcrpy_writes_bodies_are_read() -> None:
    (recorded,) = parse(VCRPY, path="a.yaml").exchanges
    assert (recorded.request.method, recorded.request.target, recorded.request.body) == (
        "PUT",
        "/",
        b"\xff\x00",
    )
    assert recorded.request.header("x-number") == "1e5"
    assert recorded.response.body == b"day"
    assert recorded.response.headers == (("date", "2026-11-21"),)


def test_a_zipped_body_is_unzipped_and_its_length_is_right() -> None:
    zipped = VCRPY.replace("!!python/unicode 'day'", "!!binary H4sIAAAAAAACA0tJrAQAkCmg5QMAAAA=")
    text = zipped.replace(
        "      Date:", "      Content-Encoding: [gzip]\n      Content-Length: ['23']\n      Date:"
    )
    (recorded,) = parse(text, path="a.yaml").exchanges
    assert recorded.response.body == b"day"
    assert dict(recorded.response.headers) == {"content-length": "3", "date": "2026-11-21"}


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch {0}']",
        "!!python/object/new:subprocess.Popen [[touch, '{0}']]",
    ],
)
def test_nothing_in_a_file_is_run(tag: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    text = VCRPY.replace("!!python/unicode 'day'", tag.format(made))
    with pytest.raises(FileError, match=r"a\.yaml:11: .*no objects of Python"):
        parse(text, path="a.yaml")
    assert not made.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "no cassette: it has no list of `interactions`"),
        ("interactions: [", "a.yaml:2: "),
        ("interactions: []\nversion: 2\n", "a.yaml:2: a cassette of version 2"),
        (
            "interactions:\n- request: {}\n",
            "a.yaml:2: /interactions/0/response: an interaction has a response",
        ),
        (
            VCRPY.replace("code: 200", "code: many"),
            "a.yaml:14: /interactions/0/response/status: a status is a number",
        ),
        (VCRPY.replace("http://a.test", "[]"), "a.yaml:9: /interactions/0/request/uri: an address is a text"),
        ("a: &a [*a]\ninteractions: []", ""),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_cassette_is_told_with_its_place(text: str, said: str) -> None:
    if not said:
        assert parse(text, path="a.yaml").exchanges == ()
        return
    with pytest.raises(FileError) as caught:
        parse(text, path="a.yaml")
    assert said in str(caught.value)


def test_an_old_cassette_of_httpx_is_read() -> None:
    text = yaml.safe_dump(
        {
            "interactions": [
                {
                    "request": {"method": "GET", "uri": "https://a.test/", "body": "", "headers": {}},
                    "response": {
                        "status_code": 201,
                        "http_version": "HTTP/1.1",
                        "headers": {},
                        "content": "made",
                    },
                }
            ],
            "version": 1,
        }
    )
    (recorded,) = parse(text, path="a.yaml").exchanges
    assert (recorded.response.status, recorded.response.body) == (201, b"made")


def test_the_types_of_json() -> None:
    recorded = exchange(sent=(JSON,), body='{"a": 1}')
    assert written(Cassette((recorded,)), path="x.json").startswith('{\n  "interactions": [')
