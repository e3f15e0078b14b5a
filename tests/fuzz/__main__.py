"""`make fuzz`: send generated requests to all functions, as each role, and check that the OpenAPI document is right.

The functions use their own PostgreSQL with the demo's data, so you can repeat a request with `make run`.
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from common import config
from common.db.engine import engine_for
from local import demo, postgres, tokens
from local.server import application
from migrations import upgrade
from tests.builders import SECRET
from tests.homes import temporary_home
from tests.hosts import ROOT, served

SETTINGS = Path(__file__).parent / "schemathesis.toml"
LOG = ROOT / ".build" / "fuzz.log"
TUTOR = demo.DEMO_TUTORS[0]


@contextlib.contextmanager
def run_functions() -> Iterator[str]:
    """Serve all functions, and yield their address. Their log lines go to the file `LOG`."""
    LOG.parent.mkdir(exist_ok=True)
    with temporary_home() as home, postgres.running(home, settings={"fsync": "off"}) as url:
        os.environ |= {"STAGE": "local", "DATABASE_URL": url, "AUTH_JWT_SECRET": SECRET, "AUDIT_BUDGET_MS": "10000"}
        settings = config.current()
        upgrade(engine_for(settings), "local")
        with LOG.open("w") as log, contextlib.redirect_stdout(log):
            demo.load(settings)
            with served(application()) as address:
                yield address
        engine_for(settings).dispose()


def fuzz(address: str, token: str | None, seconds: int, seed: int) -> bool:
    """Send requests with the token for `seconds`. Return whether all answers agree with the OpenAPI document."""
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={SETTINGS}", "run"]
    command += [f"{address}/openapi.json", "--max-time", str(seconds), "--seed", str(seed), "--no-color"]
    if token is not None:
        command += ["--header", f"Authorization: Bearer {token}"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> None:
    """Send requests as each role. Exit with 1 if an answer disagrees with the OpenAPI document."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="the seconds for all roles together")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="the seed, to repeat a run")
    args = parser.parse_args()
    failures = []
    with run_functions() as address:
        tutor, admin = tokens.sign(TUTOR.user_id), tokens.sign(tokens.ADMIN, is_admin=True)
        for role, token, share in (("no token", None, 0.2), ("tutor", tutor, 0.4), ("admin", admin, 0.4)):
            print(f"\nRole: {role}. Seed: {args.seed}.", file=sys.stderr, flush=True)
            if not fuzz(address, token, max(1, round(args.seconds * share)), args.seed):
                failures.append(role)
    if failures:
        repeat = f"make fuzz SECONDS={args.seconds} SEED={args.seed}"
        sys.exit(
            f"\nThe answers and the OpenAPI document disagree (role: {', '.join(failures)}).\n"
            f"To repeat the run: {repeat}\n"
            f"To repeat one request: start make run, and send the request with a token from "
            f"make token TUTOR={TUTOR.id} or make token ADMIN=1."
        )


if __name__ == "__main__":
    main()
