"""Tests on a Citus cluster."""
