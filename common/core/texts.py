"""Which texts can be stored, and which can be the id of a user."""

MAX_ID_BYTES = 255  # in UTF-8; OpenID Connect Core 1.0, section 2, has the same limit for `sub`, in ASCII characters


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can store the text: it has no NUL characters and no halves of surrogate pairs."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def is_name(text: str) -> bool:
    """Whether the text can be a name: 1 to 255 bytes that can be stored."""
    return is_storable(text) and 1 <= len(text.encode()) <= MAX_ID_BYTES


def is_user_id(text: str) -> bool:
    """Whether the text can be the id of a user: 1 to 255 bytes without control characters.

    Auth providers choose the ids. Slotledger only compares them, exactly.
    """
    if not is_storable(text) or not 1 <= len(text.encode()) <= MAX_ID_BYTES:
        return False
    return not any(character < " " or "\x7f" <= character <= "\x9f" for character in text)
