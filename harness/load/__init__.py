"""Load: what ten thousand calls say of a client, and of what it did to a provider that was in trouble."""
