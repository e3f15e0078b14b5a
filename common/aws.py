"""AWS clients. The SDK is imported on first use, because most instances never need it."""

from typing import Any

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
DEFAULT_REGION = "us-east-1"


def client(service: str, region: str | None = None) -> Any:
    """Return a client with short time-outs and one retry.

    `region` defaults to the environment's region, or to `DEFAULT_REGION` if the environment has none.
    """
    import boto3
    from botocore.config import Config

    session = boto3.session.Session()
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    return session.client(service, region_name=region or session.region_name or DEFAULT_REGION, config=config)
