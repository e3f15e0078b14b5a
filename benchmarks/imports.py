"""`python -m benchmarks.imports [--part 0.1]`: import 1,000,000 slots and 200,000 bookings, as `make import` does.

It prints the seconds and the peak memory of the importing process, on an empty database and when run again.
"""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks.server import print_progress, with_server
from common.config import Settings
from common.db.engine import engine_for
from migrations import LOCAL, upgrade

SLOTS, BOOKINGS, TUTORS = 1_000_000, 200_000, 5_000
DAYS, SLOTS_PER_DAY = 50, 4
ZONES = ("Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "US/Pacific")


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="the part of the data to use, such as 0.1")
    with_server(partial(measure, part=parser.parse_args().part))


def measure(url: str, folder: Path, *, part: float) -> None:
    """Write the files, and import them twice."""
    export = folder / "export"
    write_files(export, part)
    upgrade(engine_for(Settings(database_url=url)), LOCAL)
    for name in ("into an empty database", "again"):
        began = monotonic()
        command = [sys.executable, "-m", "local", "import", str(export)]
        with subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        memory = usage.ru_maxrss / 1024
        print_progress(f"{name}: {monotonic() - began:.0f} s, {memory:.0f} MB, exit status {process.returncode}")


def write_files(folder: Path, part: float = 1.0) -> None:
    """Write the three files: each tutor has the same number of slots, and a fifth of the slots are booked."""
    folder.mkdir()
    tutors = int(TUTORS * part)
    with (folder / "tutors.csv").open("w") as file:
        file.write("external_id,user_id,name,time_zone\n")
        for number in range(tutors):
            file.write(f"{number},auth0|{number:024x},Tutor {number},{ZONES[number % len(ZONES)]}\n")
    with (folder / "slots.csv").open("w") as slots, (folder / "bookings.csv").open("w") as bookings:
        slots.write("tutor,date,time,duration_minutes\n")
        bookings.write("external_id,tutor,student_id,date,time,status\n")
        slots.writelines(f"{number},{day},{time},60\n" for number, day, time in _times(tutors))
        taken = (each for each in _times(tutors) if random.Random(str(each)).random() < BOOKINGS / SLOTS)
        bookings.writelines(
            f"b{i},{number},auth0|student{i % 9000},{day},{time},CONFIRMED\n"
            for i, (number, day, time) in enumerate(taken)
        )


def _times(tutors: int) -> Iterator[tuple[int, str, str]]:
    """Yield the tutor, the date and the time of each slot, date by date, as a table of another system may have them."""
    first = datetime.now(UTC).date() - timedelta(days=DAYS // 2)
    for days in range(DAYS):
        day = (first + timedelta(days=days)).isoformat()
        for number in range(tutors):
            for i in range(SLOTS_PER_DAY):
                yield number, day, f"{9 + 2 * i:02}:{15 * (number % 4):02}"


if __name__ == "__main__":
    main()
