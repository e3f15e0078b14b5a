"""Tutors and their settings: what a request changes, and the events that record it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple
from uuid import UUID

from common.errors import ExternalIdTaken, FieldError, InvalidRequest, UserTaken

MAX_NAME_BYTES = 255
MAX_NOTICE_MINUTES = 525_600
MAX_TAGS = 20
MAX_TAG_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Tutor:
    """A tutor with all settings: what the tutor and admins see."""

    tutor_id: UUID
    external_id: str | None
    user_id: str
    name: str
    time_zone: str
    active: bool
    booking_notice_minutes: int
    cancellation_notice_minutes: int
    tags: tuple[str, ...]


SETTINGS = tuple(field.name for field in fields(Tutor) if field.name != "tutor_id")
DEFAULTS = {"active": True, "booking_notice_minutes": 0, "cancellation_notice_minutes": 0, "tags": ()}


@dataclass(frozen=True, slots=True)
class TutorEdit:
    """The requested settings of a tutor, by the names of `Tutor`'s fields. Settings that are left out don't change.

    `tutor_id` and `external_id` are None if the request leaves them out. `field_prefix` is what comes before the name
    of a field in an error: `""`, or `"tutors[3]."`.
    """

    tutor_id: UUID | None
    external_id: str | None
    settings: Mapping[str, Any]
    field_prefix: str = ""

    @property
    def key(self) -> tuple[str, object]:
        """The field by which the tutor is looked up, and its value."""
        if self.tutor_id is not None:
            return "tutor_id", self.tutor_id
        if self.external_id is not None:
            return "external_id", self.external_id
        return "user_id", self.settings["user_id"]


class SavedTutor(NamedTuple):
    """A tutor before an edit (None if the edit creates the tutor), and after it."""

    before: Tutor | None
    after: Tutor


def plan_tutors(edits: Sequence[TutorEdit], tutors: Iterable[Tutor], new_id: Callable[[], UUID]) -> list[SavedTutor]:
    """Return the tutors before and after the edits, in the order of the edits.

    `tutors` are the current tutors that have an id, an external id or a user of the edits. Raise `InvalidRequest` if
    two edits are about the same tutor. Raise `UserTaken` or `ExternalIdTaken` if, after all edits, two tutors would
    have the same user or external id.
    """
    current = list(tutors)
    saved: list[SavedTutor] = []
    prefixes: dict[UUID, str] = {}
    keys: dict[tuple[str, object], str] = {}
    for edit in edits:
        name, value = edit.key
        before = next((tutor for tutor in current if getattr(tutor, name) == value), None)
        after = _apply(edit, before, new_id)
        earlier = keys.setdefault(edit.key, edit.field_prefix)
        if earlier == edit.field_prefix:
            earlier = prefixes.setdefault(after.tutor_id, edit.field_prefix)
        if earlier != edit.field_prefix:
            message = f"this tutor is already in {earlier.rstrip('.')}: send each tutor once"
            raise InvalidRequest(FieldError(f"{edit.field_prefix}{_api_name(name)}", message))
        saved.append(SavedTutor(before, after))
    others = [tutor for tutor in current if tutor.tutor_id not in prefixes]
    _check_unique("user_id", UserTaken, edits, saved, others)
    _check_unique("external_id", ExternalIdTaken, edits, saved, others)
    return saved


def _apply(edit: TutorEdit, before: Tutor | None, new_id: Callable[[], UUID]) -> Tutor:
    if before is None:
        return Tutor(edit.tutor_id or new_id(), edit.external_id, **{**DEFAULTS, **edit.settings})
    return replace(before, external_id=edit.external_id or before.external_id, **edit.settings)


def _check_unique(
    name: str,
    error: type[UserTaken] | type[ExternalIdTaken],
    edits: Sequence[TutorEdit],
    saved: Sequence[SavedTutor],
    others: Iterable[Tutor],
) -> None:
    taken = {getattr(tutor, name) for tutor in others}
    for edit, (_, after) in zip(edits, saved, strict=True):
        value = getattr(after, name)
        if value is not None and value in taken:
            raise error(FieldError(f"{edit.field_prefix}{_api_name(name)}", f"another tutor has this {WORDS[name]}"))
        taken.add(value)


WORDS = {"user_id": "user", "external_id": "external id"}


def setting_changes(before: Tutor | None, after: Tutor) -> Iterator[dict[str, Any]]:
    """Yield each setting that changed, by its name in the API. Creating a tutor changes no setting."""
    if before is None:
        return
    for name in SETTINGS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield {"tutor_id": after.tutor_id, "field": _api_name(name), "before": old, "after": new}


def _api_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
