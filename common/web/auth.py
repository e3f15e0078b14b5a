"""Authentication: bearer tokens (JWT, RFC 7519) as hosted auth providers issue them.

A token that is signed with HS256 is verified only with the shared secret. A token that is signed with ES256 or RS256 is
verified only with the provider's published keys. Otherwise, somebody could take a published key as the secret, sign a
token with HS256, and the token would be valid (RFC 8725, 2.1). A token is refused if the key for its algorithm isn't
configured.
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
NO_TOKEN = "send the header Authorization: Bearer <token>"  # noqa: S105 - not a password


def authenticate(authorization: str | None, settings: Settings) -> Caller:
    """Return the caller whose token is in the `Authorization` header.

    Raise `Unauthenticated` if the header has no valid token, and `Unavailable` if the published keys can't be fetched.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(NO_TOKEN)
    claims = _verified_claims(token.strip(), settings)
    try:
        user_id = UUID(claims["sub"])
    except ValueError:
        raise _invalid_token("sub", "its sub claim is not the UUID of a user") from None
    metadata = claims.get("app_metadata")
    return Caller(user_id, is_admin=isinstance(metadata, dict) and metadata.get("role") == "admin")


def _invalid_token(part: str, message: str) -> Unauthenticated:
    """Return the error for an invalid token.

    `part` is for the log line. It names the part of the token that is wrong: a claim, a header, `signature` or
    `format`. The message never contains the expected value, because this value could help to forge a token.
    """
    return Unauthenticated(f"The token is not valid: {message}", token_part=part)


def _verified_claims(token: str, settings: Settings) -> dict[str, Any]:
    import jwt  # imported here, because public reads don't need it, and it makes a cold start slower

    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        key: Any
        if algorithm == "HS256" and settings.auth_jwt_secret:
            key = settings.auth_jwt_secret
        elif algorithm in ("ES256", "RS256") and settings.auth_jwks_url:
            key = _published_key(settings.auth_jwks_url, token)
        else:
            raise _invalid_token("alg", "its algorithm is not accepted")
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=settings.auth_audience,
            # iat isn't checked: an issuer's clock may be a little ahead (RFC 7519, 4.1.6).
            options={"require": ["exp", "aud", "sub"], "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise _invalid_token(*_part_and_message(error)) from None


def _part_and_message(error: Exception) -> tuple[str, str]:
    """Return which part of the token is wrong, and what is wrong with it."""
    from jwt import exceptions

    match error:
        case exceptions.ExpiredSignatureError():
            return "exp", "it has expired; sign in again"
        case exceptions.ImmatureSignatureError():
            return "nbf", "it is not valid yet"
        case exceptions.MissingRequiredClaimError():
            return error.claim, f"its {error.claim} claim is missing"
        case exceptions.InvalidAudienceError():
            return "aud", "it is for another audience"
        case exceptions.InvalidSubjectError():
            return "sub", "its sub claim is not the UUID of a user"
        case exceptions.InvalidSignatureError():
            return "signature", "its signature is wrong"
        case exceptions.PyJWKClientError():
            return "kid", "its key (kid) is not one of the published keys"
        case exceptions.InvalidAlgorithmError() | exceptions.InvalidKeyError():
            return "alg", "its algorithm is not the one of its key"
    return "format", "it is malformed"


def _published_key(url: str, token: str) -> "PyJWK":
    """Return the published key with the token's `kid`; raise PyJWT's error if there is none.

    Raise `Unavailable` if the keys can't be fetched.
    """
    from jwt.exceptions import PyJWKClientConnectionError, PyJWTError

    keys = _published_keys(url)
    unavailable = Unavailable("the keys that verify tokens can't be fetched right now; please try again")
    try:
        keys.get_signing_keys()
    except (PyJWTError, ValueError) as error:
        raise unavailable from error
    try:
        return keys.get_signing_key_from_jwt(token)
    except PyJWKClientConnectionError as error:  # if no key has this kid, PyJWT fetches the keys again
        raise unavailable from error


@cache
def _published_keys(url: str) -> "PyJWKClient":
    from jwt import PyJWKClient

    return PyJWKClient(url, timeout=KEYS_TIMEOUT_SECONDS)
