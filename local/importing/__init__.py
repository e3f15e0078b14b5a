"""`make import`: bring tutors, slots and bookings of another system into the database, from CSV files."""
