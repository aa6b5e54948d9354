"""`harness init`: what a repository talks to, and the first files that put it to the test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from harness.cli import COMMANDS
from harness.cli.output import say
from harness.cli.settings import FILE_NAME, read_settings
from harness.cli.starting import github, gitlab
from harness.cli.starting.callables import Pointed, find
from harness.cli.starting.ci import Setting
from harness.cli.starting.first_test import Started, clients, settings_text, test_text
from harness.cli.starting.signs import Seen, Told, hosts_of, look
from harness.cli.writing import write_text
from harness.contract.files import OWN_CONTRACTS, load_provider, provider_names
from harness.contract.provider import Provider
from harness.errors import HarnessError, UsageError

_SHOWN = 3
"""How many signs of a provider are told."""


@click.command()
@click.option(
    "--provider", "providers", multiple=True, metavar="NAME|DOCUMENT", help="Besides those found. Repeatable."
)
@click.option(
    "--ci", "systems", multiple=True, type=click.Choice(["github", "gitlab"]), help="Write CI files, too."
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def init(providers: tuple[str, ...], systems: tuple[str, ...], force: bool, dry_run: bool) -> int:
    """Look at this repository, and write harness.toml and a first test for each provider that it talks to.

    \b
      harness init
      harness init --provider openapi/parcels.yaml --ci github

    What is there already is left as it is, unless --force is given; run twice, it writes nothing new.
    """
    root = Path.cwd()
    known = {name: load_provider(name) for name in provider_names()}
    seen = look(root, [_told(name, provider) for name, provider in known.items()])
    found = [name for name in known if seen.of(name)]
    documents = {name: load_provider(name) for name in seen.documents if not name.startswith("contracts/")}
    for line in _findings(seen, found, documents):
        say(line)
    wanted = list(dict.fromkeys([*found, *providers, *_used(seen, documents)]))
    if not wanted:
        names = ", ".join(provider_names())
        raise UsageError(
            f"nothing here talks to a provider that is known ({names}, and documents in {OWN_CONTRACTS}/): "
            "say which, as --provider stripe or --provider openapi.yaml"
        )
    started = [_started(root, name, known.get(name) or load_provider(name), seen) for name in wanted]
    files = dict(_files(root, seen, started, systems))
    written = [
        path for path, text in files.items() if _write(root / path, text, force=force, dry_run=dry_run)
    ]
    for path, text in files.items():
        if path in written:
            say(f"{'would write' if dry_run else 'wrote'} {path}")
        elif (root / path).read_text("utf-8") != text:
            say(f"left as it is: {path} (--force overwrites it)")
    if not written:
        say("nothing to write: all of it is there")
    for line in _next(started, systems, seen, root):
        say(line)
    return 0


def _told(name: str, provider: Provider) -> Told:
    urls = [*provider.card.base_urls, *provider.contract.server_urls]
    return Told(name, hosts_of(urls), provider.card.sdks, provider.card.modules)


def _used(seen: Seen, documents: dict[str, Provider]) -> Iterator[str]:
    """The documents of providers whose address stands in the sources."""
    for name, provider in documents.items():
        if set(hosts_of(provider.contract.server_urls)) & seen.apis.keys():
            yield name


def _findings(seen: Seen, found: list[str], documents: dict[str, Provider]) -> Iterator[str]:
    for name in found:
        signs = seen.of(name)
        yield f"{name}:"
        for sign in signs[:_SHOWN]:
            yield f"  {sign.file}:{sign.line}: {sign.what} {sign.said}"
        if len(signs) > _SHOWN:
            yield f"  and {len(signs) - _SHOWN} more"
    claimed: set[str] = set()
    for name, provider in documents.items():
        hosts = set(hosts_of(provider.contract.server_urls)) & seen.apis.keys()
        claimed |= hosts
        where = f", whose address stands in {seen.apis[next(iter(hosts))]}" if hosts else ""
        hint = "" if hosts else f"; if it is a provider's: --provider {name}"
        yield f"{name}: an OpenAPI document of {provider.card.title}{where}{hint}"
    for host, place in seen.apis.items():
        if host not in claimed:
            yield f"{place}: {host} has no contract here: harness contract add NAME --from ITS-OPENAPI-DOCUMENT"


def _started(root: Path, name: str, provider: Provider, seen: Seen) -> Started:
    texts = {file: (root / file).read_text("utf-8") for file in seen.python}
    hosts = hosts_of([*provider.card.base_urls, *provider.contract.server_urls])
    near = {sign.file for sign in seen.of(name)}
    # Files that show the provider; where none of Python does, any that takes an address.
    likely = {file: text for file, text in texts.items() if file in near} or {
        file: text for file, text in texts.items() if not near or provider.service.lower() in text.lower()
    }
    first = provider.card.first_call
    own = find(likely, hosts, provider.service, points=first.points if first else {})
    imported = {sign.said for sign in seen.of(name) if sign.what == "import" and sign.file.endswith(".py")}
    if own is None and first and first.module in imported:
        own = Pointed(first.module, first.imports, first.call, "", 0, first.points, is_own=False)
    return Started(name, provider, own)


def _files(
    root: Path, seen: Seen, started: list[Started], systems: Iterable[str]
) -> Iterator[tuple[str, str]]:
    yield FILE_NAME, settings_text(started)
    if _needs_conftest(root, started):
        yield "conftest.py", '"""Here, so that tests find the modules of this folder."""\n'
    for each in started:
        folder = "" if seen.tests == "." else f"{seen.tests}/"
        yield f"{folder}test_{each.word}_integration.py", test_text(each)
    setting = Setting(
        tuple(_install(root)),
        tuple(clients(started)),
        tuple((each.name, each.provider.service) for each in started),
        has_contracts=any((root / OWN_CONTRACTS).glob("*/openapi.*")),
        has_harness=_names_harness(root, seen),
    )
    if "github" in systems:
        yield github.FILE, github.workflow(setting)
    if "gitlab" in systems:
        yield gitlab.FILE, gitlab.jobs(setting)
        if not (root / gitlab.MAIN).exists():
            yield gitlab.MAIN, gitlab.including()


def _needs_conftest(root: Path, started: list[Started]) -> bool:
    """Would tests in a folder of their own not find a module that stands at the root?"""
    at_root = any(
        each.pointed and each.pointed.is_own and not each.pointed.file.startswith("src/") for each in started
    )
    config = "".join(
        (root / name).read_text("utf-8")
        for name in ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg")
        if (root / name).is_file()
    )
    return at_root and "pythonpath" not in config


def _install(root: Path) -> Iterator[str]:
    """How the repository's own dependencies are installed."""
    for name in sorted(path.name for path in root.glob("*requirements*.txt")):
        yield f"python -m pip install -r {name}"
    if (root / "pyproject.toml").is_file() and "[project]" in (root / "pyproject.toml").read_text("utf-8"):
        yield "python -m pip install -e ."


def _names_harness(root: Path, seen: Seen) -> bool:
    pattern = re.compile(r"""^\s*["']?harness(?=["'\[<>=!~; ]|$)""", re.MULTILINE)
    return any(pattern.search((root / name).read_text("utf-8")) for name in seen.manifests)


def _write(path: Path, text: str, *, force: bool, dry_run: bool) -> bool:
    """Write what is not there, or differs and may be overwritten; was it?"""
    if path.exists() and (not force or path.read_text("utf-8") == text):
        return False
    if not dry_run:
        write_text(path, text)
    return True


def _next(started: list[Started], systems: Iterable[str], seen: Seen, root: Path) -> Iterator[str]:
    yield ""
    yield "Next"
    yield "  python -m pytest"
    try:
        there = read_settings(root).clients if (root / FILE_NAME).exists() else {}
    except HarnessError:
        there = {}
    for client in clients(started):
        if client in there:
            yield f"  harness verify {client}"
    unpointed = [each.name for each in started if each.pointed is None]
    if unpointed and "run" in COMMANDS:
        tests = "npm test" if seen.is_node else "python -m pytest"
        flags = " ".join(f"--provider {name}" for name in unpointed)
        yield f"  harness run {flags} -- {tests}"
        yield "      (no call of yours takes the address; this runs your tests against the mock as they are)"
    main = root / gitlab.MAIN
    if "gitlab" in systems and main.exists() and gitlab.FILE not in main.read_text("utf-8"):
        yield f"  in {gitlab.MAIN}, include: [{{local: {gitlab.FILE}}}]"
    if systems and not _names_harness(root, seen):
        yield "  add harness to the test dependencies, or see that CI finds it where it installs from"
