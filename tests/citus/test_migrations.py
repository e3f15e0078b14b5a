"""Migrations of a distributed schema, as `make migrate` applies them, and statements that they can't use."""

import shutil
from pathlib import Path

import pytest
from alembic.config import Config
from pg8000.exceptions import DatabaseError
from sqlalchemy import Engine, text

import migrations
from common.config import Settings
from common.db.address import address_of
from deploy import operations
from local.citus import Cluster
from tests.builders import add_booking, add_slots, add_tutor, monday, slots
from tests.hosts import Api

DAY = monday()

REVISION = '''
"""A price, the end of a slot, a tutor's language, and notes on bookings."""

from alembic import op

revision = "9001"
down_revision = "{down_revision}"
branch_labels = None
depends_on = None

CHANGES = """
set local lock_timeout = '5s';

alter table bookings add column price_cents integer not null default 0;

update bookings set price_cents = 2500 where status = 'CONFIRMED';

create index bookings_by_student on bookings (tutor_id, student_id) include (price_cents);

alter table tutor_time_slots add column end_minute integer
  generated always as (extract(hour from start_time) * 60 + extract(minute from start_time) + duration_minutes) stored;

create table booking_notes (
  tutor_id uuid not null references tutors (id),
  booking_id uuid not null,
  note text not null,
  primary key (tutor_id, booking_id)
);

do $$ begin
  if to_regclass('pg_dist_partition') is not null then
    perform create_distributed_table('booking_notes', 'tutor_id', colocate_with => 'tutor_days');
  end if;
end $$;

alter table booking_notes add constraint booking_notes_booking_fkey foreign key (tutor_id, booking_id)
  references bookings (tutor_id, id);

alter table tutors add column language text not null default 'da';
"""


def upgrade() -> None:
    for statement in CHANGES.split(";\\n\\n"):
        op.execute(statement)
'''


QUERIES = {
    "bookings": "select price_cents from bookings",
    "slots": "select end_minute from tutor_time_slots order by start_time",
    "notes": "select note from booking_notes",
    "tutors": "select language from tutors",
    "indexes of shards": """
        select result from run_command_on_shards('bookings', $$
          select indisvalid from pg_index
          where indexrelid = replace(%1$L, 'bookings', 'bookings_by_student')::regclass
        $$)
    """,
}


@pytest.fixture
def revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a copy of the migrations, with one more migration: 9001."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder)
    newest = max(path.name[:4] for path in (folder / "versions").glob("[0-9]*.py"))
    (folder / "versions" / "9001_test.py").write_text(REVISION.format(down_revision=newest))

    def alembic() -> Config:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        return config

    monkeypatch.setattr(migrations, "_alembic", alembic)


def test_a_migration_adds_columns_an_index_and_a_table_to_distributed_tables_with_rows(
    cluster: Cluster,
    engine: Engine,
    settings: Settings,
    api: Api,
    revision: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Afterwards the functions work, all rows have the new columns, and the database still belongs to its stage."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:30")
    booking = add_booking(engine, tutor, DAY, "09:00")
    read = {"tutorId": tutor.id, "startDate": DAY, "endDate": DAY}
    before = api.read(**read).json
    operations.migrate(settings, confirmed_by=None)
    assert "9001 A price, the end of a slot" in capsys.readouterr().out
    assert api.read(**read).json == before
    edited = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00", "11:00"))
    assert edited.json["audit"] == "recorded"
    with engine.begin() as connection:
        note = text("insert into booking_notes values (:tutor_id, :booking_id, 'bring the book')")
        connection.execute(note, {"tutor_id": tutor.id, "booking_id": booking})
    with engine.connect() as connection:
        assert migrations.stage_of(connection) == "test"
        results = {name: list(connection.execute(text(query)).scalars()) for name, query in QUERIES.items()}
    assert results == {
        "bookings": [2500],
        "slots": [600, 720],
        "notes": ["bring the book"],
        "tutors": ["da"],
        "indexes of shards": ["t"] * 8,
    }
    operations.migrate(settings, confirmed_by=None)
    assert "revision: 9001" in capsys.readouterr().out


REJECTED = {
    "foreign keys from reference tables and local tables to distributed tables are not supported": """
        create table notes (
          tutor_id uuid references tutors (id), booking_id uuid, note text,
          foreign key (tutor_id, booking_id) references bookings (tutor_id, id)
        )
    """,
    "unique indexes on non-partition columns": "create unique index bookings_id on bookings (id)",
    "cannot execute ADD CONSTRAINT command with other subcommands": """
        alter table bookings drop constraint bookings_status_is_known,
          add constraint bookings_status_is_known check (status <> '')
    """,
    "must not be VOLATILE": "update bookings set hold_expires_at = clock_timestamp()",
    "cannot run inside a transaction block": "create index concurrently bookings_by_student on bookings (tutor_id)",
}


@pytest.mark.parametrize("why", REJECTED)
def test_citus_refuses_some_statements_in_a_migration(cluster: Cluster, url: str, why: str) -> None:
    """`docs/scaling.md` says what to do instead."""
    begin = "begin; set local citus.multi_shard_modify_mode to 'sequential'"
    with pytest.raises(DatabaseError) as caught:
        cluster.coordinator.run(f"{begin}; {REJECTED[why]}", database=address_of(url).database or "")
    assert why in caught.value.args[0]["M"]


def test_an_index_can_be_created_concurrently_outside_of_a_migration(cluster: Cluster, url: str) -> None:
    database = address_of(url).database or ""
    create = "create index concurrently bookings_by_student on bookings (tutor_id, student_id)"
    cluster.coordinator.run(create, database=database)
    assert cluster.coordinator.run(QUERIES["indexes of shards"], database=database) == [["t"]] * 8
