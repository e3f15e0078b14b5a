"""The steps of a deployment: package, migrate, deploy, test. A deployment stops at the first step that fails."""

import base64
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from common import aws
from common.web.lambda_adapter import CHECK
from deploy import bundle, operations, resources
from deploy.bundle import Bundle
from deploy.stages import BUILD, ROOT, Stage, Stopped, artifacts, declarations, serverless_config, service, with_urls

OSLS = ROOT / "node_modules" / ".bin" / "osls"
TIMEOUT_SECONDS = 60
SETTLES_WITHIN_SECONDS = 60
FORBIDDEN_BY_AWS = "Forbidden"  # the answer of a new URL whose permission hasn't reached all of AWS
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PLACEHOLDER = re.compile(r"(.*\.)?example(\.com|\.net|\.org)?")  # names that nobody can have (RFC 2606)


def package(stage: Stage) -> list[Bundle]:
    """Build the functions' zips, which all stages share, and the stage's CloudFormation template."""
    bundles = bundle.build()
    resources.write()
    _osls("package", stage)
    for bundled in bundles:
        if bundled.file != ROOT / serverless_config()["package"]["artifact"]:
            # osls puts only the main zip into this folder, and compares the folder with what is deployed.
            os.link(bundled.file, _folder(stage) / bundled.file.name)
    print(f"\n{'artifact':22}{'zip':>9}{'unpacked':>11}   (Lambda's limits are 50 and 250)")
    for bundled in bundles:
        print(f"{bundled.name:22}{bundled.size / 1e6:>6.1f} MB{bundled.unpacked / 1e6:>8.1f} MB")
    print(f"{_instances(stage)} instances at most, each with a connection to the database (docs/scaling.md)")
    print(f"Packaged for {stage.name}: {_folder(stage).relative_to(ROOT)}")
    return bundles


def _instances(stage: Stage) -> int:
    """Return the largest number of instances of all functions together."""
    template = json.loads((_folder(stage) / "cloudformation-template-update-stack.json").read_text())
    described = template["Resources"].values()
    return sum(resource["Properties"].get("ReservedConcurrentExecutions", 0) for resource in described)


def deploy(stage: Stage) -> None:
    """Package the functions, migrate the database, deploy, and test the deployed functions. Stop at the first error.

    Check the secrets first, because packaging takes longer.
    """
    operations.confirm(stage.name if stage.requires_confirmation else None, f"deploy to {stage.name}")
    refuse_placeholder_origins(stage)
    settings = operations.settings_of(stage)
    operations.check_secrets(stage)
    if settings.auth_jwt_secret is None and not stage.auth_jwks_url:
        raise Stopped(
            f"There is no parameter {stage.auth_jwt_secret_parameter}, so nobody could sign in.\n"
            f"Next: make secret STAGE={stage.name} NAME=auth-jwt-secret\nOr set authJwksUrl in serverless.yml."
        )
    bundles = package(stage)
    print("\nMigrating ...")
    operations.migrate(settings, confirmed_by=stage.name if stage.requires_confirmation else None)
    _osls("deploy", stage)
    urls = function_urls(stage)
    smoke(stage, urls, bundles)
    check_functions(stage)
    if not stage.has_alarm_subscriptions:
        print(
            f"\nWarning: nobody gets the alarms of {stage.name}, because alarmSubscriptions is empty.\n"
            "Next: add an address in serverless.yml, and deploy again.",
            file=sys.stderr,
        )
    print(f"\n{service()} {stage.name} is deployed. Its URLs, for the web app:\n\n{json.dumps(urls, indent=2)}")


def refuse_placeholder_origins(stage: Stage) -> None:
    """Raise `Stopped` if `allowedOrigins` has a placeholder such as https://app.example.com.

    With a placeholder, browsers would refuse the answers to the real web app. If AWS_ENDPOINT_URL names this machine,
    the deployment goes to a stand-in for AWS: print a warning instead.
    """
    origins = [origin for origin in stage.allowed_origins if PLACEHOLDER.fullmatch(urlsplit(origin).hostname or "")]
    if not origins:
        return
    problem = f"allowedOrigins of {stage.name} is still a placeholder: {', '.join(origins)}"
    if urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname in LOOPBACK:
        print(f"Warning: {problem}. A deployment to AWS would be refused.", file=sys.stderr)
    else:
        raise Stopped(
            f"{problem}, so no browser could call the functions.\n"
            f"Next: set params.{stage.name}.allowedOrigins in serverless.yml to the origins of your web app."
        )


def function_urls(stage: Stage) -> dict[str, str]:
    """Return the URLs of the functions that have one."""
    client = aws.client("lambda")
    return {
        name: client.get_function_url_config(FunctionName=stage.function(name))["FunctionUrl"] for name in with_urls()
    }


def smoke(stage: Stage, urls: dict[str, str], bundles: list[Bundle]) -> None:
    """Check that each function has the packaged code, and call each function that has a URL.

    A public function has to answer; any other function has to refuse a request without a token.
    """
    client = aws.client("lambda")
    print("\nTesting the deployed functions ...")
    packaged = {bundled.name: base64.b64encode(bundled.sha256).decode() for bundled in bundles}
    for function, artifact in artifacts().items():
        sha256 = client.get_function_configuration(FunctionName=stage.function(function))["CodeSha256"]
        _expect(f"{function} has the packaged code", sha256, [packaged[artifact]], stage)
    for function, url in urls.items():
        declaration = declarations()[function][0]
        method = declaration.methods[0]
        if declaration.access != "public":
            answer = _settled_answer(url, method)
            _expect(f"{function} without a token is refused", answer, [(401, "unauthenticated")], stage)
        elif declaration.query is not None and "tutor_id" in declaration.query.model_fields:
            answer = _settled_answer(f"{url}?tutorId={uuid4()}", method)
            _expect(f"{function} answers from the database", answer, [(404, "tutor_not_found")], stage)
        else:
            _expect(f"{function} answers", _settled_answer(url, method), [(200, ""), (400, "invalid_request")], stage)


def check_functions(stage: Stage) -> None:
    """Let each function try its work, as its own user of the database, and print what it did.

    Raise `Stopped` if the user has too few rights, or if the function can't use the retry queue.
    """
    for function in artifacts():
        answer = _settled_check(stage.function(function))
        failed = f"after {', '.join(answer['worked']) or 'nothing'}: {answer['why']}"
        what = f"{function} can work as {answer['user']}"
        _expect(what, failed if answer["why"] else None, [None], stage)
        print(f"    {', '.join(answer['worked'])}")


def _settled_check(function: str) -> Any:
    """Return a function's answer to a check; try again while it fails before it begins, or while it is busy."""
    client = aws.client("lambda")
    deadline = monotonic() + SETTLES_WITHIN_SECONDS
    while True:
        try:
            called = client.invoke(FunctionName=function, Payload=json.dumps(CHECK))
            answer = json.load(called["Payload"])
            if "FunctionError" not in called:
                return answer
            why = answer.get("errorMessage", str(answer))
        except client.exceptions.TooManyRequestsException:
            why = "all reserved instances are busy"
        if monotonic() > deadline:
            return {"user": "its user of the database", "worked": [], "why": why}
        sleep(2)


def _expect(what: str, answer: Any, expected: list[Any], stage: Stage) -> None:
    if answer not in expected:
        raise Stopped(
            f"Expected: {what}. But found {answer}.\n"
            f"Next: read the log: npx osls logs --stage {stage.name} --function <name>\n"
            "Or roll back (docs/operations.md): check out the commit that worked, then run: "
            f"make deploy STAGE={stage.name}"
        )
    print(f"  {what}")


def _settled_answer(url: str, method: str) -> tuple[int, str]:
    """Return a function's answer; try again while there is none, or while it is 5xx or `FORBIDDEN_BY_AWS`.

    It takes AWS some time until a new URL and a new role work everywhere. After `SETTLES_WITHIN_SECONDS`, return the
    last answer, whatever it is.
    """
    deadline = monotonic() + SETTLES_WITHIN_SECONDS
    while True:
        status, code = _answer(url, method)
        if (0 < status < 500 and code != FORBIDDEN_BY_AWS) or monotonic() > deadline:
            return status, code
        sleep(2)


def _answer(url: str, method: str) -> tuple[int, str]:
    """Return the status of a function's answer and, for an error, its `code`.

    Without an answer, return 0 and the reason. For an error without a `code`, return AWS's `Message` or the start of
    the body instead.
    """
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the URL comes from AWS
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.status, ""
    except urllib.error.HTTPError as answer:
        body = answer.read()
        try:
            problem = json.loads(body)
            return answer.code, problem.get("code") or problem["Message"]
        except (ValueError, KeyError, AttributeError):
            return answer.code, body[:200].decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def _osls(command: str, stage: Stage) -> None:
    arguments = [command, "--stage", stage.name, "--package", str(_folder(stage).relative_to(ROOT))]
    if subprocess.run([str(OSLS), *arguments], cwd=ROOT, check=False).returncode:
        rollback = " CloudFormation undoes its changes, if it has made any." if command == "deploy" else ""
        raise Stopped(f"osls {command} failed; see above.{rollback}\nNext: fix the error, then run the command again.")


def _folder(stage: Stage) -> Path:
    return BUILD / stage.name
