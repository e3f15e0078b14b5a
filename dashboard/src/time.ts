/** Dates are `YYYY-MM-DD` throughout, as in the API: days of a calendar, without a time zone. */

/** The page is in English, so dates, times and numbers are too, whatever the browser speaks. */
export const LOCALE = "en-GB";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns the date that is so many days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Returns the Monday of the date's week. */
export function mondayOf(date: string): string {
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

/** Returns which date an instant falls on in a time zone. */
export function dateIn(timeZone: string, instant: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(instant);
}

/** Returns what the clock shows at an instant in a time zone: "14:03". */
export function clockIn(timeZone: string, instant: Date): string {
  return new Intl.DateTimeFormat(LOCALE, { timeZone, timeStyle: "short" }).format(instant);
}

// By how much clocks are put back.
const PUT_BACK_MS = [30, 60, 120].map((minutes) => minutes * 60 * 1000);

/** Returns what the clock shows at an instant; where it shows the same again, before or after, which of them is meant. */
export function clearClockIn(timeZone: string, instant: Date): string {
  const clock = new Intl.DateTimeFormat(LOCALE, { timeZone, dateStyle: "short", timeStyle: "short" });
  const isShownTwice = PUT_BACK_MS.flatMap((ms) => [ms, -ms]).some(
    (ms) => clock.format(instant.getTime() + ms) === clock.format(instant),
  );
  const style = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return isShownTwice
    ? new Intl.DateTimeFormat(LOCALE, { timeZone, ...style }).format(instant)
    : clockIn(timeZone, instant);
}

/** Returns a date: "Monday 23 November". */
export function longDate(date: string): string {
  const style = { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" } as const;
  return new Intl.DateTimeFormat(LOCALE, style).format(new Date(date));
}

/** Returns a range of dates: "23–29 November 2026". */
export function rangeName(first: string, last: string): string {
  const style = { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" } as const;
  return new Intl.DateTimeFormat(LOCALE, style).formatRange(new Date(first), new Date(last));
}

/** Returns a date in short: "Mon 23". */
export function weekdayAndDay(date: string): string {
  const style = { timeZone: "UTC", weekday: "short", day: "numeric" } as const;
  return new Intl.DateTimeFormat(LOCALE, style).format(new Date(date));
}

/** The time zone of the browser; where it knows none that it can reckon with (`Etc/Unknown`), UTC. */
export function viewersZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    Intl.DateTimeFormat(LOCALE, { timeZone });
    return timeZone;
  } catch {
    return "UTC";
  }
}

const agreeing = new Map<string, boolean>();

/**
 * Whether two time zones are one to whoever reads a clock, a year back and a year ahead. A zone may have several names
 * (Asia/Kathmandu, Asia/Katmandu), and browsers differ in which of them they take for the same.
 */
export function isSameZone(a: string, b: string): boolean {
  const key = `${a} ${b}`;
  if (!agreeing.has(key)) {
    agreeing.set(key, a === b || doClocksAgree(a, b));
  }
  return agreeing.get(key)!;
}

/** Four times a day, at the hours (of UTC) between which neighbours change their clocks on the same day. */
function doClocksAgree(a: string, b: string): boolean {
  const [one, other] = [a, b].map(
    (timeZone) => new Intl.DateTimeFormat(LOCALE, { timeZone, dateStyle: "short", timeStyle: "short" }),
  ) as [Intl.DateTimeFormat, Intl.DateTimeFormat];
  const today = Math.floor(Date.now() / DAY_MS);
  for (let day = today - 366; day <= today + 366; day += 1 / 4) {
    if (one.format(day * DAY_MS) !== other.format(day * DAY_MS)) {
      return false;
    }
  }
  return true;
}

/** Returns a time zone's name for people: "Europe/Copenhagen" is "Copenhagen time". */
export function zoneName(timeZone: string): string {
  const place = timeZone.split("/").at(-1)!.replaceAll("_", " ");
  return timeZone.includes("/") ? `${place} time` : timeZone;
}

/** Returns a date as the viewer's language writes it, in short: "Mon 23 Nov"; with the year, where it isn't this one. */
export function shortDate(date: string): string {
  const isThisYear = date.slice(0, 4) === dateIn(viewersZone(), new Date()).slice(0, 4);
  const year = isThisYear ? undefined : "numeric";
  const style = { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year } as const;
  return new Intl.DateTimeFormat(LOCALE, style).format(new Date(date));
}

/** Returns date and time of an instant in a time zone: "Mon, 23 Nov 2026, 14:03". */
export function whenIn(timeZone: string, instant: Date): string {
  const date = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  return new Intl.DateTimeFormat(LOCALE, { timeZone, ...date, hour: "2-digit", minute: "2-digit" }).format(instant);
}
