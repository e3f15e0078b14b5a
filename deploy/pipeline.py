"""From a commit to a stage that answers: package, migrate, deploy, try it. A step that fails is the last one."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from common import aws
from deploy import bundle, operations, resources
from deploy.bundle import Bundle
from deploy.stages import BUILD, ROOT, Stage, Stopped, artifacts, declarations, serverless_config, service, with_urls

OSLS = ROOT / "node_modules" / ".bin" / "osls"
TIMEOUT_SECONDS = 60
SETTLES_WITHIN_SECONDS = 60
FORBIDDEN_BY_AWS = "Forbidden"  # a URL whose permission isn't known everywhere yet


def package(stage: Stage) -> list[Bundle]:
    """Make the functions' zips, which are the same for each stage, and the stage's CloudFormation template."""
    bundles = bundle.build()
    resources.write()
    _osls("package", stage)
    for made in bundles:
        if made.file != ROOT / serverless_config()["package"]["artifact"]:
            # osls leaves a stage as it is where what lies here, beside the shared zip, is what was deployed.
            os.link(made.file, _folder(stage) / made.file.name)
    print(f"\n{'artifact':22}{'zip':>9}{'unpacked':>11}   (Lambda takes 50 and 250)")
    for made in bundles:
        print(f"{made.name:22}{made.size / 1e6:>6.1f} MB{made.unpacked / 1e6:>8.1f} MB")
    print(f"{_instances(stage)} instances at most, each with a connection to the database (docs/scaling.md)")
    print(f"Packaged for {stage.name}: {_folder(stage).relative_to(ROOT)}")
    return bundles


def _instances(stage: Stage) -> int:
    """Return how many instances of all functions there may be at once."""
    template = json.loads((_folder(stage) / "cloudformation-template-update-stack.json").read_text())
    return sum(told["Properties"].get("ReservedConcurrentExecutions", 0) for told in template["Resources"].values())


def deploy(stage: Stage) -> None:
    """Package, migrate, deploy, and try what was deployed; `Stopped` at the first step that fails."""
    operations.confirm(stage.name if stage.requires_confirmation else None, f"deploy to {stage.name}")
    bundles = package(stage)
    print("\nMigrating ...")
    settings = operations.settings_of(stage)
    operations.refuse_plain_secrets(stage)
    if settings.auth_jwt_secret is None and not stage.auth_jwks_url:
        raise Stopped(
            f"There is no parameter {stage.auth_jwt_secret_parameter}, so nobody could sign in.\n"
            f"Next: make secret STAGE={stage.name} NAME=auth-jwt-secret, or set authJwksUrl in serverless.yml"
        )
    operations.migrate(settings, confirmed_by=stage.name if stage.requires_confirmation else None)
    _osls("deploy", stage)
    urls = function_urls(stage)
    smoke(stage, urls, bundles)
    print(f"\n{service()} {stage.name} is deployed. Its URLs, for the web app:\n\n{json.dumps(urls, indent=2)}")


def function_urls(stage: Stage) -> dict[str, str]:
    """Return the HTTPS URL of each function that has one."""
    client = aws.client("lambda")
    return {
        name: client.get_function_url_config(FunctionName=stage.function(name))["FunctionUrl"] for name in with_urls()
    }


def smoke(stage: Stage, urls: dict[str, str], bundles: list[Bundle]) -> None:
    """Try the deployed functions: each is the one that was packaged; a public one answers, others want a token."""
    client = aws.client("lambda")
    print("\nTrying it ...")
    packaged = {made.name: base64.b64encode(made.sha256).decode() for made in bundles}
    for function, artifact in artifacts().items():
        deployed = client.get_function_configuration(FunctionName=stage.function(function))["CodeSha256"]
        _expect(f"{function} is what was packaged", deployed, [packaged[artifact]], stage)
    for function, url in urls.items():
        declared = declarations()[function]
        method = declared.methods[0]
        if declared.access != "public":
            found = _settled_answer(url, method)
            _expect(f"{function} without a token is refused", found, [(401, "unauthenticated")], stage)
        elif declared.query is not None and "tutor_id" in declared.query.model_fields:
            found = _settled_answer(f"{url}?tutorId={uuid4()}", method)
            _expect(f"{function} answers from the database", found, [(404, "tutor_not_found")], stage)
        else:
            _expect(f"{function} answers", _settled_answer(url, method), [(200, ""), (400, "invalid_request")], stage)


def _expect(what: str, found: Any, expected: list[Any], stage: Stage) -> None:
    if found not in expected:
        raise Stopped(
            f"{what}: no, it is {found}.\n"
            f"Next: look into the log, npx osls logs --stage {stage.name} --function <name>; to go back, check\n"
            f"out the commit that worked and make deploy STAGE={stage.name} (see docs/operations.md)."
        )
    print(f"  {what}")


def _settled_answer(url: str, method: str) -> tuple[int, str]:
    """Return an answer, once a new URL's name and a new role's rights have got around."""
    deadline = monotonic() + SETTLES_WITHIN_SECONDS
    while True:
        status, code = _answer(url, method)
        if (0 < status < 500 and code != FORBIDDEN_BY_AWS) or monotonic() > deadline:
            return status, code
        sleep(2)


def _answer(url: str, method: str) -> tuple[int, str]:
    """Return an answer's status, and the code of the problem that it tells of."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - an address that AWS told
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.status, ""
    except urllib.error.HTTPError as answer:
        body = answer.read()
        try:
            told = json.loads(body)
            return answer.code, told.get("code") or told["Message"]
        except (ValueError, KeyError, AttributeError):
            return answer.code, body[:200].decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def _osls(command: str, stage: Stage) -> None:
    arguments = [command, "--stage", stage.name, "--package", str(_folder(stage).relative_to(ROOT))]
    if subprocess.run([str(OSLS), *arguments], cwd=ROOT, check=False).returncode:
        undone = " CloudFormation goes back to what was there before by itself." if command == "deploy" else ""
        raise Stopped(f"osls {command} failed; see above.{undone}\nNext: mend what it says, then the same again.")


def _folder(stage: Stage) -> Path:
    return BUILD / stage.name
