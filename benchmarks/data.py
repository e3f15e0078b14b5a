"""The data that is measured on: a platform of 2,000 tutors after a year, or a tenth or a hundredth of it.

Each tutor offers 8 slots on every weekday of the next 13 weeks, has some 150 bookings, and edited 313 days twice in the
past year: four slots added, and taken back. That is a million slots, 300,000 bookings and five million entries.
Ids are derived, so databases that are seeded with the same numbers hold the same rows.
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
# An id with the tutor's number at its end, so that pgbench can make an id out of a number that it draws.
TUTOR_ID = "cast('00000000-0000-4000-8000-' || lpad(cast({} as text), 12, '0') as uuid)"
BUSY_EDITS, BUSY_DAYS = 200, 30  # so many edits of each of so many days
WORK_DAY = 150  # days ahead: a day of 16 slots for every tutor, for updates alone; the next one is the floor's


@dataclass(frozen=True, slots=True)
class Data:
    """A seeded database: how many tutors, and what today was when it was seeded."""

    tutors: int
    now: datetime

    @property
    def today(self) -> date:
        """Return the first date that is offered, or the day before it."""
        return self.now.date()

    @property
    def busy_tutor(self) -> str:
        """Return the busy tutor's id, who isn't one of those that are drawn."""
        return tutor_id(self.tutors + 1)

    @property
    def when_busy(self) -> str:
        """Return an instant after which nine tenths of the busy tutor's edits were made."""
        return (self.now - timedelta(days=5)).isoformat()

    def tutor_ids(self, seed: int) -> Iterator[str]:
        """Return tutors drawn at random, the same for the same seed."""
        draw = random.Random(seed)
        while True:
            yield tutor_id(draw.randint(1, self.tutors))


def tutor_id(number: int) -> str:
    """Return the id of a tutor."""
    return f"00000000-0000-4000-8000-{number:012}"


def user_id(tutor: str) -> str:
    """Return the id of the user that a tutor is."""
    return tutor_id(int(tutor[-12:]) + 500_000)


def work_day(data: Data, further: int = 0) -> date:
    """Return the date on which updates are measured, or one that is further ahead."""
    return data.today + timedelta(days=WORK_DAY + further)


def half_hours(first_hour: int, minute: int) -> list[str]:
    """Return eight starts, an hour apart."""
    return [f"{first_hour + hour:02}:{minute:02}" for hour in range(8)]


# Of 16 half-hour slots, eight stay and eight move by half an hour, there and back again.
STAYING = half_hours(6, 0)
MOVING = half_hours(14, 0), half_hours(14, 30)

STATEMENTS = {
    "tutors": f"""
insert into tutors
select {TUTOR_ID.format("number")}, {TUTOR_ID.format("number + 500000")}, 'Tutor ' || number,
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
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes)
select tutors.id, cast(day as date), time '09:00' + hour * interval '1 hour', 60
from tutors
cross join generate_series(cast(:today as date), cast(:today as date) + {OFFERED_DAYS - 1}, interval '1 day') as day
cross join generate_series(0, 7) as hour
where extract(isodow from day) <= 5
""",
    "slots for updates": f"""
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes)
select tutors.id, cast(:today as date) + day, start_time, 30
from tutors
cross join unnest(array[{WORK_DAY}, {WORK_DAY + 1}]) as day
cross join unnest(cast(:start_times as time[])) as start_time
""",
    "bookings": """
insert into bookings (tutor_id, id, student_id, date, start_time, status, hold_expires_at)
select slot.tutor_id, slot.id, slot.id, slot.date, slot.start_time,
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
  change_set_size, version, source
)
select md5(edited.tutor_id || ' ' || edited.date || ' ' || edit || ' ' || hour)::uuid, edited.tutor_id, edited.date,
  time '17:00' + hour * interval '1 hour', 60,
  (array['ADDED', 'REMOVED'])[edit], 'tutor_edit', edited.updated_at - (2 - edit) * interval '14 hours',
  edited.updated_by, md5(edited.tutor_id || ' ' || edited.date || ' ' || edit)::uuid, 4, edit, 'recorded'
from tutor_days as edited
cross join generate_series(1, 2) as edit
cross join generate_series(0, 3) as hour
order by edited.tutor_id, edited.date, edit
""",
}


# A tutor whose calendar a program keeps in step all day: each edit takes back three of a day's six slots, and adds
# three others.
BUSY_TUTOR = {
    "tutor": f"""
insert into tutors
select {TUTOR_ID.format(":number")}, {TUTOR_ID.format(":number + 500000")}, 'Busy', 'Europe/Copenhagen'
""",
    "days": f"""
insert into tutor_days (tutor_id, date, version, repaired_version, updated_at, updated_by)
select {TUTOR_ID.format(":number")}, cast(:today as date) + day, {BUSY_EDITS}, {BUSY_EDITS},
  cast(:now as timestamptz) - day * interval '1 minute', {TUTOR_ID.format(":number + 500000")}
from generate_series(0, {BUSY_DAYS - 1}) as day
""",
    "slots": f"""
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes)
select tutor_id, date, time '08:00' + mod(3 * version + slot, 12) * interval '1 hour', 45
from tutor_days
cross join generate_series(0, 5) as slot
where tutor_id = {TUTOR_ID.format(":number")}
""",
    "entries": f"""
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, change_set_id,
  change_set_size, version, source
)
select md5(date || ' ' || edit || ' ' || slot)::uuid, tutor_id, date,
  time '08:00' + mod(3 * edit + slot, 12) * interval '1 hour', 45,
  case when slot < 0 then 'REMOVED' else 'ADDED' end, 'tutor_edit',
  updated_at - (version - edit) * interval '40 minutes', updated_by, md5(date || ' ' || edit)::uuid, 6, edit, 'recorded'
from tutor_days
cross join generate_series(1, version) as edit
cross join generate_series(-3, 5) as slot
where tutor_id = {TUTOR_ID.format(":number")} and (edit = 1 and slot >= 0 or edit > 1 and not slot between 0 and 2)
order by date, edit
""",
}


def seed(engine: Engine, tutors: int, now: datetime, told: Callable[[str], object]) -> Data:
    """Fill an empty, migrated database; `told` hears of each step before it is taken."""
    values = {
        "tutors": tutors,
        "zones": list(ZONES),
        "now": now,
        "today": now.date(),
        "days": EDITED_DAYS,
        "start_times": STAYING + MOVING[0],
    }
    _fill(engine, STATEMENTS, values, told)
    return Data(tutors, now)


def _fill(engine: Engine, statements: dict[str, str], values: dict[str, Any], told: Callable[[str], object]) -> None:
    for step, statement in statements.items():
        told(step)
        needed = text(statement).compile().params
        with engine.begin() as connection:
            set_reply_timeout(connection, None)
            connection.execute(text(statement), {name: values[name] for name in needed})
    told("vacuum")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        set_reply_timeout(connection, None)
        connection.exec_driver_sql("vacuum (analyze)")


def seed_busy_tutor(engine: Engine, data: Data) -> None:
    """Add the busy tutor to a seeded database."""
    values = {"number": data.tutors + 1, "now": data.now, "today": data.today}
    _fill(engine, BUSY_TUTOR, values, lambda step: None)
