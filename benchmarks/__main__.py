"""`python -m benchmarks [--quick] [--against COMMIT]`: what `make bench` runs.

A full run writes the results beside this file; against another commit, the ratios are printed.
"""

import argparse
import os
import platform
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks import machine, plot, races, report
from benchmarks.against import compare_with
from benchmarks.citus import on_citus
from benchmarks.cold.start import cold_start
from benchmarks.data import TUTORS
from benchmarks.database import Database, seeded
from benchmarks.machine import Missing
from benchmarks.plans import plans
from benchmarks.races import Bench
from benchmarks.server import say, with_server
from benchmarks.turns import Pace, Race
from local.citus_build import find_citus

HERE = Path(__file__).parent
# What writes comes last, so that the others meet the data as it was seeded.
STEPS = (
    plans,
    races.read_in_process,
    races.read_over_http,
    races.the_log,
    races.calculation,
    cold_start,
    races.growth,
    races.update,
    races.through_a_network,
    races.busy_tutor,
    on_citus,
)
FULL, QUICK = Pace(rounds=7, turn_seconds=0.4), Pace(rounds=3, turn_seconds=0.15)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the data, and fewer rounds; nothing is written"
    )
    parser.add_argument("--against", metavar="COMMIT", help="compare this checkout with that commit")
    arguments = parser.parse_args()
    machine.use_one_processor()
    if arguments.against:
        print(with_server(partial(compare_with, arguments.against, quick=arguments.quick)))
    else:
        _measure(quick=arguments.quick)


def _measure(*, quick: bool) -> None:
    missing = machine.missing()
    for name, reason in missing.reasons.items():
        say(f"left out: {name}, because {reason}")
    began = monotonic()
    found, about = with_server(partial(_measured, quick=quick, missing=missing))
    text = report.results(found, [*about, f"It took {(monotonic() - began) / 60:.1f} minutes."], missing.reasons)
    print(text)
    if not quick:
        (HERE / "results.md").write_text(text)
        (HERE / "results.svg").write_text(plot.drawn(found))
        say(f"written: {HERE / 'results.md'}, {HERE / 'results.svg'}")


def _measured(url: str, folder: Path, *, quick: bool, missing: Missing) -> tuple[list[Race], list[str]]:
    sizes = (TUTORS // 100, TUTORS // 10) if quick else (TUTORS // 100, TUTORS // 10, TUTORS)
    found: list[Race] = []
    citus = None if missing.has(machine.CITUS) else find_citus(os.environ)
    with ExitStack() as stack:
        databases = [_seeded(stack, url, size, folder) for size in sizes]
        databases[-1].run("psql", "-q", "-c", "checkpoint")
        bench = Bench(QUICK if quick else FULL, databases, missing, folder, citus)
        for number, step in enumerate(STEPS, 1):
            say(f"[{number}/{len(STEPS)}] {step.__name__.replace('_', ' ')}")
            found += list(step(bench))
        return found, _about(databases, quick)


def _seeded(stack: ExitStack, url: str, tutors: int, folder: Path) -> Database:
    def told(step: str) -> None:
        say(f"{tutors:,} tutors: {step}")

    return stack.enter_context(seeded(url, tutors, folder, told))


def _about(databases: list[Database], quick: bool) -> list[str]:
    (counts,) = databases[-1].rows(
        """
        select count(*) as slots, (select count(*) from bookings) as bookings,
          (select count(*) from tutor_availability_log) as entries, current_setting('server_version') as version
        from tutor_time_slots
        """
    )
    kind = "A quick run, on a tenth of the data" if quick else "A full run"
    versions = f"Python {platform.python_version()}, PostgreSQL {counts.version}"
    tutors = databases[-1].data.tutors
    return [
        f"{kind}, {datetime.now(UTC):%Y-%m-%d}: {machine.processor()}; {versions}.",
        f"{tutors:,} tutors, {counts.slots:,} slots, {counts.bookings:,} bookings, {counts.entries:,} entries now.",
    ]


if __name__ == "__main__":
    main()
