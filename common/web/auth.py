"""Who is calling: bearer tokens (JWT, RFC 7519) as the hosted auth providers issue them. Every doubt is a refusal.

Which key counts follows from the settings, never from the token: HS256 goes with the shared secret alone, ES256 and
RS256 with the provider's published keys alone, so that a public key can't be passed off as a secret (RFC 8725, 2.1).
With neither configured there is nobody who could be let in.
"""

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.config import Settings
from common.core.caller import Caller
from common.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWKClient

KEYS_TIMEOUT_SECONDS = 3


def authenticate(authorization: str | None, settings: Settings) -> Caller:
    """Return who the `Authorization` header says is calling; `Unauthenticated` when it doesn't hold."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send the header Authorization: Bearer <token>")
    claims = _verified_claims(token.strip(), settings)
    try:
        user_id = UUID(claims["sub"])
    except ValueError:
        raise Unauthenticated("the token's sub isn't the UUID of a user") from None
    metadata = claims.get("app_metadata")
    return Caller(user_id, is_admin=isinstance(metadata, dict) and metadata.get("role") == "admin")


def _verified_claims(token: str, settings: Settings) -> dict[str, Any]:
    import jwt  # here, because public reads do without it, and its cryptography costs a cold start

    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        key: Any
        if algorithm == "HS256" and settings.auth_jwt_secret:
            key = settings.auth_jwt_secret
        elif algorithm in ("ES256", "RS256") and settings.auth_jwks_url:
            key = _published_key(settings.auth_jwks_url, token)
        else:
            raise Unauthenticated("the token isn't signed in a way that is accepted here")
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=settings.auth_audience,
            # An issuer whose clock is a little ahead is no reason to refuse: iat promises nothing (RFC 7519, 4.1.6).
            options={"require": ["exp", "aud", "sub"], "verify_iat": False},
        )
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("the token has expired; sign in again") from None
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
        raise Unauthenticated("the token doesn't hold") from None


def _published_key(url: str, token: str) -> "PyJWK":
    """Return the key that the token names; keys that can't be fetched are an outage, and no verdict on the token."""
    from jwt.exceptions import PyJWKClientConnectionError, PyJWTError

    keys = _published_keys(url)
    outage = Unavailable("the keys that tokens are checked with can't be fetched right now; please try again")
    try:
        keys.get_signing_keys()
    except (PyJWTError, ValueError) as error:
        raise outage from error
    try:
        return keys.get_signing_key_from_jwt(token)
    except PyJWKClientConnectionError as error:  # it asked again, for a key that is new
        raise outage from error


@cache
def _published_keys(url: str) -> "PyJWKClient":
    from jwt import PyJWKClient

    return PyJWKClient(url, timeout=KEYS_TIMEOUT_SECONDS)
