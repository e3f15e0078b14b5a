"""SQL about time zones: which names a column may have, and the instant of a local time.

The migrations 0004 to 0009 use these texts. To change a text, copy the old one into them, and add a migration.
"""

from common.core.zones import NAME

ZONE_RULE = f"time_zone ~ '^{NAME}$' and (timestamp '2000-01-01 00:00' at time zone time_zone) is not null"
STEPS = (30, 60, 120, 180)


def first_occurrence() -> str:
    """Return the SQL of the instant of `date + start_time` in `time_zone`, as `common.core.time_slots.instant` has it.

    PostgreSQL takes the second occurrence of a local time that exists twice. So look at the instants as much earlier as
    clocks are ever set back (30 minutes on Lord Howe Island, two hours in Troll, three hours once in Antarctica), and
    take the earliest one that shows the same local time. `timestamptz - interval` isn't immutable, so it is calculated
    in UTC.
    """
    local = "(date + start_time)"
    at = f"({local} at time zone time_zone)"
    earlier = [f"((({at} at time zone 'UTC') - interval '{minutes} minutes') at time zone 'UTC')" for minutes in STEPS]
    cases = [f"case when ({each} at time zone time_zone) = {local} then {each} end" for each in earlier]
    return f"least({', '.join([at, *cases])})"
