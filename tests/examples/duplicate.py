import httpx


def sign_up(url: str, key: str, email: str) -> None:
    for _ in range(3):
        try:
            httpx.post(f"{url}/v1/customers", data={"email": email}, auth=(key, ""))
            return
        except httpx.TransportError:
            continue


def test_a_lost_answer(mock_provider):
    stripe = mock_provider("stripe", plan="lost_answers")
    with stripe.call("sign up"):
        sign_up(stripe.url, stripe.credentials["api_key"], "ada@example.com")
    stripe.verify("idempotency")
