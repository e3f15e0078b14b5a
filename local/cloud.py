"""A stand-in for AWS on this machine: moto, and the functions that were deployed to it, answering at their URLs.

What moto lacks is added: `AWS::Lambda::Url` in CloudFormation, and running a function, which it would need Docker for.
A function runs from the zip and with the configuration that were deployed, under AWS's runtime client. Where its
environment names the port of AWS's extension, it has a stand-in for it (`parameters_extension.py`). Function URLs lead
to a gateway that makes events of requests. Moto checks no rights, and neither does the gateway.
"""

import base64
import contextlib
import hashlib
import io
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
from local.moto_additions import FunctionUrl, layer_of_any_account
from local.parameters_extension import PORT, Extension, extension

ACCOUNT = "123456789012"
LOCK = ROOT / "requirements" / "lambda.txt"
RUNTIME = BUILD / "lambda"
PASSED_ON = ("PATH", "LANG")


@dataclass(frozen=True)
class Warm:
    """An instance that is kept warm, what it was made of, its extension if it has one, and what ends with it."""

    made_of: str
    instance: Instance
    extension: Extension | None
    parts: ExitStack


@dataclass
class Cloud:
    """What runs; `url` is AWS's address (AWS_ENDPOINT_URL)."""

    url: str
    folder: Path
    _instances: dict[str, Warm] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def environment(self, region: str) -> dict[str, str]:
        """Return what AWS's clients need to come here."""
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, **keys}

    def invoke(self, function: str, event: Any) -> Any:
        """Return a deployed function's answer to an event, from an instance that is kept warm."""
        region, deployed = _deployed(function)
        # Of another one after a deployment, as on Lambda.
        made_of = f"{deployed.code_sha_256} {sorted(deployed.environment_vars.items())}"
        with self._lock:
            warm = self._instances.get(function)
            if warm is None or warm.made_of != made_of or warm.instance.process.poll() is not None:
                if warm is not None:
                    warm.parts.close()
                warm = self._instances[function] = self._start(function, region, deployed, made_of)
        return warm.instance.invoke(event)

    def log(self) -> str:
        """Return what all functions have written."""
        return "".join(file.read_text() for file in self.folder.glob("*.log"))

    def close(self) -> None:
        """End all instances."""
        for warm in self._instances.values():
            warm.parts.close()

    def _start(self, function: str, region: str, deployed: Any, made_of: str) -> Warm:
        task = self.folder / hashlib.sha256(deployed.code_bytes).hexdigest()[:16]
        if not task.exists():
            with zipfile.ZipFile(io.BytesIO(deployed.code_bytes)) as archive:
                archive.extractall(task)
        environment = {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            **self.environment(region),
            **deployed.environment_vars,
            "AWS_LAMBDA_FUNCTION_NAME": deployed.function_name,
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONPATH": f"{task}:{RUNTIME}",
        }
        # Without the site: nothing that is installed here may help.
        argv = [bundle.interpreter(), "-S", "-m", "awslambdaric", deployed.handler]
        secrets = None
        with ExitStack() as parts:
            if PORT in environment:
                aws = boto3.session.Session("testing", "testing", region_name=region)
                parts.enter_context(closing(ssm := aws.client("ssm", endpoint_url=self.url)))
                secrets = parts.enter_context(extension(ssm, environment))
                environment |= secrets.environment()
            started = parts.enter_context(instance(argv, environment, task, self.folder / f"{function}.log"))
            return Warm(made_of, started, secrets, parts.pop_all())


def _deployed(function: str) -> tuple[str, Any]:
    from moto.awslambda.models import lambda_backends

    for region, backend in lambda_backends[ACCOUNT].items():
        for found in backend.list_functions():
            if found.function_name == function:
                return region, found
    raise KeyError(function)


def gateway(cloud: Cloud) -> Any:
    """Return the web application behind the function URLs: /<function>/ is the function's."""

    @Request.application
    def answer(request: Request) -> Response:
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
            told = cloud.invoke(
                function,
                function_url_event(
                    request.method,
                    request.query_string.decode(),
                    request.get_data(),
                    dict(request.headers.items()),
                    path=f"/{rest}",
                ),
            )
        except FunctionFailed as why:
            return Response(f"Internal Server Error\n{why}\n", 502)
        body = base64.b64decode(told["body"]) if told.get("isBase64Encoded") else told.get("body", "")
        return Response(body, told["statusCode"], {**told.get("headers", {}), **allowed})

    return answer


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
    """Run the stand-in for AWS until Ctrl-C, and say how to get there."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="slotledger-cloud-") as folder,
        running(Path(folder)) as cloud,
    ):
        print("A stand-in for AWS (moto), until Ctrl-C. To use it, in another terminal:\n")
        print("export", *(f"{name}={value}" for name, value in cloud.environment("eu-west-1").items()), flush=True)
        threading.Event().wait()


@contextmanager
def running(folder: Path) -> Iterator[Cloud]:
    """Run the stand-in for AWS on a folder; what was deployed to it ends with the `with`."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Stopped("What is deployed runs on Linux on x86_64, and so does this stand-in.")
    bundle.install(LOCK, RUNTIME)
    aws = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    aws.start()
    host, bound = aws.get_host_and_port()
    cloud = Cloud(f"http://{host}:{bound}", folder)
    server = make_server("127.0.0.1", 0, gateway(cloud), threaded=True)
    FunctionUrl.gateway = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with patch.object(LambdaBackend, "layers_versions_by_arn", layer_of_any_account):
            yield cloud
    finally:
        server.shutdown()
        cloud.close()
        aws.stop()
