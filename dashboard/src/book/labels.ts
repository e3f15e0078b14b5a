/** How times are said. `zone` is the viewer's time zone, and `today` the date there. */

import type { Booking, FoundSlot } from "slotledger-client";
import { minutesAhead } from "../clock";
import { t } from "../texts";
import { addDays, clockName, dateIn, dayAndMonth, isSameZone, longDate, placeOf, shortDate, timeIn, unambiguousTimeIn, weekdayName } from "../time";
import { hasMore } from "./found";
import type { Found } from "./found";
import { clock } from "./search";
import type { Rhythm, Search } from "./search";

/** A slot or a booking, with its own zone. */
type Timed = Pick<FoundSlot, "startsAt" | "timeZone">;
/** A slot or a booking with its end, which may be unknown. */
type Span = Pick<Booking, "startsAt" | "endsAt">;

/** Return the name of a day: "Today", "Tomorrow", "Friday 4 December". */
export function dayName(date: string, today: string): string {
  return nearName(date, today) ?? longDate(date, today);
}

/** Return the heading of a day: "Tomorrow, Wednesday 2 December", "Friday 4 December". */
export function dayHeading(date: string, today: string): string {
  return [...new Set([dayName(date, today), longDate(date, today)])].join(", ");
}

/** Return a day as briefly as it is clear: "Tomorrow", "Friday", "11 December". */
export function briefDay(date: string, today: string): string {
  const isNear = date > today && date < addDays(today, 7);
  return nearName(date, today) ?? (isNear ? weekdayName(date) : dayAndMonth(date, today));
}

/** Return when a slot begins, as briefly as it is clear: "Tomorrow 17:00", "11 December 17:00". */
export function briefStart({ startsAt }: Pick<Timed, "startsAt">, zone: string, today: string): string {
  const start = new Date(startsAt);
  return t.book.at(briefDay(dateIn(zone, start), today), unambiguousTimeIn(zone, start));
}

/** Return when a slot begins: "Friday 4 December, 17:00". */
export function fullStart(startsAt: string, zone: string, today: string): string {
  const start = new Date(startsAt);
  return `${longDate(dateIn(zone, start), today)}, ${unambiguousTimeIn(zone, start)}`;
}

/** Return when a slot begins, in few letters: "Fri 4 Dec, 17:00". */
export function shortStart(startsAt: string, zone: string): string {
  const start = new Date(startsAt);
  return `${shortDate(dateIn(zone, start))}, ${unambiguousTimeIn(zone, start)}`;
}

/** Return the start and the end of a slot: "17:00–17:45". */
export function timeRange({ startsAt, endsAt }: Span, zone: string): string {
  const [start, end] = [startsAt, endsAt].map((at) => at && unambiguousTimeIn(zone, new Date(at)));
  return end ? `${start}–${end}` : start!;
}

/** Return a lesson's start and tutor: "Tomorrow 17:00 with Maya". */
export function lessonName(booking: Pick<Booking, "startsAt" | "tutorName">, zone: string, today: string): string {
  return t.book.withTutor(briefStart(booking, zone, today), booking.tutorName);
}

/** Return a found slot as a button names it: "Tomorrow 17:00 with Maya, 45 minutes". */
export function slotName(slot: FoundSlot, zone: string, today: string): string {
  const when = t.book.at(dayName(dateIn(zone, new Date(slot.startsAt)), today), unambiguousTimeIn(zone, new Date(slot.startsAt)));
  return `${t.book.withTutor(when, slot.tutorName)}, ${t.book.minutes(slot.durationMinutes)}`;
}

/** Return what a screen reader says of a button: its text, and what it is for. */
export function labelOf(button: string, what: string): string {
  return `${button}: ${what}`;
}

/** Return whether a slot has another time in its own zone than for the viewer. */
export function isElsewhere({ startsAt, timeZone }: Timed, zone: string): boolean {
  return !isSameZone(timeZone, zone) && timeThere({ startsAt, timeZone }) !== timeThere({ startsAt, timeZone: zone });
}

/** Return the start of a slot in its own zone: "13:30", or "Monday 30 November, 20:00" if the date is another one. */
export function startThere(slot: Timed, zone: string, today: string): string {
  const start = new Date(slot.startsAt);
  const isSameDate = dateIn(slot.timeZone, start) === dateIn(zone, start);
  return isSameDate ? timeIn(slot.timeZone, start) : fullStart(slot.startsAt, slot.timeZone, today);
}

/** If a slot has another time in its own zone, return that with the place: "13:30 in Seoul". Otherwise, return null. */
export function whereName(slot: Timed, zone: string, today: string): string | null {
  return isElsewhere(slot, zone) ? t.book.inPlace(startThere(slot, zone, today), placeOf(slot.timeZone)) : null;
}

/** Return where a tutor is, and how their clocks differ from the viewer's: "Los Angeles, 21 hours behind you". */
export function clocksName(timeZone: string, zone: string, now: Date): string {
  const minutes = minutesAhead(timeZone, zone, now);
  const { sameTime, ahead, behind } = t.book.tutor;
  if (minutes === 0) {
    return sameTime(placeOf(timeZone));
  }
  return (minutes > 0 ? ahead : behind)(placeOf(timeZone), t.book.hours(Math.abs(minutes) / 60));
}

/** Return a number of minutes in the largest unit that it has a whole number of: "2 days", "5 hours", "90 minutes". */
export function durationName(minutes: number): string {
  const units = [
    [24 * 60, t.book.days],
    [60, t.book.hours],
    [1, t.book.minutes],
  ] as const;
  const [size, name] = units.find(([size]) => minutes % size === 0) ?? units[2];
  return name(Math.round(minutes / size));
}

/** Return a rhythm in words: "every week, 8 times". */
export function rhythmName({ everyWeeks, count }: Rhythm): string {
  return t.book.sentence.every(everyWeeks, count);
}

/** Return an hour as the viewer writes it: "17:00", "5:00 PM". */
export function hourName(hour: number): string {
  return clockName(clock(hour));
}

/** Return what was found in a sentence. */
export function resultText(found: Found, zone: string, today: string): string {
  const until = lastDateFound(found, zone, today);
  return found.slots.length === 0 ? t.book.none(until) : t.book.count(found.slots.length, hasMore(found) ? null : until);
}

/** Return whether the first slot that was found is on a later date than the one that the viewer has chosen. */
export function isLater({ slots }: Found, { date }: Pick<Search, "date">, zone: string, today: string): boolean {
  return date !== null && date >= today && slots.length > 0 && dateIn(zone, new Date(slots[0]!.startsAt)) > date;
}

/** Return the last date that was searched. */
function lastDateFound({ next }: Found, zone: string, today: string): string {
  return longDate(addDays(dateIn(zone, new Date(next.from)), -1), today);
}

function nearName(date: string, today: string): string | undefined {
  return { [today]: t.book.today, [addDays(today, 1)]: t.book.tomorrow }[date];
}

function timeThere({ startsAt, timeZone }: Timed): string {
  return `${dateIn(timeZone, new Date(startsAt))} ${timeIn(timeZone, new Date(startsAt))}`;
}
