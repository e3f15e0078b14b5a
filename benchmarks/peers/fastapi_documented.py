"""The read as in the documentation of FastAPI and asyncpg.

A lifespan creates the pool (FastAPI, "Lifespan Events"; asyncpg, "Connection Pools"). Query parameters and response are
pydantic models with camelCase aliases ("Query Parameter Models", "Response Model"). The statement returns a row for
each slot, and zoneinfo computes the instants.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

SLOTS = """
select date, coalesce(days.version, 0) as version, slots.start_time, slots.duration_minutes,
  bookings.id is not null as is_booked
from (
  select date, start_time, duration_minutes from tutor_time_slots where tutor_id = $1 and date between $2 and $3
) as slots
full join (
  select date, version from tutor_days where tutor_id = $1 and date between $2 and $3 and version > 0
) as days using (date)
left join (
  select id, date, start_time from active_bookings where tutor_id = $1 and date between $2 and $3
) as bookings using (date, start_time)
order by date, start_time
"""


class CamelModel(BaseModel):
    """A model with snake_case names in Python and camelCase names in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class AvailabilityQuery(CamelModel):
    """The query: a tutor and a range of dates, both ends inclusive."""

    tutor_id: UUID
    start_date: date
    end_date: date

    @model_validator(mode="after")
    def check_range(self) -> "AvailabilityQuery":
        """Raise an error if the range is reversed or longer than a year."""
        if not timedelta(0) <= self.end_date - self.start_date < timedelta(days=366):
            raise ValueError("expected 1 to 366 days")
        return self


class TimeSlot(CamelModel):
    """A slot with its local start and its exact instants."""

    time: str
    duration_minutes: int
    starts_at: str
    ends_at: str
    status: Literal["AVAILABLE", "BOOKED"]


class Day(CamelModel):
    """A date with its slots."""

    date: date
    version: int
    time_slots: list[TimeSlot]


class Availability(CamelModel):
    """The answer."""

    tutor_id: UUID
    time_zone: str
    start_date: date
    end_date: date
    days: list[Day]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the pool open while the application runs."""
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/get_availability", response_model=Availability)
async def get_availability(request: Request, query: Annotated[AvailabilityQuery, Query()]) -> Availability:
    """Return the dates of the range that have a slot or a version."""
    async with request.app.state.pool.acquire() as connection:
        time_zone = await connection.fetchval("select time_zone from tutors where id = $1", query.tutor_id)
        if time_zone is None:
            raise HTTPException(404, "there is no tutor with this id")
        rows = await connection.fetch(SLOTS, query.tutor_id, query.start_date, query.end_date)
    zone = ZoneInfo(time_zone)
    return Availability(
        tutor_id=query.tutor_id,
        time_zone=time_zone,
        start_date=query.start_date,
        end_date=query.end_date,
        days=[day(on, list(of_day), zone) for on, of_day in groupby(rows, itemgetter("date"))],
    )


def day(on: date, rows: list[asyncpg.Record], zone: ZoneInfo) -> Day:
    """Return a day. `rows` has a row for each slot, or one row without a slot if the day has none."""
    slots = [time_slot(row, zone) for row in rows if row["start_time"] is not None]
    return Day(date=on, version=rows[0]["version"], time_slots=slots)


def time_slot(row: asyncpg.Record, zone: ZoneInfo) -> TimeSlot:
    """Return a slot. The duration is elapsed time, also if the clock changes."""
    starts_at = datetime.combine(row["date"], row["start_time"], zone)
    ends_at = (starts_at.astimezone(UTC) + timedelta(minutes=row["duration_minutes"])).astimezone(zone)
    return TimeSlot(
        time=row["start_time"].strftime("%H:%M"),
        duration_minutes=row["duration_minutes"],
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        status="BOOKED" if row["is_booked"] else "AVAILABLE",
    )
