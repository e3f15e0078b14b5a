"""The development server: an embedded PostgreSQL, all functions and the dashboard on one machine."""
