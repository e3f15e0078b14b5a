/**
 * Conversions between instants and local times. They need the polyfill of Temporal, which is large. So they aren't in
 * `time.ts`, which every view loads.
 */

import { Temporal } from "temporal-polyfill";
import type { Instant } from "slotledger-client";
import { t } from "../texts";

export const EARLIEST = "2000-01-01T00:00:00Z";

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

/** Return why an instant can't be looked back to; null if it can. */
export function instantError(at: Instant | undefined, now: Date): string | null {
  const { errors } = t.history;
  if (at === undefined) {
    return errors.skipped;
  }
  if (Date.parse(at) > now.getTime()) {
    return errors.future;
  }
  return Date.parse(at) < Date.parse(EARLIEST) ? errors.tooEarly : null;
}
