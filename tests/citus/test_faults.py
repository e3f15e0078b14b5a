"""What clients see when a node of a cluster is killed and started again, or when a shard is moved.

The first three tests print the rows of the table of faults in `docs/scaling.md`. To see the rows, run:
make citus T="-s -n0 tests/citus/test_faults.py"
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from common.config import Settings
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.errors import Unavailable
from local import citus
from local.citus import Cluster, Node
from migrations import upgrade
from tests.aws import Queues
from tests.builders import ADMIN, Tutor, add_tutor, log_rows, replayed, slots, stored_slots
from tests.citus.load import DAY, assert_nothing_is_lost_or_doubled, deliver, load
from tests.conftest import CITUS_BIN, WITHOUT_SYNC, database_url
from tests.homes import temporary_home
from tests.hosts import Answer, Api

BACK_WITHIN_SECONDS = 10
ROUNDS = 5
DATABASE = "faults"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster for this module, whose nodes may be killed; other modules share another cluster."""
    with temporary_home() as home, citus.running(home, Path(str(CITUS_BIN)), settings=WITHOUT_SYNC) as running:
        running.create_database(DATABASE)
        settings = Settings(database_url=database_url(running.coordinator.url, DATABASE))
        upgrade(engine_for(settings), "test")
        running.distribute(DATABASE)
        pool_for(settings).close()
        yield running


@pytest.fixture
def url(cluster: Cluster) -> str:
    """The URL of this cluster's database."""
    return database_url(cluster.coordinator.url, DATABASE)


@pytest.fixture(autouse=True)
def the_default_budget(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the default of AUDIT_BUDGET_MS. The fixture `environment` sets a much longer budget."""
    monkeypatch.delenv("AUDIT_BUDGET_MS")


def shard_of(cluster: Cluster, tutor: Tutor) -> tuple[int, Node]:
    """Return the shard of a tutor's days, and the worker that has it."""
    shard = f"get_shard_id_for_distribution_column('tutor_days', '{tutor.id}')"
    query = f"select shardid, nodename from pg_dist_shard_placement where shardid = {shard}"
    ((number, host),) = cluster.coordinator.run(query, database=DATABASE)
    return number, next(worker for worker in cluster.workers if worker.host == host)


def tutors_of(cluster: Cluster, engine: Engine, worker: Node, number: int = 4) -> list[Tutor]:
    """Add tutors until `number` of them have their days on the worker; return these."""
    tutors: list[Tutor] = []
    while len(tutors) < number:
        tutor = add_tutor(engine)
        if shard_of(cluster, tutor)[1] is worker:
            tutors.append(tutor)
    return tutors


@contextmanager
def killed(node: Node) -> Iterator[None]:
    """Kill the node, and start it again at the end."""
    node.kill()
    try:
        yield
    finally:
        node.start()


def wait_until(condition: Callable[[], object]) -> None:
    """Check a condition until it is true. The test has to poll, because the servers send no event."""
    deadline = monotonic() + 60
    while not condition():
        assert monotonic() < deadline
        sleep(0.02)


def test_only_the_tutors_of_a_killed_worker_get_503(
    api: Api, engine: Engine, cluster: Cluster, queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    worker, other = cluster.workers
    groups = {"its tutors": tutors_of(cluster, engine, worker), "all others": tutors_of(cluster, engine, other)}
    with load(api, groups) as running:
        running.wait_for_rounds(ROUNDS)
        with killed(worker):
            began = monotonic()
            running.wait_for_rounds(ROUNDS)
            of_all_tutors = [("audit_stats", "GET"), ("audit_repair", "POST"), ("weekly_stats", "POST")]
            assert {api.call(*each, token=ADMIN).status for each in of_all_tutors} == {503}
            ended = monotonic()
        waited = running.seconds_until_all_answer(monotonic())
        recovered_at = monotonic()
        running.wait_for_rounds(ROUNDS)
    assert set(running.statuses("its tutors")) == {200, 503}
    assert set(running.statuses("its tutors", began, ended)) == {503}
    assert set(running.statuses("all others")) == {200}
    assert set(running.statuses("its tutors", recovered_at)) == {200}
    assert waited < BACK_WITHIN_SECONDS
    unknown = deliver(api, queues, capsys.readouterr().out)
    assert_nothing_is_lost_or_doubled(engine, running, unknown)
    for group in groups:
        running.print_row("a worker is killed", group, waited)


def test_all_tutors_get_503_until_a_killed_coordinator_is_back(
    api: Api, engine: Engine, cluster: Cluster, queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    groups = {"all tutors": [tutor for worker in cluster.workers for tutor in tutors_of(cluster, engine, worker)]}
    with load(api, groups) as running:
        running.wait_for_rounds(ROUNDS)
        with killed(cluster.coordinator):
            began = monotonic()
            running.wait_for_rounds(ROUNDS)
            ended = monotonic()
        waited = running.seconds_until_all_answer(monotonic())
        recovered_at = monotonic()
        running.wait_for_rounds(ROUNDS)
    assert set(running.statuses("all tutors")) == {200, 503}
    assert set(running.statuses("all tutors", began, ended)) == {503}
    assert set(running.statuses("all tutors", recovered_at)) == {200}
    assert waited < BACK_WITHIN_SECONDS
    unknown = deliver(api, queues, capsys.readouterr().out)
    assert_nothing_is_lost_or_doubled(engine, running, unknown)
    running.print_row("the coordinator is killed", "all tutors", waited)


def test_a_shard_can_be_moved_while_its_tutors_are_edited(
    api: Api, engine: Engine, cluster: Cluster, queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = cluster.workers
    groups = {
        "its tutors": tutors_of(cluster, engine, source),
        "all others": tutors_of(cluster, engine, target),
    }
    tutor = groups["its tutors"][0]
    shard, _ = shard_of(cluster, tutor)
    nodes = f"'{source.host}', {citus.PORT}, '{target.host}', {citus.PORT}"
    with load(api, groups) as running:
        running.wait_for_rounds(ROUNDS)
        move = f"select citus_move_shard_placement({shard}, {nodes}, 'force_logical')"
        cluster.coordinator.run(move, database=DATABASE)
        running.wait_for_rounds(ROUNDS)
    assert shard_of(cluster, tutor) == (shard, target)
    unknown = deliver(api, queues, capsys.readouterr().out)
    assert_nothing_is_lost_or_doubled(engine, running, unknown)
    for group in groups:
        assert set(running.statuses(group)) == {200}
        running.print_row("a shard is moved", group)


@contextmanager
def holding_commits(node: Node) -> Iterator[None]:
    """Make each commit on the node wait, after it is written, for a standby that doesn't exist."""
    node.run("alter system set synchronous_standby_names = 'nobody'", "select pg_reload_conf()")
    wait_until(lambda: node.run("show synchronous_standby_names") == [["nobody"]])
    node.run("checkpoint")  # the checkpointer process puts the setting into effect
    try:
        yield
    finally:
        node.run("alter system reset synchronous_standby_names", "select pg_reload_conf()")


def kill_at_the_commit(node: Node) -> None:
    """Wait until a commit waits on the node; then kill the node and start it again."""
    waiting = f"select from pg_stat_activity where wait_event = 'SyncRep' and datname = '{DATABASE}'"
    wait_until(lambda: node.run(waiting))
    with killed(node):
        pass


def save(api: Api, tutor: Tutor) -> Answer:
    return api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00"))


def test_an_edit_whose_worker_is_killed_at_its_commit_is_logged(
    api: Api, engine: Engine, cluster: Cluster, queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client gets 503, because the outcome is unknown. In this test, the edit was saved."""
    worker = cluster.workers[0]
    (tutor,) = tutors_of(cluster, engine, worker, number=1)
    with ThreadPoolExecutor() as threads, holding_commits(worker):
        editing = threads.submit(save, api, tutor)
        kill_at_the_commit(worker)
        answer = editing.result()
    assert (answer.status, answer.json["detail"]) == (
        503,
        "the database didn't confirm that this was saved; please try again",
    )
    assert len(stored_slots(engine, tutor)) == 1
    assert log_rows(engine, tutor) == []
    (change_set,) = deliver(api, queues, capsys.readouterr().out)
    assert [str(row.change_set_id) for row in log_rows(engine, tutor)] == [change_set]
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_entries_whose_worker_is_killed_at_their_commit_are_deferred(
    api: Api, engine: Engine, cluster: Cluster, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_BUDGET_MS", "60000")
    worker = cluster.workers[0]
    (tutor,) = tutors_of(cluster, engine, worker, number=1)
    with ExitStack() as held, ThreadPoolExecutor() as threads:

        @event.listens_for(engine, "before_cursor_execute")
        def hold(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
            if "insert into tutor_availability_log" in statement:
                held.enter_context(holding_commits(worker))

        held.callback(event.remove, engine, "before_cursor_execute", hold)
        editing = threads.submit(save, api, tutor)
        kill_at_the_commit(worker)
        answer = editing.result()
    assert (answer.status, answer.json["audit"]) == (200, "deferred")
    assert api.repair()["drained"] == 1
    assert [str(row.change_set_id) for row in log_rows(engine, tutor)] == [answer.json["changeSetId"]]
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_a_transaction_that_a_killed_worker_had_prepared_is_rolled_back_soon(
    api: Api, engine: Engine, cluster: Cluster
) -> None:
    """Each node has a copy of `tutors`. If a node fails before a change is committed, Citus rolls it back on all.

    Until then, the prepared transaction locks the row, so that a second change would have to wait.
    """
    worker = cluster.workers[0]
    (tutor,) = tutors_of(cluster, engine, worker, number=1)

    def rename() -> None:
        change = text("update tutors set name = 'Augusta' where id = :id")
        transact(engine, lambda connection: connection.execute(change, {"id": tutor.id}))

    with ThreadPoolExecutor() as threads, holding_commits(worker):
        renaming = threads.submit(rename)
        kill_at_the_commit(worker)
        restarted_at = monotonic()
        with pytest.raises(Unavailable) as caught:
            renaming.result()
    assert caught.value.outcome_unknown
    assert save(api, tutor).status == 200
    rename()
    assert monotonic() - restarted_at < BACK_WITHIN_SECONDS
