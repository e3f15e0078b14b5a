"""Edit a tutor's days."""
