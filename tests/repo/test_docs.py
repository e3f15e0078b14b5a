"""The documentation is correct: commands, links and files exist, and the SQL recipes run."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.engine import engine_for
from deploy import operations
from migrations.tables import metadata
from tests.builders import add_tutor, monday, slots
from tests.hosts import ROOT, Api

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        ROOT / "client" / "README.md",
        ROOT / "dashboard" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / ".github").rglob("*.yml"),
    ]
)
FOLDERS = ("benchmarks", "client", "common", "deploy", "docs", "functions", "local", "migrations", "tests")
RECIPES = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/operations.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_links_and_files_of_a_page_exist(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(re.findall(r"(?:^|[`|] ?|run: )make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert commands - targets == set()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    files = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w/-]+(?:\.(?:py|md|yml|sql|json))?)`", text)
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_two_users_can_take_turns(url: str) -> None:
    """Whoever is a member of the owning role migrates what another one made."""
    (setup,) = [recipe for recipe in RECIPES if "create role" in recipe]
    engine = engine_for(Settings(database_url=url))
    with engine.begin() as connection:  # not as postgres itself, whose things can't be reassigned
        connection.execute(text("create role first superuser"))
        for table in ("alembic_version", *metadata.tables):
            connection.execute(text(f"alter table {table} owner to first"))
        connection.execute(text("alter view active_bookings owner to first"))
        connection.execute(text("set local role first"))
        connection.execute(text(setup))
        connection.execute(text("reset role"))
        connection.execute(text("alter role slotledger_b login"))
    try:
        as_the_second = Settings(stage="test", database_url=url.replace("//postgres@", "//slotledger_b@"))
        operations.migrate(as_the_second, confirmed_by=None)
        second = engine_for(as_the_second)
        with second.begin() as connection:
            connection.execute(text("alter table tutors add column probe integer"))
            connection.execute(text("alter table tutors drop column probe"))
        second.dispose()
    finally:
        with engine.begin() as connection:
            connection.execute(text("reassign owned by slotledger_owner, first to postgres"))
            connection.execute(text("drop owned by slotledger_owner, first"))
            for role in ("slotledger_a", "slotledger_b", "slotledger_owner", "first"):
                connection.execute(text(f"drop role {role}"))
        engine.dispose()


def test_the_recipes_answer_what_they_say(api: Api, engine: Engine) -> None:
    tutor, day = add_tutor(engine), monday()
    body = {"tutorId": str(tutor.id), "date": day.isoformat(), "timeSlots": slots("09:00", "10:00")}
    assert api.update(tutor.token, **body).status == 200
    with engine.begin() as connection:
        book = "insert into bookings values (:tutor, gen_random_uuid(), gen_random_uuid(), :date, '10:00', 'CONFIRMED')"
        connection.execute(text(book), {"tutor": tutor.id, "date": day})
        skip = "update tutor_days set version = 3 where tutor_id = :tutor"
        connection.execute(text(skip), {"tutor": tutor.id})
        answers = [
            connection.execute(text(recipe.replace(":'tutor'", f"'{tutor.id}'").replace("2029-10-01", str(day)))).all()
            for recipe in RECIPES
            if recipe.startswith("select")
        ]
    offered, changed, missing, locks = answers
    assert [(row.start_time.hour, row.status) for row in offered] == [(9, None), (10, "CONFIRMED")]
    assert [(row.action, row.date, row.source) for row in changed] == [("ADDED", day, "recorded")] * 2
    assert [(row.date, row.version, row.missing_versions) for row in missing] == [(day, 3, [2, 3])]
    assert {row.granted for row in locks} == {True}  # the locks of this transaction
