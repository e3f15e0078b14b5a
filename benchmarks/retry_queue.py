"""A retry queue as on AWS, in moto. A message that was received three times moves to the dead letters."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import aws

MAX_RECEIVES = 3

Message = dict[str, Any]


@dataclass(frozen=True)
class RetryQueue:
    """The queue and its dead letters. `environment` has the variables that a function needs to use the queue."""

    environment: dict[str, str]
    sqs: Any
    url: str
    dead_letters_url: str

    def send(self, messages: list[Message]) -> None:
        """Send these messages."""
        for message in messages:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(message))

    def receive_all(self) -> list[Message]:
        """Remove all messages from the queue, and return them."""
        return self._receive_all(self.url)

    def receive_dead_letters(self) -> list[Message]:
        """Remove all dead letters, and return them."""
        return self._receive_all(self.dead_letters_url)

    def _receive_all(self, url: str) -> list[Message]:
        received: list[Message] = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                received.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return received


@contextmanager
def retry_queue() -> Iterator[RetryQueue]:
    """Run a stand-in for AWS with a queue, and yield the queue."""
    with aws.run_aws() as endpoint:
        sqs = aws.client("sqs", endpoint)
        dead_letters_url = sqs.create_queue(QueueName="dead")["QueueUrl"]
        dead_letters = sqs.get_queue_attributes(QueueUrl=dead_letters_url, AttributeNames=["QueueArn"])
        dead_letters_arn = dead_letters["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": MAX_RECEIVES})
        attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "0"}
        url = sqs.create_queue(QueueName="retry", Attributes=attributes)["QueueUrl"]
        environment = {**aws.KEYS, "AWS_ENDPOINT_URL": endpoint, "AUDIT_QUEUE_URL": url}
        yield RetryQueue(environment, sqs, url, dead_letters_url)
