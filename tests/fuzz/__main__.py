"""`make fuzz`: send generated requests to every function, as each role, and compare the answers with docs/openapi.json.

The functions run on a PostgreSQL of their own, with the demo's data. Each role gets the same share of the seconds.
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

HERE = Path(__file__).parent
LOG = ROOT / ".build" / "fuzz.log"
TUTOR = demo.DEMO_TUTORS[0]


@contextlib.contextmanager
def functions() -> Iterator[str]:
    """Serve all functions on a database of their own; yield the address. Their log lines go to a file."""
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


def run(address: str, role: str, token: str | None, seconds: int, seed: int) -> bool:
    """Send requests with the role's token; return whether every answer was right."""
    print(f"\n{role}, {seconds} seconds, seed {seed}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={HERE / 'schemathesis.toml'}", "run"]
    command += [f"{address}/openapi.json", "--max-time", str(seconds), "--seed", str(seed), "--no-color"]
    if token is not None:
        command += ["--header", f"Authorization: Bearer {token}"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> None:
    """Fuzz as each role; exit with 1 if an answer was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="how long to send requests, for all roles together")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="repeat the run with this seed")
    args = parser.parse_args()
    with functions() as address:
        roles = {"without a token": None, "tutor": tokens.sign(TUTOR.user_id)}
        roles["admin"] = tokens.sign(tokens.ADMIN, is_admin=True)
        seconds = max(1, args.seconds // len(roles))
        failed = [role for role, token in roles.items() if not run(address, role, token, seconds, args.seed)]
    if failed:
        sys.exit(
            f"Wrong answers ({', '.join(failed)}). To repeat the run: make fuzz SECONDS={args.seconds} SEED={args.seed}"
        )


if __name__ == "__main__":
    main()
