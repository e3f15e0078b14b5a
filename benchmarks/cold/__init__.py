"""Cold starts: the processor time of a function from the start of its process to its first answer."""
