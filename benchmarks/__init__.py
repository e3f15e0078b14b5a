"""What `make bench` runs: our figures against the database's own speed, and against what people would build instead."""
