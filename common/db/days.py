"""A tutor's current days: slots, active bookings and versions, always read from their own tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from common.core.availability import BookingStatus, Day
from common.core.time_slots import TimeSlot
from common.db.pool import Pool

# Limits of the two caches of parsed texts (slots, bookings). Texts of 400 characters (about 30 slots) or more aren't
# cached, to limit the memory: a tutor can have a thousand days of 288 slots each, all different.
CACHED_DAYS = 4_000
MAX_CACHED_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class TutorDays:
    """A tutor, and those of the requested days that have a slot or a version."""

    user_id: str
    time_zone: str
    is_active: bool
    booking_notice_minutes: int
    days: dict[date, Day]


def _text_by_day(relation: str, column: str) -> str:
    return f"""(
    select string_agg(date || ' ' || items, ';')
    from (
      select date, string_agg(start_time || '/' || {column}, ',' order by start_time) as items
      from {relation}
      where tutor_id = :tutor_id and date between :first and :last
      group by date
    ) as days
  )"""  # noqa: S608 - put together from constants


# The zone of a slot after a slash; nothing if it is the tutor's zone.
OTHER_ZONE = "case when time_zone = tutors.time_zone then '' else '/' || time_zone end"


def days_with(*, slots: str, bookings: str, days: str, settings: str = "active, booking_notice_minutes") -> str:
    """Return SQL for the columns that `tutor_days` parses; the arguments are the tables or subqueries to read from."""
    return f"""
  user_id,
  time_zone,
  {settings},
  {_text_by_day(slots, f"duration_minutes || {OTHER_ZONE}")} as slots,
  {_text_by_day(bookings, "status")} as occupied,
  (
    select string_agg(date || ' ' || version || '/' || updated_at, ';')
    from {days}
    where tutor_id = :tutor_id and date between :first and :last and version > 0
  ) as edited"""  # noqa: S608 - put together from constants


# A number for the slots of a day. If a slot is added, removed or changed, it becomes another number. An aggregate.
SLOTS_HASH = "bit_xor(hashtextextended(start_time || '/' || duration_minutes || '/' || time_zone, 0))"

# Whether a booking occupies its slot now. `now()` would be the instant before the transaction waited for locks.
IS_ACTIVE = """occupied_start_time is not null
  and (status <> 'AWAITING_PAYMENT' or hold_expires_at is null or hold_expires_at > statement_timestamp())"""

# The instant until which a booking occupies its slot, if it still occupies it, and if it doesn't any more. Without a
# payment (AWAITING_PAYMENT or EXPIRED), it is `hold_expires_at` at the latest. Nothing shows when another program
# released a booking, until repair has noticed.
OCCUPIES_UNTIL = """case
            when status = 'AWAITING_PAYMENT' then coalesce(hold_expires_at, 'infinity')
            else timestamptz 'infinity'
          end"""


def occupied_until(released_at: str = "released_at") -> str:
    """Return SQL for the instant until which a booking occupied its slot; `released_at` is SQL for its release."""
    return f"""case
            when status = 'EXPIRED' then coalesce(least({released_at}, hold_expires_at), '-infinity')
            else coalesce({released_at}, '-infinity')
          end"""


# The bookings of the view `active_bookings`, without students. On Citus, the user of a view needs rights on each of its
# columns, and the role of functions that only read may not see students.
ACTIVE_BOOKINGS = f"""(
        select tutor_id, date, occupied_start_time as start_time, status
        from bookings
        where {IS_ACTIVE}
      ) as active_bookings"""  # noqa: S608 - a constant

# A statement sees one snapshot of all tables, so the slots and the version match. The statement returns one row of
# texts, such as '2026-11-23 09:00:00/60,10:00:00/60/Asia/Tokyo' for the slots of a day. A row for each slot would take
# longer to send and to decode, and a join of the three parts would take longer to plan (`docs/decisions/rows.md` has
# the figures).
CURRENT_DAYS = days_with(slots="tutor_time_slots", bookings=ACTIVE_BOOKINGS, days="tutor_days")
DAYS_OF_TUTOR = f"select {CURRENT_DAYS} from tutors where id = :tutor_id"  # noqa: S608 - constants


def read_days(pool: Pool, tutor_id: UUID, first: date, last: date) -> TutorDays | None:
    """Return the tutor and the days from `first` to `last`, both inclusive; None if the tutor doesn't exist."""
    row = pool.read(DAYS_OF_TUTOR, {"tutor_id": tutor_id, "first": first, "last": last})
    return None if row is None else tutor_days(row)


def tutor_days(row: Sequence[Any]) -> TutorDays:
    """Parse a row with the columns of `days_with`."""
    user_id, time_zone, is_active, booking_notice_minutes, *texts = row
    slots_of, occupied_of, edited_of = (dict(_parse_days(each)) for each in texts)
    days = {}
    for day in sorted({*slots_of, *edited_of}):
        version, updated_at = _parse_version(edited_of.get(day))
        on = date.fromisoformat(day)
        slots, occupied = (
            _parse_cached(_parse_slots, slots_of.get(day), time_zone),
            _parse_cached(_parse_bookings, occupied_of.get(day)),
        )
        days[on] = Day(on, version, slots, occupied, updated_at)
    return TutorDays(user_id, time_zone, is_active, booking_notice_minutes, days)


def _parse_cached(parse: Any, text: str | None, *more: str) -> Any:
    """Parse the text of a day. Results for short texts are cached, because many days have the same text."""
    function = parse if text is None or len(text) < MAX_CACHED_CHARACTERS else parse.__wrapped__
    return function(text, *more)


def _parse_days(text: str | None) -> Iterator[list[str]]:
    return (each.split(" ", 1) for each in text.split(";")) if text else iter(())


@lru_cache(maxsize=CACHED_DAYS)
def _parse_slots(text: str | None, time_zone: str) -> tuple[TimeSlot, ...]:
    """Parse slots, as 09:00:00/60 or 09:00:00/60/Asia/Tokyo. A slot without a zone is in the tutor's `time_zone`."""
    items = (slot.split("/", 2) for slot in text.split(",")) if text else ()
    return tuple(TimeSlot(start_of(start), int(minutes), *(zone or [time_zone])) for start, minutes, *zone in items)


@lru_cache(maxsize=CACHED_DAYS)
def _parse_bookings(text: str | None) -> Mapping[time, BookingStatus]:
    pairs = (booking.split("/") for booking in text.split(",")) if text else ()
    return MappingProxyType({start_of(start): cast("BookingStatus", status) for start, status in pairs})


def _parse_version(text: str | None) -> tuple[int, datetime | None]:
    if text is None:
        return 0, None
    version, updated_at = text.split("/")
    return int(version), datetime.fromisoformat(updated_at)


@cache
def start_of(text: str) -> time:
    """Parse the start of a slot, as 09:00 or 09:00:00. Results are cached: there are only 1,440 starts."""
    return time.fromisoformat(text)
