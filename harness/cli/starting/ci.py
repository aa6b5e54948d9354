"""CI files for three moments: every push (the tests, and the battery where there is a client), every night (has the
provider's API moved, and does it keep its own contract), and before a release (does a client bear an outage).

Here is what they have in common; `github.py` and `gitlab.py` write them.
"""

from __future__ import annotations

import msgspec

STATE = ".harness-drift.json"
"""What `harness drift` knows of the night before."""

INSTALL = 'python -m pip install pytest "${HARNESS_PACKAGE:?set it to what pip is to install}"'
"""Never by the mere name: in a public index that may be somebody else's."""

EXTRA = 'python -m pip install "locust>=2.40" numpy'
"""What `harness[load]` adds, without asking an index for the harness itself."""

ASKING = 'python -m pip install "schemathesis>=4.0"'
"""What `harness[check]` adds: by it a provider is asked."""

OUTAGE = "--scenario outage --users 50 --duration 2m"
"""What each client goes through before a release."""


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


def moments(setting: Setting) -> list[str]:
    """What the jobs ask, and when."""
    before = "# At a tag, before a release: does it bear an outage under load?"
    return [
        "# Every push: does our code bear what its providers do? Every night: do they keep their contracts?",
        *([before] if setting.clients else []),
    ]


def said(setting: Setting, variable: str, secret: str) -> list[str]:
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


def unwatched(name: str, prefix: str) -> str:
    """What a night says that looks at nothing: it is no quiet one."""
    return (
        f"{name} is not watched: set {prefix}_DOCUMENT_URL, where its document is published, "
        f"or {prefix}_CHECK_BASE_URL, its sandbox"
    )


def scalar(text: str) -> str:
    """A command as a YAML scalar: quoted where YAML would read something into it."""
    plain = text[0].isalnum() and ": " not in text and " #" not in text
    return text if plain else "'" + text.replace("'", "''") + "'"
