/** Conversions between local times and instants, by the rules of the server (`common/core/time_slots.py`). */

import { Temporal } from "temporal-polyfill";
import { t } from "./texts";
import { clockName, isSameZone, zoneName } from "./time";

/**
 * A slot. `time` is the start (`HH:MM`) in the slot's zone: `timeZone`, or the tutor's zone if it is undefined.
 * `durationMinutes` is elapsed time, even if the clocks change during the slot.
 */
export interface Slot {
  time: string;
  durationMinutes: number;
  timeZone?: string;
}

/** A slot that states its zone. */
export interface ZonedSlot extends Slot {
  timeZone: string;
}

/** A part of a slot, as the calendar draws it on one date: from and to are minutes since midnight. */
export interface DrawnPart {
  date: string;
  from: number;
  to: number;
}

/** A change of the clocks. If `isSkipped`, the times from `from` to `to` are skipped. Otherwise, they come twice. */
export interface ClockChange {
  from: string;
  to: string;
  isSkipped: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Days and weeks are drawn again at each press, with the same times. Keep the times that were computed, up to so many. */
const MAX_KEPT = 20_000;

/** Two slots that share an instant are at most this many dates apart: zones differ by up to 26 hours. */
export const MAX_DATES_APART = 2;

/** Return the half-open interval `[start, end)` that a slot covers, in milliseconds since 1970. */
export function spanOf(date: string, { time, durationMinutes, timeZone }: ZonedSlot): [number, number] {
  const start = instantOf(timeZone, `${date}T${time}`);
  return [start, start + durationMinutes * MINUTE_MS];
}

/** Return whether a time exists on a date. It doesn't exist if the clocks of the zone skip it. */
export function exists(zone: string, date: string, time: string): boolean {
  const local = Temporal.PlainDateTime.from(`${date}T${time}`);
  return local.toZonedDateTime(zone).toPlainDateTime().equals(local);
}

/** Return the local time of an instant (milliseconds since 1970): `HH:MM`. */
export function timeAt(zone: string, instant: number): string {
  return localAt(zone, instant).time;
}

/** Return a slot's start and end in its own zone: "09:00–10:00". If that isn't the tutor's `zone`, name it, too. */
export function slotName(zone: string, date: string, slot: Slot): string {
  const timeZone = slot.timeZone ?? zone;
  const end = spanOf(date, { ...slot, timeZone })[1];
  return withZone(zone, `${clockName(slot.time)}–${timeName(timeZone, end)}`, slot);
}

/** Return the start and end of an interval of instants on the clocks of a zone: "09:00–10:00". */
export function spanName(zone: string, [start, end]: readonly [number, number]): string {
  return `${timeName(zone, start)}–${timeName(zone, end)}`;
}

/** Return a slot's start in its own zone: "09:00". If that isn't the tutor's `zone`, name it, too: "09:00 Tokyo time". */
export function startName(zone: string, slot: Pick<Slot, "time" | "timeZone">): string {
  return withZone(zone, clockName(slot.time), slot);
}

function withZone(zone: string, time: string, { timeZone }: Pick<Slot, "timeZone">): string {
  return timeZone === undefined || isSameZone(timeZone, zone) ? time : t.clock.inZone(time, zoneName(timeZone));
}

/**
 * Return the local time of an instant, as the viewer writes it: "14:00", "2:00 PM". If the clocks show this time twice and
 * it is the second one, say so.
 */
export function timeName(zone: string, instant: number): string {
  const { time, isSecond } = localAt(zone, instant);
  return isSecond ? t.clock.secondTime(clockName(time)) : clockName(time);
}

/** Return how many minutes the clocks of a zone are ahead of another zone's at an instant; negative if behind. */
export function minutesAhead(zone: string, other: string, instant: Date): number {
  const [one, two] = [zone, other].map((each) => zonedAt(each, instant.getTime()).offsetNanoseconds) as [number, number];
  return (one - two) / (MINUTE_MS * 1_000_000);
}

/** Return the local date of an instant (milliseconds since 1970). */
export function dateAt(zone: string, instant: number): string {
  return localAt(zone, instant).date;
}

/** Return the date and time in `otherZone` at a local time of `zone`, given as a date and minutes since midnight. */
export function localTimeIn(otherZone: string, zone: string, date: string, minute: number): { date: string; time: string } {
  const time = Temporal.PlainTime.from({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const local = Temporal.PlainDate.from(date).toPlainDateTime(time);
  const other = isSameZone(zone, otherZone) ? local : local.toZonedDateTime(zone).withTimeZone(otherZone);
  return { date: other.toPlainDate().toString(), time: formatTime(other) };
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
 * Return where a calendar of a zone draws an interval of instants. If it goes over midnight, it has a part on each date.
 *
 * The start and the end are local times. If the clocks are put back in the interval, the local time of the end may not
 * be after the start. In that case, the interval is drawn with its elapsed minutes, up to midnight.
 */
export function drawnParts(zone: string, [start, end]: readonly [number, number]): DrawnPart[] {
  const [first, last] = [dateAt(zone, start), dateAt(zone, end)];
  const [from, to] = [minutesOf(timeAt(zone, start)), minutesOf(timeAt(zone, end))];
  if (last > first) {
    return [{ date: first, from, to: DAY_MINUTES }, ...(to > 0 ? [{ date: last, from: 0, to }] : [])];
  }
  const isForward = last === first && to > from;
  return [{ date: first, from, to: isForward ? to : Math.min(from + (end - start) / MINUTE_MS, DAY_MINUTES) }];
}

/** Return the minutes since midnight of a time. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Return the time of a number of minutes since midnight: `HH:MM`. Minutes of the next day are its times. */
export function timeOf(minutes: number): string {
  const [hour, minute] = [Math.floor((minutes % DAY_MINUTES) / 60), minutes % 60];
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

function formatTime(local: Temporal.PlainDateTime | Temporal.ZonedDateTime): string {
  return local.toPlainTime().toString({ smallestUnit: "minute" });
}

/** Return the instant of a local time. Of a time that comes twice, it is the first; a skipped time is moved forward. */
const instantOf = kept((zone: string, local: string) => Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds);

/** Return the local date and time of an instant, and whether the clocks have shown this time before. */
const localAt = kept((zone: string, instant: number) => {
  const local = zonedAt(zone, instant);
  const first = local.toPlainDateTime().toZonedDateTime(zone, { disambiguation: "earlier" });
  return { date: local.toPlainDate().toString(), time: formatTime(local), isSecond: !local.equals(first) };
});

/** Return a function that keeps what it has computed. */
function kept<At extends string | number, Result>(compute: (zone: string, at: At) => Result): (zone: string, at: At) => Result {
  const results = new Map<string, Result>();
  return (zone, at) => {
    const key = `${zone} ${at}`;
    let result = results.get(key);
    if (result === undefined) {
      if (results.size >= MAX_KEPT) {
        results.clear();
      }
      results.set(key, (result = compute(zone, at)));
    }
    return result;
  };
}

function zonedAt(zone: string, instant: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}
