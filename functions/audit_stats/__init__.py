"""Read how much a tutor's availability changes."""
