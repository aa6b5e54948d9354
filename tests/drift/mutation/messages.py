"""Changes of what is around schemas: operations, bodies, answers, security, servers."""

from __future__ import annotations

from random import Random

from tests.drift.mutation.kinds import Done, of_document
from tests.drift.mutation.tree import Node, Op, Tree, is_json

NEW = "x-harness-new"


def drawn_op(tree: Tree, rng: Random, *methods: str) -> Op | None:
    """Any operation, or any of these methods."""
    found = [op for op in tree.operations() if not methods or op.method in methods]
    return rng.choice(found) if found else None


@of_document
def operation(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None:
        return None
    del op.item[op.method]
    return Done("breaking", "harmless", op.name)


@of_document
def path(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None:
        return None
    del tree.root["paths"][op.path]
    return Done("breaking", "harmless", op.path)


@of_document
def path_renamed(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None or "#" in op.path or "?" in op.path:
        return None
    head, _, tail = op.path.partition("/")[2].partition("/")
    if head.startswith("{"):
        return None
    new = f"/{head}-renamed/{tail}" if tail else f"/{head}-renamed"
    paths = tree.root["paths"]
    tree.root["paths"] = {(new if each == op.path else each): item for each, item in paths.items()}
    return Done("breaking", "breaking", op.path)


@of_document
def method_changed(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng, "put", "patch")
    other = "patch" if op and op.method == "put" else "put"
    if op is None or other in op.item:
        return None
    op.item[other] = op.item.pop(op.method)
    return Done("breaking", "breaking", f"{op.name} to {other}")


def _body(tree: Tree, rng: Random, *, required: bool | None = None) -> tuple[Op, Node] | None:
    """An operation, and its body or the parameter that is one."""
    found: list[tuple[Op, Node]] = []
    for op in tree.operations():
        if tree.swagger:
            bodies = [node for _, _, node in tree.parameters(op) if node.get("in") == "body"]
        else:
            bodies = [body] if (body := tree.follow(op.node.get("requestBody"))) else []
        found.extend(
            (op, body) for body in bodies if required is None or bool(body.get("required")) is required
        )
    return rng.choice(found) if found else None


@of_document
def body_required(tree: Tree, rng: Random) -> Done | None:
    found = _body(tree, rng, required=False)
    if found is None:
        return None
    found[1]["required"] = True
    return Done("breaking", "harmless", found[0].name, "request")


@of_document
def body_new(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng, "post", "put", "patch")
    if op is None or tree.swagger or "requestBody" in op.node:
        return None
    required = rng.random() < 0.5
    op.node["requestBody"] = {
        "required": required,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return Done("breaking" if required else "harmless", "open", op.name, "request")


@of_document
def request_media(tree: Tree, rng: Random) -> Done | None:
    found = _body(tree, rng)
    if (
        found is None
        or tree.swagger
        or any("json" in kind or "*" in kind for kind in found[1].get("content", {}))
    ):
        return None
    found[1].setdefault("content", {})["application/json"] = {"schema": {"type": "object"}}
    return Done("harmless", "breaking", f"{found[0].name} application/json", "request")


def _answers(tree: Tree) -> list[tuple[Op, str, Node]]:
    return [
        (op, str(status), node)
        for op in tree.operations()
        for status, answer in (op.node.get("responses") or {}).items()
        if (node := tree.follow(answer)) and op.method != "head"
    ]


@of_document
def media_replaced(tree: Tree, rng: Random) -> Done | None:
    found = [
        (op, status, node)
        for op, status, node in _answers(tree)
        if len(node.get("content", {})) == 1 and is_json(next(iter(node["content"]))) and status[0] in "245"
    ]
    if not found:
        return None
    op, status, node = rng.choice(found)
    node["content"] = {"text/csv": {"schema": {"type": "string"}}}
    return Done("breaking", "breaking", f"{op.name} {status}", "response")


@of_document
def response_media(tree: Tree, rng: Random) -> Done | None:
    found = [
        each for each in _answers(tree) if each[2].get("content") and "text/csv" not in each[2]["content"]
    ]
    if not found:
        return None
    op, status, node = rng.choice(found)
    node["content"]["text/csv"] = {"schema": {"type": "string"}}
    return Done("open", "open", f"{op.name} {status} text/csv", "response")


@of_document
def success_replaced(tree: Tree, rng: Random) -> Done | None:
    found = [
        op
        for op in tree.operations()
        if "200" in (responses := op.node.get("responses") or {})
        and "default" not in responses
        and not any(status.startswith("2") and status != "200" for status in responses)
    ]
    if not found:
        return None
    op = rng.choice(found)
    op.node["responses"] = {("202" if k == "200" else k): v for k, v in op.node["responses"].items()}
    return Done("breaking", "breaking", f"{op.name} 200 to 202", "response")


@of_document
def error_status(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None or op.node.get("responses", {}).keys() & {"418", "default", "4XX", "4xx"}:
        return None
    op.node.setdefault("responses", {})["418"] = {"description": "no coffee"}
    return Done("open", "harmless", f"{op.name} 418", "response")


def _header(tree: Tree, required: bool) -> Node:
    if tree.swagger:
        return {"type": "string"}
    return {"required": required, "schema": {"type": "string"}}


@of_document
def header_required(tree: Tree, rng: Random) -> Done | None:
    found = _answers(tree)
    if not found or tree.swagger:
        return None
    op, status, node = rng.choice(found)
    node.setdefault("headers", {})["X-Harness-New"] = _header(tree, True)
    return Done("harmless", "breaking", f"{op.name} {status}", "response")


@of_document
def header_optional(tree: Tree, rng: Random) -> Done | None:
    found = _answers(tree)
    if not found:
        return None
    op, status, node = rng.choice(found)
    node.setdefault("headers", {})["X-Harness-New"] = _header(tree, False)
    return Done("harmless", "harmless", f"{op.name} {status}", "response")


def _schemes(tree: Tree) -> Node:
    holder = tree.root if tree.swagger else tree.root.setdefault("components", {})
    found: Node = holder.setdefault("securityDefinitions" if tree.swagger else "securitySchemes", {})
    return found


@of_document
def security_key_new(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None:
        return None
    now = op.node.get("security", tree.root.get("security")) or [{}]
    _schemes(tree)["harness"] = {"type": "apiKey", "in": "header", "name": "X-Harness-Key"}
    op.node["security"] = [{**each, "harness": []} for each in now]
    return Done("breaking", "harmless", op.name)


@of_document
def security_alternative(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    now = op and op.node.get("security", tree.root.get("security"))
    if op is None or not now or {} in now:
        return None
    _schemes(tree)["harness"] = {"type": "apiKey", "in": "header", "name": "X-Harness-Key"}
    op.node["security"] = [*now, {"harness": []}]
    return Done("harmless", "breaking", op.name)


@of_document
def security_scope(tree: Tree, rng: Random) -> Done | None:
    schemes = _schemes(tree)
    found = [
        (op, index, name)
        for op in tree.operations()
        for index, each in enumerate(op.node.get("security") or ())
        for name in each
        if schemes.get(name, {}).get("type") == "oauth2" and len(op.node["security"]) == 1
    ]
    if not found:
        return None
    op, index, name = rng.choice(found)
    op.node["security"][index][name] = [*op.node["security"][index][name], "harness:write"]
    # Which scopes a token has that was asked for long ago, no document tells.
    return Done("open", "harmless", f"{op.name} {name}")


@of_document
def security_header(tree: Tree, rng: Random) -> Done | None:
    found = [
        (name, scheme)
        for name, scheme in _schemes(tree).items()
        if isinstance(scheme, dict)
        and scheme.get("type") == "apiKey"
        and any(
            [name] == list(each)
            for each in tree.root.get("security") or ()
            if len(tree.root["security"]) == 1
        )
        and any("security" not in op.node for op in tree.operations())
    ]
    if not found:
        return None
    name, scheme = rng.choice(found)
    scheme["name"] = NEW
    return Done("breaking", "breaking", name)


@of_document
def operation_deprecated(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None or op.node.get("deprecated"):
        return None
    op.node["deprecated"] = True
    return Done("harmless", "harmless", op.name)


@of_document
def server(tree: Tree, rng: Random) -> Done | None:
    if tree.swagger:
        tree.root["host"] = "elsewhere.example"
        return Done("open", "open", "host")
    tree.root["servers"] = [{"url": "https://elsewhere.example/v9"}]
    return Done("open", "open", "servers")


@of_document
def webhook(tree: Tree, rng: Random) -> Done | None:
    hooks = tree.root.get("webhooks") or {}
    if len(hooks) < 2:
        return None
    name = rng.choice(list(hooks))
    del hooks[name]
    return Done("open", "harmless", f"webhook {name}")


@of_document
def operation_id(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None or not op.node.get("operationId"):
        return None
    op.node["operationId"] = f"{op.node['operationId']}Renamed"
    return Done("harmless", "harmless", op.name)


@of_document
def tags(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None:
        return None
    op.node["tags"] = [*op.node.get("tags", []), "harness"]
    return Done("harmless", "harmless", op.name)
