"""Free slots of many tutors that can be booked now, in order of their start.

`docs/decisions/search.md` says how the statements stop early, and has their figures.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from common.core.search import FoundSlot, Position, SlotSearch
from common.core.time_slots import TimeSlot
from common.core.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET
from common.db.days import IS_ACTIVE
from common.db.pool import Pool
from common.db.statements import array

# Tutors with a tag. If there are more, reading slots in order of their start soon finds some of theirs.
FEW_TUTORS = 500

# The comparison with false keeps PostgreSQL from reading all bookings of the window first, so that it stops at the end
# of the page. The tutor of a booking is compared with `tutors`, too, so that other conditions on the tutor come first;
# Citus needs the comparison with `slot`.
IS_BOOKABLE = f"""(slot.starts_at, slot.tutor_id, slot.date, slot.start_time)
    > (cast(:after as timestamptz), cast(:after_id as uuid), cast(:after_date as date), cast(:after_time as time))
  and slot.starts_at < cast(:end as timestamptz)
  and duration_minutes between :min_minutes and :max_minutes
  and exists (
    select from bookings
    where bookings.tutor_id = slot.tutor_id and bookings.tutor_id = tutors.id and bookings.date = slot.date
      and occupied_start_time = slot.start_time and {IS_ACTIVE}
  ) = false
  and active
  and slot.starts_at >= cast(:now as timestamptz) + make_interval(mins => booking_notice_minutes)"""

# A tutor may have two slots at one instant, if a program has stored one at a local time that doesn't exist.
ORDER = "slot.starts_at, slot.tutor_id, slot.date, slot.start_time"

SLOT = "slot.tutor_id, name, date, start_time, duration_minutes, slot.time_zone, slot.starts_at"

# PostgreSQL plans it for its values: it reads slots in order of their start, or the slots of a few tutors.
SLOTS = f"""
select {SLOT}
from tutor_time_slots as slot
join tutors on tutors.id = slot.tutor_id
where {IS_BOOKABLE}
  and tags @> cast(:tags as text[])
  and (cast(:tutor_ids as uuid[]) is null or slot.tutor_id = any(cast(:tutor_ids as uuid[])))
order by {ORDER}
limit :limit
"""  # noqa: S608 - put together from constants

# The first slots of each of some tutors.
SLOTS_PER_TUTOR = f"""
select {SLOT}
from (
  select {SLOT}, row_number() over (partition by slot.tutor_id order by slot.starts_at) as number
  from tutors
  join tutor_time_slots as slot on slot.tutor_id = tutors.id
  where tutors.id = any(cast(:tutor_ids as uuid[])) and slot.tutor_id = any(cast(:tutor_ids as uuid[]))
    and tags @> cast(:tags as text[])
    and date between :first_date and :last_date
    and {IS_BOOKABLE}
) as slot
where number <= :per_tutor
order by {ORDER}
"""  # noqa: S608 - put together from constants

KNOWN_TUTORS = "select id from tutors where id = any(cast(:tutor_ids as uuid[]))"

# The ids of the tutors with all tags, as the text of an array; no row if there are more than the limit.
TUTORS_WITH_TAGS = """
select coalesce(cast(array_agg(id) as text), '{}')
from (select id from tutors where active and tags @> cast(:tags as text[]) limit :limit + 1) as tutor
having count(*) <= :limit
"""


def find_slots(pool: Pool, search: SlotSearch, now: datetime) -> tuple[list[FoundSlot], list[UUID]]:
    """Return the slots of a page and, if there are more, the next one; and those of the `tutor_ids` that don't exist.

    This takes one round trip, and another one with tags and without `tutor_ids`.
    """
    tags, tutor_ids = list(search.tags), None if search.tutor_ids is None else array(search.tutor_ids)
    # PostgreSQL can't guess how many slots the tutors of a tag have, unless it gets the tutors.
    if tags and tutor_ids is None and (few := pool.read(TUTORS_WITH_TAGS, {"tags": tags, "limit": FEW_TUTORS})):
        tags, tutor_ids = [], few[0]
    start_of_window = Position(search.first, UUID(int=0), date.min, time())
    after = max(search.after or start_of_window, start_of_window)
    values: dict[str, Any] = {
        "after": after.starts_at,
        "after_id": after.tutor_id,
        "after_date": after.date,
        "after_time": after.start,
        "end": search.end,
        "now": now,
        "min_minutes": search.min_minutes,
        "max_minutes": search.max_minutes,
        "tags": tags,
        "tutor_ids": tutor_ids,
        "limit": search.limit + 1,
        "per_tutor": search.per_tutor,
        # No local date is further from the date in UTC.
        "first_date": (after.starts_at + WESTERNMOST_OFFSET).date(),
        "last_date": (search.end + EASTERNMOST_OFFSET).date(),
    }
    statement = SLOTS if search.per_tutor is None else SLOTS_PER_TUTOR
    if search.tutor_ids is None:
        (rows,) = pool.execute((statement, values), prepare=False)
        return _found(rows), []
    rows, known = pool.execute((statement, values), (KNOWN_TUTORS, values), prepare=False)
    known_ids = {tutor_id for (tutor_id,) in known}
    return _found(rows), [tutor_id for tutor_id in search.tutor_ids if tutor_id not in known_ids]


def _found(rows: Sequence[Sequence[Any]]) -> list[FoundSlot]:
    return [
        FoundSlot(tutor_id, name, day, TimeSlot(start, minutes, zone), starts_at)
        for tutor_id, name, day, start, minutes, zone, starts_at in rows
    ]
