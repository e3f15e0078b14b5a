"""Audited updates with Django and django-simple-history: https://django-simple-history.readthedocs.io (Quick Start).

The peer has a model with HistoricalRecords. The library's middleware sets the user ("User tracking"). The user is
stored as an id, because there is no table of users. The connection is persistent (CONN_MAX_AGE).

The tuned form uses "Common Issues": bulk_create_with_history adds slots. QuerySet.delete removes slots, and sends the
signals that write the history.
"""

from datetime import date, time
from types import SimpleNamespace
from uuid import UUID

import django
from audited_worker import TUNED, URL, Slots, prepare, schema_of, serve
from django.apps import AppConfig
from django.conf import settings
from django.db import connection, models, transaction
from psycopg.conninfo import conninfo_to_dict

SCHEMA = schema_of("django")
SERVER = conninfo_to_dict(URL)


class TutoringConfig(AppConfig):
    """The app of the models: this file."""

    name = __name__
    label = "tutoring"


settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "simple_history",
        f"{__name__}.TutoringConfig",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": SERVER.get("dbname"),
            "USER": SERVER.get("user"),
            "PASSWORD": SERVER.get("password"),
            "HOST": SERVER.get("host"),
            "PORT": SERVER.get("port"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": f"-c search_path={SCHEMA}"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from simple_history.middleware import HistoryRequestMiddleware  # noqa: E402 - needs the settings
from simple_history.models import HistoricalRecords  # noqa: E402
from simple_history.utils import bulk_create_with_history  # noqa: E402


class TimeSlot(models.Model):
    """A slot with history. It has Django's primary key, and a constraint for the natural key."""

    tutor_id = models.UUIDField()
    date = models.DateField()
    start_time = models.TimeField()
    duration_minutes = models.SmallIntegerField()
    history = HistoricalRecords(history_user_id_field=models.UUIDField(null=True))

    class Meta:
        """The table and its constraint."""

        db_table = "time_slot"
        constraints = (models.UniqueConstraint(fields=["tutor_id", "date", "start_time"], name="one_per_start"),)


def create_tables() -> None:
    """Create the tables as a migration does."""
    with connection.schema_editor() as editor:
        editor.create_model(TimeSlot)
        editor.create_model(TimeSlot.history.model)


@transaction.atomic
def save(tutor_id: UUID, day: date, slots: Slots) -> None:
    """Save the day as a view does."""
    rows = TimeSlot.objects.filter(tutor_id=tutor_id, date=day)
    offered = {(row.start_time, row.duration_minutes): row for row in rows}
    removed = [offered[key] for key in offered.keys() - slots]
    added = [
        TimeSlot(tutor_id=tutor_id, date=day, start_time=start, duration_minutes=minutes)
        for start, minutes in slots - offered.keys()
    ]
    if TUNED:
        TimeSlot.objects.filter(pk__in=[slot.pk for slot in removed]).delete()
        bulk_create_with_history(added, TimeSlot)
    else:
        for slot in removed:
            slot.delete()
        for slot in added:
            slot.save()


def replace_day(tutor_id: UUID, day: date, slots: Slots) -> None:
    """Answer a request: replace the slots of a day."""
    request = SimpleNamespace(user=SimpleNamespace(pk=tutor_id, is_authenticated=True))
    HistoryRequestMiddleware(lambda request: save(tutor_id, day, slots))(request)


def starts_of_day(tutor_id: UUID, day: date) -> list[time]:
    """Return the start times of a day's slots, in order."""
    slots = TimeSlot.objects.filter(tutor_id=tutor_id, date=day).order_by("start_time")
    return list(slots.values_list("start_time", flat=True))


if __name__ == "__main__":
    serve(
        lambda: prepare(SCHEMA, TimeSlot._meta.db_table, create_tables),
        replace_day,
        starts_of_day,
        lambda: TimeSlot.history.count(),
    )
