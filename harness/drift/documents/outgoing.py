"""What the provider sends by itself: webhooks and callbacks. Its requests are read as its answers are: who gets them
is the client, so what breaks a client is what may come that could not come before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.security import scheme_nodes
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import found
from harness.drift.documents.lifecycle import said
from harness.drift.documents.pair import Pair
from harness.drift.documents.sent import Callback, Sent, callbacks_of, webhooks_of
from harness.drift.documents.sent_answers import answers
from harness.drift.documents.sent_bodies import bodies
from harness.drift.documents.sent_credentials import credentials
from harness.drift.documents.sent_parameters import parameters
from harness.drift.documents.within import Finding
from harness.model.change import Place


def webhooks(comparing: Comparing) -> Iterator[Finding]:
    """What changed in the webhooks of the document."""
    old, new = webhooks_of(comparing.old), webhooks_of(comparing.new)
    for name in dict.fromkeys((*old, *new)):
        place = Place(f"webhook {name}")
        yield from _compared(comparing, old.get(name, {}), new.get(name, {}), place)


def callbacks(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    """What changed in the callbacks of an operation."""
    old = callbacks_of(comparing.old, pair.old.node, pair.old.at)
    new = callbacks_of(comparing.new, pair.new.node, pair.new.at)
    for name in dict.fromkeys((*old, *new)):
        place = Place(pair.old.operation.name, pair.old.operation.id, f"callback {name}")
        yield from _by_address(comparing, old.get(name, {}), new.get(name, {}), place)


def _by_address(comparing: Comparing, old: Callback, new: Callback, place: Place) -> Iterator[Finding]:
    """The requests of one callback by the expressions that say where they go."""
    gone, come = ([each for each in one if each not in other] for one, other in ((old, new), (new, old)))
    moved = dict(zip(gone, come, strict=True)) if len(gone) == len(come) == 1 else {}
    for expression in dict.fromkeys((*old, *(each for each in new if each not in moved.values()))):
        here = place
        if len(old) > 1 or len(new) > 1:
            here = msgspec.structs.replace(place, part=f"{place.part} {expression}")
        before, after = old.get(expression, {}), new.get(moved.get(expression, expression), {})
        if expression in moved and before and after:
            yield found(
                "webhook.address.changed",
                _placed(comparing, here, next(iter(before.values())), next(iter(after.values()))),
                old=expression,
                new=moved[expression],
            )
        yield from _compared(comparing, before, after, here)


def _compared(
    comparing: Comparing, old: dict[str, Sent], new: dict[str, Sent], place: Place
) -> Iterator[Finding]:
    """The requests of one webhook by their methods."""
    gone = [sent for method, sent in old.items() if method not in new]
    come = [sent for method, sent in new.items() if method not in old]
    while gone and come:
        before, after = gone.pop(0), come.pop(0)
        here = _placed(comparing, place, before, after)
        yield found(
            "webhook.method.changed",
            here,
            proof=lambda: "the old document tells nothing of such a request",
            old=before.method,
            new=after.method,
        )
        yield from _changed(comparing, before, after, place)
    for sent in gone:
        yield found(
            "webhook.removed",
            _placed(comparing, place, sent, None),
            proof=lambda: "that something is not sent, no message shows",
            old_side=brief(_outline(sent)),
        )
    for sent in come:
        here = _placed(comparing, place, None, sent)
        yield found("webhook.added", here, new_side=brief(_outline(sent)))
    for method, sent in old.items():
        if method in new and _may_differ(comparing, sent, new[method]):
            yield from _changed(comparing, sent, new[method], place)


def _may_differ(comparing: Comparing, old: Sent, new: Sent) -> bool:
    shared = (old.item.get("parameters"), new.item.get("parameters"))
    schemes = [scheme_nodes(each.contract.document) if "security" in each.node else {} for each in (old, new)]
    return (
        comparing.touched.may_differ(old.node, new.node)
        or comparing.touched.may_differ(*shared)
        or schemes[0] != schemes[1]
    )


def _changed(comparing: Comparing, old: Sent, new: Sent, place: Place) -> Iterator[Finding]:
    here = _placed(comparing, place, old, new)
    yield from said(old.node, new.node, here)
    yield from credentials(old, new, here)
    yield from parameters(comparing, old, new, here)
    yield from bodies(comparing, old, new, here)
    yield from answers(comparing, old, new, here)


def _placed(comparing: Comparing, place: Place, old: Sent | None, new: Sent | None) -> Place:
    return msgspec.structs.replace(
        place,
        old=comparing.old.document.origin(old.at) if old is not None else "",
        new=comparing.new.document.origin(new.at) if new is not None else "",
    )


def _outline(sent: Sent) -> dict[str, Any]:
    return {"method": sent.method, "summary": str(sent.node.get("summary", ""))}
