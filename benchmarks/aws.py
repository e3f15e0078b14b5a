"""A stand-in for AWS (moto) that answers over HTTP, as AWS does."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}


@contextmanager
def run_aws() -> Iterator[str]:
    """Run the stand-in, and yield its URL."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # otherwise it prints a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(service: str, url: str) -> Any:
    """Return a client for a service of the stand-in, such as "sqs"."""
    return boto3.session.Session("testing", "testing", region_name=REGION).client(service, endpoint_url=url)
