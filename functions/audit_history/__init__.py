"""Read who changed which slots, when and why."""
