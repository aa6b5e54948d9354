"""Drift: what changed between two sources of truth about one provider, and whom it hurts."""
