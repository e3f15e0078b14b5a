"""The race of updates, the races through a slow network, and the counts of round trips."""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.contenders import OURS, OURS_UNPREPARED, RAW, RAW_PREPARED, Bench, contenders
from benchmarks.data import FIXED_STARTS, MOVED_STARTS, update_day
from benchmarks.database import Database, raw_contender, raw_statement
from benchmarks.delay_proxy import run_delay_proxy
from benchmarks.processes import BenchmarkFailed, Request, Target
from benchmarks.questions import HISTORY, STATISTICS, compare, move_slots, read
from benchmarks.turns import Contender, Race, race

UPDATE = "Update of a day, with its log"
NETWORK = "Through a 3 ms network"
ROUND_TRIPS = "Round trips"

LONG_UPDATE_DAYS = 92


def update(bench: Bench) -> Iterator[Race]:
    """Race programs that change a day and log the changes. In each update, 8 of 16 slots move by half an hour."""
    database = bench.largest
    with ExitStack() as stack:
        writers = bench.start_writers(stack, database.url, should_create_tables=True)
        unprepared = bench.start_ours(stack, database.url, has_prepared_statements=False)
        database.run("psql", "-q", "-c", "checkpoint")
        question = move_slots(database.data)
        compare(question, database.data, writers)
        racing = [
            _raw_update(database, RAW, "extended"),
            _raw_update(database, RAW_PREPARED, "prepared"),
            question.contender(OURS_UNPREPARED, unprepared, database.data),
            *contenders(question, database, writers),
        ]
        yield race(UPDATE, "8 removed, 8 added", racing, bench.pace)


def _raw_update(database: Database, name: str, mode: str) -> Contender:
    """Return a contender that moves slots and moves them back with raw statements.

    It changes a date that the programs don't change. Raise `BenchmarkFailed` if its first run leaves wrong data.
    """
    script = raw_statement("update")
    move = script.replace(":removed", ":original").replace(":added", ":moved")
    move_back = script.replace(":removed", ":moved").replace(":added", ":original")
    original, moved = ("{" + ",".join(starts) + "}" for starts in MOVED_STARTS)
    day = update_day(database.data, 1)
    raw = raw_contender(name, database, move + move_back, mode, parts=2, day=day, original=original, moved=moved)
    raw.measure(1, 0)
    counts = database.rows(
        """
        select
          (select count(*) from tutor_time_slots where date = :day) as slots,
          (select count(*) from tutor_availability_log where date = :day) as entries,
          (select 16 * sum(version) from tutor_days where date = :day) as expected_entries
        """,
        day=day,
    )[0]
    if counts.slots != 16 * database.data.tutors or counts.entries != counts.expected_entries:
        raise BenchmarkFailed(f"the raw update: unexpected number of slots or entries: {counts}")
    return raw


def through_network(bench: Bench) -> Iterator[Race]:
    """Race our functions and peers where a round trip to the database takes 3 ms, and count the round trips."""
    database, data = bench.largest, bench.largest.data
    with ExitStack() as stack:
        proxy = stack.enter_context(run_delay_proxy(database.unix_socket))
        url = proxy.url(database.name)

        def count_round_trips(target: Target, operation: str, requests: list[Request]) -> float:
            before = proxy.round_trips
            target.send(operation, requests)
            return (proxy.round_trips - before) / len(requests)

        readers = bench.start_readers(stack, url)
        writers = bench.start_writers(stack, url, should_create_tables=False)
        for column, question, targets in (
            ("read, 30 days", read(data, 30), readers),
            ("update", move_slots(data), writers),
        ):
            yield race(NETWORK, column, contenders(question, database, targets), bench.pace)
            requests = question.random_requests(data, 4, 0)
            counts = {name: [count_round_trips(each, question.operation, requests)] for name, each in targets.items()}
            yield Race(ROUND_TRIPS, question.operation, counts, unit="")
        ours = writers[OURS]
        tutor, first = next(data.tutor_ids(0)), str(update_day(data, 10))
        one_slot, all_slots = (
            [[start, 30] for start in starts] for starts in (MOVED_STARTS[1][:1], FIXED_STARTS + MOVED_STARTS[0])
        )
        ours.send("update_days", [[tutor, first, LONG_UPDATE_DAYS, one_slot]])
        our_requests: list[tuple[str, str, list[Request]]] = [
            ("history", "history", HISTORY.requests_about(tutor)),
            ("statistics", "statistics", STATISTICS.requests_about(tutor)),
            (f"update of {LONG_UPDATE_DAYS} days", "update_days", [[tutor, first, LONG_UPDATE_DAYS, all_slots]]),
        ]
        for column, operation, requests in our_requests:
            yield Race(ROUND_TRIPS, column, {OURS: [count_round_trips(ours, operation, requests)]}, unit="")
