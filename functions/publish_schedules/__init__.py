"""Publish the next dates of weekly schedules."""
