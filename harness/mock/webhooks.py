"""What a provider tells of by webhook: an event made of contract, behaviour and memory."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from harness.contract.behaviour import Behaviour, EventId, EventKind, Resource, Webhooks
from harness.contract.contract import Contract, Operation
from harness.contract.error_answer import iso, token
from harness.contract.match import names_in
from harness.contract.signing import SCHEMES, Scheme
from harness.contract.template import filled, filled_headers
from harness.errors import UnknownName, UsageError
from harness.mock.fields import Fields, Names, dig, laid
from harness.mock.own_side import OwnSide
from harness.mock.resources import Done, act
from harness.mock.shelf import key_of, replaced, singular
from harness.mock.state import Kept, State
from harness.model.webhook import Event

_ID = EventId(prefix="evt_")
_ANY = "*"


class _Words(Names):
    """What an event's templates may mention: also what stands within what is mentioned (`{repository.owner}`)."""

    def __missing__(self, name: str) -> object:
        head, dot, rest = name.partition(".")
        within = dict.get(self, head) if dot else None
        return dig(within, rest) if isinstance(within, dict) else super().__missing__(name)


class Happening(msgspec.Struct, frozen=True):
    """What an event tells of: the resource as it is now (or was when it was deleted), and as it was before."""

    about: Kept | None = None
    before: Kept | None = None


class Scene(OwnSide):
    """A provider at one moment, with what it tells of."""

    @property
    def facts(self) -> Webhooks | None:
        """What is known of the provider's webhooks beside its document."""
        return self.behaviour.webhooks

    def kind(self, name: str, *, given: bool = False) -> EventKind:
        """What is known of a type of event. UnknownName where nothing is, and nobody has `given` what it tells of."""
        facts, names = self.facts, known(self.contract, self.behaviour)
        if facts is not None and name in facts.events:
            return facts.events[name]
        if name in names:
            return EventKind(declared=name)
        if given and facts is not None and facts.body:
            return EventKind()
        raise UnknownName("event", name, names)

    # What happens.

    def happen(self, name: str, told: str | Mapping[str, object] | None) -> Happening:
        """Let happen what an event tells of, as if the provider's own side had done it; changes the state.

        `told`: the id of the resource, or fields of it. None: the newest that there is, else a new one. An event that
        a creation causes tells of a new one where fields are told. UnknownName where there is none of that id.
        """
        kind = self.kind(name, given=isinstance(told, Mapping))
        if not kind.about:
            if isinstance(told, str):
                raise UsageError(f"{name} tells of no resource that is remembered, so there is no {told!r}")
            return Happening(Kept("", dict(told)) if told is not None else None)
        resource = self.behaviour.resources[kind.about]
        operation = self.contract.operation(kind.after[0]) if kind.after else None
        part = (
            self.behaviour.parts[operation.id][2] if operation and self._concerns(kind, operation) else None
        )
        fields = dict(told) if isinstance(told, Mapping) else {}
        if part == "create":
            kept = None if fields else self._found(kind.about, resource, told)
            return Happening(kept or self._made(kind.about, resource, fields))
        kept = self._found(kind.about, resource, told if isinstance(told, str) else None)
        kept = kept or self._made(kind.about, resource, {})
        if operation is None or part is None:
            return Happening(self._with(kind.about, resource, kept, fields))
        changes = {field: value for field, value in kind.changed.items() if value != _ANY}
        done = self._act(operation, {**changes, **fields}, self._parameters(operation, resource, kept))
        after = done.about if done is not None and done.about is not None else kept
        if part != "delete":
            after = self._with(kind.about, resource, after, fields)
        return Happening(after, kept)

    def _concerns(self, kind: EventKind, operation: Operation) -> bool:
        return operation.id in self.behaviour.parts and self.behaviour.parts[operation.id][0] == kind.about

    def _found(self, kind: str, resource: Resource, told: str | Mapping[str, object] | None) -> Kept | None:
        shelf = self.shelf(kind)
        if isinstance(told, str):
            named = [kept for kept in shelf.values() if told in (kept.id, str(kept.fields.get("id")))]
            if not named:
                raise UnknownName(singular(kind), told, [kept.id for kept in shelf.values()])
            return named[-1]
        return next(reversed(shelf.values()), None)

    def _made(self, kind: str, resource: Resource, fields: Fields) -> Kept:
        """A new one, made as its creation makes it, below the newest of what it stands below."""
        for name in resource.create:
            operation = self.contract.operation(name)
            done = self._act(operation, fields, self._parameters(operation, resource, None))
            if done is not None and done.about is not None:
                return self._with(kind, resource, done.about, fields)
        raise UsageError(
            f"there is no {singular(kind)} to tell of, and behaviour.yaml names no way to make one"
        )

    def _with(self, kind: str, resource: Resource, kept: Kept, fields: Fields) -> Kept:
        """The same with these fields laid over it, which it has from now on."""
        if not fields:
            return kept
        changed = msgspec.structs.replace(kept, fields=laid(kept.fields, fields))
        changed = msgspec.structs.replace(changed, id=str(changed.fields.get(resource.id, kept.id)))
        if key_of(resource, kept) in self.shelf(kind):
            replaced(self.turn(self.place(kind)), kind, resource, key_of(resource, kept), changed)
        return changed

    def _parameters(self, operation: Operation, resource: Resource, kept: Kept | None) -> dict[str, str]:
        """The path parameters that lead to a resource, or to where a new one is to be."""
        wanted = names_in(operation.template)
        if kept is None:
            return self._above(resource, wanted)
        found = {**kept.parents, **dict(zip(resource.path, key_of(resource, kept), strict=False))}
        return {name: found.get(name, kept.id) for name in wanted}

    def _above(self, resource: Resource, wanted: tuple[str, ...] | list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        # The innermost first: it stands itself below the others.
        for kind, other in sorted(self.behaviour.resources.items(), key=lambda item: -len(item[1].path)):
            if other is resource or not other.path or not set(other.path) <= set(wanted) - found.keys():
                continue
            above = self._found(kind, other, None) or self._made(kind, other, {})
            found |= dict(zip(other.path, key_of(other, above), strict=False))
        return {**{name: name for name in wanted}, **found}

    # The event.

    def event(self, name: str, happening: Happening) -> Event:
        """The event that tells of it, valid by the contract as far as that says anything; kept, where the provider
        keeps its events."""
        kind = self.kind(name, given=happening.about is not None)
        facts = self.facts
        event_id = self._id(facts.id if facts is not None else _ID)
        names = self._names(name, event_id, kind, happening)
        if facts is None or not (facts.body or kind.body):
            return self._declared(name, kind, event_id, names, happening)
        body = filled(laid(facts.body, kind.body) if kind.body else facts.body, names)
        value = self._valid(kind, facts, body if isinstance(body, dict) else {})
        if facts.kept_as:
            resource = self.behaviour.resources[facts.kept_as]
            kept = Kept(event_id, value)
            self.shelf(facts.kept_as)[key_of(resource, kept)] = kept
        octets = msgspec.json.encode(value)
        octets = msgspec.json.format(octets, indent=facts.indent) if facts.indent else octets
        headers = dict(filled_headers(facts.headers, names))
        return Event(event_id, name, octets, tuple({"content-type": "application/json", **headers}.items()))

    def _declared(
        self, name: str, kind: EventKind, event_id: str, names: Mapping[str, object], happening: Happening
    ) -> Event:
        """An event of which only the document tells; what was told of it is laid over what the document declares."""
        outgoing, facts = self.contract.outgoing, self.facts
        sampled = outgoing.value(kind.declared, rng=self._rng, now_s=self._now_s)
        media_type = outgoing.media_type(kind.declared)
        if isinstance(sampled, dict) and happening.about is not None:
            sampled = laid(sampled, happening.about.fields)
        if sampled is None:
            octets = outgoing.body(kind.declared, rng=self._rng, now_s=self._now_s)
        else:
            octets = msgspec.json.encode(sampled)
        signing = {scheme.header for scheme in SCHEMES.values()} | {"content-type"}
        declared = outgoing.headers(kind.declared, rng=self._rng, now_s=self._now_s)
        headers = {field: value for field, value in declared if field not in signing}
        headers |= {"content-type": media_type} if media_type else {}
        headers |= dict(filled_headers(facts.headers, names)) if facts is not None else {}
        return Event(event_id, name, octets, tuple(headers.items()), outgoing.method(kind.declared))

    def _valid(self, kind: EventKind, facts: Webhooks, body: Fields) -> Fields:
        """The body as behaviour words it, with what the contract wants beside it."""
        contract = self.contract
        if kind.declared:
            if contract.outgoing.fits(kind.declared, body):
                return body
            sampled = contract.outgoing.value(kind.declared, rng=self._rng, now_s=self._now_s)
        elif facts.answered_by:
            operation = contract.operation(facts.answered_by)
            if contract.fits(operation, contract.success(operation), body):
                return body
            status = contract.success(operation)
            sampled = contract.value(operation, status, rng=self._rng, now_s=self._now_s)
        else:
            return body
        merged = laid(sampled, body)
        return merged if isinstance(merged, dict) else body

    def _names(self, name: str, event_id: str, kind: EventKind, happening: Happening) -> _Words:
        about, before = happening.about, happening.before
        fields = about.fields if about is not None else {}
        old = before.fields if before is not None else fields
        changed = {key: value for key, value in old.items() if key in fields and fields[key] != value}
        head, dot, action = name.rpartition(".")
        said = {
            "event": event_id,
            "type": name,
            "name": head if dot else name,
            "action": action if dot else None,
            "resource": fields or None,
            "before": changed or None,
            "now": int(self._now_s),
            "now_iso": iso(self._now_s),
            "base_url": self._base_url,
        }
        return _Words({**said, **self._around(kind, about)}, fields)

    def _around(self, kind: EventKind, about: Kept | None) -> dict[str, object]:
        """The resources that one stands below, and those of which there is but one, by kind in the singular."""
        found: dict[str, object] = {}
        known = dict(about.parents) if about is not None else {}
        if about is not None and kind.about:
            resource = self.behaviour.resources[kind.about]
            known |= dict(zip(resource.path, key_of(resource, about), strict=False))
        for other, resource in self.behaviour.resources.items():
            if not resource.path and not resource.create:
                above = self.shelf(other).get(())
            elif resource.path and all(name in known for name in resource.path):
                above = self.shelf(other).get(tuple(known[name] for name in resource.path))
            else:
                above = None
            if above is not None:
                found[singular(other)] = above.fields
        if about is not None and kind.about:
            found[singular(kind.about)] = about.fields
        return found

    def _id(self, look: EventId) -> str:
        if look.uuid:
            return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        return look.prefix + token(self._rng, look.length)

    def _act(self, operation: Operation, body: Fields, parameters: dict[str, str]) -> Done | None:
        return act(self.turn(operation, body, parameters))


def known(contract: Contract, behaviour: Behaviour) -> tuple[str, ...]:
    """The types of events: those of behaviour.yaml, then the webhooks and callbacks that none of these is one of."""
    events = behaviour.webhooks.events if behaviour.webhooks is not None else {}
    declared = {kind.declared for kind in events.values()}
    return tuple(
        dict.fromkeys((*events, *(name for name in contract.outgoing.names if name not in declared)))
    )


def caused(behaviour: Behaviour, operation: str, happening: Happening) -> tuple[str, ...]:
    """The types of the events that an operation has caused, by what it did."""
    about = behaviour.parts[operation][0] if operation in behaviour.parts else ""
    return tuple(
        name
        for name, kind in behaviour.caused.get(operation, ())
        if (not kind.about or (kind.about == about and happening.about is not None))
        and _has_changed(kind.changed, happening)
    )


def _has_changed(changed: Mapping[str, object], happening: Happening) -> bool:
    if not changed:
        return True
    if happening.about is None or happening.before is None:
        return False
    now, then = happening.about.fields, happening.before.fields
    return any(
        now.get(field) != then.get(field) and value in (_ANY, now.get(field))
        for field, value in changed.items()
    )


def scheme_of(contract: Contract, behaviour: Behaviour, name: str) -> Scheme:
    """How an event of that type is signed: as behaviour says; else as the headers suggest that the document declares
    for it; else by Standard Webhooks."""
    if behaviour.webhooks is not None:
        return SCHEMES[behaviour.webhooks.signature.scheme]
    if name in contract.outgoing.names:
        declared = contract.outgoing.header_names(name)
        for scheme in SCHEMES.values():
            if scheme.header in declared:
                return scheme
    return SCHEMES["standard"]


def apart(state: State) -> State:
    """A copy in which things can happen that have not."""
    copy = State(state.draw)
    copy.resources = {kind: dict(shelf) for kind, shelf in state.resources.items()}
    copy.numbers = dict(state.numbers)
    return copy
