"""From a commit to a stage that answers: package, migrate, deploy, try it. A step that fails is the last one."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

from common import aws
from deploy import bundle, operations
from deploy.bundle import Bundle
from deploy.stages import BUILD, ROOT, Stage, Stopped, service

OSLS = ROOT / "node_modules" / ".bin" / "osls"
URLS = ("get_availability", "update_availability", "audit_history", "audit_stats")
TIMEOUT_SECONDS = 60


def package(stage: Stage) -> list[Bundle]:
    """Make the functions' zips, which are the same for each stage, and the stage's CloudFormation template."""
    bundles = bundle.build()
    _osls("package", stage)
    for made in bundles:  # osls compares what lies here with what is deployed, and leaves it when it is the same
        os.link(made.file, _folder(stage) / made.file.name)
    print(f"\n{'function':22}{'zip':>9}{'unpacked':>11}   (Lambda takes 50 and 250)")
    for made in bundles:
        print(f"{made.function:22}{made.size / 1e6:>6.1f} MB{made.unpacked / 1e6:>8.1f} MB")
    print(f"Packaged for {stage.name}: {_folder(stage).relative_to(ROOT)}")
    return bundles


def deploy(stage: Stage) -> None:
    """Package, migrate, deploy, and try what was deployed; `Stopped` at the first step that fails."""
    bundles = package(stage)
    print("\nMigrating ...")
    settings = operations.settings_of(stage)
    if settings.auth_jwt_secret is None and not stage.auth_jwks_url:
        raise Stopped(
            f"There is no parameter {stage.auth_jwt_secret_parameter}, so nobody could sign in.\n"
            f"Next: make secret STAGE={stage.name} NAME=auth-jwt-secret, or set authJwksUrl in serverless.yml"
        )
    operations.migrate(settings, confirmed_by=stage.name if stage.asks_first else None)
    _osls("deploy", stage)
    urls = function_urls(stage)
    smoke(stage, urls, bundles)
    print(f"\n{service()} {stage.name} is deployed. Its URLs, for the web app:\n\n{json.dumps(urls, indent=2)}")


def function_urls(stage: Stage) -> dict[str, str]:
    """Return the HTTPS URL of each function that has one."""
    client = aws.client("lambda")
    return {name: client.get_function_url_config(FunctionName=stage.function(name))["FunctionUrl"] for name in URLS}


def smoke(stage: Stage, urls: dict[str, str], bundles: list[Bundle]) -> None:
    """Try the deployed functions: each is the one that was packaged, a read is answered, and a write wants a token."""
    client = aws.client("lambda")
    print("\nTrying it ...")
    for made in bundles:
        deployed = client.get_function_configuration(FunctionName=stage.function(made.function))["CodeSha256"]
        _expect(f"{made.function} is what was packaged", deployed, base64.b64encode(made.sha256).decode(), stage)
    nobody = f"{urls['get_availability']}?tutorId={uuid4()}"
    _expect("a read reaches the database", _answer(nobody), (404, "tutor_not_found"), stage)
    unsigned = _answer(urls["update_availability"], "PUT")
    _expect("a write without a token is refused", unsigned, (401, "unauthenticated"), stage)


def _expect(what: str, found: Any, expected: Any, stage: Stage) -> None:
    if found != expected:
        raise Stopped(
            f"{what}: no, it is {found}.\n"
            f"Next: look into the log, npx osls logs --stage {stage.name} --function <name>; to go back, check\n"
            f"out the commit that worked and make deploy STAGE={stage.name} (see docs/operations.md)."
        )
    print(f"  {what}")


def _answer(url: str, method: str = "GET") -> tuple[int, str]:
    """Return an answer's status, and the code of the problem that it tells of."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - an address that AWS told
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.status, ""
    except urllib.error.HTTPError as answer:
        body = answer.read()
        try:
            return answer.code, json.loads(body)["code"]
        except (ValueError, KeyError):
            return answer.code, body[:200].decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def _osls(command: str, stage: Stage) -> None:
    arguments = [command, "--stage", stage.name, "--package", str(_folder(stage).relative_to(ROOT))]
    if subprocess.run([str(OSLS), *arguments], cwd=ROOT, check=False).returncode:
        raise Stopped(
            f"osls {command} failed; see above. CloudFormation goes back to what was there before by itself.\n"
            f"Next: mend what it says, then the same command again."
        )


def _folder(stage: Stage) -> Path:
    return BUILD / stage.name
