"""Faults of the retry queue."""

import threading
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from common import queue
from common.core.audit import ChangeSet
from common.queue import NotQueued, QueueUnavailable
from tests.aws import Queues
from tests.builders import Tutor
from tests.db.test_repair import change_set

TUTOR = Tutor(UUID(int=1), "ada", "")


def some_change_set() -> ChangeSet:
    return change_set(TUTOR, 1)


def test_a_message_that_sqs_rejects_is_not_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQS may reject some messages of a batch."""
    answer = {"Failed": [{"Id": "0", "Code": "InternalError"}], "Successful": []}
    client = SimpleNamespace(send_message_batch=lambda **_: answer)
    monkeypatch.setattr(queue, "_client", lambda _url: client)
    with pytest.raises(NotQueued):
        queue.send("https://sqs.eu-west-1.amazonaws.com/1/q", some_change_set(), 30000)


def test_nothing_is_queued_if_no_thread_can_be_started(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(NotQueued, match="RuntimeError"):
            queue.send(queues.url, some_change_set(), 30000)


@pytest.mark.parametrize("endpoint", ["foo", "http://localhost:99999", "http://127.0.0.1:1"])
def test_an_endpoint_that_does_not_work_is_unavailable(
    queues: Queues, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("AWS_ENDPOINT_URL", endpoint)
        queue._client.cache_clear()
        with pytest.raises(NotQueued):
            queue.send(queues.url, some_change_set(), 30000)
        with pytest.raises(QueueUnavailable):
            queue.receive(queues.url)
    queue._client.cache_clear()


@pytest.mark.parametrize(
    ("url", "environ", "region"),
    [
        ("https://sqs.eu-north-1.amazonaws.com/123456789012/retry", {}, "eu-north-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/retry", {}, "cn-north-1"),
        ("http://127.0.0.1:5000/123456789012/retry", {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ("http://127.0.0.1:5000/123456789012/retry", {}, "us-east-1"),
    ],
)
def test_the_client_uses_the_region_of_the_queue(
    monkeypatch: pytest.MonkeyPatch, url: str, environ: dict[str, str], region: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    queue._client.cache_clear()
    client: Any = queue._client(url)
    assert client.meta.region_name == region
    client.close()
    queue._client.cache_clear()
