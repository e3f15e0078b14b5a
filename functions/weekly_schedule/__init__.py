"""A tutor's weekly schedule."""
