"""Days according to the log: their latest entries, and their whole history."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from common.core.availability import Day
from common.core.history import DayHistory
from common.core.time_slots import TimeSlot
from common.db.days import CURRENT_DAYS, TutorDays, days_with, start_of, tutor_days
from common.db.entries import entry_of, parse_entries, zone_of_entry
from common.db.pool import Pool

# An instant before all edits and bookings. For a day that was never edited, it is used as the instant of the last edit,
# so that the day has its current slots at every later instant.
BEGINNING_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)

# The bookings that were active at the instant `:at`. A booking occupied its slot from its creation until it was
# released. Without a payment (AWAITING_PAYMENT or EXPIRED), it occupied the slot until `hold_expires_at` at the latest.
# The status of a booking at `:at` isn't stored, so the query returns CONFIRMED for all of them. Bookings that another
# program released are left out until repair has noticed: nothing shows when they were released.
BOOKINGS_THEN = """(
        select tutor_id, date, start_time, 'CONFIRMED' as status
        from bookings
        where created_at <= :at
          and :at < case
            when status in ('CONFIRMED', 'COMPLETED') then timestamptz 'infinity'
            when status = 'AWAITING_PAYMENT' then coalesce(hold_expires_at, 'infinity')
            when status = 'EXPIRED' then coalesce(least(released_at, hold_expires_at), '-infinity')
            else coalesce(released_at, '-infinity')
          end
      ) as bookings_then"""


# Python can't parse `-infinity` and `infinity`, which other programs may have written.
CREATED_AT = "least(greatest(created_at, '1900-01-01'), '2999-12-31')"

# The histories of days: the current slots, the bookings at the instant `:at`, and all entries of the days in `:dates`.
HISTORIES = f"""
select
  {days_with(slots="tutor_time_slots", bookings=BOOKINGS_THEN, days="tutor_days")},
  (
    select cast(json_agg(json_build_array(
      date, repaired_version, updated_by, checked_version, repaired_entries, repaired_versions
    ) order by date) as text)
    from tutor_days
    where tutor_id = :tutor_id and date between :first and :last and version > 0
  ) as repaired,
  (
    select cast(json_agg(json_build_array(
      date, start_time, duration_minutes, {zone_of_entry("baseline_slots")}, {CREATED_AT}
    ) order by date) as text)
    from baseline_slots
    where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  ) as baseline,
  (
    select cast(json_agg(json_build_array(date, start_time, {CREATED_AT}) order by date) as text)
    from tutor_time_slots
    where tutor_id = :tutor_id and date between :first and :last
  ) as created,
  (
    select cast(json_agg({entry_of("tutor_availability_log")} order by date, version, id) as text)
    from tutor_availability_log
    where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  ) as entries
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def parse_histories(tutor_id: UUID, row: Sequence[Any]) -> tuple[TutorDays, list[DayHistory]]:
    """Parse a row of `HISTORIES`: return the tutor with the days, and the history of each day.

    The history of a date that isn't in `:dates` has no entries, and no baseline.
    """
    *days, repaired, baseline, created, entries = row
    tutor = tutor_days(days)
    repaired_of, baseline_of, created_of = (dict(_by_date(text)) for text in (repaired, baseline, created))
    by_date = groupby(parse_entries(entries), key=lambda entry: entry.date)
    entries_of = {on: tuple(group) for on, group in by_date}
    histories = []
    for on in sorted({*tutor.days, *baseline_of, *entries_of}):
        day = tutor.days.get(on, Day(on))
        ((repaired_version, updated_by, checked_version, *counts),) = repaired_of.get(on, [(0, None, 0, 0, 0)])
        handled = [entry.version for entry in entries_of.get(on, ()) if entry.version <= repaired_version]
        deleted_entries, deleted_versions = (
            max(0, (counted or 0) - number)
            for counted, number in zip(counts, (len(handled), len(set(handled))), strict=True)
        )
        histories.append(
            DayHistory(
                tutor_id=tutor_id,
                date=on,
                version=day.version,
                updated_at=day.updated_at or BEGINNING_OF_TIME,
                updated_by=updated_by,
                repaired_version=repaired_version,
                slots=day.slots,
                entries=entries_of.get(on, ()),
                created_at={start_of(start): datetime.fromisoformat(at) for start, at in created_of.get(on, ())},
                baseline=tuple(_baseline_slot(*slot) for slot in baseline_of.get(on, ())),
                checked_version=checked_version,
                deleted_entries=deleted_entries,
                deleted_versions=deleted_versions,
            )
        )
    return tutor, histories


def _baseline_slot(start: str, minutes: int, zone: str, created_at: str) -> tuple[TimeSlot, datetime]:
    return TimeSlot(start_of(start), minutes, zone), datetime.fromisoformat(created_at)


def _by_date(text: str | None) -> Iterator[tuple[date, list[Any]]]:
    """Yield each date of a JSON list with the items of this date, without the date.

    The first element of each item is its date. The list has to be sorted by date.
    """
    for on, items in groupby(orjson.loads(text or "[]"), key=lambda item: item[0]):
        yield date.fromisoformat(on), [rest for _, *rest in items]


# The current days, and the latest entry of each start time that isn't offered now. If one version has a removal and an
# addition at the same start time, the addition is the latest entry: `order by … action` puts `ADDED` before `REMOVED`.
DAYS_AND_LATEST_ENTRIES = f"""
select
  {CURRENT_DAYS},
  (
    select cast(json_agg({entry_of("latest")} order by date, start_time) as text)
    from (
      select distinct on (date, start_time) *
      from tutor_availability_log
      where tutor_id = :tutor_id and date between :first and :last
      order by date, start_time, version desc, action
    ) as latest
    where not exists (
      select
      from tutor_time_slots as slot
      where slot.tutor_id = :tutor_id and slot.date = latest.date and slot.start_time = latest.start_time
    )
  ) as entries
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def read_days_and_latest_entries(
    pool: Pool, tutor_id: UUID, first: date, last: date
) -> tuple[TutorDays, dict[date, list[dict[str, Any]]]] | None:
    """Return the current days and, by date, the latest entry of each start time that isn't offered now.

    Entries are in the API's format. Return None if the tutor doesn't exist.
    """
    row = pool.read(DAYS_AND_LATEST_ENTRIES, {"tutor_id": tutor_id, "first": first, "last": last})
    if row is None:
        return None
    *days, entries = row
    by_date = groupby(orjson.loads(entries or "[]"), key=lambda entry: entry["date"])
    return tutor_days(days), {date.fromisoformat(on): list(group) for on, group in by_date}
