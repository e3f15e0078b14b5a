"""Authentication: bearer tokens (JWT, RFC 7519) as hosted auth providers issue them.

A token that is signed with HS256 is verified only with the shared secret. A token that is signed with ES256 or RS256 is
verified only with the provider's published keys. Otherwise, somebody could take a published key as the secret, sign a
token with HS256, and the token would be valid (RFC 8725, 2.1). A token is refused if the key for its algorithm isn't
configured.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from common.config import Settings
from common.core.caller import Caller
from common.core.texts import is_name, is_user_id
from common.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWKClient

KEYS_TIMEOUT_SECONDS = 3
NO_USER_ID = "its sub claim is not the id of a user: 1 to 255 bytes, without control characters"
NO_TOKEN = "send the header Authorization: Bearer <token>"  # noqa: S105 - not a password


def authenticate(authorization: str | None, settings: Settings) -> Caller:
    """Return the caller whose token is in the `Authorization` header.

    Raise `Unauthenticated` if the header has no valid token, and `Unavailable` if the published keys can't be fetched.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(NO_TOKEN)
    claims = _verified_claims(token.strip(), settings)
    if not is_user_id(claims["sub"]):
        raise _invalid_token("sub", NO_USER_ID)
    audience = _claim(claims, settings.auth_audience_claim)
    if audience is None:
        raise _invalid_token("aud", f"its {' / '.join(claim_path(settings.auth_audience_claim))} claim is missing")
    if not any(value in _values(audience) for value in settings.auth_audience):
        raise _invalid_token("aud", "it is for another audience")
    admin_claim = _claim(claims, settings.auth_admin_claim)
    # A claim such as {"admin": true} matches the setting `true`.
    is_admin = settings.auth_admin_value in _values("true" if admin_claim is True else admin_claim)
    name = _claim(claims, settings.auth_name_claim)
    return Caller(claims["sub"], is_admin=is_admin, name=name if isinstance(name, str) and is_name(name) else None)


def claim_path(pointer: str) -> list[str]:
    """Return the names in a JSON Pointer (RFC 6901), from the outermost object to the innermost."""
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]


def _claim(claims: dict[str, Any], pointer: str) -> Any:
    """Return the claim that a JSON Pointer refers to; None if there is none. The pointer can't refer into a list."""
    value: Any = claims
    for name in claim_path(pointer):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _values(claim: Any) -> list[Any]:
    """Return the values of a claim that has one value or a list of values."""
    return claim if isinstance(claim, list) else [claim]


def _invalid_token(part: str, message: str) -> Unauthenticated:
    """Return the error for an invalid token.

    `part` is for the log line. It names the part of the token that is wrong: a claim, a header, `signature` or
    `format`. The message never contains the expected value, because this value could help to forge a token.
    """
    return Unauthenticated(f"The token is not valid: {message}", token_part=part)


def _verified_claims(token: str, settings: Settings) -> dict[str, Any]:
    import jwt  # imported here, because public reads don't need it, and it makes a cold start slower

    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        key: Any
        if algorithm == "HS256" and settings.auth_jwt_secret:
            key = settings.auth_jwt_secret
        elif algorithm in ("ES256", "RS256") and settings.auth_jwks_url:
            key = _published_key(settings.auth_jwks_url, header.get("kid"))
        else:
            raise _invalid_token("alg", "its algorithm is not accepted")
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=settings.auth_issuer,
            # `authenticate` checks the audience, because it may be in another claim than `aud`. iat isn't checked: an
            # issuer's clock may be a little ahead (RFC 7519, 4.1.6).
            options={"require": ["exp", "sub"], "verify_aud": False, "verify_iat": False},
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
        case exceptions.InvalidIssuerError():
            return "iss", "it is from another issuer"
        case exceptions.InvalidSubjectError():
            return "sub", NO_USER_ID
        case exceptions.InvalidSignatureError():
            return "signature", "its signature is wrong"
        case exceptions.PyJWKClientError():
            return "kid", "its key (kid) is not one of the published keys"
        case exceptions.InvalidAlgorithmError() | exceptions.InvalidKeyError():
            return "alg", "its algorithm is not the one of its key"
    return "format", "it is malformed"


def _published_key(url: str, key_id: Any) -> "PyJWK":
    """Return the published key with this id. Raise PyJWT's error if there is none.

    Raise `Unavailable` if the keys can't be fetched, or if they can't be read.
    """
    from jwt.exceptions import PyJWKClientError

    keys = _published_keys(url)
    unavailable = Unavailable("the keys that verify tokens can't be fetched right now; please try again")
    try:
        keys.get_signing_keys()
    except Exception as error:  # PyJWT also raises OSError, and for keys that it can't read TypeError and others
        raise unavailable from error
    try:
        return keys.get_signing_key(key_id)  # if no key has this id, PyJWT fetches the keys again
    except Exception as error:  # the same errors as above; and PyJWKClientError itself, if there is no such key
        if type(error) is PyJWKClientError:
            raise
        raise unavailable from error


@cache
def _published_keys(url: str) -> "PyJWKClient":
    from jwt import PyJWKClient

    # Some providers refuse the user agent of urllib (403).
    return PyJWKClient(url, headers={"User-Agent": "slotledger"}, timeout=KEYS_TIMEOUT_SECONDS)
