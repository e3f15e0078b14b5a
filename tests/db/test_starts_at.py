"""`starts_at`: PostgreSQL calculates the same instants as the core, for all zones and all changes of their clocks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Engine, text

from common.core.zones import instant, zone_name
from migrations.rules import first_occurrence

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
STEP = timedelta(days=3)  # no zone changes its clock twice within three days
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
    at = FIRST
    while at < LAST:
        before, after = at, at + STEP
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            while after - before > MINUTE:
                middle = before + (after - before) // MINUTE // 2 * MINUTE
                is_before = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                before, after = (middle, after) if is_before else (before, middle)
            yield after
        at += STEP


def local_times(zone: ZoneInfo) -> list[datetime]:
    """Return local times around each change of the zone's clock, and a few at other times."""
    locals_ = {datetime(year, month, 15, 12) for year in (2000, 2026, 2039) for month in (1, 7)}
    for at in changes(zone):
        offsets = [each.astimezone(zone).utcoffset() or timedelta() for each in (at - MINUTE, at)]
        steps = range(-240, 241, 15) if abs(offsets[0] - offsets[1]) < timedelta(hours=4) else range(-1800, 1801, 60)
        locals_ |= {(at + offsets[0]).replace(tzinfo=None) + step * MINUTE for step in steps}
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
            instants = [at + shift for at in changes(zone) for shift in (-MINUTE, timedelta())]
            rows = connection.execute(OFFSETS, {"zone": name, "instants": instants}).all() if instants else []
            different = [at for at, offset in rows if offset != at.astimezone(zone).utcoffset()]
            until = min(different, default=LAST) - timedelta(days=2)
            if different:
                with_other_files.append(name)
            locals_ = [local for local in local_times(zone) if local.replace(tzinfo=UTC) < until]
            for local, starts_at in connection.execute(STARTS_AT, {"zone": name, "locals": locals_}):
                assert starts_at == instant(local.date(), local.time(), zone), (name, local)
                compared += 1
    assert compared > 100_000
    assert len(with_other_files) < 20, with_other_files
