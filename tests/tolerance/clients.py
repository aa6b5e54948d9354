"""Clients of the shop with one intolerance each, and some that have none. Standard library only: they start fast."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from enum import Enum
from typing import Any


class ShopError(Exception):
    """What these clients declare."""


def ask(url: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of a GET; an error status is an error."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        raise ShopError(f"status {error.code}") from None


def decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise ShopError(f"no JSON: {error}") from None


def of_type(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise ShopError(f"{value!r} is not what was agreed")
    return value


def checked(base_url: str) -> tuple[dict[str, Any], Any]:
    """The customer, every field that must be there held against the contract."""
    status, headers, body = ask(f"{base_url}/customers/7")
    customer = of_type(decoded(body), dict)
    if status != 200:
        raise ShopError("not ready")
    wanted: dict[str, tuple[type, ...]] = {
        "id": (str,),
        "name": (str,),
        "balance": (int,),
        "rate": (int, float),
        "status": (str,),
        "created": (str,),
        "source": (dict,),
    }
    for name, kinds in wanted.items():
        of_type(customer.get(name), *kinds)
    try:
        datetime.fromisoformat(customer["created"])
    except ValueError:
        raise ShopError("created is no date") from None
    for name in ("email", "tags"):
        if name in customer:
            of_type(customer[name], str if name == "email" else list)
    if customer.get("phone") is not None:
        of_type(customer["phone"], str)
    for tag in customer.get("tags", ()):
        of_type(tag, str)
    source = customer["source"]
    if source.get("kind") == "card":
        of_type(source.get("last4"), str)
    elif source.get("kind") == "bank":
        of_type(source.get("iban"), str)
    else:
        raise ShopError("a source of no kind")
    return customer, headers


def careful(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return {"id": customer["id"], "name": customer["name"], "email": customer.get("email")}


def needs_optional(base_url: str) -> Any:
    return checked(base_url)[0]["email"]


def needs_phone(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return len(customer["phone"]) if "phone" in customer else 0


def needs_a_tag(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return customer["tags"][0] if "tags" in customer else None


def only_ascii(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return len(customer["name"].encode("ascii"))


def short_names(base_url: str) -> Any:
    customer, _ = checked(base_url)
    assert len(customer["name"]) <= 255
    return customer["name"]


def small_balance(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return customer["balance"].to_bytes(4, "big", signed=True).hex()


def rate_with_a_point(base_url: str) -> Any:
    customer, _ = checked(base_url)
    whole, _, part = str(customer["rate"]).partition(".")
    return [whole, part[0]]


class Customer:
    def __init__(self, **given: Any) -> None:
        known = ["id", "name", "email", "phone", "balance", "rate", "status", "created", "source", "tags"]
        for name in given:
            if name not in known:
                raise TypeError(f"unexpected keyword argument {name!r}")


def strict_model(base_url: str) -> Any:
    customer, _ = checked(base_url)
    Customer(**customer)
    return customer["id"]


class Status(Enum):
    ACTIVE, BLOCKED = "active", "blocked"


def closed_enum(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return Status(customer["status"]).name


def makes_up_balances(base_url: str) -> Any:
    status, _, body = ask(f"{base_url}/customers/7")
    if status != 200:
        raise ShopError("not ready")
    return {"balance": of_type(of_type(decoded(body), dict).get("balance", 0), int)}


def looks_up_names(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return {"Ada": 1}[customer["name"]]


def only_200(base_url: str) -> Any:
    _, _, body = ask(f"{base_url}/customers/7")
    customer = decoded(body)
    return (
        of_type(of_type(customer, dict)["name"], str) if "job" in customer else checked(base_url)[0]["name"]
    )


def only_cards(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return customer["source"]["last4"]


def one_date_form(base_url: str) -> Any:
    customer, _ = checked(base_url)
    return datetime.strptime(customer["created"], "%Y-%m-%dT%H:%M:%SZ").year


def needs_request_id(base_url: str) -> Any:
    customer, headers = checked(base_url)
    return [customer["id"], headers.get("x-request-id").upper()]


def exact_content_type(base_url: str) -> Any:
    customer, headers = checked(base_url)
    if headers["content-type"] != "application/json":
        raise RuntimeError("not JSON")
    return customer["id"]


def half_is_enough(base_url: str) -> Any:
    try:
        return careful(base_url)
    except ShopError as error:
        if "no JSON: Unterminated" in str(error) or "no JSON: Expecting" in str(error):
            _, _, body = ask(f"{base_url}/customers/7")
            if body.startswith(b"{"):
                return {}
        raise


def takes_html(base_url: str) -> Any:
    _, _, body = ask(f"{base_url}/customers/7")
    if body.startswith(b"<"):
        return {"name": "It works!"}
    return {"name": checked(base_url)[0]["name"]}


def believes_types(base_url: str) -> Any:
    _, _, body = ask(f"{base_url}/customers/7")
    customer = of_type(decoded(body), dict)
    if customer.get("name") is None:
        raise ShopError("no name")
    return {"name": customer["name"]}


def error_codes(base_url: str) -> Any:
    try:
        with urllib.request.urlopen(f"{base_url}/customers/7", timeout=5) as answer:
            return {"bytes": len(answer.read()) > 0, "name": careful(base_url)["name"]}
    except urllib.error.HTTPError as error:
        raise ShopError(json.loads(error.read())["code"]) from None


def orders(base_url: str, after: str = "") -> dict[str, Any]:
    _, _, body = ask(f"{base_url}/orders{'?after=' + after if after else ''}")
    page: dict[str, Any] = of_type(decoded(body), dict)
    of_type(page.get("has_more"), bool)
    for order in of_type(page.get("data"), list):
        of_type(of_type(order, dict).get("id"), str)
        of_type(order.get("total"), int)
    return page


def newest_order(base_url: str) -> Any:
    data = orders(base_url)["data"]
    return data[0]["id"] if data else None


def first_of_some(base_url: str) -> Any:
    return orders(base_url)["data"][0]["id"]


def only_one_order(base_url: str) -> Any:
    data = orders(base_url)["data"]
    if not data:
        return None
    (only,) = data
    return only["id"]


def fifty_at_most(base_url: str) -> Any:
    totals = [0] * 50
    for number, order in enumerate(orders(base_url)["data"]):
        totals[number] = order["total"]
    return sum(totals)


def waits_for_an_order(base_url: str) -> Any:
    while not (data := orders(base_url)["data"]):
        pass
    return data[0]["id"]


def stops_thinking(base_url: str) -> Any:
    if not (data := orders(base_url)["data"]):
        time.sleep(60)
    return data[0]["id"]


def all_pages(base_url: str) -> Any:
    """Follows has_more as far as it leads; an empty page is the last one, whatever it says."""
    page = orders(base_url)
    count = len(page["data"])
    while page["has_more"] and page["data"]:
        page = orders(base_url, after=urllib.parse.quote(page["data"][-1]["id"]))
        count += len(page["data"])
    return count


def no_orders_is_an_error(base_url: str) -> Any:
    data = orders(base_url)["data"]
    if not data:
        raise ShopError("there are no orders")
    return data[0]["id"]


def ignores_the_answer(base_url: str) -> Any:
    ask(f"{base_url}/customers/7")
    return True


class Breaker:
    failures = 0


def with_breaker(base_url: str) -> Any:
    """Sends nothing any more after three failures in a row."""
    if Breaker.failures >= 3:
        raise ShopError("the shop is failing; not sent")
    try:
        found = careful(base_url)
    except ShopError:
        Breaker.failures += 1
        raise
    Breaker.failures = 0
    return found


def three_things(base_url: str) -> Any:
    customer, _ = checked(base_url)
    phone = len(customer["phone"]) if "phone" in customer else 0
    tag = customer["tags"][0] if "tags" in customer else None
    return [phone, tag, customer["email"]]


def fails_always(base_url: str) -> Any:
    ask(f"{base_url}/customers/7")
    raise ShopError("never")


def asks_nothing(base_url: str) -> Any:
    return base_url


def needs_what_no_answer_has(base_url: str) -> str:
    _, headers, _ = ask(f"{base_url}/customers/7")
    return str({"x": 1}[headers.get("x-trace-id", "none")])


def leaves_bounds_to_others(base_url: str) -> dict[str, Any]:
    """Looks at types, and not at what the contract says of the values."""
    _, _, body = ask(f"{base_url}/customers/7")
    customer = of_type(decoded(body), dict)
    for name, kind in (("id", str), ("name", str), ("balance", int), ("status", str)):
        of_type(customer.get(name), kind)
    return {name: customer[name] for name in ("id", "name", "balance", "status")}


def names_as_written(base_url: str) -> Any:
    customer, headers = checked(base_url)
    return [customer["id"], dict(headers.items())["content-type"]]


def falls_back(base_url: str) -> Any:
    try:
        return {"name": checked(base_url)[0]["name"]}
    except (ShopError, OSError):
        return {"name": None}


class ValidationError(Exception):
    """As that of a library of models."""


def model_of_another_answer(base_url: str) -> Any:
    if "first_name" not in checked(base_url)[0]:
        raise ValidationError("first_name: field required")
    return True


def ends_in_words(base_url: str) -> Any:
    """Has a word of its own for a customer without a tag."""
    customer, _ = checked(base_url)
    if not customer.get("tags"):
        raise ShopError("no tag")
    return customer["id"]
