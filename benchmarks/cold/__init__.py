"""Cold starts: how much processor time a function takes, from nothing to its first answer."""
