"""Audited write with SQLAlchemy-Continuum: https://sqlalchemy-continuum.readthedocs.io (Introduction, Transactions).

Versioned models, a session a request, the user of a transaction by a plugin, as FlaskPlugin does it. `tuned` is
"Native versioning": the same versions by triggers in the database, "much faster" (an update would need hstore too).
"""

import datetime as dt
from typing import Any
from uuid import UUID

from audited_worker import TUNED, URL, Slots, prepare, schema_of, serve
from sqlalchemy import ForeignKey, SmallInteger, create_engine, func, make_url, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, configure_mappers, mapped_column
from sqlalchemy_continuum import make_versioned, version_class
from sqlalchemy_continuum.plugins import Plugin

SCHEMA = schema_of("continuum")


class RequestUser(Plugin):
    """Says who changed something: the user of the request."""

    def transaction_args(self, uow: Any, session: Session) -> dict[str, Any]:
        """Return the columns of the transaction that are ours to fill."""
        return {"user_id": session.info["user_id"]}


make_versioned(user_cls="User", plugins=[RequestUser()], options={"native_versioning": TUNED})


class Base(DeclarativeBase):
    """What the models are declared on."""


class User(Base):
    """Whoever changes something: a tutor."""

    __tablename__ = "tutor"
    id: Mapped[UUID] = mapped_column(primary_key=True)


class TimeSlot(Base):
    """A slot, versioned."""

    __versioned__: dict[str, Any] = {}  # noqa: RUF012 - as documented
    __tablename__ = "time_slot"
    tutor_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)
    start_time: Mapped[dt.time] = mapped_column(primary_key=True)
    duration_minutes: Mapped[int] = mapped_column(SmallInteger)


configure_mappers()
TimeSlotVersion = version_class(TimeSlot)
engine = create_engine(
    make_url(URL).set(drivername="postgresql+psycopg"), connect_args={"options": f"-c search_path={SCHEMA}"}
)


def create_tables() -> None:
    """Create the tables, the version table and the triggers by the library's listeners."""
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("insert into tutor select id from public.tutors"))


def replace_day(tutor_id: UUID, day: dt.date, wanted: Slots) -> None:
    """Carry out one request."""
    with Session(engine, info={"user_id": tutor_id}) as session:
        query = select(TimeSlot).where(TimeSlot.tutor_id == tutor_id, TimeSlot.date == day)
        offered = {(slot.start_time, slot.duration_minutes): slot for slot in session.scalars(query)}
        for key in offered.keys() - wanted:
            session.delete(offered[key])
        for start, minutes in wanted - offered.keys():
            session.add(TimeSlot(tutor_id=tutor_id, date=day, start_time=start, duration_minutes=minutes))
        session.commit()


def starts_of_day(tutor_id: UUID, day: dt.date) -> list[dt.time]:
    """Return what the day offers, in order."""
    query = select(TimeSlot.start_time).where(TimeSlot.tutor_id == tutor_id, TimeSlot.date == day)
    with Session(engine) as session:
        return list(session.scalars(query.order_by(TimeSlot.start_time)))


def count_entries() -> int:
    """Return how many entries the audit has."""
    with Session(engine) as session:
        return session.scalars(select(func.count()).select_from(TimeSlotVersion)).one()


if __name__ == "__main__":
    serve(lambda: prepare(SCHEMA, TimeSlot.__tablename__, create_tables), replace_day, starts_of_day, count_entries)
