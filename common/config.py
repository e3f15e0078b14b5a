"""The settings, read from the environment. No other module of `common` and `functions` reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Self

DEFAULT_AUDIT_BUDGET_MS = 500
DEFAULT_MAX_HOLDS = 5
DEFAULT_MAX_AGE = 5
# Without TLS, somebody in the network could replace the keys, and sign tokens. Names of this machine need no TLS.
JWKS_URL = r"(https://[^/\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)(/\S*)?"
# RFC 6901, without empty names: nobody has such claims, and they show that a / is not written as ~1.
JSON_POINTER = r"(/([^~/]|~[01])+)+"


class InvalidSettings(Exception):
    """A setting is missing or isn't valid; an operator has to correct the deployment."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a deployment. The `repr` omits the secrets.

    A setting `…_parameter` is the name of an SSM parameter that has the value of the setting without this suffix. The
    parameter is ignored if the setting without the suffix is set. The parameter with the shared secret is also ignored
    if `auth_jwks_url` is set.

    A setting `…_claim` is a JSON Pointer (RFC 6901) to a claim of the token. A token is for this deployment if the
    audience claim equals one of the audiences, or is a list with one of them. A user is an admin if the admin claim
    equals the admin value, or is a list with this value. `auth_issuer`, if set, has to equal the claim `iss`. The name
    claim is the name of the user, as it is stored with their bookings.

    `booking_students_confirm`: whether students may book without a hold, and confirm their holds. `booking_max_holds`:
    how many holds a student may have at a time. `search_public`: whether everybody may search for slots, or only those
    with a token. `search_max_age`: for how many seconds caches may store what a search found.
    """

    stage: str = "local"
    database_url: str = field(default="", repr=False)
    database_url_parameter: str | None = None
    database_ca_file: str | None = None
    auth_jwt_secret: str | None = field(default=None, repr=False)
    auth_jwt_secret_parameter: str | None = None
    auth_jwks_url: str | None = None
    auth_issuer: str | None = None
    auth_audience: frozenset[str] = frozenset({"authenticated"})
    auth_audience_claim: str = "/aud"
    auth_admin_claim: str = "/app_metadata/role"
    auth_admin_value: str = "admin"
    auth_name_claim: str = "/user_metadata/name"
    booking_students_confirm: bool = True
    booking_max_holds: int = DEFAULT_MAX_HOLDS
    search_public: bool = True
    search_max_age: int = DEFAULT_MAX_AGE
    allowed_origins: frozenset[str] = frozenset()
    audit_budget_ms: int = DEFAULT_AUDIT_BUDGET_MS
    audit_queue_url: str | None = None
    parameters_secrets_extension_http_port: str | None = None
    aws_session_token: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings from environment variables. Ignore empty variables."""
        names = {setting.name: setting.name.upper() for setting in fields(cls)}
        values: dict[str, Any] = {
            name: environ[var].strip() for name, var in names.items() if environ.get(var, "").strip()
        }
        origins = _split(values.pop("allowed_origins", ""))
        audience = _split(values.pop("auth_audience", "authenticated"))
        budget = values.pop("audit_budget_ms", str(DEFAULT_AUDIT_BUDGET_MS))
        max_holds = values.pop("booking_max_holds", str(DEFAULT_MAX_HOLDS))
        flags = {name: values.pop(name, "true") for name in ("booking_students_confirm", "search_public")}
        max_age = values.pop("search_max_age", str(DEFAULT_MAX_AGE))
        if not re.fullmatch("[0-9]{1,5}", budget) or int(budget) == 0:
            raise InvalidSettings("AUDIT_BUDGET_MS: use a whole number of milliseconds, 1 to 99999")
        if not re.fullmatch("[0-9]{1,5}", max_holds) or int(max_holds) == 0:
            raise InvalidSettings("BOOKING_MAX_HOLDS: use a whole number, 1 to 99999")
        if not re.fullmatch("[0-9]{1,5}", max_age):
            raise InvalidSettings("SEARCH_MAX_AGE: use a whole number of seconds, 0 to 99999")
        for name, value in flags.items():
            if value not in ("true", "false"):
                raise InvalidSettings(f"{name.upper()}: use true or false")
        if not audience:
            raise InvalidSettings("AUTH_AUDIENCE: name at least one audience")
        if not re.fullmatch(JWKS_URL, values.get("auth_jwks_url", "https://default")):
            raise InvalidSettings("AUTH_JWKS_URL: use a URL that begins with https:// (or http://localhost)")
        for name in ("auth_audience_claim", "auth_admin_claim", "auth_name_claim"):
            if not re.fullmatch(JSON_POINTER, values.get(name, "/default")):
                raise InvalidSettings(
                    f"{name.upper()}: use a JSON Pointer (RFC 6901), such as /app_metadata/role."
                    " In the name of a claim, write / as ~1, and ~ as ~0"
                )
        return cls(
            **values,
            auth_audience=audience,
            allowed_origins=frozenset(origin.rstrip("/") for origin in origins),
            audit_budget_ms=int(budget),
            booking_max_holds=int(max_holds),
            search_max_age=int(max_age),
            **{name: value == "true" for name, value in flags.items()},
        )


def _split(text: str) -> frozenset[str]:
    """Return the items of a list with commas."""
    return frozenset(item.strip() for item in text.split(",") if item.strip())


def current() -> Settings:
    """Return the settings of this process. Each call reads the environment; the parsed values are cached."""
    return with_parameters(_settings(tuple(os.environ.get(name) for name in NAMES)))


def with_parameters(settings: Settings) -> Settings:
    """Return the settings with the values of the SSM parameters that they name.

    Raise `InvalidSettings` if the parameter with the database's URL doesn't exist or if SSM denies access,
    `Unavailable` if SSM can't be reached. If the parameter with the secret doesn't exist, no token is valid.
    """
    parameter_names = {
        "database_url": None if settings.database_url else settings.database_url_parameter,
        # Ignore the shared secret when a JWKS URL is set, so that a leaked old secret can't sign tokens.
        "auth_jwt_secret": None
        if settings.auth_jwt_secret or settings.auth_jwks_url
        else settings.auth_jwt_secret_parameter,
    }
    names = tuple(name for name in parameter_names.values() if name)
    if not names:
        return settings
    from common import parameters  # imported here, because only AWS needs it

    port, token = settings.parameters_secrets_extension_http_port, settings.aws_session_token
    extension = parameters.Extension(port, token) if port and token else None
    try:
        values = parameters.read_parameters(names, extension)
    except parameters.ParametersDenied as error:
        raise InvalidSettings(f"the parameters can't be read: {error}") from error
    resolved: dict[str, Any] = {
        setting: values[name].strip() for setting, name in parameter_names.items() if name and name in values
    }
    if parameter_names["database_url"] and "database_url" not in resolved:
        raise InvalidSettings(f"DATABASE_URL_PARAMETER: there is no parameter {parameter_names['database_url']}")
    return replace(settings, **resolved)


NAMES = tuple(setting.name.upper() for setting in fields(Settings))


@lru_cache(maxsize=10)
def _settings(values: tuple[str | None, ...]) -> Settings:
    return Settings.from_env({name: value for name, value in zip(NAMES, values, strict=True) if value is not None})
