"""`publish_schedules` for 10,000 tutors and one more day: the seconds that a run takes.

`python -m benchmarks.schedules [--part 0.1 | --write]` runs only this, and prints the table. `--write` also writes it
to results.md, without the other races.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import text

from benchmarks import data
from benchmarks.alone import run_alone
from benchmarks.contenders import OURS, Bench
from benchmarks.machine import use_two_processors
from benchmarks.processes import BenchmarkFailed
from benchmarks.turns import Race
from common.clock import Clock
from common.config import Settings
from common.core.schedule import monday_of
from common.db.engine import engine_for
from common.web.endpoint import Call
from functions.publish_schedules.main import publish
from local import postgres
from migrations import LOCAL, upgrade

PUBLISH, ONE_DAY = "Publish schedules", "seconds"
TUTORS, WEEKS_AHEAD = 10_000, 12

# Each schedule has four slots a day, and is published through the day before the last one.
FILL = (
    """
    insert into tutors (id, user_id, name, time_zone)
    select cast('00000000-0000-4000-8000-' || lpad(cast(i as text), 12, '0') as uuid), i, 'Tutor', 'Europe/Copenhagen'
    from generate_series(1, :tutors) as i
    """,
    """
    insert into weekly_schedules (tutor_id, version, schedule, published_through, set_by)
    select id, 1, json_build_object(
      'validFrom', '2026-01-01', 'everyWeeks', 1, 'weeksAhead', cast(:weeks as integer), 'slots', (
        select json_agg(json_build_object('weekday', day, 'time', hour || '\\:00', 'durationMinutes', 45))
        from unnest(cast('{MON,TUE,WED,THU,FRI,SAT,SUN}' as text[])) as day
        cross join generate_series(15, 18) as hour
      ), 'breaks', json_build_array()
    ), :published_through, user_id
    from tutors
    """,
)


def publish_schedules(bench: Bench) -> Iterator[Race]:
    """Publish on a server with two processors."""
    folder = bench.folder / "schedules"
    folder.mkdir()
    with use_two_processors(), postgres.running(folder / "home") as url:
        yield from measure(url, folder, part=bench.largest.data.tutors / data.TUTORS)


def measure(url: str, folder: Path, *, part: float) -> Iterator[Race]:
    """Save the schedules, publish one more day of each, and yield the result."""
    settings = Settings(stage="bench", database_url=url)
    engine, tutors, now = engine_for(settings), int(TUTORS * part), datetime.now(UTC)
    upgrade(engine, LOCAL)
    last_day = monday_of(now.date()) + timedelta(days=7 * WEEKS_AHEAD + 6)
    values = {"tutors": tutors, "weeks": WEEKS_AHEAD, "published_through": last_day - timedelta(days=1)}
    with engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement), {name: values[name] for name in text(statement).compile().params})
    began = monotonic()
    published = publish(Call(settings, Clock(), "bench", None))
    seconds = monotonic() - began
    if (published.tutors, published.added) != (tutors, 4 * tutors):
        raise BenchmarkFailed(f"of {tutors} tutors: {published}")
    yield Race(PUBLISH, ONE_DAY, {OURS: [seconds]}, unit="s")


if __name__ == "__main__":
    run_alone("benchmarks.schedules", __doc__, measure)
