"""The ways in which a value may be made, and the order in which they are tried."""

from __future__ import annotations


class Way:
    """One way to make a value: `optional` properties or not, examples or not, which branch is taken first.

    `full`: optional objects and lists are made, too, near the top.
    `apart`: what fits several branches of a oneOf gets a member that all but one of them refuse.
    """

    __slots__ = ("apart", "branch", "examples", "full", "optional", "repeat")

    def __init__(
        self,
        *,
        optional: bool = True,
        examples: bool = True,
        branch: int = 0,
        repeat: int = 1,
        apart: bool = False,
        full: bool = False,
    ) -> None:
        self.optional, self.examples, self.branch, self.repeat = optional, examples, branch, repeat
        self.apart, self.full = apart, full


WAYS = (
    Way(),
    Way(examples=False),
    Way(optional=False),
    Way(optional=False, examples=False),
    Way(branch=1),
    Way(optional=False, examples=False, branch=1),
    Way(optional=False, examples=False, branch=2, repeat=2),
    Way(optional=False, examples=False, branch=3),
    Way(optional=False, examples=False, repeat=3),
    Way(full=True),
    Way(examples=False, full=True, branch=1),
    Way(apart=True),
    Way(optional=False, examples=False, apart=True),
)
"""What is tried, in this order, until the value is valid."""
