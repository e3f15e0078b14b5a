"""Secrets as AWS keeps them: SecureString parameters of SSM, read on first use and again every few minutes.

They are read again so that a changed secret arrives in instances that stay warm for hours. On Lambda, they come through
AWS's Parameters and Secrets Lambda Extension, which spares a cold start the AWS client: docs/decisions/cold-start.md.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from common import aws, log
from common.errors import Unavailable

KEPT_FOR_SECONDS = 300  # the extension keeps nothing itself (serverless.yml): its time would come on top
TRY_AGAIN_AFTER_SECONDS = 30
EXTENSION_TIMEOUT_SECONDS = 2


class ParametersRefused(Exception):
    """The parameters may not be read from here: a fault of the deployment."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Where the Parameters and Secrets Lambda Extension listens on this machine, and the token that it expects."""

    port: str
    token: str = field(repr=False)


class _ExtensionFailed(Exception):
    """The extension didn't return a parameter; the message says what it answered."""


@dataclass(frozen=True, slots=True)
class _Kept:
    values: Mapping[str, str]
    read_again_at: float


_kept: dict[tuple[str, ...], _Kept] = {}
_lock = Lock()


def values_of(names: tuple[str, ...], extension: Extension | None = None) -> Mapping[str, str]:
    """Return the parameters' values by name, without those that don't exist.

    What was read, through the extension where there is one, is kept for `KEPT_FOR_SECONDS`, and for longer while it
    can't be read again; where one is missing, it is looked for again soon. Raises `Unavailable` when nothing is kept
    yet, `ParametersRefused` when SSM says no.
    """
    with _lock:  # of an instance's threads, one asks
        kept = _kept.get(names)
        if kept is not None and monotonic() < kept.read_again_at:
            return kept.values
        try:
            values = _read(names, extension)
            wait = KEPT_FOR_SECONDS if set(values) == set(names) else TRY_AGAIN_AFTER_SECONDS
        except (Unavailable, ParametersRefused) as why:
            if kept is None:
                raise
            log.write("WARNING", "parameters not read again", why=str(why.__cause__))
            values, wait = kept.values, TRY_AGAIN_AFTER_SECONDS
        _kept[names] = _Kept(values, monotonic() + wait)
        return values


def _read(names: tuple[str, ...], extension: Extension | None) -> Mapping[str, str]:
    if extension is not None:
        try:
            return _read_through(extension, names)
        except _ExtensionFailed as why:
            # SSM itself says why: the extension answers the same to a missing, a refused and an unreachable parameter.
            log.write("WARNING", "parameters extension failed", why=str(why))
    return _read_from_ssm(names)


def _read_through(extension: Extension, names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the values of all parameters; `_ExtensionFailed` where one of them can't be had."""
    try:
        with closing(HTTPConnection(f"localhost:{extension.port}", timeout=EXTENSION_TIMEOUT_SECONDS)) as connection:
            return {name: _value(connection, name, extension.token) for name in names}
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        raise _ExtensionFailed(type(error).__name__) from error


def _value(connection: HTTPConnection, name: str, token: str) -> str:
    path = f"/systemsmanager/parameters/get?{urlencode({'name': name, 'withDecryption': 'true'})}"
    connection.request("GET", path, headers={"X-Aws-Parameters-Secrets-Token": token})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise _ExtensionFailed(f"{answer.status} {body[:200].decode(errors='replace')}")
    return str(json.loads(body)["Parameter"]["Value"])


def _read_from_ssm(names: tuple[str, ...]) -> Mapping[str, str]:
    outage = Unavailable("the settings can't be read right now; please try again")
    try:
        ssm = _client()
    except Exception as error:  # the AWS client's own, of many kinds
        raise outage from error
    try:
        answer = ssm.get_parameters(Names=list(names), WithDecryption=True)
    except ssm.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code.startswith("AccessDenied"):
            raise ParametersRefused(f"{code} for {', '.join(names)}") from error
        raise outage from error
    except Exception as error:  # the AWS client's own, of many kinds
        raise outage from error
    return {told["Name"]: told["Value"] for told in answer["Parameters"]}


@cache
def _client() -> Any:
    return aws.client("ssm")
