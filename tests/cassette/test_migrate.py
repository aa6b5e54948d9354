"""What betamax, VCR for Ruby and browsers recorded is taken over."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from harness.cassette.migrate import migrated
from harness.errors import FileError

PACKER = zlib.compressobj(wbits=31)
ZIPPED = PACKER.compress(b'{"a": 1}') + PACKER.flush()

BETAMAX = {
    "http_interactions": [
        {
            "recorded_at": "2013-09-28T01:25:38",
            "request": {
                "body": {"encoding": "utf-8", "string": "a=1"},
                "headers": {"Accept": ["*/*"]},
                "method": "POST",
                "uri": "https://api.acme.test/v1/things?x=1",
            },
            "response": {
                "body": {"encoding": "utf-8", "base64_string": base64.b64encode(ZIPPED).decode()},
                "headers": {"Content-Encoding": ["gzip"], "Content-Type": "application/json"},
                "status": {"code": 201, "message": "Created"},
                "url": "https://api.acme.test/v1/things?x=1",
            },
        }
    ],
    "recorded_with": "betamax/0.9.0",
}


def entry(url: str, status: int = 200, **content: str) -> dict[str, object]:
    return {
        "startedDateTime": "2026-11-21T15:00:00.123Z",
        "request": {
            "method": "POST",
            "url": url,
            "headers": [{"name": ":authority", "value": "x"}, {"name": "Accept", "value": "*/*"}],
            "postData": {
                "mimeType": "application/x-www-form-urlencoded",
                "params": [{"name": "a", "value": "1 2"}],
            },
        },
        "response": {
            "status": status,
            "statusText": "OK",
            "headers": [{"name": "Content-Encoding", "value": "br"}],
            "content": {"size": 3, "mimeType": "text/plain", **content},
        },
    }


def har(*entries: object) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "Browser"}, "entries": entries}})


def test_betamax() -> None:
    cassette, left = migrated(json.dumps(BETAMAX), path="b.json")
    (recorded,) = cassette.exchanges
    assert (recorded.uri, recorded.request.body) == ("https://api.acme.test/v1/things?x=1", b"a=1")
    assert (recorded.response.status, recorded.reason) == (201, "Created")
    assert recorded.response.body == b'{"a": 1}'
    assert recorded.response.headers == (("content-type", "application/json"),)
    assert (recorded.recorded_at, cassette.facts.taken_from, left) == (
        "2013-09-28T01:25:38",
        "betamax/0.9.0",
        (),
    )


def test_vcr_for_ruby_in_yaml() -> None:
    text = """\
---
http_interactions:
- request: {method: get, uri: 'https://a.test/x', body: {encoding: US-ASCII, string: ''}, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Type: [text/plain]}
    body: {encoding: UTF-8, string: hello}
  recorded_at: Sat, 21 Nov 2026 15:00:00 GMT
recorded_with: VCR 6.3.1
"""
    cassette, _ = migrated(text, path="v.yml")
    assert (cassette.exchanges[0].request.method, cassette.exchanges[0].response.body) == ("GET", b"hello")
    assert cassette.facts.taken_from == "VCR 6.3.1"


def test_har() -> None:
    text = har(
        entry("https://api.acme.test/a", text="hey"),
        entry("https://api.acme.test/b", text=base64.b64encode(b"\xff\x00").decode(), encoding="base64"),
        entry("https://api.acme.test/c", status=0),
        entry("https://ads.test/d", text="x"),
    )
    cassette, left = migrated(text, path="s.har", hosts=["api.acme.test"])
    assert [(each.request.path, each.response.body) for each in cassette.exchanges] == [
        ("/a", b"hey"),
        ("/b", b"\xff\x00"),
    ]
    assert cassette.exchanges[0].request.headers == (("accept", "*/*"),)
    assert cassette.exchanges[0].request.body == b"a=1+2"
    assert cassette.exchanges[0].response.headers == ()
    assert left == ("1 without an answer", "1 to ads.test")
    assert cassette.facts.taken_from == "HAR of Browser"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "s.har: no recording that is known here"),
        (har({"request": {}}), "s.har: entry 1 is none of HAR 1.2"),
        ('{"log": {}}', "s.har: a HAR has a list `log.entries`"),
        ('{"http_interactions": [{"request": 1}]}', "s.har: interaction 1: an interaction has a request"),
    ],
)
def test_what_is_no_recording(text: str, said: str) -> None:
    with pytest.raises(FileError) as caught:
        migrated(text, path="s.har")
    assert str(caught.value).startswith(said)
