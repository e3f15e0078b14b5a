"""What a stage is called, and where its things are: read from `serverless.yml`, and what functions there are."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from common.web.endpoint import Declaration

ROOT = Path(__file__).parent.parent
BUILD = ROOT / ".build"


class Stopped(Exception):
    """A step that failed, and what to do next: for the person who called the command."""


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags (`!Ref`, `!Sub`, …) as the plain values behind them."""


_Loader.add_multi_constructor("!", lambda loader, _, node: getattr(loader, f"construct_{node.id}")(node))


@contextmanager
def build_lock() -> Iterator[None]:
    """Have the folder of what is built for oneself; another command that builds waits."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage.

    Parameters are the names of SSM parameters in its region. With `requires_confirmation`, commands that change the
    stage need CONFIRM=<stage>.
    """

    name: str
    region: str
    database_url_parameter: str
    auth_jwt_secret_parameter: str
    auth_jwks_url: str
    database_ca_file: str | None
    requires_confirmation: bool

    @property
    def stack(self) -> str:
        """Return the name of the stage's CloudFormation stack."""
        return f"{service()}-{self.name}"

    def function(self, name: str) -> str:
        """Return the name that a function has on AWS."""
        return f"{self.stack}-{name}"


def stage_named(name: str) -> Stage:
    """Return a stage that `serverless.yml` has; `Stopped` for any other."""
    params = serverless_config()["params"]
    names = [stage for stage in params if stage != "default"]
    if name not in names:
        raise Stopped(f"STAGE={name}: expected one of {', '.join(names)}, as in make deploy STAGE={names[0]}")
    told = {key: _filled_in(value, name) for key, value in {**params["default"], **params[name]}.items()}
    return Stage(
        name=name,
        region=told["region"],
        database_url_parameter=told["databaseUrlParameter"],
        auth_jwt_secret_parameter=told["authJwtSecretParameter"],
        auth_jwks_url=told["authJwksUrl"],
        database_ca_file=told["databaseCaFile"] or None,
        requires_confirmation=told["requiresConfirmation"],
    )


def _filled_in(value: Any, stage: str) -> Any:
    return value.replace("${sls:stage}", stage) if isinstance(value, str) else value


def service() -> str:
    """Return the name of the whole."""
    return str(serverless_config()["service"])


def ca_files() -> list[str]:
    """Return the certificate authorities of all stages, as files of this repository."""
    named = {told.get("databaseCaFile") for told in serverless_config()["params"].values()}
    return sorted(file for file in named if file)


def with_urls() -> list[str]:
    """Return the names of the functions that have URLs."""
    return [name for name, told in serverless_config()["functions"].items() if "url" in told]


def handlers() -> dict[str, str]:
    """Return the module of each function's handler."""
    return {
        name: told["handler"].removesuffix(".handler").replace("/", ".")
        for name, told in serverless_config()["functions"].items()
    }


def artifacts() -> dict[str, str]:
    """Return the name of each function's zip, by which its lock file is called, too."""
    all_of_them = serverless_config()["package"]["artifact"]
    return {
        name: Path(told.get("package", {}).get("artifact", all_of_them)).stem
        for name, told in serverless_config()["functions"].items()
    }


def declarations() -> dict[str, Declaration]:
    """Return what each function's decorator declares; this imports them all."""
    return {name: getattr(import_module(module), name).declaration for name, module in handlers().items()}


def python_version() -> str:
    """Return the version of Python that the functions run on, as in "3.13"."""
    return str(serverless_config()["provider"]["runtime"]).removeprefix("python")


def serverless_config() -> Any:
    """Return what `serverless.yml` says."""
    return load("serverless.yml")


@cache
def load(file: str) -> Any:
    """Return what a YAML file of this repository says."""
    return yaml.load((ROOT / file).read_text(), _Loader)  # noqa: S506 - a safe loader with tags
