"""The rules of tutor availability: pure functions of their arguments, on the standard library alone."""
