"""Time zones: the names that are accepted, and the instants of local times.

A local time that exists twice is the first of the two (as with `fold=0` of PEP 495). PostgreSQL calculates the same
instants (`migrations/rules.py`); a test compares all zones and all changes of clocks from 2000 to 2040.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from common.errors import UnknownTimeZone

# PostgreSQL also accepts abbreviations ('CEST') and POSIX forms ('UTC+3'), which aren't names of IANA zones. Of the
# names without a region, these are the ones that PostgreSQL doesn't read as abbreviations.
NAMES_WITHOUT_REGION = (
    "UTC GMT UCT Universal Zulu Greenwich GMT0 GMT+0 GMT-0 EST5EDT CST6CDT MST7MDT PST8PDT Cuba Egypt Eire GB GB-Eire"
    " Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya Navajo NZ NZ-CHAT Poland Portugal PRC ROC ROK"
    " Singapore Turkey W-SU"
)
WITHOUT_REGION = tuple(NAMES_WITHOUT_REGION.split())
WITH_REGION = "[A-Z][A-Za-z_]*(/[A-Z][A-Za-z0-9_+-]*)+"

# PostgreSQL reads these names as abbreviations, some without daylight saving. So the zone that each is a link to, in
# the IANA database since 2024b, is stored instead.
LINKS = {
    "CET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "EST": "America/Panama",
    "HST": "Pacific/Honolulu",
    "MET": "Europe/Brussels",
    "MST": "America/Phoenix",
    "WET": "Europe/Lisbon",
}


# No zone is further from UTC.
EASTERNMOST_OFFSET, WESTERNMOST_OFFSET = timedelta(hours=14), timedelta(hours=-12)


def zone_name(name: str) -> str | None:
    """Return the name under which a zone is stored; None if there is no IANA zone of that name."""
    name = LINKS.get(name, name)
    if name not in WITHOUT_REGION and re.fullmatch(WITH_REGION, name) is None:
        return None
    try:
        return time_zone(name).key
    except UnknownTimeZone:
        return None


@lru_cache(maxsize=1000)
def time_zone(name: str) -> ZoneInfo:
    """Return the zone with a stored name; raise `UnknownTimeZone` if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; the name of a folder in the zone database
        message = "a stored time zone isn't the name of an IANA zone, such as Europe/Copenhagen; ask an operator"
        raise UnknownTimeZone(message) from None


def today(zone: ZoneInfo, now: datetime) -> date:
    """Return the date that the instant `now` falls on in the zone."""
    return now.astimezone(zone).date()


def instant(day: date, start: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time, in UTC.

    For a local time that exists twice, return the first of the two instants. For a local time that doesn't exist, use
    the offset from before the jump, as PEP 495 does.
    """
    return datetime.combine(day, start, zone).astimezone(UTC)


def exists(day: date, start: time, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone show this local time on this date."""
    return instant(day, start, zone).astimezone(zone).replace(tzinfo=None) == datetime.combine(day, start)
