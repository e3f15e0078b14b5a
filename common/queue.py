"""The retry queue (SQS): where entries go that couldn't be recorded, one message for each day of a change set.

The queue delivers at least once and in any order, which `common.db.repair` is made for. The AWS client is imported on
first use: most instances never need it.
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

# Ten days are far below the 256 KiB that a batch may have: a day has at most 2 * 288 slots and 500 characters of notes.
MESSAGES_PER_BATCH = 10
CLIENT_TIMEOUT_SECONDS = 2
WAIT_SECONDS = 1  # without a wait, SQS asks only some of its servers


class NotQueued(Exception):
    """The entries aren't known to be in the queue."""


class QueueUnavailable(Exception):
    """The queue can't be reached now, or doesn't exist, or isn't ours."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message, to be deleted by its receipt once it is dealt with; otherwise it comes again."""

    id: str
    body: str
    receipt: str


def send(queue_url: str, change_set: ChangeSet, budget_ms: int) -> None:
    """Send all of the change set's entries, or raise `NotQueued` within the budget; they may arrive all the same.

    The budget is for sending. Making the client, the first time, comes on top: processor time where the platform hands
    the function its credentials; where they have to be looked for, at most `CLIENT_TIMEOUT_SECONDS`.
    """
    is_ready = threading.Event()
    outcome: list[Exception | None] = []

    def attempt() -> None:
        try:
            _client(queue_url)
            is_ready.set()
            _send(queue_url, change_set)
            outcome.append(None)
        except Exception as error:  # whatever it is: the slots are saved already, and that has to be answered (rule 2)
            outcome.append(error)
            is_ready.set()

    # Waiting for a thread is the bound that holds: no time-out of the client's counts for a name server that is silent.
    try:
        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        is_ready.wait(CLIENT_TIMEOUT_SECONDS)
        thread.join(budget_ms / 1000)
    except RuntimeError as error:  # there is no thread to be had
        outcome.append(error)
    if not outcome:
        raise NotQueued("no answer within the budget")
    if outcome[0] is not None:
        raise NotQueued(type(outcome[0]).__name__) from outcome[0]


def _send(queue_url: str, change_set: ChangeSet) -> None:
    bodies = [json.dumps(change_set_fields(part)) for part in change_set.by_day()]
    for first in range(0, len(bodies), MESSAGES_PER_BATCH):
        batch = bodies[first : first + MESSAGES_PER_BATCH]
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        answer = _client(queue_url).send_message_batch(QueueUrl=queue_url, Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} of {len(batch)} messages were refused")


def receive(queue_url: str) -> list[Message]:
    """Return up to ten messages, none when none is left for now."""
    with _outages_named():
        answer = _client(queue_url).receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=MESSAGES_PER_BATCH, WaitTimeSeconds=WAIT_SECONDS
        )
    return [Message(told["MessageId"], told["Body"], told["ReceiptHandle"]) for told in answer.get("Messages", [])]


def delete(queue_url: str, message: Message) -> None:
    """Take a message that was dealt with out of the queue; where that fails, it comes once more."""
    with _outages_named():
        _client(queue_url).delete_message(QueueUrl=queue_url, ReceiptHandle=message.receipt)


@contextmanager
def _outages_named() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # also what a URL that is none makes of the client
        raise QueueUnavailable(type(error).__name__) from error


@cache
def _client(queue_url: str) -> Any:
    region = re.match(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.", queue_url)
    return aws.client("sqs", region[1] if region else None)
