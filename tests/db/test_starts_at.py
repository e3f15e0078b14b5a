"""`starts_at`: PostgreSQL calculates the same instants as the core, for all zones and all changes of their clocks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.core.zones import instant, zone_name
from deploy import operations
from migrations.rules import first_occurrence
from tests.builders import add_slots, add_tutor, monday

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
STEP = timedelta(days=7)  # no zone changes its clock twice within a week
MINUTE = timedelta(minutes=1)
# The same expression as in the tables, over the local times of a zone.
STARTS_AT = text(f"""
select local, {first_occurrence()} as starts_at
from (
  select local, cast(local as date) as date, cast(local as time) as start_time, cast(:zone as text) as time_zone
  from unnest(cast(:locals as timestamp[])) as local
) as slot
""")
OFFSETS = text(
    "select at, at at time zone :zone - at at time zone 'UTC' from unnest(cast(:instants as timestamptz[])) as at"
)


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants from 2000 to 2040 at which the zone's offset from UTC changes."""
    at, offset = FIRST, FIRST.astimezone(zone).utcoffset()
    while at < LAST:
        before, after = at, at + STEP
        next_offset = after.astimezone(zone).utcoffset()
        if offset != next_offset:
            while after - before > MINUTE:
                middle = before + (after - before) // MINUTE // 2 * MINUTE
                is_before = middle.astimezone(zone).utcoffset() == offset
                before, after = (middle, after) if is_before else (before, middle)
            yield after
        at, offset = at + STEP, next_offset


def local_times(zone: ZoneInfo, changes_at: list[datetime]) -> list[datetime]:
    """Return local times around these changes of the zone's clock, and a few at other times."""
    locals_ = {datetime(year, month, 15, 12) for year in (2000, 2026, 2039) for month in (1, 7)}
    for at in changes_at:
        offsets = [each.astimezone(zone).utcoffset() or timedelta() for each in (at - MINUTE, at)]
        around = abs(offsets[0] - offsets[1]) + 30 * MINUTE
        locals_ |= {
            (at + offset).replace(tzinfo=None) + shift
            for offset in offsets
            for shift in (
                -around,
                -around / 2,
                -15 * MINUTE,
                -MINUTE,
                timedelta(),
                MINUTE,
                around / 3,
                around / 2,
                around,
            )
        }
    return sorted(locals_)


def test_postgresql_and_the_core_agree_on_every_zone(engine: Engine) -> None:
    """The zone files of the database and of Python may be of different versions. Then offsets differ.

    In a zone where offsets differ, only local times before the first difference are compared. To make both agree,
    update the older of the two: the server's zone files (`tzdata`, or PostgreSQL's own), or Python's package `tzdata`.
    """
    compared, with_other_files = 0, []
    with engine.connect() as connection:
        for name in sorted({stored for each in available_timezones() if (stored := zone_name(each)) is not None}):
            zone = ZoneInfo(name)
            changes_at = list(changes(zone))
            instants = [at + shift for at in changes_at for shift in (-MINUTE, timedelta())]
            rows = connection.execute(OFFSETS, {"zone": name, "instants": instants}).all() if instants else []
            different = [at for at, offset in rows if offset != at.astimezone(zone).utcoffset()]
            until = min(different, default=LAST) - timedelta(days=2)
            if different:
                with_other_files.append(name)
            locals_ = [local for local in local_times(zone, changes_at) if local.replace(tzinfo=UTC) < until]
            for local, starts_at in connection.execute(STARTS_AT, {"zone": name, "locals": locals_}):
                assert starts_at == instant(local.date(), local.time(), zone), (name, local)
                compared += 1
    assert compared > 50_000
    assert len(with_other_files) < 20, with_other_files


# With this rule, all clocks are two hours later. It stands for the zone files from before an update.
OLD_RULE = """
create function old_rule(date date, start_time time, time_zone text) returns timestamptz immutable language sql
  return ((date + start_time) at time zone time_zone) + interval '2 hours'
"""
NEW_RULE = OLD_RULE.replace("create function", "create or replace function").replace(" + interval '2 hours'", "")


@pytest.mark.one_server(reason="the test changes a generated column, which Citus doesn't support")
def test_the_instants_of_future_slots_are_recomputed(
    engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Past slots stay as they are."""
    tutor, past = add_tutor(engine), date(2026, 1, 5)
    add_slots(engine, tutor, monday(), "09:00")
    add_slots(engine, tutor, past, "09:00")
    column = "starts_at timestamptz generated always as (old_rule(date, start_time, time_zone)) stored"
    with engine.begin() as connection:
        for change in (OLD_RULE, "alter table tutor_time_slots drop column starts_at"):
            connection.execute(text(change))
        connection.execute(text(f"alter table tutor_time_slots add column {column}"))
        connection.execute(text(NEW_RULE))
    operations.recompute_starts(settings)
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"slot of tutor {tutor.id}, {monday()} 09:00 in Europe/Copenhagen: ")
    assert last == "1 moved and are recomputed."
    with engine.connect() as connection:
        rows = connection.execute(text("select date, starts_at from tutor_time_slots order by date")).all()
    zone = ZoneInfo("Europe/Copenhagen")
    assert [(on, at - instant(on, time(9), zone)) for on, at in rows] == [
        (past, timedelta(hours=2)),
        (monday(), timedelta()),
    ]
    operations.recompute_starts(settings)
    assert capsys.readouterr().out == "Nothing moved.\n"
