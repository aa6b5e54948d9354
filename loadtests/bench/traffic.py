"""What every server is asked: three requests, each in many variants, and the answer that counts as valid."""

from __future__ import annotations

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """One request as wrk sends it. `body` is JSON, `bearer` a token; empty where there is none."""

    method: str
    target: str
    body: str = ""
    bearer: str = ""

    @property
    def line(self) -> str:
        """As `wrk.lua` reads it."""
        return f"{self.method}\t{self.target}\t{self.bearer}\t{self.body}"


class Kind(msgspec.Struct, frozen=True):
    """One of the kinds of request: its name in the tables, and the part of nginx's rate that ours means to reach.

    An answer to it has this `status`, and `holds` somewhere in its JSON.
    """

    name: str
    goal: float
    status: int = 200
    holds: str = ""


KINDS = (
    Kind("GET one", 0.70, holds="chip"),
    Kind("GET list", 0.60, holds="chip"),
    Kind("POST", 0.55, status=201),
)


def asked(kind: Kind, number: int) -> Asked:
    """Variant `number`, from 1 up, of a kind of request: other ids, other cursors, other bodies."""
    match kind.name:
        case "GET one":
            return Asked("GET", f"/pets/{number}")
        case "GET list":
            return Asked("GET", f"/pets?species=cat&limit=20&after={number}&tag=small")
        case _:
            return Asked("POST", "/pets", msgspec.json.encode(new_pet(number)).decode())


def new_pet(number: int) -> dict[str, object]:
    """A valid body of ten properties."""
    return {
        "name": f"Mia {number}",
        "species": "cat",
        "breed": "European shorthair",
        "born": "2021-04-30",
        "weight_kg": 4.2,
        "neutered": True,
        "chip": f"{276098106000000 + number}",
        "owner_email": "owner@example.com",
        "tags": ["small", "calm"],
        "address": {"street": "4 Mill Lane", "city": "Bath", "postcode": "BA1 1AA"},
    }


def pet(number: int) -> dict[str, object]:
    """An answer of the size that the document's example has, for servers that cannot read the document."""
    return {"id": number, **new_pet(number), "name": "Mia"}


def wrong_with(kind: Kind, status: int, body: bytes) -> str:
    """Why this is no valid answer to that kind of request; empty when it is one."""
    said = body[:200].decode(errors="replace")
    if status != kind.status:
        return f"status {status}, not {kind.status}: {said}"
    try:
        msgspec.json.decode(body)
    except msgspec.MsgspecError as error:
        return f"no JSON ({error}): {said}"
    return "" if kind.holds.encode() in body else f"{kind.holds!r} is not in the answer: {said}"
