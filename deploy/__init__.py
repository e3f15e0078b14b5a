"""Packaging and deploying: what `make package`, `make migrate` and `make deploy` run, for one stage at a time."""
