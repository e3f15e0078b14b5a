"""The data of the benchmarks: a platform of 2,000 tutors after a year, or a tenth or a hundredth of it.

Each tutor offers 8 slots on every weekday of the next 13 weeks, has about 150 bookings, and edited each of 313 days
twice in the past year: one edit added four slots, and the next edit removed them. That is a million slots, 300,000
bookings and five million entries. Ids are computed from the tutor's number, the date and the time. So two databases
that are seeded with the same arguments have the same ids.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from common.db.engine import set_reply_timeout

TUTORS = 2000
OFFERED_DAYS = 91
EDITED_DAYS = 313
ZONES = ("Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "UTC")
# The id ends with the tutor's number, so that pgbench can make an id from a random number.
TUTOR_ID = "cast('00000000-0000-4000-8000-' || lpad(cast({} as text), 12, '0') as uuid)"
BUSY_EDITS, BUSY_DAYS = 200, 30  # the busy tutor (BUSY_TUTOR below) edited each of 30 days 200 times
# The days from today to a date on which every tutor has 16 slots. The benchmarks' updates change this date. The raw
# statements change the next date, which has the same slots.
UPDATE_DAY = 150


@dataclass(frozen=True, slots=True)
class Data:
    """What a database was seeded with: the number of tutors, and the instant of the seeding."""

    tutors: int
    now: datetime

    @property
    def today(self) -> date:
        """Return the date of `now`. The slots begin on this date, or on the next weekday."""
        return self.now.date()

    @property
    def busy_tutor(self) -> str:
        """Return the busy tutor's id, which `tutor_ids` never returns."""
        return tutor_id(self.tutors + 1)

    @property
    def busy_as_of(self) -> str:
        """Return an instant in the past. Nine tenths of the busy tutor's edits are later."""
        return (self.now - timedelta(days=5)).isoformat()

    def tutor_ids(self, seed: int) -> Iterator[str]:
        """Yield random ids of tutors, the same for the same seed."""
        generator = random.Random(seed)
        while True:
            yield tutor_id(generator.randint(1, self.tutors))


def tutor_id(number: int) -> str:
    """Return the id of the tutor with this number."""
    return f"00000000-0000-4000-8000-{number:012}"


def user_id(tutor: str) -> str:
    """Return the id of the user account of a tutor."""
    return tutor_id(int(tutor[-12:]) + 500_000)


def update_day(data: Data, offset: int = 0) -> date:
    """Return the date that updates change, plus `offset` days."""
    return data.today + timedelta(days=UPDATE_DAY + offset)


def hourly_starts(first_hour: int, minute: int) -> list[str]:
    """Return eight start times, an hour apart."""
    return [f"{first_hour + hour:02}:{minute:02}" for hour in range(8)]


# A day has 16 slots of half an hour. An update moves eight of them by half an hour. The next update moves them back.
FIXED_STARTS = hourly_starts(6, 0)
MOVED_STARTS = hourly_starts(14, 0), hourly_starts(14, 30)

STATEMENTS = {
    "tutors": f"""
insert into tutors
select {TUTOR_ID.format("number")}, cast({TUTOR_ID.format("number + 500000")} as text), 'Tutor ' || number,
  (cast(:zones as text[]))[1 + mod(number, 4)]
from generate_series(1, :tutors) as number
""",
    "days": f"""
insert into tutor_days (tutor_id, date, version, repaired_version, updated_at, updated_by)
select tutors.id, edited.date, 2, 2, cast(:now as timestamptz) - (:days - edited.number - 0.5) * interval '28 hours',
  tutors.user_id
from tutors
cross join (
  select cast(date as date), cast(row_number() over (order by date) as integer) - 1 as number
  from (
    select date
    from generate_series(
      cast(:today as date) - 365, cast(:today as date) + {OFFERED_DAYS - 1}, interval '1 day'
    ) as day (date)
    where extract(isodow from date) <= 5
    order by date desc
    limit :days
  ) as weekdays
) as edited
order by tutors.id, edited.date
""",
    "slots": f"""
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
select tutors.id, cast(day as date), time '09:00' + hour * interval '1 hour', 60, tutors.time_zone,
  cast(:now as timestamptz) - interval '400 days'
from tutors
cross join generate_series(cast(:today as date), cast(:today as date) + {OFFERED_DAYS - 1}, interval '1 day') as day
cross join generate_series(0, 7) as hour
where extract(isodow from day) <= 5
""",
    "slots for updates": f"""
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
select tutors.id, cast(:today as date) + day, start_time, 30, tutors.time_zone,
  cast(:now as timestamptz) - interval '400 days'
from tutors
cross join unnest(array[{UPDATE_DAY}, {UPDATE_DAY + 1}]) as day
cross join unnest(cast(:start_times as time[])) as start_time
""",
    # As if the slots had stood when the ledger took over: they have no entries in the log.
    "baseline": """
insert into baseline_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
select tutor_id, date, start_time, duration_minutes, time_zone, created_at
from tutor_time_slots
""",
    "bookings": """
insert into bookings (tutor_id, id, student_id, date, start_time, status, hold_expires_at)
select slot.tutor_id, slot.id, cast(slot.id as text), slot.date, slot.start_time,
  case mod(slot.hash, 24)
    when 0 then 'CONFIRMED' when 1 then 'CONFIRMED' when 2 then 'CONFIRMED' when 3 then 'CONFIRMED'
    when 4 then 'AWAITING_PAYMENT' when 5 then 'AWAITING_PAYMENT'
    else 'CANCELLED'
  end,
  case mod(slot.hash, 24) when 4 then now() + interval '2 days' when 5 then now() - interval '2 days' end
from (
  select tutor_id, date, start_time, duration_minutes, md5(tutor_id || ' ' || date || ' ' || start_time)::uuid as id,
    abs(hashtext(cast(tutor_id as text) || date || start_time)) as hash
  from tutor_time_slots
) as slot
where slot.duration_minutes = 60 and mod(slot.hash, 24) < 7
""",
    "entries": """
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, change_set_id,
  change_set_size, version, source, time_zone
)
select md5(edited.tutor_id || ' ' || edited.date || ' ' || edit || ' ' || hour)::uuid, edited.tutor_id, edited.date,
  time '17:00' + hour * interval '1 hour', 60,
  (array['ADDED', 'REMOVED'])[edit], 'tutor_edit', edited.updated_at - (2 - edit) * interval '14 hours',
  edited.updated_by, md5(edited.tutor_id || ' ' || edited.date || ' ' || edit)::uuid, 4, edit, 'recorded',
  tutors.time_zone
from tutor_days as edited
join tutors on tutors.id = edited.tutor_id
cross join generate_series(1, 2) as edit
cross join generate_series(0, 3) as hour
order by edited.tutor_id, edited.date, edit
""",
}


# The statements that add the busy tutor, whose calendar a program synchronises all day. The first edit of a
# day adds six slots. Each later edit removes three of the six slots and adds three others.
BUSY_TUTOR = {
    "tutor": f"""
insert into tutors
select {TUTOR_ID.format(":number")}, cast({TUTOR_ID.format(":number + 500000")} as text), 'Busy', 'Europe/Copenhagen'
""",
    "days": f"""
insert into tutor_days (tutor_id, date, version, repaired_version, updated_at, updated_by)
select {TUTOR_ID.format(":number")}, cast(:today as date) + day, {BUSY_EDITS}, {BUSY_EDITS},
  cast(:now as timestamptz) - day * interval '1 minute', cast({TUTOR_ID.format(":number + 500000")} as text)
from generate_series(0, {BUSY_DAYS - 1}) as day
""",
    "slots": f"""
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
select tutor_id, date, time '08:00' + mod(3 * version + slot, 12) * interval '1 hour', 45, 'Europe/Copenhagen'
from tutor_days
cross join generate_series(0, 5) as slot
where tutor_id = {TUTOR_ID.format(":number")}
""",
    "entries": f"""
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, change_set_id,
  change_set_size, version, source, time_zone
)
select md5(date || ' ' || edit || ' ' || slot)::uuid, tutor_id, date,
  time '08:00' + mod(3 * edit + slot, 12) * interval '1 hour', 45,
  case when slot < 0 then 'REMOVED' else 'ADDED' end, 'tutor_edit',
  updated_at - (version - edit) * interval '40 minutes', updated_by, md5(date || ' ' || edit)::uuid, 6, edit,
  'recorded', 'Europe/Copenhagen'
from tutor_days
cross join generate_series(1, version) as edit
cross join generate_series(-3, 5) as slot
where tutor_id = {TUTOR_ID.format(":number")} and (edit = 1 and slot >= 0 or edit > 1 and not slot between 0 and 2)
order by date, edit
""",
}


def seed(engine: Engine, tutors: int, now: datetime, on_step: Callable[[str], object]) -> Data:
    """Fill an empty, migrated database. Before each step, call `on_step` with the step's name."""
    values = {
        "tutors": tutors,
        "zones": list(ZONES),
        "now": now,
        "today": now.date(),
        "days": EDITED_DAYS,
        "start_times": FIXED_STARTS + MOVED_STARTS[0],
    }
    _fill(engine, STATEMENTS, values, on_step)
    return Data(tutors, now)


def _fill(engine: Engine, statements: dict[str, str], values: dict[str, Any], on_step: Callable[[str], object]) -> None:
    for step, statement in statements.items():
        on_step(step)
        names = text(statement).compile().params
        with engine.begin() as connection:
            set_reply_timeout(connection, None)
            connection.execute(text(statement), {name: values[name] for name in names})
    on_step("vacuum")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        set_reply_timeout(connection, None)
        connection.exec_driver_sql("vacuum (analyze)")


def seed_busy_tutor(engine: Engine, data: Data) -> None:
    """Add the busy tutor to a seeded database."""
    values = {"number": data.tutors + 1, "now": data.now, "today": data.today}
    _fill(engine, BUSY_TUTOR, values, lambda step: None)
