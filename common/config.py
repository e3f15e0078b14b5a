"""The settings, and the only place that reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Self

DEFAULT_AUDIT_BUDGET_MS = 500


class InvalidSettings(Exception):
    """The environment doesn't make sense: a fault of the deployment, which a request can't mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between deployments. Secrets are kept out of its `repr`."""

    stage: str = "local"
    database_url: str = field(default="", repr=False)
    database_ca_file: str | None = None
    auth_jwt_secret: str | None = field(default=None, repr=False)
    auth_jwks_url: str | None = None
    auth_audience: str = "authenticated"
    allowed_origins: frozenset[str] = frozenset()
    audit_budget_ms: int = DEFAULT_AUDIT_BUDGET_MS
    audit_queue_url: str | None = None

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
    return _settings(tuple(os.environ.get(name) for name in NAMES))


NAMES = tuple(setting.name.upper() for setting in fields(Settings))


@lru_cache(maxsize=10)
def _settings(values: tuple[str | None, ...]) -> Settings:
    return Settings.from_env({name: value for name, value in zip(NAMES, values, strict=True) if value is not None})
