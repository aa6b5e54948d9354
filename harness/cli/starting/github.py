"""A workflow of GitHub Actions. What may stand in it: https://docs.github.com/actions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from harness.cli.starting.ci import ASKING, EXTRA, OUTAGE, STATE, Setting, moments, said, scalar, unwatched

FILE = ".github/workflows/harness.yml"

_AS_A_WARNING = (
    '          if [ "$code" = 3 ]; then echo "::warning::too little was seen for a verdict"; code=0; fi',
    "          exit $code",
)


def workflow(setting: Setting) -> str:
    """A job for each moment that the repository has something for."""
    lines = [*_beginning(setting), *_push(setting)]
    lines += _contracts(setting) if setting.has_contracts else []
    lines += _nightly(setting) if setting.providers else []
    lines += ["", *(_release(setting) if setting.clients else [])]
    return "\n".join(lines).rstrip() + "\n"


def _beginning(setting: Setting) -> Iterator[str]:
    yield from moments(setting)
    yield from said(setting, "variable", "secret")
    yield from ("name: harness", "", "on:", "  push:", "  pull_request:")
    if setting.providers:
        yield from ("  schedule:", '    - cron: "17 3 * * *"')
    yield from ("  workflow_dispatch:", "", "permissions:", "  contents: read", "")
    if not setting.has_harness:
        yield from ("env:", "  HARNESS_PACKAGE: ${{ vars.HARNESS_PACKAGE }}", "")
    yield "jobs:"


def _push(setting: Setting) -> Iterator[str]:
    yield "  push:"
    yield "    if: github.event_name != 'schedule'"
    yield "    runs-on: ubuntu-latest"
    yield "    steps:"
    yield from _prepared(setting)
    yield "      - name: The tests, with mocked providers"
    yield "        run: python -m pytest --junitxml=reports/tests.xml --harness-report reports/harness"
    for client in setting.clients:
        yield f"      - name: The battery, on {client}"
        yield "        if: always()"
        yield f"        run: harness verify {shlex.quote(client)} --report md --report reports/{client}.xml"
    yield from _kept()
    yield ""


def _contracts(setting: Setting) -> Iterator[str]:
    """What is odd about the documents, beside the code that it is about."""
    yield "  contracts:"
    yield "    if: github.event_name != 'schedule'"
    yield "    runs-on: ubuntu-latest"
    yield "    permissions:"
    yield "      contents: read"
    yield "      security-events: write"
    yield "    steps:"
    yield from _prepared(setting)
    yield "      - run: harness lint contracts/*/ --report harness.sarif"
    yield "      - uses: github/codeql-action/upload-sarif@v3"
    yield "        if: always()"
    yield "        with:"
    yield "          sarif_file: harness.sarif"
    yield "          category: harness"
    yield ""


def _nightly(setting: Setting) -> Iterator[str]:
    yield "  nightly:"
    yield "    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'"
    yield "    runs-on: ubuntu-latest"
    yield "    permissions:"
    yield "      contents: read"
    yield "      issues: write"
    yield "    steps:"
    yield from _prepared(setting)
    yield f"      - run: {ASKING}"
    yield from _remembered("restore")
    for name, prefix in setting.providers:
        yield from _unwatched(name, prefix)
        yield from _check(name, prefix)
        yield from _drift(name, prefix)
        yield from _live(name, prefix)
    yield from _remembered("save")
    yield from _kept()


def _unwatched(name: str, prefix: str) -> Iterator[str]:
    """Is there anything to look at?"""
    warning = f'echo "::warning::{unwatched(name, prefix)}"'
    yield f"      - name: Is {name} watched?"
    yield f"        if: ${{{{ vars.{prefix}_CHECK_BASE_URL == '' && vars.{prefix}_DOCUMENT_URL == '' }}}}"
    yield f"        run: {scalar(warning)}"


def _check(name: str, prefix: str) -> Iterator[str]:
    yield f"      - name: {name} keeps its contract"
    yield f"        if: ${{{{ !cancelled() && vars.{prefix}_CHECK_BASE_URL != '' }}}}"
    yield "        env:"
    yield f"          {prefix}_CHECK_KEY: ${{{{ secrets.{prefix}_CHECK_KEY }}}}"
    yield "        run: |"
    yield "          code=0"
    yield f"          harness check {shlex.quote(name)} --base-url '${{{{ vars.{prefix}_CHECK_BASE_URL }}}}' \\"
    yield f"            --auth env:{prefix}_CHECK_KEY --report md --report reports/{prefix.lower()}.xml || code=$?"
    yield from _AS_A_WARNING


def _drift(name: str, prefix: str) -> Iterator[str]:
    """Has the API moved, by its document?"""
    step = f"{prefix.lower()}_drift"
    yield f"      - name: Has the API of {name} moved?"
    yield f"        id: {step}"
    yield f"        if: ${{{{ !cancelled() && vars.{prefix}_DOCUMENT_URL != '' }}}}"
    yield "        run: |"
    yield "          code=0"
    yield f"          harness drift {shlex.quote(name)} --against '${{{{ vars.{prefix}_DOCUMENT_URL }}}}' \\"
    yield from _told(step, f"Drift: {name}")


def _live(name: str, prefix: str) -> Iterator[str]:
    """Has it moved, by what it answers?"""
    step = f"{prefix.lower()}_live"
    yield f"      - name: Does {name} answer as it did?"
    yield f"        id: {step}"
    yield f"        if: ${{{{ !cancelled() && vars.{prefix}_CHECK_BASE_URL != '' }}}}"
    yield "        env:"
    yield f"          {prefix}_CHECK_KEY: ${{{{ secrets.{prefix}_CHECK_KEY }}}}"
    yield "        run: |"
    yield "          code=0"
    yield f"          harness drift {shlex.quote(name)} --against live \\"
    yield f"            --base-url '${{{{ vars.{prefix}_CHECK_BASE_URL }}}}' --auth env:{prefix}_CHECK_KEY \\"
    yield from _told(step, f"Drift of answers: {name}")


def _told(step: str, title: str) -> list[str]:
    """The end of a step, and the one issue that tells what it found: opened, kept up to date, closed."""
    named = step.replace("_", "-")
    body, page = f"reports/{named}.md", f"reports/{named}.html"
    return [
        f"            --state {STATE} --issue {body} --report md --report {page} || code=$?",
        '          echo "code=$code" >> "$GITHUB_OUTPUT"',
        '          if [ "$code" = 3 ]; then echo "::warning::something could not be checked"; code=0; fi',
        "          exit $code",
        "      - name: The issue about it",
        f"        if: ${{{{ !cancelled() && steps.{step}.outputs.code != '' }}}}",
        "        env:",
        "          GH_TOKEN: ${{ github.token }}",
        "          GH_REPO: ${{ github.repository }}",
        f"          CODE: ${{{{ steps.{step}.outputs.code }}}}",
        "        run: |",
        f"          title='{title}'",
        "          number=$(gh issue list --state open --limit 500 --json number,title \\",
        '            --jq "map(select(.title == \\"$title\\")) | .[0].number // empty")',
        f'          if [ -n "$number" ]; then gh issue edit "$number" --body-file {body}',
        f'          elif [ "$CODE" = 1 ]; then gh issue create --title "$title" --body-file {body}; fi',
        '          if [ -n "$number" ] && [ "$CODE" = 0 ]; then gh issue close "$number"; fi',
    ]


def _release(setting: Setting) -> Iterator[str]:
    """At a tag, each client goes through an outage under load."""
    yield "  release:"
    yield "    if: startsWith(github.ref, 'refs/tags/') || github.event_name == 'workflow_dispatch'"
    yield "    runs-on: ubuntu-latest"
    yield "    steps:"
    yield from _prepared(setting)
    yield f"      - run: {EXTRA}"
    for client in setting.clients:
        yield f"      - name: An outage under load, on {client}"
        yield "        if: ${{ !cancelled() }}"
        yield "        run: |"
        yield "          code=0"
        yield f"          harness load {shlex.quote(client)} {OUTAGE} \\"
        yield f"            --report md --report reports/{client}-load.xml \\"
        yield f"            --report reports/{client}-load.html || code=$?"
        yield from _AS_A_WARNING
    yield from _kept()


def _remembered(what: str) -> list[str]:
    """The state of the night before (`restore`), and of this one for the next (`save`): also of one that failed."""
    return [
        f"      - uses: actions/cache/{what}@v4",
        *(["        if: always()"] if what == "save" else []),
        "        with:",
        f"          path: {STATE}",
        "          key: harness-drift-${{ github.run_id }}-${{ github.run_attempt }}",
        *(["          restore-keys: harness-drift-"] if what == "restore" else []),
    ]


def _prepared(setting: Setting) -> list[str]:
    return [
        "      - uses: actions/checkout@v4",
        "      - uses: actions/setup-python@v5",
        "        with:",
        '          python-version: "3.12"',
        *(f"      - run: {scalar(step)}" for step in setting.steps),
    ]


def _kept() -> list[str]:
    return [
        "      - uses: actions/upload-artifact@v4",
        "        if: always()",
        "        with:",
        "          name: harness-${{ github.job }}",
        "          path: reports/",
        "          if-no-files-found: ignore",
    ]
