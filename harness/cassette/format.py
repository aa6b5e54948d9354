"""Cassettes as text: vcrpy's own format, version 1, in YAML or in JSON.

    interactions:
    - request: {method, uri, body, headers: {name: [value]}}
      response: {status: {code, message}, headers: {name: [value]}, body: {string}}
    version: 1

What vcrpy has no word for stands where it keeps it when it writes the file again: `metadata.harness` for the whole
file, `response.harness` for an exchange. Nothing in a file is ever run: of YAML's tags only those that stand for
text, bytes and lists are read.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from harness.cassette.coding import decoded
from harness.cassette.recorded import Cassette, Facts, Recorded, request_to
from harness.contract.place import Tokens, lines
from harness.contract.yaml import require_shallow
from harness.errors import FileError, UsageError
from harness.model.message import Headers, Response

VERSION = 1

ENDINGS = (".yaml", ".yml", ".json")
"""Of the names of cassettes."""

_WIDEST = 2**30
"""Columns of a YAML line: a body is never folded, so that a search finds what it looks for."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_PYTHON = "tag:yaml.org,2002:python/"


class _Loader(_LOADER):  # type: ignore[misc]
    """YAML 1.1, as vcrpy writes it; dates stay text, and vcrpy's tags for text, tuples and buffers are known."""


def _text_of(loader: Any, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)


def _list_of(loader: Any, node: yaml.SequenceNode) -> object:
    return loader.construct_sequence(node, deep=True)


def _first_of_state(loader: Any, node: yaml.MappingNode) -> object:
    state = loader.construct_mapping(node, deep=True).get("state")
    return state[0] if isinstance(state, list) and state else b""


def _joined(loader: Any, node: yaml.MappingNode) -> object:
    parts = loader.construct_mapping(node, deep=True).get("args")
    inner = parts[0] if isinstance(parts, list) and parts else []
    return b"".join(_octets(part) for part in inner) if isinstance(inner, list) else b""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text_of)
_Loader.add_constructor(_PYTHON + "str", _text_of)
_Loader.add_constructor(_PYTHON + "unicode", _text_of)
_Loader.add_constructor(_PYTHON + "tuple", _list_of)
_Loader.add_constructor(_PYTHON + "object/new:_io.BytesIO", _first_of_state)
_Loader.add_constructor(_PYTHON + "object/apply:builtins.iter", _joined)


def require_ending(path: str) -> None:
    """A UsageError where the name says no format."""
    if not path.lower().endswith(ENDINGS):
        raise UsageError(f"{path}: a cassette's name ends in .yaml, .yml or .json")


def parse(text: str, *, path: str) -> Cassette:
    """The cassette of a YAML or JSON text. FileError, with a line, where it is none."""
    tree = loaded(text, path=path)
    if not isinstance(tree, dict) or not isinstance(tree.get("interactions"), list):
        raise FileError(path, "no cassette: it has no list of `interactions`")
    if str(tree.get("version", VERSION)) != str(VERSION):
        line = lines(text, [("version",)])[("version",)]
        raise FileError(path, f"a cassette of version {tree['version']}; {VERSION} can be read", line=line)
    try:
        exchanges = tuple(_recorded(each, index) for index, each in enumerate(tree["interactions"]))
    except _Wrong as wrong:
        line = lines(text, [wrong.at])[wrong.at]
        raise FileError(path, f"/{'/'.join(wrong.at)}: {wrong}", line=line) from None
    metadata = tree.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    return Cassette(exchanges, _facts(metadata.pop("harness", None)), metadata)


def loaded(text: str, *, path: str) -> Any:
    """The value of a YAML or JSON text. FileError where it is neither."""
    require_shallow(text, path)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            return json.loads(text.removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            if path.endswith(".json"):
                raise FileError(path, f"not JSON: {error.msg}", line=error.lineno) from None
        except (ValueError, RecursionError) as error:
            raise FileError(path, f"not usable JSON: {error}") from None
    try:
        return yaml.load(text, Loader=_Loader)  # a SafeLoader with six more tags, none of which runs anything
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "not YAML"
        if _PYTHON in problem:
            problem = f"{problem}: a cassette holds text and bytes, no objects of Python; record it anew"
        raise FileError(path, problem, line=mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise FileError(path, str(error).splitlines()[0]) from None
    except (ValueError, TypeError, RecursionError) as error:
        raise FileError(path, f"not usable YAML: {error}") from None


def written(cassette: Cassette, *, path: str) -> str:
    """The text of a cassette: JSON where the name ends so, else YAML. FileError where JSON cannot hold a body."""
    tree = {"interactions": [as_dict(each) for each in cassette.exchanges], "version": VERSION}
    facts = msgspec.to_builtins(cassette.facts)
    metadata = {**({"harness": facts} if facts else {}), **cassette.metadata}
    if metadata:
        tree["metadata"] = metadata
    if path.endswith(".json"):
        try:
            return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
        except TypeError:
            raise FileError(path, "JSON holds no body that is not text: let its name end in .yaml") from None
    return str(yaml.dump(tree, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=_WIDEST))


def as_dict(recorded: Recorded) -> dict[str, Any]:
    """An exchange as vcrpy has it."""
    request, response = recorded.request, recorded.response
    return {
        "request": {
            "method": request.method,
            "uri": recorded.uri,
            "body": _body(request.body) if request.body else None,
            "headers": _by_name(request.headers),
        },
        "response": {
            "status": {"code": response.status, "message": recorded.reason},
            "headers": _by_name(response.headers),
            "body": {"string": _body(response.body)},
            **({"harness": {"recorded_at": recorded.recorded_at}} if recorded.recorded_at else {}),
        },
    }


def from_dict(interaction: object) -> Recorded:
    """An exchange that vcrpy has as a dictionary. ValueError where it is none."""
    return _recorded(interaction, 0)


class _Wrong(ValueError):
    """Something in the tree that is not what it should be. `at`: where."""

    def __init__(self, at: Tokens, message: str) -> None:
        self.at = at
        super().__init__(message)


def _recorded(interaction: object, index: int) -> Recorded:
    at = ("interactions", str(index))
    request, response = _member(interaction, "request", at), _member(interaction, "response", at)
    method, uri = request.get("method"), request.get("uri")
    if not isinstance(method, str) or not method:
        raise _Wrong((*at, "request", "method"), "a method is a text")
    if not isinstance(uri, str) or not uri:
        raise _Wrong((*at, "request", "uri"), "an address is a text")
    sent = tuple(_headers(request.get("headers"), (*at, "request", "headers")))
    sent, body = decoded(sent, _content(request.get("body"), (*at, "request", "body")))
    origin, asked = request_to(method, uri, sent, body)
    code, reason = _status(response, (*at, "response", "status"))
    headers = tuple(_headers(response.get("headers"), (*at, "response", "headers")))
    # vcrpy before 5 kept an httpx answer with `content`.
    octets = _content(response.get("body", response.get("content")), (*at, "response", "body"))
    headers, octets = decoded(headers, octets)
    about = response.get("harness")
    when = about.get("recorded_at") if isinstance(about, dict) else None
    when = when or (interaction.get("recorded_at") if isinstance(interaction, dict) else None)
    return Recorded(
        asked, Response(code, headers, octets), origin, reason, when if isinstance(when, str) else ""
    )


def _member(value: object, name: str, at: Tokens) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(at, "an interaction has a request and a response")
    member = value.get(name)
    if not isinstance(member, dict):
        raise _Wrong((*at, name), f"an interaction has a {name}")
    return member


def _status(response: dict[str, Any], at: Tokens) -> tuple[int, str]:
    status = response.get("status", {"code": response.get("status_code")})
    code = status.get("code") if isinstance(status, dict) else status
    if isinstance(code, str) and code.isascii() and code.isdecimal():
        code = int(code)
    if not isinstance(code, int) or not 100 <= code <= 999:
        raise _Wrong(at, f"a status is a number of three digits, not {code!r}")
    reason = status.get("message") if isinstance(status, dict) else ""
    return code, reason if isinstance(reason, str) else ""


def _headers(value: object, at: Tokens) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if not isinstance(value, dict):
        raise _Wrong(at, "headers are texts by name")
    for name, given in value.items():
        for each in given if isinstance(given, list) else [given]:
            if isinstance(each, bytes):
                each = each.decode("latin-1")
            if not isinstance(each, str | int | float):
                raise _Wrong((*at, str(name)), f"a header is a text, not {each!r}")
            yield str(name).lower(), str(each)


def _content(value: object, at: Tokens) -> bytes:
    if isinstance(value, dict):
        encoded = value.get("base64_string")
        if isinstance(encoded, str) and encoded:
            try:
                return b64decode(encoded, validate=True)
            except ValueError:
                raise _Wrong((*at, "base64_string"), "not base64") from None
        value = value.get("string")
    try:
        return _octets(value)
    except TypeError:
        raise _Wrong(at, f"a body is a text or bytes, not {type(value).__name__}") from None


def _octets(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if value is None:
        return b""
    if isinstance(value, list):
        return b"".join(_octets(part) for part in value)
    if isinstance(value, str | int | float):
        return str(value).encode("utf-8", "surrogateescape")
    raise TypeError


def _body(octets: bytes) -> str | bytes:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets


def _by_name(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


def _facts(value: object) -> Facts:
    try:
        return msgspec.convert(value, Facts) if value is not None else Facts()
    except msgspec.ValidationError:
        return Facts()
