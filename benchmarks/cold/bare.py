"""The least that a function can be; copied beside the others."""


def handler(event: object, context: object) -> dict[str, int]:
    """Answer."""
    return {"statusCode": 200}
