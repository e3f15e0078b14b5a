"""One of the two releases of together.py: it edits days, repairs their log and reads the history."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks import events
from benchmarks.consistency import Edit
from benchmarks.data import tutor_id
from benchmarks.processes import BenchmarkFailed, Worker

TUTORS, EDITS_PER_ROUND = 2, 25
REVERT_PROBABILITY = 0.1
# The reasons for these errors: a slot is booked, another editor locks the day for too long, the edit to revert has no
# entries or not all entries yet, or its slots overlap newer slots.
EXPECTED_ERRORS = {"slot_booked", "unavailable", "change_set_not_found", "change_set_incomplete", "overlapping_slots"}
DRAINED_FROM_OTHER = "drained, deferred by the other release"


@dataclass
class Release:
    """One of the two releases: its editors, the worker that repairs, and the number of each outcome."""

    name: str
    editors: list[Worker]
    repairer: Worker
    counts: Counter[str] = field(default_factory=Counter)

    def edit(self, worker: Worker, edits: list[Edit], dates: list[str], seed: int) -> None:
        """Send several edits. Each changes random days, or reverts one of `edits`. Add the saved edits to `edits`."""
        generator = random.Random(seed)
        for _ in range(EDITS_PER_ROUND):
            if edits and generator.random() < REVERT_PROBABILITY:
                reverted = generator.choice(edits)
                event = events.put(reverted.tutor, revert=reverted.change_set)
            else:
                days = generator.sample(dates, generator.randint(1, 3))
                day_edits = [{"date": day, "timeSlots": _random_slots(generator)} for day in days]
                event = events.put(tutor_id(generator.randint(1, TUTORS)), days=day_edits)
            _, (status, body) = worker.send("call", [["update_availability", event]])
            if status != 200 and body["code"] not in EXPECTED_ERRORS:
                raise BenchmarkFailed(f"{self.name}: {status} {body}")
            self.counts[body["audit"] if status == 200 else body["code"]] += 1
            if status == 200 and body["changeSetId"]:
                edits.append(Edit(self.name, body))

    def repair(self, messages: list[dict[str, Any]], edits: list[Edit]) -> int:
        """Run the repair while these messages are in the queue. Return the number of gaps that remain."""
        release_of = {edit.change_set: edit.release for edit in edits}
        self.counts[DRAINED_FROM_OTHER] += sum(release_of[message["id"]] != self.name for message in messages)
        _, (_, result) = self.repairer.send("call", [["audit_repair", events.scheduled()]])
        self.counts["drained"] += result["drained"]
        self.counts["reconstructed"] += result["reconstructed"]
        return int(result["remainingGaps"])

    def history(self, tutor: str) -> tuple[Any, bool]:
        """Return the tutor's newest entries, and whether the history is complete, from this release's function."""
        event = events.get(tutor, has_token=True, days=1, limit=1000)
        _, (_, body) = self.repairer.send("call", [["audit_history", event]])
        return body["entries"], body["complete"]


def _random_slots(generator: random.Random) -> list[dict[str, Any]]:
    starts = [hour for hour in range(8, 16) if generator.random() < 0.5]
    return [{"time": f"{hour:02}:00", "durationMinutes": generator.choice((30, 60))} for hour in starts]
