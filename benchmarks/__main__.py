"""`python -m benchmarks [--quick] [--against COMMIT]`, which `make bench` runs.

A run without options writes results.md and results.svg beside this file. `--quick` and `--against` write no files.
`--against` compares this checkout with a commit.
"""

import argparse
import os
import platform
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks import machine, plot, races, report, updates
from benchmarks.against import compare_with
from benchmarks.bookings import book_and_list
from benchmarks.citus import on_citus
from benchmarks.cold.start import cold_start
from benchmarks.contenders import Bench
from benchmarks.dashboard import measure_dashboard
from benchmarks.data import TUTORS
from benchmarks.database import Database, seeded
from benchmarks.imports import import_files
from benchmarks.machine import Missing
from benchmarks.plans import plans
from benchmarks.schedules import publish_schedules
from benchmarks.search import search
from benchmarks.server import print_progress, with_server
from benchmarks.turns import Pace, Race
from local.citus_build import find_citus

HERE = Path(__file__).parent
# Steps that change data come last, so that the other steps measure the data as it was seeded.
STEPS = (
    plans,
    races.read_in_process,
    races.read_over_http,
    races.read_log,
    races.calculation,
    cold_start,
    races.growth,
    updates.update,
    updates.through_network,
    races.busy_tutor,
    on_citus,
    import_files,
    publish_schedules,
    search,
    measure_dashboard,
    book_and_list,
)
FULL, QUICK = Pace(rounds=7, turn_seconds=0.4), Pace(rounds=3, turn_seconds=0.15)


def main() -> None:
    """Measure, and print the results. A run without options also writes them to files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="use a tenth of the data and fewer rounds, and write no files"
    )
    parser.add_argument("--against", metavar="COMMIT", help="compare this checkout with COMMIT, and write no files")
    arguments = parser.parse_args()
    machine.use_one_processor()
    if arguments.against:
        print(with_server(partial(compare_with, arguments.against, quick=arguments.quick)))
    else:
        _measure(quick=arguments.quick)


def _measure(*, quick: bool) -> None:
    missing = machine.find_missing()
    for name, reason in missing.reasons.items():
        print_progress(f"left out: {name}, because {reason}")
    started_at = monotonic()
    results, about = with_server(partial(_run_steps, quick=quick, missing=missing))
    about.append(f"The run took {(monotonic() - started_at) / 60:.1f} minutes.")
    text = report.format_results(results, about, missing.reasons)
    print(text)
    if not quick:
        (HERE / "results.md").write_text(text)
        (HERE / "results.svg").write_text(plot.draw(results))
        print_progress(f"written: {HERE / 'results.md'}, {HERE / 'results.svg'}")


def _run_steps(url: str, folder: Path, *, quick: bool, missing: Missing) -> tuple[list[Race], list[str]]:
    sizes = (TUTORS // 100, TUTORS // 10) if quick else (TUTORS // 100, TUTORS // 10, TUTORS)
    results: list[Race] = []
    citus = None if missing.has(machine.CITUS) else find_citus(os.environ)
    with ExitStack() as stack:
        databases = [_seed(stack, url, size, folder) for size in sizes]
        databases[-1].run("psql", "-q", "-c", "checkpoint")
        bench = Bench(QUICK if quick else FULL, databases, missing, folder, citus)
        for number, step in enumerate(STEPS, 1):
            print_progress(f"[{number}/{len(STEPS)}] {step.__name__.replace('_', ' ')}")
            results += list(step(bench))
        return results, _describe_run(databases, quick)


def _seed(stack: ExitStack, url: str, tutors: int, folder: Path) -> Database:
    def print_step(step: str) -> None:
        print_progress(f"{tutors:,} tutors: {step}")

    return stack.enter_context(seeded(url, tutors, folder, print_step))


def _describe_run(databases: list[Database], quick: bool) -> list[str]:
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
    data = f"{tutors:,} tutors, {counts.slots:,} slots, {counts.bookings:,} bookings, {counts.entries:,} entries"
    return [
        f"{kind}, {datetime.now(UTC):%Y-%m-%d}: {machine.describe_processor()}; {versions}.",
        f"The largest database at the end: {data}.",
    ]


if __name__ == "__main__":
    main()
