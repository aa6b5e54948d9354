"""How fast the mock server is: beside its peers, from a cold start, in memory, and step by step."""
