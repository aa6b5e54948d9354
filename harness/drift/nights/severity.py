"""What a change comes to for one client: its level, and whether the client uses what changed."""

from __future__ import annotations

from harness.model.change import Level, Severity, Use


def severity(level: Level, use: Use, *, has_moved: bool = True) -> Severity:
    """Breaking fails, but warns where the client does not use what changed; what nobody can tell counts as used.

    A risk is one for those who rely on more than was promised: where somebody says that the client does, it fails.
    What has not moved, but differed from the start, fails nobody.
    """
    if not has_moved:
        return "warn" if level == "breaking" else "info"
    if level == "breaking":
        return "warn" if use == "unused" else "fail"
    return "fail" if level == "risky" and use == "relied" else "info"
