"""The rotation of the database's password, with the SQL in docs/operations.md."""

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.errors import Unavailable
from deploy import operations
from deploy.stages import ROOT
from migrations import OUR_TABLES, VIEW
from tests.builders import Tutor, add_tutor, monday, slots
from tests.conftest import database_url
from tests.hosts import Api

SECTION = re.search(r"### The database's password\n(.*?)\n### ", (ROOT / "docs/operations.md").read_text(), re.DOTALL)
assert SECTION is not None
SET_UP, ENABLE_NEW_USER, COUNT_SESSIONS, DISABLE_OLD_USER = re.findall(r"```sql\n(.*?)```", SECTION[1], re.DOTALL)
DAY = monday().isoformat()
ROLES = ("slotledger_a", "slotledger_b", "slotledger_owner", "operator")

Connect = Callable[[str], Settings]


@pytest.fixture
def settings_of(server: str, administration: Engine) -> Iterator[Connect]:
    """A function that returns settings with the database URL of a user.

    The database belongs to the user `operator`, who may create roles, but isn't a superuser.
    """
    with administration.connect() as connection:
        connection.execute(text("create role operator login createrole"))
        connection.execute(text("create database rotated owner operator"))
    url = database_url(server, "rotated")
    settings_by_user: dict[str, Settings] = {}

    def connect(user: str) -> Settings:
        return settings_by_user.setdefault(
            user, Settings(stage="dev", database_url=url.replace("//postgres@", f"//{user}:secret@"))
        )

    yield connect
    for settings in settings_by_user.values():
        pool_for(settings).close()
    with administration.connect() as connection:
        connection.execute(text("drop database rotated with (force)"))
        for role in ROLES:
            connection.execute(text(f"drop role if exists {role}"))


def execute(settings: Settings, script: str) -> None:
    """Run statements as psql does: one after the other, each in its own transaction."""
    for statement in filter(str.strip, script.split(";")):
        with engine_for(settings).begin() as connection:
            connection.execute(text(statement))


def edit(api: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch, tutor: Tutor, *starts: str) -> None:
    """Save a day and read it with the functions, which use the database URL of these settings."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=DAY, timeSlots=slots(*starts))
    assert (answer.status, answer.json.get("audit")) == (200, "recorded"), answer.body
    read = api.read(tutorId=str(tutor.id), startDate=DAY, endDate=DAY).json
    assert [slot["time"] for slot in read["days"][0]["timeSlots"]] == list(starts)


@pytest.mark.one_server(reason="the test creates roles on one node only")
@pytest.mark.parametrize("migrated_first", [True, False], ids=["a database in use", "a new database"])
def test_the_functions_change_to_the_new_user_and_back(
    environment: None, api: Api, monkeypatch: pytest.MonkeyPatch, settings_of: Connect, migrated_first: bool
) -> None:
    """The test runs the SQL of the page as the database's owner.

    The first rotation is from `slotledger_a` to `slotledger_b`, the second one is back.
    """
    operator = settings_of("operator")
    if migrated_first:
        operations.migrate(operator, confirmed_by=None)
    execute(operator, SET_UP)
    operations.migrate(settings_of("slotledger_a"), confirmed_by=None)
    tutor = add_tutor(engine_for(settings_of("slotledger_a")))
    edit(api, settings_of("slotledger_a"), monkeypatch, tutor, "09:00")
    if migrated_first:  # functions still use the operator's URL for some minutes
        edit(api, operator, monkeypatch, tutor, "09:00", "11:00")

    exchanged = str.maketrans("ab", "ba")
    users = [("slotledger_a", "slotledger_b"), ("slotledger_b", "slotledger_a")]
    for turn, (old, new) in enumerate(users):
        enable_new, count, disable_old = (
            re.sub("slotledger_([ab])", lambda match: f"slotledger_{match[1].translate(exchanged)}", line)
            if turn
            else line
            for line in (ENABLE_NEW_USER, COUNT_SESSIONS, DISABLE_OLD_USER)
        )
        assert (new in enable_new, old in count, old in disable_old) == (True, True, True)
        execute(operator, enable_new)
        edit(api, settings_of(new), monkeypatch, tutor, f"1{turn}:00")
        with engine_for(settings_of(old)).connect() as old_session, engine_for(operator).connect() as connection:
            old_session.execute(text("select 1"))
            assert connection.execute(text(count)).scalar_one() == 1
        pool_for(settings_of(old)).close()
        execute(operator, disable_old)
        with pytest.raises(Unavailable):
            transact(engine_for(settings_of(old)), lambda connection: connection.execute(text("select 1")))
        edit(api, settings_of(new), monkeypatch, tutor, f"1{turn}:00", "20:00")
        operations.migrate(settings_of(new), confirmed_by=None)
        execute(settings_of(new), "alter table tutors add column probe int; alter table tutors drop column probe")


def test_the_page_changes_the_owner_of_each_table(settings_of: Connect) -> None:
    tables = re.findall(r"alter (?:table|view) if exists (\w+) owner to slotledger_owner;", SET_UP)
    assert sorted(tables) == sorted([*OUR_TABLES, VIEW])
