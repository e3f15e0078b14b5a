"""Tutors and their settings."""
