/** Wall-clock times of a zone and the instants that they are, by the same rules as the server's (core/time_slots). */

import { Temporal } from "temporal-polyfill";

/** A slot to offer: `time` is `HH:MM` in the tutor's zone, minutes are elapsed minutes. */
export interface Slot {
  time: string;
  durationMinutes: number;
}

/** What a clock does in a night when it is changed: the times from `from` to `to` are skipped, or come twice. */
export interface ClockChange {
  from: string;
  to: string;
  isSkipped: boolean;
}

const MINUTE_MS = 60_000;

/** Returns the half-open interval `[start, end)` that a slot covers, in milliseconds since 1970. */
export function spanOf(zone: string, date: string, { time, durationMinutes }: Slot): [number, number] {
  // A time that comes twice is the first of the two; one that doesn't exist lies as much later as was skipped.
  const start = Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone).epochMilliseconds;
  return [start, start + durationMinutes * MINUTE_MS];
}

/** Returns the end of a day: the first instant of the next one. */
export function endOfDay(zone: string, date: string): number {
  return Temporal.PlainDate.from(date).add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
}

/** Whether the clocks of the zone show that time on that date. */
export function exists(zone: string, date: string, time: string): boolean {
  const local = Temporal.PlainDateTime.from(`${date}T${time}`);
  return local.toZonedDateTime(zone).toPlainDateTime().equals(local);
}

/** Returns what the clock shows at an instant: `HH:MM`. */
export function timeAt(zone: string, instant: number): string {
  return at(zone, instant).toPlainTime().toString({ smallestUnit: "minute" });
}

/** Returns from when to when a slot is, as clocks show it: "09:00–10:00". */
export function slotName(zone: string, date: string, slot: Slot): string {
  return `${slot.time}–${timeAt(zone, spanOf(zone, date, slot)[1])}`;
}

/** Returns which date it is at an instant. */
export function dateAt(zone: string, instant: number): string {
  return at(zone, instant).toPlainDate().toString();
}

/** Returns how a clock is changed on a date, null if it isn't. */
export function clockChangeOn(zone: string, date: string): ClockChange | null {
  const midnight = Temporal.PlainDate.from(date).toZonedDateTime(zone).subtract({ nanoseconds: 1 });
  const change = midnight.getTimeZoneTransition("next");
  if (change === null || change.epochMilliseconds >= endOfDay(zone, date)) {
    return null;
  }
  const before = change.subtract({ nanoseconds: 1 }).toPlainDateTime().add({ nanoseconds: 1 });
  const after = change.toPlainDateTime();
  const isSkipped = Temporal.PlainDateTime.compare(before, after) < 0;
  const [from, to] = isSkipped ? [before, after] : [after, before];
  const clock = (time: Temporal.PlainDateTime) => time.toPlainTime().toString({ smallestUnit: "minute" });
  return before.equals(after) ? null : { from: clock(from), to: clock(to), isSkipped };
}

function at(zone: string, instant: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}
