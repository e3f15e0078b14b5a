"""SQS queues, served by moto over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from common import queue

TRIES = 3


@dataclass(frozen=True)
class Queues:
    """A retry queue and its dead-letter queue; `sqs` is a client for the test."""

    sqs: Any
    url: str
    dead_letters_url: str

    def put(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def waiting(self) -> list[dict[str, Any]]:
        """Return the messages in the retry queue, and leave them there."""
        return [json.loads(body) for body in self._bodies(self.url)]

    def take_all(self) -> list[str]:
        """Remove all messages from the retry queue, and return their bodies."""
        bodies = []
        while messages := queue.receive(self.url):
            for message in messages:
                queue.delete(self.url, message)
                bodies.append(message.body)
        return bodies

    def dead_letters(self) -> list[str]:
        return self._bodies(self.dead_letters_url)

    def _bodies(self, url: str) -> list[str]:
        bodies: dict[str, str] = {}
        messages = None
        while messages != []:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30)
            messages = answer.get("Messages", [])
            bodies |= {message["ReceiptHandle"]: message["Body"] for message in messages}
        for receipt in bodies:
            self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
        return list(bodies.values())


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The URL of moto, which replaces AWS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def deployed(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment variables of a deployed function, with moto's address."""
    for name, value in {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def queues(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    """Queues for one test. `AUDIT_QUEUE_URL` is the URL of the retry queue."""
    monkeypatch.setattr(queue, "WAIT_SECONDS", 0)  # moto is one server, so each request finds all messages
    queue._client.cache_clear()
    sqs = boto3.session.Session().client("sqs")
    name = f"retry-{uuid4()}"
    dead_letters_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    attributes = {"QueueUrl": dead_letters_url, "AttributeNames": ["QueueArn"]}
    arn = sqs.get_queue_attributes(**attributes)["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": TRIES})
    url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})["QueueUrl"]
    monkeypatch.setenv("AUDIT_QUEUE_URL", url)
    yield Queues(sqs, url, dead_letters_url)
    sqs.close()
    queue._client(url).close()
    queue._client.cache_clear()
