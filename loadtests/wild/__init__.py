"""Documents that nobody here wrote: how many load, are routed, and are answered with what they declare."""
