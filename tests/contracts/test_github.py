"""GitHub as a provider: the document is valid, every fact has its source, and a repository lives its life."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from openapi_spec_validator import validate

from harness.contract.behaviour import Behaviour, Fact
from harness.contract.contract import Contract, Match
from harness.contract.error_answer import rate_limit_answer
from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.faults.plan import parse_plan
from harness.mock.answer import Answer, answer, read
from harness.mock.authorise import issue
from harness.mock.state import State
from harness.model.message import Request
from harness.run.battery import scenarios_of
from tests.fakes import draw

FOLDER = Path(__file__).parents[2] / "contracts" / "github"
NOW_S = 1_750_000_000.0


@pytest.fixture(scope="module")
def github() -> Provider:
    return load_provider("github")


class Client:
    """GitHub as one client meets it, without a socket between them."""

    def __init__(self, provider: Provider, *, token: str = "Bearer ghp_mine") -> None:
        self.contract: Contract = provider.contract
        self.behaviour: Behaviour = provider.behaviour
        self.state = State(draw)
        self.token = token
        self.rng = random.Random(7)
        self.credentials = issue(self.contract, self.behaviour, self.rng)
        self.last: Answer | None = None

    def __call__(self, method: str, target: str, body: object = None, **headers: str) -> Any:
        """The decoded body of the answer (None without one); `last` is the whole of it."""
        path, _, query = target.partition("?")
        sent = {
            "host": "127.0.0.1:8000",
            "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
        }
        if self.token:
            sent["authorization"] = self.token
        content = b""
        if body is not None:
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, target, path, query, tuple(sent.items()), content)
        reading = read(request, contract=self.contract, behaviour=self.behaviour)
        self.last = answer(
            request,
            reading,
            contract=self.contract,
            behaviour=self.behaviour,
            state=self.state,
            credentials=self.credentials,
            now_s=NOW_S,
            rng=self.rng,
        )
        if isinstance(reading.match, Match):
            assert self.contract.deviations(reading.match.operation, self.last.response) == ()
        return msgspec.json.decode(self.last.response.body) if self.last.response.body else None

    @property
    def status(self) -> int:
        assert self.last is not None
        return self.last.response.status

    def header(self, name: str) -> str:
        assert self.last is not None
        return self.last.response.header(name) or ""


@pytest.fixture
def client(github: Provider) -> Client:
    return Client(github)


# -- the folder ---------------------------------------------------------------------------------------------------


def test_the_document_is_valid_openapi_3_1() -> None:
    document = yaml.load((FOLDER / "openapi.yaml").read_text(), yaml.CSafeLoader)
    validate(document)
    assert document["openapi"].startswith("3.1")


def facts(value: object) -> Iterator[Fact]:
    if isinstance(value, Fact):
        yield value
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from facts(getattr(value, name))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from facts(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from facts(inner)


def test_every_fact_says_where_github_says_so(github: Provider) -> None:
    sources = [fact.source for fact in facts(github.behaviour)]
    assert len(sources) >= 10
    assert [source for source in sources if not source.startswith("https://docs.github.com/")] == []


def test_every_operation_of_the_behaviour_is_in_the_document(github: Provider) -> None:
    for resource in github.behaviour.resources.values():
        lives = (*resource.create, *resource.read, *resource.list, *resource.change, *resource.delete)
        for operation in (*lives, *resource.transitions):
            assert operation in github.contract.operations


def test_there_is_no_idempotency_key(github: Provider) -> None:
    assert github.behaviour.idempotency is None


@pytest.mark.parametrize("name", ["rate_limited", "outage", "brownout", "flaky", "lost_answers",
                                  "primary_limit", "secondary_limit"])  # fmt: skip
def test_the_plan_reads(github: Provider, name: str) -> None:
    assert parse_plan(github.plans[name], path=name).rules


def test_the_scenarios_read(github: Provider) -> None:
    ids = {scenario.id for scenario in scenarios_of(github)}
    assert {"github_primary_limit", "github_secondary_limit"} <= ids


# -- lives --------------------------------------------------------------------------------------------------------


def test_the_user_is_always_the_same(client: Client) -> None:
    assert client("GET", "/user")["login"] == "octocat"
    assert client("GET", "/user")["url"] == "http://127.0.0.1:8000/users/octocat"


def test_the_root_leads_back_to_the_mock(client: Client) -> None:
    assert client("GET", "/")["current_user_url"] == "http://127.0.0.1:8000/user"
    assert client("GET", "/rate_limit")["rate"]["limit"] == 5000


def test_a_created_repository_is_read_listed_changed_and_deleted(client: Client) -> None:
    made = client("POST", "/user/repos", {"name": "shop", "description": "Ours", "private": True})
    assert client.status == 201
    assert (made["full_name"], made["private"], made["owner"]["login"]) == ("octocat/shop", True, "octocat")
    assert made["url"] == "http://127.0.0.1:8000/repos/octocat/shop"
    assert client("GET", "/repos/octocat/shop") == made
    assert made in client("GET", "/user/repos")
    assert made in client("GET", "/users/octocat/repos")
    assert client("PATCH", "/repos/octocat/shop", {"description": "Yours"})["description"] == "Yours"
    assert client("DELETE", "/repos/octocat/shop") is None
    assert client.status == 204
    assert client("GET", "/repos/octocat/shop")["message"] == "Not Found"
    assert client.status == 404


def test_the_same_name_may_be_created_again(client: Client) -> None:
    client("POST", "/user/repos", {"name": "shop"})
    client("POST", "/user/repos", {"name": "shop"})
    assert client.status == 201
    assert client.last is not None
    assert client.last.effect == "create repository shop"


def test_issues_are_numbered_within_their_repository(client: Client) -> None:
    client("POST", "/user/repos", {"name": "shop"})
    numbers = [
        client("POST", f"/repos/octocat/{repo}/issues", {"title": "Broken"})["number"]
        for repo in ("shop", "shop", "Hello-World")
    ]
    assert numbers == [1, 2, 1]


def test_an_issue_is_closed_and_locked(client: Client) -> None:
    issue_url = client("POST", "/repos/octocat/Hello-World/issues", {"title": "Broken", "labels": ["bug"]})[
        "url"
    ]
    path = issue_url.removeprefix("http://127.0.0.1:8000")
    closed = client("PATCH", path, {"state": "closed", "state_reason": "not_planned"})
    assert (closed["state"], closed["state_reason"]) == ("closed", "not_planned")
    client("PUT", f"{path}/lock", {"lock_reason": "resolved"})
    assert client.status == 204
    assert client("GET", path)["locked"] is True
    assert client("GET", "/repos/octocat/Hello-World/issues") == []
    assert len(client("GET", "/repos/octocat/Hello-World/issues?state=all")) == 1


def test_comments_belong_to_their_issue(client: Client) -> None:
    for title in ("One", "Two"):
        client("POST", "/repos/octocat/Hello-World/issues", {"title": title})
    first = client("POST", "/repos/octocat/Hello-World/issues/1/comments", {"body": "Me too"})
    second = client("POST", "/repos/octocat/Hello-World/issues/1/comments", {"body": "And me"})
    client("POST", "/repos/octocat/Hello-World/issues/2/comments", {"body": "Elsewhere"})
    assert client("GET", "/repos/octocat/Hello-World/issues/1/comments") == [first, second]
    path = f"/repos/octocat/Hello-World/issues/comments/{first['id']}"
    assert client("GET", path) == first
    assert client("PATCH", path, {"body": "Not me"})["body"] == "Not me"
    client("DELETE", path)
    assert client.status == 204
    assert client("GET", "/repos/octocat/Hello-World/issues/1/comments") == [second]


def test_an_issue_of_a_missing_repository_is_not_found(client: Client) -> None:
    client("POST", "/repos/octocat/nowhere/issues", {"title": "Broken"})
    assert client.status == 404


# -- manners ------------------------------------------------------------------------------------------------------


def test_pages_are_joined_by_links(client: Client) -> None:
    for number in range(5):
        client("POST", "/repos/octocat/Hello-World/issues", {"title": f"No {number}"})
    seen: list[str] = []
    target = "/repos/octocat/Hello-World/issues?per_page=2"
    for _ in range(3):
        seen += [each["title"] for each in client("GET", target)]
        links = {
            relation: url for url, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', client.header("link"))
        }
        target = links.get("next", "").removeprefix("http://127.0.0.1:8000")
    assert target == ""
    assert seen == ["No 4", "No 3", "No 2", "No 1", "No 0"]


def test_one_page_has_no_links(client: Client) -> None:
    client("GET", "/user/repos")
    assert client.header("link") == ""


def test_what_the_client_has_already_is_not_sent_again(client: Client) -> None:
    client("GET", "/repos/octocat/Hello-World")
    tag = client.header("etag")
    assert client("GET", "/repos/octocat/Hello-World", if_none_match=tag) is None
    assert client.status == 304
    client("PATCH", "/repos/octocat/Hello-World", {"description": "Changed"})
    client("GET", "/repos/octocat/Hello-World", if_none_match=tag)
    assert client.status == 200


@pytest.mark.parametrize("token", ["Bearer ghp_mine", "token t", "Bearer github_pat_x"])
def test_any_token_is_good(github: Provider, token: str) -> None:
    client = Client(github, token=token)
    client("GET", "/user")
    assert client.status == 200


@pytest.mark.parametrize(
    ("token", "message"), [("", "Requires authentication"), ("Basic b2N0bzpjYXQ=", "Bad credentials")]
)
def test_no_token_is_refused(github: Provider, token: str, message: str) -> None:
    client = Client(github, token=token)
    assert client("GET", "/user")["message"] == message
    assert client.status == 401


def test_public_reads_need_no_token(github: Provider) -> None:
    client = Client(github, token="")
    client("GET", "/repos/octocat/Hello-World")
    assert client.status == 200


def test_the_issued_token_looks_like_one_of_githubs(client: Client) -> None:
    assert re.fullmatch(r"ghp_\w{36}", client.credentials["api_key"])


def test_a_request_that_does_not_validate_gets_422_with_the_field(client: Client) -> None:
    refused = client("POST", "/repos/octocat/Hello-World/issues", {"body": "No title"})
    assert client.status == 422
    assert refused["message"] == "Validation Failed"
    assert (refused["errors"][0]["field"], refused["errors"][0]["code"]) == ("title", "missing_field")


def test_a_body_that_is_not_json_gets_400(client: Client) -> None:
    assert client("POST", "/user/repos", b'{"name":')["message"] == "Problems parsing JSON"
    assert client.status == 400


def test_json_is_json_whatever_it_is_called(client: Client) -> None:
    made = client("POST", "/user/repos", {"name": "shop"}, content_type="application/x-www-form-urlencoded")
    assert (client.status, made["name"]) == (201, "shop")
    assert client.last is not None
    assert client.last.deviations == ()


def test_unknown_parameters_and_fields_are_passed_over(client: Client) -> None:
    client("GET", "/user/repos?cache=no")
    assert client.status == 200
    client("POST", "/user/repos", {"name": "shop", "colour": "red"})
    assert client.status == 201


def test_the_limit_stands_on_every_answer(client: Client) -> None:
    client("GET", "/user")
    assert (client.header("x-ratelimit-limit"), client.header("x-ratelimit-remaining")) == ("5000", "4999")
    client("GET", "/repos/octocat/nowhere")
    assert client.header("x-ratelimit-used") == "2"
    assert int(client.header("x-ratelimit-reset")) > NOW_S


@pytest.mark.parametrize("status", [403, 429])
def test_over_the_limit_the_reset_is_told_in_epoch_seconds(github: Provider, status: int) -> None:
    refused = rate_limit_answer(
        github.contract,
        github.behaviour,
        github.contract.operation("users/get-authenticated"),
        form="provider",
        wait_s=2.0,
        status=status,
        rng=random.Random(7),
        now_s=NOW_S,
    )
    assert refused.status == status
    assert refused.header("x-ratelimit-remaining") == "0"
    assert refused.header("x-ratelimit-reset") == str(int(NOW_S) + 2)
    assert refused.header("retry-after") is None


def test_who_prefers_an_error_gets_it_as_github_words_it(client: Client) -> None:
    assert client("GET", "/user", prefer="code=404")["message"] == "Not Found"
    assert client.status == 404
    assert client.header("preference-applied") == "code=404"
