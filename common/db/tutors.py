"""The condition that a caller may act for a tutor."""

from uuid import UUID

from common.core.caller import Caller

# A condition on `tutors`. No row matches if the tutor doesn't exist or the caller may not act for the tutor.
TUTOR_OF_CALLER = "tutors.id = :tutor_id and (:is_admin or tutors.user_id = :user_id)"


def tutor_of_caller(tutor_id: UUID, caller: Caller) -> dict[str, object]:
    """Return the values for `TUTOR_OF_CALLER`."""
    return {"tutor_id": tutor_id, "user_id": caller.user_id, "is_admin": caller.is_admin}
