"""Load on the harness itself, and on what it plays."""
