"""The webhooks of a mocked provider, as a test has them in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self, Unpack

from harness.model.webhook import HowSent, Sent
from harness.pytest_plugin.at_the_test import at_the_test
from harness.pytest_plugin.bench import Bench
from harness.server.lane import Lane


class SendsWebhooks:
    """What a mocked provider tells, and to whom. Nothing goes to another machine unless that is said."""

    bench: Bench
    lane: Lane
    credentials: Mapping[str, str]

    @property
    def webhook_secret(self) -> str:
        """What the provider signs its webhooks with; the receiver is to be given it."""
        return self.credentials["webhook_secret"]

    @property
    def webhooks(self) -> tuple[Sent, ...]:
        """Every event that was sent, in the order in which they happened, once what is on its way has arrived."""
        return self.bench.background.run(self.lane.webhooks.settled())

    @at_the_test
    def send_webhook(self, name: str, **how: Unpack[HowSent]) -> Sent:
        """Let an event happen (`customer.created`), send it to a URL, and wait until it has come to its end.

        `to`: the URL; on another machine only with `allow_remote`. `resource`: the id of what it tells of, or fields
        of it; without, the newest one, else a new one. `way`: `once`, `duplicate`, `replayed`, `late`, or what must
        be refused: `wrong_signature`, `unsigned`, `altered`, `stale`. `attempts`: how often it is tried at most, with
        the provider's waits divided by `pace` between. `delay_s`: before a late one, or between two.

        Raises HarnessError for an event, a resource or a way that there is not.
        """
        return self.send_webhooks((name,), **how)[0]

    @at_the_test
    def send_webhooks(self, names: Sequence[str], **how: Unpack[HowSent]) -> tuple[Sent, ...]:
        """The same with several events that happen one after the other; `way` may be `out_of_order`, too."""
        return self.bench.background.run(self.lane.webhooks.send(names, **how))

    @at_the_test
    def had_effect(self, event_id: str) -> None:
        """Tell that the receiver has acted on an event, each time that it does: for `webhooks.one_effect`.

        Raises HarnessError where no event of that id was sent.
        """
        self.bench.background.do(lambda: self.lane.webhooks.had_effect(event_id))

    @at_the_test
    def webhooks_go_to(
        self, url: str | None, *, types: Sequence[str] = (), attempts: int = 1, pace: float = 1.0
    ) -> Self:
        """Send there, from now on, the events that requests cause: of these types, or all. None: no more."""
        webhooks = self.lane.webhooks
        self.bench.background.do(lambda: webhooks.subscribe(url, types=types, attempts=attempts, pace=pace))
        return self
