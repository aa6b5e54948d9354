"""Does a behaviour file speak of the contract beside it? Its operation ids and resource fields must exist there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.contract import yaml
from harness.contract.behaviour import Behaviour, Resource, Webhooks
from harness.contract.contract import Contract
from harness.errors import FileError, did_you_mean


def require_coherence(behaviour: Behaviour, contract: Contract, *, text: str, path: str) -> None:
    """Raise a FileError at the first operation id or resource field that the contract does not know."""
    for name, resource in behaviour.resources.items():
        for place, operation in _operations(resource):
            if operation not in contract.operations:
                message = f"no operation {operation!r}; {did_you_mean(operation, contract.operations)}"
                raise _error(path, text, ["resources", name, *place], message)
        fields = _declared(resource, contract)
        if not fields:
            continue
        for place, field in _fields(resource):
            if field not in fields:
                message = f"no field {field!r} in the answers of {name!r}; {did_you_mean(field, fields)}"
                raise _error(path, text, ["resources", name, *place], message)
    if behaviour.webhooks is not None:
        for place, message in _of_webhooks(behaviour.webhooks, behaviour, contract):
            raise _error(path, text, ["webhooks", *place], message)


def _of_webhooks(
    webhooks: Webhooks, behaviour: Behaviour, contract: Contract
) -> Iterator[tuple[list[str], str]]:
    """The operations, kinds of resources and declared webhooks that are named and are not there."""

    def named(
        place: list[str], what: str, name: str, known: Collection[str]
    ) -> Iterator[tuple[list[str], str]]:
        if name and name not in known:
            yield place, f"no {what} {name!r}; {did_you_mean(name, known)}"

    yield from named(["answered_by"], "operation", webhooks.answered_by, contract.operations)
    yield from named(["kept_as"], "resource", webhooks.kept_as, behaviour.resources)
    for event, kind in webhooks.events.items():
        place = ["events", event]
        yield from named([*place, "about"], "resource", kind.about, behaviour.resources)
        yield from named([*place, "declared"], "webhook", kind.declared, contract.outgoing.names)
        for index, operation in enumerate(kind.after):
            yield from named([*place, "after", str(index)], "operation", operation, contract.operations)


def _operations(resource: Resource) -> Iterator[tuple[list[str], str]]:
    for part in ("create", "read", "list", "change", "delete"):
        for index, operation in enumerate(getattr(resource, part)):
            yield [part, str(index)], operation
    for operation in resource.transitions:
        yield ["transitions", operation], operation


def _declared(resource: Resource, contract: Contract) -> set[str]:
    """The fields that answers about one such resource declare."""
    found: set[str] = set()
    for operation_id in (*resource.read, *resource.create, *resource.change, *resource.transitions):
        operation = contract.operations[operation_id]
        found.update(contract.properties(operation, contract.success(operation)))
    return found


def _fields(resource: Resource) -> Iterator[tuple[list[str], str]]:
    """The answers' fields that a resource names, each with its place; of a dotted one, the outermost."""
    yield ["id"], resource.id
    for key in resource.defaults:
        yield ["defaults", key], key
    for index, seed in enumerate(resource.seeds):
        for key in seed:
            yield ["seeds", str(index), key], key
    for operation, values in resource.transitions.items():
        for key in values:
            yield ["transitions", operation, key], key
    for part in ("filters", "parents"):
        for key, field in getattr(resource, part).items():
            if field:
                yield [part, key], field.partition(".")[0]


def _error(path: str, text: str, tokens: list[str], message: str) -> FileError:
    line = None
    while line is None and tokens:
        line = yaml.line_of(text, yaml.pointer(tokens))
        tokens = tokens[:-1]
    return FileError(path, message, line=line)
