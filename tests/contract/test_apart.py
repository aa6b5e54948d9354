"""Operations of one path, told apart by query, form, header or body, as documents of AWS and others have it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from harness.contract.apart import Mark, divided
from harness.contract.contract import Contract, Match, Miss
from harness.model.message import Request
from tests.contract.build import asking, contract, judged, said, taking

FORM = "application/x-www-form-urlencoded"


def parameter(name: str, where: str = "query", *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "schema": {"type": "string"}}


def ask(
    found: Contract, target: str, *, body: bytes = b"", content_type: str = "", **headers: str
) -> Match | Miss:
    """What a request is for. Header names have `_` for `-`."""
    method, _, target = target.partition(" ")
    parts = urlsplit(target)
    sent = {name.replace("_", "-"): text for name, text in headers.items()} | (
        {"content-type": content_type} if content_type else {}
    )
    return found.asked(Request(method, target, parts.path, parts.query, tuple(sent.items()), body))


def template(match: Match | Miss) -> str:
    """The template of the operation that was found."""
    assert isinstance(match, Match), match
    return match.operation.template


@pytest.mark.parametrize(
    ("text", "path", "sign", "marks"),
    [
        ("/a", "/a", "", ()),
        ("/#Action=Send", "/", "#", (Mark("Action", "Send"),)),
        ("/{b}#id&metrics", "/{b}", "#", (Mark("id"), Mark("metrics"))),
        ("/{b}#lifecycle&deprecated!", "/{b}", "#", (Mark("lifecycle"),)),
        ("/a?city={city}&v=2", "/a", "?", (Mark("city"), Mark("v", "2"))),
        ("/send/#env/v1/{id}", "/send/#env/v1/{id}", "", ()),
    ],
)
def test_a_template_is_divided_into_path_and_marks(
    text: str, path: str, sign: str, marks: tuple[Mark, ...]
) -> None:
    assert divided(text) == (path, sign, marks)


ACTIONS = contract(
    {
        f"/#Action={name}": {
            "get": taking(parameter("Action")),
            "post": taking(parameter("Action")) | asking({"type": "object"}, media="text/xml"),
        }
        for name in ("SendEmail", "SendRawEmail", "ListIdentities")
    }
)


def test_an_action_is_read_from_the_query_or_the_form() -> None:
    assert template(ask(ACTIONS, "GET /?Action=SendRawEmail")) == "/#Action=SendRawEmail"
    sent = ask(ACTIONS, "POST /", body=b"Action=ListIdentities&Version=1", content_type=FORM)
    assert template(sent) == "/#Action=ListIdentities"


def test_an_unknown_action_is_a_near_miss() -> None:
    for target in ("GET /?Action=SendEmial", "GET /"):
        missed = ask(ACTIONS, target)
        assert isinstance(missed, Miss)
        assert missed.shared
        assert missed.nearest[0] == "GET /#Action=SendEmail"


def test_a_target_is_read_from_its_header() -> None:
    found = contract(
        {f"/#X-Amz-Target=Db.{name}": {"post": taking(parameter("X-Amz-Target", "header"))} for name in "AB"}
    )
    assert template(ask(found, "POST /", x_amz_target="Db.B")) == "/#X-Amz-Target=Db.B"
    assert isinstance(ask(found, "POST /?X-Amz-Target=Db.B"), Miss)


BUCKET = contract(
    {
        "/{Bucket}#metrics": {"get": taking(parameter("metrics"))},
        "/{Bucket}#metrics&id": {"get": taking(parameter("metrics"), parameter("id"))},
        "/{Bucket}#list-type=2": {"get": taking(parameter("list-type"))},
        "/{Bucket}": {"get": taking()},
        "/{Name}#copy": {"get": taking(parameter("copy", "header"))},
    }
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("GET /b", "/{Bucket}"),
        ("GET /b?metrics", "/{Bucket}#metrics"),
        ("GET /b?metrics&id=1", "/{Bucket}#metrics&id"),
        ("GET /b?list-type=2", "/{Bucket}#list-type=2"),
        ("GET /b?list-type=3", "/{Bucket}"),
        ("GET /b?id=1", "/{Bucket}"),
    ],
)
def test_the_operation_with_the_most_marks_there_is_meant(target: str, expected: str) -> None:
    assert template(ask(BUCKET, target)) == expected


def test_the_parameters_of_the_path_have_the_names_of_the_operation_that_is_meant() -> None:
    match = ask(BUCKET, "GET /b", copy="x")
    assert isinstance(match, Match)
    assert match.path_parameters == {"Name": "b"}


def test_a_path_of_one_operation_is_not_shared_and_its_marks_are_for_the_judge() -> None:
    found = contract({"/tags#keys": {"get": taking(parameter("keys"))}})
    match = ask(found, "GET /tags")
    assert template(match) == "/tags#keys"
    assert isinstance(match, Match)
    assert not match.shared


def test_names_behind_a_question_mark_need_no_declaration() -> None:
    found = contract({f"/rest?method=photos.{name}": {"get": taking()} for name in ("get", "list")})
    assert template(ask(found, "GET /rest?method=photos.list")) == "/rest?method=photos.list"


def test_without_any_value_wanted_the_nearest_is_meant() -> None:
    found = contract(
        {
            f"/now?{a}={{{a}}}&{b}={{{b}}}": {"get": taking(parameter(a), parameter(b))}
            for a, b in ("xy", "zw")
        }
    )
    assert template(ask(found, "GET /now?z=1")) == "/now?z={z}&w={w}"


def test_a_label_says_nothing_and_what_the_operation_requires_does() -> None:
    found = contract(
        {
            "/files#shared": {"get": taking(parameter("fields"))},
            "/files": {"get": taking(parameter("q", required=False))},
        }
    )
    assert template(ask(found, "GET /files?fields=x")) == "/files#shared"
    assert template(ask(found, "GET /files?q=x")) == "/files"


def test_what_the_unmarked_operation_knows_too_tells_by_the_value_that_is_shown() -> None:
    fields = parameter("fields", required=False)
    labelled = taking(parameter("fields") | {"example": "shared_link"})
    found = contract({"/files#shared": {"get": labelled}, "/files": {"get": taking(fields)}})
    assert template(ask(found, "GET /files?fields=shared_link")) == "/files#shared"
    assert template(ask(found, "GET /files?fields=name")) == "/files"


def test_bodies_of_other_types_are_told_apart() -> None:
    found = contract(
        {
            "/read": {"post": asking({"type": "object"})},
            "/read#overload=stream": {"post": asking({"type": "string"}, media="application/octet-stream")},
        }
    )
    assert template(ask(found, "POST /read", body=b"{}", content_type="application/json")) == "/read"
    sent = ask(found, "POST /read", body=b"x", content_type="application/octet-stream")
    assert template(sent) == "/read#overload=stream"


def test_what_stands_behind_a_question_mark_is_judged_as_the_query() -> None:
    city = {"name": "city", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 3}}
    found = contract({"/now?town={city}&v=2": {"get": taking(city)}})
    assert said(judged(found, "GET", "/now?town=Rom&v=2")) == []
    assert judged(found, "GET", "/now?town=Rom&v=2").query == {"town": "Rom", "v": "2"}
    assert said(judged(found, "GET", "/now?town=Oslo")) == [
        ("query", "/town", "maxLength"),
        ("query", "/v", "required"),
    ]


def test_a_form_that_says_the_action_is_judged_as_the_query() -> None:
    posted = {"Action": "SendEmail", "Version": "1", "Source": "ada@example.com"}
    match = ask(ACTIONS, "POST /", body=urlencode(posted).encode(), content_type=FORM)
    assert isinstance(match, Match)
    request = Request("POST", "/", "/", "", (("content-type", FORM),), urlencode(posted).encode())
    assert said(ACTIONS.judge(match, request)) == []
    assert ACTIONS.judge(match, request).query == {"Action": "SendEmail"}


def test_a_flag_of_the_query_may_be_bare() -> None:
    flag = {"name": "acl", "in": "query", "required": True, "schema": {"type": "boolean", "enum": [True]}}
    found = contract({"/b#acl": {"get": taking(flag)}, "/b": {"get": taking()}})
    match = ask(found, "GET /b?acl")
    assert template(match) == "/b#acl"
    for target, expected in (
        ("/b?acl", []),
        ("/b?acl=true", []),
        ("/b?acl=false", [("query", "/acl", "enum")]),
    ):
        parts = urlsplit(target)
        assert isinstance(match, Match)
        assert said(found.judge(match, Request("GET", target, "/b", parts.query, (), b""))) == expected
