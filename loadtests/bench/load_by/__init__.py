"""The two locustfiles that are compared, and the client that one of them drives."""
