/** Instants and local times of a zone. Kept apart from `time.ts`, because Temporal's polyfill is large. */
import { Temporal } from "temporal-polyfill";
import type { Instant } from "slotledger-client";
import { addDays } from "../time";

/** How many days one request can have. */
export const MAX_DAYS = 366;

const EARLIEST = "2000-01-01T00:00:00Z";

/** Return the instant a microsecond earlier: the log's instants have microseconds. */
export function justBefore(instant: Instant): Instant {
  return Temporal.Instant.from(instant).subtract({ microseconds: 1 }).toString();
}

/**
 * Return the instants of a local time in a zone (`2026-11-23T14:03`): none if the clocks skip it, two if they are put
 * back.
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

/** Return the local time of an instant as the value of a `datetime-local` field, in full seconds. */
export function localIn(timeZone: string, instant: Date): string {
  const local = Temporal.Instant.from(instant.toISOString()).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: "second" });
}

/** An instant, and the days to show as they were then. */
export interface PastQuery {
  at: Instant;
  from: string;
  to: string;
  /** If set, show only these of the days. */
  dates?: readonly string[];
  /** How many days aren't included, because they are too far from the first. */
  hiddenDays?: number;
}

/** Return the query for some days. Days that are too far from the first are left out. */
export function pastQueryOf(at: Instant, days: readonly string[]): PastQuery {
  const sorted = [...new Set(days)].sort();
  const from = sorted[0]!;
  const dates = sorted.filter((date) => date <= addDays(from, MAX_DAYS - 1));
  return { at, from, to: dates.at(-1)!, dates, hiddenDays: sorted.length - dates.length };
}

/** Return the error message for a query from the form, or null. */
export function pastQueryError({ at, from, to }: { at: Instant | undefined; from: string; to: string }, now: Date): string | null {
  if (at === undefined) {
    return "That time didn't exist: the clocks skipped it on that day. Choose another time.";
  }
  if (Date.parse(at) > now.getTime()) {
    return "That time is in the future. Choose an earlier one.";
  }
  if (Date.parse(at) < Date.parse(EARLIEST)) {
    return "There is no history from before 2000. Choose a later time.";
  }
  if (to < from) {
    return "The last day is before the first. Choose a later one.";
  }
  if (to > addDays(from, MAX_DAYS - 1)) {
    return `At most ${MAX_DAYS} days can be shown at once. Choose a shorter range.`;
  }
  return null;
}
