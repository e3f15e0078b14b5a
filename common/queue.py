"""The retry queue (SQS) for entries that couldn't be written to the log: one message for each day of a change set.

The queue may deliver a message more than once, and in any order. `common.db.repair.deliver` handles both.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from common import aws
from common.core.audit import ChangeSet, change_set_fields

# SQS accepts batches of at most ten messages and 256 KiB. Ten messages always fit: each has one day, with at most
# 2 * 288 slots and 500 characters of notes.
MESSAGES_PER_BATCH = 10
CLIENT_TIMEOUT_SECONDS = 2
CHECK = "check"  # the body of a message that shows that the queue can be used
WAIT_SECONDS = 1  # without a wait, SQS asks only some of its servers, and may return none of the messages


class NotQueued(Exception):
    """The queue didn't confirm that it has all entries."""


class QueueUnavailable(Exception):
    """The queue can't be reached, doesn't exist, or denies access."""


@dataclass(frozen=True, slots=True)
class Message:
    """A received message. The queue delivers it again, unless `delete` is called after processing it."""

    id: str
    body: str
    receipt: str


def send(queue_url: str, change_set: ChangeSet, budget_ms: int) -> None:
    """Send all entries of the change set, or raise `NotQueued` within the budget.

    After `NotQueued`, the entries may arrive nevertheless. The budget is only for sending. The first call also creates
    the client, which has to find credentials. This takes `CLIENT_TIMEOUT_SECONDS` more at most.
    """
    is_ready = threading.Event()
    outcome: list[Exception | None] = []

    def attempt() -> None:
        try:
            _client(queue_url)
            is_ready.set()
            _send(queue_url, change_set)
            outcome.append(None)
        except Exception as error:  # catch every error: the slots are saved, so the update has to succeed
            outcome.append(error)
            is_ready.set()

    # Send in a thread, so that every wait has a limit: the client's time-outs don't limit the wait for a DNS server.
    try:
        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        is_ready.wait(CLIENT_TIMEOUT_SECONDS)
        thread.join(budget_ms / 1000)
    except RuntimeError as error:  # no thread can be started
        outcome.append(error)
    if not outcome:
        raise NotQueued("no answer within the budget")
    if outcome[0] is not None:
        raise NotQueued(type(outcome[0]).__name__) from outcome[0]


def _send(queue_url: str, change_set: ChangeSet) -> None:
    bodies = [json.dumps(change_set_fields(part)) for part in change_set.split_by_day()]
    for first in range(0, len(bodies), MESSAGES_PER_BATCH):
        batch = bodies[first : first + MESSAGES_PER_BATCH]
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        answer = _client(queue_url).send_message_batch(QueueUrl=queue_url, Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} of {len(batch)} messages were refused")


def send_check(queue_url: str) -> None:
    """Send a message that repair deletes without delivering it, or raise `QueueUnavailable`."""
    with _raise_queue_unavailable():
        _client(queue_url).send_message(QueueUrl=queue_url, MessageBody=CHECK)


def receive(queue_url: str) -> list[Message]:
    """Return up to ten messages; an empty list means that the queue has no message to deliver now."""
    with _raise_queue_unavailable():
        answer = _client(queue_url).receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=MESSAGES_PER_BATCH, WaitTimeSeconds=WAIT_SECONDS
        )
    return [Message(each["MessageId"], each["Body"], each["ReceiptHandle"]) for each in answer.get("Messages", [])]


def delete(queue_url: str, message: Message) -> None:
    """Delete a processed message; if that fails, the queue delivers it again."""
    with _raise_queue_unavailable():
        _client(queue_url).delete_message(QueueUrl=queue_url, ReceiptHandle=message.receipt)


@contextmanager
def _raise_queue_unavailable() -> Iterator[None]:
    """Turn every error into `QueueUnavailable`."""
    try:
        yield
    except Exception as error:  # the SDK raises many kinds of errors, also for an invalid URL
        raise QueueUnavailable(type(error).__name__) from error


@cache
def _client(queue_url: str) -> Any:
    region = re.match(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.", queue_url)
    return aws.client("sqs", region[1] if region else None)
