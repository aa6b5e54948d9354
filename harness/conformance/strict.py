"""Answers as openapi-core judges them: a second opinion, of another implementation."""

from __future__ import annotations

import re
import warnings
from typing import Any, NamedTuple

from harness.conformance.sending import Asked
from harness.contract.contract import Contract, Operation
from harness.contract.slice import sliced
from harness.model.message import Response

_HOST = "https://provider.test"


class _Question(NamedTuple):
    """A request in the shape that openapi-core asks of one; for answers it only looks for the operation."""

    host_url: str
    path: str
    method: str
    parameters: Any = None
    body: bytes | None = None
    content_type: str = ""


class _Answer(NamedTuple):
    """An answer in the shape that openapi-core asks of one."""

    status_code: int
    headers: Any
    content_type: str
    data: bytes | None


class Strict:
    """openapi-core over the operations of one contract, read when they are first asked for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._validators: dict[str, Any] = {}

    def errors(self, operation: Operation, asked: Asked, response: Response) -> tuple[str, ...]:
        """What openapi-core has against an answer; a failure of its own goes by the exception's name."""
        # openapi-core takes a second to import, and few runs ask for it.
        from openapi_core.templating.paths.exceptions import PathNotFound
        from werkzeug.datastructures import Headers

        question = _Question(_HOST, operation.template, operation.method.lower())
        content_type = response.header("content-type") or ""
        answer = _Answer(
            response.status, Headers(list(response.headers)), content_type, response.body or None
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                errors = list(self._validator(operation).iter_errors(question, answer))
            except (re.error, KeyError, AttributeError, TypeError, ValueError, RecursionError) as error:
                return (f"openapi-core itself failed: {type(error).__name__}: {error}",)
        return tuple(_told(error) for error in errors if not isinstance(error, PathNotFound))

    def _validator(self, operation: Operation) -> Any:
        from jsonschema_path import SchemaPath
        from openapi_core import V30ResponseValidator, V31ResponseValidator

        if operation.id not in self._validators:
            tree = sliced(self._contract.document, [(operation.method, operation.template)])
            tree = {**tree, "servers": [{"url": _HOST}]}
            kind = V30ResponseValidator if str(tree["openapi"]).startswith("3.0") else V31ResponseValidator
            self._validators[operation.id] = kind(SchemaPath.from_dict(_at_one_server(tree)))
        return self._validators[operation.id]


def _at_one_server(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree without the servers of single paths and operations: where the provider stands is not in question."""
    paths = {}
    for template, item in tree["paths"].items():
        paths[template] = {
            key: {k: v for k, v in value.items() if k != "servers"} if isinstance(value, dict) else value
            for key, value in item.items()
            if key != "servers"
        }
    return {**tree, "paths": paths}


def _told(error: BaseException) -> str:
    said = [str(error)]
    while error.__cause__ is not None:
        error = error.__cause__
        found = getattr(error, "schema_errors", ())
        for each in list(found)[:3]:
            path = "".join(f"/{token}" for token in getattr(each, "absolute_path", ()))
            said.append(f"{path or '/'}: {getattr(each, 'message', each)}")
        if not found:
            said.append(str(error))
    return " ".join(": ".join(dict.fromkeys(said)).split())[:300]
