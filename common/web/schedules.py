"""The query, the body and the answers of `/weekly_schedule`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from common.core.audit import MAX_VERSION
from common.core.caller import Caller
from common.core.diffing import Audit
from common.core.publication import Kept, Published
from common.core.schedule import (
    MAX_BREAKS,
    MAX_EVERY_WEEKS,
    MAX_SLOTS_PER_WEEK,
    MAX_WEEKS_AHEAD,
    ScheduleEdit,
    StoredSchedule,
    Weekday,
    check_schedule,
    parse_schedule,
    schedule_fields,
)
from common.web.availability import DayAnswer
from common.web.fields import WHOLE_NUMBER, DateToEdit, Id, LocalTime, Notes, Schema, TimeZone
from common.web.update import MAX_DAYS_OF_UPDATE, Duration
from common.web.update_answer import Changes, SlotChange, update_answer


class ScheduleQuery(Schema):
    """The query of `GET /weekly_schedule`."""

    tutor_id: Id


class WeeklySlotBody(Schema):
    """A slot of every published week."""

    weekday: Weekday
    time: LocalTime
    duration_minutes: Duration


class BreakBody(Schema):
    """Dates on which nothing is published, such as holidays. Both dates are included."""

    first: DateToEdit = Field(alias="from")
    last: DateToEdit = Field(alias="to")
    note: Notes | None = None


class ScheduleBody(Schema):
    """What a tutor offers every week, or every second, third or fourth week.

    A slot at a local time that the clock jumps over is left out on that date.
    """

    valid_from: DateToEdit = Field(
        description="The first date. With `everyWeeks`, weeks are counted from the week of this date."
    )
    every_weeks: Annotated[StrictInt, Field(ge=1, le=MAX_EVERY_WEEKS), WHOLE_NUMBER]
    weeks_ahead: Annotated[StrictInt, Field(ge=1, le=MAX_WEEKS_AHEAD), WHOLE_NUMBER] = Field(
        description="Slots are published through the Sunday of the week that is this many weeks after the current one."
    )
    time_zone: TimeZone | None = Field(
        None, description="Default: the time zone that the tutor has when a date is published."
    )
    slots: Annotated[list[WeeklySlotBody], Field(max_length=MAX_SLOTS_PER_WEEK)]
    breaks: Annotated[list[BreakBody], Field(max_length=MAX_BREAKS)] = Field([])

    def fields(self) -> dict[str, Any]:
        """Return the schedule as the values that `parse_schedule` reads."""
        return {
            **self.model_dump(mode="json", by_alias=True, exclude={"slots"}),
            "slots": [{**slot.model_dump(by_alias=True), "time": f"{slot.time:%H:%M}"} for slot in self.slots],
        }


class SaveSchedule(Schema):
    """A schedule to save and to publish at once; null withdraws the current one."""

    tutor_id: Id
    schedule: ScheduleBody | None
    version: Annotated[StrictInt, Field(ge=0, le=MAX_VERSION), WHOLE_NUMBER] | None = Field(
        None, description="The version that the edit is based on; 0 if there was never a schedule."
    )
    overwrite: StrictBool = Field(False, description="Also publish days that were edited by hand.")
    dry_run: StrictBool = Field(False, description="Return what would change, and what would be kept; save nothing.")

    def edit(self) -> ScheduleEdit:
        """Return the schedule as requested, after checking it."""
        fields = self.schedule.fields() if self.schedule is not None else None
        if fields is not None:
            check_schedule(fields)
        return ScheduleEdit(parse_schedule(fields), self.version, self.overwrite)


@dataclass(frozen=True, slots=True)
class ScheduleAnswer:
    """A tutor's schedule. `version` is 0 if the tutor never had one; each change raises it by one.

    `publishedThrough` is the last date for which the schedule is published.
    """

    tutor_id: UUID
    schedule: ScheduleBody | None
    published_through: date | None
    version: int


@dataclass(frozen=True, slots=True)
class PublishedSchedule(ScheduleAnswer):
    """The schedule as saved, and what publishing it changed.

    `days` are the changed days, as they are now. `kept` says, by date, what stays or is left out. `edited`: the day was
    edited by hand; `times` are those at which it differs from the schedule. `booked`: slots that aren't in the schedule
    any more, but are booked. `overlap`: slots of the schedule that would overlap a slot that stays. `clock`: slots of
    the schedule at a local time that doesn't exist on that date.

    `days`, `diff` and `kept` have 92 dates at most. With more, `truncated` is true; `changes` counts all of them. After
    a dry run, `schedule` and `publishedThrough` are what they would be; `days` and `version` are the current ones.
    """

    days: list[DayAnswer]
    changes: Changes
    diff: list[SlotChange]
    kept: Sequence[Kept]
    truncated: bool
    change_set_id: UUID | None
    audit: Audit


def schedule_answer(tutor_id: UUID, stored: StoredSchedule) -> dict[str, Any]:
    """Return the fields of a `ScheduleAnswer`."""
    return {
        "tutorId": tutor_id,
        "schedule": schedule_fields(stored.schedule),
        "publishedThrough": stored.published_through,
        "version": stored.version,
    }


def published_answer(published: Published, caller: Caller) -> dict[str, Any]:
    """Return the fields of a `PublishedSchedule`."""
    outcome = published.outcome
    changed = [change.date for change in outcome.changes]
    shown = set(changed[:MAX_DAYS_OF_UPDATE])
    kept_dates = sorted({kept.date for kept in published.kept})
    shown_kept = set(kept_dates[:MAX_DAYS_OF_UPDATE])
    days = tuple(day for day in outcome.days if day.date in shown)
    answer = update_answer(
        replace(outcome, days=days, changes=outcome.changes[:MAX_DAYS_OF_UPDATE]), caller, cancels=False
    )
    return {
        **schedule_answer(outcome.tutor_id, published.stored),
        "days": answer.days,
        "changes": Changes(
            sum(len(change.diff.added) for change in outcome.changes),
            sum(len(change.diff.removed) for change in outcome.changes),
        ),
        "diff": answer.diff,
        "kept": [kept for kept in published.kept if kept.date in shown_kept],
        "truncated": len(shown) < len(changed) or len(shown_kept) < len(kept_dates),
        "changeSetId": outcome.change_set_id,
        "audit": outcome.audit,
    }
