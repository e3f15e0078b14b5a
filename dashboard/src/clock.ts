/** Conversions between local times and instants, by the rules of the server (`common/core/time_slots.py`). */

import { Temporal } from "temporal-polyfill";

/**
 * A slot. `time` is the start (`HH:MM`) in the tutor's zone. `durationMinutes` is elapsed time, even if the clocks
 * change during the slot.
 */
export interface Slot {
  time: string;
  durationMinutes: number;
}

/** A change of the clocks. If `isSkipped`, the times from `from` to `to` are skipped. Otherwise, they come twice. */
export interface ClockChange {
  from: string;
  to: string;
  isSkipped: boolean;
}

const MINUTE_MS = 60_000;

/** Return the half-open interval `[start, end)` that a slot covers, in milliseconds since 1970. */
export function spanOf(zone: string, date: string, { time, durationMinutes }: Slot): [number, number] {
  // If a time comes twice, use the first of the two. If a time is skipped, move it forward by as much as the clocks.
  const start = Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone).epochMilliseconds;
  return [start, start + durationMinutes * MINUTE_MS];
}

/** Return the end of a day, in milliseconds since 1970: the first instant of the next day. */
export function endOfDay(zone: string, date: string): number {
  return Temporal.PlainDate.from(date).add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
}

/** Return whether a time exists on a date. It doesn't exist if the clocks of the zone skip it. */
export function exists(zone: string, date: string, time: string): boolean {
  const local = Temporal.PlainDateTime.from(`${date}T${time}`);
  return local.toZonedDateTime(zone).toPlainDateTime().equals(local);
}

/** Return the local time of an instant (milliseconds since 1970): `HH:MM`. */
export function timeAt(zone: string, instant: number): string {
  return formatTime(zonedAt(zone, instant));
}

/**
 * Return a slot's start and end: "09:00–10:00". If the time of the end comes twice on that day and the end is the
 * second of the two, add a note.
 */
export function slotName(zone: string, date: string, slot: Slot): string {
  const end = zonedAt(zone, spanOf(zone, date, slot)[1]);
  const first = end.toPlainDateTime().toZonedDateTime(zone, { disambiguation: "earlier" });
  return `${slot.time}–${formatTime(end)}${end.equals(first) ? "" : " (the second time)"}`;
}

/** Return the local date of an instant (milliseconds since 1970). */
export function dateAt(zone: string, instant: number): string {
  return zonedAt(zone, instant).toPlainDate().toString();
}

/** Return the change of the clocks that skips or repeats times of a date, or null. */
export function clockChangeOn(zone: string, date: string): ClockChange | null {
  const midnight = Temporal.PlainDate.from(date).toZonedDateTime(zone);
  // The change may be at the first instant of the date or of the next date, so include both instants in the search.
  const last = midnight.add({ days: 1 });
  let change = midnight.subtract({ days: 1 }).getTimeZoneTransition("next");
  for (; change && Temporal.ZonedDateTime.compare(change, last) <= 0; change = change.getTimeZoneTransition("next")) {
    const before = change.subtract({ nanoseconds: 1 }).toPlainDateTime().add({ nanoseconds: 1 });
    const after = change.toPlainDateTime();
    const isSkipped = Temporal.PlainDateTime.compare(before, after) < 0;
    const [from, to] = isSkipped ? [before, after] : [after, before];
    if (!before.equals(after) && from.toPlainDate().toString() === date) {
      return { from: formatTime(from), to: to.toPlainDate().toString() === date ? formatTime(to) : "24:00", isSkipped };
    }
  }
  return null;
}

/**
 * Return where the calendar draws the start and end of a slot, in minutes since midnight.
 *
 * The end is the local time of the slot's end. If the clocks are put back during the slot, this time may not be after
 * the start. In that case, the end is the start plus the duration. The end is at most the end of the day.
 */
export function drawnSpan(zone: string, date: string, slot: Slot): [number, number] {
  const from = minutesOf(slot.time);
  const end = zonedAt(zone, spanOf(zone, date, slot)[1]);
  const to = end.toPlainDate().toString() === date ? minutesOf(formatTime(end)) : 24 * 60;
  return [from, to > from ? to : Math.min(from + slot.durationMinutes, 24 * 60)];
}

/** Return the minutes since midnight of a time. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function formatTime(local: Temporal.PlainDateTime | Temporal.ZonedDateTime): string {
  return local.toPlainTime().toString({ smallestUnit: "minute" });
}

function zonedAt(zone: string, instant: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}
