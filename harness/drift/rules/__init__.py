"""The catalogue: every rule that a change can have, as data."""
