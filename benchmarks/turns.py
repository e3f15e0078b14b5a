"""How contenders are measured side by side.

The speed of a machine changes over time. So the contenders of a race take turns, round after round, in an order that
rotates. In each round, a contender's figure is the median of the requests of its turn. A ratio is computed within each
round. The results show the median of the rounds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from tqdm import tqdm


@dataclass(frozen=True)
class Pace:
    """The number of rounds of a race, the approximate length of a turn, and the least number of requests in a turn."""

    rounds: int
    turn_seconds: float
    min_requests: int = 10


@dataclass(frozen=True)
class Contender:
    """A program or a statement that takes part in a race.

    `measure` takes a number of requests and a seed to draw them by, and returns the milliseconds of each request.
    """

    name: str
    measure: Callable[[int, int], list[float]]


@dataclass(frozen=True)
class Race:
    """The result of a race: for each contender, a figure for each round. Races with the same title share a table."""

    title: str
    column: str
    rounds: dict[str, list[float]]
    unit: str = "ms"

    def figure(self, name: str) -> float:
        """Return the contender's figure: the median of its rounds."""
        return median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """Return the figure of `name` divided by the figure of `to`: the median of the ratios of the rounds."""
        return median(one / other for one, other in zip(self.rounds[name], self.rounds[to], strict=True))


def race(title: str, column: str, contenders: list[Contender], pace: Pace) -> Race:
    """Run a race. Before the first round, measure how many requests of each contender fit into a turn."""
    rounds: dict[str, list[float]] = {each.name: [] for each in contenders}
    turns = len(contenders) * (pace.rounds + 1)
    with tqdm(total=turns, desc=f"{title}: {column}", leave=False, unit="turn", disable=None) as bar:
        counts = {}
        for each in contenders:
            counts[each.name] = _count_requests_of_turn(each, pace)
            bar.update()
        for number in range(pace.rounds):
            first = number % len(contenders)
            for each in contenders[first:] + contenders[:first]:
                rounds[each.name].append(median(each.measure(counts[each.name], number + 1)))
                bar.update()
    return Race(title, column, rounds)


def _count_requests_of_turn(contender: Contender, pace: Pace) -> int:
    count = pace.min_requests
    for _ in range(2):  # the first measurement is slower, because the contender is not warm yet
        count = max(pace.min_requests, round(1000 * pace.turn_seconds / median(contender.measure(count, 0))))
    return count
