"""One rule as it is written down, and what several of them have in common."""

from __future__ import annotations

from harness.model.change import Level

Row = tuple[str, str, str, str, Level, str, str]
"""Id, area, kind, action, level, message, why."""

UNSEEN = "Nothing that a client of the old document sends or gets is touched by it."
NEWS = "Nothing fails now; it says what will."

ITSELF = "What undoes it is the same change."
"""Why a change of a thing has no counterpart: `ALONE` has all such reasons, by the ids of rules."""
