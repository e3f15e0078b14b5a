"""What all functions share: a pure core, the database, the web edge."""
