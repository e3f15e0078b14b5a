"""Secrets as AWS keeps them: SecureString parameters of SSM, read on first use and again every few minutes.

Read again, so that a secret that was changed arrives in instances that stay warm for hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any

from common import aws, log
from common.errors import Unavailable

KEPT_FOR_SECONDS = 300
TRY_AGAIN_AFTER_SECONDS = 30


class ParametersRefused(Exception):
    """The parameters may not be read from here: a fault of the deployment."""


@dataclass(frozen=True, slots=True)
class _Kept:
    values: Mapping[str, str]
    read_again_at: float


_kept: dict[tuple[str, ...], _Kept] = {}
_turn = Lock()


def values_of(names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the parameters' values by name, without those that don't exist.

    What was read is kept for `KEPT_FOR_SECONDS`, and for longer while it can't be read again; where one is missing, it
    is looked for again soon. Raises `Unavailable` when nothing is kept yet, `ParametersRefused` when SSM says no.
    """
    with _turn:  # of an instance's threads, one asks
        kept = _kept.get(names)
        if kept is not None and monotonic() < kept.read_again_at:
            return kept.values
        try:
            values = _read(names)
            wait = KEPT_FOR_SECONDS if set(values) == set(names) else TRY_AGAIN_AFTER_SECONDS
        except (Unavailable, ParametersRefused) as why:
            if kept is None:
                raise
            log.write("WARNING", "parameters not read again", why=str(why.__cause__))
            values, wait = kept.values, TRY_AGAIN_AFTER_SECONDS
        _kept[names] = _Kept(values, monotonic() + wait)
        return values


def _read(names: tuple[str, ...]) -> Mapping[str, str]:
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
