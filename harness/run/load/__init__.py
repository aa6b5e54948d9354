"""A run under load: the mock in a process of its own, what every process notes, and all of it as one Run."""
