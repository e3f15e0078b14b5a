"""The development server: PostgreSQL, all functions and the dashboard on one machine, without installing anything."""
