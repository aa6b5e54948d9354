"""Rules of what a provider sends by itself: webhooks and callbacks."""

from __future__ import annotations

from harness.drift.rules.row import ITSELF, NEWS, UNSEEN, Row

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
        *("webhook.body.removed", "webhooks", "existence", "remove", "breaking"),
        "no body comes with it any more",
        "A receiver may rely on what is required; on one that is not, many do.",
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
        *("webhook.media-type.added", "webhooks", "existence", "add", "risky"),
        "it may come as {name}, too",
        "Nobody asks for one of them as Accept does of answers; most providers send what was agreed on.",
    ),
    (
        *("webhook.credential.added", "webhooks", "credentials", "add", "info"),
        "it comes with a credential now: {new}",
        "A receiver that looks for none leaves it unread.",
    ),
    (
        *("webhook.credential.removed", "webhooks", "credentials", "remove", "breaking"),
        "it may come without a credential; before: {old}",
        "A receiver that looks for one refuses it. Where nothing is said of credentials any more, that is a risk.",
    ),
    (
        *("webhook.credential.alternative.added", "webhooks", "credentials", "generalize", "breaking"),
        "it may come with {new}, before always with {old}",
        "A receiver that looks for the one refuses the other.",
    ),
    (
        *("webhook.credential.alternative.removed", "webhooks", "credentials", "specialize", "info"),
        "it no longer comes with {old}",
        "The others could come before.",
    ),
    (
        *("webhook.parameter.added", "webhooks", "existence", "add", "info"),
        "{part} is new",
        "A receiver ignores what it does not know.",
    ),
    (
        *("webhook.parameter.removed", "webhooks", "existence", "remove", "breaking"),
        "{part}, which always came, is gone",
        "A receiver may rely on what is required.",
    ),
    (
        *("webhook.parameter.removed-optional", "webhooks", "existence", "remove", "risky"),
        "{part} is gone",
        "It never had to come, but receivers may have got used to it.",
    ),
    (
        *("webhook.parameter.became-optional", "webhooks", "requiredness", "decrease", "breaking"),
        "{part} need no longer come",
        "A receiver may rely on what is required.",
    ),
    (
        *("webhook.parameter.became-required", "webhooks", "requiredness", "increase", "info"),
        "{part} now always comes",
        "It could come before.",
    ),
    (
        *("webhook.parameter.serialization.changed", "webhooks", "type", "change", "breaking"),
        "{part} is now written as {new}, before as {old}",
        "What is written in one way is read as something else in the other.",
    ),
    (
        *("webhook.parameter.deprecated", "webhooks", "lifecycle", "add", "info"),
        "{part} is deprecated",
        NEWS,
    ),
    (
        *("webhook.parameter.reactivated", "webhooks", "lifecycle", "remove", "info"),
        "{part} is no longer deprecated",
        UNSEEN,
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
    (
        *("webhook.answer.body.added", "webhooks", "existence", "add", "risky"),
        "the answer {status} to it has a body now",
        "What is answered without one says less than is asked for.",
    ),
    (
        *("webhook.answer.body.removed", "webhooks", "existence", "remove", "risky"),
        "the answer {status} to it has no body any more",
        "What a receiver says in it may be unheard.",
    ),
    (
        *("webhook.answer.media-type.added", "webhooks", "existence", "add", "info"),
        "the answer {status} to it may be {name}, too",
        "Answers of the other types are as good as before.",
    ),
    (
        *("webhook.answer.media-type.removed", "webhooks", "existence", "remove", "risky"),
        "the answer {status} to it is no longer read as {name}",
        "No answer is refused, but what is said in it may be unheard.",
    ),
    (
        *("webhook.answer.header.added", "webhooks", "existence", "add", "info"),
        "the answer {status} to it may have the header {name}",
        "An answer without it is as good as before.",
    ),
    (
        *("webhook.answer.header.added-required", "webhooks", "existence", "add", "risky"),
        "the answer {status} to it must have the header {name}, which is new",
        "Providers that look for it take an answer without it for a failure, and send again.",
    ),
    (
        *("webhook.answer.header.removed", "webhooks", "existence", "remove", "info"),
        "nothing is said any more of the header {name} of the answer {status} to it",
        "Headers that nobody knows are ignored: RFC 9110 section 5.1.",
    ),
    (
        *("webhook.answer.header.became-required", "webhooks", "requiredness", "increase", "risky"),
        "the answer {status} to it must have the header {name} now",
        "Providers that look for it take an answer without it for a failure, and send again.",
    ),
    (
        *("webhook.answer.header.became-optional", "webhooks", "requiredness", "decrease", "info"),
        "the answer {status} to it need no longer have the header {name}",
        "An answer that has it is as good as before.",
    ),
)

ALONE: dict[str, str] = {
    "webhook.method.changed": ITSELF,
    "webhook.address.changed": ITSELF,
    "webhook.parameter.serialization.changed": ITSELF,
}
