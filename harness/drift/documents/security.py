"""Who may ask: the credentials that an operation takes.

Credentials are compared by what a request shows, not by the names of schemes: a scheme that is renamed is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.drift.documents.comparing import Comparing
from harness.drift.documents.credentials import (
    Need,
    are_known,
    named,
    needs,
    of_scheme,
    suffices,
    told,
    with_credentials,
)
from harness.drift.documents.finding import Found, Harmless, found
from harness.drift.documents.message import shown_request
from harness.drift.documents.pair import Pair, Side
from harness.model.change import Witness


def security(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """What changed in the credentials that an operation takes."""
    old, new = _needs(pair.old), _needs(pair.new)
    if old == new or not are_known(old, new):
        return
    place = comparing.place(pair, "security", old=_at(pair.old), new=_at(pair.new))
    before, after = told(old), told(new)
    sides: dict[str, Any] = {"old_side": before, "new_side": after, "same": ("security",)}
    is_open = [not side or {} in side for side in (old, new)]
    if is_open[0] and is_open[1]:
        return
    if is_open[0]:
        yield found("security.added", place, proof=lambda: _refused(comparing, pair, {}), new=after, **sides)
        return
    if is_open[1]:
        yield found("security.removed", place, old=before, **sides)
        return
    for need in old:
        if any(suffices(need, other) for other in new):
            continue
        wider = next((other for other in new if other.keys() <= need.keys()), None)
        if wider is None:
            yield found(
                "security.alternative.removed",
                place,
                proof=_proof(comparing, pair, need),
                old=named(need),
                new=after,
                **sides,
            )
            continue
        for scheme, scopes in wider.items():
            for scope in sorted(scopes - need[scheme]):
                yield found(
                    "security.scope.added",
                    place,
                    proof=lambda: "which scopes a token has, no request shows",
                    name=of_scheme(scheme),
                    new=scope,
                    **_also(sides, scope),
                )
    for need in new:
        if any(suffices(other, need) and suffices(need, other) for other in old):
            continue
        same = next((other for other in old if other.keys() == need.keys()), None)
        if same is None:
            if any(other.keys() < need.keys() for other in (*old, *new)):
                continue
            yield found("security.alternative.added", place, new=named(need), **_also(sides, named(need)))
            continue
        for scheme, scopes in same.items():
            for scope in sorted(scopes - need[scheme]):
                yield found(
                    "security.scope.removed", place, name=of_scheme(scheme), old=scope, **_also(sides, scope)
                )


def _needs(side: Side) -> list[Need]:
    document = side.contract.document
    return needs(document, side.node.get("security", document.root.get("security")))


def _proof(comparing: Comparing, pair: Pair, need: Need) -> Any:
    return lambda: _refused(comparing, pair, need)


def _refused(comparing: Comparing, pair: Pair, need: Need) -> Witness | Harmless | str:
    """A request with just that credential."""
    asked = comparing.old_says.asked(pair.old).to(pair.old)
    request = with_credentials(asked, need)
    fits = [side.compiled.guard.admits(request) for side in (pair.old, pair.new)]
    if all(fits) and need and all(scheme.where for scheme in need):
        return Harmless("a request shows the same; what it is worth, no document tells", level="risky")
    if fits != [True, False]:
        return "what a request shows is the same; what it is worth, no document tells"
    refusal = f"none of the credentials that are taken is shown; taken are {told(_needs(pair.new))}"
    return Witness("request", shown_request(pair.old, request), None, True, False, refusal=refusal)


def _at(side: Side) -> str:
    return f"{side.at}/security" if "security" in side.node else "/security"


def _also(sides: dict[str, Any], word: str) -> dict[str, Any]:
    """The sides of a finding that is only the same as others of this word."""
    return {**sides, "same": ("security", word)}
