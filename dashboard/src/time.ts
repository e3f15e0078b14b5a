/** Dates and times as text. A date is a calendar day without a time zone, in the API's format `YYYY-MM-DD`. */

import { readStored } from "./storage";
import { language, t } from "./texts";

/** The countries whose formats are used if the browser is in another language than the page. */
const LOCALES = { en: "en-GB", de: "de-DE", da: "da-DK", xa: "en-GB" };

let preferredLocales: readonly string[] = [];

/** Prefer some locales to the browser's: those of the page that the booker is a part of. */
export function preferLocales(locales: readonly string[]): void {
  preferredLocales = locales;
}

/** Return the locale of dates, times and numbers: the browser's if it is of the page's language. */
export function formatLocale(): string {
  const spoken = language === "xa" ? "en" : language;
  const isSpoken = (locale: string) => locale.split("-")[0] === spoken;
  return preferredLocales.find((locale) => locale.includes("-") && isSpoken(locale)) ?? [navigator.language].find(isSpoken) ?? LOCALES[language];
}

/** Return the first day of the week where the viewer is, in whichever language the page is: 1 is Monday, 7 is Sunday. */
export function firstDayOfWeek(): number {
  const locale: Intl.Locale & Partial<WeekInfo> = new Intl.Locale(navigator.language);
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1; // not every browser knows it
}

interface WeekInfo {
  getWeekInfo(): { firstDay: number };
  weekInfo: { firstDay: number };
}

/** Return the first date of a date's week, where the viewer is. */
export function firstOfWeek(date: string): string {
  const isoDay = new Date(date).getUTCDay() || 7;
  return addDays(date, -((isoDay - firstDayOfWeek() + 7) % 7));
}

/**
 * Return the Monday in the viewer's week of a date. It names the week in addresses: so a reader whose weeks begin on another
 * day sees the same Monday to Saturday.
 */
export function mondayInWeekOf(date: string): string {
  return addDays(firstOfWeek(date), (8 - firstDayOfWeek()) % 7);
}

/** Return the numbers of the weekdays (0 is Monday) in the order in which the viewer's week has them. */
export function weekdayOrder(): number[] {
  return Array.from({ length: 7 }, (_, i) => (firstDayOfWeek() - 1 + i) % 7);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Return a format of the viewer's locale, or of another one. Formats are kept, because it takes long to make one. */
function format(options: Intl.DateTimeFormatOptions, locale = formatLocale()): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const kept = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, kept);
  return kept;
}

/** Return a time of day (`HH:MM`, or "24:00" for the end of the day) as the viewer writes it: "14:00", "2:00 PM". */
export function clockName(time: string): string {
  return format({ timeZone: "UTC", timeStyle: "short" }).format(new Date(`2000-01-01T${time}Z`));
}

/** Return an hour (0 to 24) as briefly as the viewer may write it: "14:00", "2 PM". */
export function hourName(hour: number): string {
  const time = new Date(Date.UTC(2000, 0, 1, hour));
  return format({ timeZone: "UTC", ...(has12Hours() ? { hour: "numeric" } : { timeStyle: "short" }) }).format(time);
}

/** Return whether the viewer's clock has 12 hours. */
export function has12Hours(): boolean {
  return format({ hour: "numeric" }).resolvedOptions().hour12 === true;
}

/** The dates that a field takes. With a last date, a year has four digits, so that a typed date goes on to the next part. */
export const [EARLIEST, LATEST] = ["2000-01-01", "2999-12-31"];

const DAY_MS = 24 * 60 * 60 * 1000;

/** Return the date that is a number of days after a date. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Return the dates from the first to the last, both included. */
export function datesBetween(first: string, last: string): string[] {
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS;
  return Array.from({ length: days + 1 }, (_, i) => addDays(first, i));
}

/** Return the Monday of a date's week. */
export function mondayOf(date: string): string {
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

/** Return the date of an instant in a time zone. */
export function dateIn(timeZone: string, instant: Date): string {
  return format({ timeZone, dateStyle: "short" }, "en-CA").format(instant);
}

/** Return the time of an instant in a time zone: "14:03". */
export function timeIn(timeZone: string, instant: Date): string {
  return format({ timeZone, timeStyle: "short" }).format(instant);
}

// The usual amounts by which clocks are put back: half an hour, one hour or two hours.
const CLOCK_SHIFTS_MS = [30, 60, 120].map((minutes) => minutes * 60 * 1000);

/** Return the time of an instant in a time zone. Add the offset if the clocks show this time twice: "01:30 GMT-5". */
export function unambiguousTimeIn(timeZone: string, instant: Date): string {
  const dateAndTime = format({ timeZone, dateStyle: "short", timeStyle: "short" });
  const isShownTwice = CLOCK_SHIFTS_MS.flatMap((ms) => [ms, -ms]).some(
    (ms) => dateAndTime.format(instant.getTime() + ms) === dateAndTime.format(instant),
  );
  const style = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return isShownTwice
    ? format({ timeZone, ...style }).format(instant)
    : timeIn(timeZone, instant);
}

/** Return a date: "Friday 1 October". Add the year if it isn't the year of `today`: "Friday, 1 October 2027". */
export function longDate(date: string, today?: string): string {
  const isOtherYear = today !== undefined && date.slice(0, 4) !== today.slice(0, 4);
  const style = { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" } as const;
  return format(isOtherYear ? { ...style, year: "numeric" } : style).format(new Date(date));
}

/** Return a range of dates: "23–29 November 2026". */
export function rangeName(first: string, last: string): string {
  const style = { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" } as const;
  return format(style).formatRange(new Date(first), new Date(last));
}

/** Return the month of a date: "November 2026". */
export function monthName(date: string): string {
  const style = { timeZone: "UTC", month: "long", year: "numeric" } as const;
  return format(style).format(new Date(date));
}

/** Return the months from one date to another: "November 2026", "Nov – Dec 2026". */
export function monthsName(first: string, last: string): string {
  const style = { timeZone: "UTC", month: first.slice(0, 7) === last.slice(0, 7) ? "long" : "short", year: "numeric" } as const;
  return format(style).formatRange(new Date(first), new Date(last));
}

/** Return the number of a date's week in its year, as ISO 8601 counts them. */
export function isoWeek(date: string): number {
  const thursday = addDays(mondayOf(date), 3);
  const firstOfYear = Date.parse(`${thursday.slice(0, 4)}-01-01`);
  return Math.floor((Date.parse(thursday) - firstOfYear) / (7 * DAY_MS)) + 1;
}

/** Return the weekday and day of a date: "Mon 23". */
export function weekdayAndDay(date: string): string {
  const style = { timeZone: "UTC", weekday: "short", day: "numeric" } as const;
  return format(style).format(new Date(date));
}

/** Where the zone is stored that the viewer has chosen in place of the browser's. */
export const CHOSEN_ZONE = "slotledger.zone";

/** Return the time zone that the viewer has chosen, or else the browser's. */
export function viewersZone(): string {
  const chosen = readStored(CHOSEN_ZONE, "local");
  return chosen !== null && isZone(chosen) ? chosen : browsersZone();
}

/** The browser's zone, and when it was read. It rarely changes, and is asked for with each time that is written. */
let lastZone = { timeZone: "UTC", readAt: -Infinity };
const ZONE_MS = 10_000;

/** Return the browser's time zone. Return UTC if the browser doesn't know its zone (`Etc/Unknown`). */
export function browsersZone(): string {
  if (performance.now() - lastZone.readAt > ZONE_MS) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    lastZone = { timeZone: isZone(timeZone) ? timeZone : "UTC", readAt: performance.now() };
  }
  return lastZone.timeZone;
}

function isZone(timeZone: string): boolean {
  try {
    format({ timeZone });
    return true;
  } catch {
    return false;
  }
}

const sameZones = new Map<string, boolean>();

/**
 * Return whether the clocks of two time zones show the same time, from a year ago to a year ahead. It isn't enough to
 * compare names: a zone may have several names (Asia/Kathmandu, Asia/Katmandu), and browsers use different ones.
 */
export function isSameZone(a: string, b: string): boolean {
  const key = `${a} ${b}`;
  if (!sameZones.has(key)) {
    sameZones.set(key, a === b || haveSameClocks(a, b));
  }
  return sameZones.get(key)!;
}

/**
 * Return whether the clocks of two time zones agree. Compare them once a week, and in a week in which the clocks of one
 * were changed, every six hours: two zones may change their clocks on the same day, but not at the same instant.
 */
function haveSameClocks(a: string, b: string): boolean {
  const today = Math.floor(Date.now() / DAY_MS);
  for (let day = today - 366; day <= today + 366; day += 7) {
    const isChanged = timeIn(a, new Date(day * DAY_MS)) !== timeIn(a, new Date((day + 7) * DAY_MS));
    for (let at = day; at <= day + 7; at += isChanged ? 1 / 4 : 7) {
      if (clocksOf(a, at) !== clocksOf(b, at)) {
        return false;
      }
    }
  }
  return true;
}

function clocksOf(timeZone: string, day: number): string {
  return format({ timeZone, dateStyle: "short", timeStyle: "short" }).format(day * DAY_MS);
}

/** Return a time zone's name: "Copenhagen time" for "Europe/Copenhagen". */
export function zoneName(timeZone: string): string {
  return timeZone.includes("/") ? t.bar.place(placeOf(timeZone)) : timeZone;
}

/** Return the place in a time zone's name: "Copenhagen" for "Europe/Copenhagen". */
export function placeOf(timeZone: string): string {
  return timeZone.split("/").at(-1)!.replaceAll("_", " ");
}

/** Return when a slot is, in a time zone: "Friday 1 October, 09:00–10:00". Without an end, return only the start. */
export function whenIn(timeZone: string, { startsAt, endsAt }: { startsAt: string; endsAt: string | null }): string {
  const start = new Date(startsAt);
  const end = endsAt === null ? "" : `–${unambiguousTimeIn(timeZone, new Date(endsAt))}`;
  const date = longDate(dateIn(timeZone, start), dateIn(timeZone, new Date()));
  return `${date}, ${unambiguousTimeIn(timeZone, start)}${end}`;
}

/** Return the weekday of a date: "Tuesday". */
export function weekdayName(date: string, weekday: "long" | "short" | "narrow" = "long"): string {
  return format({ timeZone: "UTC", weekday }).format(new Date(date));
}

/** Return a date without its weekday: "1 December". Add the year if it isn't the year of `today`. */
export function dayAndMonth(date: string, today: string): string {
  const year = date.slice(0, 4) === today.slice(0, 4) ? undefined : "numeric";
  const style = { timeZone: "UTC", day: "numeric", month: "long", year } as const;
  return format(style).format(new Date(date));
}

/** Return a short date: "Mon 23 Nov". Add the year if it isn't this year. */
export function shortDate(date: string): string {
  const isThisYear = date.slice(0, 4) === dateIn(viewersZone(), new Date()).slice(0, 4);
  const year = isThisYear ? undefined : "numeric";
  const style = { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year } as const;
  return format(style).format(new Date(date));
}

/** Return the date and time of an instant in a time zone: "Mon, 23 Nov 2026, 14:03". */
export function dateTimeIn(timeZone: string, instant: Date): string {
  const date = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  return format({ timeZone, ...date, hour: "2-digit", minute: "2-digit" }).format(instant);
}
