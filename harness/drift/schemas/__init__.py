"""Two schemas in one direction: what changed between them, decided by meaning and proven by example."""
