"""Run one part of the benchmarks alone: `python -m benchmarks.<part> [--part 0.1 | --write]`."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.machine import use_one_processor
from benchmarks.server import with_server
from benchmarks.turns import Race


def run_alone(module: str, description: str | None, measure: Callable[..., Iterator[Race]]) -> None:
    """Measure, print the tables, and with `--write` replace them in results.md.

    `measure` gets the URL of a server, a folder, and the part of the data to use.
    """
    from benchmarks import report  # imported here, because the report imports the modules that call this

    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    options = parser.add_mutually_exclusive_group()
    options.add_argument("--part", type=float, default=1.0, help="the part of the data to use, such as 0.1")
    options.add_argument("--write", action="store_true", help="write the results to results.md")
    arguments = parser.parse_args()
    use_one_processor()
    results = with_server(lambda url, folder: list(measure(url, folder, part=arguments.part)))
    print(report.format_figures(results))
    if arguments.write:
        page = Path(__file__).with_name("results.md")
        page.write_text(report.update_page(page.read_text(), results))
