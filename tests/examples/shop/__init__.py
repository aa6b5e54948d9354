"""The shop of the README."""
