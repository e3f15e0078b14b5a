"""Booking a slot, compared with a raw insert through the same driver; and listing a student's next 50 bookings.

`python -m benchmarks.bookings [--part 0.1 | --write]` runs only this, and prints the tables. `--write` also writes them
to results.md, without the other races.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from random import Random
from time import perf_counter
from uuid import UUID, uuid4

from sqlalchemy import text

from benchmarks import data
from benchmarks.alone import run_alone
from benchmarks.contenders import OURS, Bench
from benchmarks.turns import Contender, Pace, Race, race
from common.bookings import place
from common.clock import Clock
from common.config import Settings
from common.core.caller import Caller
from common.core.orders import Order, Wish
from common.db.bookings import list_bookings
from common.db.engine import engine_for, set_reply_timeout
from common.db.pool import Pool, pool_for
from migrations import upgrade

PLACE, LIST, INSERT, ONE, NEXT = "Book a slot", "List bookings", "raw insert, same driver", "one slot", "next 50"
BOOKINGS, STUDENTS = 5_000_000, 25_000
SLOTS_OF_TUTOR = 100 * 10
TUTOR = UUID("00000000-0000-4000-8000-000000000001")

RAW_INSERT = """
insert into bookings (
  tutor_id, id, student_id, date, start_time, duration_minutes, time_zone, status, created_at, created_by
)
values (:tutor_id, :id, :student_id, :date, :start_time, 60, 'Europe/Copenhagen', 'CONFIRMED', now(), :student_id)
returning id
"""

# The first tutor has free slots for ten years. Each of the others has a thousand slots, all of them booked.
FILL = (
    """
    insert into tutors (id, user_id, name, time_zone)
    select cast('00000000-0000-4000-8000-' || lpad(cast(i as text), 12, '0') as uuid), i, 'Tutor', 'Europe/Copenhagen'
    from generate_series(1, :tutors + 1) as i
    """,
    """
    insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
    select id, current_date + day, make_time(hour, 0, 0), 60, time_zone
    from tutors
    cross join lateral generate_series(1, case when user_id = '1' then 3650 else 100 end) as day
    cross join generate_series(8, 17) as hour
    """,
    """
    insert into tutor_days (tutor_id, date, version, updated_at, updated_by)
    select distinct tutor_id, date, 1, now(), null from tutor_time_slots
    """,
    """
    insert into bookings (tutor_id, id, student_id, date, start_time, duration_minutes, time_zone, status)
    select tutor_id, gen_random_uuid(), 'auth0|' || cast(floor(random() * :students) as text), date, start_time,
      duration_minutes, time_zone, 'CONFIRMED'
    from tutor_time_slots
    where tutor_id <> '00000000-0000-4000-8000-000000000001'
    """,
)


def book_and_list(bench: Bench) -> Iterator[Race]:
    """Measure on a database of its own."""
    part = bench.largest.data.tutors / data.TUTORS
    yield from measure(bench.largest.url, bench.folder, part=part, pace=bench.pace)


def measure(url: str, _folder: Path, *, part: float, pace: Pace) -> Iterator[Race]:
    """Fill a hundredth of a database and a whole one, and yield the results."""
    with filled(url, part / 100) as small, filled(url, part) as large:
        yield race(PLACE, ONE, [raw_inserts(large), our_bookings(large)], pace)
        yield race(
            LIST, NEXT, [lists("a hundredth of the bookings", small, part / 100), lists(OURS, large, part)], pace
        )


@contextmanager
def filled(url: str, part: float) -> Iterator[Settings]:
    """Create a database with this part of the bookings."""
    name = f"bookings_{round(part * BOOKINGS)}"
    database, _, query = url.partition("?")
    settings = Settings(database_url=f"{database.rpartition('/')[0]}/{name}?{query}")
    with engine_for(Settings(database_url=url)).connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.execute(text(f"create database {name}"))
    engine = engine_for(settings)
    upgrade(engine, "bench")
    values = {"tutors": round(part * BOOKINGS / SLOTS_OF_TUTOR), "students": max(1, round(part * STUDENTS))}
    for statement in FILL:
        with engine.connect() as connection, connection.begin():
            set_reply_timeout(connection, None)
            used = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement), used)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        set_reply_timeout(connection, None)
        connection.execute(text("vacuum analyze"))
    yield settings
    pool_for(settings).close()


def free_slots(chance: Random) -> Iterator[tuple[date, time]]:
    """Yield the first tutor's free slots at random, each once."""
    today = datetime.now(UTC).date()
    slots = list(product((today + timedelta(days=day) for day in range(2, 3650)), map(time, range(8, 18))))
    chance.shuffle(slots)
    return iter(slots)


FREE_SLOTS = free_slots(Random(0))


def raw_inserts(settings: Settings) -> Contender:
    """Return a contender that inserts bookings with one statement, which checks nothing."""

    def insert(pool: Pool, number: int) -> None:
        day, start = next(FREE_SLOTS)
        values = {"tutor_id": TUTOR, "id": uuid4(), "student_id": f"raw {number}", "date": day, "start_time": start}
        pool.read(RAW_INSERT, values)

    return Contender(INSERT, partial(timed, partial(insert, pool_for(settings))))


def our_bookings(settings: Settings) -> Contender:
    """Return a contender that books slots."""

    def book(number: int) -> None:
        student = Caller(f"student {number}", is_admin=False)
        wish = Wish(*next(FREE_SLOTS))
        place(settings, Clock(), Order(TUTOR, student, student.user_id, None, wish, None, str(uuid4()), "hash"))

    return Contender(OURS, partial(timed, book))


def lists(name: str, settings: Settings, part: float) -> Contender:
    """Return a contender that lists the next 50 bookings of random students."""
    pool, now = pool_for(settings), datetime.now(UTC)

    def read(number: int) -> None:
        student = f"auth0|{number % max(1, round(part * STUDENTS))}"
        until = now + timedelta(days=90)
        found, _ = list_bookings(pool, {"student_id": student}, first=now, end=until, status=None, after=None, limit=50)
        assert len(found) == 50, f"{student} has {len(found)} bookings"

    return Contender(name, partial(timed, read))


def timed(work: Callable[[int], object], count: int, seed: int) -> list[float]:
    """Return the milliseconds of each of `count` calls with random numbers."""
    chance, durations = Random(seed), []
    for _ in range(count):
        number = chance.randrange(10**9)
        began = perf_counter()
        work(number)
        durations.append(1000 * (perf_counter() - began))
    return durations


if __name__ == "__main__":
    run_alone("benchmarks.bookings", __doc__, partial(measure, pace=Pace(rounds=7, turn_seconds=0.4)))
