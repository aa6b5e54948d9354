"""One operation as lines for the terminal: what it takes, what it answers, what is known of it beside that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract import shape
from harness.contract.behaviour import Behaviour, Fact, Resource
from harness.contract.contract import Operation
from harness.contract.document import Document
from harness.contract.provider import Provider
from harness.contract.schema import Schema, Schemas
from harness.contract.security import Scheme
from harness.model.clock import Rng
from harness.model.message import Response

_WHERE = ("path", "query", "querystring", "header", "cookie")
_DEEPEST = 2
_CHOICES = 6
_EXAMPLE_LINES = 30
_USUAL = {"1": 100, "2": 200, "3": 302, "4": 400, "5": 500}


def described(provider: Provider, operation: Operation, *, rng: Rng, now_s: float) -> Iterator[str]:
    """The lines, without colours. `now_s`: the epoch second that counts as now in the examples."""
    contract = provider.contract
    node, item = _nodes(contract.document, operation)
    schemas = Schemas(contract.document, "request")
    yield f"{operation.name}   {operation.id}" if operation.id != operation.name else operation.name
    facts = [operation.summary or str(node.get("description") or "").partition("\n")[0]]
    facts += [f"tags: {', '.join(operation.tags)}"] if operation.tags else []
    facts += ["deprecated"] if operation.deprecated else []
    yield from (f"  {fact}" for fact in facts if fact)
    yield from _titled("Security", _security(contract.security(operation)))
    yield from _titled("Parameters", _parameters(contract.document, schemas, item, node))
    yield from _body(contract.document, schemas, node)
    shown: list[tuple[object, str]] = []
    for status, line in _statuses(node):
        yield ""
        declared = contract.document.follow(node["responses"][line])
        yield f"Answer {line}  {_one_line(declared.get('description'))}".rstrip()
        same = next(
            (known for content, known in shown if content and content == declared.get("content")), None
        )
        shown.append((declared.get("content"), line))
        if same is not None:
            yield f"  a body as of {same}"
            continue
        yield from (
            f"  {text}" for text in _example(contract.answer(operation, status, rng=rng, now_s=now_s))
        )
    yield from _titled("Known beside the contract", _behaviour(provider.behaviour, operation))


def _nodes(document: Document, operation: Operation) -> tuple[dict[str, Any], dict[str, Any]]:
    """The operation and its path item as the document has them."""
    for template, item in document.root.get("paths", {}).items():
        if "/" + template.lstrip("/") == operation.template:
            item = document.follow(item)
            others = item.get("additionalOperations") or {}
            node: dict[str, Any] = item.get(operation.method.lower()) or others[operation.method]
            return node, item
    raise LookupError(operation.name)


def _titled(title: str, lines: Iterator[str]) -> Iterator[str]:
    """A paragraph; none where there is nothing to say."""
    said = list(lines)
    if said:
        yield ""
        yield title
        yield from (f"  {line}" for line in said)


def _security(alternatives: tuple[tuple[Scheme, ...], ...]) -> Iterator[str]:
    for schemes in alternatives:
        words = [
            scheme.kind if scheme.kind != "api_key" else f"key in {scheme.where} {scheme.name}"
            for scheme in schemes
        ]
        yield " and ".join(words) if words else "none"


def _parameters(
    document: Document, schemas: Schemas, item: dict[str, Any], node: dict[str, Any]
) -> Iterator[str]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for owner in (item, node):
        for one in owner.get("parameters") or ():
            one = document.follow(one)
            if one.get("in") in _WHERE and isinstance(one.get("name"), str):
                found[one["in"], one["name"]] = one
    width = max((len(name) for _, name in found), default=0) + 1
    for (where, name), one in sorted(found.items(), key=lambda entry: _WHERE.index(entry[0][0])):
        content = one.get("content")
        media = next(iter(content.values()), {}) if isinstance(content, dict) else one
        raw = media.get("schema") if isinstance(media, dict) else None
        mark = "*" if one.get("required") is True or where == "path" else ""
        yield _columns(f"{where:6} {name + mark:{width}}", schemas, schemas.convert(raw), one)


def _body(document: Document, schemas: Schemas, node: dict[str, Any]) -> Iterator[str]:
    body = document.follow(node.get("requestBody"))
    content = body.get("content")
    seen: list[Any] = []
    for kind, media in content.items() if isinstance(content, dict) else ():
        raw = media.get("schema") if isinstance(media, dict) else None
        must = ", required" if body.get("required") is True else ""
        if raw in seen:
            yield f"     or {kind}, the same"
            continue
        seen.append(raw)
        schema = schemas.convert(raw)
        said = _type(schemas, schema)
        yield ""
        yield f"Body {kind}{must}" + ("" if said == "object" else f": {said}")
        yield from _fields(schemas, schema, 0)


def _fields(schemas: Schemas, schema: Schema, depth: int) -> Iterator[str]:
    """The members of an object, and theirs; of an array, those of its items."""
    if "object" not in shape.types(schemas, schema):
        each = shape.item(schemas, schema) if "array" in shape.types(schemas, schema) else None
        if each and "object" in shape.types(schemas, each):
            yield from _fields(schemas, each, depth)
        return
    members = shape.members(schemas, schema)
    required = {name for branch in shape.branches(schemas, schema) for name in branch.get("required", ())}
    width = max(map(len, members), default=0) + 1
    for name, member in members.items():
        if not isinstance(member, dict) or member.get("readOnly") is True:
            continue  # which is never sent
        mark = "*" if name in required else ""
        yield _columns(f"{'  ' * (depth + 1)}{name + mark:{width}}", schemas, member, {})
        if depth < _DEEPEST and _type(schemas, member) != "anything":
            yield from _fields(schemas, member, depth + 1)


def _columns(start: str, schemas: Schemas, schema: Schema, node: dict[str, Any]) -> str:
    about = _one_line(node.get("description"))
    return f"{start}  {_type(schemas, schema)}" + (f"   {about}" if about else "")


def _one_line(text: object) -> str:
    """The first line of a description."""
    return " ".join(str(text or "").strip().partition("\n")[0].split())


def _type(schemas: Schemas, schema: Schema) -> str:
    """A schema in a few words: `integer 1..100, default 10`, `"asc" | "desc"`, `string (email) or null`."""
    schema = schemas.resolve(schema)
    kinds = shape.types(schemas, schema)
    null = " or null" if "null" in kinds and 1 < len(kinds) < 7 else ""
    kinds -= {"null"}
    choice = schema.get("enum")
    if choice is not None or "const" in schema:
        values = [value for value in (choice or [schema.get("const")]) if value is not None]
        shown = " | ".join(msgspec.json.encode(value).decode() for value in values[:_CHOICES])
        more = f" | {len(values) - _CHOICES} more" if len(values) > _CHOICES else ""
        said = shown + more
    elif len(kinds) >= 6:
        said = "anything"
    elif "array" in kinds:
        each = shape.item(schemas, schema)
        inner = _type(schemas, each) if each and len(kinds) == 1 and not schemas.key_of(each) else ""
        said = f"list of {inner}" if inner else " or ".join(sorted(kinds)).replace("array", "list")
    else:
        said = " or ".join(sorted(kinds)) or "nothing"
    said += f" ({schema['format']})" if "format" in schema else ""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        said += f" {'' if low is None else low}..{'' if high is None else high}"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is not None or most is not None:
        said += f" of {'' if least is None else least}..{'' if most is None else most} letters"
    said += f" like {schema['pattern']}" if "pattern" in schema else ""
    default = schema.get("default")
    return said + null + (f", default {msgspec.json.encode(default).decode()}" if default is not None else "")


def _statuses(node: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """The declared answers by a status that each stands for."""
    given = node.get("responses")
    responses: dict[str, Any] = given if isinstance(given, dict) else {}
    for key in responses:
        if key.isdigit() and len(key) == 3:
            yield int(key), key
        elif key[1:].upper() == "XX" and key[0] in _USUAL:
            yield _USUAL[key[0]], key
        elif key == "default":
            # One that no other answer is declared for.
            yield next(status for status in (500, 400, 599, 499) if str(status) not in responses), key


def _example(answer: Response) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in answer.headers)
    try:
        text = msgspec.json.format(answer.body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = answer.body.decode(errors="replace")
    lines = text.splitlines()
    yield from lines[:_EXAMPLE_LINES]
    if len(lines) > _EXAMPLE_LINES:
        yield f"... and {len(lines) - _EXAMPLE_LINES} lines more"


_PARTS = ("create", "read", "list", "change", "delete")


def _behaviour(behaviour: Behaviour, operation: Operation) -> Iterator[str]:
    """What is known of this operation, each fact with its source."""
    for name, resource in behaviour.resources.items():
        parts = [part for part in _PARTS if operation.id in getattr(resource, part)]
        if parts:
            yield _fact(f"{parts[0]}s {name}{_kept(resource, parts[0])}", resource)
        elif operation.id in resource.transitions:
            fields = ", ".join(resource.transitions[operation.id]) or "nothing"
            yield _fact(f"moves {name} on, setting {fields}", resource)
    repeat = behaviour.idempotency
    if repeat and operation.method in repeat.methods:
        need = "needs" if repeat.required else "may have"
        yield _fact(f"{need} the header {repeat.header}, kept for {repeat.retention_s / 3600:g} h", repeat)
    if behaviour.paging and any(operation.id in resource.list for resource in behaviour.resources.values()):
        paging = behaviour.paging
        yield _fact(
            f"pages by {paging.style}: {paging.limit} {paging.default_limit} to {paging.max_limit}", paging
        )
    if behaviour.rate_limit:
        statuses = ", ".join(dict.fromkeys(str(answer.status) for answer in behaviour.rate_limit.exceeded))
        quotas = "; ".join(
            f"{quota.requests} in {quota.window_s:g} s" for quota in behaviour.rate_limit.quotas
        )
        yield _fact(f"rate limit: {statuses}" + (f" after {quotas}" if quotas else ""), behaviour.rate_limit)
    for advice in behaviour.retry.advice if behaviour.retry else ():
        yield _fact(f"retry after {', '.join(map(str, advice.statuses))}: {advice.retry}", advice)


def _kept(resource: Resource, part: str) -> str:
    return f", with ids like {resource.prefix}..." if part == "create" and resource.prefix else ""


def _fact(text: str, fact: Fact) -> str:
    return f"{text}  [{fact.source}]"
