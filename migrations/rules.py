"""The SQL of checks, defaults and generated columns.

The migrations 0004 to 0009 use the texts about zones. To change such a text, copy the old one into these migrations,
and add a migration.
"""

from common.core.time_slots import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES
from common.core.zones import WITH_REGION, WITHOUT_REGION

BOOKING_STATUSES = ("AWAITING_PAYMENT", "CONFIRMED", "COMPLETED", "CANCELLED", "EXPIRED")
DURATION_RULE = f"duration_minutes between {MIN_DURATION_MINUTES} and {MAX_DURATION_MINUTES}"
WHOLE_MINUTE_RULE = "start_time < '24:00' and extract(second from start_time) = 0"
# The default of a column that each edit of this release sets, and edits of the release before leave out. That release
# knows no zones, and compares ids as UUIDs, so it would take tutors for others. With this default, its edits fail with
# "relation … does not exist" and answer 503, until the new functions are deployed. (Only the evaluation of the default
# fails, not its creation.) Dry runs write nothing, so they don't fail: after migration 0012, tutors get 403.
ONLY_NEWER_RELEASES = """cast(cast(cast('"edits of an older release"' as text) as regclass) as text)"""


def first_occurrence() -> str:
    """Return the SQL of the instant of `date + start_time` in `time_zone`, as `common.core.time_slots.instant` has it.

    PostgreSQL takes the second occurrence of a local time that exists twice. The first one is three hours after the
    instant of the local time three hours earlier: clocks are never set back by more than that. `timestamptz + interval`
    isn't immutable, so it is calculated in UTC. The expression is short because each insert has to parse it.
    """
    local = "(date + start_time)"
    at = f"({local} at time zone time_zone)"
    before = f"(({local} - interval '3 hours') at time zone time_zone)"
    first = f"((({before} at time zone 'UTC') + interval '3 hours') at time zone 'UTC')"
    return f"least({at}, case when ({first} at time zone time_zone) = {local} then {first} end)"


def one_of(column: str, words: tuple[str, ...]) -> str:
    """Return the condition that the column's value is one of the words."""
    return f"{column} in ({', '.join(repr(word) for word in words)})"


# The names without a region are one array: as parts of the regular expression they would take as long as inserting the
# row, and as a list of values, parsing them would.
ZONE_RULE = f"""(time_zone = any('{{{",".join(WITHOUT_REGION)}}}') or time_zone ~ '^{WITH_REGION}$')
  and (timestamp '2000-01-01 00:00' at time zone time_zone) is not null"""
