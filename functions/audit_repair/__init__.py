"""Bring the audit log up to the truth."""
