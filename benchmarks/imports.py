"""`make import` of 1,000,000 slots and 200,000 bookings: the seconds, and the memory of the importing process.

`python -m benchmarks.imports [--part 0.1 | --write]` runs only this, and prints the table. `--write` also writes it to
results.md, without the other races.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import monotonic

from benchmarks import data
from benchmarks.alone import run_alone
from benchmarks.contenders import OURS, Bench
from benchmarks.machine import use_two_processors
from benchmarks.processes import ROOT, BenchmarkFailed
from benchmarks.turns import Race
from common.config import Settings
from common.db.engine import engine_for
from local import postgres
from migrations import LOCAL, upgrade

IMPORT, SECONDS, MEMORY = "Import", "seconds", "memory, MB"
AGAIN = f"{OURS}, when the same files are imported again"
SLOTS, BOOKINGS, TUTORS = 1_000_000, 200_000, 5_000
DAYS, SLOTS_PER_DAY = 50, 4
ZONES = ("Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "US/Pacific")


def import_files(bench: Bench) -> Iterator[Race]:
    """Import the files into an empty database of a server with two processors, and import them again."""
    folder = bench.folder / "import"
    folder.mkdir()
    with use_two_processors(), postgres.running(folder / "home") as url:
        yield from measure(url, folder, part=bench.largest.data.tutors / data.TUTORS)


def measure(url: str, folder: Path, *, part: float) -> Iterator[Race]:
    """Write the files, import them twice, and yield the results."""
    write_files(folder / "export", part)
    upgrade(engine_for(Settings(database_url=url)), LOCAL)
    seconds, memory = {}, {}
    for name in (OURS, AGAIN):
        began = monotonic()
        command = [sys.executable, "-m", "local", "import", str(folder / "export")]
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=sys.stderr) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise BenchmarkFailed(f"make import ended with the status {process.returncode}")
        seconds[name], memory[name] = [monotonic() - began], [usage.ru_maxrss / 1024]
    yield Race(IMPORT, SECONDS, seconds, unit="s")
    yield Race(IMPORT, MEMORY, memory, unit="")


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
        taken = islice(_times(tutors), 0, None, SLOTS // BOOKINGS)
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
    run_alone("benchmarks.imports", __doc__, measure)
