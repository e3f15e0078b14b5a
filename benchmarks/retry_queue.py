"""A retry queue, of moto's, as AWS has it; what is tried in vain three times is put aside."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import aws

TRIES = 3

Message = dict[str, Any]


@dataclass(frozen=True)
class RetryQueue:
    """The queue, and its dead letters; `environment` is what functions need to find it."""

    environment: dict[str, str]
    sqs: Any
    url: str
    dead_letters_url: str

    def put(self, messages: list[Message]) -> None:
        """Send these messages."""
        for message in messages:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(message))

    def taken(self) -> list[Message]:
        """Take out all that waits."""
        return self._taken(self.url)

    def dead_letters(self) -> list[Message]:
        """Take out all that was put aside."""
        return self._taken(self.dead_letters_url)

    def _taken(self, url: str) -> list[Message]:
        found: list[Message] = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


@contextmanager
def retry_queue() -> Iterator[RetryQueue]:
    """Serve a queue."""
    with aws.served() as endpoint:
        sqs = aws.client("sqs", endpoint)
        dead_letters_url = sqs.create_queue(QueueName="dead")["QueueUrl"]
        asked = {"QueueUrl": dead_letters_url, "AttributeNames": ["QueueArn"]}
        arn = sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": TRIES})
        attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "0"}
        url = sqs.create_queue(QueueName="retry", Attributes=attributes)["QueueUrl"]
        environment = {**aws.KEYS, "AWS_ENDPOINT_URL": endpoint, "AUDIT_QUEUE_URL": url}
        yield RetryQueue(environment, sqs, url, dead_letters_url)
