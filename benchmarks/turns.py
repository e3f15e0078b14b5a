"""How contenders are measured side by side.

The speed of a machine changes over time. So the contenders of a race take turns, round after round, in an order that
rotates. The result of a turn is the median time of its requests. A contender's figure is the median of its results in
all rounds. To compare two contenders, their results are divided in each round, and the median of these ratios is used.
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

    `measure` takes a number of requests, and a seed for choosing the requests at random. It returns the milliseconds of
    each request, and may send a few more requests than this number.
    """

    name: str
    measure: Callable[[int, int], list[float]]


@dataclass(frozen=True)
class Race:
    """The result of a race. Races with the same title share a table.

    `rounds` has a number for each round of each contender: in most races, the median time of its requests.
    """

    title: str
    column: str
    rounds: dict[str, list[float]]
    unit: str = "ms"

    def figure(self, name: str) -> float:
        """Return the figure of the contender `name`: the median of its rounds."""
        return median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """In each round, divide the number of `name` by the number of `to`. Return the median of these ratios."""
        return median(number / other for number, other in zip(self.rounds[name], self.rounds[to], strict=True))


def race(title: str, column: str, contenders: list[Contender], pace: Pace) -> Race:
    """Run a race. Before the first round, estimate how many requests of each contender fill a turn."""
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
