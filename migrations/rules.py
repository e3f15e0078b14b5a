"""The SQL of checks, defaults and generated columns.

The migrations 0004 to 0009 use the texts about zones. To change such a text, copy the old one into these migrations,
and add a migration.
"""

from common.core.time_slots import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES
from common.core.zones import NAME

BOOKING_STATUSES = ("AWAITING_PAYMENT", "CONFIRMED", "COMPLETED", "CANCELLED", "EXPIRED")
DURATION_RULE = f"duration_minutes between {MIN_DURATION_MINUTES} and {MAX_DURATION_MINUTES}"
WHOLE_MINUTE_RULE = "start_time < '24:00' and extract(second from start_time) = 0"
# The default of a column that each edit of this release sets, and edits of the release before leave out. That release
# knows no zones, and compares ids as UUIDs, so it would take tutors for others. With this default, its edits fail with
# "relation … does not exist" and answer 503, until the new functions are deployed. (Only the evaluation of the default
# fails, not its creation.) Dry runs write nothing, so they don't fail: after migration 0012, tutors get 403.
ONLY_NEWER_RELEASES = """cast(cast(cast('"edits of an older release"' as text) as regclass) as text)"""
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


def one_of(column: str, words: tuple[str, ...]) -> str:
    """Return the condition that the column's value is one of the words."""
    return f"{column} in ({', '.join(repr(word) for word in words)})"
