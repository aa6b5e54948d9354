"""CI files for three moments: every push (the tests, and the battery where there is a client), every night (has the
provider's API moved, and does it keep its own contract), and before a release (does a client bear an outage).

What may stand in them: https://docs.github.com/actions and https://docs.gitlab.com/ci/yaml.
"""

from __future__ import annotations

import shlex

import msgspec

from harness.cli.starting import release

GITHUB = ".github/workflows/harness.yml"
GITLAB = ".gitlab/harness.gitlab-ci.yml"
GITLAB_MAIN = ".gitlab-ci.yml"

STATE = ".harness-drift.json"
"""What `harness drift` knows of the night before."""

INSTALL = 'python -m pip install pytest "${HARNESS_PACKAGE:?set it to what pip is to install}"'
"""Never by the mere name: in a public index that may be somebody else's."""


class Setting(msgspec.Struct, frozen=True):
    """What the repository has. `install`: what comes before the harness; `clients`: those of harness.toml;
    `providers`: names and prefixes of their variables; `has_contracts`: is there a folder of contracts to lint?
    `has_harness`: do its own dependencies name the harness?"""

    install: tuple[str, ...]
    clients: tuple[str, ...]
    providers: tuple[tuple[str, str], ...]
    has_contracts: bool = False
    has_harness: bool = False

    @property
    def steps(self) -> list[str]:
        """How the tests get what they need."""
        return [*self.install, *([] if self.has_harness else [INSTALL])]


def github(setting: Setting) -> str:
    """A workflow of GitHub Actions."""
    push = [
        "      - name: The tests, with mocked providers",
        "        run: python -m pytest --junitxml=reports/tests.xml --harness-report reports/harness",
    ]
    for client in setting.clients:
        push += [
            f"      - name: The battery, on {client}",
            "        if: always()",
            f"        run: harness verify {shlex.quote(client)} --report md --report reports/{client}.xml",
        ]
    nightly = []
    for name, prefix in setting.providers:
        nightly += [
            f"      - name: {name} keeps its contract",
            f"        if: ${{{{ !cancelled() && vars.{prefix}_CHECK_BASE_URL != '' }}}}",
            "        env:",
            f"          {prefix}_CHECK_KEY: ${{{{ secrets.{prefix}_CHECK_KEY }}}}",
            "        run: |",
            "          code=0",
            f"          harness check {shlex.quote(name)} --base-url '${{{{ vars.{prefix}_CHECK_BASE_URL }}}}' \\",
            f"            --auth env:{prefix}_CHECK_KEY --report md --report reports/{prefix.lower()}.xml || code=$?",
            *release.AS_A_WARNING,
            *_drift_on_github(name, prefix),
        ]
    lint = [
        "  contracts:",
        "    if: github.event_name != 'schedule'",
        "    runs-on: ubuntu-latest",
        "    permissions:",
        "      contents: read",
        "      security-events: write",
        "    steps:",
        *_prepared(setting),
        "      - run: harness lint contracts/*/ --report harness.sarif",
        "      - uses: github/codeql-action/upload-sarif@v3",
        "        if: always()",
        "        with:",
        "          sarif_file: harness.sarif",
        "          category: harness",
        "",
    ]
    lines = [
        *_moments(setting),
        *_said(setting, "variable", "secret"),
        "name: harness",
        "",
        "on:",
        "  push:",
        "  pull_request:",
        *(["  schedule:", '    - cron: "17 3 * * *"'] if nightly else []),
        "  workflow_dispatch:",
        "",
        "permissions:",
        "  contents: read",
        "",
        *([] if setting.has_harness else ["env:", "  HARNESS_PACKAGE: ${{ vars.HARNESS_PACKAGE }}", ""]),
        "jobs:",
        "  push:",
        "    if: github.event_name != 'schedule'",
        "    runs-on: ubuntu-latest",
        "    steps:",
        *_prepared(setting),
        *push,
        *_kept(),
        "",
        *(lint if setting.has_contracts else []),
        *(
            [
                "  nightly:",
                "    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'",
                "    runs-on: ubuntu-latest",
                "    permissions:",
                "      contents: read",
                "      issues: write",
                "    steps:",
                *_prepared(setting),
                *_remembered("restore"),
                *nightly,
                *_remembered("save"),
                *_kept(),
            ]
            if nightly
            else []
        ),
        "",
        *release.on_github(setting.clients, prepared=_prepared(setting), kept=_kept()),
    ]
    return "\n".join(lines).rstrip() + "\n"


def gitlab(setting: Setting) -> str:
    """Jobs of GitLab CI, to be included."""
    steps = [f"    - {_scalar(step)}" for step in setting.steps]
    push = ["    - python -m pytest --junitxml=reports/tests.xml --harness-report reports/harness"]
    push += [
        f"    - harness verify {shlex.quote(client)} --report reports/{client}.xml"
        for client in setting.clients
    ]
    lines = [
        *_moments(setting),
        *_said(setting, "CI/CD variable", "masked CI/CD variable"),
        ".harness:",
        "  image: python:3.12",
        "  before_script:",
        *steps,
        "  artifacts:",
        "    when: always",
        "    paths: [reports/]",
        "    reports:",
        "      junit: reports/*.xml",
        "",
        "harness:",
        "  extends: .harness",
        "  stage: test",
        "  rules:",
        '    - if: $CI_PIPELINE_SOURCE != "schedule"',
        "  script:",
        *push,
        "",
    ]
    for name, prefix in setting.providers:
        check = f"harness check {shlex.quote(name)} --auth env:{prefix}_CHECK_KEY"
        check += f' --base-url "${prefix}_CHECK_BASE_URL" --report reports/{prefix.lower()}.xml'
        lines += [
            f"harness-{prefix.lower().replace('_', '-')}-nightly:",
            "  extends: .harness",
            "  stage: test",
            "  rules:",
            f'    - if: $CI_PIPELINE_SOURCE == "schedule" && ${prefix}_CHECK_BASE_URL',
            "  # 3 is too little evidence: a warning, and neither a pass nor a fail.",
            "  allow_failure:",
            "    exit_codes: [3]",
            "  script:",
            f"    - {_scalar(check)}",
            "",
        ]
        drift = f'harness drift {shlex.quote(name)} --against "${prefix}_DOCUMENT_URL" --state {STATE}'
        drift += f" --report reports/{prefix.lower()}-drift.xml --report reports/{prefix.lower()}-drift.html"
        lines += [
            f"harness-{prefix.lower().replace('_', '-')}-drift:",
            "  extends: .harness",
            "  stage: test",
            "  rules:",
            f'    - if: $CI_PIPELINE_SOURCE == "schedule" && ${prefix}_DOCUMENT_URL',
            "  # 3 is what could not be checked: a warning, and neither a pass nor a fail.",
            "  allow_failure:",
            "    exit_codes: [3]",
            "  cache:",
            f"    key: harness-drift-{prefix.lower().replace('_', '-')}",
            "    when: always",
            f"    paths: [{STATE}]",
            "  script:",
            f"    - {_scalar(drift)}",
            "",
        ]
    lines += release.on_gitlab(setting.clients)
    return "\n".join(lines).rstrip() + "\n"


def gitlab_main() -> str:
    """The file that GitLab reads first, where the repository has none."""
    return f"include:\n  - local: {GITLAB}\n"


def _drift_on_github(name: str, prefix: str) -> list[str]:
    """Has the API moved? And the one issue that says so: opened, kept up to date, closed."""
    body, page = f"reports/{prefix.lower()}-drift.md", f"reports/{prefix.lower()}-drift.html"
    return [
        f"      - name: Has the API of {name} moved?",
        f"        id: {prefix.lower()}_drift",
        f"        if: ${{{{ !cancelled() && vars.{prefix}_DOCUMENT_URL != '' }}}}",
        "        run: |",
        "          code=0",
        f"          harness drift {shlex.quote(name)} --against '${{{{ vars.{prefix}_DOCUMENT_URL }}}}' \\",
        f"            --state {STATE} --issue {body} --report md --report {page} || code=$?",
        '          echo "code=$code" >> "$GITHUB_OUTPUT"',
        '          if [ "$code" = 3 ]; then echo "::warning::something could not be checked"; code=0; fi',
        "          exit $code",
        "      - name: The issue about it",
        f"        if: ${{{{ !cancelled() && steps.{prefix.lower()}_drift.outputs.code != '' }}}}",
        "        env:",
        "          GH_TOKEN: ${{ github.token }}",
        "          GH_REPO: ${{ github.repository }}",
        f"          CODE: ${{{{ steps.{prefix.lower()}_drift.outputs.code }}}}",
        "        run: |",
        f"          title='Drift: {name}'",
        "          number=$(gh issue list --state open --limit 500 --json number,title \\",
        '            --jq "map(select(.title == \\"$title\\")) | .[0].number // empty")',
        f'          if [ -n "$number" ]; then gh issue edit "$number" --body-file {body}',
        f'          elif [ "$CODE" = 1 ]; then gh issue create --title "$title" --body-file {body}; fi',
        '          if [ -n "$number" ] && [ "$CODE" = 0 ]; then gh issue close "$number"; fi',
    ]


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


def _moments(setting: Setting) -> list[str]:
    """What the jobs ask, and when."""
    before = "# At a tag, before a release: does it bear an outage under load?"
    return [
        "# Every push: does our code bear what its providers do? Every night: do they keep their contracts?",
        *([before] if setting.clients else []),
    ]


def _prepared(setting: Setting) -> list[str]:
    return [
        "      - uses: actions/checkout@v4",
        "      - uses: actions/setup-python@v5",
        "        with:",
        '          python-version: "3.12"',
        *(f"      - run: {_scalar(step)}" for step in setting.steps),
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


def _said(setting: Setting, variable: str, secret: str) -> list[str]:
    """What the jobs need to be told."""
    package = (
        f"# The {variable} HARNESS_PACKAGE is what pip installs: a wheel, an address, a name in your index."
    )
    return ([] if setting.has_harness else [package]) + [
        line
        for name, prefix in setting.providers
        for line in (
            f"# {name}: the {variable} {prefix}_CHECK_BASE_URL is its sandbox,",
            f"# and the {secret} {prefix}_CHECK_KEY its credential;",
            f"# the {variable} {prefix}_DOCUMENT_URL is where its document is published.",
        )
    ]


def _scalar(text: str) -> str:
    """A command as a YAML scalar: quoted where YAML would read something into it."""
    plain = text[0].isalnum() and ": " not in text and " #" not in text
    return text if plain else "'" + text.replace("'", "''") + "'"
