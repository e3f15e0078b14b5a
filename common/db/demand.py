"""The slots that tutors offered, and whether each was booked at its start, in SQL.

They are read from the tables of slots and of bookings, with index-only scans.
"""

from common.db.days import OCCUPIES_UNTIL, occupied_until
from common.db.starts_at import starts_at

# If nobody said when a booking was released, repair or an import fills in when it noticed.
KNOWN_OCCUPIED_UNTIL = occupied_until("nullif(released_at, noticed_at)")


def _of(relation: str, condition: str) -> str:
    return f"from {relation} where tutor_id {condition} and date between :first and :last"


def weekday_hour(slot: str) -> str:
    """Return SQL for the local start of a slot, as hours since Monday at 00:00; `slot` has a date and a start time."""
    days = f"mod({slot}.date - date '1900-01-01', 7)"  # which was a Monday
    return f"24 * {days} + cast(date_part('hour', {slot}.start_time) as integer)"


def offered_slots(tutors: str) -> str:
    """Return SQL for the slots that were offered on the dates `:first` to `:last`; `tutors` is a condition on the ids.

    The columns are the tutor's id, the date, `weekday_hour` (hours since Monday at 00:00), the minutes, the instant of
    the start, whether a booking was ever placed for the slot, and whether the slot was booked.
    """
    # There is one row for each date and time. A slot that stands shows its minutes and its zone; a booking that was
    # released may have had others. If there is no such slot, the bookings show them: minutes may be unknown. Another
    # program may have released a booking at 24:00, where no slot can be.
    return f"""
  select offered.tutor_id, offered.date, {weekday_hour("offered")} as weekday_hour, minutes, start.starts_at,
    has_bookings,
    case
      when isfinite(occupied_until) then occupied_until > start.starts_at
      else coalesce(occupied_until = 'infinity', false)
    end as is_booked
  from (
    select tutor_id, date, start_time, coalesce(max(minutes) filter (where stands), max(minutes), 0) as minutes,
      coalesce(max(time_zone) filter (where stands), max(time_zone)) as time_zone,
      max(occupied_until) as occupied_until, not bool_and(stands) as has_bookings
    from (
      select tutor_id, date, start_time, duration_minutes as minutes, time_zone, true as stands,
        cast(null as timestamptz) as occupied_until
      {_of("tutor_time_slots", tutors)}
      union all
      select tutor_id, date, occupied_start_time, null, null, false, {OCCUPIES_UNTIL}
      {_of("bookings", tutors)} and occupied_start_time is not null
      union all
      select tutor_id, date, start_time, duration_minutes, time_zone, false, {KNOWN_OCCUPIED_UNTIL}
      {_of("bookings", tutors)} and occupied_start_time is null and start_time < '24:00'
    ) as slot
    group by tutor_id, date, start_time
  ) as offered
  join tutors as tutor on tutor.id = offered.tutor_id
  cross join lateral ({starts_at("offered")}) as start
  where tutor.id {tutors}
"""  # noqa: S608 - put together from constants


# The slots that start in the period: numbers and minutes by hour of the week. `wanted` are the slots that a booking was
# ever placed for. The start is converted to an instant only for dates near the ends of the period, because the
# conversion takes longer than the rest.
DEMAND = f"""
select json_agg(json_build_array(weekday_hour, offered, booked, wanted, minutes, booked_minutes))
from (
  select weekday_hour, count(*) as offered, count(*) filter (where is_booked) as booked,
    count(*) filter (where has_bookings) as wanted, sum(minutes) as minutes,
    coalesce(sum(minutes) filter (where is_booked), 0) as booked_minutes
  from ({offered_slots("= :tutor_id")}) as slot
  where date between cast(:first as date) + 3 and cast(:last as date) - 3
    or (starts_at > :since and starts_at <= :until)
  group by weekday_hour
) as hour
"""  # noqa: S608 - put together from constants
