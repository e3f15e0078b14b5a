"""The demo data is varied and consistent, so that every endpoint has something to show."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete, func, select

from common.config import Settings
from common.core.caller import Caller
from common.db.change_stats import read_change_stats
from common.db.pool import pool_for
from local import demo
from migrations.log_tables import tutor_availability_log, tutor_weekly_stats
from migrations.tables import bookings, tutor_days, tutor_time_slots, tutors
from tests.builders import Tutor, replayed, stored_slots


@pytest.fixture
def loaded(engine: Engine, settings: Settings) -> Engine:
    """The engine of a database with the demo."""
    demo.load(settings)
    return engine


def test_the_demo_is_varied_and_its_log_matches_its_slots(loaded: Engine) -> None:
    with loaded.connect() as connection:
        zones = connection.execute(select(tutors.c.time_zone)).scalars().all()
        statuses = set(connection.execute(select(bookings.c.status)).scalars())
        reasons = set(connection.execute(select(tutor_availability_log.c.reason)).scalars())
        noted = connection.execute(select(func.count(tutor_availability_log.c.notes))).scalar_one()
        oldest, newest = connection.execute(
            select(func.min(tutor_availability_log.c.changed_at), func.max(tutor_availability_log.c.changed_at))
        ).one()
        holds = set(
            connection.execute(
                select(bookings.c.hold_expires_at > func.now()).where(bookings.c.status == "AWAITING_PAYMENT")
            ).scalars()
        )
        edits = connection.execute(select(func.sum(tutor_days.c.version))).scalar_one()
        logged = connection.execute(
            select(
                func.count(
                    func.distinct(func.row(*[tutor_availability_log.c[c] for c in ("tutor_id", "date", "version")]))
                )
            )
        ).scalar_one()
    now = datetime.now(UTC)
    assert (len(zones), len(set(zones))) == (12, 5)
    assert statuses == {"AWAITING_PAYMENT", "CONFIRMED", "COMPLETED", "CANCELLED", "EXPIRED"}
    assert holds == {True}
    assert {"copy_week", "vacation", "illness", "conflict", "tutor_edit", "admin_action", "revert"} <= reasons
    assert noted > 100
    assert timedelta(days=60) < newest - oldest < timedelta(days=71)
    assert newest <= now
    assert edits == logged  # each version has entries
    for each in demo.DEMO_TUTORS:
        tutor = Tutor(each.id, each.user_id, "")
        assert replayed(loaded, tutor) == stored_slots(loaded, tutor)
        days = [day for day, *_ in stored_slots(loaded, tutor)]
        today = now.astimezone(ZoneInfo(each.time_zone)).date()
        assert days[0] < today - timedelta(weeks=8)
        assert days[-1] > today + timedelta(weeks=4)
        assert timedelta(weeks=13) < days[-1] - days[0] < timedelta(weeks=15)


def test_the_demo_has_popular_hours_and_hours_that_nobody_books(loaded: Engine, settings: Settings) -> None:
    now, kinds = datetime.now(UTC), set[str]()
    for each in demo.DEMO_TUTORS:
        stats = read_change_stats(pool_for(settings), each.id, Caller(each.user_id, is_admin=False), days=90, until=now)
        assert stats is not None
        kinds |= {suggestion.kind for suggestion in stats.demand.suggestions}
    with loaded.connect() as connection:
        booked = connection.execute(select(func.sum(tutor_weekly_stats.c.booked))).scalar_one()
    assert (kinds, booked > 100) == ({"offer_more", "nobody_books"}, True)


def test_loading_again_changes_nothing_unless_a_load_was_interrupted(loaded: Engine, settings: Settings) -> None:
    """The bookings of the last tutor are loaded last. Without them, the demo is loaded again."""

    def counts() -> list[int]:
        with loaded.connect() as connection:
            tables = (tutors, tutor_time_slots, bookings, tutor_availability_log)
            return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]

    before = counts()
    demo.load(settings)
    assert counts() == before
    with loaded.begin() as connection:
        connection.execute(delete(bookings).where(bookings.c.tutor_id == demo.DEMO_TUTORS[-1].id))
        connection.execute(
            delete(tutor_availability_log).where(tutor_availability_log.c.tutor_id == demo.DEMO_TUTORS[3].id)
        )
    demo.load(settings)
    assert counts() == before


def test_loading_the_demo_prints_no_log_lines(
    engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo's edits are made with a clock in the past. The ledger warns about this; the demo hides the warnings."""
    demo.load(settings)
    assert capsys.readouterr().out == ""
