"""Where in an operation something was seen: as a Place, and in the schemas that speak of it."""

from __future__ import annotations

from harness.contract import shape
from harness.contract.contract import Contract, Operation
from harness.contract.schema import Schema, Schemas
from harness.contract.tree import escaped
from harness.contract.yaml import pointer
from harness.model.change import Place


def place_of(operation: Operation, part: str = "", value: str = "", *, status: str = "") -> Place:
    """A place in an operation. `status`: the key of the answer in the document, where it is about one."""
    tokens = ["paths", operation.template, operation.method.lower()]
    tokens += ["responses", status] if status else []
    name = operation.id if operation.id != operation.name else ""
    return Place(operation.name, name, part, value, pointer(tokens), "")


def status_key(contract: Contract, operation: Operation, status: int) -> str:
    """The key under which the document declares that status; empty where it does not."""
    known = contract.statuses(operation)
    wanted = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    return next((key for key in wanted if key in known), "")


def spot(at: str, value: object, schemas: Schemas, schema: Schema | None) -> tuple[str, str]:
    """A pointer into a value with `*` for each item and for names of somebody's choice; and the same from the nearest
    component on (`Order/lines/*`), so that what is said of a component is known wherever it is. The second is empty
    where there is no component above it."""
    tokens: list[str] = []
    component, begins = "", 0
    for token in at.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        key = schemas.key_of(schema) if schema is not None else None
        if key is not None:
            component, begins = key, len(tokens)
        if isinstance(value, list):
            tokens.append("*")
            schema = shape.item(schemas, schema) if schema is not None else None
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
            continue
        members = shape.members(schemas, schema) if schema is not None else {}
        known = shape.member(schemas, schema, name) if schema is not None else None
        tokens.append("*" if known is not None and name not in members else escaped(name))
        schema, value = known, value.get(name) if isinstance(value, dict) else None
    whole = "".join(f"/{token}" for token in tokens)
    return whole, "/".join((component, *tokens[begins:])) if component else ""


def schema_at(schemas: Schemas, schema: Schema, value: object, at: str) -> Schema:
    """The schema of the value at a pointer, as far as it can be told, its references resolved."""
    for token in at.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            schema = shape.item(schemas, schema)
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
        else:
            schema = shape.member(schemas, schema, name) or {}
            value = value.get(name) if isinstance(value, dict) else None
    return schemas.resolve(schema)


def name_of(at: str) -> str:
    """The name of the member at a pointer: the last of its tokens that is one."""
    tokens = [token for token in at.split("/") if token and token != "*" and not token.isdigit()]
    return tokens[-1].replace("~1", "/").replace("~0", "~") if tokens else ""
