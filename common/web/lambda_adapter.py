"""The same function as an AWS Lambda handler for Function URL events (payload format 2.0)."""

from collections.abc import Callable
from typing import Any

from apig_wsgi import make_lambda_handler
from werkzeug import Request, Response

LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]


def lambda_handler(function: Callable[[Request], Response]) -> LambdaHandler:
    """Make a Lambda handler of an HTTP function."""
    return make_lambda_handler(Request.application(function))
