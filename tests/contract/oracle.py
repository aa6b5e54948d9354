"""openapi-core as the oracle of requests, and where it and the specification part, with the reason beside each."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator, V31RequestValidator
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.model.message import Request


class Gap(NamedTuple):
    """Something of which openapi-core says otherwise: what it says, why that is wrong, and by what."""

    says: str
    why: str
    source: str


GAPS = {
    "empty-value": Gap(
        "refuses an empty query parameter",
        "an empty text is a string of no characters; allowEmptyValue only lets it stand for none at all",
        "OpenAPI 3.1.1, Parameter Object, allowEmptyValue",
    ),
    "templated-style": Gap(
        "does not find matrix and label parameters",
        "it wants the operators of RFC 6570 in the path template, where OpenAPI has a bare name",
        "OpenAPI 3.1.1, Path Templating and Style Values",
    ),
    "space-delimited": Gap(
        "divides at the three characters %20, after the query is decoded",
        "the separator is the encoded space",
        "OpenAPI 3.1.1, Style Examples",
    ),
    "exploded-members": Gap(
        "looks for the members of an exploded object under the name of the parameter",
        "each member stands under its own name",
        "OpenAPI 3.1.1, Style Examples, form with explode",
    ),
    "deep-nesting": Gap(
        "reads one level of a deepObject, one text a member",
        "what is nested deeper is not defined; providers write it with more brackets, lists with repeats",
        "OpenAPI 3.1.1, Style Values, deepObject",
    ),
    "python-number": Gap(
        "takes any text that int() or float() of Python takes",
        "a number is as JSON has it: no blank, +, underscore, leading zero, nan or inf, and none beyond a double",
        "OpenAPI 3.1.1, Data Types; RFC 8259 section 6",
    ),
    "python-bool": Gap(
        "takes yes, no, on, off, t, f, y, n, 1, 0 and any case for booleans",
        "a boolean is written true or false",
        "OpenAPI 3.1.1, Data Types; RFC 8259 section 3",
    ),
    "json-suffix": Gap(
        "treats a body of a vendor's +json as bytes",
        "the suffix says that it is JSON",
        "RFC 6839 section 3.1",
    ),
    "token-schemes": Gap(
        "asks for nothing where oauth2 or openIdConnect is wanted",
        "a token is shown in the Authorization header",
        "RFC 6750 section 2.1",
    ),
    "absent-deep-object": Gap(
        "refuses the absence of a deepObject parameter whose schema is no object",
        "an optional parameter may be absent",
        "OpenAPI 3.1.1, Parameter Object, required",
    ),
    "regex-dialect": Gap(
        "raises the re.error of Python on a pattern of another dialect",
        "a pattern is ECMA-262; one that no engine can use is an annotation",
        "JSON Schema 2020-12 Validation section 6.3.3",
    ),
    "casting": Gap(
        "casts by the first branch of a union that takes the text",
        "the branches are alternatives: it is valid if one of its readings is",
        "OpenAPI 3.1.1, Parameter Object, schema",
    ),
}
"""By name. A case that has the mark of a gap may be judged otherwise by the oracle, and only such a case."""


class Question(NamedTuple):
    """A request in the shape that openapi-core asks of one."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    body: bytes | None
    content_type: str

    @classmethod
    def of(cls, request: Request) -> Question:
        """The same request; openapi-core wants it decoded."""
        cookies = [
            (name, unquote(value))
            for part in (request.header("cookie") or "").split("; ")
            for name, equals, value in [part.partition("=")]
            if equals
        ]
        return cls(
            "https://mock.test",
            unquote(request.path),
            request.method.lower(),
            RequestParameters(
                query=ImmutableMultiDict(parse_qsl(request.query, keep_blank_values=True)),
                header=Headers(list(request.headers)),
                cookie=ImmutableMultiDict(cookies),
            ),
            request.body or None,
            request.header("content-type") or "",
        )


class Oracle:
    """openapi-core over one document."""

    def __init__(self, root: dict[str, Any]) -> None:
        kind = V30RequestValidator if str(root["openapi"]).startswith("3.0") else V31RequestValidator
        self._validator = kind(SchemaPath.from_dict(_at_one_server(root)))
        self.consulted = 0

    def errors(self, request: Request) -> list[str]:
        """What openapi-core has against the request; a failure of its own goes by the name of the exception."""
        self.consulted += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return [_told(error) for error in self._validator.iter_errors(Question.of(request))]
            except (re.error, KeyError, AttributeError, TypeError, ValueError, RecursionError) as error:
                return [f"raised {type(error).__name__}: {error}"]


def _at_one_server(node: Any) -> Any:
    """The document with one server, wherever it names some: where a provider stands is not in question."""
    root = {**node, "servers": [{"url": "https://mock.test"}]}
    paths = {}
    for template, item in node["paths"].items():
        kept = {key: value for key, value in item.items() if key != "servers"}
        for method, operation in kept.items():
            if isinstance(operation, dict) and "servers" in operation:
                kept[method] = {key: value for key, value in operation.items() if key != "servers"}
        paths[template] = kept
    return {**root, "paths": paths}


def _told(error: BaseException) -> str:
    causes = [str(error)]
    while error.__cause__ is not None:
        error = error.__cause__
        errors = getattr(error, "schema_errors", ())
        causes.append("; ".join(str(getattr(e, "message", e)) for e in errors) or str(error))
    return " <- ".join(causes)


def ours(contract: Contract, request: Request) -> list[str]:
    """What the engine has against the request: its deviations, and whether its guard lets it in."""
    match = contract.match(request.method, request.path)
    assert isinstance(match, Match), match
    found = [f"{d.where} {d.pointer} {d.keyword}" for d in contract.judge(match, request).deviations]
    return found if contract.guard(match.operation).admits(request) else ["security", *found]


def compiled(root: dict[str, Any]) -> Contract:
    """The engine's reading of the same document."""
    return Contract(parse(json.dumps(root).encode(), name="made.json"))
