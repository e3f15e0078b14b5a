"""Days according to the log: their latest entries, and their whole history."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from common.core.availability import Holds
from common.core.history import DayHistory
from common.core.time_slots import TimeSlot
from common.db.days import CURRENT_DAYS, OCCUPIES_UNTIL, SLOTS_HASH, TutorDays, occupied_until, start_of, tutor_days
from common.db.entries import entry_of, parse_entries, zone_of_entry
from common.db.pool import Pool

# The bookings that were active at the instant `:at`. A booking occupied its slot from its creation until it was
# released. The status of a booking at `:at` isn't stored, so the query returns CONFIRMED for all of them.
BOOKINGS_THEN = f"""(
        select tutor_id, date, start_time, 'CONFIRMED' as status
        from bookings
        where created_at <= :at
          and :at < case when occupied_start_time is null then {occupied_until()} else {OCCUPIES_UNTIL} end
      ) as bookings_then"""  # noqa: S608 - put together from constants


def _slots_of(relation: str, zone: str) -> str:
    """Return SQL for the slots of the days in `:dates`, with the instant at which each was inserted."""
    # Python can't parse `-infinity` and `infinity`, which other programs may have written.
    return f"""(
    select cast(json_agg(json_build_array(
      date, start_time, duration_minutes, {zone}, least(greatest(created_at, '1900-01-01'), '2999-12-31')
    ) order by date, start_time) as text)
    from {relation}
    where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  )"""  # noqa: S608 - put together from constants


# The histories of the days in `:dates`: the days, the current slots, the baseline, and all entries.
HISTORIES = f"""
select
  (
    select cast(json_agg(row_to_json(day)) as text)
    from (
      select date, version, updated_at, updated_by, repaired_version, checked_version,
        version # coalesce((
          select {SLOTS_HASH} from tutor_time_slots as slot where slot.tutor_id = :tutor_id and slot.date = days.date
        ), 0) as state,
        coalesce(repaired_entries, 0) as repaired_entries, coalesce(repaired_versions, 0) as repaired_versions
      from tutor_days as days
      where tutor_id = :tutor_id and date = any(cast(:dates as date[])) and version > 0
    ) as day
  ) as days,
  {_slots_of("tutor_time_slots", "time_zone")} as slots,
  {_slots_of("baseline_slots", zone_of_entry("baseline_slots"))} as baseline,
  (
    select cast(json_agg({entry_of("tutor_availability_log")} order by date, version, id) as text)
    from tutor_availability_log
    where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  ) as entries
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def parse_histories(tutor_id: UUID, row: Sequence[Any]) -> list[DayHistory]:
    """Parse a row of `HISTORIES`: return the history of each day that has any, by date."""
    days, slots, baseline, entries = row
    day_of = {date.fromisoformat(day["date"]): day for day in orjson.loads(days or "[]")}
    slots_of, baseline_of = _slots_by_date(slots), _slots_by_date(baseline)
    entries_of = {on: tuple(group) for on, group in groupby(parse_entries(entries), key=lambda entry: entry.date)}
    histories = []
    for on in sorted({*day_of, *slots_of, *baseline_of, *entries_of}):
        day = day_of.get(on, NEVER_EDITED)
        handled = [entry.version for entry in entries_of.get(on, ()) if entry.version <= day["repaired_version"]]
        histories.append(
            DayHistory(
                tutor_id=tutor_id,
                date=on,
                version=day["version"],
                updated_at=datetime.fromisoformat(day["updated_at"]),
                updated_by=day["updated_by"],
                repaired_version=day["repaired_version"],
                slots=tuple(slot for slot, _ in slots_of.get(on, ())),
                entries=entries_of.get(on, ()),
                created_at={slot.start: created_at for slot, created_at in slots_of.get(on, ())},
                baseline=baseline_of.get(on, ()),
                checked_version=day["checked_version"],
                state=day["state"],
                deleted_entries=max(0, day["repaired_entries"] - len(handled)),
                deleted_versions=max(0, day["repaired_versions"] - len(set(handled))),
            )
        )
    return histories


# The instant is before all edits, so that the day has its current slots at every later instant.
NEVER_EDITED = {
    **dict.fromkeys(
        ("version", "repaired_version", "checked_version", "state", "repaired_entries", "repaired_versions"), 0
    ),
    "updated_at": datetime(1, 1, 1, tzinfo=UTC).isoformat(),
    "updated_by": None,
}


def _slots_by_date(text: str | None) -> dict[date, tuple[tuple[TimeSlot, datetime], ...]]:
    return {
        date.fromisoformat(on): tuple(
            (TimeSlot(start_of(start), minutes, zone), datetime.fromisoformat(created_at))
            for _, start, minutes, zone, created_at in slots
        )
        for on, slots in groupby(orjson.loads(text or "[]"), key=lambda slot: slot[0])
    }


# The current days, the holds that run out, and the latest entry of each start time that isn't offered now. If one
# version has a removal and an addition at the same start time, the addition is the latest entry: `order by … action`
# puts `ADDED` before `REMOVED`.
DAYS_AND_LATEST_ENTRIES = f"""
select
  {CURRENT_DAYS},
  (
    select cast(json_agg(json_build_array(date, occupied_start_time, hold_expires_at)) as text)
    from bookings
    where tutor_id = :tutor_id
      and date between :first and :last
      and status = 'AWAITING_PAYMENT'
      and hold_expires_at > now()
      and hold_expires_at < '3000-01-01' -- Python can't parse every instant that another program may write
  ) as holds,
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
) -> tuple[TutorDays, Holds, dict[date, list[dict[str, Any]]]] | None:
    """Return the current days, the holds, and, by date, the latest entry of each start time that isn't offered now.

    Entries are in the API's format. Return None if the tutor doesn't exist.
    """
    row = pool.read(DAYS_AND_LATEST_ENTRIES, {"tutor_id": tutor_id, "first": first, "last": last})
    if row is None:
        return None
    *days, holds, entries = row
    ends = {
        (date.fromisoformat(on), start_of(start)): datetime.fromisoformat(end)
        for on, start, end in orjson.loads(holds or "[]")
    }
    by_date = groupby(orjson.loads(entries or "[]"), key=lambda entry: entry["date"])
    return tutor_days(days), ends, {date.fromisoformat(on): list(group) for on, group in by_date}
