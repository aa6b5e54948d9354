"""Which path template a request's path fits: a trie over segments, literals before parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF_PARAMETERS = re.compile(r"(?:/\{[^{}/]+\}){2,}")
_PARAMETER = re.compile(r"\{[+#./;?&]?([^{}*]+)\*?\}")


class _Affixed(Generic[T]):
    """A segment that is partly literal: `{id}.json`, `{id}:cancel`, `{a}...{b}`."""

    def __init__(self, segment: str) -> None:
        parts = _PARAMETER.split(segment)
        self.text = segment
        self.literal = sum(len(part) for part in parts[::2])
        pattern = "".join(re.escape(part) if i % 2 == 0 else "(.+?)" for i, part in enumerate(parts))
        self.pattern = re.compile(pattern)
        self.node: _Node[T] = _Node()


class _Node(Generic[T]):
    def __init__(self) -> None:
        self.literal: dict[str, _Node[T]] = {}
        self.affixed: list[_Affixed[T]] = []
        self.any: _Node[T] | None = None
        self.ends: dict[str, tuple[T, tuple[str, ...]]] = {}
        self.rest: dict[str, tuple[T, tuple[str, ...]]] = {}
        self.templates: list[tuple[str, str]] = []


class Found(Generic[T]):
    """What a path led to: a target and its parameters, or, for another method, the methods known there."""

    __slots__ = ("allowed", "parameters", "target")

    def __init__(self, target: T | None, parameters: dict[str, str], allowed: tuple[str, ...]) -> None:
        self.target, self.parameters, self.allowed = target, parameters, allowed


class Router(Generic[T]):
    """Path templates and methods, each leading to a target."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._templates: list[tuple[str, str, tuple[str, ...]]] = []

    def add(self, method: str, template: str, target: T, *, greedy: bool = False, also: bool = False) -> None:
        """Enter one operation. `greedy`: the last parameter may take several segments. First come, first served.

        `also`: it has another template, too, by which it is named.
        """
        node = self._root
        segments = _split(template)
        if not also:
            self._templates.append((method, template, tuple(segments)))
        names: list[str] = []
        for index, segment in enumerate(segments):
            found = _PARAMETER.findall(segment)
            names += found
            if not found:
                node = node.literal.setdefault(unquote(segment), _Node())
            elif _PARAMETER.fullmatch(segment):
                if greedy and index == len(segments) - 1:
                    node.rest.setdefault(method, (target, tuple(names)))
                if node.any is None:
                    node.any = _Node()
                node = node.any
            else:
                node = _affixed(node, segment)
        node.ends.setdefault(method, (target, tuple(names)))

    def find(self, method: str, path: str) -> Found[T]:
        """Follow a percent-encoded path. The methods allowed are those of the best template that fits the path."""
        segments = _split(path)
        only = self._only_way(segments, method)
        if only is not None:
            return only
        allowed: dict[str, None] = {}
        hit = self._walk(self._root, segments, 0, [], method, allowed)
        if hit is None and method == "HEAD":
            hit = self._walk(self._root, segments, 0, [], "GET", allowed)
        if hit is None:
            return Found(None, {}, tuple(allowed))
        (target, names), values = hit
        return Found(target, dict(zip(names, values, strict=True)), ())

    def _only_way(self, segments: list[str], method: str) -> Found[T] | None:
        """Where each segment has but one way to go on and they lead somewhere: that."""
        # hot: as it is with most paths.
        node, values = self._root, []
        for raw in segments:
            if node.affixed or node.rest or "%" in raw:
                return None
            child = node.literal.get(raw)
            if child is None:
                child = node.any
                if child is None or not raw:
                    return None
                values.append(raw)
            elif node.any is not None:
                return None
            node = child
        end = node.ends.get(method)
        return None if end is None else Found(end[0], dict(zip(end[1], values, strict=True)), ())

    def _walk(
        self,
        node: _Node[T],
        segments: list[str],
        index: int,
        values: list[str],
        method: str,
        allowed: dict[str, None],
    ) -> tuple[tuple[T, tuple[str, ...]], list[str]] | None:
        # hot: most paths fit one branch; the others are tried only when it leads nowhere.
        if index == len(segments):
            end = node.ends.get(method)
            if end is not None:
                return end, values
            allowed.update(dict.fromkeys(node.ends))
            return None
        raw = segments[index]
        segment = unquote(raw) if "%" in raw else raw
        child = node.literal.get(segment)
        if child is not None:
            hit = self._walk(child, segments, index + 1, values, method, allowed)
            if hit is not None:
                return hit
        for affixed in node.affixed:
            fits = affixed.pattern.fullmatch(segment)
            if fits:
                more = [*values, *fits.groups()]
                hit = self._walk(affixed.node, segments, index + 1, more, method, allowed)
                if hit is not None:
                    return hit
        if node.any is not None and segment:
            hit = self._walk(node.any, segments, index + 1, [*values, segment], method, allowed)
            if hit is not None:
                return hit
        if node.rest and index < len(segments) - 1:
            end = node.rest.get(method)
            if end is not None:
                return end, [*values, unquote("/".join(segments[index:]))]
            allowed.update(dict.fromkeys(node.rest))
        return None

    def nearest(self, method: str, path: str, *, count: int = 3) -> tuple[str, ...]:
        """The operations most like a method and path that fit none, best first: `GET /v1/customers/{customer}`."""
        segments = [unquote(segment) for segment in _split(path.rstrip("/") or "/")]
        asked = set(segments)
        rough: list[tuple[float, int]] = []
        for number, (known_method, _, template) in enumerate(self._templates):
            same = len(asked.intersection(template))
            open_ = sum("{" in b for _, b in zip(segments, template, strict=False))
            apart = abs(len(segments) - len(template))
            rough.append((same + 0.5 * open_ - apart + 0.25 * (known_method == method), -number))
        rough.sort(reverse=True)
        scored = []
        for _, number in rough[:40]:
            known_method, text, template = self._templates[-number]
            score = _likeness(segments, template) + 0.1 * (known_method == method)
            if score >= 0.5:
                scored.append((score, number, f"{known_method} {text}"))
        scored.sort(reverse=True)
        return tuple(text for _, _, text in scored[:count])


def holds_slashes(template: str) -> bool:
    """May the last parameter, with which the template ends, hold slashes? `{path*}` and `{+path}` say so.

    So do the words for what has them: a path anywhere, a key where nothing of the template is literal, as in
    `/{Bucket}/{Key}`. Clients leave the slashes in those as they are.
    """
    last = template[template.rindex("{") + 1 : -1]
    words = _WORD.findall(last)
    word = words[-1].lower() if words else ""
    is_of_parameters = _OF_PARAMETERS.fullmatch(template) is not None
    return (
        last.startswith("+") or last.endswith("*") or word == "path" or (word == "key" and is_of_parameters)
    )


def names_in(template: str) -> list[str]:
    """The names of a template's parameters, in order."""
    return _PARAMETER.findall(template)


def unnamed(template: str) -> str:
    """The template without the names of its parameters: what two of them have in common that fit the same paths."""
    return _PARAMETER.sub("{}", template)


def _affixed(node: _Node[T], segment: str) -> _Node[T]:
    for known in node.affixed:
        if known.text == segment:
            return known.node
    made: _Affixed[T] = _Affixed(segment)
    node.affixed.append(made)
    # `{id}.xml.gz` before `{id}.gz`: the more is literal, the narrower.
    node.affixed.sort(key=lambda affixed: -affixed.literal)
    return made.node


def _split(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _likeness(segments: list[str], template: tuple[str, ...]) -> float:
    """From 0 to 1: how much of the longer of the two is alike, segment by segment from either end."""
    best = sum(map(_alike, segments, template))
    if len(segments) != len(template):
        best = max(best, sum(map(_alike, reversed(segments), reversed(template))))
    return best / max(len(segments), len(template), 1)


def _alike(segment: str, known: str) -> float:
    if segment == known:
        return 1.0
    if "{" in known:
        return 0.7
    if 2 * min(len(segment), len(known)) < _LEAST_ALIKE * (len(segment) + len(known)):
        return 0.0
    matcher = SequenceMatcher(None, segment, known)
    if matcher.quick_ratio() < _LEAST_ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= _LEAST_ALIKE else 0.0


_LEAST_ALIKE = 0.6


def bases(urls: Iterable[str]) -> tuple[str, ...]:
    """The paths of server URLs, without a trailing slash, the longest first; bare hosts have none."""
    found = set()
    for url in urls:
        path = re.sub(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/]*", "", url).split("?")[0].rstrip("/")
        if path:
            found.add(path if path.startswith("/") else "/" + path)
    return tuple(sorted(found, key=lambda base: (-len(base), base)))
