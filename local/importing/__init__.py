"""`make import`: bring tutors, their slots, bookings and schedules into the database, from CSV files."""
