"""Read a tutor's availability."""
