"""The application of the local server."""

import sys

from local.server import application


def test_python_finds_the_same_modules_after_an_application_was_created(environment: None) -> None:
    """In the end, a path that is longer with each application is too long for a new process, which ends silently."""
    path = list(sys.path)
    application()
    assert sys.path == path
