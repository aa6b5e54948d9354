"""What is a secret, and how it is taken out of whatever is written or told."""
