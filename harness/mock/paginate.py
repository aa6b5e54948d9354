"""Lists, a page at a time: by cursor in the body, or by number with a Link header (RFC 8288)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

import msgspec

from harness.contract.behaviour import Paging
from harness.mock.state import Kept
from harness.model.message import Headers


class Page(msgspec.Struct, frozen=True):
    """What goes into the answer. `more`: there is another page in the direction of reading."""

    items: Sequence[Kept]
    more: bool = False
    headers: Headers = ()


class NoSuchCursor(msgspec.Struct, frozen=True):
    """The query parameter that named a resource which is not in the list, and the id that it gave."""

    param: str
    id: str


def page(
    items: Sequence[Kept], paging: Paging | None, query: Mapping[str, object], *, url: Callable[[], str]
) -> Page | NoSuchCursor:
    """The page of `items` that the query asks for; all of them where the provider pages nothing.

    `url` is asked only for Link headers: the request's own URL with its query.
    """
    if paging is None:
        return Page(items)
    limit = _whole(query.get(paging.limit), paging.default_limit)
    limit = max(1, min(limit, paging.max_limit))
    if paging.style == "link":
        return _numbered(items, limit, _whole(query.get(paging.page), 1), paging, url())
    return _after_cursor(items, limit, paging, query)


def _after_cursor(
    items: Sequence[Kept], limit: int, paging: Paging, query: Mapping[str, object]
) -> Page | NoSuchCursor:
    after, before = query.get(paging.after), query.get(paging.before)
    for param, cursor in ((paging.after, after), (paging.before, before)):
        if cursor and not any(kept.id == str(cursor) for kept in items):
            return NoSuchCursor(param, str(cursor))
    if before:
        end = next(i for i, kept in enumerate(items) if kept.id == str(before))
        return Page(items[max(0, end - limit) : end], more=end > limit)
    start = next((i + 1 for i, kept in enumerate(items) if kept.id == str(after)), 0) if after else 0
    return Page(items[start : start + limit], more=start + limit < len(items))


def _numbered(items: Sequence[Kept], limit: int, number: int, paging: Paging, url: str) -> Page:
    number = max(1, number)
    last = max(1, -(-len(items) // limit))
    neighbours: list[tuple[str, int]] = []
    if number > 1:
        neighbours += [("prev", min(number - 1, last))]
    if number < last:
        neighbours += [("next", number + 1), ("last", last)]
    if number > 1:
        neighbours += [("first", 1)]
    links = ", ".join(f'<{_at(url, paging.page, n)}>; rel="{relation}"' for relation, n in neighbours)
    start = (number - 1) * limit
    return Page(items[start : start + limit], more=number < last, headers=(("link", links),) if links else ())


def _at(url: str, name: str, number: int) -> str:
    base, _, query = url.partition("?")
    pairs = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != name]
    return f"{base}?{urlencode([*pairs, (name, str(number))])}"


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
