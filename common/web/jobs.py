"""The body and the answer of `POST /audit_repair`."""

from dataclasses import dataclass

from common.web.fields import Schema


class RepairBody(Schema):
    """The body of `POST /audit_repair`: empty, or an empty object."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did.

    `drained`: messages delivered from the retry queue. `reconstructed`: missing versions whose entries were
    reconstructed. `remainingGaps`: versions that are still missing. `adrift`: days where another program had changed
    slots, which are in the log now.
    """

    drained: int
    reconstructed: int
    remaining_gaps: int
    adrift: int
