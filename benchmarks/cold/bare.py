"""The smallest possible function. It is copied into the folder of the functions."""


def handler(event: object, context: object) -> dict[str, int]:
    """Return an empty answer."""
    return {"statusCode": 200}
