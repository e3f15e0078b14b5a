import { useMemo } from "react";
import type { ReactNode } from "react";
import { MAX_DATES_APART, dateAt, spanOf } from "../clock";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { addDays, dateIn, formatLocale, shortDate, timeIn } from "../time";
import { useNow } from "../useNow";
import { Month } from "./Month";
import { studentOf } from "./bookings";
import type { BookingsBySlot } from "./bookings";
import { visibleSlots } from "./draft";
import type { Draft } from "./draft";

interface OverviewProps {
  draft: Draft;
  /** The dates of the shown week. */
  dates: readonly string[];
  today: string;
  bookings: BookingsBySlot;
  onDate: (date: string) => void;
  /** More, before the next lessons: these appear when they have loaded, and nothing may move then. */
  children?: ReactNode;
}

const NEXT_LESSONS = 4;

/** Beside the week: the month, how much of the week is booked, and the next lessons. */
export function Overview({ draft, dates, today, bookings, onDate, children }: OverviewProps) {
  const now = useNow(60_000);
  const { offered, booked } = useMemo(() => minutesOf(draft, dates), [draft, dates.join()]);
  const next = [...bookings.values()]
    .filter(({ status, startsAt }) => status === "CONFIRMED" && Date.parse(startsAt) > now)
    .sort((one, other) => Date.parse(one.startsAt) - Date.parse(other.startsAt))
    .slice(0, NEXT_LESSONS);
  const share = offered === 0 ? 0 : booked / offered;
  return (
    <div className="overview">
      <Month weekStart={dates[0]!} today={today} onDate={onDate} />
      <div>
        <p className="between">
          <span>
            <b>{hours(booked)}</b> {t.week.overview.booked} {t.week.overview.offered(hours(offered))}
          </span>
          <b>{new Intl.NumberFormat(formatLocale(), { style: "percent" }).format(share)}</b>
        </p>
        <div className="meter" aria-hidden="true">
          <i style={{ inlineSize: `${100 * share}%` }} />
        </div>
      </div>
      {children}
      {next.length > 0 && (
        <div>
          <h3>{t.week.overview.next}</h3>
          <ul className="next">
            {next.map((booking) => (
              <li key={booking.bookingId} className="between">
                <span>{studentOf(booking)}</span>
                <time dateTime={booking.startsAt}>{dayAndTime(draft.zone, booking.startsAt, now)}</time>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Return a number of minutes as hours: "9¼ h". */
function hours(minutes: number): string {
  const quarters = Math.round(minutes / 15);
  return t.week.overview.hours(`${formatNumber(Math.floor(quarters / 4))}${["", "¼", "½", "¾"][quarters % 4]}`);
}

/** Return the day and time of an instant in a zone, as one says it: "today 17:00", "tomorrow 10:00", "Wed 25 Nov 15:00". */
function dayAndTime(zone: string, instant: string, now: number): string {
  const [date, time, today] = [dateIn(zone, new Date(instant)), timeIn(zone, new Date(instant)), dateIn(zone, new Date(now))];
  const { overview } = t.week;
  return date === today
    ? overview.today(time)
    : date === addDays(today, 1)
      ? overview.tomorrow(time)
      : `${shortDate(date)} ${time}`;
}

/** Return how many minutes of some dates are offered after the save, and how many are booked or held. */
function minutesOf(draft: Draft, dates: readonly string[]): { offered: number; booked: number } {
  const near = [-MAX_DATES_APART, ...dates.map((_, i) => i), dates.length - 1 + MAX_DATES_APART];
  const first = Math.min(...near);
  const all = Array.from({ length: Math.max(...near) - first + 1 }, (_, i) => addDays(dates[0]!, first + i));
  const slots = all.flatMap((date) =>
    visibleSlots(draft, date).filter(
      (slot) => slot.state !== "removed" && dates.includes(dateAt(draft.zone, spanOf(date, slot)[0])),
    ),
  );
  const sum = (some: typeof slots) => some.reduce((total, slot) => total + slot.durationMinutes, 0);
  return { offered: sum(slots), booked: sum(slots.filter(({ state }) => state === "booked" || state === "held")) };
}
