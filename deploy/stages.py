"""The stages and the functions that `serverless.yml` declares."""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from common.config import InvalidSettings, Settings
from common.web.declaration import Declaration

ROOT = Path(__file__).parent.parent
BUILD = ROOT / ".build"
CONFIG_FILES = (ROOT / "serverless.yml", *sorted((ROOT / "deploy").glob("*.yml")))


class Stopped(Exception):
    """A command can't continue. The message says why, and usually what to do next."""


class _Loader(yaml.SafeLoader):
    """A YAML loader that drops CloudFormation's tags (`!Ref`, `!Sub`, …) and keeps the tagged values."""


_Loader.add_multi_constructor("!", lambda loader, _, node: getattr(loader, f"construct_{node.id}")(node))


@contextmanager
def build_lock() -> Iterator[None]:
    """Lock the build folder until the end of the block. If another command has locked it, wait."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, and its `params` in `serverless.yml`.

    The fields that end in `_parameter` are names of SSM parameters in the stage's region. If `requires_confirmation` is
    True, you need CONFIRM=<stage> to deploy, to apply migrations, and to replace a secret.
    """

    name: str
    region: str
    database_url_parameter: str
    database_app_url_parameter: str
    database_reader_url_parameter: str
    auth_jwt_secret_parameter: str
    auth_jwks_url: str
    database_ca_file: str | None
    requires_confirmation: bool
    allowed_origins: tuple[str, ...]
    has_alarm_subscriptions: bool

    @property
    def secrets(self) -> dict[str, str]:
        """Return the parameter of each secret, by the name that `make secret` takes."""
        return {
            "database-url": self.database_url_parameter,
            "app-database-url": self.database_app_url_parameter,
            "reader-database-url": self.database_reader_url_parameter,
            "auth-jwt-secret": self.auth_jwt_secret_parameter,
        }

    @property
    def stack(self) -> str:
        """Return the name of the CloudFormation stack."""
        return f"{service()}-{self.name}"

    def function(self, name: str) -> str:
        """Return a function's name on AWS."""
        return f"{self.stack}-{name}"


def stage_named(name: str) -> Stage:
    """Return a stage. Raise `Stopped` if `serverless.yml` has no stage of this name, or if its `params` are wrong."""
    params = serverless_config()["params"]
    names = [stage for stage in params if stage != "default"]
    if name not in names:
        raise Stopped(f"STAGE={name}: use {' or '.join(names)}, for example: make deploy STAGE={names[0]}")
    values = {**params["default"], **params[name]}
    values = {key: _fill_in(value, name, values) for key, value in values.items()}
    used = set(re.findall(r"\$\{param:(\w+)\}", "".join(file.read_text() for file in CONFIG_FILES)))
    if unknown := sorted(values.keys() - params["default"].keys() - used):
        raise Stopped(
            f"serverless.yml: params of {name} has unknown names: {', '.join(unknown)}. Correct or remove them"
        )
    if "allowedOrigins" not in values:
        raise Stopped(f"serverless.yml: params of {name} has no allowedOrigins: add the web app's origins")
    _refuse_invalid_settings(name, values)
    return Stage(
        name=name,
        region=values["region"],
        database_url_parameter=values["databaseUrlParameter"],
        database_app_url_parameter=values["databaseAppUrlParameter"],
        database_reader_url_parameter=values["databaseReaderUrlParameter"],
        auth_jwt_secret_parameter=values["authJwtSecretParameter"],
        auth_jwks_url=values["authJwksUrl"],
        database_ca_file=values["databaseCaFile"] or None,
        requires_confirmation=values["requiresConfirmation"],
        allowed_origins=tuple(values["allowedOrigins"]),
        has_alarm_subscriptions=bool(values["alarmSubscriptions"]),
    )


def _refuse_invalid_settings(stage: str, values: dict[str, Any]) -> None:
    """Raise `Stopped` if the functions would refuse their environment, for example a claim that is no JSON Pointer."""
    params = {
        variable: found[1]
        for variable, value in serverless_config()["provider"]["environment"].items()
        if (found := re.fullmatch(r"\$\{param:(\w+)\}", value))
    }
    for param in params.values():
        if not isinstance(values[param], str):
            raise Stopped(f'serverless.yml: params of {stage}: {param}: use a text in quotes, such as {param}: "…"')
    try:
        Settings.from_env({variable: values[param] for variable, param in params.items()})
    except InvalidSettings as error:
        variable, _, problem = str(error).partition(": ")
        raise Stopped(f"serverless.yml: params of {stage}: {params[variable]}: {problem}") from None


def _fill_in(value: Any, stage: str, values: dict[str, Any]) -> Any:
    """Return the value of a parameter with the values of the variables in it."""
    if not isinstance(value, str):
        return value
    value = re.sub(r"\$\{param:(\w+)\}", lambda match: str(values[match[1]]), value)
    return value.replace("${sls:stage}", stage)


def service() -> str:
    """Return the service's name. The names of its stacks and functions begin with it."""
    return str(serverless_config()["service"])


def ca_files() -> list[str]:
    """Return the paths in `databaseCaFile` of all stages, relative to this repository."""
    files = {params.get("databaseCaFile") for params in serverless_config()["params"].values()}
    return sorted(file for file in files if file)


def with_urls() -> list[str]:
    """Return the names of the functions that have a URL."""
    return [name for name, function in serverless_config()["functions"].items() if "url" in function]


def handlers() -> dict[str, str]:
    """Return the module of each function's handler. Raise `Stopped` if a function has no handler."""
    modules = {}
    for name, function in serverless_config()["functions"].items():
        if "handler" not in function:
            raise Stopped(f"serverless.yml: {name} has no handler. Next: add handler: functions/{name}/main.handler")
        modules[name] = function["handler"].removesuffix(".handler").replace("/", ".")
    return modules


def artifacts() -> dict[str, str]:
    """Return the name of each function's zip, without `.zip`. The zip's lock file has the same name."""
    shared = serverless_config()["package"]["artifact"]
    return {
        name: Path(function.get("package", {}).get("artifact", shared)).stem
        for name, function in serverless_config()["functions"].items()
    }


def declarations() -> dict[str, list[Declaration]]:
    """Import all functions, and return the declarations that each function gets from the decorator `@endpoint`.

    Raise `Stopped` if the module of a handler has no function with this decorator and the name in `serverless.yml`.
    """
    by_name = {}
    for name, module in handlers().items():
        operations = getattr(getattr(import_module(module), name, None), "operations", None)
        if operations is None:
            raise Stopped(f"{module}: there is no function {name} with the decorator @endpoint.")
        by_name[name] = [operation.declaration for operation in operations]
    return by_name


def methods() -> dict[str, list[str]]:
    """Return the HTTP methods of each function, without HEAD and OPTIONS."""
    return {name: [method for each in declared for method in each.methods] for name, declared in declarations().items()}


def python_version() -> str:
    """Return the version of Python that the functions run on, such as "3.13"."""
    return str(serverless_config()["provider"]["runtime"]).removeprefix("python")


def serverless_config() -> Any:
    """Return the content of `serverless.yml`."""
    return load("serverless.yml")


@cache
def load(file: str) -> Any:
    """Return the content of a YAML file of this repository."""
    return yaml.load((ROOT / file).read_text(), _Loader)  # noqa: S506 - a subclass of SafeLoader
