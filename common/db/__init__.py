"""The only SQL, and the only SQLAlchemy: the engine, the tables, the slots and the audit log."""
