"""Of a long witness, what proves is shown."""

from __future__ import annotations

import json

from harness.model.change import Change, Place, Witness
from harness.report.drift.excerpt import MOST_LINES, WIDEST, excerpt, whole

HEADERS = "\n".join(f"x-header-{number}: {number}" for number in range(20))


def shown(
    body: str, value: str = "", part: str = "response 200 application/json", new_side: str = ""
) -> list[str]:
    text = f"GET /orders HTTP/1.1\n\nHTTP/1.1 200\n{HEADERS}\ncontent-type: application/json\n\n{body}"
    place = Place("GET /orders", part=part, value=value)
    change = Change(
        "seen.type.other", "breaking", "", (place,), new_side=new_side, witness=Witness("answer", text)
    )
    assert len(excerpt(change)) <= MOST_LINES + 4
    return excerpt(change)


def test_headers_that_prove_nothing_are_counted() -> None:
    assert shown("{}") == [
        "GET /orders HTTP/1.1",
        "",
        "HTTP/1.1 200",
        "content-type: application/json",
        "(20 headers more)",
        "",
        "{}",
    ]


def test_the_header_that_proves_is_shown() -> None:
    lines = shown("{}", part="response 200 header X-Header-7")
    assert "x-header-7: 7" in lines
    assert "(19 headers more)" in lines


def test_a_long_line_is_shown_around_the_place() -> None:
    many = [{"id": number, "note": "n" * 40} for number in range(100)]
    # No JSON: some providers put a guard before it.
    body = ")]}'," + json.dumps({"before": {"total": 1}, "data": [*many, {"total": "12.50"}], "after": many})
    last = shown(body, "/data/*/total")[-1]
    assert '"total": "12.50"' in last
    assert (last[:3], last[-3:]) == ("...", "...")
    assert len(last) <= WIDEST + 6


def test_a_long_body_is_shown_around_the_place() -> None:
    body = json.dumps({**{f"name{number}": number for number in range(60)}, "total": "12.50"}, indent=1)
    lines = shown(body, "/total")
    assert ' "total": "12.50"' in lines
    assert "..." in lines


def test_of_many_items_the_one_with_the_new_value_is_shown() -> None:
    orders = [{"id": number, "status": "held" if number == 70 else "paid"} for number in range(99)]
    for side in ("held", '"held"'):
        for indent in (None, 1):
            lines = shown(json.dumps(orders, indent=indent), "/*/status", new_side=side)
            assert any('"status": "held"' in line for line in lines)


def test_what_is_missing_is_shown_by_what_is_around_it() -> None:
    body = json.dumps({"pad": "p" * 2000, "customer": {"id": "cus_1"}})
    assert '  "customer": {' in shown(body, "/customer/email")


def test_json_on_a_long_line_is_indented_also_where_it_was_cut() -> None:
    value = {"pad": "p" * 100, "total": "12.50"}
    for separators in ((",", ":"), (", ", ": ")):
        body = json.dumps(value, separators=separators)
        assert shown(body, "/total")[-4:] == ["{", f'  "pad": "{"p" * 100}",', '  "total": "12.50"', "}"]
        text = f"HTTP/1.1 200\n\n{body[:90]}... (130 characters)"
        place = Place("GET /orders", part="response 200 application/json", value="/total")
        change = Change("r", "breaking", "", (place,), witness=Witness("answer", text, value=value))
        assert '  "total": "12.50"' in whole(change)
    assert shown('{"total": "12.50"}')[-1] == '{"total": "12.50"}'


def test_a_short_witness_is_whole() -> None:
    change = Change(
        "r", "breaking", "", (Place(),), witness=Witness("answer", "HTTP/1.1 200\r\na: b\r\n\r\n{}")
    )
    assert excerpt(change) == whole(change) == ["HTTP/1.1 200", "a: b", "", "{}"]
    assert excerpt(Change("r", "breaking", "", (Place(),))) == []
