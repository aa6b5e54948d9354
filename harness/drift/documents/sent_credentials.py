"""Credentials that the provider shows to who gets its webhooks and callbacks.

What holds of all operations is of those that clients ask for: it says nothing of what the provider sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from harness.drift.documents.credentials import (
    Need,
    are_known,
    named,
    needs,
    suffices,
    told,
    with_credentials,
)
from harness.drift.documents.finding import Found, Harmless, found
from harness.drift.documents.sent import Sent, bare
from harness.model.change import Level, Place, Witness
from harness.model.message import Request


def credentials(old: Sent, new: Sent, here: Place) -> Iterator[Found]:
    """What changed in them."""
    ours, theirs = _needs(old), _needs(new)
    is_shown = [bool(side) and {} not in side for side in (ours, theirs)]
    if ours == theirs or not any(is_shown) or not are_known(ours, theirs):
        return
    place = msgspec.structs.replace(here, part=f"{here.part} security".strip())
    sides: dict[str, Any] = {"old_side": told(ours), "new_side": told(theirs)}
    if not is_shown[0]:
        yield found("webhook.credential.added", place, new=told(theirs), **sides)
        return
    if not is_shown[1]:
        level: Level | None = None if "security" in new.node else "risky"
        proof = partial(_unexpected, old, new, {})
        yield found("webhook.credential.removed", place, level=level, proof=proof, old=told(ours), **sides)
        return
    for need in theirs:
        if not any(suffices(need, other) for other in ours):
            yield found(
                "webhook.credential.alternative.added",
                place,
                proof=partial(_unexpected, old, new, need),
                old=told(ours),
                new=named(need),
                **sides,
            )
    for need in ours:
        if not any(suffices(other, need) for other in theirs):
            yield found("webhook.credential.alternative.removed", place, old=named(need), **sides)


def _needs(sent: Sent) -> list[Need]:
    return needs(sent.contract.document, sent.node.get("security"))


def _unexpected(old: Sent, new: Sent, need: Need) -> Witness | Harmless | str:
    """A request of the provider that shows just that."""
    request = with_credentials(Request(new.method, "/your-receiver", "/your-receiver"), need)
    if old.compiled.guard.admits(request):
        return Harmless("a request shows the same; what it is worth, no document tells", level="risky")
    text = "\n".join((bare(new, request.target), *(f"{name}: {value}" for name, value in request.headers)))
    refusal = f"none of the credentials that were to come is shown; those were {told(_needs(old))}"
    return Witness("answer", text, None, False, True, refusal=refusal)
