"""Where the lanes of one pytest process are played: an event loop in a thread, and the providers, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from harness.cli.settings import read_settings
from harness.cli.trust import trusted
from harness.contract.files import load_playable
from harness.contract.provider import Provider
from harness.faults.plan import Plan
from harness.model.policy import Policy
from harness.pytest_plugin.asked import find_provider
from harness.server.background import Background
from harness.server.lane import Lane
from harness.server.lanes import Lanes


class Bench:
    """Lanes for the tests of a process. `root`: the project's, with its `contracts/` and its harness.toml."""

    def __init__(self, *, root: Path, seed: int, policy: Policy) -> None:
        self.root = root
        self.seed = seed
        self.policy = policy
        self.background = Background()
        self._lanes = Lanes()
        self._providers: dict[str, Provider] = {}
        self._trust: Mapping[str, str] | None = None
        self._files = ExitStack()
        self._stopped = False

    def provider(self, name: str | Path, *, near: Path) -> Provider:
        """The provider of that name or path, as seen from a test in the folder `near`."""
        place = find_provider(name, near=near, root=self.root)
        if place not in self._providers:
            self._providers[place] = load_playable(place, or_webhooks=True)
        return self._providers[place]

    def open(
        self, provider: Provider, *, plan: Plan | None, seed: int, timeout_s: float, tls: bool = False
    ) -> Lane:
        """A lane that listens; `tls`: and speaks TLS, with a certificate that `trust` makes clients trust."""
        return self.background.run(
            self._lanes.open(provider, plan=plan, seed=seed, timeout_s=timeout_s, secure=tls)
        )

    @property
    def trust(self) -> Mapping[str, str]:
        """The variables by which clients trust lanes that speak TLS, and the files that they name. Made once."""
        if self._trust is None:
            self._trust = self._files.enter_context(trusted(self._lanes.authority))
        return self._trust

    def close(self, lane: Lane) -> None:
        """Close a lane. Its journal stays."""
        self.background.run(self._lanes.close(lane.id))

    def stop(self) -> None:
        """Close what is open, and end the thread. May be called more than once."""
        if not self._stopped:
            self._stopped = True
            self.background.run(self._lanes.close_all())
            self.background.stop()
            self._files.close()


def bench_of(root: Path, seed: int) -> Bench:
    """The bench of a project. FileError where its harness.toml has a mistake."""
    return Bench(root=root, seed=seed, policy=read_settings(root).policy)
