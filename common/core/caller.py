"""The authenticated user of a request, and what they may do."""

from dataclasses import dataclass

from common.errors import Forbidden, SlotledgerError, TutorNotFound


@dataclass(frozen=True, slots=True)
class Caller:
    """A user with a valid token; `user_id` is the token's `sub`, and `name` the user's name if the token has it."""

    user_id: str
    is_admin: bool
    name: str | None = None

    def may_act_for(self, tutor_user_id: str) -> bool:
        """Whether the caller is an admin, or the tutor with this user id."""
        return self.is_admin or tutor_user_id == self.user_id

    def require(self, tutor_user_id: str) -> None:
        """Raise `Forbidden` unless the caller may act for the tutor with this user id."""
        if not self.may_act_for(tutor_user_id):
            raise Forbidden("only the tutor or an admin may do this")

    def require_admin(self) -> None:
        """Raise `Forbidden` unless the caller is an admin."""
        if not self.is_admin:
            raise Forbidden("only an admin may do this")

    def not_found(self) -> SlotledgerError:
        """Return the error for a tutor who doesn't exist, or for whom the caller may not act.

        An admin may act for every tutor, so the tutor doesn't exist: `TutorNotFound`. Others get `Forbidden` in both
        cases, so that they can't find out which tutors exist.
        """
        if self.is_admin:
            return TutorNotFound("there is no tutor with this id")
        return Forbidden("only the tutor or an admin may do this")
