/** What takes more of a calendar than a date: wall-clock time in a zone. For views that are loaded when looked at. */
import { Temporal } from "temporal-polyfill";
import type { Instant } from "slotledger-client";
import { addDays } from "../time";

/** The most days that can be asked for at once. */
export const MOST_DAYS = 366;

const EARLIEST = "2000-01-01T00:00:00Z";

/** Returns the last instant at which an edit of that instant hadn't happened: the log counts in microseconds. */
export function justBefore(instant: Instant): Instant {
  return Temporal.Instant.from(instant).subtract({ microseconds: 1 }).toString();
}

/**
 * Returns the instants at which the clocks of a zone show a local time (`2026-11-23T14:03`): none where they jump over
 * it, two where they are put back.
 */
export function instantsOf(local: string, timeZone: string): Instant[] {
  if (!/^\d{4}-/.test(local)) {
    return []; // a year that is still being typed
  }
  const shown = Temporal.PlainDateTime.from(local);
  const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) =>
    shown.toZonedDateTime(timeZone, { disambiguation }),
  ) as [Temporal.ZonedDateTime, Temporal.ZonedDateTime];
  if (!earlier.toPlainDateTime().equals(shown)) {
    return [];
  }
  return (earlier.equals(later) ? [earlier] : [earlier, later]).map((one) => one.toInstant().toString());
}

/** Returns what clocks and calendar show at an instant, as a `datetime-local` field takes it, in full seconds. */
export function localIn(timeZone: string, instant: Date): string {
  const local = Temporal.Instant.from(instant.toISOString()).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: "second" });
}

/** An instant, and the days of which is asked how they stood then. */
export interface Question {
  at: Instant;
  from: string;
  to: string;
  /** Of the days from … to, these alone. */
  dates?: readonly string[];
  /** How many days lie too far away from the first. */
  leftOut?: number;
}

/** Returns the question about some days; of those that lie too far apart, about the first. */
export function questionAbout(at: Instant, days: readonly string[]): Question {
  const sorted = [...new Set(days)].sort();
  const from = sorted[0]!;
  const dates = sorted.filter((date) => date <= addDays(from, MOST_DAYS - 1));
  return { at, from, to: dates.at(-1)!, dates, leftOut: sorted.length - dates.length };
}

/** Returns what is wrong with a question that somebody typed in, in words; null if nothing is. */
export function wrongWith({ at, from, to }: { at: Instant | undefined; from: string; to: string }, now: Date): string | null {
  if (at === undefined) {
    return "That time didn't exist: the clocks jumped over it on that day. Choose another one.";
  }
  if (Date.parse(at) > now.getTime()) {
    return "That instant is still to come. Choose one that is over.";
  }
  if (Date.parse(at) < Date.parse(EARLIEST)) {
    return "There is no history of the time before 2000. Choose a later instant.";
  }
  if (to < from) {
    return "The last day comes before the first. Choose a later one.";
  }
  if (to > addDays(from, MOST_DAYS - 1)) {
    return `At most ${MOST_DAYS} days can be shown at once. Choose days that lie closer together.`;
  }
  return null;
}
