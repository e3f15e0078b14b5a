"""Secrets on AWS: SecureString parameters of SSM, cached for a few minutes.

The cache expires so that a changed secret reaches instances that run for hours. On Lambda, AWS's Parameters and Secrets
Lambda Extension reads the parameters, so that a cold start doesn't import the SDK
(`docs/decisions/cold-start.md`).
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

CACHE_SECONDS = 300  # serverless.yml turns off the extension's own cache, which would keep old values even longer
RETRY_AFTER_SECONDS = 30
EXTENSION_TIMEOUT_SECONDS = 2


class ParametersDenied(Exception):
    """SSM denies access to the parameters; an operator has to correct the deployment."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Port on localhost of the Parameters and Secrets Lambda Extension, and the token that it expects."""

    port: str
    token: str = field(repr=False)


_cache: dict[tuple[str, ...], tuple[Mapping[str, str], float]] = {}
"""The values of each tuple of names, and the instant of the monotonic clock at which they expire."""
_lock = Lock()


def read_parameters(names: tuple[str, ...], extension: Extension | None = None) -> Mapping[str, str]:
    """Return the values of the parameters that exist, by name.

    Values are cached for `CACHE_SECONDS`, or for `RETRY_AFTER_SECONDS` if a parameter doesn't exist. If reading fails
    when the cache has expired, the old values are used for `RETRY_AFTER_SECONDS` more. If there are no old values,
    raise `Unavailable` if SSM can't be reached, and `ParametersDenied` if SSM denies access.
    """
    with _lock:  # one thread reads, the others wait for its result
        old_values, expires_at = _cache.get(names, (None, 0.0))
        if old_values is not None and monotonic() < expires_at:
            return old_values
        try:
            values = _read(names, extension)
            lifetime = CACHE_SECONDS if set(values) == set(names) else RETRY_AFTER_SECONDS
        except (Unavailable, ParametersDenied) as error:
            if old_values is None:
                raise
            log.write("WARNING", "parameters could not be read again", why=str(error.__cause__))
            values, lifetime = old_values, RETRY_AFTER_SECONDS
        _cache[names] = values, monotonic() + lifetime
        return values


def _read(names: tuple[str, ...], extension: Extension | None) -> Mapping[str, str]:
    if extension is not None:
        try:
            return _read_from_extension(extension, names)
        except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
            why = str(error) if isinstance(error, HTTPException) else type(error).__name__  # others may quote a header
            # The extension gives the same answer if the parameter doesn't exist, if access is denied, and if SSM can't
            # be reached. So ask SSM, which gives different answers.
            log.write("WARNING", "parameters extension failed", why=why)
    return _read_from_ssm(names)


def _read_from_extension(extension: Extension, names: tuple[str, ...]) -> Mapping[str, str]:
    with closing(HTTPConnection(f"localhost:{extension.port}", timeout=EXTENSION_TIMEOUT_SECONDS)) as connection:
        return {name: _value(connection, name, extension.token) for name in names}


def _value(connection: HTTPConnection, name: str, token: str) -> str:
    path = f"/systemsmanager/parameters/get?{urlencode({'name': name, 'withDecryption': 'true'})}"
    connection.request("GET", path, headers={"X-Aws-Parameters-Secrets-Token": token})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise HTTPException(f"{answer.status} {body[:200].decode(errors='replace')}")
    return str(json.loads(body)["Parameter"]["Value"])


def _read_from_ssm(names: tuple[str, ...]) -> Mapping[str, str]:
    outage = Unavailable("the settings can't be read right now; please try again")
    try:
        ssm = _client()
    except Exception as error:  # the SDK raises many kinds
        raise outage from error
    try:
        answer = ssm.get_parameters(Names=list(names), WithDecryption=True)
    except ssm.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code.startswith("AccessDenied"):
            raise ParametersDenied(f"{code} for {', '.join(names)}") from error
        raise outage from error
    except Exception as error:  # the SDK raises many kinds
        raise outage from error
    return {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}


@cache
def _client() -> Any:
    return aws.client("ssm")
