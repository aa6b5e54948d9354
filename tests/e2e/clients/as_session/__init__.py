"""Stand-ins that turn a driver which makes its calls and ends into one that is asked for each, as a session."""
