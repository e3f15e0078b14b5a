"""Who is calling, and what they may do."""

from dataclasses import dataclass
from uuid import UUID

from common.errors import Forbidden, SlotledgerError, TutorNotFound


@dataclass(frozen=True, slots=True)
class Caller:
    """A user whose token holds; `user_id` is the token's `sub`."""

    user_id: UUID
    is_admin: bool

    def may_act_for(self, tutor_user_id: UUID) -> bool:
        """Whether the caller is the tutor with that user, or an admin."""
        return self.is_admin or tutor_user_id == self.user_id

    def require(self, tutor_user_id: UUID) -> None:
        """Refuse unless the caller may act for the tutor with that user."""
        if not self.may_act_for(tutor_user_id):
            raise Forbidden("only the tutor or an admin may do this")

    def require_admin(self) -> None:
        """Refuse unless the caller is an admin."""
        if not self.is_admin:
            raise Forbidden("only an admin may do this")

    def not_found(self) -> SlotledgerError:
        """Return what the caller is told of a tutor that isn't there, or isn't theirs: only admins hear which."""
        if self.is_admin:
            return TutorNotFound("there is no tutor with this id")
        return Forbidden("only the tutor or an admin may do this")
