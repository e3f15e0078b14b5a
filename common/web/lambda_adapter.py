"""The same function as an AWS Lambda handler: of Function URL events (payload format 2.0), and of scheduled ones."""

from collections.abc import Callable
from typing import Any

from apig_wsgi import make_lambda_handler
from werkzeug import Request, Response

LambdaHandler = Callable[[dict[str, Any], Any], Any]


def lambda_handler(
    function: Callable[[Request], Response], on_event: Callable[[dict[str, Any]], Any] | None = None
) -> LambdaHandler:
    """Make a Lambda handler of an HTTP function; `on_event` answers what isn't an HTTP request."""
    on_request: LambdaHandler = make_lambda_handler(Request.application(function))
    if on_event is None:
        return on_request

    def handler(event: dict[str, Any], context: Any) -> Any:
        return on_request(event, context) if "requestContext" in event else on_event(event)

    return handler
