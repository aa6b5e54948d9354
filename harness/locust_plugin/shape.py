"""The load of a scenario over time, as Locust asks for it."""

from __future__ import annotations

from locust import LoadTestShape

from harness.locust_plugin.conductor import conductor_of


class ScenarioShape(LoadTestShape):
    """First all users of the beginning; once they are there the plan begins, and from then on the scenario's shape
    holds, to its end. Locust's own -u, -r and -t come before what the scenario says."""

    abstract = True
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Users and users a second, now."""
        conductor = conductor_of(self.runner)
        if conductor is None:
            return None
        return conductor.wanted()
