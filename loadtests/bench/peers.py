"""The servers that are compared: how each is started on the document, and what to install where it is not there."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from loadtests.bench.traffic import new_pet, pet

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCUMENT = HERE / "petstore.yaml"
PLAN_THAT_NEVER_STRIKES = "rules:\n  - {fault: status.error, with: {status: 503}, operation: deletePet}\n"


class Setting(msgspec.Struct, frozen=True):
    """Where a server is to run. `folder` is its own, for what it must write. `npm` has a node_modules, if any.
    `variants`: how many ids are asked for. `answer_bytes`: how long every answer of nginx is to be; 0 for those of
    the petstore."""

    port: int
    folder: Path
    document: Path = DOCUMENT
    npm: Path | None = None
    variants: int = 1
    answer_bytes: int = 0


class Start(msgspec.Struct, frozen=True):
    """How a server is started."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = {}
    cwd: Path | None = None


class Peer(msgspec.Struct, frozen=True):
    """One server. `start` gives None where it is not installed; `install` says how. `checks`: what of a request it
    judges, and whether it keeps a journal."""

    name: str
    start: Callable[[Setting], Start | None]
    install: str
    checks: str


def ours(*options: str) -> Callable[[Setting], Start]:
    """How ours is started, with these options of `harness serve`."""

    def start(setting: Setting) -> Start:
        command = (sys.executable, "-m", "harness", "serve", str(setting.document), "--format", "json")
        # From the repository, so that the harness which is measured is the one beside this file.
        return Start((*command, "--port", str(setting.port), *options), cwd=ROOT)

    return start


def _ours_with_a_plan(setting: Setting) -> Start:
    plan = setting.folder / "plan.yaml"
    plan.write_text(PLAN_THAT_NEVER_STRIKES, "utf-8")
    return ours("--plan", str(plan))(setting)


def _fixed(loop: str) -> Callable[[Setting], Start]:
    def start(setting: Setting) -> Start:
        command = (sys.executable, "-m", "loadtests.bench.servers.fixed", str(setting.port), loop)
        return Start(command, cwd=ROOT)

    return start


def _nginx(setting: Setting) -> Start | None:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        return None
    configuration = setting.folder / "nginx.conf"
    locations = string_of(setting.answer_bytes) if setting.answer_bytes else PETSTORE_ANSWERS
    configuration.write_text(nginx_configuration(setting.port, setting.folder, locations), "utf-8")
    return Start((found, "-p", str(setting.folder), "-c", str(configuration)))


def _petstore_answers() -> str:
    one = json.dumps(pet(7), separators=(",", ":"))
    page = json.dumps({"more": True, "pets": [pet(7), pet(8)]}, separators=(",", ":"))
    return f"""
    location = /pets {{
      if ($request_method = POST) {{ return 201 '{one}'; }}
      return 200 '{page}';
    }}
    location /pets/ {{ return 200 '{one}'; }}"""


PETSTORE_ANSWERS = _petstore_answers()
"""nginx's fixed answers to the three requests."""


def string_of(length_bytes: int) -> str:
    """Another fixed answer to whatever is asked: a JSON string so long, quotes included."""
    # In parts: a word of nginx's configuration has less than 4,096 bytes.
    parts = textwrap.wrap("x" * (length_bytes - 2), 2000)
    names = [f"$part_{number}" for number in range(len(parts))]
    settings = " ".join(f"set {name} {part};" for name, part in zip(names, parts, strict=True))
    return f"""
    location / {{ {settings} return 200 '"{"".join(names)}"'; }}"""


def nginx_configuration(port: int, folder: Path, locations: str) -> str:
    """One process with fixed answers: what the loopback and HTTP alone cost."""
    temporary = "".join(
        f"  {kind}_temp_path {folder};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type application/json;
{temporary}
  server {{
    listen 127.0.0.1:{port};{locations}
  }}
}}
"""


def _package(setting: Setting, name: str) -> Path | None:
    """The folder of an installed npm package."""
    found = setting.npm / "node_modules" / name if setting.npm else None
    return found if found is not None and found.is_dir() and shutil.which("node") else None


def _node(package: str, script: str, *arguments: str) -> Callable[[Setting], Start | None]:
    """A package's own command. `{port}`, `{document}` and `{folder}` in the arguments are filled in."""

    def start(setting: Setting) -> Start | None:
        folder = _package(setting, package)
        if folder is None:
            return None
        return Start(("node", str(folder / script), *_filled(arguments, setting)))

    return start


def _script(package: str, name: str) -> Callable[[Setting], Start | None]:
    """A library, in a small server of ours."""

    def start(setting: Setting) -> Start | None:
        if _package(setting, package) is None:
            return None
        text = (HERE / "servers" / name).read_text("utf-8")
        # Read from the command line, a module finds its imports by the working directory.
        command = ("node", "--input-type=module", "--eval", text, "--")
        return Start((*command, str(setting.document), str(setting.port)), cwd=setting.npm)

    return start


def _java(package: str, jar: str, *arguments: str) -> Callable[[Setting], Start | None]:
    def start(setting: Setting) -> Start | None:
        folder = _package(setting, package)
        jars = sorted(folder.glob(jar)) if folder else []
        if not jars or shutil.which("java") is None:
            return None
        return Start(("java", "-jar", str(jars[-1]), *_filled(arguments, setting)))

    return start


def _filled(arguments: tuple[str, ...], setting: Setting) -> tuple[str, ...]:
    known = {"port": setting.port, "document": setting.document, "folder": setting.folder}
    return tuple(argument.format_map(known) for argument in arguments)


def _wiremock(setting: Setting) -> Start | None:
    mappings = setting.folder / "mappings"
    mappings.mkdir(exist_ok=True)
    (mappings / "pets.json").write_text(json.dumps({"mappings": wiremock_stubs()}), "utf-8")
    options = ("--port", "{port}", "--bind-address", "127.0.0.1", "--root-dir", "{folder}")
    return _java("wiremock", "build/*.jar", *options)(setting)


def wiremock_stubs() -> list[dict[str, object]]:
    """The three answers as stubs: it does not read OpenAPI documents itself."""
    one, page = pet(7), {"more": True, "pets": [pet(7), pet(8)]}
    return [
        {
            "request": {"method": method, key: where},
            "response": {"status": status, "jsonBody": body, "headers": {"Content-Type": "application/json"}},
        }
        for method, key, where, status, body in (
            ("GET", "urlPathPattern", "/pets/[0-9]+", 200, one),
            ("GET", "urlPath", "/pets", 200, page),
            ("POST", "urlPath", "/pets", 201, one),
        )
    ]


def _json_server(setting: Setting) -> Start | None:
    package = _package(setting, "json-server")
    if package is None:
        return None
    database = setting.folder / "db.json"
    pets = [{"id": number, **new_pet(number)} for number in range(1, setting.variants + 1)]
    database.write_text(json.dumps({"pets": pets}), "utf-8")
    options = ("{folder}/db.json", "--port", "{port}", "--host", "127.0.0.1", "--quiet")
    return _node("json-server", "lib/cli/bin.js", *options)(setting)


_NPM = "npm install --prefix DIR {}, then --npm DIR"
_PRISM = ("mock", "--host", "127.0.0.1", "--port", "{port}", "{document}")

_ALL = (
    Peer("nginx", _nginx, "apt-get install -y nginx-light", "nothing: the limit"),
    Peer("asyncio", _fixed("asyncio"), "part of this folder", "nothing: the limit of Python"),
    Peer("uvloop", _fixed("uvloop"), "part of this folder", "nothing: the limit of Python"),
    Peer("ours", ours(), "pip install -e .", "all, journal"),
    Peer("ours-planned", _ours_with_a_plan, "pip install -e .", "all, journal, a plan that never strikes"),
    Peer(
        "prism",
        _node("@stoplight/prism-cli", "dist/index.js", *_PRISM),
        _NPM.format("@stoplight/prism-cli"),
        "all, a log line each",
    ),
    Peer(
        "prism-quiet",
        _node("@stoplight/prism-cli", "dist/index.js", *_PRISM, "-v", "error"),
        _NPM.format("@stoplight/prism-cli"),
        "all",
    ),
    Peer(
        "scalar",
        _script("@scalar/mock-server", "scalar.mjs"),
        _NPM.format("@scalar/mock-server @hono/node-server"),
        "nothing",
    ),
    Peer("wiremock", _wiremock, _NPM.format("wiremock"), "nothing (stubs), journal"),
    Peer(
        "openapi-backend",
        _script("openapi-backend", "openapi_backend.mjs"),
        _NPM.format("openapi-backend"),
        "all",
    ),
    Peer(
        "specmatic",
        _java("specmatic", "*.jar", "stub", "--host", "127.0.0.1", "--port", "{port}", "{document}"),
        _NPM.format("specmatic"),
        "all, a log line each",
    ),
    Peer(
        "mockoon",
        _node(
            "@mockoon/cli",
            "bin/run.js",
            *("start", "--disable-log-to-file", "--disable-admin-api"),
            *("--hostname", "127.0.0.1", "--port", "{port}", "--data", "{document}"),
        ),
        _NPM.format("@mockoon/cli"),
        "nothing, a log line each",
    ),
    Peer("json-server", _json_server, _NPM.format("json-server"), "nothing, a file written each POST"),
)

PEERS = {peer.name: peer for peer in _ALL}
"""By name, in the order of the tables. nginx comes first: the others are told as parts of it."""
