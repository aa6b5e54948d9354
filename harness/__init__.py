"""A test bench for code that talks to other people's APIs: a mocked provider, faults, and a verdict."""

__version__ = "0.1.0"
