"""Rules of what a provider sends by itself: webhooks and callbacks."""

from __future__ import annotations

from harness.drift.rules.row import ITSELF, UNSEEN, Row

ROWS: tuple[Row, ...] = (
    (
        *("webhook.removed", "webhooks", "existence", "remove", "breaking"),
        "the webhook is gone",
        "What a receiver waits for never comes.",
    ),
    (
        *("webhook.added", "webhooks", "existence", "add", "info"),
        "the webhook is new",
        "Most providers send only those that were asked for.",
    ),
    (
        *("webhook.method.changed", "webhooks", "type", "change", "breaking"),
        "the webhook now comes by {new}, before by {old}",
        "A receiver that listens for the one does not hear the other.",
    ),
    (
        *("webhook.body.added", "webhooks", "existence", "add", "info"),
        "a body may come with it",
        "A receiver that expects none leaves it unread.",
    ),
    (
        *("webhook.body.became-optional", "webhooks", "requiredness", "decrease", "breaking"),
        "its body need no longer come",
        "A receiver may rely on what is required.",
    ),
    (
        *("webhook.body.became-required", "webhooks", "requiredness", "increase", "info"),
        "its body now always comes",
        "It could come before.",
    ),
    (
        *("webhook.address.changed", "webhooks", "values", "change", "risky"),
        "the callback goes to {new}, before to {old}",
        "Who says in the old place alone where it is to go may not get it.",
    ),
    (
        *("webhook.answer.removed", "webhooks", "values", "remove", "risky"),
        "{status} is no longer told of as an answer to it",
        "A receiver that answers so may be asked again.",
    ),
    (
        *("webhook.answer.added", "webhooks", "values", "add", "info"),
        "{status} may be answered to it, too",
        UNSEEN,
    ),
)

ALONE: dict[str, str] = {
    "webhook.method.changed": ITSELF,
    "webhook.address.changed": ITSELF,
}
