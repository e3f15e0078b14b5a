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
  return clock(at(zone, instant));
}

/** Returns from when to when a slot is, as clocks show it: "09:00–10:00"; a time that comes twice says if it is the second. */
export function slotName(zone: string, date: string, slot: Slot): string {
  const end = at(zone, spanOf(zone, date, slot)[1]);
  const first = end.toPlainDateTime().toZonedDateTime(zone, { disambiguation: "earlier" });
  return `${slot.time}–${clock(end)}${end.equals(first) ? "" : " (for the second time)"}`;
}

/** Returns which date it is at an instant. */
export function dateAt(zone: string, instant: number): string {
  return at(zone, instant).toPlainDate().toString();
}

/** Returns how a clock is changed on a date, null if it isn't: the times that are skipped, or come twice, are that date's. */
export function clockChangeOn(zone: string, date: string): ClockChange | null {
  const midnight = Temporal.PlainDate.from(date).toZonedDateTime(zone);
  // A change may be at the very beginning of a date, or of the next one.
  const last = midnight.add({ days: 1 });
  let change = midnight.subtract({ days: 1 }).getTimeZoneTransition("next");
  for (; change && Temporal.ZonedDateTime.compare(change, last) <= 0; change = change.getTimeZoneTransition("next")) {
    const before = change.subtract({ nanoseconds: 1 }).toPlainDateTime().add({ nanoseconds: 1 });
    const after = change.toPlainDateTime();
    const isSkipped = Temporal.PlainDateTime.compare(before, after) < 0;
    const [from, to] = isSkipped ? [before, after] : [after, before];
    if (!before.equals(after) && from.toPlainDate().toString() === date) {
      return { from: clock(from), to: to.toPlainDate().toString() === date ? clock(to) : "24:00", isSkipped };
    }
  }
  return null;
}

/**
 * Returns where a slot is to be drawn on its day, in minutes since midnight: as the clock shows it, but by its length
 * where the clock is put back in between, and to the day's end at most.
 */
export function drawnSpan(zone: string, date: string, slot: Slot): [number, number] {
  const from = minutesOf(slot.time);
  const end = at(zone, spanOf(zone, date, slot)[1]);
  const to = end.toPlainDate().toString() === date ? minutesOf(clock(end)) : 24 * 60;
  return [from, to > from ? to : Math.min(from + slot.durationMinutes, 24 * 60)];
}

/** Returns minutes since midnight. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function clock(local: Temporal.PlainDateTime | Temporal.ZonedDateTime): string {
  return local.toPlainTime().toString({ smallestUnit: "minute" });
}

function at(zone: string, instant: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}
