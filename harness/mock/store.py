"""A lane's memory that several servers have in common: each request is one transaction on a store.

A request is answered from a copy of the memory, and what it changed is committed if nobody else has committed since.
Else the copy is brought up to date, and the request is answered anew: answers are pure, so that nobody notices. So
every count and every effect is as if one server had done it all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from harness.mock.state import Kept, Key, Saved, State, Window
from harness.model.clock import Draw

T = TypeVar("T")

Place = tuple[str, ...]
"""One thing that a memory holds: what it is, and by which keys it is found."""


class Committed(msgspec.Struct, frozen=True):
    """What came of a commit. `version`: the store's now. `done`: False where it was at another than expected; then
    `changes` has what was written since (None: deleted), and with `anew` all that there is, since it was emptied."""

    done: bool
    version: str
    changes: Mapping[str, bytes | None] = {}
    anew: bool = False


class Store(Protocol):
    """Named values with a version for all of them. `joined`: how many had it before, whose luck is not ours."""

    joined: int

    def commit(self, version: str, writes: Mapping[str, bytes | None]) -> Committed:
        """Write all of these (None: delete), if the store is still at `version`; `""` is no version at all."""
        ...


class _Placed(msgspec.Struct, frozen=True, array_like=True):
    """A resource, and its place in the order in which they were made."""

    place: int
    kept: Kept


class _Noting(dict[Any, Any]):
    """A dict that notes which of its keys were written."""

    def __init__(self, touched: dict[Place, None], *what: str) -> None:
        super().__init__()
        self._touched = touched
        self._what = what

    def __setitem__(self, key: str | tuple[str | Key, ...], value: object) -> None:
        self._touched[*self._what, *_parts(key)] = None
        super().__setitem__(key, value)

    def __delitem__(self, key: str | tuple[str | Key, ...]) -> None:
        self._touched[*self._what, *_parts(key)] = None
        super().__delitem__(key)

    def quietly(self, key: str | tuple[str | Key, ...], value: object) -> None:
        """Put in what is known already; None takes it out."""
        if value is None:
            self.pop(key, None)
        else:
            super().__setitem__(key, value)


class _Shelves(dict[str, dict[Key, Kept]]):
    """Shelves by kind, which note what is put on them."""

    def __init__(self, touched: dict[Place, None], order: dict[tuple[str, Key], int]) -> None:
        super().__init__()
        self._touched = touched
        self._order = order

    def __setitem__(self, kind: str, shelf: dict[Key, Kept]) -> None:
        before = self.get(kind, {})
        # A shelf is put in place of another when a resource has got another key: it stays where it was.
        places = {key: self._order.pop((kind, key)) for key in before}
        order = dict(zip(shelf, places.values(), strict=False))
        self._order.update({(kind, key): place for key, place in order.items()})
        for key in {**before, **shelf}:
            if before.get(key) is not shelf.get(key) or places.get(key) != order.get(key):
                self._touched["resource", kind, *key] = None
        self._touched["shelf", kind] = None
        super().__setitem__(kind, noting := _Noting(self._touched, "resource", kind))
        dict.update(noting, shelf)

    def quietly(self, kind: str) -> _Noting:
        """The shelf of that kind, made where there was none."""
        shelf = self.get(kind)
        if not isinstance(shelf, _Noting):
            shelf = _Noting(self._touched, "resource", kind)
            super().__setitem__(kind, shelf)
        return shelf

    def quietly_gone(self, kind: str) -> None:
        """There is no such shelf."""
        self.pop(kind, None)


class SharedState(State):
    """A `State` that is a copy of what is in a store. Requests go through `turn`."""

    def __init__(self, store: Store, draw: Draw) -> None:
        super().__init__(draw)
        self._store = store
        self._version = ""
        self._known: dict[str, bytes] = {}
        self._touched: dict[Place, None] = {}
        self._order: dict[tuple[str, Key], int] = {}
        self._last_place = 0
        self._shelves = _Shelves(self._touched, self._order)
        self._dicts = {kind: _Noting(self._touched, kind) for kind in ("number", "saved", "window", "token")}
        self.resources = self._shelves
        self.numbers, self.saved, self.windows, self.tokens = self._dicts.values()

    def turn(self, act: Callable[[], T]) -> T:
        """What `act` gives, and what it changes here, committed. It may be called several times: what it changed
        is undone before."""
        while True:
            try:
                given = act()
                if self._commit():
                    return given
            except BaseException:
                self._undo()
                raise

    def snapshot(self) -> dict[str, object]:
        """What the store remembers now."""
        return self.turn(super().snapshot)

    def _commit(self) -> bool:
        writes = self._writes()
        committed = self._store.commit(self._version, writes)
        if not committed.done:
            self._undo()
            self._catch_up(committed)
        else:
            self._know(writes)
            self._touched.clear()
        self._version = committed.version
        return committed.done

    def _writes(self) -> dict[str, bytes | None]:
        written = {_name(place): self._written(place) for place in self._touched}
        effects = msgspec.json.encode(self.effects)
        if effects != self._known.get(_EFFECTS, _NONE):
            written[_EFFECTS] = effects
        return {name: value for name, value in written.items() if value != self._known.get(name)}

    def _written(self, place: Place) -> bytes | None:
        """What stands there, for the store; None where nothing does."""
        match place:
            case ("resource", kind, *rest):
                key = tuple(rest)
                kept = self.resources.get(kind, {}).get(key)
                if kept is None:
                    self._order.pop((kind, key), None)
                    return None
                if (kind, key) not in self._order:
                    self._last_place += 1
                    self._order[kind, key] = self._last_place
                return msgspec.json.encode(_Placed(self._order[kind, key], kept))
            case ("shelf", kind):
                return b"" if kind in self.resources else None
            case (what, *rest):
                value = self._dicts[what].get(_key(what, rest))
                return None if value is None else msgspec.json.encode(value)
        raise AssertionError(place)

    def _know(self, changes: Mapping[str, bytes | None]) -> None:
        for name, value in changes.items():
            if value is None:
                self._known.pop(name, None)
            else:
                self._known[name] = value

    def _undo(self) -> None:
        """Be again as is known of the store."""
        names = [_name(place) for place in self._touched]
        self._take({name: self._known.get(name) for name in (*names, _EFFECTS)})
        self._touched.clear()

    def _catch_up(self, committed: Committed) -> None:
        changes = dict(committed.changes)
        if committed.anew:
            changes = {**dict.fromkeys(self._known), **changes}
        self._know(changes)
        self._take(changes)

    def _take(self, changes: Mapping[str, bytes | None]) -> None:
        unsorted: set[str] = set()
        for name, value in sorted(changes.items(), key=lambda change: _place(change[0])[0] != "shelf"):
            match _place(name):
                case ("effects",):
                    self.effects = msgspec.json.decode(value or _NONE)
                case ("shelf", kind):
                    if value is None:
                        self._shelves.quietly_gone(kind)
                    else:
                        self._shelves.quietly(kind)
                case ("resource", kind, *rest):
                    self._take_resource(kind, tuple(rest), value)
                    unsorted.add(kind)
                case (what, *rest):
                    decoded = None if value is None else msgspec.json.decode(value, type=_KINDS[what])
                    self._dicts[what].quietly(_key(what, rest), decoded)
        for kind in unsorted & self._shelves.keys():
            shelf = self._shelves.quietly(kind)
            ordered = sorted(shelf.items(), key=lambda item: self._order[kind, item[0]])
            shelf.clear()
            dict.update(shelf, ordered)

    def _take_resource(self, kind: str, key: Key, value: bytes | None) -> None:
        if value is None:
            self._order.pop((kind, key), None)
            if kind in self._shelves:
                self._shelves.quietly(kind).quietly(key, None)
            return
        placed = msgspec.json.decode(value, type=_Placed)
        self._order[kind, key] = placed.place
        self._last_place = max(self._last_place, placed.place)
        self._shelves.quietly(kind).quietly(key, placed.kept)


_KINDS: dict[str, Any] = {"number": int, "saved": Saved, "window": Window, "token": float}
_NONE = b"0"


def _name(place: Place) -> str:
    return msgspec.json.encode(place).decode()


def _place(name: str) -> Place:
    return msgspec.json.decode(name, type=Place)


_EFFECTS = _name(("effects",))


def _parts(key: str | tuple[str | Key, ...]) -> Place:
    """A key as one row of texts, whatever it is made of."""
    if isinstance(key, str):
        return (key,)
    return tuple(text for part in key for text in (part if isinstance(part, tuple) else (part,)))


def _key(what: str, parts: list[str]) -> Any:
    """The other way round."""
    match what:
        case "saved" | "token":
            return parts[0]
        case "number":
            return parts[0], tuple(parts[1:])
    return tuple(parts)
