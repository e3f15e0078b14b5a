"""Many clients fight over twenty slots of a tutor, who edits the days, while repair runs.

`LOAD_CLIENTS=64 LOAD_SECONDS=120` sets the number of clients, and how long they do so.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.pool import pool_for
from tests.builders import ADMIN, Student, add_slots, add_tutor, student
from tests.functions.booking_load import DATES, STARTS, Client, Log, Seen, TutorClient
from tests.hosts import Api

CLIENTS = int(os.environ.get("LOAD_CLIENTS", "16"))
SECONDS = int(os.environ.get("LOAD_SECONDS", "5"))
LIMIT_SECONDS = SECONDS + 120  # on a slow machine, it takes longer until each kind of request has succeeded

KINDS = {"place", "hold", "series", "confirm", "cancel", "move", "cancel series", "list", "read", "edit", "repair"}
REFUSALS = {
    (404, "booking_not_found"),  # no booking of the series is late enough
    (404, "slot_not_found"),
    (409, "slot_taken"),
    (409, "too_many_holds"),
    (409, "series_conflict"),
    (409, "invalid_transition"),
    (409, "hold_expired"),
    (409, "slot_booked"),
}

# A hold occupies its slot until `hold_expires_at`, whether or not its row says so.
OVERLAPPING = text("""
with occupied as (
  select id, date, start_time, created_at, status, moved_from, case
      when status in ('CONFIRMED', 'COMPLETED') then timestamptz 'infinity'
      when status in ('AWAITING_PAYMENT', 'EXPIRED') then hold_expires_at
      else released_at
    end as until
  from bookings
  where tutor_id = :tutor_id
)
select one.status, one.moved_from, other.status, other.moved_from, one.until - other.created_at as overlap
from occupied as one
join occupied as other using (date, start_time)
where one.id <> other.id and one.created_at <= other.created_at and other.created_at < one.until
""")
PLACED = text("select count(*) from bookings where tutor_id = :tutor_id and moved_from is null")
OUT_OF_ORDER = text("select count(*) from bookings where tutor_id = :tutor_id and released_at < created_at")
DEADLOCKS = text("select deadlocks from pg_stat_database where datname = :name")


def test_no_slot_is_booked_twice_and_no_key_books_twice(
    api: Api, engine: Engine, settings: Settings, administration: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.hosts.check_against_the_document", lambda *_: None)  # slow; other tests check it
    # The clients share the connections of one process. Those of instances needn't wait for one.
    monkeypatch.setattr("common.db.pool.CONNECT_TIMEOUT_SECONDS", 60)
    tutor, log = add_tutor(engine), Log()
    for day in DATES:
        add_slots(engine, tutor, day, *STARTS)
    began = monotonic()

    def is_over() -> bool:
        has_each_kind = {kind for kind, status, _ in list(log.answers) if status < 300} == KINDS
        return monotonic() - began > (SECONDS if has_each_kind else LIMIT_SECONDS)

    def run(number: int) -> None:
        client = Client(api, engine, tutor, log, Random(number), student())
        if number % 8 == 0:
            who = Student(tutor.user_id, tutor.token, "Ada")
            client = TutorClient(api, engine, tutor, log, Random(number), who)
        while not is_over():
            client.act()

    def repair() -> None:
        while not is_over():
            log.add("repair", api.call("audit_repair", "POST", token=ADMIN), [])

    with ThreadPoolExecutor(CLIENTS + 1) as threads:
        jobs = [threads.submit(run, number) for number in range(CLIENTS)] + [threads.submit(repair)]
        for job in jobs:
            job.result()
    for answers, count in sorted(log.answers.items()):
        print(*answers, count)  # noqa: T201 - with `-s`, these are the numbers of a long run
    succeeded = {kind for kind, status, _ in log.answers if status < 300}
    refused = {(status, code) for _, status, code in log.answers if status >= 300}
    assert succeeded == KINDS
    assert refused <= REFUSALS
    assert log.double_bookings() == []
    assert [key for key, ids in log.ids_of_keys.items() if len(ids) != 1] == []
    with engine.connect() as connection:
        values = {"tutor_id": tutor.id}
        assert connection.execute(OVERLAPPING, values).all() == []
        assert connection.execute(OUT_OF_ORDER, values).scalar_one() == 0
        placed = connection.execute(PLACED, values).scalar_one()
    assert placed == sum(len(ids) for (ids,) in log.ids_of_keys.values())
    pool_for(settings).close()  # a session reports its deadlocks at its end, at the latest
    with administration.connect() as connection:
        name = address_of(settings.database_url).database
        assert connection.execute(DEADLOCKS, {"name": name}).scalar_one() == 0


def test_the_log_shows_double_bookings() -> None:
    slot, now = (DATES[0], STARTS[0]), datetime.now(UTC)
    first, second = (Seen(name, slot, now + timedelta(seconds=i), None) for i, name in enumerate("ab"))
    ended = Seen("c", slot, now, now + timedelta(seconds=1))
    assert Log(seen=[second, first]).double_bookings() == [(first, second)]
    assert Log(seen=[first, second], released={"a": second.since}).double_bookings() == []
    assert Log(seen=[ended, second]).double_bookings() == []
    assert Log(seen=[first, replace(second, slot=(DATES[0], STARTS[1]))]).double_bookings() == []
