"""Requests and answers as openapi-core judges them: another implementation of the same rules.

It takes a second to import, so it is imported where it is asked.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

import msgspec

from harness.contract.contract import Contract, Match, Operation
from harness.contract.slice import sliced
from harness.model.message import Headers, Request, Response

_HOST = "https://provider.test"
_BESIDE = ("servers", "security")
_OWN_FAILURES = (re.error, KeyError, AttributeError, TypeError, ValueError, RecursionError)


class _Asked(NamedTuple):
    """A request in the shape that openapi-core asks of one."""

    host_url: str
    path: str
    method: str
    parameters: Any
    body: bytes | None
    content_type: str


class _Answered(NamedTuple):
    """An answer in the shape that openapi-core asks of one."""

    status_code: int
    headers: Any
    content_type: str
    data: bytes | None


class SecondOpinion:
    """openapi-core over the operations of one contract, each read when it is first asked for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._trees: dict[str, tuple[Any, bool]] = {}

    def of_request(self, match: Match, request: Request) -> tuple[str, ...] | None:
        """What openapi-core has against a request; None where it gives up on it. Who asks is not judged."""
        from openapi_core import V30RequestValidator, V31RequestValidator

        tree, is_30 = self._tree(match.operation)
        kind = V30RequestValidator if is_30 else V31RequestValidator
        return self._told(lambda: kind(tree).iter_errors(_asked(match, request)))

    def of_answer(self, operation: Operation, response: Response) -> tuple[str, ...] | None:
        """What openapi-core has against an answer; None where it gives up on it."""
        from openapi_core import V30ResponseValidator, V31ResponseValidator
        from werkzeug.datastructures import Headers as Fields

        tree, is_30 = self._tree(operation)
        kind = V30ResponseValidator if is_30 else V31ResponseValidator
        media = response.header("content-type") or ""
        answer = _Answered(response.status, Fields(list(response.headers)), media, response.body or None)
        # Of the request it only wants to know the operation.
        asked = _Asked(_HOST, operation.template, operation.method.lower(), None, None, "")
        essence = media.partition(";")[0].strip().lower()
        # It knows application/json alone: RFC 6839 section 3.1.
        more = {essence: _json} if essence.endswith("+json") else {}
        judge = kind(tree, extra_media_type_deserializers=more)
        return self._told(lambda: judge.iter_errors(asked, answer))

    def _told(self, judge: Any) -> tuple[str, ...] | None:
        from openapi_core.templating.paths.exceptions import PathNotFound

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                errors = [e for e in judge() if not isinstance(e, PathNotFound)]
            except _OWN_FAILURES:
                # It gives up on what it does not know, such as a pattern of ECMA 262: that is no finding.
                return None
        return tuple(_said(error) for error in errors if not _is_its_own(error))

    def _tree(self, operation: Operation) -> tuple[Any, bool]:
        from jsonschema_path import SchemaPath

        if operation.id not in self._trees:
            tree = sliced(self._contract.document, [(operation.method, operation.template)])
            # With security in it, openapi-core judges nothing more of a request once that is not shown.
            tree = {**tree, "servers": [{"url": _HOST}], "paths": dict(_bare(tree["paths"])), "security": []}
            self._trees[operation.id] = SchemaPath.from_dict(tree), str(tree["openapi"]).startswith("3.0")
        return self._trees[operation.id]


def _json(octets: bytes, **parameters: str) -> Any:
    """The value of a body; `parameters` are those of its media type (charset), and JSON has none."""
    return msgspec.json.decode(octets)


def _asked(match: Match, request: Request) -> _Asked:
    from openapi_core.datatypes import RequestParameters
    from werkzeug.datastructures import Headers as Fields
    from werkzeug.datastructures import ImmutableMultiDict

    parameters = RequestParameters(
        query=ImmutableMultiDict(parse_qsl(request.query, keep_blank_values=True)),
        header=Fields(list(request.headers)),
        cookie=ImmutableMultiDict(_cookies(request.headers)),
    )
    path = match.operation.template
    for name, value in match.path_parameters.items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    media = request.header("content-type") or ""
    return _Asked(_HOST, path, request.method.lower(), parameters, request.body or None, media)


def _cookies(headers: Headers) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for name, value in headers if name == "cookie" for pair in value.split(";"))
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _bare(paths: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """The paths without servers and security of their own: where the provider stands and who asks is not in
    question."""
    for template, item in paths.items():
        yield (
            template,
            {
                key: {k: v for k, v in value.items() if k not in _BESIDE}
                if isinstance(value, dict)
                else value
                for key, value in item.items()
                if key not in _BESIDE
            },
        )


def _is_its_own(error: BaseException) -> bool:
    """Is it what openapi-core says of a deepObject parameter that is not there (0.23)?"""
    while error.__cause__ is not None:
        error = error.__cause__
    return isinstance(error, ValueError) and str(error) == "not available"


def _said(error: BaseException) -> str:
    """What is wrong, and where: the last cause of an error says it."""
    name, where = getattr(error, "name", ""), getattr(error, "location", "")
    parameter = f"{where} {name}: " if name and where else ""
    while error.__cause__ is not None and not getattr(error, "schema_errors", ()):
        error = error.__cause__
    found = list(getattr(error, "schema_errors", ()))
    if not found:
        return parameter + " ".join(str(error).split())[:300]
    pointer = "".join(f"/{token}" for token in getattr(found[0], "absolute_path", ()))
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{parameter}{pointer or '/'}: {' '.join(str(getattr(found[0], 'message', found[0])).split())[:240]}{more}"
