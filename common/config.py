"""The settings, and the only place that reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Self

DEFAULT_AUDIT_BUDGET_MS = 500


class InvalidSettings(Exception):
    """The environment doesn't make sense: a fault of the deployment, which a request can't mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between deployments. Secrets are kept out of its `repr`.

    A `…_parameter` names the SSM parameter that has the value; the value itself, where it is given, goes before it.
    """

    stage: str = "local"
    database_url: str = field(default="", repr=False)
    database_url_parameter: str | None = None
    database_ca_file: str | None = None
    auth_jwt_secret: str | None = field(default=None, repr=False)
    auth_jwt_secret_parameter: str | None = None
    auth_jwks_url: str | None = None
    auth_audience: str = "authenticated"
    allowed_origins: frozenset[str] = frozenset()
    audit_budget_ms: int = DEFAULT_AUDIT_BUDGET_MS
    audit_queue_url: str | None = None
    parameters_secrets_extension_http_port: str | None = None
    aws_session_token: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from environment variables; an empty variable counts as one that isn't set."""
        names = {setting.name: setting.name.upper() for setting in fields(cls)}
        given: dict[str, str] = {
            name: environ[var].strip() for name, var in names.items() if environ.get(var, "").strip()
        }
        origins = given.pop("allowed_origins", "")
        budget = given.pop("audit_budget_ms", str(DEFAULT_AUDIT_BUDGET_MS))
        if not re.fullmatch("[0-9]{1,5}", budget) or int(budget) == 0:
            raise InvalidSettings("AUDIT_BUDGET_MS: expected a whole number of milliseconds from 1 to 99999")
        return cls(
            **given,
            allowed_origins=frozenset(origin.strip().rstrip("/") for origin in origins.split(",") if origin.strip()),
            audit_budget_ms=int(budget),
        )


def current() -> Settings:
    """Return the settings of this process; its environment may have changed since the last call."""
    return with_parameters(_settings(tuple(os.environ.get(name) for name in NAMES)))


def with_parameters(settings: Settings) -> Settings:
    """Return the settings with the values of the parameters that they name.

    Raises `InvalidSettings` where that of the database can't be had, `Unavailable` while none can. Where there is no
    secret, nobody can sign in.
    """
    wanted = {
        "database_url": None if settings.database_url else settings.database_url_parameter,
        # Whoever has published keys has no secret any more: an old one would still let its owners in.
        "auth_jwt_secret": None
        if settings.auth_jwt_secret or settings.auth_jwks_url
        else settings.auth_jwt_secret_parameter,
    }
    names = tuple(name for name in wanted.values() if name)
    if not names:
        return settings
    from common import parameters  # here, because most hosts do without

    port, token = settings.parameters_secrets_extension_http_port, settings.aws_session_token
    extension = parameters.Extension(port, token) if port and token else None
    try:
        values = parameters.values_of(names, extension)
    except parameters.ParametersRefused as why:
        raise InvalidSettings(f"the parameters can't be read: {why}") from why
    found = {setting: values[name] for setting, name in wanted.items() if name and name in values}
    if wanted["database_url"] and "database_url" not in found:
        raise InvalidSettings(f"DATABASE_URL_PARAMETER: there is no parameter {wanted['database_url']}")
    given: dict[str, Any] = {setting: value.strip() for setting, value in found.items()}
    return replace(settings, **given)


NAMES = tuple(setting.name.upper() for setting in fields(Settings))


@lru_cache(maxsize=10)
def _settings(values: tuple[str | None, ...]) -> Settings:
    return Settings.from_env({name: value for name, value in zip(NAMES, values, strict=True) if value is not None})
