"""Packaging, migrating and deploying one stage: for `make package`, `make migrate`, `make deploy` and others."""
