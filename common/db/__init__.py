"""Database access: connections, slots, bookings and the audit log. All SQL of `common` is here."""
