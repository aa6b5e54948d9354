"""What a change comes to for one client: its level, and whether the client uses what changed."""

from __future__ import annotations

from harness.model.change import Level, Severity, Use


def severity(level: Level, use: Use, *, is_known: bool = True) -> Severity:
    """Breaking fails where it is used, or where nothing tells that it is not; elsewhere it warns.

    A risk is one for those who rely on more than was promised: where somebody says that the client does, it fails.
    What the use of the client cannot show at all (`is_known`: are there recordings, and do they show such things?)
    counts as used where there are no recordings, and warns where there are.
    """
    if level == "breaking":
        if use == "unknown":
            return "fail" if is_known else "warn"
        return "warn" if use == "unused" else "fail"
    return "fail" if level == "risky" and use == "relied" else "info"
