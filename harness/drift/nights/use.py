"""Whether a client uses what changed, and how one can tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from harness.contract import body as bodies
from harness.drift.nights.components import inward
from harness.drift.nights.usage import Usage, Used
from harness.drift.seen.met import Met, found, tokens
from harness.model.change import Change, Place, Use

_DEMANDS = frozenset(("added", "added-required", "became-required"))
"""Actions on requests that hurt who does not send the thing."""

_NEWS = frozenset(("added", "undeclared", "new", "gone", "moved", "malformed"))
"""Actions on an answer as a whole that hurt whoever asks, met before or not."""

_GRADES: tuple[Use, ...] = ("relied", "used", "unknown", "unused")


class Said(msgspec.Struct, frozen=True):
    """What a team says of its client: `OPERATION` or `OPERATION#POINTER`, with `*` for anything. An operation is
    named by its id or as `GET /v1/charges`. `uses`: it uses that operation, or relies on that value, promised or not.
    `ignores`: it does not use that."""

    uses: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()


NOTHING_SAID = Said()


def use_of(change: Change, usage: Usage | None, said: Said = NOTHING_SAID) -> tuple[Use, str]:
    """The heaviest use of any of its places, and how one can tell, as a clause. Without a `usage` it is unknown."""
    if usage is None and said == NOTHING_SAID:
        return "unknown", ""
    told = ((*_at(change, place, usage, said), place) for place in change.places)
    use, evidence, place = min(told, key=lambda each: _GRADES.index(each[0]))
    if evidence and place.operation not in (change.place.operation, "") and place.operation not in evidence:
        evidence = f"{place.operation}: {evidence}"
    return use, evidence


def _at(change: Change, place: Place, usage: Usage | None, said: Said) -> tuple[Use, str]:
    wanted = next((text for text in said.uses if _is_meant(text, place, within=True)), "")
    if "#/" in wanted:
        return "relied", f"the settings say that the client uses {wanted}"
    ignored = next((text for text in said.ignores if _is_meant(text, place)), None)
    if ignored is not None:
        return "unused", f"the settings say that the client does not use {ignored}"
    used = usage.operations.get(place.operation) if usage is not None else None
    if wanted and used is None:
        return "used", f"the settings say that the client uses {wanted}"
    if usage is None:
        return "unknown", ""
    if place.operation.startswith(("webhook ", "callback ")):
        return "unused", "recordings do not show what the provider sends by itself; settings may say it"
    if not place.operation:
        return _whole(usage)
    if used is None:
        return "unused", f"{place.operation} was never asked"
    asked = f"{place.operation} was asked {_times(used.times)}"
    if not used.detailed or not place.part:
        return "used", asked
    if place.part.startswith("response "):
        return _in_answers(change, place, used, asked)
    return _in_requests(change, place, used, asked)


def _whole(usage: Usage) -> tuple[Use, str]:
    many = len(usage.operations)
    if not many:
        return "unused", "nothing was ever asked"
    return "used", f"it concerns every operation, and {many} {'was' if many == 1 else 'were'} asked"


def _in_requests(change: Change, place: Place, used: Used, asked: str) -> tuple[Use, str]:
    spots = tuple(_spots(place, used))
    if change.rule.rpartition(".")[2] in _DEMANDS:
        return _heaviest(_demanded(spot, used, asked) for spot in spots)
    if spots[0].met is None:
        return "unused", f"the {place.part} was never sent"
    if change.rule.endswith(".enum.removed"):
        return _heaviest(_one_of(change, spot) for spot in spots)
    return _heaviest(_value(spot, "sent") for spot in spots)


def _demanded(spot: _Spot, used: Used, asked: str) -> tuple[Use, str]:
    """What must be sent hurts whoever does not: what counts is whether what it belongs to came without it."""
    if not spot.path:
        is_sent = spot.met is not None and spot.met.times >= used.times
        return ("unused", f"the {spot.of} was sent each time") if is_sent else ("used", asked)
    around = found(spot.met, spot.path[:-1])[0] if spot.met is not None else []
    if not around:
        return "unused", f"{spot.named(-1)} was never sent"
    assert spot.met is not None
    there = sum(each.times for each in found(spot.met, spot.path)[0])
    if there >= sum(each.times for each in around):
        return "unused", f"{spot.named()} was sent each time"
    return "used", f"{spot.named(-1)} was sent without it"


def _in_answers(change: Change, place: Place, used: Used, asked: str) -> tuple[Use, str]:
    status = place.part.split(" ")[1]
    if not place.value and " header " not in place.part and change.rule.rpartition(".")[2] in _NEWS:
        return "used", asked
    if status not in used.statuses:
        if status.startswith("2") or (status == "default" and not _went_well(used)):
            return "unknown", f"{asked}, and no answer {status} was recorded"
        return "unused", f"{asked}, and never answered {status}"
    spots = tuple(_spots(place, used))
    if spots[0].met is None:
        return "unused", f"the {place.part} never came"
    is_new = change.rule.endswith(".added")
    return _heaviest(_value(spot, "met", also_around=is_new) for spot in spots)


def _went_well(used: Used) -> bool:
    return any(status.startswith("2") for status in used.statuses)


def _value(spot: _Spot, verb: str, *, also_around: bool = False) -> tuple[Use, str]:
    assert spot.met is not None
    here, is_bare = found(spot.met, spot.path)
    if not here and also_around and spot.path:
        here, is_bare = found(spot.met, spot.path[:-1])
    if here:
        return "used", f"{spot.named()} was {verb} {_times(sum(each.times for each in here))}"
    if is_bare or _is_unread(spot.met):
        return "unknown", f"nothing tells whether {spot.named()} is used: what has it was always empty"
    return "unused", f"{spot.named()} was never {verb}"


def _one_of(change: Change, spot: _Spot) -> tuple[Use, str]:
    """A value that is no longer taken hurts whoever sends that one."""
    assert spot.met is not None
    use, evidence = _value(spot, "sent")
    here, _ = found(spot.met, spot.path)
    gone = _scalar(change.old_side)
    if use != "used" or gone is None or any(each.values is None for each in here):
        return use, evidence
    is_sent = any(gone in (each.values or ()) for each in here)
    return ("used" if is_sent else "unused"), f"{gone} was {'sent' if is_sent else 'never sent'} there"


class _Spot(msgspec.Struct, frozen=True):
    """Where to look for what changed: in what was met `of` something, the way `path` leads. None: it never was."""

    met: Met | None
    path: tuple[str, ...]
    of: str

    def named(self, end: int | None = None) -> str:
        """`/data/*/id of the response 200 application/json`, the way to it cut at `end`."""
        path = self.path[:end]
        return f"/{'/'.join(path)} of the {self.of}" if path else f"the {self.of}"


def _spots(place: Place, used: Used) -> Iterator[_Spot]:
    """Where a place is first; and where else it is, when it lies in a component: that may stand elsewhere, too."""
    part = _part(place.part)
    yield _Spot(used.parts.get(part), tokens(place.value), place.part)
    components = used.components.get(part, {})
    component = max((each for each in components if _is_in(place.old, each)), key=len, default=None)
    if component is not None:
        ways = (inward(at.removeprefix(component)) for at in (place.old, place.new) if _is_in(at, component))
        name = tokens(component)[-1]
        yield _Spot(components[component], max(ways, key=len), f"{name} in the {place.part}")


def _is_in(pointer: str, component: str) -> bool:
    return f"{pointer}/".startswith(f"{component}/")


def _heaviest(told: Iterable[tuple[Use, str]]) -> tuple[Use, str]:
    return min(told, key=lambda each: _GRADES.index(each[0]))


def _scalar(side: str) -> str | None:
    """The text of the JSON scalar that a side is, as `Met.values` has it."""
    try:
        value = json.loads(side)
    except (ValueError, RecursionError):
        return None
    return json.dumps(value) if isinstance(value, str | int | float) else None


def _is_unread(met: Met) -> bool:
    """Was it there, and of no form that is looked into?"""
    return not met.members and not met.bare and not met.values


def _part(part: str) -> str:
    """As usage names it: media types and names of headers are told apart whatever their letters are."""
    kind, _, rest = part.partition(" ")
    if kind == "header":
        return part.lower()
    if kind == "request":
        media_type = rest.removeprefix("body").strip()
        return f"request body {bodies.essence(media_type)}" if media_type else "request body"
    if kind == "response":
        status, _, rest = rest.partition(" ")
        if not rest:
            return part
        what = rest.lower() if rest.startswith("header ") else bodies.essence(rest)
        return f"response {status} {what}"
    return part


def _is_meant(text: str, place: Place, *, within: bool = False) -> bool:
    """Does `OPERATION#POINTER` mean that place; `within`: or something within it?"""
    operation, sign, pointer = text.rpartition("#/")
    if not sign:
        operation, pointer = text, ""
    if not any(fnmatchcase(name, operation) for name in (place.operation, place.operation_id) if name):
        return False
    if not sign:
        return True
    pointer = f"/{pointer}"
    if not place.value:
        return within
    return fnmatchcase(place.value, pointer) or (within and pointer.startswith(f"{place.value}/"))


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
