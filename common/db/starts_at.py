"""The instant at which a slot starts, in SQL, for tables that have a local time and perhaps no zone."""


def starts_at(slot: str) -> str:
    """Return a lateral subquery for the instant at which a slot starts, as `starts_at`.

    `slot` is a relation with a date, a start time and a zone; if the zone is null, it is the legacy zone of the
    relation `tutor`.
    """
    # In autumn, a local time may exist twice. Then the slot starts at the first of the two instants, as in
    # `common.core`, but PostgreSQL returns the second (`read_at`). So the local time is converted once more, with the
    # offset that the zone had three hours before `read_at` (`earlier_at`). If the zone's clocks show the local time at
    # `earlier_at`, the slot starts at the earlier of the two instants.
    return f"""
  select
    case when earlier_at at time zone zone = local_start then least(read_at, earlier_at) else read_at end as starts_at
  from (
    select zone, read_at, local_start, (
      local_start - (
        ((read_at - interval '3 hours') at time zone zone) - ((read_at - interval '3 hours') at time zone 'UTC')
      )
    ) at time zone 'UTC' as earlier_at
    from (
      select zone, local_start, local_start at time zone zone as read_at
      from (
        select {slot}.date + {slot}.start_time as local_start,
          coalesce({slot}.time_zone, tutor.legacy_time_zone, tutor.time_zone) as zone
      ) as local
    ) as reading
  ) as readings
"""  # noqa: S608 - names of relations
