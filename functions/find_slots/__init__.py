"""Find free slots of many tutors."""
