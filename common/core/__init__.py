"""The rules of tutor availability: pure functions that need only the standard library."""
