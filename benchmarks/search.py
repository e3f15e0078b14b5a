"""Searching for free slots of 20,000 tutors with 3.6 million slots, and of a hundredth of them.

`python -m benchmarks.search [--part 0.1 | --write]` runs only this, and prints the tables. `--write` also writes them
to results.md, without the other races.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from benchmarks import data
from benchmarks.alone import run_alone
from benchmarks.bookings import timed
from benchmarks.contenders import OURS, Bench
from benchmarks.search_cost import cost_of_start
from benchmarks.search_data import TUTORS, filled, pool_of, random_window
from benchmarks.search_peers import beside_join, first_slots, over_http
from benchmarks.turns import Contender, Pace, Race, race
from common.core.search import SlotSearch
from common.db.days import read_days
from common.db.pool import Pool
from common.db.search import find_slots

SEARCH, FRONT_PAGE = "Search", "Front page"
ALL, SOME = "first 50 slots", "200 tutors, 31 days"
TAGS = {"tag of 1 %": "one", "tag of 10 %": "ten", "tag of 90 %": "ninety"}
SMALL, TUTOR_BY_TUTOR = "a hundredth of the tutors", "tutor by tutor"
NEXT_THREE = "the next 3 slots of 40 tutors"


def search(bench: Bench) -> Iterator[Race]:
    """Measure on databases of its own."""
    part = bench.largest.data.tutors / data.TUTORS
    yield from measure(bench.largest.url, bench.folder, part=part, pace=bench.pace)


def measure(url: str, folder: Path, *, part: float, pace: Pace) -> Iterator[Race]:
    """Fill a hundredth of a database and a whole one, and yield the results."""
    tutors = round(TUTORS * part)
    with filled(url, tutors // 100, folder) as hundredth, filled(url, tutors, folder) as whole:
        small, large = pool_of(hundredth), pool_of(whole)
        both = ((SMALL, small, tutors // 100), (OURS, large, tutors))
        yield race(SEARCH, ALL, [searches(*each) for each in both], pace)
        for column, tag in TAGS.items():
            yield race(SEARCH, column, [searches(*each, tags=(tag,)) for each in both], pace)
        yield race(SEARCH, SOME, [searches(OURS, large, tutors, named=min(200, tutors), days=31)], pace)
        yield race(FRONT_PAGE, NEXT_THREE, [front_page(large, tutors), one_by_one(large, tutors)], pace)
        yield beside_join(hundredth, pace)
        yield from over_http(whole, pace)
        yield from cost_of_start(whole, pace)


def tutor_id(number: int) -> UUID:
    """Return the id of a tutor."""
    return UUID(data.tutor_id(number))


def searches(
    name: str, pool: Pool, tutors: int, *, tags: tuple[str, ...] = (), named: int = 0, days: int | None = None
) -> Contender:
    """Return a contender that searches in random windows: all tutors, those with tags, or so many of them."""

    def find(seed: int) -> None:
        chance = Random(seed)
        ids = tuple(map(tutor_id, chance.sample(range(1, tutors + 1), named))) if named else None
        found = first_slots(pool, *random_window(chance, days), ids, tags)
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
