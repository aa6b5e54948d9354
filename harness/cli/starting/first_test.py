"""The texts of the first files: a test that puts the team's own call to the test, and harness.toml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

import msgspec

from harness.cli.starting.callables import Pointed
from harness.contract.contract import Operation
from harness.contract.provider import Provider


class Started(msgspec.Struct, frozen=True):
    """A provider that the repository is to be tested with. `name`: as tests and commands name it."""

    name: str
    provider: Provider
    pointed: Pointed | None = None

    @property
    def is_verifiable(self) -> bool:
        """Would its call work against a provider that has nothing in it yet?"""
        return self.pointed is not None and not self.pointed.by_id

    @property
    def word(self) -> str:
        """The name as a Python identifier."""
        return self.provider.service.lower()

    @property
    def reads(self) -> Operation | None:
        """What can be read without knowing anything: it needs no id and no parameter."""
        contract = self.provider.contract
        safe = [
            o
            for o in contract.operations.values()
            if o.method == "GET" and not set("{#?") & set(o.template) and not contract.requires_parameters(o)
        ]
        # The root of an API mostly lists what else there is.
        return next((o for o in safe if o.template != "/"), next(iter(safe), None))


def test_text(started: Started) -> str:
    """The first test. With a call of the team's own, it fails where that call does not bear a refusal; without one,
    it shows that the mocked provider answers."""
    word, name = started.word, started.name
    pointed = started.pointed
    if pointed is None:
        return _plain_test(started)
    if word in re.findall(r"\w+", pointed.imports.rpartition("import ")[2]):
        word = "provider"  # its own name is that of the module
    patched = "".join(
        f'\n    monkeypatch.setenv("{place}", {_value(value, word)})' for place, value in pointed.env.items()
    )
    patched += "".join(
        f'\n    monkeypatch.setattr("{place}", {_value(value, word)})'
        for place, value in pointed.patches.items()
    )
    arguments = "mock_provider, monkeypatch" if patched else "mock_provider"
    # Modules read variables when they are imported: those of the service are there by then.
    from_env = "{url}" not in pointed.call
    opened = f'mock_provider("{name}", plan="rate_limited"{", env=True" if from_env else ""})'
    call = pointed.call.replace("'", '"').replace("{url}", f"{word}.url").replace("{key}", _key(word))
    inside = from_env or bool(patched)
    lines = [
        f'"""Does our integration bear what {started.provider.card.title} does? Run it with: python -m pytest"""',
        "",
        *(["import asyncio"] if pointed.is_async else []),
        "from contextlib import suppress",
        "",
        *([pointed.imports, ""] if not inside else []),
        "",
        f"def test_{_identifier(pointed.name)}_bears_a_refusal({arguments}):",
        f"    {word} = {opened}{patched}",
        *([f"    {pointed.imports}", ""] if inside else []),
        f'    with suppress(Exception), {word}.call("{pointed.name}"):',
        f"        {f'asyncio.run({call})' if pointed.is_async else call}",
        f'    {word}.verify("retry")',
    ]
    return "\n".join(lines) + "\n"


def settings_text(started: Sequence[Started]) -> str:
    """harness.toml: a client for each provider whose call `harness verify` can make, and the team's policy."""
    parts = ["# What `harness verify` asks of this repository; `harness explain` tells what it looks for."]
    for each in started:
        if each.is_verifiable and each.pointed is not None:
            parts += [
                "",
                f"[clients.{_bare(each.word)}]",
                f"provider = {json.dumps(each.name)}",
                "",
                f"[clients.{_bare(each.word)}.calls]",
                f"{_identifier(each.pointed.name)} = {_string(each.pointed.driver or _command(each, each.pointed))}",
            ]
    parts += [
        "",
        "[policy.retry]",
        "max_retries = 3",
    ]
    return "\n".join(parts) + "\n"


def clients(started: Iterable[Started]) -> list[str]:
    """The names of the clients in `settings_text`."""
    return [each.word for each in started if each.is_verifiable]


def _command(started: Started, pointed: Pointed) -> str:
    """The call as a command: `harness verify` runs it once a call, and exit code 0 is a success."""
    service = started.provider.service
    url, key = f"os.environ['{service}_BASE_URL']", f"os.environ['{service}_API_KEY']"
    words = ["import asyncio, os" if pointed.is_async else "import os"]
    if pointed.file.startswith("src/"):
        words += ["import sys", "sys.path.insert(0, 'src')"]
    words += [
        f"os.environ['{name}'] = {_from_environment(value, url, key)}" for name, value in pointed.env.items()
    ]
    words += [f"import {module}" for module in dict.fromkeys(p.rpartition(".")[0] for p in pointed.patches)]
    for place, value in pointed.patches.items():
        words.append(f"{place} = {_from_environment(value, url, key)}")
    call = pointed.call.replace("{url}", url).replace("{key}", key)
    words += [pointed.imports, f"asyncio.run({call})" if pointed.is_async else call]
    return f'python -c "{"; ".join(words)}"'


def _from_environment(value: str, url: str, key: str) -> str:
    rest = value.removeprefix("{url}")
    return key if value == "{key}" else f"{url} + '{rest}'" if rest else url


def _string(text: str) -> str:
    """A text as TOML has it; a literal string where that is easier to read."""
    quotes = "'" * 3
    return f"{quotes}{text}{quotes}" if '"' in text and quotes not in text else json.dumps(text)


def _plain_test(started: Started) -> str:
    word, operation = started.word, started.reads
    title = started.provider.card.title
    if operation is None:
        body = [f'    {word} = mock_provider("{started.name}")', f"    assert {word}.url"]
        return "\n".join(
            [f'"""{title}, mocked."""', "", "", f"def test_{word}_is_played(mock_provider):", *body, ""]
        )
    lines = [
        f'"""{title}, mocked: point your own client at `{word}.url`. Run it with: python -m pytest"""',
        "",
        "import httpx",
        "",
        "",
        f"def test_{word}_answers(mock_provider):",
        f'    {word} = mock_provider("{started.name}")',
        f'    answer = httpx.get(f"{{{word}.url}}{operation.template}"{_shown(started, operation)})',
        f"    assert answer.status_code == {started.provider.contract.success(operation)}",
    ]
    return "\n".join(lines) + "\n"


def _shown(started: Started, operation: Operation) -> str:
    """How httpx shows a credential for the operation."""
    key = _key(started.word)
    alternatives = started.provider.contract.security(operation)
    if not alternatives or () in alternatives:
        known = started.provider.behaviour.authentication
        return f', auth=({key}, "")' if known and known.accepts[0].startswith("basic") else ""
    scheme = alternatives[0][0]
    if scheme.kind == "basic":
        return f', auth=({key}, "")'
    if scheme.where == "query":
        return f', params={{"{scheme.name}": {key}}}'
    if scheme.where == "cookie":
        return f', cookies={{"{scheme.name}": {key}}}'
    if scheme.kind == "api_key":
        return f', headers={{"{scheme.name}": {key}}}'
    return f', headers={{"authorization": f"Bearer {{{key}}}"}}'.replace('["api_key"]', "['api_key']")


def _key(word: str) -> str:
    return f'{word}.credentials["api_key"]'


def _value(value: str, word: str) -> str:
    if value == "{key}":
        return _key(word)
    rest = value.removeprefix("{url}")
    return f'{word}.url + "{rest}"' if rest else f"{word}.url"


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def _bare(name: str) -> str:
    return name if all(letter.isalnum() or letter in "-_" for letter in name) else json.dumps(name)
