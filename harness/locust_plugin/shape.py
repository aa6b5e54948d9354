"""The load of a scenario over time, as Locust asks for it."""

from __future__ import annotations

from locust import LoadTestShape

from harness.locust_plugin.runs import runs_of


class ScenarioShape(LoadTestShape):
    """First all users of the beginning; once they are there the plan begins, and from then on the scenario's shape
    holds, to its end. Locust's own -u, -r and -t come before what the scenario says."""

    abstract = True
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Users and users a second, now."""
        runs = runs_of(self.runner)
        return None if runs is None else runs.wanted()
