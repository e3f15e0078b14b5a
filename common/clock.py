"""The clock that a call reads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of this instance. The demo and tests simulate an instant, in place of the database's clock, too."""

    simulated: Callable[[], datetime] | None = None

    def __call__(self) -> datetime:
        """Return the current instant."""
        return datetime.now(UTC) if self.simulated is None else self.simulated()

    def of_change(self, database_now: datetime) -> datetime:
        """Return the instant of a change, which is the database's: the clocks of instances differ."""
        return database_now if self.simulated is None else self.simulated()
