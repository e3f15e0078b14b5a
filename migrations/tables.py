"""The schema of the database. A test checks that the migrations create exactly this schema.

The schema is the same on PostgreSQL 15+ and on Citus. Citus copies the table `tutors` to every node, and distributes
the other tables by `tutor_id`, which is the first column of each of their keys. Columns of text with check constraints
replace enums, and there are no triggers, functions or extensions. Rules that a constraint can express are constraints,
because these are valid for every program that writes.
"""

import sqlalchemy as sa

from common.core.tutors import MAX_NOTICE_MINUTES, MAX_TAGS
from common.db.days import IS_ACTIVE
from common.db.incomplete_bookings import INCOMPLETE
from migrations.base import instant, metadata
from migrations.rules import (
    BOOKING_STATUSES,
    DURATION_RULE,
    ONLY_NEWER_RELEASES,
    WHOLE_MINUTE_RULE,
    ZONE_RULE,
    first_occurrence,
    one_of,
)

tutors = sa.Table(
    "tutors",
    metadata,
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # The zone of new slots. Each slot keeps the zone that it was offered in.
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),  # the id of the tutor in the platform's own system
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
    sa.Column("booking_notice_minutes", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("cancellation_notice_minutes", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("tags", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    # The zone of old entries and bookings, which have none. It never changes.
    sa.Column("legacy_time_zone", sa.Text),
    sa.PrimaryKeyConstraint("id", name="tutors_pkey"),
    # A tutor signs in as the user `user_id`. No two tutors have the same user. One statement can exchange the users of
    # two tutors, because deferrable constraints are checked at its end.
    sa.UniqueConstraint("user_id", name="tutors_user_id_key", deferrable=True),
    sa.UniqueConstraint("external_id", name="tutors_external_id_key", deferrable=True),
    sa.CheckConstraint(
        f"booking_notice_minutes between 0 and {MAX_NOTICE_MINUTES}"
        f" and cancellation_notice_minutes between 0 and {MAX_NOTICE_MINUTES}",
        name="tutors_notices_are_sensible",
    ),
    sa.CheckConstraint(f"cardinality(tags) <= {MAX_TAGS}", name="tutors_tags_are_few"),
    # Search finds the tutors who have some tags.
    sa.Index("tutors_tags", "tags", postgresql_using="gin"),
    sa.CheckConstraint(ZONE_RULE, name="tutors_time_zone_is_known"),
)

tutor_days = sa.Table(
    "tutor_days",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("repaired_version", sa.Integer, nullable=False, server_default=sa.text("0")),
    instant("updated_at"),
    sa.Column("updated_by", sa.Text, server_default=sa.text(ONLY_NEWER_RELEASES)),
    # The numbers of entries and of versions that the log had, up to `repaired_version`, when repair handled them. Fewer
    # now means that entries were deleted. Null for days from before migration 0013.
    sa.Column("repaired_entries", sa.Integer, server_default=sa.text("0")),
    sa.Column("repaired_versions", sa.Integer, server_default=sa.text("0")),
    # Repair has looked for drift in the entries up to this version.
    sa.Column("checked_version", sa.Integer, nullable=False, server_default=sa.text("0")),
    # A number for the version and the slots that repair has found explained by the log (`common/db/drift.py`), and the
    # instant since which outside changes don't make the day's state uncertain. Null: not checked.
    sa.Column("checked_state", sa.BigInteger),
    instant("certain_since", nullable=True),
    # The version that a weekly schedule last made. The day is the schedule's until another edit raises its version.
    sa.Column("schedule_version", sa.Integer),
    sa.PrimaryKeyConstraint("tutor_id", "date", name="tutor_days_pkey"),
    sa.ForeignKeyConstraint(["tutor_id"], ["tutors.id"], name="tutor_days_tutor_fkey"),
    # Repair has handled the versions up to `repaired_version`, which can't be higher than `version`.
    sa.CheckConstraint("repaired_version between 0 and version", name="tutor_days_versions_in_order"),
    # Contains only the days that repair hasn't handled yet. Repair reads this index and not the table.
    sa.Index(
        "tutor_days_unaccounted",
        "tutor_id",
        "date",
        postgresql_where=sa.text("version > repaired_version or repaired_versions is null"),
    ),
)

tutor_time_slots = sa.Table(
    "tutor_time_slots",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("start_time", sa.Time, nullable=False),
    sa.Column("duration_minutes", sa.SmallInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    sa.Column("time_zone", sa.Text, nullable=False),  # the zone that the slot was offered in
    sa.Column("starts_at", sa.DateTime(timezone=True), sa.Computed(first_occurrence(), persisted=True)),
    # No two slots of a day start at the same time. The index has all columns that availability reads, for index-only
    # scans.
    sa.PrimaryKeyConstraint(
        "tutor_id",
        "date",
        "start_time",
        name="tutor_time_slots_pkey",
        postgresql_include=["duration_minutes", "time_zone"],
    ),
    sa.ForeignKeyConstraint(["tutor_id"], ["tutors.id"], name="tutor_time_slots_tutor_fkey"),
    # Search reads the slots of all tutors in this order, with index-only scans.
    sa.Index(
        "tutor_time_slots_by_start",
        "starts_at",
        "tutor_id",
        "date",
        "start_time",
        postgresql_include=["duration_minutes", "time_zone"],
    ),
    sa.CheckConstraint(DURATION_RULE, name="tutor_time_slots_duration_is_sensible"),
    sa.CheckConstraint(WHOLE_MINUTE_RULE, name="tutor_time_slots_start_is_a_minute"),
    sa.CheckConstraint(ZONE_RULE, name="tutor_time_slots_time_zone_is_known"),
)

# The schedule is JSON in the API's format, because it is only ever read as a whole; null after it was withdrawn.
weekly_schedules = sa.Table(
    "weekly_schedules",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("schedule", sa.JSON),
    sa.Column("published_through", sa.Date),
    sa.Column("set_by", sa.Text),
    sa.PrimaryKeyConstraint("tutor_id", name="weekly_schedules_pkey"),
    sa.ForeignKeyConstraint(["tutor_id"], ["tutors.id"], name="weekly_schedules_tutor_fkey"),
)

# Slots that stood without an entry in the log when migration 0017 ran. A slot that gets no entry later was added by a
# program that doesn't go through the ledger.
baseline_slots = sa.Table(
    "baseline_slots",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("start_time", sa.Time, nullable=False),
    sa.Column("duration_minutes", sa.SmallInteger, nullable=False),
    sa.Column("time_zone", sa.Text),  # null if the entry that shows the slot has none
    instant("created_at"),
    sa.PrimaryKeyConstraint("tutor_id", "date", "start_time", name="baseline_slots_pkey"),
    sa.ForeignKeyConstraint(["tutor_id"], ["tutors.id"], name="baseline_slots_tutor_fkey"),
)

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("tutor_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("start_time", sa.Time, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    instant("hold_expires_at", nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    instant("released_at", nullable=True),
    sa.Column("external_id", sa.Text),  # the id of the booking in the platform's own system
    sa.Column("student_name", sa.Text),
    # When a hold was confirmed. If other programs confirm it or release it without an instant, repair fills in the
    # instant at which it noticed, and sets `noticed_at` to it.
    instant("confirmed_at", nullable=True),
    instant("noticed_at", nullable=True),
    # The zone and the duration of the booked slot. Null for old bookings, and for those of programs that leave them
    # out, until repair fills them in.
    sa.Column("time_zone", sa.Text),
    sa.Column("duration_minutes", sa.SmallInteger),
    # Who did what, and when. The instants are above, or `created_at`.
    sa.Column("created_by", sa.Text),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("released_by", sa.Text),
    sa.Column("reason", sa.Text),  # why it was cancelled
    # The status COMPLETED also stands for a lesson that the student missed: then `no_show_at` is the later instant.
    # (Before PostgreSQL 17, the expression of `occupied_start_time` can't be changed, so it can't have a new status.)
    instant("completed_at", nullable=True),
    sa.Column("completed_by", sa.Text),
    instant("no_show_at", nullable=True),
    sa.Column("no_show_by", sa.Text),
    instant("outcome_at", nullable=True),  # when one of the two was said first
    # A moved booking is released, and another one is placed: each has the id of the other.
    sa.Column("moved_from", sa.Uuid),
    sa.Column("moved_to", sa.Uuid),
    sa.Column("series_id", sa.Uuid),
    sa.Column("request_hash", sa.Text),  # shows whether a request with the same idempotency key has the same body
    sa.Column("starts_at", sa.DateTime(timezone=True), sa.Computed(first_occurrence(), persisted=True)),
    sa.Column(
        "occupied_start_time",
        sa.Time,
        sa.Computed(
            "case when status in ('AWAITING_PAYMENT', 'CONFIRMED', 'COMPLETED') then start_time end", persisted=True
        ),
    ),
    sa.PrimaryKeyConstraint("tutor_id", "id", name="bookings_pkey"),
    # At most one booking occupies a slot. `occupied_start_time` is null for a released booking, and nulls are never
    # equal. Availability reads `active_bookings` with index-only scans of this index.
    sa.UniqueConstraint(
        "tutor_id",
        "date",
        "occupied_start_time",
        name="bookings_one_per_slot",
        postgresql_include=["status", "hold_expires_at"],
    ),
    # A slot that isn't offered can't be booked, and a booked slot can't be removed.
    sa.ForeignKeyConstraint(
        ["tutor_id", "date", "occupied_start_time"],
        ["tutor_time_slots.tutor_id", "tutor_time_slots.date", "tutor_time_slots.start_time"],
        name="bookings_slot_is_offered",
    ),
    sa.CheckConstraint(one_of("status", BOOKING_STATUSES), name="bookings_status_is_known"),
    sa.Index(
        "bookings_external_id",
        "tutor_id",
        "external_id",
        unique=True,
        postgresql_where=sa.text("external_id is not null"),
    ),
    # Lists of a student's and of a tutor's bookings, by start; those without an instant come last.
    sa.Index("bookings_of_student", "student_id", "starts_at", "id"),
    sa.Index("bookings_of_tutor", "tutor_id", "starts_at", "id"),
    sa.Index("bookings_of_series", "tutor_id", "series_id", postgresql_where=sa.text("series_id is not null")),
    # Repair finds holds that ran out.
    sa.Index("bookings_on_hold", "hold_expires_at", postgresql_where=sa.text("status = 'AWAITING_PAYMENT'")),
    # Statistics read bookings that don't occupy their slots any more, with index-only scans.
    sa.Index(
        "bookings_released",
        "tutor_id",
        "date",
        "start_time",
        postgresql_include=["duration_minutes", "time_zone", "status", "hold_expires_at", "released_at", "noticed_at"],
        postgresql_where=sa.text("occupied_start_time is null"),
    ),
    # Bookings of other programs, which may leave out when they released or confirmed them, until repair has noticed.
    sa.Index("bookings_incomplete", "tutor_id", "id", postgresql_where=sa.text(INCOMPLETE)),
)

# Functions read the same bookings without this view (`common/db/days.py`). An expired hold isn't active, but its row
# still prevents other bookings of the slot until an edit or another program sets it to EXPIRED.
ACTIVE_BOOKINGS = f"""
create view active_bookings as
select tutor_id, id, student_id, date, occupied_start_time as start_time, status, hold_expires_at, created_at
from bookings
where {IS_ACTIVE}
"""
sa.event.listen(metadata, "after_create", sa.DDL(ACTIVE_BOOKINGS))  # type: ignore[no-untyped-call]
