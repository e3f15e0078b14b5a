"""The commands of an operator: package, deploy, migrate a database, store a secret, erase a person."""
