/**
 * Conversions between instants and local times. They need the polyfill of Temporal, which is large. So they aren't in
 * `time.ts`, which every view loads.
 */

import { Temporal } from "temporal-polyfill";
import type { Instant } from "slotledger-client";
import { addDays } from "../time";

/** The largest number of days in a request. */
export const MAX_DAYS = 366;

const EARLIEST = "2000-01-01T00:00:00Z";

/** Return the instant a microsecond before an instant. The log's instants have whole microseconds. */
export function justBefore(instant: Instant): Instant {
  return Temporal.Instant.from(instant).subtract({ microseconds: 1 }).toString();
}

/**
 * Return the instants of a local time (`2026-11-23T14:03`) in a time zone: one, none if the clocks skip the time, or
 * two if the time comes twice.
 */
export function instantsOf(local: string, timeZone: string): Instant[] {
  if (!/^\d{4}-/.test(local)) {
    return []; // the year is still being typed
  }
  const time = Temporal.PlainDateTime.from(local);
  const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) =>
    time.toZonedDateTime(timeZone, { disambiguation }),
  ) as [Temporal.ZonedDateTime, Temporal.ZonedDateTime];
  if (!earlier.toPlainDateTime().equals(time)) {
    return [];
  }
  return (earlier.equals(later) ? [earlier] : [earlier, later]).map((one) => one.toInstant().toString());
}

/** Return the local time of an instant, in full seconds, as the value of a `datetime-local` field. */
export function localIn(timeZone: string, instant: Date): string {
  const local = Temporal.Instant.from(instant.toISOString()).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: "second" });
}

/** An instant, and the days to show as they were at this instant. */
export interface PastQuery {
  at: Instant;
  from: string;
  to: string;
  /** If set, show only these of the days from `from` to `to`. */
  dates?: readonly string[];
  /** How many days are left out, because one request has at most `MAX_DAYS` days. */
  hiddenDays?: number;
}

/** Return the query for some days. Leave out the days that don't fit into one request with the first day. */
export function pastQueryOf(at: Instant, days: readonly string[]): PastQuery {
  const sorted = [...new Set(days)].sort();
  const from = sorted[0]!;
  const dates = sorted.filter((date) => date <= addDays(from, MAX_DAYS - 1));
  return { at, from, to: dates.at(-1)!, dates, hiddenDays: sorted.length - dates.length };
}

/** Return the error message for an invalid query of the form; null if the query is valid. */
export function pastQueryError({ at, from, to }: { at: Instant | undefined; from: string; to: string }, now: Date): string | null {
  if (at === undefined) {
    return "That time didn't exist: the clocks skipped it on that day. Choose another time.";
  }
  if (Date.parse(at) > now.getTime()) {
    return "That time is in the future. Choose an earlier time.";
  }
  if (Date.parse(at) < Date.parse(EARLIEST)) {
    return "There is no history from before 2000. Choose a later time.";
  }
  if (to < from) {
    return "The last day is before the first day. Choose a later last day.";
  }
  if (to > addDays(from, MAX_DAYS - 1)) {
    return `At most ${MAX_DAYS} days can be shown at a time. Choose a shorter range.`;
  }
  return null;
}
