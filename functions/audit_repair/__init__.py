"""Complete the audit log."""
