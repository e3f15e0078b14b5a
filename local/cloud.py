"""A stand-in for AWS on this machine. You can deploy the functions to it, and call them at their URLs.

It is moto with these additions: `AWS::Lambda::Url` in CloudFormation, layers of other accounts, `Invoke`, and a way to
run functions without Docker. AWS's runtime client runs a function from the deployed zip, with the deployed
configuration.
If the function's environment has the port of AWS's parameters extension, a stand-in for the extension runs, too
(`parameters_extension.py`). A gateway serves the function URLs: it turns each request into an event for the function.
Neither moto nor the gateway checks permissions.
"""

import base64
import contextlib
import hashlib
import io
import logging
import os
import platform
import signal
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto.awslambda.models import LambdaBackend
from moto.server import ThreadedMotoServer
from werkzeug import Request, Response
from werkzeug.serving import make_server

from deploy import bundle
from deploy.stages import BUILD, ROOT, Stopped
from local.function_url import function_url_event
from local.lambda_runtime import FunctionFailed, Instance, instance
from local.moto_additions import FunctionUrl, invoke_with, layer_of_any_account
from local.parameters_extension import PORT, Extension, extension
from local.parent import interrupted_with_make

ACCOUNT = "123456789012"
LOCK = ROOT / "requirements" / "lambda.txt"
RUNTIME = BUILD / "lambda"
INHERITED_VARIABLES = ("PATH", "LANG")


@dataclass(frozen=True)
class WarmInstance:
    """An instance of a function that waits for the next event.

    `version` identifies the function's code and environment. To end the instance and its extension, close `parts`.
    """

    version: str
    instance: Instance
    extension: Extension | None
    parts: ExitStack


@dataclass
class Cloud:
    """The running stand-in. `url` is the value of AWS_ENDPOINT_URL for its clients."""

    url: str
    folder: Path
    _instances: dict[str, WarmInstance] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def environment(self, region: str) -> dict[str, str]:
        """Return the environment variables with which AWS's clients use the stand-in."""
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, **keys}

    def invoke(self, function: str, event: Any) -> Any:
        """Return a deployed function's answer to an event. Keep the function's instance for the next event.

        Raise `KeyError` if there is no such function, and `FunctionFailed` if it raises an error or doesn't answer.
        """
        region, deployed = _deployed(function)
        # A deployment changes the version. The next event then starts a new instance, as on Lambda.
        version = f"{deployed.code_sha_256} {sorted(deployed.environment_vars.items())}"
        with self._lock:
            warm = self._instances.get(function)
            if warm is None or warm.version != version or warm.instance.process.poll() is not None:
                if warm is not None:
                    warm.parts.close()
                warm = self._instances[function] = self._start(function, region, deployed, version)
        return warm.instance.invoke(event)

    def log(self) -> str:
        """Return the output of all functions."""
        return "".join(file.read_text() for file in self.folder.glob("*.log"))

    def close(self) -> None:
        """End all instances."""
        for warm in self._instances.values():
            warm.parts.close()

    def _start(self, function: str, region: str, deployed: Any, version: str) -> WarmInstance:
        task = self.folder / hashlib.sha256(deployed.code_bytes).hexdigest()[:16]
        if not task.exists():
            with zipfile.ZipFile(io.BytesIO(deployed.code_bytes)) as archive:
                archive.extractall(task)
        environment = {
            **{name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ},
            **self.environment(region),
            **deployed.environment_vars,
            "AWS_LAMBDA_FUNCTION_NAME": deployed.function_name,
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONPATH": f"{task}:{RUNTIME}",
        }
        # -S hides the packages of this machine, so that the function finds only those in its zip.
        argv = [bundle.interpreter(), "-S", "-m", "awslambdaric", deployed.handler]
        secrets_extension = None
        with ExitStack() as parts:
            if PORT in environment:
                aws = boto3.session.Session("testing", "testing", region_name=region)
                parts.enter_context(closing(ssm := aws.client("ssm", endpoint_url=self.url)))
                secrets_extension = parts.enter_context(extension(ssm, environment))
                environment |= secrets_extension.environment()
            started = parts.enter_context(instance(argv, environment, task, self.folder / f"{function}.log"))
            return WarmInstance(version, started, secrets_extension, parts.pop_all())


def _deployed(function: str) -> tuple[str, Any]:
    from moto.awslambda.models import lambda_backends

    for region, backend in lambda_backends[ACCOUNT].items():
        for deployed in backend.list_functions():
            if deployed.function_name == function:
                return region, deployed
    raise KeyError(function)


def gateway(cloud: Cloud) -> Any:
    """Return the web application that serves the function URLs. The path of a function's URL is /<function>/."""

    @Request.application
    def serve(request: Request) -> Response:
        function = request.path.split("/")[1]
        try:
            _, deployed = _deployed(function)
        except KeyError:
            return Response("there is no such function\n", 404)
        cors = (deployed.url_config.config.get("Cors") if deployed.url_config else None) or {}
        allowed = _cors_headers(request, cors)
        if request.method == "OPTIONS" and cors:
            return Response(status=200, headers=allowed)
        try:
            _, _, rest = request.path.lstrip("/").partition("/")
            answer = cloud.invoke(
                function,
                function_url_event(
                    request.method,
                    request.query_string.decode(),
                    request.get_data(),
                    dict(request.headers.items()),
                    path=f"/{rest}",
                ),
            )
        except FunctionFailed as error:
            return Response(f"Internal Server Error\n{error}\n", 502)
        body = base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer.get("body", "")
        return Response(body, answer["statusCode"], {**answer.get("headers", {}), **allowed})

    return serve


def _cors_headers(request: Request, cors: dict[str, Any]) -> dict[str, str]:
    origin = request.headers.get("Origin")
    if origin is None or not {origin, "*"} & set(cors.get("AllowOrigins", [])):
        return {}
    headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    headers["Access-Control-Expose-Headers"] = ", ".join(cors.get("ExposeHeaders", []))
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = ", ".join(cors.get("AllowMethods", []))
        headers["Access-Control-Allow-Headers"] = ", ".join(cors.get("AllowHeaders", []))
        headers["Access-Control-Max-Age"] = str(cors.get("MaxAge", 0))
    return headers


def run() -> None:
    """Run the stand-in for AWS until Ctrl-C, and print how to use it."""
    for stop_signal in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        interrupted_with_make(),
        tempfile.TemporaryDirectory(prefix="slotledger-cloud-") as folder,
        running(Path(folder)) as cloud,
    ):
        print("A stand-in for AWS (moto) is running. Ctrl-C stops it. To use it, run this in another terminal:\n")
        print("export", *(f"{name}={value}" for name, value in cloud.environment("eu-west-1").items()), flush=True)
        threading.Event().wait()


@contextmanager
def running(folder: Path) -> Iterator[Cloud]:
    """Run the stand-in for AWS and its functions until the end of the block, with the functions' files in `folder`.

    Raise `Stopped` if the system isn't Linux on x86_64.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Stopped("This needs Linux on x86_64, because the functions are packaged for it.")
    bundle.install(LOCK, RUNTIME)
    # Hide the access log: a deployment asks for many resources that don't exist yet, and each 404 looks like an error.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    aws = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    aws.start()
    host, port = aws.get_host_and_port()
    cloud = Cloud(f"http://{host}:{port}", folder)
    server = make_server("127.0.0.1", 0, gateway(cloud), threaded=True)
    FunctionUrl.gateway = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with (
            patch.object(LambdaBackend, "layers_versions_by_arn", layer_of_any_account),
            patch.object(LambdaBackend, "invoke", invoke_with(cloud.invoke)),
        ):
            yield cloud
    finally:
        server.shutdown()
        cloud.close()
        aws.stop()
