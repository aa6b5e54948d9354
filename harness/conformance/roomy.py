"""Drawn calls of lists that show as much as one call may: pages of a decent size, and from the beginning.

Who watches a provider learns from what comes. `limit=1` shows one thing, and page 7301 none, at the price of a call.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import msgspec

from harness.conformance.sending import Asked
from harness.contract import shape
from harness.contract.contract import Contract, Operation
from harness.contract.parameters import Parameter
from harness.contract.schema import Schemas
from harness.redaction.names import words_of

DECENT = 50
"""So many things on a page: no more, for whoever has to answer."""

WHOLE = 100
"""Where no page may have more than so many, a page has as many as it may: so a bound that has shrunk is seen, too."""

_SIZES = frozenset(
    {
        ("limit",),
        ("size",),
        ("count",),
        ("top",),
        ("take",),
        ("rows",),
        ("first",),
        ("perpage",),
        ("pagesize",),
    }
    | {
        ("per", "page"),
        ("page", "size"),
        ("page", "limit"),
        ("max", "results"),
        ("max", "items"),
        ("max", "keys"),
    }
)
_PLACES = frozenset({("page",), ("offset",), ("skip",), ("start",), ("page", "number"), ("start", "index")})


def roomy(contract: Contract, operation: Operation, asked: Asked) -> Asked:
    """The call with pages of a decent size, or of the default where that is larger, and from the beginning, where it
    may be left open at which page. A call without a word on pages, or of anything but GET, as it is."""
    if operation.method != "GET" or not asked.query:
        return asked
    schemas = contract.schemas("request")
    known = {each.name: each for each in contract.compiled(operation).parameters["query"]}
    pairs = []
    for name, text in parse_qsl(asked.query, keep_blank_values=True):
        parameter = known.get(name)
        words = tuple(words_of(name))
        if parameter is None or "integer" not in parameter.kinds:
            pairs.append((name, text))
        elif words in _SIZES:
            is_most = text == str(_most(schemas, parameter))
            pairs.append((name, text if is_most else _size(schemas, parameter) or text))
        elif words not in _PLACES or parameter.required:
            pairs.append((name, text))
    if pairs == parse_qsl(asked.query, keep_blank_values=True):
        return asked
    query = urlencode(pairs)
    url = asked.url.partition("?")[0] + (f"?{query}" if query else "")
    return msgspec.structs.replace(asked, url=url, query=query)


def _size(schemas: Schemas, parameter: Parameter) -> str:
    """Empty where the contract takes none of a decent size."""
    parts = shape.branches(schemas, parameter.schema)
    default = next((part["default"] for part in parts if isinstance(part.get("default"), int)), None)
    most = _most(schemas, parameter)
    size = most if most is not None and most <= WHOLE else max(default or 0, DECENT)
    size = size if most is None else min(size, most)
    return str(size) if schemas.valid(parameter.schema, size) else ""


def _most(schemas: Schemas, parameter: Parameter) -> int | None:
    """The greatest size that the contract allows; None where it bounds none."""
    parts = shape.branches(schemas, parameter.schema)
    bounds = [int(part["maximum"]) for part in parts if isinstance(part.get("maximum"), int | float)]
    return min(bounds, default=None)
