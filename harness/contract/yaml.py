"""YAML as this project reads it: YAML 1.2 core scalars, string keys, and lines for every mistake.

Timestamps, `yes`, `no`, `on` and `off` stay strings; keys are always strings, so `200:` and `"200":` are one. In our
own files no key comes twice; in documents of others the last one counts.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import yaml

from harness.contract import fast_yaml
from harness.contract.mistakes import explain
from harness.errors import FileError

T = TypeVar("T")

_C_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_C_LOADER):  # type: ignore[misc]
    """CSafeLoader with YAML 1.2 core scalars. Objects are built at once, so that a recursive alias is refused."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


def _resolve(tag: str, pattern: str, first: str) -> None:
    for letter in first:
        entries = _Loader.yaml_implicit_resolvers.setdefault(letter, [])
        entries.append((f"tag:yaml.org,2002:{tag}", re.compile(pattern)))


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_Loader.yaml_implicit_resolvers[""] = [("tag:yaml.org,2002:null", re.compile(r"^$"))]
_resolve("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
_resolve(
    "float",
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
    "-+.0123456789",
)
_resolve("merge", r"^<<$", "<")


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, object]:
    seen: dict[str, int] = {}
    lenient = isinstance(loader, _Lenient)
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a scalar", key.start_mark)
        if key.tag.endswith(":merge"):
            continue
        if key.value in seen:
            if lenient:
                continue
            problem = f"duplicate key {key.value!r}, first on line {seen[key.value]}"
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        seen[key.value] = key.start_mark.line + 1
    loader.flatten_mapping(node)
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


def _sequence(loader: Any, node: yaml.SequenceNode) -> list[object]:
    return [loader.construct_object(item, deep=True) for item in node.value]


def _integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = str(node.value)
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


class _Lenient(_Loader):
    """For documents of others: of a key that comes twice the last one counts, and unknown tags say nothing."""


def _untagged(loader: Any, tag: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node)
    if isinstance(node, yaml.SequenceNode):
        return _sequence(loader, node)
    return loader.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Lenient.add_multi_constructor("", _untagged)


def load(text: str, *, path: str) -> object:
    """The value of one YAML document. Unparsable text, a duplicate key or a recursive alias is a FileError."""
    require_shallow(text, path)
    return _load(text, path, _Loader)


def load_document(text: str, *, path: str) -> object:
    """The value of a YAML document that others wrote: a key may come twice, a tag may be unknown."""
    with uncollected():
        known, value = fast_yaml.load(text)
    if known:
        return value
    require_shallow(text, path)
    return _load(text, path, _Lenient)


def _load(text: str, path: str, kind: type[_Loader]) -> object:
    loader = None
    try:
        loader = kind(text)
        with uncollected():
            return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "not YAML"
        raise FileError(path, message, line=mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise FileError(path, str(error).splitlines()[0]) from None
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"not usable YAML: {error}") from None
    finally:
        if loader is not None:
            loader.dispose()


def require_shallow(text: str, path: str) -> None:
    """A FileError where parsers that call themselves for each level run out of stack. Brackets in texts count."""
    depth = deepest = 0
    if text.count("[") + text.count("{") >= _DEEPEST:
        for bracket in _BRACKET.findall(text):
            depth += 1 if bracket in "[{" else -1
            deepest = max(deepest, depth)
    if deepest >= _DEEPEST or fast_yaml.is_deep(text):
        raise FileError(path, "nested too deeply to be read")


_DEEPEST = 1000
_BRACKET = re.compile(r"[\[\]{}]")


@contextmanager
def uncollected() -> Iterator[None]:
    """Without garbage collection: a growing tree of nodes has no garbage, and is walked again and again to see so.

    GitHub's document (10 MB of YAML) takes 1.2 s instead of 5.0 s.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def convert(text: str, kind: type[T], *, path: str) -> T:
    """YAML text as a msgspec struct. Every mistake is a FileError with its line and the nearest name that works."""
    value = load(text, path=path)
    converted: T = convert_part({} if value is None else value, kind, text=text, path=path)
    return converted


def convert_part(value: object, kind: Any, *, text: str, path: str, at: tuple[str, ...] = ()) -> Any:
    """What stands at this place of a YAML text as a msgspec type; mistakes as those of `convert`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _mistake(error, value, kind, text, path, at) from None


def _mistake(
    error: msgspec.ValidationError, value: object, kind: Any, text: str, path: str, at: tuple[str, ...]
) -> FileError:
    """The FileError that says where msgspec's error is, and what would work there."""
    mistake = explain(error, value, kind)
    place = [*at, *mistake.place]
    line = nearest_line(text, pointer([*place, *([mistake.unknown] if mistake.unknown else [])]))
    where = "" if mistake.unknown else "/".join(place)
    return FileError(path, f"{where}: {mistake.message}" if where else mistake.message, line=line)


def nearest_line(text: str, pointer: str) -> int:
    """The line of a pointer, or of the nearest thing around it that is there."""
    line = line_of(text, pointer)
    while line is None and pointer:
        pointer = pointer.rpartition("/")[0]
        line = line_of(text, pointer)
    return line or 1


def pointer(tokens: list[str] | list[str | int]) -> str:
    """The RFC 6901 pointer of these reference tokens."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def line_of(text: str, pointer: str) -> int | None:
    """The 1-based line of an RFC 6901 pointer in YAML or JSON text (of its key), or None where nothing is."""
    loader = _Loader(text.replace("\t", " "))
    try:
        node = loader.get_single_node()
    except yaml.YAMLError:
        return None
    finally:
        loader.dispose()
    if node is None:
        return None
    mark = node.start_mark
    for token in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value == token:
                    mark, node = key.start_mark, value
                    break
            else:
                return None
        elif isinstance(node, yaml.SequenceNode) and token.isdigit() and int(token) < len(node.value):
            node = node.value[int(token)]
            mark = node.start_mark
        else:
            return None
    return int(mark.line) + 1


def repeated(text: str) -> Iterator[str]:
    """The RFC 6901 pointers of keys that come twice in one mapping; none where the text cannot be read."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.YAMLError:
        return
    finally:
        loader.dispose()
    pending: list[tuple[Any, str]] = [(root, "")]
    seen: set[int] = set()
    while pending:
        node, place = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                here = place + pointer([str(key.value)])
                if key.value in keys and not key.tag.endswith(":merge"):
                    yield here
                keys.add(str(key.value))
                pending.append((value, here))
        elif isinstance(node, yaml.SequenceNode):
            pending += [(item, f"{place}/{index}") for index, item in enumerate(node.value)]
