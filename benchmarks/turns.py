"""Taking turns: how contenders are measured beside each other.

A machine is faster now and slower then. So the contenders of a race take turns, round after round, in an order that
rotates; each round has the median of each turn, and a ratio is taken within each round. What is shown is the median of
the rounds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from tqdm import tqdm


@dataclass(frozen=True)
class Pace:
    """How many rounds a race has, about how long a turn lasts, and how many requests it has at least."""

    rounds: int
    turn_seconds: float
    least_requests: int = 10


@dataclass(frozen=True)
class Contender:
    """A way of answering: `turn` carries out so many requests, drawn by a seed; it returns the milliseconds of each."""

    name: str
    turn: Callable[[int, int], list[float]]


@dataclass(frozen=True)
class Race:
    """What was measured: for each contender, a figure a round. Races of one title are columns of one table."""

    title: str
    column: str
    rounds: dict[str, list[float]]
    unit: str = "ms"

    def figure(self, name: str) -> float:
        """Return the contender's figure: the median of its rounds."""
        return median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """Return the one's figure by the other's: the median of the ratios within each round."""
        return median(one / other for one, other in zip(self.rounds[name], self.rounds[to], strict=True))


def race(title: str, column: str, contenders: list[Contender], pace: Pace) -> Race:
    """Have the contenders take turns, after a warm-up that tells how many requests make a turn of each."""
    rounds: dict[str, list[float]] = {each.name: [] for each in contenders}
    turns = len(contenders) * (pace.rounds + 1)
    with tqdm(total=turns, desc=f"{title}: {column}", leave=False, unit="turn", disable=None) as bar:
        counts = {}
        for each in contenders:
            counts[each.name] = _requests_of_a_turn(each, pace)
            bar.update()
        for number in range(pace.rounds):
            first = number % len(contenders)
            for each in contenders[first:] + contenders[:first]:
                rounds[each.name].append(median(each.turn(counts[each.name], number + 1)))
                bar.update()
    return Race(title, column, rounds)


def _requests_of_a_turn(contender: Contender, pace: Pace) -> int:
    count = pace.least_requests
    for _ in range(2):  # the second is what warms up
        count = max(pace.least_requests, round(1000 * pace.turn_seconds / median(contender.turn(count, 0))))
    return count
