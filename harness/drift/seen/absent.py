"""How sure it is that what was there is gone, or that what comes now never came before.

Of `seen` things `there` had it; of `now` things none has. If nothing had changed, which of all these things have it
would be chance, and that none of those seen now does has the probability of Fisher's exact test, one-sided
(R. A. Fisher, Statistical Methods for Research Workers, section 21.02). Where all had it before, that is one over the
number of ways to choose. For new things the same test is read backwards.

A thing is counted once however often it was asked for; what one answer says of many things counts as many.
"""

from __future__ import annotations

from math import exp, lgamma

CHANCE = 1e-5
"""What is less likely than this is no chance. Some hundred places are looked at each night."""


def confidence(there: int, seen: int, now: int) -> float:
    """From 0 to 1: how sure it is that what `there` of `seen` things had has gone from all of `now` things."""
    if not there or not now:
        return 0.0
    return 1.0 - chance(there, seen, now)


def chance(there: int, seen: int, now: int) -> float:
    """The probability that none of `now` things has it, where `there` of `seen` others do and nothing has changed."""
    return _ways(seen, there, seen + now)


def is_sure(there: int, seen: int, now: int) -> bool:
    """Is it too unlikely to be chance?"""
    return bool(there) and bool(now) and chance(there, seen, now) <= CHANCE


def most_likely_rate(now: int, *, sure: float = 0.95) -> float:
    """The rate that something may still have at most which none of `now` things showed, with that much confidence:
    the exact binomial bound, of which the rule of three (3/n) is the approximation for 95 percent."""
    return 1.0 - (1.0 - sure) ** (1.0 / now) if now else 1.0


def _ways(seen: int, there: int, every: int) -> float:
    """C(seen, there) / C(every, there)."""
    return exp(lgamma(seen + 1) - lgamma(seen - there + 1) - lgamma(every + 1) + lgamma(every - there + 1))
