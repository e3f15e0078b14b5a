"""The deployed functions, a folder each."""
