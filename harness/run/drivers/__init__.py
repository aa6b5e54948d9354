"""Ways to make a client of any language act: a Python function, a command, a session, a running service."""
