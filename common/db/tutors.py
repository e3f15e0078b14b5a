"""Tutors: which of them a caller may ask about."""

from uuid import UUID

from common.core.caller import Caller

# Of `tutors`: no row when there is no such tutor, or none that the caller may act for.
TUTOR_OF_CALLER = "tutors.id = :tutor_id and (:is_admin or tutors.user_id = :user_id)"


def tutor_of_caller(tutor_id: UUID, caller: Caller) -> dict[str, object]:
    """Return the values of `TUTOR_OF_CALLER`."""
    return {"tutor_id": tutor_id, "user_id": caller.user_id, "is_admin": caller.is_admin}
