"""The database: connections, the slots and the audit log; where SQL and SQLAlchemy are."""
