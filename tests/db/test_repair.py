"""Repair of single days: which versions `repair_day` handles, and which late entries `deliver` rejects."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from common.core.audit import ChangeSet
from common.core.diffing import DayChange, SlotDiff
from common.core.time_slots import TimeSlot
from common.db.audit_log import write
from common.db.engine import transact
from common.db.repair import EntriesRejected, check_log_is_writable, deliver, repair_day
from common.db.unhandled_days import UnhandledDay, count_missing_versions, mark_handled, next_unhandled_days
from common.errors import Unavailable
from tests.builders import Tutor, add_tutor, log_rows, monday

DAY = monday()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NINE = TimeSlot(datetime(2026, 1, 1, 9).time(), 60)


def add_day(engine: Engine, version: int, repaired_version: int = 0, *versions: int) -> Tutor:
    """Add a tutor with one day that was last edited at `NOW`, and entries of these versions."""
    tutor = add_tutor(engine)
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, :day, :version, :repaired, :now, null)")
        values = {"tutor": tutor.id, "day": DAY, "version": version, "repaired": repaired_version, "now": NOW}
        connection.execute(add, values)
        for number in versions:
            write(connection, change_set(tutor, number))
    return tutor


def change_set(tutor: Tutor, version: int) -> ChangeSet:
    diff = SlotDiff(added=(NINE,)) if version % 2 else SlotDiff(removed=(NINE,))
    return ChangeSet(uuid4(), tutor.id, NOW, None, "other", None, (DayChange(DAY, version, diff),), source="deferred")


def later(minutes: int = 5) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_only_versions_after_the_repaired_version_count_as_missing(engine: Engine) -> None:
    """If a day was restored from a backup, entries may have later versions than the day. Such entries don't count."""
    tutor = add_day(engine, 5, 2, 1, 4, 6, 7)
    days = transact(engine, lambda c: next_unhandled_days(c, later(), None, 10))
    assert days == [UnhandledDay(tutor.id, DAY, 5, 2)]
    assert transact(engine, lambda c: count_missing_versions(c, later())) == 2
    assert transact(engine, lambda c: count_missing_versions(c, NOW)) == 0


def test_the_repaired_version_never_decreases(engine: Engine) -> None:
    tutor = add_day(engine, 3, 2, 1, 2, 3)
    transact(engine, lambda c: mark_handled(c, tutor.id, [UnhandledDay(tutor.id, DAY, 1, 0)]))
    assert repaired_version(engine, tutor) == 2
    transact(engine, lambda c: mark_handled(c, tutor.id, [UnhandledDay(tutor.id, DAY, 3, 0)]))
    assert repaired_version(engine, tutor) == 3


def repaired_version(engine: Engine, tutor: Tutor) -> int:
    query = text("select repaired_version from tutor_days where tutor_id = :tutor")
    with engine.connect() as connection:
        return int(connection.execute(query, {"tutor": tutor.id}).scalar_one())


def test_a_day_edited_too_late_for_a_run_is_repaired_by_the_next_run(engine: Engine) -> None:
    tutor = add_day(engine, 1)
    assert transact(engine, lambda c: repair_day(c, tutor.id, DAY, NOW)) == 0
    assert (log_rows(engine, tutor), repaired_version(engine, tutor)) == ([], 0)
    assert transact(engine, lambda c: repair_day(c, tutor.id, DAY, later())) == 1
    assert transact(engine, lambda c: repair_day(c, tutor.id, DAY, later())) == 0


def test_versions_that_were_handled_before_are_not_counted_again(engine: Engine) -> None:
    tutor = add_day(engine, 4, 2, 3)
    assert transact(engine, lambda c: repair_day(c, tutor.id, DAY, later())) == 1
    assert repaired_version(engine, tutor) == 4


def test_delivery_to_a_locked_day_is_an_outage_and_not_a_rejection(engine: Engine) -> None:
    """Nothing is wrong with the entries, so `deliver` doesn't raise `EntriesRejected`."""
    tutor = add_day(engine, 1)
    with engine.begin() as connection:
        lock = text("select 1 from tutor_days where tutor_id = :tutor_id for update")
        connection.execute(lock, {"tutor_id": tutor.id})
        with pytest.raises(Unavailable):
            transact(engine, lambda c: deliver(c, change_set(tutor, 1)))
        assert transact(engine, lambda c: repair_day(c, tutor.id, DAY, later())) == 0


def test_late_entries_that_do_not_fit_the_day_are_rejected(engine: Engine) -> None:
    tutor = add_day(engine, 2, 0, 1)
    for version, why in ((3, "the day has no such version"), (1, "another change set made this version")):
        with pytest.raises(EntriesRejected, match=why):
            transact(engine, lambda c, version=version: deliver(c, change_set(tutor, version)))  # type: ignore[misc]


def test_checking_that_the_log_is_writable_writes_no_entry(engine: Engine) -> None:
    transact(engine, lambda c: check_log_is_writable(c, NOW))
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from tutor_availability_log")).scalar_one() == 0
        connection.execute(text("alter table tutor_availability_log add check (false) not valid"))
    with pytest.raises(EntriesRejected, match="23514"):
        transact(engine, lambda c: check_log_is_writable(c, NOW))
