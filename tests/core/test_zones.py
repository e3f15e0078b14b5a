from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given

from common.core.zones import LINKS, exists, instant, time_zone, today, zone_name
from common.errors import UnknownTimeZone
from tests.core import strategies

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MINUTE = timedelta(minutes=1)


def minutes_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the instants of all minutes of a date in the zone."""
    noon = datetime.combine(day, time(12), UTC)
    candidates = (noon + minute * MINUTE for minute in range(-40 * 60, 40 * 60))
    return [minute for minute in candidates if minute.astimezone(zone).date() == day]


@given(strategies.zones, strategies.dates, strategies.times)
def test_an_instant_is_the_first_minute_at_which_the_clocks_show_the_local_time(
    zone: ZoneInfo, day: date, start: time
) -> None:
    """The result is compared with a loop over every minute of the day."""
    shown = [m for m in minutes_of(day, zone) if m.astimezone(zone).time().replace(fold=0) == start]
    assert exists(day, start, zone) == bool(shown)
    if shown:
        assert instant(day, start, zone) == shown[0]


def test_today_depends_on_the_zone() -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert today(COPENHAGEN, now) == date(2026, 11, 23)
    assert today(ZoneInfo("America/New_York"), now) == date(2026, 11, 22)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "UTC+3"])
def test_a_zone_that_does_not_exist_is_an_error(name: str) -> None:
    """Other programs can write such a name to the table of tutors."""
    with pytest.raises(UnknownTimeZone, match="isn't the name of an IANA zone, such as Europe/Copenhagen"):
        time_zone(name)


def test_every_iana_zone_is_accepted() -> None:
    """Links, such as Asia/Calcutta, are zones too. Two names of Python aren't names of zones."""
    refused = {name for name in available_timezones() if zone_name(name) is None}
    assert refused <= {"Factory", "localtime", "posixrules"}
    renamed = {name: zone_name(name) for name in available_timezones() if zone_name(name) not in (None, name)}
    assert renamed == LINKS


def test_a_zone_is_stored_under_a_name_that_postgresql_reads_as_that_zone() -> None:
    """PostgreSQL reads CET as an abbreviation: one hour ahead of UTC, also in summer."""
    for name, stored in LINKS.items():
        for month in range(1, 13):
            at = datetime(2026, month, 15, tzinfo=UTC)
            assert at.astimezone(ZoneInfo(name)).utcoffset() == at.astimezone(ZoneInfo(stored)).utcoffset()


@pytest.mark.parametrize("name", ["", "CEST", "UTC+3", "<+03>-3", "posix/Europe/Copenhagen", "Europe/Atlantis", "a\0b"])
def test_other_names_are_refused(name: str) -> None:
    assert zone_name(name) is None
