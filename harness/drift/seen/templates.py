"""Operations learnt from paths that were asked, where no document declares them: `/orders/o_1` is `/orders/{order}`.

A part of a path is a parameter where it is written like an id, and where many different ones stand in the same place
of paths that answer alike. What nothing was found by is one where other things have been found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from harness.drift.seen.noise import names_a_thing
from harness.drift.seen.told import value_of
from harness.model.exchange import Exchange

MANY = 4
"""So many different words in one place of paths whose answers are alike are names of things."""


class Templates:
    """The path templates of some exchanges."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._named: dict[tuple[str, ...], bool] = {}
        self._good: set[tuple[str, ...]] = set()
        parts: dict[tuple[str, ...], dict[str, frozenset[str] | None]] = {}
        for exchange in exchanges:
            if exchange.method is None or not exchange.path:
                continue
            segments = exchange.path.strip("/").split("/")
            if exchange.status is None or not 200 <= exchange.status < 300:
                continue
            rough = tuple("{}" if names_a_thing(segment) else segment for segment in segments)
            self._good.add((exchange.method, *rough))
            for index, segment in enumerate(rough):
                if index and segment != "{}":
                    around = (exchange.method, *rough[:index], "{}", *rough[index + 1 :])
                    parts.setdefault(around, {})[segment] = _members(exchange)
        for around, seen in parts.items():
            kinds = set(seen.values())
            self._named[around] = len(seen) >= MANY and len(kinds) == 1 and None not in kinds

    def of(self, exchange: Exchange) -> str:
        """`/orders/{order}`: the template of the path that was asked."""
        segments = (exchange.path or "/").strip("/").split("/")
        rough = ["{}" if names_a_thing(segment) else segment for segment in segments]
        for index in range(1, len(rough)):
            around = (exchange.method or "", *rough[:index], "{}", *rough[index + 1 :])
            # What never went well itself is a thing that there is not, where things have been found.
            is_thing = around in self._good and (exchange.method, *rough) not in self._good
            if rough[index] != "{}" and (is_thing or self._named.get(around)):
                rough[index] = "{}"
        return "/" + "/".join(_named(rough))

    def parameters(self, exchange: Exchange) -> dict[str, str]:
        """The path parameters of a path that was asked, decoded."""
        template, path = self.of(exchange).split("/"), (exchange.path or "/").rstrip("/").split("/")
        pairs = zip(template, path, strict=False)
        return {name[1:-1]: unquote(text) for name, text in pairs if name.startswith("{")}


def _named(parts: list[str]) -> list[str]:
    """The parts with names for parameters, after the word before each: `/orders/{order}/items/{item}`."""
    found: list[str] = []
    used: set[str] = set()
    for index, part in enumerate(parts):
        if part != "{}":
            found.append(part)
            continue
        word = re.sub(r"[^A-Za-z0-9]+", "_", parts[index - 1]) if index else ""
        name = _singular(word) if word not in ("", "_") else "id"
        while name in used:
            name += "_"
        used.add(name)
        found.append("{" + name + "}")
    return found


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


def _members(exchange: Exchange) -> frozenset[str] | None:
    """What an answer's object has, by which answers are alike; None where it is no object."""
    value = value_of(exchange)
    return frozenset(value) if isinstance(value, dict) else None
