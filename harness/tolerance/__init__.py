"""Answers as a client might get them one day: varied within the contract, and broken in one place."""
