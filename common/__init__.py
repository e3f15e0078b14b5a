"""Code that all functions share: rules (`core`), the database (`db`), HTTP (`web`)."""
