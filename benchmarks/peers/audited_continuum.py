"""Audited updates with SQLAlchemy-Continuum: https://sqlalchemy-continuum.readthedocs.io (Introduction, Transactions).

The peer has versioned models, a session for each request, and a plugin that sets the user of a transaction, as
FlaskPlugin does. The tuned form uses "Native versioning": triggers in the database write the versions, which is "much
faster". (To update rows, native versioning would also need the extension hstore. The peer updates no rows.)
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
    """Sets the user of a transaction to the user of the request."""

    def transaction_args(self, uow: Any, session: Session) -> dict[str, Any]:
        """Return values for columns of the transaction."""
        return {"user_id": session.info["user_id"]}


make_versioned(user_cls="User", plugins=[RequestUser()], options={"native_versioning": TUNED})


class Base(DeclarativeBase):
    """The base class of the models."""


class User(Base):
    """The user who changes slots: a tutor."""

    __tablename__ = "tutor"
    id: Mapped[UUID] = mapped_column(primary_key=True)


class TimeSlot(Base):
    """A versioned slot."""

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
    """Create the tables. The library's listeners add the version table and the triggers."""
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("insert into tutor select id from public.tutors"))


def replace_day(tutor_id: UUID, day: dt.date, slots: Slots) -> None:
    """Answer a request: replace the slots of a day."""
    with Session(engine, info={"user_id": tutor_id}) as session:
        query = select(TimeSlot).where(TimeSlot.tutor_id == tutor_id, TimeSlot.date == day)
        offered = {(slot.start_time, slot.duration_minutes): slot for slot in session.scalars(query)}
        for key in offered.keys() - slots:
            session.delete(offered[key])
        for start, minutes in slots - offered.keys():
            session.add(TimeSlot(tutor_id=tutor_id, date=day, start_time=start, duration_minutes=minutes))
        session.commit()


def starts_of_day(tutor_id: UUID, day: dt.date) -> list[dt.time]:
    """Return the start times of a day's slots, in order."""
    query = select(TimeSlot.start_time).where(TimeSlot.tutor_id == tutor_id, TimeSlot.date == day)
    with Session(engine) as session:
        return list(session.scalars(query.order_by(TimeSlot.start_time)))


def count_entries() -> int:
    """Return the number of audit entries."""
    with Session(engine) as session:
        return session.scalars(select(func.count()).select_from(TimeSlotVersion)).one()


if __name__ == "__main__":
    serve(lambda: prepare(SCHEMA, TimeSlot.__tablename__, create_tables), replace_day, starts_of_day, count_entries)
