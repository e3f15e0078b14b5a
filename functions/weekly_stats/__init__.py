"""Compute each tutor's weekly statistics."""
