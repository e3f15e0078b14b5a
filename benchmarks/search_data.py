"""The databases of the benchmarks of search: 20,000 tutors with 3.6 million slots and a million bookings, or a part."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import text

from benchmarks.data import TUTOR_ID, Data
from benchmarks.database import Database
from common.config import Settings
from common.db.engine import engine_for, set_reply_timeout
from common.db.pool import Pool, pool_for
from migrations import upgrade

TUTORS, DAYS = 20_000, 30

FILL = (
    f"""
    insert into tutors (id, user_id, name, time_zone, tags)
    select {TUTOR_ID.format("i")}, cast({TUTOR_ID.format("i + 500000")} as text), 'Tutor',
      (array['Europe/Copenhagen', 'America/New_York', 'Asia/Kolkata'])[1 + mod(i, 3)],
      array_remove(array[
        case when mod(i, 100) = 1 then 'one' end, case when mod(i, 10) = 1 then 'ten' end,
        case when mod(i, 10) <> 2 then 'ninety' end
      ], null)
    from generate_series(1, :tutors) as i
    """,
    """
    insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
    select id, current_date + day, make_time(hour, 15 * mod(cast(right(user_id, 12) as integer), 4), 0), 45, time_zone
    from tutors
    cross join generate_series(1, :days) as day
    cross join generate_series(12, 17) as hour
    """,
    """
    insert into bookings (tutor_id, id, student_id, date, start_time, duration_minutes, time_zone, status)
    select tutor_id, gen_random_uuid(), 'student', date, start_time, duration_minutes, time_zone, 'CONFIRMED'
    from tutor_time_slots
    where mod(abs(hashtext(cast(tutor_id as text) || date || start_time)), 10) < 3
    """,
    "vacuum analyze",
)


@contextmanager
def filled(url: str, tutors: int, folder: Path) -> Iterator[Database]:
    """Create a database with this many tutors."""
    database = database_of(url, f"search_{tutors}", tutors, folder)
    run(url, f"create database {database.name}")
    upgrade(database.engine, "bench")
    run(database.url, *FILL, tutors=tutors, days=DAYS)
    yield database
    pool_of(database).close()


def database_of(url: str, name: str, tutors: int, folder: Path) -> Database:
    """Return a database on the same server as the one of `url`."""
    server, _, query = url.partition("?")
    data = Data(tutors, datetime.now(UTC).replace(microsecond=0))
    return Database(name, f"{server.rpartition('/')[0]}/{name}?{query}", data, folder)


def pool_of(database: Database) -> Pool:
    """Return the connections of our functions to a database."""
    return pool_for(Settings(database_url=database.url))


def run(url: str, *statements: str, **values: object) -> None:
    """Execute statements one by one, without a time limit, each in its own transaction or in none."""
    for statement in statements:
        with engine_for(Settings(database_url=url)).connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            set_reply_timeout(connection, None)
            used = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement), used)


def random_window(chance: Random, days: int | None = None) -> tuple[datetime, datetime]:
    """Return a window in the days that have slots, of 1, 7 or 31 days unless their number is given."""
    days = days or chance.choice((1, 7, 31))
    first = datetime.now(UTC) + timedelta(days=chance.random() * max(1, DAYS - days))
    return first, first + timedelta(days=days)
