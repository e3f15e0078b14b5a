"""The commands for a stage: package, deploy and migrate it, store its secrets, erase a person."""
