"""Two documents: every change of what a provider promises, with a message that proves it."""
