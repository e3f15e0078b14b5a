"""The only SQL, and the only SQLAlchemy: the engine, the slots and the audit log."""
