"""Rules of operations themselves: whether there are such, and for how long."""

from __future__ import annotations

from harness.drift.rules.row import ITSELF, NEWS, UNSEEN, Row

ROWS: tuple[Row, ...] = (
    (
        *("operation.removed", "paths", "existence", "remove", "breaking"),
        "the operation is gone",
        "A request for it is refused, however long its end was announced.",
    ),
    (
        *("operation.added", "paths", "existence", "add", "info"),
        "the operation is new",
        "No client of the old document asks for it.",
    ),
    (
        *("operation.path.slash-changed", "paths", "existence", "change", "risky"),
        "the path is now {new!r}, before {old!r}",
        "Most servers take a path with and without a trailing slash, or redirect; some answer 404.",
    ),
    (
        *("operation.id.changed", "paths", "existence", "change", "info"),
        "operationId {old!r} is now {new!r}",
        "No message says it; names in generated code do.",
    ),
    (
        *("operation.deprecated", "paths", "lifecycle", "add", "info"),
        "the operation is deprecated{until}",
        NEWS,
    ),
    (
        *("operation.reactivated", "paths", "lifecycle", "remove", "info"),
        "the operation is no longer deprecated",
        UNSEEN,
    ),
    (
        *("operation.sunset.set", "paths", "lifecycle", "add", "risky"),
        "the operation will be gone on {new}",
        "RFC 8594: after that date it is likely to stop answering.",
    ),
    (
        *("operation.sunset.earlier", "paths", "lifecycle", "decrease", "risky"),
        "the operation will be gone on {new}, not {old}",
        "Whoever planned by the old date has less time.",
    ),
    (
        *("operation.sunset.later", "paths", "lifecycle", "increase", "info"),
        "the operation will be gone on {new}, not {old}",
        "There is more time than before.",
    ),
    (
        *("operation.sunset.removed", "paths", "lifecycle", "remove", "info"),
        "the date of the operation's end, {old}, is no longer told",
        UNSEEN,
    ),
    (
        *("operation.stability.decreased", "paths", "lifecycle", "decrease", "risky"),
        "the operation is now {new}, before {old}",
        "What was stable may now change without notice.",
    ),
    (
        *("operation.stability.increased", "paths", "lifecycle", "increase", "info"),
        "the operation is now {new}, before {old}",
        UNSEEN,
    ),
    (
        *("operation.limit.added", "paths", "limits", "add", "info"),
        "how much may be asked is told now: {name} is {told}",
        "Most limits hold long before a document tells of them.",
    ),
    (
        *("operation.limit.removed", "paths", "limits", "remove", "info"),
        "how much may be asked is no longer told; {name} was {told}",
        UNSEEN,
    ),
    (
        *("operation.limit.changed", "paths", "limits", "change", "risky"),
        "{name} is now {new}, before {old}",
        "Whoever asks as often as was allowed may get 429. A number that has grown allows more.",
    ),
    (
        *("operation.hidden", "paths", "lifecycle", "remove", "risky"),
        "the operation is now marked x-internal: not for others",
        "What is not for others may be closed to them without notice.",
    ),
    (
        *("operation.published", "paths", "lifecycle", "add", "info"),
        "the operation is no longer marked x-internal",
        UNSEEN,
    ),
)

ALONE: dict[str, str] = {
    "operation.path.slash-changed": ITSELF,
    "operation.id.changed": ITSELF,
    "operation.limit.changed": ITSELF,
}
