"""Searching for free slots of 20,000 tutors with 3.6 million slots, and of a hundredth of them.

`python -m benchmarks.search [--part 0.1 | --write]` runs only this, and prints the tables. `--write` also writes them
to results.md, without the other races.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import text

from benchmarks import data
from benchmarks.alone import run_alone
from benchmarks.bookings import timed
from benchmarks.contenders import OURS, Bench
from benchmarks.turns import Contender, Pace, Race, race
from common.config import Settings
from common.core.search import SlotSearch
from common.db.days import read_days
from common.db.engine import engine_for, set_reply_timeout
from common.db.pool import Pool, pool_for
from common.db.search import find_slots
from migrations import upgrade

SEARCH, FRONT_PAGE = "Search", "Front page"
ALL, SOME = "first 50 slots", "200 tutors, 31 days"
TAGS = {"tag of 1 %": "one", "tag of 10 %": "ten", "tag of 90 %": "ninety"}
SMALL, TUTOR_BY_TUTOR = "a hundredth of the tutors", "tutor by tutor"
NEXT_THREE = "the next 3 slots of 40 tutors"
TUTORS, DAYS = 20_000, 30

FILL = (
    """
    insert into tutors (id, user_id, name, time_zone, tags)
    select cast('00000000-0000-4000-8000-' || lpad(cast(i as text), 12, '0') as uuid), i, 'Tutor',
      (array['Europe/Copenhagen', 'America/New_York', 'Asia/Kolkata'])[1 + mod(i, 3)],
      array_remove(array[
        case when mod(i, 100) = 1 then 'one' end, case when mod(i, 10) = 1 then 'ten' end,
        case when mod(i, 10) <> 2 then 'ninety' end
      ], null)
    from generate_series(1, :tutors) as i
    """,
    """
    insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
    select id, current_date + day, make_time(hour, 15 * mod(cast(user_id as integer), 4), 0), 45, time_zone
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
)


def search(bench: Bench) -> Iterator[Race]:
    """Measure on databases of its own."""
    part = bench.largest.data.tutors / data.TUTORS
    yield from measure(bench.largest.url, bench.folder, part=part, pace=bench.pace)


def measure(url: str, _folder: Path, *, part: float, pace: Pace) -> Iterator[Race]:
    """Fill a hundredth of a database and a whole one, and yield the results."""
    tutors = round(TUTORS * part)
    with filled(url, tutors // 100) as small, filled(url, tutors) as large:
        both = ((SMALL, small, tutors // 100), (OURS, large, tutors))
        yield race(SEARCH, ALL, [searches(*each) for each in both], pace)
        for column, tag in TAGS.items():
            yield race(SEARCH, column, [searches(*each, tags=(tag,)) for each in both], pace)
        yield race(SEARCH, SOME, [searches(OURS, large, tutors, named=min(200, tutors), days=31)], pace)
        yield race(FRONT_PAGE, NEXT_THREE, [front_page(large, tutors), one_by_one(large, tutors)], pace)


@contextmanager
def filled(url: str, tutors: int) -> Iterator[Pool]:
    """Create a database with so many tutors; yield a pool of connections to it."""
    database, _, query = url.partition("?")
    settings = Settings(database_url=f"{database.rpartition('/')[0]}/search_{tutors}?{query}")
    with engine_for(Settings(database_url=url)).connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.execute(text(f"create database search_{tutors}"))
    engine = engine_for(settings)
    upgrade(engine, "bench")
    for statement in (*FILL, "vacuum analyze"):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            set_reply_timeout(connection, None)
            values = {"tutors": tutors, "days": DAYS}
            connection.execute(text(statement), {key: values[key] for key in values if f":{key}" in statement})
    yield pool_for(settings)
    pool_for(settings).close()


def tutor_id(number: int) -> UUID:
    """Return the id of a tutor."""
    return UUID(f"00000000-0000-4000-8000-{number:012}")


def window(chance: Random, days: int | None = None) -> tuple[datetime, datetime]:
    """Return a random window in the days that have slots."""
    days = days or chance.choice((1, 7, 31))
    first = datetime.now(UTC) + timedelta(days=chance.random() * max(1, DAYS - days))
    return first, first + timedelta(days=days)


def slot_search(
    first: datetime, end: datetime, tutor_ids: tuple[UUID, ...] | None, tags: tuple[str, ...]
) -> SlotSearch:
    """Return a search for the first 50 slots."""
    return SlotSearch(first, end, tutor_ids, tags, 1, 720, limit=50, after=None, per_tutor=None)


def searches(
    name: str, pool: Pool, tutors: int, *, tags: tuple[str, ...] = (), named: int = 0, days: int | None = None
) -> Contender:
    """Return a contender that searches in random windows: all tutors, those with tags, or so many of them."""

    def find(seed: int) -> None:
        chance = Random(seed)
        ids = tuple(map(tutor_id, chance.sample(range(1, tutors + 1), named))) if named else None
        found, _ = find_slots(pool, slot_search(*window(chance, days), ids, tags), datetime.now(UTC))
        assert found or tutors < 1000, "nothing was found"

    return Contender(name, partial(timed, find))


def front_page(pool: Pool, tutors: int) -> Contender:
    """Return a contender that finds the next slots of 40 tutors in one search."""

    def find(seed: int) -> None:
        ids = tuple(map(tutor_id, Random(seed).sample(range(1, tutors + 1), 40)))
        now = datetime.now(UTC)
        wanted = SlotSearch(now, now + timedelta(days=7), ids, (), 1, 720, limit=50, after=None, per_tutor=3)
        found, _ = find_slots(pool, wanted, now)
        assert len(found) == 120, f"{len(found)} slots"

    return Contender(OURS, partial(timed, find))


def one_by_one(pool: Pool, tutors: int) -> Contender:
    """Return a contender that reads the same days of 40 tutors, one after the other, as `get_availability` does."""

    def read(seed: int) -> None:
        today = datetime.now(UTC).date()
        for number in Random(seed).sample(range(1, tutors + 1), 40):
            read_days(pool, tutor_id(number), today, today + timedelta(days=7))

    return Contender(TUTOR_BY_TUTOR, partial(timed, read))


if __name__ == "__main__":
    run_alone("benchmarks.search", __doc__, partial(measure, pace=Pace(rounds=7, turn_seconds=0.4)))
