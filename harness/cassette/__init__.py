"""Recorded exchanges in a file: read, written, redacted, judged, taken over from others, and played again."""
