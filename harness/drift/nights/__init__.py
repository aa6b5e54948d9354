"""One night after the other: whom a change hurts, what is accepted, what is new, and what would mend our document."""
