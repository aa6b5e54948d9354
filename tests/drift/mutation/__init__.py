"""Mutations of real documents: one change each, of which it is known beforehand what it does to whom."""
