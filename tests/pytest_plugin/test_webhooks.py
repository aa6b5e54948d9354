"""Webhooks into a team's `httpserver`, and a contract below it, in somebody else's repository."""

from __future__ import annotations

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

RECEIVER = """
import stripe
from werkzeug import Response


def receiver(provider, effects, careful=True):
    def take(request):
        try:
            event = stripe.Webhook.construct_event(
                request.data, request.headers.get("Stripe-Signature", ""), provider.webhook_secret
            )
        except (ValueError, stripe.SignatureVerificationError):
            return Response(status=400 if careful else 200)
        effects.setdefault(event.id, event)
        return Response(status=200)

    return take
"""


def test_what_a_lane_sends_arrives_at_an_expectation(repository: Repository) -> None:
    result = repository.run(
        RECEIVER
        + """
def test_receiver(mock_provider, httpserver):
    provider, effects = mock_provider("stripe"), {}
    httpserver.expect_request("/hooks", method="POST").respond_with_handler(receiver(provider, effects))
    url = httpserver.url_for("/hooks")
    sent = provider.send_webhook("customer.created", to=url, resource={"email": "ada@example.com"})
    assert sent.taken
    provider.send_webhook("invoice.paid", to=url, way="duplicate")
    provider.send_webhooks(["invoice.created", "invoice.finalized"], to=url, way="out_of_order")
    for way in ("wrong_signature", "unsigned", "altered", "stale"):
        assert provider.send_webhook("customer.deleted", to=url, way=way).status == 400
    assert [event.type for event in effects.values()] == [
        "customer.created", "invoice.paid", "invoice.finalized", "invoice.created"
    ]
    assert effects[sent.event.id].data.object["email"] == "ada@example.com"
    assert len(provider.webhooks) == 8
    provider.verify("webhooks.takes_events", "webhooks.refuses_forged", "webhooks.refuses_stale")
    httpserver.check()
"""
    )
    result.assert_outcomes(passed=1)


def test_a_receiver_that_takes_what_is_forged_fails_its_test(repository: Repository) -> None:
    result = repository.run(
        RECEIVER
        + """
def test_receiver(mock_provider, httpserver):
    provider = mock_provider("stripe")
    httpserver.expect_request("/hooks").respond_with_handler(receiver(provider, {}, careful=False))
    for way in ("once", "altered"):
        provider.send_webhook("invoice.paid", to=httpserver.url_for("/hooks"), way=way)
    provider.verify("webhooks.refuses_forged")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*webhooks.refuses_forged: invoice.paid evt_* 'altered', got a 200*"])


def test_a_receiver_that_acts_twice_fails_its_test(repository: Repository) -> None:
    result = repository.run(
        """
from werkzeug import Response


@pytest.mark.parametrize("careful", [True, False])
def test_receiver(mock_provider, httpserver, careful):
    stripe, known = mock_provider("stripe"), set()

    def receive(request):
        event = request.json["id"]
        if event not in known or not careful:
            known.add(event)
            stripe.had_effect(event)
        return Response()

    httpserver.expect_request("/hooks").respond_with_handler(receive)
    stripe.send_webhook("invoice.paid", to=httpserver.url_for("/hooks"), way="duplicate")
    stripe.verify("webhooks.one_effect")
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*one_effect: invoice.paid evt_* came 2 times and had 2 effects;*"])


def test_what_a_client_causes_comes_back_to_it(repository: Repository) -> None:
    result = repository.run(
        RECEIVER
        + """
def test_round_trip(mock_provider, httpserver):
    provider, effects = mock_provider("stripe"), {}
    httpserver.expect_request("/hooks").respond_with_handler(receiver(provider, effects))
    provider.mount(httpserver)
    provider.webhooks_go_to(httpserver.url_for("/hooks"))
    auth = (provider.credentials["api_key"], "")
    made = httpx.post(httpserver.url_for("/v1/customers"), data={"name": "Ada"}, auth=auth).json()
    (sent,) = provider.webhooks
    assert effects[sent.event.id].data.object["id"] == made["id"]
    assert [request.path for request, _ in httpserver.log] == ["/v1/customers", "/hooks"]
"""
    )
    result.assert_outcomes(passed=1)


def test_a_mounted_contract_is_gone_with_its_test(repository: Repository) -> None:
    result = repository.run(
        """
def test_mounted(mock_provider, httpserver):
    provider = mock_provider("stripe")
    mounted = provider.mount(httpserver)
    provider.fail_next(503)
    auth = (provider.credentials["api_key"], "")
    get = lambda: httpx.get(mounted.url + "/v1/customers", auth=auth).status_code
    assert [get(), get()] == [503, 200]
    assert [each.status for each in provider.journal] == [503, 200]
    httpserver.check()


def test_after_it(httpserver):
    assert httpx.get(httpserver.url_for("/v1/customers")).status_code == 500
    with pytest.raises(AssertionError, match="No handler"):
        httpserver.check()


def test_unexpected(mock_provider, httpserver):
    provider = mock_provider("stripe")
    provider.mount(httpserver)
    auth = (provider.credentials["api_key"], "")
    httpx.post(httpserver.url_for("/v1/customers"), data={"nmae": "Ada"}, auth=auth)
"""
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*nmae*"])


def test_the_factory_mounts_the_only_provider(repository: Repository) -> None:
    result = repository.run(
        """
def test_mounted(mock_provider, httpserver):
    with pytest.raises(Exception, match="no provider yet"):
        mock_provider.mount(httpserver)
    key = mock_provider("stripe").credentials["api_key"]
    mounted = mock_provider.mount(httpserver)
    assert httpx.get(f"{mounted.url}/v1/customers", auth=(key, "")).status_code == 200
    mock_provider("github")
    with pytest.raises(Exception, match="several"):
        mock_provider.mount(httpserver)
"""
    )
    result.assert_outcomes(passed=1)


def test_a_mistake_is_shown_at_its_line(repository: Repository) -> None:
    result = repository.run(
        """
def test_typo(mock_provider):
    mock_provider("stripe").send_webhook("customer.craeted", to="http://127.0.0.1:9/")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no event 'customer.craeted'; did you mean 'customer.created'?"])
    result.stdout.no_fnmatch_line("*harness/*.py*")


def test_a_document_of_webhooks_alone_sends_them(repository: Repository) -> None:
    result = repository.run("""
import json


def test_receiver(mock_provider, httpserver, tmp_path):
    hook = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}}
    document = {"openapi": "3.1.0", "info": {"title": "Hooks", "version": "1"}, "webhooks": {"paid": hook}}
    (tmp_path / "hooks.json").write_text(json.dumps(document))
    httpserver.expect_oneshot_request("/hooks", method="POST").respond_with_data("ok")
    hooks = mock_provider(tmp_path / "hooks.json")
    assert hooks.send_webhook("paid", to=httpserver.url_for("/hooks")).status == 200
""")
    result.assert_outcomes(passed=1)
