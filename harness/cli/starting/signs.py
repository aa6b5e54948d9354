"""What in a repository shows that it talks to a provider: dependencies, imports and addresses, each with its line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

SKIPPED = frozenset(
    (
        *("node_modules", "venv", "env", "site-packages", "__pycache__", "dist", "build", "target", "vendor"),
        *("coverage", "htmlcov", "harness-report"),
    )
)
"""Folders whose files are not the team's own. So are those whose name begins with a dot."""

LARGEST_BYTES = 400_000
MOST_FILES = 5_000

SOURCES = frozenset(
    (
        *(".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".java", ".kt", ".go", ".rb", ".php", ".cs"),
        *(
            ".rs",
            ".scala",
            ".swift",
            ".toml",
            ".yaml",
            ".yml",
            ".json",
            ".env",
            ".cfg",
            ".ini",
            ".properties",
        ),
    )
)

_NAME = r"(?<![\w@./-]){}(?![\w/-]|\.\w)"
MANIFESTS: Mapping[str, tuple[str, str]] = {
    "pyproject.toml": ("pypi", r"""["']?(?i:""" + _NAME + ")"),
    "setup.py": ("pypi", r"""["'](?i:{})(?=["'\[<>=!~; ])"""),
    "setup.cfg": ("pypi", r"^\s+(?i:{})(?=$|[\[<>=!~; ])"),
    "Pipfile": ("pypi", r"""^["']?(?i:{})["']?\s*="""),
    "package.json": ("npm", r'"{}"\s*:'),
    "pom.xml": ("maven", r"<artifactId>\s*{}\s*</artifactId>"),
    "build.gradle": ("maven", r":{}[:'\"]"),
    "build.gradle.kts": ("maven", r":{}[:'\"]"),
    "go.mod": ("go", r"(?<!\S){}(?:/v\d+)?(?=\s)"),
    "Gemfile": ("gem", r"""gem\s+["']{}["']"""),
    "composer.json": ("composer", r'"{}"\s*:'),
}
"""The file that lists dependencies, where they are published, and how one of that name stands in it."""

REQUIREMENTS = ("pypi", r"^\s*(?i:{})(?=$|[\[<>=!~;@ #])")
PROJECT = ("nuget", r'Include="{}"')

_ADDRESS = re.compile(r"https?://([a-z0-9][a-z0-9.-]*\.[a-z]{2,})(?=[/:\"'`\s)\]}]|$)", re.IGNORECASE)
_DOCUMENT = re.compile(r"""(?m)(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\.""")


class Told(msgspec.Struct, frozen=True):
    """What a provider is known by. `hosts`: of its base URLs; `sdks`, `modules`: as its card has them."""

    name: str
    hosts: tuple[str, ...]
    sdks: Mapping[str, tuple[str, ...]] = {}
    modules: tuple[str, ...] = ()


class Sign(msgspec.Struct, frozen=True):
    """One line that shows it. `what`: dependency, import or address."""

    provider: str
    what: str
    file: str
    line: int
    said: str


class Seen(msgspec.Struct, frozen=True):
    """A repository, as far as it matters here. Paths are relative to its root. `apis`: hosts of addresses that look
    like somebody's API, each with where it stands; `documents`: OpenAPI documents."""

    signs: tuple[Sign, ...]
    apis: Mapping[str, str]
    documents: tuple[str, ...]
    python: tuple[str, ...]
    tests: str
    manifests: tuple[str, ...]
    is_node: bool

    def of(self, provider: str) -> tuple[Sign, ...]:
        """What shows that it talks to that provider."""
        return tuple(sign for sign in self.signs if sign.provider == provider)


def look(root: Path, providers: Iterable[Told]) -> Seen:
    """Look at a repository."""
    known = tuple(providers)
    texts = dict(_texts(root))
    signs = [sign for name, text in texts.items() for told in known for sign in _signs(name, text, told)]
    claimed = {host for told in known for host in told.hosts}
    apis: dict[str, str] = {}
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            for found in _ADDRESS.finditer(line):
                host = found[1].lower()
                if ("api" in host.split(".")[0] or "/api" in line[found.end() :]) and host not in claimed:
                    apis.setdefault(host, f"{name}:{number}")
    return Seen(
        signs=tuple(sorted(signs, key=lambda sign: (sign.provider, _RANK[sign.what], sign.file, sign.line))),
        apis={host: place for host, place in apis.items() if not _is_reserved(host)},
        documents=tuple(name for name, text in texts.items() if is_document(name, text)),
        python=tuple(name for name in texts if name.endswith(".py")),
        tests=_tests(texts),
        manifests=tuple(name for name in texts if _manifest(Path(name).name) is not None),
        is_node="package.json" in texts,
    )


_RANK = {"address": 0, "import": 1, "dependency": 2}


def is_document(name: str, text: str) -> bool:
    """Is it an OpenAPI document?"""
    return name.endswith((".yaml", ".yml", ".json")) and _DOCUMENT.search(text[:4000]) is not None


def hosts_of(urls: Iterable[str]) -> tuple[str, ...]:
    """The hosts of these addresses."""
    hosts = (urlsplit(url).hostname for url in urls)
    return tuple(dict.fromkeys(host for host in hosts if host))


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    """The files to look at, in order, by their path from the root."""
    left = MOST_FILES
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder) / name
            if not (path.suffix.lower() in SOURCES or name == ".env" or _manifest(name)):
                continue
            left -= 1
            if left < 0:
                return
            try:
                if path.stat().st_size <= LARGEST_BYTES or is_document(name, path.open().read(4000)):
                    yield path.relative_to(root).as_posix(), path.read_text("utf-8")[:LARGEST_BYTES]
            except (OSError, UnicodeDecodeError):
                continue


def _signs(name: str, text: str, told: Told) -> Iterator[Sign]:
    if is_document(name, text):
        return
    manifest = _manifest(Path(name).name)
    looked = []
    if manifest is not None:
        where, pattern = manifest
        looked += [
            ("dependency", sdk, re.compile(pattern.replace("{}", re.escape(sdk))))
            for sdk in told.sdks.get(where, ())
        ]
    looked += [
        ("address", host, re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])")) for host in told.hosts
    ]
    if name.endswith(".py"):
        looked += [
            ("import", module, re.compile(rf"^\s*(?:import|from)\s+{re.escape(module)}(?![\w-])"))
            for module in told.modules
        ]
    elif name.endswith((".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx")):
        looked += [
            ("import", sdk, re.compile(rf"""(?:from|require\(|import)\s*["']{re.escape(sdk)}["']"""))
            for sdk in told.sdks.get("npm", ())
        ]
    met: set[tuple[str, str]] = set()
    for number, line in enumerate(text.splitlines(), 1):
        for what, said, pattern_ in looked:
            if (what, said) not in met and pattern_.search(line):
                met.add((what, said))
                yield Sign(told.name, what, name, number, said)


def _manifest(name: str) -> tuple[str, str] | None:
    if re.fullmatch(r"requirements[\w.-]*\.(txt|in)|.*-requirements\.txt", name):
        return REQUIREMENTS
    return PROJECT if name.endswith(".csproj") else MANIFESTS.get(name)


def _tests(texts: Mapping[str, str]) -> str:
    """The folder that Python tests stand in: the one with most of them at its top; else `tests`."""
    counts: dict[str, int] = {}
    for name in texts:
        path = Path(name)
        if re.fullmatch(r"test_.*\.py|.*_test\.py", path.name):
            counts[path.parent.as_posix()] = counts.get(path.parent.as_posix(), 0) + 1
    return max(counts, key=lambda folder: (counts[folder], -len(folder))) if counts else "tests"


def _is_reserved(host: str) -> bool:
    """Is it an address of examples and documentation? RFC 2606."""
    return host.endswith(
        (".example", ".test", ".invalid", ".localhost", "example.com", "example.org", "schema.org")
    )
