"""The tables that remember: the log, the changes of settings, the weekly statistics, and repair's position.

`migrations/tables.py` has the other tables, and says what holds for all of them.
"""

from typing import get_args

import sqlalchemy as sa

from common.core.audit import MAX_NOTES_LENGTH, REASONS, Action, Source
from migrations.base import instant, metadata
from migrations.rules import one_of

COVERED_COLUMNS = """
  date start_time duration_minutes action reason changed_by notes change_set_id version source time_zone
"""

tutor_availability_log = sa.Table(
    "tutor_availability_log",
    metadata,
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("start_time", sa.Time, nullable=False),
    sa.Column("duration_minutes", sa.SmallInteger, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    instant("changed_at"),
    sa.Column("changed_by", sa.Text),
    sa.Column("notes", sa.Text),
    sa.Column("change_set_id", sa.Uuid, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    # The number of entries of the whole change set. If the log has fewer, some haven't arrived yet or are lost.
    sa.Column("change_set_size", sa.Integer),
    # Null for entries from before migration 0010: their zone is `tutors.legacy_time_zone`.
    sa.Column("time_zone", sa.Text),
    # The id is derived from the entry's content, so that writing it twice makes one row.
    sa.PrimaryKeyConstraint("tutor_id", "id", name="tutor_availability_log_pkey"),
    sa.CheckConstraint(one_of("action", get_args(Action)), name="tutor_availability_log_action_is_known"),
    sa.CheckConstraint(one_of("reason", REASONS), name="tutor_availability_log_reason_is_known"),
    sa.CheckConstraint(one_of("source", get_args(Source)), name="tutor_availability_log_source_is_known"),
    # Notes are in the covering index, whose rows have a size limit.
    sa.CheckConstraint(f"char_length(notes) <= {MAX_NOTES_LENGTH}", name="tutor_availability_log_notes_are_short"),
    # `asOf`, `explain` and the search for missing versions use this index.
    sa.Index("tutor_availability_log_by_day", "tutor_id", "date", "version"),
    # History and statistics use index-only scans of this index.
    sa.Index(
        "tutor_availability_log_by_instant",
        "tutor_id",
        "changed_at",
        "id",
        postgresql_include=COVERED_COLUMNS.split(),
    ),
    # The history of all tutors uses this index.
    sa.Index("tutor_availability_log_of_all", "changed_at", "id"),
    # The log only grows. With the default settings, the visibility map of a large log isn't updated until hundreds of
    # thousands of rows were inserted, and until then index-only scans have to read the table.
    postgresql_with={
        "autovacuum_vacuum_insert_scale_factor": 0,
        "autovacuum_vacuum_insert_threshold": 50000,
    },
)

# The changes of tutors' settings. Rows are only ever added.
settings_events = sa.Table(
    "settings_events",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    instant("changed_at"),
    sa.Column("changed_by", sa.Text),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.PrimaryKeyConstraint("tutor_id", "id", name="settings_events_pkey"),
    sa.ForeignKeyConstraint(["tutor_id"], ["tutors.id"], name="settings_events_tutor_fkey"),
    sa.Index("settings_events_by_instant", "tutor_id", "changed_at"),
)

# The last tutor that repair's scan for drift has looked at, in one row.
repair_position = sa.Table(
    "repair_position",
    metadata,
    sa.Column("only_row", sa.Boolean, nullable=False, server_default=sa.text("true")),
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.PrimaryKeyConstraint("only_row", name="repair_position_pkey"),
    sa.CheckConstraint("only_row", name="repair_position_is_one_row"),
)

tutor_weekly_stats = sa.Table(
    "tutor_weekly_stats",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("week_start", sa.Date, nullable=False),
    sa.Column("slots_added", sa.Integer, nullable=False),
    sa.Column("slots_removed", sa.Integer, nullable=False),
    sa.Column("late_removals", sa.Integer, nullable=False),
    sa.Column("change_sets", sa.Integer, nullable=False),
    sa.Column("missing_versions", sa.Integer, nullable=False),
    instant("computed_at"),
    # Two arrays count the changes by hour of the week: `weekday_hour_changes[i]` is the number of changes in the hour
    # `weekday_hours[i]`. The number of an hour is 24 times the weekday (Monday is 0) plus the hour of the day. In the
    # same way, `removed_time_counts[i]` is the number of removals of slots that start at `removed_times[i]`, and so on.
    # Counts of zero are left out.
    sa.Column("weekday_hours", sa.ARRAY(sa.SmallInteger), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("weekday_hour_changes", sa.ARRAY(sa.Integer), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("removed_times", sa.ARRAY(sa.Time), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("removed_time_counts", sa.ARRAY(sa.Integer), nullable=False, server_default=sa.text("'{}'")),
    # Slots that start in the week, in their own zones. Null if a release from before migration 0024 computed the row;
    # then the arrays below are empty.
    sa.Column("offered", sa.Integer),
    sa.Column("booked", sa.Integer),
    sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("reason_changes", sa.ARRAY(sa.Integer), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("user_ids", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("user_changes", sa.ARRAY(sa.Integer), nullable=False, server_default=sa.text("'{}'")),
    sa.PrimaryKeyConstraint("tutor_id", "week_start", name="tutor_weekly_stats_pkey"),
    sa.ForeignKeyConstraint(["tutor_id"], ["tutors.id"], name="tutor_weekly_stats_tutor_fkey"),
    sa.CheckConstraint("extract(isodow from week_start) = 1", name="tutor_weekly_stats_starts_on_monday"),
    # The statistics of all tutors use this index.
    sa.Index(
        "tutor_weekly_stats_by_week",
        "week_start",
        "tutor_id",
        postgresql_include=["slots_added", "slots_removed", "late_removals", "missing_versions"],
    ),
)
